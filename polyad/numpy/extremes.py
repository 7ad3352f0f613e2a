"""Largest and smallest elements, and their positions."""

from __future__ import annotations

import math
from typing import Any

from ..ir import DType
from ..ir.types import bool_
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..ops import reduction as r
from ..ops.shapes import without
from ._arguments import refuse
from ._core import Axis, array_of, axes_of, axis_of, convert, dtype_of, shape_of
from ._out import gives_out
from .manipulation import ravel, reshape
from .reduction import array_beside, chosen, count_over, reduced_by, with_kept


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
        return reduced_by(op, x, axis, keepdims)
    first = convert(array_beside(initial, x), dtype_of(x))
    axes = axes_of(axis, x)
    if count_over(x, axes) == 0:
        return with_kept(m.broadcast_to(first, shape=without(shape_of(x), axes)), x, axes, keepdims)
    return combine(reduced_by(op, chosen(x, where, _end(dtype_of(x), name)), axis, keepdims), first)


def _end(dtype: DType, name: str) -> Any:
    """The number that has no effect on a maximum or minimum."""
    least = name == "max"
    if dtype is bool_:
        return not least
    if dtype.is_inexact:
        return -math.inf if least else math.inf
    bits = dtype.bits - (dtype.family == "int")
    return (-(2**bits) if dtype.family == "int" else 0) if least else 2**bits - 1


def _position(op: Any, x: Any, axis: int | None, keepdims: bool) -> Any:
    x = array_of(x)
    if axis is None:
        found = op(ravel(x), axis=0)
        return reshape(found, (1,) * len(shape_of(x))) if keepdims else found
    at = axis_of(axis, len(shape_of(x)))
    return with_kept(op(x, axis=at), x, (at,), keepdims)


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
