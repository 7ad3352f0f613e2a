"""Reductions, statistics, searching and sorting."""

from __future__ import annotations

import builtins
from typing import Any

from .. import execution
from ..ir.types import bool_
from ..ops import cumulative as c
from ..ops import elementwise as e
from ..ops import indexing as i
from ..ops import manipulation as m
from ..ops import reduction as r
from ..ops.promotion import default_float
from ..ops.shapes import with_ones
from ._arguments import integer
from ._core import (
    Axis,
    accumulator,
    array_of,
    axes_of,
    axis_of,
    beside_arrays,
    convert,
    dtype_of,
    promoted,
    shape_of,
)
from .creation import full
from .elementwise import isclose
from .manipulation import ravel, reshape


def _kept(result: Any, x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    return m.reshape(result, shape=with_ones(shape_of(x), axes)) if keepdims else result


def _total(op: Any, x: Any, axis: Axis, dtype: Any, keepdims: bool) -> Any:
    x = array_of(x)
    x = convert(x, accumulator(dtype_of(x)) if dtype is None else dtype)
    return _reduced(op, x, axis, keepdims)


def _reduced(op: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    axes = axes_of(axis, x)
    return _kept(op(x, axes=axes), x, axes, keepdims)


def sum(x: Any, /, axis: Axis = None, *, dtype: Any = None, keepdims: bool = False) -> Any:
    """The sum over `axis` (None: all). Integers are summed in 64 bits.

    >>> sum([1.0, 2.0])
    np.float64(3.0)
    """
    return _total(m.sum, x, axis, dtype, keepdims)


def prod(x: Any, /, axis: Axis = None, *, dtype: Any = None, keepdims: bool = False) -> Any:
    """The product over `axis` (None: all)."""
    return _total(r.prod, x, axis, dtype, keepdims)


def max(x: Any, /, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """The largest element over `axis` (None: all); ties share the derivative."""
    return _reduced(r.max, array_of(x), axis, keepdims)


def min(x: Any, /, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """The smallest element over `axis` (None: all); ties share the derivative."""
    return _reduced(r.min, array_of(x), axis, keepdims)


def any(x: Any, /, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """Whether any element over `axis` is true."""
    return _reduced(r.any, _boolean(x), axis, keepdims)


def all(x: Any, /, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """Whether all elements over `axis` are true."""
    return _reduced(r.all, _boolean(x), axis, keepdims)


def _boolean(x: Any) -> Any:
    x = array_of(x)
    return x if dtype_of(x).kind == "bool" else e.not_equal(x, 0)


def _count(x: Any, axes: tuple[int, ...]) -> int:
    count = 1
    for axis in axes:
        count *= shape_of(x)[axis]
    return count


def _floating(x: Any) -> Any:
    x = array_of(x)
    if dtype_of(x).is_inexact:
        return x
    return e.astype(x, dtype=default_float())


def mean(x: Any, /, axis: Axis = None, *, keepdims: bool = False, dtype: Any = None) -> Any:
    """The mean over `axis` (None: all).

    >>> mean([1.0, 2.0])
    np.float64(1.5)
    """
    x = convert(_floating(x), dtype)
    axes = axes_of(axis, x)
    total = m.sum(x, axes=axes)
    return _kept(_over(total, _count(x, axes)), x, axes, keepdims)


def _over(total: Any, count: float) -> Any:
    """`total / count`, by a multiplication where the count is not 0."""
    return e.multiply(total, 1.0 / count) if count > 0 else e.divide(total, count)


def var(
    x: Any,
    /,
    axis: Axis = None,
    *,
    correction: float = 0.0,
    keepdims: bool = False,
    ddof: float | None = None,
) -> Any:
    """The variance over `axis` (None: all), divided by N - `correction`, by 0 where that is
    negative.
    """
    x = _floating(x)
    axes = axes_of(axis, x)
    centred = e.subtract(x, mean(x, axis=axes, keepdims=True))
    squares = e.square(e.abs(centred)) if dtype_of(x).is_complex else e.square(centred)
    divisor = builtins.max(_count(x, axes) - (correction if ddof is None else ddof), 0)
    return _kept(_over(m.sum(squares, axes=axes), divisor), x, axes, keepdims)


def std(
    x: Any,
    /,
    axis: Axis = None,
    *,
    correction: float = 0.0,
    keepdims: bool = False,
    ddof: float | None = None,
) -> Any:
    """The standard deviation over `axis` (None: all); of a constant, its derivative is 0."""
    variance = var(x, axis=axis, correction=correction, keepdims=keepdims, ddof=ddof)
    flat = e.equal(variance, 0)
    return e.where(flat, 0, e.sqrt(e.where(flat, 1, variance)))


def _position(op: Any, x: Any, axis: int | None, keepdims: bool) -> Any:
    x = array_of(x)
    if axis is None:
        found = op(ravel(x), axis=0)
        return reshape(found, (1,) * len(shape_of(x))) if keepdims else found
    at = axis_of(axis, len(shape_of(x)))
    return _kept(op(x, axis=at), x, (at,), keepdims)


def argmax(x: Any, /, axis: int | None = None, *, keepdims: bool = False) -> Any:
    """The index of the first largest element along `axis` (None: of the flattened array)."""
    return _position(r.argmax, x, axis, keepdims)


def argmin(x: Any, /, axis: int | None = None, *, keepdims: bool = False) -> Any:
    """The index of the first smallest element along `axis` (None: of the flattened array)."""
    return _position(r.argmin, x, axis, keepdims)


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


def cumulative_sum(
    x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Any:
    """Running sums along `axis`, with a leading 0 if `include_initial`."""
    return _cumulative(r.cumulative_sum, x, axis, dtype, include_initial, 0)


def cumulative_prod(
    x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Any:
    """Running products along `axis`, with a leading 1 if `include_initial`."""
    return _cumulative(r.cumulative_prod, x, axis, dtype, include_initial, 1)


def cumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """`cumulative_sum`, as NumPy spells it."""
    return cumulative_sum(x, axis=axis, dtype=dtype)


def cumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """`cumulative_prod`, as NumPy spells it."""
    return cumulative_prod(x, axis=axis, dtype=dtype)


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


def diff(x: Any, /, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Differences of neighbours along `axis`, `n` times; `prepend` and `append` (arrays, or numbers
    that stand for one element) are put before and after `x` first.

    >>> diff([1.0, 4.0, 9.0])
    array([3., 5.])
    """
    x = array_of(x)
    at = axis_of(axis, len(shape_of(x)))
    n = integer(n, "diff: n", least=0)
    if prepend is not None or append is not None:
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


def sort(x: Any, /, axis: int = -1, *, descending: bool = False, stable: bool = True) -> Any:
    """`x` sorted along `axis`; equal elements keep their order."""
    x = array_of(x)
    return i.sort(x, axis=axis_of(axis, len(shape_of(x))), descending=descending)


def argsort(x: Any, /, axis: int = -1, *, descending: bool = False, stable: bool = True) -> Any:
    """The stable permutation that sorts `x` along `axis`."""
    x = array_of(x)
    return i.argsort(x, axis=axis_of(axis, len(shape_of(x))), descending=descending)


def count_nonzero(x: Any, /, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """The number of elements over `axis` that are not 0."""
    return sum(_boolean(x), axis=axis, keepdims=keepdims)


def allclose(
    a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Any:
    """Whether all elements are close (see `isclose`).

    >>> allclose([1.0], [1.0 + 1e-12])
    np.True_
    """
    return all(isclose(a, b, rtol, atol, equal_nan))


def array_equal(a: Any, b: Any) -> Any:
    """Whether two arrays have one shape and equal elements."""
    a, b = (x if type(x) in execution.SCALARS else array_of(x) for x in (a, b))
    return all(e.equal(a, b)) if shape_of(a) == shape_of(b) else False
