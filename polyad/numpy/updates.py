"""Functional updates: `at(x)[index].set(v)`, for arrays of any backend and traced ones.

A slice is written by padding the values to the array's shape; index arrays by one scatter: along
their axes, if those are neighbours, else of the flat array, at the positions that the same index
reads.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any, TypedDict, Unpack

from .. import execution, trace_stack
from ..aliasing import check_cast
from ..api.loops import fori_loop
from ..errors import ConcretizationError, PolyadIndexError, PolyadTypeError
from ..ir import Handle, user_location, where
from ..ir.types import bool_, int64
from ..ops import elementwise as e
from ..ops import indexing as ops
from ..ops import manipulation as m
from ..ops import promotion
from ..ops.literals import literal
from ..texts import shown
from . import extremes
from ._arguments import refuse, refuse_type
from ._core import array_of, convert, dtype_of, positions, shape_of
from .creation import full_like
from .elementwise import where as choose
from .indexing import (
    Basic,
    NewAxis,
    Plan,
    expanded,
    gather,
    getitem,
    is_mask,
    merged_index,
    read_index,
    take_slice,
    true_positions,
    unshared,
)
from .taking import filler


class at:
    """`at(x)[index].set(v)`: a copy of `x` with elements replaced; likewise add, subtract,
    multiply, divide, power, min, max, apply, and get.

    Values broadcast to the shape of `x[index]`. Array indices out of range are dropped. Works on
    arrays of any backend, and on traced arrays, where `x.at[index]` is the same.

    >>> at([1.0, 2.0, 3.0])[0].set(5.0)
    array([5., 2., 3.])
    """

    def __init__(self, x: Any) -> None:
        self._x = array_of(x)

    def __getitem__(self, index: Any) -> Update:
        return Update(self._x, index)


class Options(TypedDict, total=False):
    """The keywords of JAX's updates. `mode` is the treatment of indices out of range: None and
    "promise_in_bounds" (an error if they are known; else they are dropped, or clamped by `get`),
    "drop" and "fill" (dropped; `get` gives its `fill_value`), "clip" (the nearest end). Without
    `wrap_negative_indices`, negative ones are out of range. The others have no effect.
    """

    mode: Any
    wrap_negative_indices: bool
    indices_are_sorted: bool
    unique_indices: bool
    out_sharding: None


class Update:
    """Elements of an array that are to be combined with others."""

    def __init__(self, x: Any, index: Any) -> None:
        self._x, self._index = x, index

    def get(self, *, fill_value: Any = None, **options: Unpack[Options]) -> Any:
        """`x[index]`; with mode "fill", elements out of range are `fill_value` (NaN; of integers
        the least, or the largest unsigned one).
        """
        x, mode = self._x, _mode("get", options)
        if mode is None and options.get("wrap_negative_indices", True):
            return getitem(x, self._index)
        index = placed_index(x, self._index, mode or "clip", options)
        plan = read_index(x, index, lenient=True)
        found = take_slice(x, plan.basic)
        if not plan.advanced:
            return found
        found, (inside, trailing) = gather(found, plan)
        if mode != "fill":
            return found
        inside = m.reshape(inside, shape=(*shape_of(inside), *(1,) * trailing))
        return e.where(inside, found, filler(fill_value, x))

    def set(self, values: Any, **options: Unpack[Options]) -> Any:
        """`x` with the elements replaced; of repeated indices the last counts."""
        return self._update(values, "set", options)

    def add(self, values: Any, **options: Unpack[Options]) -> Any:
        """`x` with `values` added; repeated indices add up."""
        return self._update(values, "add", options)

    def subtract(self, values: Any, **options: Unpack[Options]) -> Any:
        """`x` with `values` subtracted; repeated indices add up."""
        return self._update(e.negative(self._converted(values)), "add", options)

    def multiply(self, values: Any, **options: Unpack[Options]) -> Any:
        """`x` with the elements multiplied."""
        return self._update(values, "multiply", options)

    def divide(self, values: Any, **options: Unpack[Options]) -> Any:
        """`x` divided by `values`, and by all of them where indices repeat; floating, as `/` is."""
        return e.divide(self._x, self._factors(values, options))

    def power(self, values: Any, **options: Unpack[Options]) -> Any:
        """`x` with the elements to the power of `values`, all of them where indices repeat."""
        return e.pow(self._x, self._factors(values, options))

    def apply(self, func: Callable[[Any], Any], **options: Unpack[Options]) -> Any:
        """`x` with the elements that the element-wise `func` gives for them; where an index repeats
        it is applied as often. `unique_indices` says that none does, which costs less.
        """
        x, index = self._x, self._index
        if is_mask(index):
            return choose(_along(index, x), self._converted(func(x)), x)
        if not read_index(x, index, lenient=True).advanced or options.get("unique_indices"):
            return self._update(func(self.get(**options)), "set", options)
        counts = Update(full_like(x, 0, int64), index).add(1, **options)

        def again(k: Any, x: Any) -> Any:
            return choose(e.greater(counts, k), Update(x, index)._converted(func(x)), x)

        return fori_loop(0, extremes.max(counts, initial=0), again, x)

    mul = multiply

    def min(self, values: Any, **options: Unpack[Options]) -> Any:
        """`x` with the elements no larger than `values`."""
        return self._update(values, "min", options)

    def max(self, values: Any, **options: Unpack[Options]) -> Any:
        """`x` with the elements no smaller than `values`."""
        return self._update(values, "max", options)

    def _factors(self, values: Any, options: Options) -> Any:
        """The product of the values for each element of `x`, 1 where there is none."""
        ones = full_like(self._x, 1)
        dtype = promotion.promote([dtype_of(self._x), dtype_of(array_of(values))], [])
        return Update(convert(ones, dtype), self._index).multiply(values, **options)

    def _update(self, values: Any, mode: str, options: Options | None = None) -> Any:
        x, index = self._x, self._index
        values = self._converted(values)
        if is_mask(index):
            return _update_masked(x, index, values, mode)
        placing = _mode(mode, options or {})
        lenient = placing is not None or not (options or {}).get("wrap_negative_indices", True)
        if lenient:
            index = placed_index(x, index, placing, options or {})
        plan = read_index(x, index, lenient)
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


_MODES: dict[str | None, str | None] = {
    "promise_in_bounds": None,
    "PROMISE_IN_BOUNDS": None,
    "drop": "fill",
    "FILL_OR_DROP": "fill",
    "CLIP": "clip",
}
_FLAGS = ("indices_are_sorted", "unique_indices", "wrap_negative_indices")


def _mode(function: str, options: Options) -> str | None:
    """The mode of indices out of range, checked with all other options."""
    for name, value in options.items():
        if name in _FLAGS and not isinstance(value, bool):
            refuse_type(f"at[...].{function}: {name} is True or False, not {shown(value)}")
        if name == "out_sharding" and value is not None:
            refuse(f"at[...].{function}: out_sharding={shown(value)}: there is one device, so None")
        if name not in Options.__annotations__:
            raise PolyadTypeError(
                f"at[...].{function} has no parameter {name!r}{where(user_location())}\n  It takes "
                f"{', '.join(Options.__annotations__)}."
            )
    mode = options.get("mode")
    text: Any = mode if isinstance(mode, str | None) else getattr(mode, "name", repr(mode))
    found = _MODES.get(text, text)
    if found not in (None, "fill", "clip"):
        refuse(
            f"at[...].{function}: mode is None, 'fill', 'drop', 'clip' or 'promise_in_bounds', not "
            f"{shown(mode)}"
        )
    return found


def placed_index(x: Any, index: Any, mode: str | None, options: Options) -> Any:
    """`index` with its integers and integer arrays counted from the front, and within the axes if
    `mode` is "clip".
    """
    wraps = options.get("wrap_negative_indices", True)
    shape, axis = shape_of(x), 0
    placed: list[Any] = []
    for entry in expanded(index, len(shape)):
        if entry is None or isinstance(entry, slice | NewAxis):
            placed.append(entry)
        else:
            n, found = shape[axis], array_of(entry)
            below = e.add(found, n) if wraps else n
            found = e.where(e.less(found, 0), below if wraps or mode != "clip" else 0, found)
            if mode == "clip":
                found = e.maximum(e.minimum(found, n - 1), 0)
            elif wraps:  # what is still negative is out of range, and does not count once more
                found = e.where(e.less(found, 0), n, found)
            placed.append(found)
        axis += entry is not None and not isinstance(entry, NewAxis)
    return tuple(placed)


def _along(mask: Any, x: Any) -> Any:
    """A mask of the leading axes of `x`, with axes of size 1 for the others."""
    rest = len(shape_of(x)) - len(shape_of(mask))
    return m.reshape(array_of(mask), shape=(*shape_of(mask), *(1,) * rest))


def dispatch_literal(x: Any, value: Any) -> Any:
    """A Python scalar as an array of the dtype of `x`, beside it."""
    if isinstance(x, Handle):
        if not x.builder.open:
            raise trace_stack.leaked(x)
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
    index = unshared(e.where(m.reshape(inside, shape=(count,)), flat, -1))
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
