"""Elements along an axis: take, take_along_axis, and their modes of indices out of range."""

from __future__ import annotations

import builtins
import math
from typing import Any

from ..errors import PolyadIndexError, ShapeError
from ..ir import DType, user_location, where
from ..ir.types import bool_
from ..ops import dispatch
from ..ops import elementwise as e
from ..ops import indexing as ops
from ..ops import manipulation as m
from ..texts import shown
from ._arguments import refuse
from ._core import array_of, axis_of, beside, beside_arrays, convert, dtype_of, shape_of
from ._out import gives_out
from .indexing import check_known

MODES = ("raise", "wrap", "clip")


def check_mode(function: str, mode: Any) -> None:
    """Refuse what is no `mode` of indices out of range."""
    if mode not in MODES:
        refuse(f"{function}: mode is one of {', '.join(map(repr, MODES))}, not {shown(mode)}")


def placed_by(mode: str, indices: Any, n: int) -> Any:
    """Indices into an axis of size `n` by a `mode` "wrap" or "clip", which leaves none out of
    range.
    """
    if mode == "wrap":
        return e.remainder(indices, builtins.max(n, 1))
    return e.maximum(e.minimum(indices, n - 1), 0)


@gives_out
@beside_arrays
def take(
    a: Any,
    indices: Any,
    axis: int | None = None,
    out: Any = None,
    mode: str = "raise",
    *,
    fill_value: Any = None,
) -> Any:
    """The elements of `a` along `axis` at `indices` (None: of the flattened array).

    Negative indices count from the end. Indices out of range raise `PolyadIndexError`; those whose
    values are not known, being traced, are clamped. With `mode` "wrap" they count modulo the
    axis, with "clip" the nearest end stands for them (0 for negative ones), with JAX's "fill" the
    `fill_value` (NaN; of integers the least, or the largest unsigned one).

    Args:
        a: an array of any shape, or what `asarray` takes.
        indices: integers, an array of any shape, which takes the place of the axis.
        axis: an axis; None: the flattened array.
        out: an array of the result's shape, which is written to and returned.
        mode: "raise", "wrap", "clip" or "fill": indices out of range.
        fill_value: the value of these, for "fill".

    Raises:
        PolyadIndexError: an index out of range that is known.
        PolyadTypeError: indices that are no integers.

    >>> take([1.0, 2.0, 3.0], [2, 0])
    array([3., 1.])
    """
    if mode == "fill":
        return _take_or_fill(array_of(a), array_of(indices), axis, fill_value)
    check_mode("take", mode)
    x, indices = array_of(a), array_of(indices)
    if axis is None:
        size = 1
        for k in shape_of(x):
            size *= k
        x, axis = m.reshape(x, shape=(size,)), 0
    at_ = axis_of(axis, len(shape_of(x)))
    n = shape_of(x)[at_]
    _check_indices(indices, "take")
    if mode == "raise":
        check_known(indices, n, at_)
    else:
        indices = placed_by(mode, indices, n)
    count = 1
    for k in shape_of(indices):
        count *= k
    wrapped = e.where(e.less(indices, 0), e.add(indices, n), indices)
    picked = ops.take(x, m.reshape(wrapped, shape=(count,)), axis=at_)
    return m.reshape(
        picked, shape=(*shape_of(x)[:at_], *shape_of(indices), *shape_of(x)[at_ + 1 :])
    )


def _take_or_fill(x: Any, indices: Any, axis: int | None, fill_value: Any) -> Any:
    n = math.prod(shape_of(x)) if axis is None else shape_of(x)[axis_of(axis, len(shape_of(x)))]
    found = take(x, e.where(e.less(indices, 0), indices + n, indices), axis, mode="clip")
    inside = e.logical_and(e.greater_equal(indices, -n), e.less(indices, n))
    after = 0 if axis is None else len(shape_of(x)) - axis_of(axis, len(shape_of(x))) - 1
    inside = m.reshape(inside, shape=(*shape_of(inside), *(1,) * after))
    return e.where(inside, found, filler(fill_value, x))


def filler(fill_value: Any, x: Any) -> Any:
    """The element for what is out of range: `fill_value` in the dtype of `x`."""
    if fill_value is None:
        return missing(dtype_of(x))
    with beside(x):
        return convert(array_of(fill_value), dtype_of(x))


def missing(dtype: DType) -> Any:
    """The element that stands for one that is not there, as in JAX."""
    if dtype.is_inexact:
        return math.nan
    if dtype is bool_:
        return True
    return -(2 ** (dtype.bits - 1)) if dtype.family == "int" else 2**dtype.bits - 1


@beside_arrays
def take_along_axis(
    arr: Any,
    indices: Any,
    axis: int | None = -1,
    *,
    mode: str = "raise",
    fill_value: Any = None,
    wrap_negative_indices: bool = True,
) -> Any:
    """`arr` at `indices` along `axis` (None: of the flattened array), position by position; other
    axes broadcast. Indices out of range are as in `take`, by `mode`, but that negative ones count
    from the end with "clip" too, unless `wrap_negative_indices` is False: they are out of range
    then. With JAX's "one_hot" the elements out of range are 0.

    >>> take_along_axis([3.0, 1.0], [1, 0])
    array([1., 3.])
    """
    x, indices = array_of(arr), array_of(indices)
    if axis is None:
        x, axis = m.reshape(x, shape=(math.prod(shape_of(x)),)), 0
    at_ = axis_of(axis, len(shape_of(x)))
    n = shape_of(x)[at_]
    _check_indices(indices, "take_along_axis")
    inside, least = None, -n if wrap_negative_indices else 0
    if mode == "raise":
        if not wrap_negative_indices:
            refuse("take_along_axis: wrap_negative_indices=False needs another mode than 'raise'")
        check_known(indices, n, at_)
    elif mode in ("fill", "one_hot"):
        inside = e.logical_and(e.greater_equal(indices, least), e.less(indices, n))
    else:
        check_mode("take_along_axis", mode)
        if mode == "clip" and wrap_negative_indices:
            indices = e.where(e.less(indices, 0), e.add(indices, n), indices)
        indices = placed_by(mode, indices, n)
    if mode == "one_hot":
        fill_value = 0
    if len(shape_of(indices)) != len(shape_of(x)):
        raise ShapeError(
            f"take_along_axis: indices of shape {shape_of(indices)} and an array of shape "
            f"{shape_of(x)} have not equally many dimensions{where(user_location())}"
        )
    lead = dispatch.broadcast_shapes(
        [tuple(1 if k == at_ else s for k, s in enumerate(shape_of(v))) for v in (x, indices)],
        "take_along_axis",
    )
    x, indices = (
        m.broadcast_to(
            v, shape=tuple(shape_of(v)[at_] if k == at_ else s for k, s in enumerate(lead))
        )
        for v in (x, indices)
    )
    wrapped = e.where(e.less(indices, 0), e.add(indices, n), indices)
    clamped = e.maximum(e.minimum(wrapped, n - 1), 0)
    with beside(x):
        found = ops.take_along(x, clamped, at_)
    if inside is None:
        return found
    return e.where(inside, found, filler(fill_value, x))


def _check_indices(indices: Any, what: str) -> None:
    if not dtype_of(indices).is_integer:
        raise PolyadIndexError(
            f"{what}: indices are integers, not {dtype_of(indices)}{where(user_location())}"
        )
