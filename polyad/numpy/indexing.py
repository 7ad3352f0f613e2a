"""Indexing: what `x[index]` means on a traced array, `at(x)[index].set(v)`, and take.

An index is read once into a `Plan`: a slice, a reversal and a reshape for its basic part, then one
gather for its array part. Array indices out of range are clamped when reading, and dropped when
writing; Python integers out of range are errors.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .. import execution
from ..aliasing import linked, viewing
from ..concrete import captured_array, concrete_value
from ..errors import ConcretizationError, PolyadIndexError, UnknownIndexError
from ..ir import Handle, user_location, where
from ..ir.symbolic import Dim, is_symbolic
from ..ir.types import bool_, int64
from ..ops import dispatch
from ..ops import elementwise as e
from ..ops import indexing as ops
from ..ops import manipulation as m
from ..texts import shown
from ..tracer import Tracer
from ._arguments import integer, refuse, refuse_shape
from ._core import array_of, axis_of, dtype_of, fresh, from_list, positions, shape_of


class Basic(NamedTuple):
    """The slice, reversal and final shape of an index's basic part."""

    start: tuple[int, ...]
    stop: tuple[int, ...]
    step: tuple[int, ...]
    flipped: tuple[int, ...]
    shape: tuple[int, ...]


class Plan(NamedTuple):
    """`basic`, then index arrays at the axes `advanced` of its result; they come first if
    `front`. Known indices out of range are errors unless `lenient`.
    """

    basic: Basic
    advanced: list[tuple[int, Any]]
    front: bool
    lenient: bool = False


@dataclass(frozen=True)
class NewAxis:
    """A new axis, of size 1, and the positions in it that a boolean without dimensions chooses: it,
    or none.
    """

    positions: Any


def getitem(x: Any, index: Any) -> Any:
    """`x[index]` for a traced array: integers, slices, ..., None, integer arrays and known boolean
    masks.
    """
    plan = read_index(x, index)
    result = take_slice(x, plan.basic)
    if plan.advanced:
        return gather(result, plan)[0]
    if isinstance(x, Tracer) and (result.type.shape or _gives_an_array(x, index)):
        linked(result, x, index=index)
    return result


def _gives_an_array(x: Tracer, index: Any) -> bool:
    """Whether one element is an array without dimensions, a view, and not a number."""
    parts = index if isinstance(index, tuple) else (index,)
    return x.library == "torch" or builtins.any(part is Ellipsis for part in parts)


def take_slice(x: Any, basic: Basic) -> Any:
    """The basic part of an index: slice, reverse, reshape; of a traced array always another one."""
    made, shape = x, shape_of(x)
    if (
        basic.start != (0,) * len(shape)
        or basic.stop != shape
        or builtins.any(s != 1 for s in basic.step)
    ):
        made = m.slice(x, start=basic.start, stop=basic.stop, step=basic.step)
    if basic.flipped:
        made = m.flip(made, axes=basic.flipped)
    if shape_of(made) != basic.shape:
        made = m.reshape(made, shape=basic.shape)
    return fresh(x) if made is x and isinstance(x, Handle) else made


# -- Reading an index ------------------------------------------------------------------------------


def read_index(x: Any, index: Any, lenient: bool = False) -> Plan:
    """The meaning of `index` for an array of the shape of `x`; if `lenient`, integers are index
    arrays too, and any of them may be out of range.
    """
    shape = shape_of(x)
    entries = expanded(index, len(shape))
    arrays = builtins.any(_is_array(x) or (lenient and isinstance(x, int)) for x in entries)
    start, stop, step, flipped, sizes = [], [], [], [], []
    advanced: list[tuple[int, Any]] = []
    kinds: list[str] = []
    axis = 0
    for entry in entries:
        if entry is None:
            sizes.append(1)
            kinds.append("new")
            continue
        if isinstance(entry, NewAxis):
            advanced.append((len(sizes), entry.positions))
            sizes.append(1)
            kinds.append("array")
            continue
        n = shape[axis]
        if isinstance(entry, slice):
            begin, end, stride, backwards, size = _span(entry, n)
            flipped += [axis] if backwards else []
            sizes.append(size)
            kinds.append("slice")
        elif isinstance(entry, int | Dim) and not arrays:
            begin = _checked(entry, n, axis)
            end, stride = begin + 1, 1
            kinds.append("integer")
        else:
            begin, end, stride = 0, n, 1
            one = isinstance(entry, int | Dim)
            advanced.append(
                (len(sizes), _checked(entry, n, axis) if one and not lenient else entry)
            )
            sizes.append(n)
            kinds.append("array")
        start.append(begin)
        stop.append(end)
        step.append(stride)
        axis += 1
    basic = Basic(tuple(start), tuple(stop), tuple(step), tuple(flipped), tuple(sizes))
    return Plan(basic, advanced, "array" in kinds and _apart(kinds), lenient)


def _apart(kinds: Sequence[str]) -> bool:
    """Whether something stands between the index arrays: then, as in NumPy, their axes come
    first.
    """
    first = kinds.index("array")
    last = len(kinds) - 1 - kinds[::-1].index("array")
    return builtins.any(kind != "array" for kind in kinds[first : last + 1])


def expanded(index: Any, ndim: int) -> list[Any]:
    """The index as a list with an entry for each axis (and each new axis), masks turned into
    integers.
    """
    entries: list[Any] = []
    for entry in index if isinstance(index, tuple) else (index,):
        entries += _entry(entry)
    if sum(entry is Ellipsis for entry in entries) > 1:
        raise PolyadIndexError(f"an index can have only one ellipsis{where(user_location())}")
    used = sum(
        entry is not None and entry is not Ellipsis and not isinstance(entry, NewAxis)
        for entry in entries
    )
    if used > ndim:
        raise PolyadIndexError(
            f"too many indices: {used} for an array of {ndim} dimensions{where(user_location())}"
        )
    fill = [slice(None)] * (ndim - used)
    at = next((i for i, entry in enumerate(entries) if entry is Ellipsis), None)
    return [*entries, *fill] if at is None else [*entries[:at], *fill, *entries[at + 1 :]]


def _entry(entry: Any) -> list[Any]:
    if entry is None or entry is Ellipsis or isinstance(entry, slice | NewAxis):
        return [entry]
    if isinstance(entry, bool):
        return [NewAxis(from_list([0] * entry, int64))]
    if isinstance(entry, int):
        return [entry]
    if isinstance(entry, list | tuple | range):
        entry = array_of(list(entry)) if len(entry) else from_list([], int64)
    if isinstance(entry, Handle) or execution.backend_of(entry) is not None:
        dtype = dtype_of(entry)
        if dtype is bool_ and shape_of(entry) == ():
            known = _known_mask(entry)
            return [NewAxis(from_list([0] * bool(known), int64))]
        if dtype is bool_:
            return true_positions(entry)
        if dtype.is_integer:
            return [_among_guests(entry)]
        raise PolyadIndexError(
            f"an index array has integers or booleans, not {dtype}{where(user_location())}"
        )
    if hasattr(entry, "__index__"):
        return [entry.__index__()]
    raise PolyadIndexError(
        "an index is an integer, slice, ..., None, or an array of integers or booleans, not "
        f"{shown(entry)}"
        f"{where(user_location())}"
    )


def _among_guests(index: Any) -> Any:
    """An index array of another library into an array of NumPy's: the values in host memory."""
    backend = execution.backend_of(index)
    if backend is None or backend.is_guest or not execution.default_backend().is_guest:
        return index
    return backend.to_host(index) if backend.on_host((index,)) else index


def is_mask(index: Any) -> bool:
    """Whether `index` is an array of booleans, and nothing beside it."""
    known = isinstance(index, Handle) or (
        not isinstance(index, tuple | int | slice | None | list)
        and execution.backend_of(index) is not None
    )
    return known and dtype_of(index) is bool_


def true_positions(mask: Any) -> list[Any]:
    """A boolean mask as integer arrays, which takes its value."""
    mask = _known_mask(mask)
    backend = execution.backend_of(mask)
    assert backend is not None
    positions = backend.nonzero(mask)
    return list(positions)


def _known_mask(mask: Any) -> Any:
    if not isinstance(mask, Handle):
        return mask
    try:
        return concrete_value(
            mask, "a boolean mask", "polyad.numpy.where(mask, x, fill), whose shape is known"
        )
    except ConcretizationError as error:
        raise UnknownIndexError(
            f"x[mask] has as many elements as the mask has Trues: {error}"
        ) from None


def _is_array(entry: Any) -> bool:
    return isinstance(entry, Handle) or (
        not isinstance(entry, int | Dim | slice | None) and entry is not Ellipsis
    )


def _checked(index: Any, n: int, axis: int) -> int:
    if not -n <= index < n:
        raise PolyadIndexError(
            f"index {index} is out of range for axis {axis} of size {n}{where(user_location())}"
        )
    return index % n


def _span(entry: slice, n: int) -> tuple[int, int, int, bool, int]:
    """Start, stop, positive step, whether to reverse, and the number of the elements of a slice."""
    if is_symbolic((n, entry.start, entry.stop)) and entry.step in (None, 1):
        begin = _bound(entry.start, 0, n)
        end = _bound(entry.stop, n, n)
        return (begin, end, 1, False, end - begin) if begin < end else (0, 0, 1, False, 0)
    span = _range(entry, n)
    return (*_forward(span), len(span))


def _bound(part: Any, otherwise: int, n: int) -> int:
    """A bound of a slice with step 1, counted from the front."""
    if part is None:
        return otherwise
    at: int = part if is_symbolic((part,)) else _static(part)
    return max(at + n, 0) if at < 0 else min(at, n)


def _range(entry: slice, n: int) -> range:
    try:
        return range(*entry.indices(n))
    except TypeError:
        parts = [p if p is None else _static(p) for p in (entry.start, entry.stop, entry.step)]
        return range(*slice(*parts).indices(n))
    except ValueError as error:
        raise PolyadIndexError(f"{error}{where(user_location())}") from None


def _static(part: Any) -> int:
    if isinstance(part, Handle) or hasattr(part, "__index__"):
        try:
            return part.__index__()
        except ConcretizationError as error:
            raise UnknownIndexError(f"the bounds of a slice are known integers: {error}") from None
    raise PolyadIndexError(
        f"the bounds of a slice are integers, not {part!r}{where(user_location())}"
    )


def _forward(span: range) -> tuple[int, int, int, bool]:
    """Start, stop, positive step, and whether to reverse."""
    if not len(span):
        return 0, 0, 1, False
    if span.step > 0:
        return span.start, span[-1] + 1, span.step, False
    return span[-1], span.start + 1, -span.step, True


# -- Array indices ---------------------------------------------------------------------------------


def gather(x: Any, plan: Plan) -> tuple[Any, Any]:
    """The elements at the index arrays, and where those were in range (of the shape of the index
    arrays).
    """
    shape = shape_of(x)
    axes = [axis for axis, _ in plan.advanced]
    flat, inside = merged_index(plan, shape)
    outer = shape_of(inside)
    at = 0 if plan.front else axes[0]
    if axes != list(range(axes[0], axes[0] + len(axes))) or plan.front:
        rest = [i for i in range(len(shape)) if i not in axes]
        x = m.permute_dims(x, axes=(*rest[:at], *axes, *rest[at:]))
        shape = shape_of(x)
    before, after = shape[:at], shape[at + len(axes) :]
    total = 1
    for axis in range(at, at + len(axes)):
        total *= shape[axis]
    picked = ops.take(m.reshape(x, shape=(*before, total, *after)), flat, axis=at)
    return m.reshape(picked, shape=(*before, *outer, *after)), (inside, len(after))


def merged_index(plan: Plan, shape: Sequence[int]) -> tuple[Any, Any]:
    """One index, flat and clamped, into the axes of index arrays taken together, and whether each
    was in range (of the shape of the index arrays).
    """
    sizes = [shape[axis] for axis, _ in plan.advanced]
    indices = [_normalized(entry, shape[axis], axis, plan.lenient) for axis, entry in plan.advanced]
    outer = dispatch.broadcast_shapes([shape_of(i) for i in indices], "index arrays")
    if 0 in sizes and 0 not in outer:
        axis = plan.advanced[sizes.index(0)][0]
        raise PolyadIndexError(
            f"an index is out of range for axis {axis} of size 0{where(user_location())}"
        )
    return _linear(indices, sizes, outer)


def _normalized(entry: Any, n: int, axis: int, lenient: bool) -> Any:
    """An index array counted from the front. Known values out of range are errors, unless
    `lenient`.
    """
    if isinstance(entry, int):
        return array_of(entry + n if entry < 0 else entry)
    if not lenient:
        check_known(entry, n, axis)
    entry = e.astype(entry, dtype=int64) if dtype_of(entry) is not int64 else entry
    return e.where(e.less(entry, 0), e.add(entry, n), entry)


def check_known(indices: Any, n: int, axis: int) -> None:
    """Raise for an index array whose values are known and do not fit an axis of size `n`."""
    if isinstance(indices, Handle):
        indices = captured_array(indices)
    backend = execution.backend_of(indices)
    if backend is None:
        return
    outside = backend.first_outside(indices, -n, n)
    if outside is not None:
        raise PolyadIndexError(
            f"index {outside} is out of range for axis {axis} of size {n}{where(user_location())}"
        )


def _linear(indices: list[Any], sizes: list[int], outer: tuple[int, ...]) -> tuple[Any, Any]:
    """One flat index into the merged axes, clamped, and whether each was in range."""
    total: Any = None
    inside: Any = None
    stride = 1
    for index, n in zip(indices[::-1], sizes[::-1], strict=True):
        ok = e.logical_and(e.greater_equal(index, 0), e.less(index, n))
        inside = ok if inside is None else e.logical_and(inside, ok)
        clamped = e.maximum(e.minimum(index, n - 1), 0)
        term = e.multiply(clamped, stride) if stride != 1 else clamped
        total = term if total is None else e.add(total, term)
        stride *= n
    full = [x if shape_of(x) == outer else m.broadcast_to(x, shape=outer) for x in (total, inside)]
    size = 1
    for n in outer:
        size *= n
    return unshared(m.reshape(full[0], shape=(size,))), full[1]


def unshared(x: Any) -> Any:
    """A computed array that nobody else has, read-only from now on where it is NumPy's: a trace
    that captures it makes no copy, and what was traced need not look whether it has changed.
    """
    part = x
    while isinstance(part, np.ndarray):
        part.flags.writeable = False
        part = part.base
    return x


# -- Diagonals ------------------------------------------------------------------------------------


@viewing(writeable=False)
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The diagonals of two axes, the rows `axis1` and the columns `axis2`, `offset` columns to the
    right (left, if negative); they are the last axis.

    >>> diagonal([[1.0, 2.0], [3.0, 4.0]], offset=1)
    array([2.])
    """
    x = array_of(a)
    n = len(shape_of(x))
    if n < 2:
        refuse_shape(f"diagonal takes matrices, not an array of shape {shape_of(x)}")
    first, second = axis_of(axis1, n), axis_of(axis2, n)
    if first == second:
        refuse(f"diagonal: axis1 and axis2 are both {first}")
    rest = tuple([k for k in range(n) if k not in (first, second)])
    order = (*rest, first, second)
    return diagonals(x if order == tuple(range(n)) else m.permute_dims(x, axes=order), offset)


def diagonals(x: Any, offset: int = 0) -> Any:
    """The diagonals of the last two axes."""
    rows, columns = shape_of(x)[-2:]
    offset = integer(offset, "diagonal: offset")
    size = builtins.max(
        0, min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns)
    )
    outer, first = shape_of(x)[:-2], builtins.max(0, offset) + builtins.max(0, -offset) * columns
    flat = m.reshape(x, shape=(*outer, rows * columns))
    if not size:
        return m.slice_axis(flat, len(outer), 0, 0)
    stop = first + (size - 1) * (columns + 1) + 1
    return m.slice_axis(flat, len(outer), first, stop, columns + 1)


def diag(v: Any, k: int = 0) -> Any:
    """The k-th diagonal of a matrix, or the matrix with a vector on it."""
    x = array_of(v)
    if len(shape_of(x)) == 2:
        return diagonal(x, offset=k)
    if len(shape_of(x)) != 1:
        refuse_shape(f"diag takes a vector or a matrix, not an array of shape {shape_of(x)}")
    k = integer(k, "diag: k")
    n = shape_of(x)[0] + builtins.abs(k)
    padded = m.pad_axis(x, 0, builtins.max(0, -k), builtins.max(0, k))
    columns = positions(n, x)
    rows = m.reshape(columns, shape=(n, 1))
    on = e.equal(e.add(rows, k), columns)
    return e.where(
        on, m.reshape(padded, shape=(n, 1)), False if dtype_of(x).family == "bool" else 0
    )
