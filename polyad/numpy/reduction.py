"""Reductions, statistics, searching and sorting."""

from __future__ import annotations

import builtins
import math
from typing import Any

from .. import execution
from ..ir import DType, as_dtype
from ..ir.symbolic import as_float
from ..ir.types import bool_, int64
from ..ops import cumulative as c
from ..ops import elementwise as e
from ..ops import indexing as i
from ..ops import manipulation as m
from ..ops import reduction as r
from ..ops.promotion import default_float
from ..ops.shapes import with_ones, without
from ._arguments import integer, refuse, refuse_type, unfollowed
from ._core import (
    Axis,
    accumulator,
    array_of,
    axes_of,
    axis_of,
    beside,
    beside_arrays,
    convert,
    dtype_of,
    promoted,
    shape_of,
)
from ._out import gives_out
from ._storage import computed_wide
from .creation import full
from .elementwise import isclose
from .manipulation import ravel, reshape
from .roots import mean_below, moduli_squared, root_of_powers, top_of


def _kept(result: Any, x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    return m.reshape(result, shape=with_ones(shape_of(x), axes)) if keepdims else result


def _total(
    op: Any, combine: Any, neutral: int, over: tuple[Any, Axis, Any, bool], initial: Any, where: Any
) -> Any:
    """A sum or product of `over`: (a, axis, dtype, keepdims)."""
    a, axis, dtype, keepdims = over
    x = array_of(a)
    x = convert(x, accumulator(dtype_of(x)) if dtype is None else dtype)
    if dtype_of(x) is bool_:
        op, combine, neutral = (r.any, e.logical_or, False) if neutral == 0 else (
            r.all, e.logical_and, True)  # fmt: skip
    found = _reduced(op, chosen(x, where, neutral), axis, keepdims)
    if initial is None:
        return found
    return combine(found, convert(array_beside(initial, found), dtype_of(found)))


def chosen(x: Any, where: Any, neutral: Any) -> Any:
    """`x` with `neutral` where the mask `where`, which broadcasts to it, is false."""
    if where is True:
        return x
    return e.where(mask_of(where, x), x, neutral)


def mask_of(where: Any, x: Any) -> Any:
    """A `where` of reductions as booleans of the shape of `x`."""
    mask = array_beside(where, x)
    if dtype_of(mask) is not bool_:
        refuse_type(f"where is an array of booleans, not of {dtype_of(mask)}")
    return m.broadcast_to(mask, shape=shape_of(x))


def array_beside(given: Any, x: Any) -> Any:
    """A number, list or array as an array beside `x`."""
    with beside(x):
        return array_of(given)


def _reduced(op: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    axes = axes_of(axis, x)
    return _kept(op(x, axes=axes), x, axes, keepdims)


@gives_out
def sum(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """The sum over `axis` (None: all) of the elements that `where` chooses, and of `initial`.
    Integers are summed in 64 bits.

    Args:
        a: an array of any shape, or what `asarray` takes.
        axis: an axis or a tuple of them; None: all.
        dtype: the dtype of the result, and of the computation.
        out: an array of the result's shape, which is written to and returned.
        keepdims: keep the reduced axes, with size 1.
        initial: a scalar that takes part.
        where: a boolean array that broadcasts to the shape of `a`: the elements that count.

    Raises:
        PolyadValueError: an axis that `a` has not.
        PolyadTypeError: what is no array of numbers.

    >>> sum([1.0, 2.0])
    np.float64(3.0)
    """
    return _total(m.sum, e.add, 0, (a, axis, dtype, keepdims), initial, where)


@gives_out
def prod(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """The product over `axis` (None: all) of the elements that `where` chooses, and of
    `initial`.

    Args:
        a: an array of any shape, or what `asarray` takes.
        axis: an axis or a tuple of them; None: all.
        dtype: the dtype of the result, and of the computation.
        out: an array of the result's shape, which is written to and returned.
        keepdims: keep the reduced axes, with size 1.
        initial: a scalar that takes part.
        where: a boolean array that broadcasts to the shape of `a`: the elements that count.

    Raises:
        PolyadValueError: an axis that `a` has not.
        PolyadTypeError: what is no array of numbers.

    >>> prod([2.0, 3.0])
    np.float64(6.0)
    """
    return _total(r.prod, e.multiply, 1, (a, axis, dtype, keepdims), initial, where)


@gives_out
def max(
    a: Any,
    axis: Axis = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """The largest element over `axis` (None: all) of those that `where` chooses, and of `initial`;
    ties share the derivative. A `where` needs an `initial`, the value of no elements.

    Args:
        a: an array of any shape, or what `asarray` takes.
        axis: an axis or a tuple of them; None: all.
        out: an array of the result's shape, which is written to and returned.
        keepdims: keep the reduced axes, with size 1.
        initial: a scalar that takes part.
        where: a boolean array that broadcasts to the shape of `a`: the elements that count.

    Raises:
        PolyadValueError: an axis that `a` has not.
        PolyadTypeError: what is no array of numbers.

    >>> max([[1.0, 5.0], [3.0, 2.0]], axis=0)
    array([3., 5.])
    """
    return _extreme("max", (a, axis, keepdims), initial, where)


@gives_out
def min(
    a: Any,
    axis: Axis = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """The smallest element over `axis` (None: all) of those that `where` chooses, and of `initial`;
    ties share the derivative. A `where` needs an `initial`, the value of no elements.

    Args:
        a: an array of any shape, or what `asarray` takes.
        axis: an axis or a tuple of them; None: all.
        out: an array of the result's shape, which is written to and returned.
        keepdims: keep the reduced axes, with size 1.
        initial: a scalar that takes part.
        where: a boolean array that broadcasts to the shape of `a`: the elements that count.

    Raises:
        PolyadValueError: an axis that `a` has not.
        PolyadTypeError: what is no array of numbers.

    >>> min([[1.0, 5.0], [3.0, 2.0]], axis=0)
    array([1., 2.])
    """
    return _extreme("min", (a, axis, keepdims), initial, where)


def _extreme(name: str, over: tuple[Any, Axis, bool], initial: Any, where: Any) -> Any:
    op, combine = (r.max, e.maximum) if name == "max" else (r.min, e.minimum)
    a, axis, keepdims = over
    x = array_of(a)
    if initial is None:
        if where is not True:
            refuse(f"{name}: where= needs initial=, the result where nothing is chosen")
        return _reduced(op, x, axis, keepdims)
    first = convert(array_beside(initial, x), dtype_of(x))
    axes = axes_of(axis, x)
    if _count(x, axes) == 0:
        return _kept(m.broadcast_to(first, shape=without(shape_of(x), axes)), x, axes, keepdims)
    return combine(_reduced(op, chosen(x, where, _end(dtype_of(x), name)), axis, keepdims), first)


def _end(dtype: DType, name: str) -> Any:
    """The number that has no effect on a maximum or minimum."""
    least = name == "max"
    if dtype is bool_:
        return not least
    if dtype.is_inexact:
        return -math.inf if least else math.inf
    bits = dtype.bits - (dtype.family == "int")
    return (-(2**bits) if dtype.family == "int" else 0) if least else 2**bits - 1


@gives_out
def any(
    a: Any, axis: Axis = None, out: Any = None, keepdims: bool = False, *, where: Any = True
) -> Any:
    """Whether any element over `axis` that `where` chooses is true.

    Args:
        a: an array of any shape, or what `asarray` takes.
        axis: an axis or a tuple of them; None: all.
        out: an array of the result's shape, which is written to and returned.
        keepdims: keep the reduced axes, with size 1.
        where: a boolean array that broadcasts to the shape of `a`: the elements that count.

    Raises:
        PolyadValueError: an axis that `a` has not.
        PolyadTypeError: what is no array of numbers.

    >>> any([False, True])
    np.True_
    """
    return _reduced(r.any, chosen(_boolean(a), where, False), axis, keepdims)


@gives_out
def all(
    a: Any, axis: Axis = None, out: Any = None, keepdims: bool = False, *, where: Any = True
) -> Any:
    """Whether all elements over `axis` that `where` chooses are true.

    Args:
        a: an array of any shape, or what `asarray` takes.
        axis: an axis or a tuple of them; None: all.
        out: an array of the result's shape, which is written to and returned.
        keepdims: keep the reduced axes, with size 1.
        where: a boolean array that broadcasts to the shape of `a`: the elements that count.

    Raises:
        PolyadValueError: an axis that `a` has not.
        PolyadTypeError: what is no array of numbers.

    >>> all([False, True])
    np.False_
    """
    return _reduced(r.all, chosen(_boolean(a), where, True), axis, keepdims)


def _boolean(x: Any) -> Any:
    x = array_of(x)
    return x if dtype_of(x).family == "bool" else e.not_equal(x, 0)


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


@computed_wide
@gives_out
def mean(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    *,
    where: Any = True,
) -> Any:
    """The mean over `axis` (None: all) of the elements that `where` chooses: their sum over their
    number, so that the mean of ones is 1.

    Args:
        a: an array of any shape, or what `asarray` takes.
        axis: an axis or a tuple of them; None: all.
        dtype: the dtype of the result, and of the computation.
        out: an array of the result's shape, which is written to and returned.
        keepdims: keep the reduced axes, with size 1.
        where: a boolean array that broadcasts to the shape of `a`: the elements that count.

    Raises:
        PolyadValueError: an axis that `a` has not.
        PolyadTypeError: what is no array of numbers.

    >>> mean([1.0, 2.0])
    np.float64(1.5)
    """
    x = convert(_floating(a) if dtype is None else array_of(a), dtype)
    axes = axes_of(axis, x)
    total = m.sum(chosen(x, where, 0), axes=axes)
    found = convert(e.divide(total, _number(x, axes, where)), dtype)
    return _kept(found, x, axes, keepdims)


def _number(x: Any, axes: tuple[int, ...], where: Any) -> Any:
    """How many elements are chosen: a Python float, or an array of the real dtype of `x`."""
    if where is True:
        return as_float(_count(x, axes))
    count = m.sum(e.astype(mask_of(where, x), dtype=int64), axes=axes)
    return convert(count, dtype_of(x).real if dtype_of(x).is_inexact else default_float())


@computed_wide
@gives_out
def var(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: float | None = None,
) -> Any:
    """The variance over `axis` (None: all) of the elements that `where` chooses, about `mean` (of
    the shape that keepdims gives; their own mean, if not given), divided by N - `ddof`, by 0 where
    that is negative. `correction` is the array-API standard's name of `ddof`.

    Args:
        a: an array of any shape, or what `asarray` takes.
        axis: an axis or a tuple of them; None: all.
        dtype: the dtype of the result, and of the computation.
        out: an array of the result's shape, which is written to and returned.
        ddof: the divisor is the number of elements less this.
        keepdims: keep the reduced axes, with size 1.
        where: a boolean array that broadcasts to the shape of `a`: the elements that count.
        mean: the mean, if it is known, of the shape that `keepdims` gives.
        correction: another name of `ddof`.

    Raises:
        PolyadValueError: an axis that `a` has not.
        PolyadTypeError: what is no array of numbers.

    >>> var([1.0, 3.0], ddof=1)
    np.float64(2.0)
    """
    check_spread_dtype("var", a, dtype)
    less = freedom("var", ddof, correction)
    x, axes, centred, divisor = _deviations(a, axis, dtype, less, where, mean)
    found = e.divide(m.sum(moduli_squared(centred), axes=axes), divisor)
    return _kept(convert(found, dtype_of(x).real), x, axes, keepdims)


def _deviations(
    a: Any, axis: Axis, dtype: Any, less: float, where: Any, mean: Any
) -> tuple[Any, tuple[int, ...], Any, Any]:
    """The array, its axes, the distances to the mean, and by which number their squares are
    divided.
    """
    x = convert(_floating(a), dtype)
    axes = axes_of(axis, x)
    centre = _mean(x, axis=axes, keepdims=True, where=where) if mean is None else mean
    centred = chosen(e.subtract(x, array_beside(centre, x)), where, 0)
    if where is True:
        return x, axes, centred, as_float(builtins.max(_count(x, axes) - less, 0))
    number = _number(x, axes, where)
    count = convert(number, dtype_of(centred).real)
    return x, axes, centred, e.maximum(e.subtract(count, less), 0)


_mean = mean


def check_spread_dtype(function: str, a: Any, dtype: Any) -> None:
    """Refuse a `dtype` in which a variance is not what NumPy makes of it."""
    wanted = None if dtype is None else as_dtype(dtype)
    given = dtype_of(array_of(a))
    if wanted is not None and wanted.is_complex and not given.is_complex:
        refuse_type(f"{function}: dtype={wanted} of real arrays is not followed")
    if wanted is not None and not wanted.is_inexact:
        refuse_type(f"{function}: dtype={wanted} is not followed; it is a floating dtype")


def freedom(function: str, ddof: float, correction: float | None) -> float:
    """The number that a variance's divisor is less than N, by either of its names."""
    if correction is None:
        return ddof
    if ddof != 0:
        refuse(f"{function}: ddof and correction are two names of one number; give one")
    return correction


@computed_wide
@gives_out
def std(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: float | None = None,
) -> Any:
    """The square root of `var`; of a constant, its derivative is 0.

    Args:
        a: an array of any shape, or what `asarray` takes.
        axis: an axis or a tuple of them; None: all.
        dtype: the dtype of the result, and of the computation.
        out: an array of the result's shape, which is written to and returned.
        ddof: the divisor is the number of elements less this.
        keepdims: keep the reduced axes, with size 1.
        where: a boolean array that broadcasts to the shape of `a`: the elements that count.
        mean: the mean, if it is known, of the shape that `keepdims` gives.
        correction: another name of `ddof`.

    Raises:
        PolyadValueError: an axis that `a` has not.
        PolyadTypeError: what is no array of numbers.

    >>> std([1.0, 3.0])
    np.float64(1.0)
    """
    check_spread_dtype("std", a, dtype)
    less = freedom("std", ddof, correction)
    x = convert(_floating(a), dtype)
    axes, top = axes_of(axis, x), None
    if mean is None:
        top = top_of(chosen(x, where, 0), axes)
        mean = mean_below(lambda y: _mean(y, axis=axes, keepdims=True, where=where), x, top, axes)
    _, _, centred, divisor = _deviations(x, axis, None, less, where, mean)
    found = root_of_powers(centred, axes, 2, divisor, top)
    return _kept(convert(found, dtype_of(x).real), x, axes, keepdims)


def _position(op: Any, x: Any, axis: int | None, keepdims: bool) -> Any:
    x = array_of(x)
    if axis is None:
        found = op(ravel(x), axis=0)
        return reshape(found, (1,) * len(shape_of(x))) if keepdims else found
    at = axis_of(axis, len(shape_of(x)))
    return _kept(op(x, axis=at), x, (at,), keepdims)


@gives_out
def argmax(a: Any, axis: int | None = None, out: Any = None, *, keepdims: bool = False) -> Any:
    """The index of the first largest element along `axis` (None: of the flattened array).

    Args:
        a: an array of any shape, or what `asarray` takes.
        axis: an axis; None: the flattened array.
        out: an array of the result's shape, which is written to and returned.
        keepdims: keep the reduced axes, with size 1.

    Raises:
        PolyadValueError: an axis that `a` has not.
        PolyadTypeError: what is no array of numbers.

    >>> argmax([1.0, 5.0, 3.0])
    np.int64(1)
    """
    return _position(r.argmax, a, axis, keepdims)


@gives_out
def argmin(a: Any, axis: int | None = None, out: Any = None, *, keepdims: bool = False) -> Any:
    """The index of the first smallest element along `axis` (None: of the flattened array).

    Args:
        a: an array of any shape, or what `asarray` takes.
        axis: an axis; None: the flattened array.
        out: an array of the result's shape, which is written to and returned.
        keepdims: keep the reduced axes, with size 1.

    Raises:
        PolyadValueError: an axis that `a` has not.
        PolyadTypeError: what is no array of numbers.

    >>> argmin([1.0, 5.0, 0.5])
    np.int64(2)
    """
    return _position(r.argmin, a, axis, keepdims)


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


def sort(
    a: Any,
    axis: int | None = -1,
    kind: str | None = None,
    order: None = None,
    *,
    stable: bool | None = None,
    descending: bool = False,
) -> Any:
    """`a` sorted along `axis` (None: flattened); equal elements keep their order, whatever `kind`
    and `stable` ask for. `order` is of arrays with fields, which there are not.

    Args:
        a: an array of any shape, or what `asarray` takes.
        axis: an axis; None: the flattened array.
        kind: accepted: the sort is stable.
        order: must be None.
        stable: accepted: the sort is stable.
        descending: from the largest to the smallest.

    Raises:
        PolyadValueError: an axis that `a` has not.
        PolyadTypeError: what is no array of numbers.

    >>> sort([3.0, 1.0, 2.0])
    array([1., 2., 3.])
    """
    x, at = _sortable(a, axis, kind, order)
    return i.sort(x, axis=at, descending=descending)


def argsort(
    a: Any,
    axis: int | None = -1,
    kind: str | None = None,
    order: None = None,
    *,
    stable: bool | None = None,
    descending: bool = False,
) -> Any:
    """The stable permutation that sorts `a` along `axis` (None: of the flattened array).

    Args:
        a: an array of any shape, or what `asarray` takes.
        axis: an axis; None: the flattened array.
        kind: accepted: the sort is stable.
        order: must be None.
        stable: accepted: the sort is stable.
        descending: from the largest to the smallest.

    Raises:
        PolyadValueError: an axis that `a` has not.
        PolyadTypeError: what is no array of numbers.

    >>> argsort([3.0, 1.0, 2.0])
    array([1, 2, 0])
    """
    x, at = _sortable(a, axis, kind, order)
    return i.argsort(x, axis=at, descending=descending)


def _sortable(a: Any, axis: int | None, kind: Any, order: Any) -> tuple[Any, int]:
    unfollowed("sort", order=(order, None))
    if kind not in (None, "quicksort", "heapsort", "mergesort", "stable"):
        refuse(f"sort: kind is 'quicksort', 'heapsort', 'mergesort' or 'stable', not {kind!r:.40}")
    x = array_of(a)
    return (ravel(x), 0) if axis is None else (x, axis_of(axis, len(shape_of(x))))


def count_nonzero(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """The number of elements over `axis` that are not 0."""
    return sum(_boolean(a), axis=axis, keepdims=keepdims)


def allclose(
    a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Any:
    """Whether all elements are close (see `isclose`).

    >>> allclose([1.0], [1.0 + 1e-12])
    np.True_
    """
    return all(isclose(a, b, rtol, atol, equal_nan))


def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> Any:
    """Whether two arrays have one shape and equal elements (NaN equal to NaN, if `equal_nan`)."""
    a, b = (x if type(x) in execution.SCALARS else array_of(x) for x in (a1, a2))
    if shape_of(a) != shape_of(b):
        return False
    same = e.equal(a, b)
    if equal_nan and dtype_of(a).is_inexact and dtype_of(b).is_inexact:
        same = e.logical_or(same, e.logical_and(e.isnan(a), e.isnan(b)))
    return all(same)
