"""Reductions, statistics, searching and sorting."""

from __future__ import annotations

from typing import Any

from ..ir.types import bool_
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..ops import reduction as r
from ..ops.promotion import default_float
from ..ops.shapes import with_ones
from ._arguments import refuse_type
from ._core import Axis, accumulator, array_of, axes_of, beside, convert, dtype_of, shape_of
from ._out import gives_out


def with_kept(result: Any, x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    """`result` with an extent of 1 at each of the axes of `x`, or without them."""
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
    found = reduced_by(op, chosen(x, where, neutral), axis, keepdims)
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


def reduced_by(op: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    """`x` reduced by `op` over `axis`."""
    axes = axes_of(axis, x)
    return with_kept(op(x, axes=axes), x, axes, keepdims)


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
    return reduced_by(r.any, chosen(as_boolean(a), where, False), axis, keepdims)


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
    return reduced_by(r.all, chosen(as_boolean(a), where, True), axis, keepdims)


def as_boolean(x: Any) -> Any:
    """An array of bool, True where `x` is not 0."""
    x = array_of(x)
    return x if dtype_of(x).family == "bool" else e.not_equal(x, 0)


def count_over(x: Any, axes: tuple[int, ...]) -> int:
    """The number of elements of `x` along `axes`."""
    count = 1
    for axis in axes:
        count *= shape_of(x)[axis]
    return count


def as_floating(x: Any) -> Any:
    """`x` as an array of floating or complex dtype: integers become the default dtype."""
    x = array_of(x)
    if dtype_of(x).is_inexact:
        return x
    return e.astype(x, dtype=default_float())


def count_nonzero(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """The number of elements over `axis` that are not 0."""
    return sum(as_boolean(a), axis=axis, keepdims=keepdims)
