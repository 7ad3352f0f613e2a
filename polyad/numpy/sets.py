"""Sets: NumPy's `unique` and its operations on vectors as sets.

How many elements they give depends on the values. Under `jit` and `vmap` a `size` says how many:
what is too much is left out, and for what is missing `fill_value` stands at the end.
"""

from __future__ import annotations

import functools
from typing import Any

from ..ir.types import int8, uint8
from ..ops import elementwise as e
from ..ops import indexing as i
from ..ops import manipulation as m
from ._core import array_of, axis_of, beside_arrays, dtype_of, positions, promoted, shape_of
from .extremes import argmax
from .functional import compress
from .joining import concat
from .manipulation import moveaxis, ravel, reshape
from .reduction import any
from .searching import _grouped, _starts_anew, isin, searchsorted, stable_order
from .sorting import lexsort
from .taking import take


@beside_arrays
def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
    sorted: bool = True,
    size: int | None = None,
    fill_value: Any = None,
) -> Any:
    """The distinct elements of `ar`, ascending; or its distinct slices along `axis`, in
    lexicographic order. Then, as asked: where each first occurs, of which one each element is, and
    how often each occurs. NaNs are one element, unless not `equal_nan`.

    With `size` so many, the first repeated in place of missing ones unless there is a `fill_value`.
    The derivative of each is that of its first occurrence.

    >>> unique([2, 1, 2], return_counts=True)
    (array([1, 2]), array([1, 2]))
    """
    x = array_of(ar)
    if axis is None:
        rows, shape = ravel(x), shape_of(x)
        order, new = _ordered(rows, equal_nan)
    else:
        rows = moveaxis(x, axis_of(axis, len(shape_of(x))), 0)
        shape = shape_of(rows)[:1]
        order, new = _ordered_rows(rows, equal_nan)
    indices, inverse, counts, inside = _grouped("unique", order, new, size)
    values = i.take(rows, indices, axis=0)
    if inside is not None and fill_value is not None:
        column = m.reshape(inside, shape=(*shape_of(inside), *(1,) * (len(shape_of(values)) - 1)))
        values = e.where(column, values, fill_value)
    if axis is not None:
        values = moveaxis(values, 0, axis_of(axis, len(shape_of(x))))
    extra = [
        found
        for found, wanted in (
            (indices, return_index),
            (m.reshape(inverse, shape=shape), return_inverse),
            (counts, return_counts),
        )
        if wanted
    ]
    return (values, *extra) if extra else values


def _ordered(flat: Any, equal_nan: bool = True) -> tuple[Any, Any]:
    """The permutation that sorts a vector, and which of the sorted elements are new."""
    order = stable_order(flat)
    return order, _new(i.take(flat, order, axis=0), equal_nan)


def _ordered_rows(rows: Any, equal_nan: bool) -> tuple[Any, Any]:
    n = shape_of(rows)[0]
    flat = (
        reshape(rows, (n, -1)) if n and 0 not in shape_of(rows) else m.reshape(rows, shape=(n, 0))
    )
    width = shape_of(flat)[1]
    columns = [m.reshape(m.slice_axis(flat, 1, k, k + 1), shape=(n,)) for k in range(width)]
    if not columns:  # rows without elements are equal
        places = positions(n, rows)
        return places, e.equal(places, 0)
    keys = [part for c in columns[::-1] for part in _keys(c)]
    order = lexsort(keys)
    parts = [_new(i.take(column, order, axis=0), equal_nan) for column in columns]
    return order, functools.reduce(e.logical_or, parts)


def _new(row: Any, equal_nan: bool) -> Any:
    """Which elements of a sorted vector differ from the one before."""
    new = _starts_anew(row)
    if equal_nan and dtype_of(row).is_inexact:
        number = e.logical_not(e.isnan(row))
        new = e.logical_and(new, e.logical_or(number, _starts_anew(number)))
    return new


def _keys(column: Any) -> list[Any]:
    if dtype_of(column).is_complex:
        return [e.imag(column), e.real(column)]
    return [e.astype(column, dtype=uint8)] if dtype_of(column).family == "bool" else [column]


@beside_arrays
def union1d(ar1: Any, ar2: Any, *, size: int | None = None, fill_value: Any = None) -> Any:
    """The distinct elements of both, ascending.

    >>> union1d([3, 1], [1, 2])
    array([1, 2, 3])
    """
    return unique(concat([ravel(ar1), ravel(ar2)]), size=size, fill_value=fill_value)


@beside_arrays
def intersect1d(
    ar1: Any,
    ar2: Any,
    assume_unique: bool = False,
    return_indices: bool = False,
    *,
    size: int | None = None,
    fill_value: Any = None,
) -> Any:
    """The distinct elements of `ar1` that are in `ar2`, ascending; with `return_indices` also where
    each first occurs in both. In place of values missing to `size` there is `fill_value`, or the
    first value, and in place of positions the sizes of `ar1` and `ar2`.

    >>> intersect1d([3, 1, 2], [2, 3])
    array([2, 3])
    """
    x, other = promoted([ravel(ar1), ravel(ar2)])
    order, new = _ordered(x)
    row = i.take(x, order, axis=0)
    kept = e.logical_and(new, isin(row, other))
    values = _filled(kept, row, size, fill_value)
    if not return_indices:
        return values
    places, _ = _ordered(other)
    rows = i.take(other, places, axis=0)
    found = take(places, searchsorted(rows, row, side="left"), mode="clip")
    first = compress(kept, order, size=size, fill_value=shape_of(x)[0])
    return values, first, compress(kept, found, size=size, fill_value=shape_of(other)[0])


def _filled(kept: Any, row: Any, size: int | None, fill_value: Any) -> Any:
    """The elements of `row` that are kept; those missing to `size` are `fill_value`, or, if that is
    None, the first element, or 0 if there is none.
    """
    if fill_value is None:
        fill_value = 0
        if size is not None and shape_of(row)[0]:
            first = take(row, argmax(e.astype(kept, dtype=int8)), mode="clip")
            fill_value = e.where(any(kept), first, 0)
    return compress(kept, row, size=size, fill_value=fill_value)


@beside_arrays
def setdiff1d(
    ar1: Any,
    ar2: Any,
    assume_unique: bool = False,
    *,
    size: int | None = None,
    fill_value: Any = 0,
) -> Any:
    """The distinct elements of `ar1` that are not in `ar2`, ascending; in their order, if
    `assume_unique`.

    >>> setdiff1d([3, 1, 2, 1], [2])
    array([1, 3])
    """
    x, other = promoted([ravel(ar1), ravel(ar2)])
    if assume_unique:
        return compress(isin(x, other, invert=True), x, size=size, fill_value=fill_value)
    order, new = _ordered(x)
    row = i.take(x, order, axis=0)
    kept = e.logical_and(new, isin(row, other, invert=True))
    return compress(kept, row, size=size, fill_value=fill_value)


@beside_arrays
def setxor1d(
    ar1: Any,
    ar2: Any,
    assume_unique: bool = False,
    *,
    size: int | None = None,
    fill_value: Any = None,
) -> Any:
    """The distinct elements that are in one and not in the other, ascending; the first stands for
    those missing to `size`, unless there is a `fill_value`.

    >>> setxor1d([1, 2], [2, 3])
    array([1, 3])
    """
    x, other = promoted([ravel(ar1), ravel(ar2)])
    order, new = _ordered(concat([x, other]))
    row = i.take(concat([x, other]), order, axis=0)
    apart = e.logical_xor(isin(row, x), isin(row, other))
    kept = e.logical_and(new, e.logical_or(apart, e.isnan(row)))
    return _filled(kept, row, size, fill_value)
