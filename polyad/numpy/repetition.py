"""Repeated and rolled elements."""

from __future__ import annotations

from typing import Any

from ..concrete import concrete_value
from ..errors import PolyadTypeError, PolyadValueError
from ..ir import Handle, user_location, where
from ..ir.types import int64
from ..ops import elementwise as e
from ..ops import indexing
from ..ops import manipulation as m
from ..ops import reduction as r
from ._arguments import integers_or_one, refuse, refuse_type
from ._arguments import sizes as sizes_of
from ._core import Axis, array_of, axis_of, convert, copied, dtype_of, positions, shape_of
from .manipulation import broadcast_to, expand_dims, ravel


def roll(a: Any, shift: Any, axis: Axis = None) -> Any:
    """A copy of `a` shifted along `axis` (None: flattened): what falls off one end enters at the
    other. `shift` may be traced.
    """
    x = array_of(a)
    if axis is None:
        return m.reshape(roll(ravel(x), shift, axis=0), shape=shape_of(x))
    axes, shifts = integers_or_one(axis, "roll: axis"), _shifts(shift)
    if len(shifts) != len(axes):
        if 1 not in (len(shifts), len(axes)):
            refuse(f"roll: {len(shifts)} shifts do not go with {len(axes)} axes")
        shifts, axes = shifts * len(axes), axes * len(shifts)
    for count, which in zip(shifts, axes, strict=True):
        x = _rolled(x, count, axis_of(which, len(shape_of(x))))
    return copied(x) if x is a else x


def _shifts(shift: Any) -> tuple[Any, ...]:
    """One shift or several, each an integer or a traced one."""
    if not isinstance(shift, Handle):
        return integers_or_one(shift, "roll: shift")
    if not dtype_of(shift).is_integer or len(shape_of(shift)) > 1:
        refuse_type(f"roll: shift is an integer, or a vector of integers, not {shift.type}")
    if shape_of(shift) == ():
        return (shift,)
    rows: Any = shift
    parts = [m.slice_axis(rows, 0, k, k + 1) for k in range(shape_of(shift)[0])]
    return tuple([m.reshape(part, shape=()) for part in parts])


def _rolled(x: Any, shift: Any, axis: int) -> Any:
    n = shape_of(x)[axis]
    if n == 0:
        return x
    if isinstance(shift, Handle):
        places = e.remainder(e.subtract(positions(n, x), shift), n)
        return indexing.take(x, places, axis=axis)
    cut = -shift % n
    if not cut:
        return x
    return m.concat(m.slice_axis(x, axis, cut, n), m.slice_axis(x, axis, 0, cut), axis=axis)


def tile(A: Any, reps: Any) -> Any:
    """`A` repeated as a tile, `reps` times along each axis."""
    x = array_of(A)
    counts = list(sizes_of(reps, "tile: reps"))
    shape = list(shape_of(x))
    length = max(len(shape), len(counts))
    shape = [1] * (length - len(shape)) + shape
    counts = [1] * (length - len(counts)) + counts
    if all(n == 1 for n in counts):
        return copied(m.reshape(x, shape=tuple(shape)))
    apart = [n for pair in zip([1] * length, shape, strict=True) for n in pair]
    spread = [n for pair in zip(counts, shape, strict=True) for n in pair]
    tiled = m.broadcast_to(m.reshape(x, shape=tuple(apart)), shape=tuple(spread))
    return _own(m.reshape(tiled, shape=tuple(a * b for a, b in zip(counts, shape, strict=True))))


def _own(x: Any) -> Any:
    """`x` in memory of its own: a broadcast array may be a view that is only to be read."""
    return x if isinstance(x, Handle) else copied(x)


def repeat(
    a: Any, repeats: Any, axis: int | None = None, *, total_repeat_length: int | None = None
) -> Any:
    """Each element `repeats` times along `axis` (None: flattened); `repeats` is one integer, or one
    for each element.

    Under `jit` and `vmap`, a traced `repeats` needs `total_repeat_length`: so many elements are
    given, cut off, or the last one repeated. Raises `PolyadValueError` for negative counts (traced
    ones count as 0).

    >>> repeat([1.0, 2.0], [1, 2])
    array([1., 2., 2.])
    """
    x = array_of(a)
    if axis is None:
        x, axis = ravel(x), 0
    at = axis_of(axis, len(shape_of(x)))
    if not isinstance(repeats, int):
        repeats = array_of(repeats)
        if not dtype_of(repeats).is_integer:
            raise PolyadTypeError(
                f"repeat counts are integers, not {dtype_of(repeats)}{where(user_location())}"
            )
        return _repeat_each(
            x, broadcast_to(repeats, shape_of(x)[at : at + 1]), at, total_repeat_length
        )
    if repeats < 0:
        raise PolyadValueError(f"repeat counts are not negative: {repeats}{where(user_location())}")
    shape = shape_of(x)
    spread = m.broadcast_to(
        expand_dims(x, axis=at + 1), shape=(*shape[: at + 1], repeats, *shape[at + 1 :])
    )
    return _own(m.reshape(spread, shape=(*shape[:at], shape[at] * repeats, *shape[at + 1 :])))


def _repeat_each(x: Any, repeats: Any, axis: int, total: int | None) -> Any:
    """Place k of the result is of the element up to which the counts add up to no more than k."""
    if total is None:
        known = repeats
        if isinstance(repeats, Handle):
            known = concrete_value(
                repeats, "the counts of repeat", "total_repeat_length=n, the size of the result"
            )
        counts = [int(known[k]) for k in range(shape_of(repeats)[0])]
        if min(counts, default=0) < 0:
            raise PolyadValueError(
                f"repeat counts are not negative: {min(counts)}{where(user_location())}"
            )
        total = sum(counts)
    ends = r.cumulative_sum(convert(e.maximum(repeats, 0), int64), axis=0)
    return indexing.take(
        x, indexing.searchsorted(ends, positions(total, repeats), side="right"), axis=axis
    )
