"""Element-wise functions that `polyad.numpy` has not, or has with another meaning."""

from __future__ import annotations

import enum
from typing import Any

from ..ir import as_dtype
from ..numpy import multiply
from ..numpy._core import array_of, convert, dtype_of, promoted, shape_of
from ..numpy.numeric import truncated_remainder
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..special import expit
from ..texts import shown
from ._arguments import refuse_shape, refuse_type

# -- Arithmetic -----------------------------------------------------------------------------------


def rsqrt(x: Any) -> Any:
    """1 / √x.

    >>> rsqrt(4.0)
    np.float64(0.5)
    """
    return e.reciprocal(e.sqrt(x))


def integer_pow(x: Any, y: int) -> Any:
    """`x` to the power of a Python integer, by repeated products; 1 / x^-y for a negative one.

    Raises `PolyadTypeError` if `y` is no Python integer.

    >>> integer_pow(2.0, -2)
    np.float64(0.25)
    """
    if not hasattr(y, "__index__") or isinstance(y, bool):
        refuse_type(f"integer_pow: y is a Python integer, not {shown(y)}\n  lax.pow takes arrays.")
    n = int(y)
    power = e.integer_pow(array_of(x), exponent=n if n >= 0 else -n)
    return power if n >= 0 else e.reciprocal(power)


def div(x: Any, y: Any) -> Any:
    """x / y; of integers the quotient, rounded toward 0 (`polyad.numpy.divide` gives a float).

    >>> div(-7, 2)
    np.int64(-3)
    """
    x, y = promoted([x, y])
    if not dtype_of(x).is_integer:
        return e.divide(x, y)
    quotient = e.floor_divide(e.abs(x), e.abs(y))
    if dtype_of(x).family == "uint":
        return quotient
    return e.where(e.not_equal(e.less(x, 0), e.less(y, 0)), e.negative(quotient), quotient)


def rem(x: Any, y: Any) -> Any:
    """The remainder of the division, with the sign of `x` (`polyad.numpy.remainder`: of `y`).

    >>> rem(-7.0, 2.0)
    np.float64(-1.0)
    """
    x, y = promoted([x, y])
    if dtype_of(x).is_integer:
        return truncated_remainder(x, y)
    size = e.abs(y)
    rest = e.remainder(x, size)
    return e.where(e.less(x, 0), e.negative(e.remainder(e.negative(x), size)), rest)


def mul(x: Any, y: Any, *, out_dtype: Any = None) -> Any:
    """x · y, computed in `out_dtype` if it is given.

    >>> import numpy as np
    >>> mul(np.int8(100), np.int8(2), out_dtype="int32")
    np.int32(200)
    """
    if out_dtype is not None:
        x, y = convert(array_of(x), out_dtype), convert(array_of(y), out_dtype)
    return multiply(x, y)


def logistic(x: Any) -> Any:
    """1 / (1 + e^-x), also of complex numbers.

    >>> logistic(0.0)
    np.float64(0.5)
    """
    x = array_of(x)
    if not dtype_of(x).is_complex:
        return expit(x)
    right = e.greater_equal(e.real(x), 0)  # the exponential of a number to the left is at most 1
    small = e.exp(e.where(right, e.negative(x), x))
    return e.divide(e.where(right, 1, small), e.add(1, small))


def complex(x: Any, y: Any) -> Any:
    """The complex array of real part `x` and imaginary part `y`.

    >>> complex(1.0, 2.0)
    np.complex128(1+2j)
    """
    return e.complex(x, y)


class RoundingMethod(enum.IntEnum):
    """How `round` treats a number half-way between two integers."""

    AWAY_FROM_ZERO = 0
    TO_NEAREST_EVEN = 1


def round(x: Any, rounding_method: RoundingMethod = RoundingMethod.AWAY_FROM_ZERO) -> Any:
    """The nearest integer; half-way between two, that farther from 0, or the even one.

    >>> round(2.5), round(2.5, RoundingMethod.TO_NEAREST_EVEN)
    (np.float64(3.0), np.float64(2.0))
    """
    if RoundingMethod(rounding_method) is RoundingMethod.TO_NEAREST_EVEN:
        return e.round(x)
    whole = e.trunc(x)
    half = e.greater_equal(e.abs(e.subtract(x, whole)), 0.5)
    return e.where(half, e.add(whole, e.sign(x)), whole)


# -- Bits -----------------------------------------------------------------------------------------


def convert_element_type(operand: Any, new_dtype: Any) -> Any:
    """`operand` in another dtype; complex to real keeps the real part.

    >>> convert_element_type(2, "float32")
    np.float32(2.0)
    """
    return convert(array_of(operand), new_dtype)


def bitcast_convert_type(operand: Any, new_dtype: Any) -> Any:
    """The bits of `operand` read as another dtype, integer or real floating.

    To one of n times fewer bits there is a new last axis of size n, the last bits first; one of n
    times more takes such an axis away. Raises `ShapeError` without one.

    >>> bitcast_convert_type(1.0, "int64")
    np.int64(4607182418800017408)
    >>> import numpy as np
    >>> bitcast_convert_type(np.uint16(258), "uint8")
    array([2, 1], dtype=uint8)
    """
    x, wanted = array_of(operand), as_dtype(new_dtype)
    old, new = dtype_of(x).bits, wanted.bits
    if old == new or not {dtype_of(x).family, wanted.family} <= {"int", "uint", "float"}:
        return e.bitcast(x, dtype=wanted)
    of_bits = [as_dtype(f"uint{n}") for n in (old, new)]
    bits = e.bitcast(x, dtype=of_bits[0])
    if old > new:
        places = [new * k for k in range(old // new)]
        parts = [e.bitwise_and(e.bitwise_right_shift(bits, k), 2**new - 1) for k in places]
        narrow = m.concat(
            *(m.reshape(p, shape=(*shape_of(p), 1)) for p in parts), axis=len(shape_of(x))
        )
        return e.bitcast(convert(narrow, of_bits[1]), dtype=wanted)
    if shape_of(x)[-1:] != (new // old,):
        refuse_shape(
            f"bitcast_convert_type: {dtype_of(x)} to {wanted} needs a last axis of size "
            f"{new // old}, not the shape {shape_of(x)}"
        )
    at, wide = len(shape_of(x)) - 1, convert(bits, of_bits[1])
    parts = [m.slice_axis(wide, at, k, k + 1) for k in range(new // old)]
    whole: Any = 0
    for k, part in enumerate(parts):
        whole = e.bitwise_or(e.bitwise_left_shift(part, old * k), whole)
    return e.bitcast(m.reshape(whole, shape=shape_of(x)[:-1]), dtype=wanted)


def shift_right_arithmetic(x: Any, y: Any) -> Any:
    """`x` shifted right by `y` bits, copies of its first bit coming in.

    >>> shift_right_arithmetic(-8, 1)
    np.int64(-4)
    """
    return _shifted(x, y, "int")


def shift_right_logical(x: Any, y: Any) -> Any:
    """`x` shifted right by `y` bits, zeros coming in.

    >>> import numpy as np
    >>> shift_right_logical(np.int8(-1), np.int8(4))
    np.int8(15)
    """
    return _shifted(x, y, "uint")


def _shifted(x: Any, y: Any, kind: str) -> Any:
    """A right shift in the signed or unsigned integers of the operands' width."""
    x, y = promoted([x, y])
    dtype = dtype_of(x)
    if not dtype.is_integer:
        refuse_type(f"shifts take integers, not {dtype}")
    if dtype.family == kind:
        return e.bitwise_right_shift(x, y)
    other = as_dtype(f"{kind}{dtype.bits}")
    shifted = e.bitwise_right_shift(e.bitcast(x, dtype=other), e.bitcast(y, dtype=other))
    return e.bitcast(shifted, dtype=dtype)


def population_count(x: Any) -> Any:
    """The number of 1 bits of each integer.

    >>> population_count(7)
    np.int64(3)
    """
    x = _integers(x, "population_count")
    bits, width = dtype_of(x).bits, 1
    while width < bits:  # counts of neighbouring fields are added, in fields of twice the width
        mask = (2**bits - 1) // (2**width + 1)
        later = e.bitwise_and(e.bitwise_right_shift(x, width), mask)
        x = e.add(e.bitwise_and(x, mask), later)
        width *= 2
    return x


def clz(x: Any) -> Any:
    """The number of 0 bits of each integer before its first 1 bit.

    >>> clz(1)
    np.int64(63)
    """
    x = _integers(x, "clz")
    bits = dtype_of(x).bits
    step = 1
    while step < bits:  # a 1 is copied to all places after it
        x = e.bitwise_or(x, shift_right_logical(x, step))
        step *= 2
    return e.subtract(bits, population_count(x))


def _integers(x: Any, what: str) -> Any:
    x = array_of(x)
    if not dtype_of(x).is_integer:
        refuse_type(f"{what} takes integers, not {dtype_of(x)}")
    return x
