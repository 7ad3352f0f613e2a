"""Element-wise functions with parameters of their own, and those of several tensors."""

from __future__ import annotations

import math
from typing import Any

from ... import numpy as pnp
from ... import special
from ...errors import PolyadTypeError
from ...ir import user_location, where
from ...numpy._core import dtype_of, shape_of
from ...ops import elementwise as e
from .dims import is_array, named
from .elementwise import add, div, floating_unary, mul, pow, sub, unary
from .promotion import as_type, default_float, floating, promoted, result_dtype
from .table import torch_function

unary(e.conj, "conj_physical")
unary(lambda x: e.subtract(x, e.trunc(x)), "frac")
floating_unary(lambda x: e.divide(1, e.sqrt(x)), "rsqrt")


@torch_function("conj", view=True)
def conj(input: Any) -> Any:
    return e.conj(input)


@torch_function("positive", "Tensor.__pos__", view=True)
def positive(input: Any) -> Any:
    return input


@torch_function("angle")
def angle(input: Any) -> Any:
    """The argument of a complex number; of a real one 0, π or NaN."""
    x = floating(input)
    if dtype_of(x).is_complex:
        return pnp.angle(x)
    made = pnp.where(e.less(x, 0), math.pi, 0.0)
    return as_type(pnp.where(e.isnan(x), math.nan, made), dtype_of(x))


@torch_function("round", "special.round")
def round(input: Any, *, decimals: int = 0) -> Any:
    """To even at halves. With decimals, by torch's formula: scaled, rounded, scaled back."""
    if not dtype_of(input).is_inexact:
        return input
    if decimals == 0:
        return e.round(input)
    ten = 10.0 ** abs(decimals)
    if decimals > 0:
        return e.divide(e.round(e.multiply(input, ten)), ten)
    return e.multiply(e.round(e.divide(input, ten)), ten)


def _bound(input: Any, *bounds: Any) -> list[Any]:
    """The operands of a clamp in their common dtype."""
    given = [b for b in bounds if b is not None]
    dtype = result_dtype(input, *given)
    return [None if x is None else as_type(x, dtype) for x in (input, *bounds)]


@torch_function("clamp", "clip")
def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """Within bounds; where x is a bound, its derivative is that of x."""
    if min is None and max is None:
        raise PolyadTypeError(f"torch.clamp needs min or max, or both{where(user_location())}")
    x, low, high = _bound(input, min, max)
    made = x
    if low is not None:
        made = (
            pnp.where(e.greater_equal(x, low), made, low)
            if is_array(min)
            else (pnp.where(e.logical_or(e.greater_equal(x, low), _nan(x)), made, low))
        )
    if high is not None:
        inside = e.less_equal(made, high)
        made = pnp.where(e.logical_or(inside, _nan(made)), made, high)
    return made


def _nan(x: Any) -> Any:
    return e.isnan(x) if dtype_of(x).is_inexact else False


@torch_function("clamp_min")
def clamp_min(input: Any, min: Any) -> Any:
    return clamp(input, min)


@torch_function("clamp_max")
def clamp_max(input: Any, max: Any) -> Any:
    return clamp(input, None, max)


@torch_function("addcmul")
def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """`input + value * tensor1 * tensor2`."""
    return add(input, mul(mul(tensor1, tensor2), value))


@torch_function("addcdiv")
def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """`input + value * tensor1 / tensor2`."""
    return add(input, mul(div(tensor1, tensor2), value))


@torch_function("lerp")
def lerp(input: Any, end: Any, weight: Any) -> Any:
    """`input + weight * (end - input)`."""
    return add(input, mul(weight, sub(end, input)))


@torch_function("nan_to_num")
def nan_to_num(input: Any, nan: Any = None, posinf: Any = None, neginf: Any = None) -> Any:
    """NaN and infinities replaced, by 0 and the largest finite numbers unless told otherwise."""
    if not dtype_of(input).is_inexact:
        return input
    return pnp.nan_to_num(input, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)


@torch_function("logit", "special.logit")
def logit(input: Any, eps: Any = None) -> Any:
    x = floating(input)
    if eps is not None:
        x = clamp(x, float(eps), 1 - float(eps))
    return special.logit(x)


@torch_function("torch.polygamma", "special.polygamma")
def polygamma(n: int, input: Any) -> Any:
    return special.polygamma(n, floating(input))


@torch_function("Tensor.polygamma")
def polygamma_of_tensor(input: Any, n: int) -> Any:
    return special.polygamma(n, floating(input))


@torch_function("mvlgamma", "special.multigammaln")
def mvlgamma(input: Any, p: int) -> Any:
    return special.multigammaln(floating(input), p)


def _floating(*operands: Any) -> list[Any]:
    """The operands in their common dtype, the default floating one for integers."""
    found = promoted(*operands)
    if result_dtype(*operands).is_inexact:
        return found
    return [as_type(x, default_float()) for x in found]


@torch_function("atan2", "arctan2")
def atan2(input: Any, other: Any) -> Any:
    return e.atan2(*_floating(input, other))


@torch_function("copysign")
def copysign(input: Any, other: Any) -> Any:
    return pnp.copysign(*_floating(input, other))


@torch_function("logaddexp")
def logaddexp(input: Any, other: Any) -> Any:
    return pnp.logaddexp(*promoted(input, other))


@torch_function("logaddexp2")
def logaddexp2(input: Any, other: Any) -> Any:
    return pnp.logaddexp2(*promoted(input, other))


@torch_function("xlogy", "special.xlogy")
def xlogy(input: Any, other: Any) -> Any:
    return special.xlogy(*_floating(input, other))


@torch_function("special.xlog1py")
def xlog1py(input: Any, other: Any) -> Any:
    return special.xlog1py(*_floating(input, other))


@torch_function("float_power")
def float_power(input: Any, exponent: Any) -> Any:
    """The power in double precision."""
    complex_ = result_dtype(input, exponent).is_complex
    wanted = "complex128" if complex_ else "float64"
    return pow(as_type(input, wanted), as_type(exponent, wanted))


@torch_function("ldexp")
def ldexp(input: Any, other: Any) -> Any:
    """`input * 2**other`."""
    return mul(input, pow(2.0, other))


@torch_function("frexp")
def frexp(input: Any) -> Any:
    mantissa, exponent = pnp.frexp(input)
    return named("frexp", mantissa, as_type(exponent, "int32"))


@torch_function("heaviside")
def heaviside(input: Any, values: Any) -> Any:
    return pnp.heaviside(input, values)


@torch_function("complex")
def complex(real: Any, imag: Any) -> Any:
    """`real + imag * 1j`."""
    wanted = "complex64" if dtype_of(real).bits == 32 else "complex128"
    return e.add(as_type(real, wanted), e.multiply(as_type(imag, wanted), 1j))


@torch_function("polar")
def polar(abs: Any, angle: Any) -> Any:
    """`abs * exp(1j * angle)`."""
    return complex(e.multiply(abs, e.cos(angle)), e.multiply(abs, e.sin(angle)))


@torch_function("view_as_complex")
def view_as_complex(input: Any) -> Any:
    """The last dimension, of length 2, as real and imaginary parts."""
    return complex(input[..., 0], input[..., 1])


@torch_function("view_as_real")
def view_as_real(input: Any) -> Any:
    return pnp.stack([pnp.real(input), pnp.imag(input)], axis=-1)


@torch_function("fill")
def fill(input: Any, value: Any) -> Any:
    """A tensor of the type and shape of `input`, all elements `value`."""
    return pnp.broadcast_to(as_type(value, dtype_of(input)), shape_of(input))


@torch_function("isclose")
def isclose(
    input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Any:
    return pnp.isclose(input, other, rtol, atol, equal_nan)


@torch_function("allclose")
def allclose(
    input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> bool:
    return bool(pnp.all(pnp.isclose(input, other, rtol, atol, equal_nan)))


@torch_function("equal")
def equal(input: Any, other: Any) -> bool:
    """Whether shapes and all elements are equal, where they are known."""
    return shape_of(input) == shape_of(other) and bool(pnp.all(e.equal(input, other)))


@torch_function("bitwise_not", "Tensor.__invert__")
def invert(input: Any) -> Any:
    return e.logical_not(input) if dtype_of(input).family == "bool" else e.bitwise_invert(input)
