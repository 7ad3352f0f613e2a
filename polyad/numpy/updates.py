"""Functional updates: `at(x)[index].set(v)`, for arrays of any backend and traced ones.

A slice is written by padding the values to the array's shape; index arrays by one scatter: along
their axes, if those are neighbours, else of the flat array, at the positions that the same index
reads.
"""

from __future__ import annotations

from math import prod
from typing import Any

from .. import execution
from ..aliasing import check_cast
from ..errors import ConcretizationError, PolyadIndexError, PolyadTypeError
from ..ir import Handle, user_location, where
from ..ir.types import bool_
from ..ops import elementwise as e
from ..ops import indexing as ops
from ..ops import manipulation as m
from ..ops.literals import literal
from ._core import array_of, dtype_of, positions, shape_of
from .elementwise import where as choose
from .indexing import (
    Basic,
    Plan,
    gather,
    getitem,
    is_mask,
    merged_index,
    read_index,
    take_slice,
    true_positions,
)


class at:
    """`at(x)[index].set(v)`: a copy of `x` with elements replaced; likewise add, multiply, min,
    max, get.

    Values broadcast to the shape of `x[index]`. Array indices out of range are dropped. Works on
    arrays of any backend, and on traced arrays, where `x.at[index]` is the same.

    >>> at([1.0, 2.0, 3.0])[0].set(5.0)
    array([5., 2., 3.])
    """

    def __init__(self, x: Any) -> None:
        self._x = array_of(x)

    def __getitem__(self, index: Any) -> Update:
        return Update(self._x, index)


class Update:
    """Elements of an array that are to be combined with others."""

    def __init__(self, x: Any, index: Any) -> None:
        self._x, self._index = x, index

    def get(self) -> Any:
        """`x[index]`."""
        return getitem(self._x, self._index)

    def set(self, values: Any) -> Any:
        """`x` with the elements replaced; of repeated indices the last counts."""
        return self._update(values, "set")

    def add(self, values: Any) -> Any:
        """`x` with `values` added; repeated indices add up."""
        return self._update(values, "add")

    def multiply(self, values: Any) -> Any:
        """`x` with the elements multiplied."""
        return self._update(values, "multiply")

    mul = multiply

    def min(self, values: Any) -> Any:
        """`x` with the elements no larger than `values`."""
        return self._update(values, "min")

    def max(self, values: Any) -> Any:
        """`x` with the elements no smaller than `values`."""
        return self._update(values, "max")

    def _update(self, values: Any, mode: str) -> Any:
        x = self._x
        values = self._converted(values)
        if is_mask(self._index):
            return _update_masked(x, self._index, values, mode)
        plan = read_index(x, self._index)
        if not plan.advanced:
            return _update_basic(x, plan.basic, values, mode)
        if _neighbours(x, plan):
            return _update_rows(x, plan, values, mode)
        return _update_gathered(x, plan, values, mode)

    def _converted(self, values: Any) -> Any:
        dtype = dtype_of(self._x)
        if type(values) in execution.SCALARS:
            kind = type(values)
            if (kind is complex and not dtype.is_complex) or (
                kind is float and not dtype.is_inexact
            ):
                raise PolyadTypeError(
                    f"a {kind.__name__} cannot be written into an array of "
                    f"{dtype}{where(user_location())}"
                )
            return dispatch_literal(self._x, values)
        values = array_of(values)
        check_cast(dtype_of(values), dtype, "numpy", "unsafe")
        return e.astype(values, dtype=dtype) if dtype_of(values) is not dtype else values


def dispatch_literal(x: Any, value: Any) -> Any:
    """A Python scalar as an array of the dtype of `x`, beside it."""
    if isinstance(x, Handle):
        return literal(x.builder, value, x.type.dtype)
    backend = execution.backend_of(x)
    assert backend is not None
    return backend.asarray(value, dtype_of(x), x)


def _fits(found: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether an array of shape `found` broadcasts to `shape`."""
    pairs = zip(reversed(found), reversed(shape), strict=False)
    return len(found) <= len(shape) and all(a in (1, b) for a, b in pairs)


def _one_by_one(x: Any, mask: Any, values: Any, mode: str) -> Any:
    """A value for each True of a mask, whose value is asked for. None if there is none, or if they
    are not as many, where an element-wise choice is possible.
    """
    shape, rest = shape_of(x), len(shape_of(x)) - len(shape_of(mask))
    found = shape_of(values)
    if len(found) <= rest or found[: len(found) - rest] == (1,):
        return None
    choosable = len(found) == len(shape) and _fits(found, shape)
    try:
        index = tuple(true_positions(mask))
    except ConcretizationError:
        if choosable:
            return None
        raise
    if choosable and not _fits(found, (shape_of(index[0])[0], *shape[len(shape) - rest :])):
        return None
    return at(x)[index]._update(values, mode)


def _update_masked(x: Any, mask: Any, values: Any, mode: str) -> Any:
    """A boolean mask: an element-wise choice, unless there is a value for each True of it."""
    shape, rest = shape_of(x), len(shape_of(x)) - len(shape_of(mask))
    if shape_of(mask) != shape[: len(shape_of(mask))]:
        raise PolyadIndexError(
            f"a mask of shape {shape_of(mask)} does not fit an array of shape "
            f"{shape}{where(user_location())}"
        )
    if shape_of(mask) == ():
        lifted, at_once = m.reshape(x, shape=(1, *shape)), m.reshape(array_of(mask), shape=(1,))
        return m.reshape(_update_masked(lifted, at_once, values, mode), shape=shape)
    made = _one_by_one(x, mask, values, mode)
    if made is not None:
        return made
    mask = m.reshape(mask, shape=(*shape_of(mask), *(1,) * rest))
    return choose(mask, _combined(x, values, mode), x)


def _combined(x: Any, values: Any, mode: str) -> Any:
    if mode == "set":
        return values
    op = {"add": e.add, "multiply": e.multiply, "min": e.minimum, "max": e.maximum}[mode]
    return op(x, values)


def _update_basic(x: Any, basic: Basic, values: Any, mode: str) -> Any:
    """A slice: the values, padded to the shape of `x`, and a mask of where they are."""
    values = _spread(values, basic.shape)
    sizes = tuple(
        -((a - b) // s) for a, b, s in zip(basic.start, basic.stop, basic.step, strict=True)
    )
    values = m.reshape(values, shape=sizes)
    if basic.flipped:
        values = m.flip(values, axes=basic.flipped)
    if mode == "set" and sizes == shape_of(x):
        return values
    high = tuple(
        n - a - ((k - 1) * s + 1 if k else 0)
        for n, a, s, k in zip(shape_of(x), basic.start, basic.step, sizes, strict=True)
    )
    border = {"low": basic.start, "high": high, "interior": tuple(s - 1 for s in basic.step)}
    padded = m.pad(values, **border)
    if mode == "add":
        return e.add(x, padded)
    ones = m.broadcast_to(_true_beside(x), shape=sizes)
    return e.where(m.pad(ones, **border), _combined(x, padded, mode), x)


def _true_beside(x: Any) -> Any:
    if isinstance(x, Handle):
        return literal(x.builder, True, bool_)
    backend = execution.backend_of(x)
    assert backend is not None
    return backend.asarray(True, bool_, x)


def _spread(values: Any, shape: tuple[int, ...]) -> Any:
    """`values` broadcast to the shape that is written; leading axes of size 1 are dropped, as in
    NumPy.
    """
    found = shape_of(values)
    if found == shape:
        return values
    while len(found) > len(shape) and found[0] == 1:
        found = found[1:]
    values = m.reshape(values, shape=found) if found != shape_of(values) else values
    return m.broadcast_to(values, shape=shape)


def _neighbours(x: Any, plan: Plan) -> bool:
    """Whether the index arrays stand at neighbouring axes and the other axes are taken whole."""
    n, axes = len(shape_of(x)), [axis for axis, _ in plan.advanced]
    whole = Basic((0,) * n, shape_of(x), (1,) * n, (), shape_of(x))
    return plan.basic == whole and axes == list(range(axes[0], axes[0] + len(axes)))


def _update_rows(x: Any, plan: Plan, values: Any, mode: str) -> Any:
    """One scatter along the axes of the index arrays, taken together; its cost is that of the
    elements written.
    """
    shape, axes = shape_of(x), [axis for axis, _ in plan.advanced]
    flat, inside = merged_index(plan, shape)
    before, after = shape[: axes[0]], shape[axes[-1] + 1 :]
    count = prod(shape_of(inside))
    index = e.where(m.reshape(inside, shape=(count,)), flat, -1)
    values = _spread(values, (*before, *shape_of(inside), *after))
    updated = ops.scatter(
        m.reshape(x, shape=(*before, prod(shape[axes[0] : axes[-1] + 1]), *after)),
        index,
        m.reshape(values, shape=(*before, count, *after)),
        axis=len(before),
        mode=mode,
    )
    return m.reshape(updated, shape=shape)


def _update_gathered(x: Any, plan: Plan, values: Any, mode: str) -> Any:
    """Index arrays: the flat positions of the elements, read as the elements would be, then one
    scatter.
    """
    size = prod(shape_of(x))
    numbered = m.reshape(positions(size, x), shape=shape_of(x))
    picked, (inside, trailing) = gather(take_slice(numbered, plan.basic), plan)
    shape = shape_of(picked)
    mask = m.reshape(inside, shape=(*shape_of(inside), *(1,) * trailing))
    picked = e.where(mask, picked, -1)
    count = prod(shape)
    flat_values = m.reshape(_spread(values, shape), shape=(count,))
    flat = m.reshape(x, shape=(size,))
    updated = ops.scatter(flat, m.reshape(picked, shape=(count,)), flat_values, axis=0, mode=mode)
    return m.reshape(updated, shape=shape_of(x))
