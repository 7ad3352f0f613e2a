"""Sums and products so far, and differences of neighbours."""

from __future__ import annotations

import builtins
from typing import Any

from ..ir.types import bool_
from ..ops import cumulative as c
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..ops import reduction as r
from ._arguments import integer, refuse
from ._core import (
    accumulator,
    array_of,
    axis_of,
    beside_arrays,
    convert,
    dtype_of,
    promoted,
    shape_of,
)
from ._out import gives_out
from .creation import full
from .manipulation import ravel


@beside_arrays
def _cumulative(
    op: Any, x: Any, axis: int | None, dtype: Any, include_initial: bool, initial: int
) -> Any:
    x = array_of(x)
    x = convert(x, accumulator(dtype_of(x)) if dtype is None else dtype)
    if axis is None:
        x, axis = ravel(x), 0
    at = axis_of(axis, len(shape_of(x)))
    totals = op(x, axis=at)
    if not include_initial:
        return totals
    first = full((*shape_of(x)[:at], 1, *shape_of(x)[at + 1 :]), initial, dtype=dtype_of(x))
    return m.concat(*promoted([first, totals]), axis=at)


@gives_out
def cumulative_sum(
    x: Any,
    /,
    *,
    axis: int | None = None,
    dtype: Any = None,
    out: Any = None,
    include_initial: bool = False,
) -> Any:
    """Running sums along `axis` (needed of two dimensions or more), with a leading 0 if
    `include_initial`.
    """
    if axis is None and len(shape_of(array_of(x))) > 1:
        refuse("cumulative_sum: axis is needed for arrays of two dimensions or more")
    return _cumulative(r.cumulative_sum, x, axis, dtype, include_initial, 0)


@gives_out
def cumulative_prod(
    x: Any,
    /,
    *,
    axis: int | None = None,
    dtype: Any = None,
    out: Any = None,
    include_initial: bool = False,
) -> Any:
    """Running products along `axis` (needed of two dimensions or more), with a leading 1 if
    `include_initial`.
    """
    if axis is None and len(shape_of(array_of(x))) > 1:
        refuse("cumulative_prod: axis is needed for arrays of two dimensions or more")
    return _cumulative(r.cumulative_prod, x, axis, dtype, include_initial, 1)


@gives_out
def cumsum(a: Any, axis: int | None = None, dtype: Any = None, out: Any = None) -> Any:
    """Running sums along `axis` (None: of the flattened array).

    Args:
        a: an array of any shape, or what `asarray` takes.
        axis: an axis; None: the flattened array.
        dtype: the dtype of the result, and of the computation.
        out: an array of the result's shape, which is written to and returned.

    Raises:
        PolyadValueError: an axis that `a` has not.
        PolyadTypeError: what is no array of numbers.

    >>> cumsum([1.0, 2.0, 3.0])
    array([1., 3., 6.])
    """
    return _cumulative(r.cumulative_sum, a, axis, dtype, False, 0)


@gives_out
def cumprod(a: Any, axis: int | None = None, dtype: Any = None, out: Any = None) -> Any:
    """Running products along `axis` (None: of the flattened array)."""
    return _cumulative(r.cumulative_prod, a, axis, dtype, False, 1)


def cummax(x: Any, axis: int | None = None) -> Any:
    """The largest element so far along `axis` (None: of the flattened array); ties so far share the
    derivative.

    >>> cummax([1.0, 3.0, 2.0])
    array([1., 3., 3.])
    """
    return _cumulative(c.cumulative_max, x, axis, dtype_of(array_of(x)), False, 0)


def cummin(x: Any, axis: int | None = None) -> Any:
    """The smallest element so far along `axis` (None: of the flattened array); ties so far share
    the derivative.

    >>> cummin([2.0, 3.0, 1.0])
    array([2., 2., 1.])
    """
    return _cumulative(c.cumulative_min, x, axis, dtype_of(array_of(x)), False, 0)


def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Differences of neighbours along `axis`, `n` times; `prepend` and `append` (arrays, or numbers
    that stand for one element) are put before and after `x` first.

    >>> diff([1.0, 4.0, 9.0])
    array([3., 5.])
    """
    x = array_of(a)
    at = axis_of(axis, len(shape_of(x)))
    n = integer(n, "diff: n", least=0)
    if n and (prepend is not None or append is not None):  # as in NumPy, whose n = 0 takes neither
        column = (*shape_of(x)[:at], 1, *shape_of(x)[at + 1 :])
        ends = [v if v is None or shape_of(array_of(v)) else _column(v, column)
                for v in (prepend, append)]  # fmt: skip
        parts = [v for v in (ends[0], x, ends[1]) if v is not None]
        x = m.concat(*promoted(parts), axis=at)
    for _ in range(n):
        size = shape_of(x)[at]
        later, earlier = (
            m.slice_axis(x, at, builtins.min(1, size), size),
            m.slice_axis(x, at, 0, builtins.max(size - 1, 0)),
        )
        x = e.not_equal(later, earlier) if dtype_of(x) is bool_ else e.subtract(later, earlier)
    return x


def _column(value: Any, shape: tuple[int, ...]) -> Any:
    return m.broadcast_to(array_of(value), shape=shape)
