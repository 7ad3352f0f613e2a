"""Bits of bytes as elements of their own."""

from __future__ import annotations

from typing import Any

from ..errors import PolyadTypeError
from ..ir.types import uint8
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..texts import shown
from ._arguments import integer, refuse
from ._core import array_of, axis_of, beside_arrays, convert, dtype_of, shape_of
from .manipulation import moveaxis, ravel
from .ranges import arange
from .reduction import sum


@beside_arrays
def packbits(a: Any, /, axis: int | None = None, bitorder: str = "big") -> Any:
    """Eight elements along `axis` (None: of the flattened array) as the bits of one uint8: 1 where
    an integer or boolean is not 0. Missing elements at the end count as 0.

    `bitorder` is "big", the first element as the highest bit, or "little". Raises
    `PolyadTypeError` for other dtypes.

    >>> packbits([1, 0, 0, 0, 0, 0, 1, 1])
    array([131], dtype=uint8)
    """
    a = array_of(a)
    if dtype_of(a).family not in ("bool", "int", "uint"):
        refuse(f"packbits takes integers or booleans, not {dtype_of(a)}", PolyadTypeError)
    a, at = _last(e.not_equal(a, False if dtype_of(a).family == "bool" else 0), axis)
    *lead, n = shape_of(a)
    count = -(-n // 8)
    bits = m.pad_axis(convert(a, uint8), len(lead), 0, 8 * count - n)
    bits = m.reshape(bits, shape=(*lead, count, 8))
    return moveaxis(
        sum(e.bitwise_left_shift(bits, _places(bitorder)), axis=-1, dtype=uint8), -1, at
    )


@beside_arrays
def unpackbits(
    a: Any, /, axis: int | None = None, count: int | None = None, bitorder: str = "big"
) -> Any:
    """The bits of uint8s along `axis` (None: of the flattened array), each as a uint8 of its own.

    `count` says how many are given: zeros are added, or so many left out if it is negative. Raises
    `PolyadTypeError` for other dtypes.

    >>> unpackbits(packbits([1, 0, 0, 0, 0, 0, 1, 1]))
    array([1, 0, 0, 0, 0, 0, 1, 1], dtype=uint8)
    """
    a = array_of(a)
    if dtype_of(a) is not uint8:
        refuse(f"unpackbits takes uint8, not {dtype_of(a)}", PolyadTypeError)
    a, at = _last(a, axis)
    *lead, n = shape_of(a)
    shifted = e.bitwise_right_shift(m.reshape(a, shape=(*lead, n, 1)), _places(bitorder))
    bits = m.reshape(e.bitwise_and(shifted, convert(1, uint8)), shape=(*lead, 8 * n))
    if count is not None:
        wanted = integer(count, "unpackbits: count")
        wanted = wanted if wanted >= 0 else max(8 * n + wanted, 0)
        bits = m.pad_axis(bits, len(lead), 0, max(wanted - 8 * n, 0))
        bits = m.slice_axis(bits, len(lead), 0, wanted)
    return moveaxis(bits, -1, at)


def _last(a: Any, axis: int | None) -> tuple[Any, int]:
    """`a` with `axis` as its last, and where it was."""
    if axis is None:
        return ravel(a), 0
    at = axis_of(axis, len(shape_of(a)))
    return moveaxis(a, at, -1), at


def _places(bitorder: str) -> Any:
    """By how many bits each of eight is shifted."""
    if bitorder not in ("big", "little"):
        refuse(f"bitorder is 'big' or 'little', not {shown(bitorder)}")
    return arange(7, -1, -1, dtype=uint8) if bitorder == "big" else arange(8, dtype=uint8)
