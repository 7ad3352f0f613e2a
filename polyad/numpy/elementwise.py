"""Element-wise functions: the ops themselves, and what is made of a few of them."""

from __future__ import annotations

import math
from typing import Any

from .. import execution
from ..errors import PolyadTypeError
from ..ir import user_location
from ..ir import where as at_line
from ..ops import elementwise as e
from ..ops.elementwise import abs as abs
from ..ops.elementwise import acos as acos
from ..ops.elementwise import acosh as acosh
from ..ops.elementwise import add as add
from ..ops.elementwise import asin as asin
from ..ops.elementwise import asinh as asinh
from ..ops.elementwise import atan as atan
from ..ops.elementwise import atan2 as atan2
from ..ops.elementwise import atanh as atanh
from ..ops.elementwise import bitwise_and as bitwise_and
from ..ops.elementwise import bitwise_invert as bitwise_invert
from ..ops.elementwise import bitwise_left_shift as bitwise_left_shift
from ..ops.elementwise import bitwise_or as bitwise_or
from ..ops.elementwise import bitwise_right_shift as bitwise_right_shift
from ..ops.elementwise import bitwise_xor as bitwise_xor
from ..ops.elementwise import conj as conj
from ..ops.elementwise import copysign as copysign
from ..ops.elementwise import cos as cos
from ..ops.elementwise import cosh as cosh
from ..ops.elementwise import divide as divide
from ..ops.elementwise import equal as equal
from ..ops.elementwise import exp as exp
from ..ops.elementwise import expm1 as expm1
from ..ops.elementwise import floor_divide as floor_divide
from ..ops.elementwise import greater as greater
from ..ops.elementwise import greater_equal as greater_equal
from ..ops.elementwise import hypot as hypot
from ..ops.elementwise import imag as imag
from ..ops.elementwise import isfinite as isfinite
from ..ops.elementwise import isinf as isinf
from ..ops.elementwise import isnan as isnan
from ..ops.elementwise import less as less
from ..ops.elementwise import less_equal as less_equal
from ..ops.elementwise import log as log
from ..ops.elementwise import log1p as log1p
from ..ops.elementwise import log2 as log2
from ..ops.elementwise import log10 as log10
from ..ops.elementwise import logaddexp as logaddexp
from ..ops.elementwise import logical_and as logical_and
from ..ops.elementwise import logical_not as logical_not
from ..ops.elementwise import logical_or as logical_or
from ..ops.elementwise import logical_xor as logical_xor
from ..ops.elementwise import maximum as maximum
from ..ops.elementwise import minimum as minimum
from ..ops.elementwise import multiply as multiply
from ..ops.elementwise import negative as negative
from ..ops.elementwise import nextafter as nextafter
from ..ops.elementwise import not_equal as not_equal
from ..ops.elementwise import real as real
from ..ops.elementwise import reciprocal as reciprocal
from ..ops.elementwise import remainder as remainder
from ..ops.elementwise import sign as sign
from ..ops.elementwise import signbit as signbit
from ..ops.elementwise import sin as sin
from ..ops.elementwise import sinh as sinh
from ..ops.elementwise import sqrt as sqrt
from ..ops.elementwise import square as square
from ..ops.elementwise import subtract as subtract
from ..ops.elementwise import tan as tan
from ..ops.elementwise import tanh as tanh
from ._core import array_of, dtype_of


def positive(x: Any, /) -> Any:
    """`+x`."""
    return x


def pow(x1: Any, x2: Any, /) -> Any:
    """`x1` to the power `x2`. A Python integer exponent has an op of its own, right at 0 and below.

    >>> pow(-2.0, 3)
    np.float64(-8.0)
    """
    exponent = x2
    if type(x2) is float and x2.is_integer() and dtype_of(x1).is_inexact and -64 <= x2 <= 64:
        exponent = int(x2)
    if type(exponent) is int and type(x1) not in (bool, complex):
        kind = dtype_of(x1).kind
        if exponent >= 0 and kind != "bool":
            return e.square(x1) if exponent == 2 else e.integer_pow(x1, exponent=exponent)
        if exponent < 0 and kind in ("int", "uint"):
            raise PolyadTypeError(
                "integers cannot be raised to the negative power "
                f"{exponent}{at_line(user_location())}\n"
                "  Convert the base with .astype(float)."
            )
        if kind in ("float", "complex"):
            return e.reciprocal(e.integer_pow(x1, exponent=-exponent))
    return e.pow(x1, x2)


def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    """`x` within [`min`, `max`]; at a bound the derivative is one half, as of min∘max.

    >>> clip(3.0, 0.0, 1.0)
    np.float64(1.0)
    """
    if min is not None:
        x = e.maximum(x, min)
    return x if max is None else e.minimum(x, max)


def floor(x: Any, /) -> Any:
    """The largest integer not above `x`, in the dtype of `x`."""
    return _to_integer(e.floor, x)


def ceil(x: Any, /) -> Any:
    """The smallest integer not below `x`, in the dtype of `x`."""
    return _to_integer(e.ceil, x)


def trunc(x: Any, /) -> Any:
    """`x` without its fraction, in the dtype of `x`."""
    return _to_integer(e.trunc, x)


def round(x: Any, /, decimals: int = 0) -> Any:
    """`x` rounded half to even, to `decimals` decimal places."""
    if decimals == 0:
        return _to_integer(e.round, x)
    scale = 10.0**decimals
    return e.divide(e.round(e.multiply(x, scale)), scale)


def _to_integer(op: Any, x: Any) -> Any:
    return op(x) if type(x) is float or dtype_of(x).is_inexact else array_of(x)


def where(condition: Any, x1: Any, x2: Any, /) -> Any:
    """`x1` where `condition` is true, `x2` elsewhere.

    >>> where(True, 1.0, 2.0)
    np.float64(1.0)
    """
    condition = array_of(condition)
    if dtype_of(condition).kind != "bool":
        condition = e.not_equal(condition, 0)
    return e.where(condition, x1, x2)


def iscomplexobj(x: Any) -> bool:
    """Whether `x` has a complex dtype."""
    return dtype_of(x).is_complex


def isclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Whether |a - b| <= atol + rtol·|b|, element by element; infinities of one sign are close."""
    a, b = (x if type(x) in execution.SCALARS else array_of(x) for x in (a, b))
    near = e.less_equal(e.abs(e.subtract(a, b)), e.add(e.multiply(e.abs(b), rtol), atol))
    near = e.logical_or(e.logical_and(near, e.isfinite(b)), e.equal(a, b))
    return e.logical_or(near, e.logical_and(e.isnan(a), e.isnan(b))) if equal_nan else near


def sinc(x: Any, /) -> Any:
    """sin(πx) / (πx), 1 at 0."""
    zero = e.equal(x, 0)
    safe = e.multiply(e.where(zero, 1.0, x), math.pi)
    return e.where(zero, 1.0, e.divide(e.sin(safe), safe))


def deg2rad(x: Any, /) -> Any:
    """Degrees to radians."""
    return e.multiply(x, math.pi / 180)


def rad2deg(x: Any, /) -> Any:
    """Radians to degrees."""
    return e.multiply(x, 180 / math.pi)


def exp2(x: Any, /) -> Any:
    """2 to the power `x`."""
    return e.exp(e.multiply(x, math.log(2)))


def nan_to_num(
    x: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Any:
    """`x` with NaN and infinities replaced (infinities by the largest finite numbers, if not
    given).
    """
    big = 3.4028234663852886e38 if dtype_of(x).real.bits == 32 else 1.7976931348623157e308
    x = e.where(e.isnan(x), nan, x)
    x = e.where(e.logical_and(e.isinf(x), e.greater(x, 0)), big if posinf is None else posinf, x)
    return e.where(e.logical_and(e.isinf(x), e.less(x, 0)), -big if neginf is None else neginf, x)
