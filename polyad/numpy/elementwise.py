"""Element-wise functions: the ops themselves, and compositions of a few of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .. import execution
from ..aliasing import linked
from ..errors import PolyadTypeError
from ..ir import Handle, user_location
from ..ir import where as at_line
from ..ir.types import int8
from ..ops import OpDefinition, dispatch
from ..ops import elementwise as e
from ..ops.complex_sums import complex_logaddexp
from ..ops.series import sine_ratio
from . import complex_order
from ._core import SEQUENCES, array_of, copied, dtype_of, listed_beside
from ._storage import computed_wide
from .ufuncs import Signature, call_with, registered, ufunc


def unary(op: OpDefinition, text: str) -> Callable[[Any], Any]:
    """The element-wise `op` of one operand as a function of the namespace.

    What the backend of a concrete array does is called without further ado once it is known.
    """
    direct, signature = op.direct, Signature(1, 1, True)

    def function(x: Any, /, *out: Any, **options: Any) -> Any:
        if out or options:
            return call_with(function, signature, (x, *out), options)
        kind = type(x)
        if kind in direct:
            try:
                run = direct[kind][x.dtype]
            except KeyError:
                pass
            else:
                return run(x)
        return dispatch.apply(op, (array_of(x) if type(x) in SEQUENCES else x,), {})

    return _described(function, op, text, signature)


def binary(
    op: OpDefinition, text: str, of_complex: Callable[[Any, Any], Any] | None = None
) -> Callable[[Any, Any], Any]:
    """The element-wise `op` of two operands as a function of the namespace (see `unary`);
    `of_complex` takes its place where an operand is complex.

    Where the backend refuses, the long way says why.
    """
    direct, signature = op.direct, Signature(2, 1, True)

    def function(x1: Any, x2: Any, /, *out: Any, **options: Any) -> Any:
        if out or options:
            return call_with(function, signature, (x1, x2, *out), options)
        kind = type(x1)
        if kind in direct and type(x2) is kind:
            dtype = x1.dtype
            run = direct[kind].get(dtype) if x2.dtype is dtype else None
            if run is not None:
                try:
                    return run(x1, x2)
                except (TypeError, ValueError):
                    pass
        if type(x1) in SEQUENCES or type(x2) in SEQUENCES:
            x1, x2 = listed_beside((x1, x2))
        if of_complex is not None and any(dtype_of(x).is_complex for x in (x1, x2)):
            return of_complex(x1, x2)
        return dispatch.apply(op, (x1, x2), {})

    return _described(function, op, text, signature)


_ARGS = """Args:
        {operands}
        out: an array of the result's shape, which is written to and returned.
        options: `where`, `dtype`, `casting` and `order`, as NumPy's ufuncs take them.

    Raises:
        PolyadTypeError: a dtype that the function does not take, or what is no array of numbers.
        ShapeError: shapes that do not broadcast.

    """
_OPERANDS = {
    1: "x: an array of any shape, a number, or nested lists of them.",
    2: "x1, x2: arrays, numbers or nested lists of them, whose shapes broadcast.",
}


def _described(function: Any, op: OpDefinition, text: str, signature: Signature) -> Any:
    function.__name__ = function.__qualname__ = op.name
    head, sign, example = text.partition(">>>")
    args = _ARGS.format(operands=_OPERANDS[signature.nin])
    function.__doc__ = f"{head.rstrip()}\n\n    {args}{sign}{example}"
    return registered(function, signature)


abs = unary(
    e.abs,
    """The absolute value; of complex numbers the modulus. Its derivative at 0 is 0.

    >>> abs(-2.0)
    np.float64(2.0)
    """,
)
acos = unary(e.acos, "The inverse cosine, in [0, π].")
acosh = unary(e.acosh, "The inverse hyperbolic cosine, for x >= 1.")
asin = unary(e.asin, "The inverse sine, in [-π/2, π/2].")
asinh = unary(e.asinh, "The inverse hyperbolic sine.")
atan = unary(e.atan, "The inverse tangent, in (-π/2, π/2).")
atanh = unary(e.atanh, "The inverse hyperbolic tangent, for -1 <= x <= 1.")
bitwise_invert = unary(
    e.bitwise_invert,
    """Each bit of an integer or boolean flipped.

    >>> bitwise_invert(5)
    np.int64(-6)
    """,
)


@ufunc(1)
def conj(x: Any, /) -> Any:
    """The complex conjugate; of real numbers a copy."""
    if dtype_of(x).is_complex:
        return e.conj(x)
    x = array_of(x)
    return e.astype(x, dtype=int8) if dtype_of(x).family == "bool" else copied(x)


@ufunc(1)
def reciprocal(x: Any, /) -> Any:
    """1 / x; of integers rounded towards 0, as in NumPy.

    >>> reciprocal(4.0)
    np.float64(0.25)
    """
    dtype = dtype_of(x)
    if dtype.is_inexact:
        return e.reciprocal(x)
    x = array_of(x)
    if dtype.family == "bool":
        x, dtype = e.astype(x, dtype=int8), int8
    units = e.where(e.equal(e.abs(x), 1), x, 0)
    least = -(2 ** (dtype.bits - 1)) if dtype.family == "int" and dtype.bits > 16 else 0
    return e.where(e.equal(x, 0), least, units)


cos = unary(
    e.cos,
    """The cosine of an angle in radians.

    >>> cos(0.0)
    np.float64(1.0)
    """,
)
cosh = unary(e.cosh, "The hyperbolic cosine.")
exp = unary(
    e.exp,
    """e to the power x.

    >>> exp(0.0)
    np.float64(1.0)
    """,
)
expm1 = unary(e.expm1, "exp(x) - 1, exact for small x.")
isfinite = unary(e.isfinite, "Whether x is neither infinite nor NaN.")
isinf = unary(e.isinf, "Whether x is infinite.")
isnan = unary(e.isnan, "Whether x is NaN.")
log = unary(
    e.log,
    """The natural logarithm.

    >>> log(1.0)
    np.float64(0.0)
    """,
)
log1p = unary(e.log1p, "log(1 + x), exact for small x.")
log2 = unary(e.log2, "The logarithm to base 2.")
log10 = unary(e.log10, "The logarithm to base 10.")
logical_not = unary(e.logical_not, "Whether x is false (numbers: 0).")
negative = unary(e.negative, "-x.")
sign = unary(
    e.sign,
    """-1, 0 or 1; of complex numbers x / abs(x), 0 at 0.

    >>> sign(-2.5)
    np.float64(-1.0)
    """,
)
signbit = unary(
    e.signbit,
    "Whether the sign bit is set: of negative numbers, of -0.0 and of NaNs that have it.",
)
sin = unary(
    e.sin,
    """The sine of an angle in radians.

    >>> sin(0.0)
    np.float64(0.0)
    """,
)
sinh = unary(e.sinh, "The hyperbolic sine.")
sqrt = unary(
    e.sqrt,
    """The square root, NaN of negative numbers.

    >>> sqrt(9.0)
    np.float64(3.0)
    """,
)
square = unary(e.square, "x * x.")
tan = unary(e.tan, "The tangent of an angle in radians.")
tanh = unary(
    e.tanh,
    """The hyperbolic tangent.

    >>> tanh(0.0)
    np.float64(0.0)
    """,
)
add = binary(
    e.add,
    """x1 + x2.

    >>> add(1.0, 2)
    np.float64(3.0)
    """,
)
atan2 = binary(
    e.atan2,
    "The angle of the point (x2, x1), in [-π, π]. Its derivative at the origin is 0.",
)
bitwise_and = binary(e.bitwise_and, "The bits that both have.")
bitwise_left_shift = binary(e.bitwise_left_shift, "The bits of x1 moved left by x2 places.")
bitwise_or = binary(e.bitwise_or, "The bits that either has.")
bitwise_right_shift = binary(
    e.bitwise_right_shift,
    "The bits of x1 moved right by x2 places, copies of the sign entering.",
)
bitwise_xor = binary(e.bitwise_xor, "The bits that one of the two has.")
copysign = binary(
    e.copysign,
    """x1 with the sign of x2. Its derivative at x1 = 0 is 0.

    >>> copysign(2.0, -0.0)
    np.float64(-2.0)
    """,
)
divide = binary(e.divide, "x1 / x2, floating.")
equal = binary(e.equal, "Whether x1 == x2.")
floor_divide = binary(
    e.floor_divide,
    """x1 / x2 rounded towards minus infinity. Its derivative is 0.

    >>> floor_divide(-7, 2)
    np.int64(-4)
    """,
)
greater = binary(e.greater, "Whether x1 > x2.", complex_order.greater)
greater_equal = binary(
    e.greater_equal, "Whether x1 >= x2; see `less`.", complex_order.greater_equal
)
hypot = binary(e.hypot, "sqrt(x1² + x2²) without overflow. Its derivative at the origin is 0.")
less = binary(
    e.less,
    """Whether x1 < x2; complex numbers are ordered by their real parts, and then the imaginary
    ones.

    >>> less(1 + 2j, 1 + 3j)
    np.True_
    """,
    complex_order.less,
)
less_equal = binary(e.less_equal, "Whether x1 <= x2; see `less`.", complex_order.less_equal)
logaddexp = binary(
    e.logaddexp,
    """log(exp(x1) + exp(x2)) without overflow; of complex numbers the principal logarithm.

    >>> logaddexp(1000.0, 1000.0)
    np.float64(1000.6931471805599)
    """,
    complex_logaddexp,
)
logical_and = binary(e.logical_and, "Whether both are true (numbers: not 0).")
logical_or = binary(e.logical_or, "Whether either is true (numbers: not 0).")
logical_xor = binary(e.logical_xor, "Whether one of the two is true (numbers: not 0).")
maximum = binary(
    e.maximum,
    """The larger of the two (of complex numbers: see `less`), NaN if either is; ties share the
    derivative.

    >>> maximum([1.0, 5.0], 3.0)
    array([3., 5.])
    """,
    complex_order.maximum,
)
minimum = binary(
    e.minimum,
    """The smaller of the two (of complex numbers: see `less`), NaN if either is; ties share the
    derivative.

    >>> minimum([1.0, 5.0], 3.0)
    array([1., 3.])
    """,
    complex_order.minimum,
)
multiply = binary(e.multiply, "x1 * x2.")
nextafter = binary(e.nextafter, "The next representable number after x1 towards x2.")
not_equal = binary(e.not_equal, "Whether x1 != x2.")
remainder = binary(
    e.remainder,
    """x1 - floor(x1 / x2) * x2, which has the sign of x2.

    >>> remainder(-7, 2)
    np.int64(1)
    """,
)
subtract = binary(e.subtract, "x1 - x2.")


@ufunc(1)
def positive(x: Any, /) -> Any:
    """`+x`, a copy."""
    return copied(array_of(x))


def real(val: Any) -> Any:
    """The real part, a view; real numbers as they are.

    >>> real(1.0 + 2.0j)
    np.float64(1.0)
    """
    if type(val) is complex:
        return array_of(val.real)[()]
    if dtype_of(val).is_complex:
        return _linked(e.real(val), val)
    return _linked(copied(val), val) if isinstance(val, Handle) else array_of(val)


def imag(val: Any) -> Any:
    """The imaginary part, a view; 0 of real numbers, only to be read.

    >>> imag(1.0 + 2.0j)
    np.float64(2.0)
    """
    if type(val) is complex:
        return array_of(val.imag)[()]
    return _linked(e.imag(val), val, writeable=dtype_of(val).is_complex)


def _linked(part: Any, x: Any, writeable: bool = True) -> Any:
    traced = isinstance(x, Handle) and hasattr(x, "place")
    return linked(part, x, writeable=writeable) if traced else part


@ufunc(2)
def pow(x1: Any, x2: Any, /) -> Any:
    """`x1` to the power `x2`. A Python integer exponent has an op of its own, right at 0 and below.

    >>> pow(-2.0, 3)
    np.float64(-8.0)
    """
    if type(x1) in SEQUENCES or type(x2) in SEQUENCES:
        x1, x2 = listed_beside((x1, x2))
    exponent = x2
    if type(x2) is float and x2.is_integer() and dtype_of(x1).is_inexact and -64 <= x2 <= 64:
        exponent = int(x2)
    if type(exponent) is int and type(x1) not in (bool, complex):
        kind = dtype_of(x1).family
        if exponent >= 0 and kind != "bool":
            return e.square(x1) if exponent == 2 else e.integer_pow(x1, exponent=exponent)
        if exponent < 0 and kind in ("int", "uint"):
            raise _negative_power(exponent)
        if kind in ("float", "complex"):
            return e.integer_pow(e.reciprocal(x1), exponent=-exponent)
    _check_integer_power(x1, x2)
    return e.pow(x1, x2)


def _check_integer_power(x1: Any, x2: Any) -> None:
    """Raise where integers would be raised to negative powers, if that is known."""
    backend = execution.backend_of(x2)
    if backend is None or not (dtype_of(x1).is_integer and dtype_of(x2).family == "int"):
        return
    negative = backend.first_outside(x2, 0, None)
    if negative is not None:
        raise _negative_power(negative)


def _negative_power(exponent: int) -> PolyadTypeError:
    return PolyadTypeError(
        f"integers cannot be raised to the negative power {exponent}{at_line(user_location())}\n"
        "  Convert the base with .astype(float)."
    )


def where(condition: Any, x: Any, y: Any) -> Any:
    """`x` where `condition` is true, `y` elsewhere."""
    condition = array_of(condition)
    if dtype_of(condition).family != "bool":
        condition = e.not_equal(condition, 0)
    if type(x) in SEQUENCES or type(y) in SEQUENCES:
        condition, x, y = listed_beside((condition, x, y))
    return e.where(condition, x, y)


def iscomplexobj(x: Any) -> bool:
    """Whether `x` has a complex dtype."""
    return dtype_of(x).is_complex


@computed_wide
def sinc(x: Any) -> Any:
    """sin(πx) / (πx), 1 at 0."""
    far = e.greater(e.abs(x), 0.5)  # there by the distance to the nearest integer, which is exact
    safe = e.where(far, x, 1.0)
    nearest = e.round(e.stop_gradient(safe))
    sine = e.sin(e.multiply(e.subtract(safe, nearest), math.pi))
    sine = e.where(e.equal(e.remainder(nearest, 2.0), 0), sine, e.negative(sine))
    near = sine_ratio(e.multiply(e.where(far, 0.0, x), math.pi))
    return e.where(far, e.divide(sine, e.multiply(safe, math.pi)), near)


@ufunc(1)
def deg2rad(x: Any, /) -> Any:
    """Degrees to radians."""
    return e.multiply(x, math.pi / 180)


@ufunc(1)
def rad2deg(x: Any, /) -> Any:
    """Radians to degrees."""
    return e.multiply(x, 180 / math.pi)


@ufunc(1)
def exp2(x: Any, /) -> Any:
    """2 to the power `x`."""
    if dtype_of(x).is_complex:
        return e.exp(e.multiply(x, math.log(2)))
    return e.pow(2.0, x)
