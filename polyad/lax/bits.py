"""Integers and floats by their bits: the high half of a product, rounding to fewer bits."""

from __future__ import annotations

from typing import Any

from ..api.custom import custom_jvp
from ..api.linear_calls import linear_call
from ..ir import DType, as_dtype
from ..numpy._core import array_of, convert, dtype_of, promoted
from ..ops import elementwise as e
from ._arguments import integer, refuse, refuse_type


def mulhi(x: Any, y: Any, /) -> Any:
    """The high half of the bits of the product of two integers: floor(x·y / 2^bits).

    Raises `PolyadTypeError` for other dtypes.

    >>> import numpy as np
    >>> mulhi(np.int8(100), np.int8(100))
    np.int8(39)
    """
    x, y = promoted([x, y])
    dtype = dtype_of(x)
    if not dtype.is_integer:
        refuse_type(f"mulhi takes integers, not {dtype}")
    if dtype.bits < 64:
        wide = as_dtype(f"{dtype.family}64")
        product = e.multiply(convert(x, wide), convert(y, wide))
        return convert(e.bitwise_right_shift(product, dtype.bits), dtype)
    if dtype.family == "uint":
        return _high_of_64(x, y)
    # A negative x stands for x + 2^64, whose product has y·2^64 more: see Hacker's Delight, 8-3.
    unsigned = as_dtype("uint64")
    high = e.bitcast(
        _high_of_64(e.bitcast(x, dtype=unsigned), e.bitcast(y, dtype=unsigned)), dtype=dtype
    )
    more = e.add(e.where(e.less(x, 0), y, 0), e.where(e.less(y, 0), x, 0))
    return e.subtract(high, more)


def _high_of_64(x: Any, y: Any) -> Any:
    """The high 64 bits of the product of unsigned integers, from those of their halves."""
    low = lambda v: e.bitwise_and(v, 0xFFFFFFFF)
    high = lambda v: e.bitwise_right_shift(v, 32)
    first, second = e.multiply(high(x), low(y)), e.multiply(low(x), high(y))
    middle = e.add(e.add(low(first), low(second)), high(e.multiply(low(x), low(y))))
    return e.add(
        e.add(e.multiply(high(x), high(y)), high(middle)), e.add(high(first), high(second))
    )


def reduce_precision(operand: Any, exponent_bits: int, mantissa_bits: int) -> Any:
    """Floats rounded to the nearest that a format of so many bits has, ties to the even one.

    As in XLA what is too large for the format is infinite, and what is smaller than its least
    normal number is 0. A format that is no coarser changes nothing. The derivative is the same
    rounding of the tangent, or of the cotangent. Raises `PolyadTypeError` for other dtypes,
    `PolyadValueError` for sizes below 1 (0, of the mantissa).

    >>> reduce_precision(3.14159, 8, 7)
    np.float64(3.140625)
    """
    x = array_of(operand)
    if not dtype_of(x).is_floating:
        refuse_type(f"reduce_precision takes real floating arrays, not {dtype_of(x)}")
    exponent = integer(exponent_bits, "reduce_precision: exponent_bits")
    mantissa = integer(mantissa_bits, "reduce_precision: mantissa_bits")
    if exponent < 1 or mantissa < 0:
        refuse(f"reduce_precision: there is no format of {exponent} and {mantissa} bits")
    plain = lambda x: _reduced(x, exponent, mantissa)
    either = lambda _, t: plain(t)
    rounded = custom_jvp(plain)
    rounded.defjvp(lambda p, t: (rounded(p[0]), linear_call(either, either, (), t[0])))
    return rounded(x)


def _reduced(x: Any, exponent: int, mantissa: int) -> Any:
    dtype = dtype_of(x)
    own = dtype.bits - 1 - dtype.mantissa
    bits = e.bitcast(x, dtype=as_dtype(f"uint{dtype.bits}"))
    if mantissa < dtype.mantissa:
        bits = _rounded(bits, dtype.mantissa - mantissa)
    if exponent < own:
        bits = _within(bits, dtype, own, exponent)
    return e.where(e.isnan(x), x, e.bitcast(bits, dtype=dtype))


def _rounded(bits: Any, lost: int) -> Any:
    """The last so many bits rounded away; a carry goes into the exponent, as it should."""
    last = e.bitwise_and(e.bitwise_right_shift(bits, lost), 1)
    up = e.add(bits, e.add(last, (1 << (lost - 1)) - 1))
    return e.bitwise_left_shift(e.bitwise_right_shift(up, lost), lost)


def _within(bits: Any, dtype: DType, own: int, exponent: int) -> Any:
    """Infinite or 0 where the number is not in the range of so many bits of exponent."""
    bias, reduced = (1 << (own - 1)) - 1, (1 << (exponent - 1)) - 1
    sign = e.bitwise_and(bits, 1 << (dtype.bits - 1))
    size = e.bitwise_and(e.bitwise_right_shift(bits, dtype.mantissa), (1 << own) - 1)
    infinite = e.bitwise_or(sign, ((1 << own) - 1) << dtype.mantissa)
    found = e.where(e.greater(size, bias + reduced), infinite, bits)
    return e.where(e.less_equal(size, bias - reduced), sign, found)
