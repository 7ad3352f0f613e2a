"""Element-wise functions of PyTorch, and its operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import numpy as pnp
from ... import special
from ...errors import PolyadTypeError
from ...ir import user_location, where
from ...numpy._core import dtype_of
from ...ops import elementwise as e
from ...texts import shown
from .promotion import as_type, default_float, floating, promoted, result_dtype
from .table import OPERATORS, torch_function

# -- Of one tensor ---------------------------------------------------------------------------------


def unary(function: Callable[[Any], Any], *names: str) -> None:
    """Rows of functions that keep the dtype."""

    def adapter(input: Any) -> Any:
        return function(input)

    torch_function(*names)(adapter)


def floating_unary(function: Callable[[Any], Any], *names: str) -> None:
    """Rows of functions that give a floating dtype, the default one for integers."""

    def adapter(input: Any) -> Any:
        return function(floating(input))

    torch_function(*names)(adapter)


def _sign(x: Any) -> Any:
    """The sign, 0 of NaN; of a complex number z / |z|."""
    made = e.sign(x)
    return e.where(e.isnan(x), 0.0, made) if dtype_of(x).is_floating else made


def _rounding(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """`function`, which leaves integers as they are."""
    return lambda x: function(x) if dtype_of(x).is_inexact else x


_KEEPING: dict[Callable[[Any], Any], tuple[str, ...]] = {
    e.abs: ("abs", "absolute", "Tensor.__abs__"),
    e.negative: ("neg", "negative", "Tensor.__neg__"),
    pnp.square: ("square",),
    _sign: ("sign", "sgn"),
    _rounding(e.ceil): ("ceil",),
    _rounding(e.floor): ("floor",),
    _rounding(e.trunc): ("trunc", "fix"),
    e.isnan: ("isnan",),
    e.isfinite: ("isfinite",),
    e.isinf: ("isinf",),
    pnp.signbit: ("signbit",),
    pnp.isposinf: ("isposinf",),
    pnp.isneginf: ("isneginf",),
    pnp.isreal: ("isreal",),
    pnp.real: ("real",),
    e.logical_not: ("logical_not",),
}
_FLOATING: dict[Callable[[Any], Any], tuple[str, ...]] = {
    e.acos: ("acos", "arccos"),
    e.acosh: ("acosh", "arccosh"),
    e.asin: ("asin", "arcsin"),
    e.asinh: ("asinh", "arcsinh"),
    e.atan: ("atan", "arctan"),
    e.atanh: ("atanh", "arctanh"),
    e.cos: ("cos",),
    e.cosh: ("cosh",),
    e.exp: ("exp",),
    pnp.exp2: ("exp2", "special.exp2"),
    e.expm1: ("expm1", "special.expm1"),
    e.log: ("log",),
    e.log10: ("log10",),
    e.log1p: ("log1p", "special.log1p"),
    e.log2: ("log2",),
    pnp.reciprocal: ("reciprocal",),
    e.sin: ("sin",),
    e.sinh: ("sinh",),
    pnp.sinc: ("sinc", "special.sinc"),
    e.sqrt: ("sqrt",),
    e.tan: ("tan",),
    e.tanh: ("tanh", "nn.functional.tanh"),
    special.expit: ("sigmoid", "special.expit", "nn.functional.sigmoid"),
    special.erf: ("erf", "special.erf"),
    special.erfc: ("erfc", "special.erfc"),
    special.erfinv: ("erfinv", "special.erfinv"),
    special.gammaln: ("lgamma", "special.gammaln"),
    special.digamma: ("digamma", "special.psi", "special.digamma"),
    pnp.i0: ("i0", "special.i0"),
    pnp.deg2rad: ("deg2rad",),
    pnp.rad2deg: ("rad2deg",),
}
for _function, _names in _KEEPING.items():
    unary(_function, *_names)
for _function, _names in _FLOATING.items():
    floating_unary(_function, *_names)


# -- Of two ----------------------------------------------------------------------------------------


def scaled(other: Any, alpha: Any) -> Any:
    return other if type(alpha) is int and alpha == 1 else mul(other, alpha)


@torch_function("add", "Tensor.__add__", "Tensor.__radd__")
def add(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """`input + alpha * other`; of booleans their disjunction."""
    if result_dtype(input, other).family == "bool":
        return e.logical_or(input, scaled(other, alpha))
    return e.add(*promoted(input, scaled(other, alpha)))


@torch_function("sub", "subtract", "Tensor.__sub__")
def sub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """`input - alpha * other`."""
    if "bool" in (result_dtype(input).family, result_dtype(other).family):
        raise PolyadTypeError(
            f"torch.sub is not defined for booleans{where(user_location())}\n"
            "  Use ^, torch.logical_xor or torch.logical_not."
        )
    return e.subtract(*promoted(input, scaled(other, alpha)))


@torch_function("mul", "multiply", "Tensor.__mul__", "Tensor.__rmul__")
def mul(input: Any, other: Any) -> Any:
    """`input * other`; of booleans their conjunction."""
    if result_dtype(input, other).family == "bool":
        return e.logical_and(input, other)
    return e.multiply(*promoted(input, other))


@torch_function("div", "divide", "Tensor.__truediv__", "Tensor.__div__")
def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """`input / other`, the quotient rounded to zero ("trunc") or downward ("floor") if told so."""
    if rounding_mode == "floor":
        return floor_divide(input, other)
    if rounding_mode not in (None, "trunc"):
        raise PolyadTypeError(
            "torch.div takes rounding_mode None, 'trunc' or 'floor', not "
            f"{shown(rounding_mode)}{where(user_location())}"
        )
    x, y = promoted(input, other)
    if rounding_mode == "trunc" and not result_dtype(input, other).is_inexact:
        quotient = e.floor_divide(x, y)
        inexact = e.logical_and(e.not_equal(e.remainder(x, y), 0), e.less(quotient, 0))
        return e.where(inexact, e.add(quotient, 1), quotient)
    if not result_dtype(input, other).is_inexact:
        x, y = as_type(x, default_float()), as_type(y, default_float())
    return e.divide(x, y) if rounding_mode is None else e.trunc(e.divide(x, y))


@torch_function("true_divide")
def true_divide(input: Any, other: Any) -> Any:
    return div(input, other)


@torch_function("floor_divide", "Tensor.__floordiv__")
def floor_divide(input: Any, other: Any) -> Any:
    return e.floor_divide(*_no_booleans("floor_divide", input, other))


def _no_booleans(name: str, *operands: Any) -> Any:
    """The operands in one dtype, for a function that torch does not have for booleans."""
    if result_dtype(*operands).family == "bool":
        raise PolyadTypeError(
            f"torch.{name} is not defined for booleans{where(user_location())}\n"
            "  Convert them, with x.int()."
        )
    return promoted(*operands)


@torch_function("remainder", "Tensor.__mod__")
def remainder(input: Any, other: Any) -> Any:
    """The remainder with the divisor's sign."""
    return e.remainder(*_no_booleans("remainder", input, other))


@torch_function("pow", "Tensor.__pow__")
def pow(input: Any, exponent: Any) -> Any:
    return pnp.pow(*_no_booleans("pow", input, exponent))


@torch_function("bitwise_left_shift", "Tensor.__lshift__")
def bitwise_left_shift(input: Any, other: Any) -> Any:
    return e.bitwise_left_shift(*promoted(input, other))


@torch_function("bitwise_right_shift", "Tensor.__rshift__")
def bitwise_right_shift(input: Any, other: Any) -> Any:
    return e.bitwise_right_shift(*promoted(input, other))


def binary(function: Callable[[Any, Any], Any], *names: str) -> Callable[..., Any]:
    """Rows of functions of two operands in their common dtype."""

    def adapter(input: Any, other: Any) -> Any:
        return function(*promoted(input, other))

    return torch_function(*names)(adapter)


def reflected(function: Callable[[Any, Any], Any], *names: str) -> None:
    """Rows of the operators that Python calls with the right operand first."""

    def adapter(input: Any, other: Any) -> Any:
        return function(other, input)

    torch_function(*names)(adapter)


bitwise_and = binary(e.bitwise_and, "bitwise_and", "Tensor.__and__", "Tensor.__rand__")
bitwise_or = binary(e.bitwise_or, "bitwise_or", "Tensor.__or__", "Tensor.__ror__")
bitwise_xor = binary(e.bitwise_xor, "bitwise_xor", "Tensor.__xor__", "Tensor.__rxor__")
eq = binary(e.equal, "eq", "Tensor.__eq__")
ne = binary(e.not_equal, "ne", "not_equal", "Tensor.__ne__")
lt = binary(e.less, "lt", "less", "Tensor.__lt__")
le = binary(e.less_equal, "le", "less_equal", "Tensor.__le__")
gt = binary(e.greater, "gt", "greater", "Tensor.__gt__")
ge = binary(e.greater_equal, "ge", "greater_equal", "Tensor.__ge__")
logical_and = binary(e.logical_and, "logical_and")
logical_or = binary(e.logical_or, "logical_or")
logical_xor = binary(e.logical_xor, "logical_xor")
maximum = binary(e.maximum, "maximum")
minimum = binary(e.minimum, "minimum")
fmax = binary(pnp.fmax, "fmax")
fmin = binary(pnp.fmin, "fmin")
hypot = binary(e.hypot, "hypot")
fmod = binary(pnp.fmod, "fmod")
nextafter = binary(pnp.nextafter, "nextafter")
gcd = binary(pnp.gcd, "gcd")
lcm = binary(pnp.lcm, "lcm")

reflected(sub, "Tensor.__rsub__")
reflected(div, "Tensor.__rdiv__", "Tensor.__rtruediv__")
reflected(floor_divide, "Tensor.__rfloordiv__")
reflected(remainder, "Tensor.__rmod__")
reflected(pow, "Tensor.__rpow__")


@torch_function("rsub")
def rsub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """`other - alpha * input`."""
    return sub(other, input, alpha=alpha)


OPERATORS.update(
    add=add,
    subtract=sub,
    multiply=mul,
    divide=div,
    floor_divide=floor_divide,
    remainder=remainder,
    pow=pow,
    bitwise_and=bitwise_and,
    bitwise_or=bitwise_or,
    bitwise_xor=bitwise_xor,
    bitwise_left_shift=bitwise_left_shift,
    bitwise_right_shift=bitwise_right_shift,
    equal=eq,
    not_equal=ne,
    less=lt,
    less_equal=le,
    greater=gt,
    greater_equal=ge,
)
