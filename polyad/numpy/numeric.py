"""Element-wise functions that NumPy has beyond the array-API standard, made of a few ops each."""

from __future__ import annotations

import math
from typing import Any

from .. import execution
from ..api.loops import while_loop
from ..errors import PolyadTypeError, ShapeError
from ..ir import user_location
from ..ir import where as at_line
from ..ir.types import bool_, complex128, float16, float64, int8, int32, uint8
from ..ops import elementwise as e
from ..ops import modified_bessel as mb
from ..ops.complex_sums import complex_logaddexp
from . import complex_order
from ._core import Axis, array_of, axes_of, beside_arrays, convert, dtype_of, promoted, shape_of
from ._out import gives_out
from .manipulation import broadcast_arrays, broadcast_shapes
from .reduction import all, any, as_floating
from .rounding import trunc
from .ufuncs import ufunc

# -- Complex numbers -------------------------------------------------------------------------------


@beside_arrays
def angle(z: Any, deg: bool = False) -> Any:
    """The argument of complex numbers, in radians (degrees, if `deg`); 0 at 0.

    >>> angle(1j)
    np.float64(1.5707963267948966)
    """
    z = as_floating(z)
    found = e.atan2(e.imag(z), e.real(z))
    return e.multiply(found, 180 / math.pi) if deg else found


@beside_arrays
def iscomplex(x: Any) -> Any:
    """True for each element whose imaginary part is not 0."""
    return e.not_equal(e.imag(array_of(x)), 0) if dtype_of(x).is_complex else _nowhere(x)


@beside_arrays
def isreal(x: Any) -> Any:
    """True for each element whose imaginary part is 0."""
    return e.logical_not(iscomplex(x))


def isrealobj(x: Any) -> bool:
    """Whether `x` has a dtype that is not complex."""
    return not dtype_of(array_of(x)).is_complex


def _nowhere(x: Any) -> Any:
    x = array_of(x)
    return e.logical_xor(e.equal(x, x), e.equal(x, x))


# -- Rounding, remainders --------------------------------------------------------------------------


@gives_out
def fix(x: Any, out: Any = None) -> Any:
    """`x` rounded towards 0, in the dtype of `x`."""
    return trunc(x)


@ufunc(2, 2)
def divmod(x1: Any, x2: Any, /) -> tuple[Any, Any]:
    """(x1 // x2, x1 % x2), the remainder with the sign of `x2`."""
    return e.floor_divide(x1, x2), e.remainder(x1, x2)


@ufunc(2)
@beside_arrays
def fmod(x1: Any, x2: Any, /) -> Any:
    """The remainder of x1 / x2 with the sign of `x1`, as in C.

    >>> fmod(-7.0, 3.0)
    np.float64(-1.0)
    """
    x1, x2 = promoted([x1, x2])
    if dtype_of(x1) is bool_:
        x1, x2 = (e.astype(x, dtype=int8) for x in (x1, x2))
    if dtype_of(x1).is_integer:
        return truncated_remainder(x1, x2)
    below, divisor = e.less(x1, 0), e.abs(x2)
    rest = e.remainder(e.where(below, e.negative(x1), x1), divisor)
    return e.where(below, e.negative(rest), rest)


def truncated_remainder(x1: Any, x2: Any) -> Any:
    """The remainder of integers with the sign of `x1`: that with the sign of `x2`, less `x2` where
    the signs differ. The least integer has no modulus, so none is taken.
    """
    rest = e.remainder(x1, x2)
    other = e.logical_xor(e.less(rest, 0), e.less(x1, 0))
    return e.where(e.logical_and(other, e.not_equal(rest, 0)), e.subtract(rest, x2), rest)


@ufunc(1, 2)
@beside_arrays
def modf(x: Any, /) -> tuple[Any, Any]:
    """The fraction and the whole part of `x`, both with its sign."""
    x = _real(x, "modf")
    whole = e.trunc(x)
    return e.where(e.isinf(x), e.copysign(0.0, x), e.subtract(x, whole)), whole


@ufunc(1, 2)
@beside_arrays
def frexp(x: Any, /) -> tuple[Any, Any]:
    """(m, n) with x = m·2^n and |m| in [½, 1): (0, 0) for 0.

    >>> frexp(6.0)
    (np.float64(0.75), np.int32(3))
    """
    x = _real(x, "frexp")
    usual = e.logical_and(e.isfinite(x), e.not_equal(x, 0))
    known = e.where(usual, x, 1.0)
    power = e.add(e.floor(e.log2(e.abs(known))), 1.0)
    scaled = ldexp(known, e.negative(power))
    power = e.where(e.greater_equal(e.abs(scaled), 1), e.add(power, 1.0), power)
    power = e.where(e.less(e.abs(scaled), 0.5), e.subtract(power, 1.0), power)
    mantissa = e.where(usual, ldexp(known, e.negative(power)), x)
    return mantissa, e.astype(e.where(usual, power, 0.0), dtype=int32)


@ufunc(2)
@beside_arrays
def ldexp(x1: Any, x2: Any, /) -> Any:
    """x1 · 2^x2 for whole numbers x2.

    >>> ldexp(0.75, 3)
    np.float64(6.0)
    """
    x1 = _real(x1, "ldexp")
    n = convert(array_of(x2), dtype_of(x1))
    half = e.floor(e.multiply(n, 0.5))
    return e.multiply(e.multiply(x1, e.pow(2.0, half)), e.pow(2.0, e.subtract(n, half)))


@ufunc(1)
@beside_arrays
def spacing(x: Any, /) -> Any:
    """The distance from `x` to the next number away from 0, negative for negative `x`; NaN for
    infinite `x`.
    """
    x = _real(x, "spacing")
    if dtype_of(x) is float16:  # NumPy's is the distance to the next larger number there
        distance = e.subtract(e.nextafter(x, math.inf), x)
        return e.where(e.isfinite(x), distance, math.nan)
    modulus = e.abs(x)
    distance = e.subtract(e.nextafter(modulus, math.inf), modulus)
    return e.where(e.less(x, 0), e.negative(distance), distance)


# -- Powers and logarithms -------------------------------------------------------------------------


@ufunc(1)
@beside_arrays
def cbrt(x: Any, /) -> Any:
    """The real cube root; infinite derivative at 0.

    >>> cbrt(-27.0)
    np.float64(-3.0)
    """
    return e.cbrt(_real(x, "cbrt"))


@ufunc(2)
@beside_arrays
def float_power(x1: Any, x2: Any, /) -> Any:
    """`x1` to the power `x2`, in double precision."""
    x1, x2 = promoted([x1, x2])
    wanted = complex128 if dtype_of(x1).is_complex else float64
    return e.pow(convert(x1, wanted), convert(x2, wanted))


@ufunc(2)
@beside_arrays
def logaddexp2(x1: Any, x2: Any, /) -> Any:
    """log2(2^x1 + 2^x2), without overflow; of complex numbers the principal logarithm."""
    x1, x2 = (x if dtype_of(x).is_inexact else as_floating(x) for x in promoted([x1, x2]))
    if dtype_of(x1).is_complex:
        scaled = [e.multiply(x, math.log(2)) for x in (x1, x2)]
        return e.multiply(complex_logaddexp(*scaled), 1 / math.log(2))
    alike = e.logical_and(e.equal(x1, x2), e.isinf(x1))
    far = e.greater(e.abs(e.subtract(x1, x2)), 1.0)
    gap = e.subtract(*(e.where(e.logical_or(far, alike), 0.0, x) for x in (x1, x2)))
    near = e.divide(e.logaddexp(e.multiply(gap, math.log(2)), 0.0), math.log(2))
    middle = e.where(alike, e.multiply(e.add(x1, x2), 0.5), x2)
    first = e.greater(x1, x2)
    high, low = e.where(far, e.where(first, x1, x2), 0.0), e.where(far, e.where(first, x2, x1), 0.0)
    apart = e.log1p(e.pow(2.0, e.subtract(low, high)))
    return e.where(far, high + e.multiply(apart, 1 / math.log(2)), e.add(middle, near))


@beside_arrays
def i0(x: Any) -> Any:
    """The modified Bessel function of the first kind, of order 0.

    >>> i0(0.0)
    np.float64(1.0)
    """
    return mb.bessel_i(x, order=0, scaled=False)


# -- Comparing -------------------------------------------------------------------------------------


@ufunc(2)
@beside_arrays
def fmax(x1: Any, x2: Any, /) -> Any:
    """The larger of two; of a number and NaN, the number. Ties share the derivative."""
    return _ignoring_nan(e.maximum, x1, x2)


@ufunc(2)
@beside_arrays
def fmin(x1: Any, x2: Any, /) -> Any:
    """The smaller of two; of a number and NaN, the number. Ties share the derivative."""
    return _ignoring_nan(e.minimum, x1, x2)


def _ignoring_nan(op: Any, x1: Any, x2: Any) -> Any:
    x1, x2 = promoted([x1, x2])
    if dtype_of(x1).is_complex:
        op = complex_order.maximum if op is e.maximum else complex_order.minimum
    if not dtype_of(x1).is_inexact:
        return op(x1, x2)
    return e.where(e.isnan(x1), x2, e.where(e.isnan(x2), x1, op(x1, x2)))


@ufunc(2)
@beside_arrays
def heaviside(x1: Any, x2: Any, /) -> Any:
    """0 where `x1` is negative, 1 where it is positive, `x2` where it is 0.

    >>> heaviside(0.0, 0.5)
    np.float64(0.5)
    """
    x1, x2 = promoted([_real(x1, "heaviside"), x2])
    step = e.where(e.less(x1, 0), 0.0, e.where(e.greater(x1, 0), 1.0, x2))
    return e.where(e.isnan(x1), math.nan, step)


@gives_out
@beside_arrays
def isposinf(x: Any, out: Any = None) -> Any:
    """True for each element that is ∞."""
    return e.logical_and(e.isinf(x), e.greater(x, 0))


@gives_out
@beside_arrays
def isneginf(x: Any, out: Any = None) -> Any:
    """True for each element that is -∞."""
    return e.logical_and(e.isinf(x), e.less(x, 0))


def isscalar(element: Any) -> bool:
    """Whether `element` is a number and no array."""
    if type(element) in execution.SCALARS or isinstance(element, str | bytes):
        return True
    return (
        hasattr(element, "dtype")
        and type(element).__module__ == "numpy"
        and not hasattr(element, "__setitem__")
    )


@beside_arrays
def array_equiv(a1: Any, a2: Any) -> Any:
    """Whether two arrays broadcast to one shape, and are equal there.

    >>> array_equiv([1, 2], [[1, 2], [1, 2]])
    np.True_
    """
    a1, a2 = array_of(a1), array_of(a2)
    try:
        broadcast_shapes(shape_of(a1), shape_of(a2))
    except ShapeError:
        return False
    return all(e.equal(a1, a2))


# -- Shapes and dtypes -----------------------------------------------------------------------------


def shape(a: Any) -> tuple[int, ...]:
    """The shape of an array, a number, or nested lists.

    >>> shape([[1.0, 2.0]])
    (1, 2)
    """
    return shape_of(array_of(a))


def ndim(a: Any) -> int:
    """The number of dimensions of `a`."""
    return len(shape(a))


def size(a: Any, axis: Axis = None) -> int:
    """The number of elements of `a`, along `axis` (one or several) if that is given."""
    sizes = shape(a)
    return math.prod(sizes[k] for k in axes_of(axis, array_of(a)))


# -- Integers --------------------------------------------------------------------------------------


@ufunc(2)
@beside_arrays
def gcd(x1: Any, x2: Any, /) -> Any:
    """The greatest common divisor, by Euclid's algorithm.

    >>> gcd(12, 18)
    np.int64(6)
    """
    a, b = broadcast_arrays(*_integers(x1, x2, "gcd"))

    def step(pair: tuple[Any, Any]) -> tuple[Any, Any]:
        a, b = pair
        done = e.equal(b, 0)
        rest = e.remainder(a, e.where(done, 1, b))
        return e.where(done, a, b), e.where(done, 0, rest)

    return e.abs(while_loop(lambda pair: any(e.not_equal(pair[1], 0)), step, (a, b))[0])


@ufunc(2)
@beside_arrays
def lcm(x1: Any, x2: Any, /) -> Any:
    """The least common multiple, 0 where either is 0.

    >>> lcm(4, 6)
    np.int64(12)
    """
    a, b = _integers(x1, x2, "lcm")
    divisor = gcd(a, b)
    a, b = e.abs(a), e.abs(b)  # before the product, which may wrap
    return e.multiply(e.floor_divide(a, e.where(e.equal(divisor, 0), 1, divisor)), b)


@ufunc(1)
@beside_arrays
def bitwise_count(x: Any, /) -> Any:
    """The number of 1 bits of |x|, by sums of neighbouring groups of bits.

    >>> bitwise_count(255)
    np.uint8(8)
    """
    x = array_of(x)
    bits = dtype_of(x).bits
    x = e.abs(_integers(x, x, "bitwise_count")[0])
    for width in (1, 2, 4, 8, 16, 32):
        if width < bits:
            mask = sum(((1 << width) - 1) << k for k in range(0, bits, 2 * width))
            high = e.bitwise_and(e.bitwise_right_shift(x, width), mask)
            x = e.add(e.bitwise_and(x, mask), high)
    return e.astype(x, dtype=uint8)


def _integers(x1: Any, x2: Any, what: str) -> list[Any]:
    given = promoted([x1, x2])
    if not dtype_of(given[0]).is_integer:
        raise PolyadTypeError(
            f"{what} takes integers, not {dtype_of(given[0])}{at_line(user_location())}"
        )
    return given


def _real(x: Any, what: str) -> Any:
    x = as_floating(x)
    if dtype_of(x).is_complex:
        raise PolyadTypeError(
            f"{what} takes real arrays, not {dtype_of(x)}{at_line(user_location())}"
        )
    return x


@ufunc(1)
def fabs(x: Any, /) -> Any:
    """The absolute value of real numbers, floating.

    >>> fabs(-2)
    np.float64(2.0)
    """
    return e.abs(_real(x, "fabs"))
