"""Ops that pick and place elements by index, and sorting. All indexing reduces to two ops on one
axis.
"""

from __future__ import annotations

from ..errors import PolyadTypeError, PolyadValueError
from ..ir import ArrayType
from ..ir.types import int64
from ..texts import shown
from . import elementwise as e
from . import manipulation as m
from . import sparsity
from .creation import iota, ones_like, zeros_like
from .definition import op
from .literals import literal
from .types import Batched, Dual, Operand, Operands

MODES = ("set", "add", "multiply", "min", "max")


# -- take ------------------------------------------------------------------------------------------


def take_type(x: ArrayType, indices: ArrayType, *, axis: int) -> ArrayType:
    """The slices of `x` along `axis` that 1-d `indices` name; indices are clamped into range."""
    _check_indices(x, indices, axis)
    if x.shape[axis] == 0 and indices.size:
        raise PolyadValueError(f"cannot take from the empty axis {axis} of {x}")
    return x.with_shape((*x.shape[:axis], indices.size, *x.shape[axis + 1 :]))


def _check_indices(x: ArrayType, indices: ArrayType, axis: int) -> None:
    if not indices.dtype.is_integer or indices.ndim != 1:
        raise PolyadTypeError(f"indices must be a 1-d array of integers, not {indices}")
    if not 0 <= axis < x.ndim:
        raise PolyadValueError(f"axis {axis} is out of range for {x}")


def take_transpose(ct: Operand, x: Operand, indices: Operand, *, axis: int) -> Operand:
    zeros = literal(ct.builder, 0, x.dtype, x.shape)
    top = literal(ct.builder, x.shape[axis] - 1, indices.dtype, indices.shape)
    clamped = e.maximum(e.minimum(indices, top), zeros_like(indices))
    return scatter(zeros, clamped, ct, axis=axis, mode="add")


def take_batch(operands: Operands, batched: Batched, *, axis: int) -> Operand:
    """One index list for all: a later axis. A list for each: one axis of batch × size, clamped
    before.
    """
    x, indices = operands
    if not batched[1]:
        return take(x, indices, axis=axis + 1)
    size, count = indices.shape
    if not batched[0]:
        flat = take(x, m.reshape(indices, shape=(size * count,)), axis=axis)
        split = m.reshape(flat, shape=(*x.shape[:axis], size, count, *x.shape[axis + 1 :]))
        return m.move_axis(split, axis, 0)
    rows = m.move_axis(x, axis + 1, 1)
    n = rows.shape[1]
    clamped = e.maximum(e.minimum(indices, n - 1), 0)
    flat = take(
        m.reshape(rows, shape=(size * n, *rows.shape[2:])), _batch_offsets(clamped, n), axis=0
    )
    return m.move_axis(m.reshape(flat, shape=(size, count, *rows.shape[2:])), 1, axis + 1)


def _batch_offsets(indices: Operand, stride: int) -> Operand:
    """Indices into batch × stride rows, flat, from indices per batch element."""
    size, count = indices.shape
    first = e.multiply(iota(size=size, dtype=int64), stride)  # a narrow index would overflow
    spread = m.broadcast_to(m.reshape(first, shape=(size, 1)), shape=(size, count))
    return m.reshape(indices + spread, shape=(size * count,))


take = op(
    "take",
    take_type,
    linear=((0,),),
    transposes=(take_transpose, None),
    batch=take_batch,
    sparsity=sparsity.taken,
)


# -- scatter ---------------------------------------------------------------------------------------


def scatter_type(
    x: ArrayType, indices: ArrayType, updates: ArrayType, *, axis: int, mode: str
) -> ArrayType:
    """`x` with `updates` combined in at 1-d `indices` along `axis`; those out of range are
    dropped.
    """
    _check_indices(x, indices, axis)
    expected = x.with_shape((*x.shape[:axis], indices.size, *x.shape[axis + 1 :]))
    if updates is not expected:
        raise PolyadTypeError(f"updates must be {expected}, not {updates}")
    if mode not in MODES:
        raise PolyadValueError(f"mode is one of {MODES}, not {shown(mode)}")
    return x


def scatter_jvp(primals: Operands, tangents: Operands, *, axis: int, mode: str) -> Dual:
    """`min` and `max` share the tangent among ties."""
    x, indices, u = primals
    y = scatter(x, indices, u, axis=axis, mode=mode)
    tx, tu = (zeros_like(v) if t is None else t for v, t in ((x, tangents[0]), (u, tangents[2])))
    if mode in ("set", "add"):
        return y, scatter(tx, indices, tu, axis=axis, mode=mode)
    if mode == "multiply":
        kept = scatter(tx, indices, u, axis=axis, mode="multiply")
        moved = take(x, indices, axis=axis) * products_of_others(indices, u, axis) * tu
        return y, scatter(kept, indices, moved, axis=axis, mode="add")
    won_x, won_u = e.equal(x, y), e.equal(u, take(y, indices, axis=axis))
    counted = e.astype(won_x, dtype=x.dtype), e.astype(won_u, dtype=x.dtype)
    count = scatter(counted[0], indices, counted[1], axis=axis, mode="add")
    shared = e.where(won_x, tx, 0), e.where(won_u, tu, 0)
    return y, scatter(shared[0], indices, shared[1], axis=axis, mode="add") / count


def products_of_others(indices: Operand, u: Operand, axis: int) -> Operand:
    """For each update, the product of all others of its index, without division: in the order of
    the indices, those before it times those after it.
    """
    count = u.shape[axis]
    if count < 2:
        return ones_like(u)
    order = argsort(indices, axis=0, descending=False)
    keys, rows = take(indices, order, axis=0), take(u, order, axis=axis)
    turned_keys, turned = m.flip(keys, axes=(0,)), m.flip(rows, axes=(axis,))
    after = m.flip(products_before(turned_keys, turned, axis), axes=(axis,))
    none = literal(u.builder, 0, u.dtype, u.shape)
    return scatter(none, order, products_before(keys, rows, axis) * after, axis=axis, mode="set")


def products_before(keys: Operand, rows: Operand, axis: int) -> Operand:
    """For each row the product of those before it that have its key, in log₂ n steps: equal keys
    are neighbours.
    """
    count = rows.shape[axis]
    found = shifted_rows(keys, rows, axis, 1)
    reach = 1
    while reach < count - 1:
        found = found * shifted_rows(keys, found, axis, reach)
        reach *= 2
    return found


def shifted_rows(keys: Operand, rows: Operand, axis: int, by: int) -> Operand:
    """The rows `by` places before, and 1 where those have another key or are none."""
    count = rows.shape[axis]
    alike = e.equal(m.slice_axis(keys, 0, by, count), m.slice_axis(keys, 0, 0, count - by))
    alike = m.reshape(alike, shape=(count - by, *(1,) * (rows.ndim - axis - 1)))
    moved = e.where(alike, m.slice_axis(rows, axis, 0, count - by), 1)
    edge = ones_like(m.slice_axis(rows, axis, 0, by))
    return m.concat(edge, moved, axis=axis)


def scatter_transpose_operand(
    ct: Operand, x: Operand, indices: Operand, u: Operand, *, axis: int, mode: str
) -> Operand:
    if mode == "multiply":
        return scatter(ct, indices, u, axis=axis, mode="multiply")
    if mode == "add":
        return ct
    return scatter(ct, indices, literal(ct.builder, 0, u.dtype, u.shape), axis=axis, mode="set")


def scatter_transpose_updates(
    ct: Operand, x: Operand, indices: Operand, u: Operand, *, axis: int, mode: str
) -> Operand:
    """An update that was dropped, or overwritten by a later one, gets no cotangent."""
    count, n = indices.shape[0], x.shape[axis]
    landed = e.logical_and(e.greater_equal(indices, 0), e.less(indices, n))
    if mode == "set":
        numbers = iota(size=count, dtype=int64)
        empty = literal(ct.builder, -1, int64, (n,))
        last = scatter(empty, indices, numbers, axis=0, mode="set")
        landed = e.logical_and(landed, e.equal(take(last, indices, axis=0), numbers))
    column = m.reshape(landed, shape=(count, *(1,) * (len(x.shape) - axis - 1)))
    return e.where(column, take(ct, indices, axis=axis), 0)


def scatter_batch(operands: Operands, batched: Batched, *, axis: int, mode: str) -> Operand:
    size = next(v.shape[0] for v, b in zip(operands, batched, strict=True) if b)
    x, indices, u = (
        v if b else m.broadcast_to(v, shape=(size, *v.shape))
        for v, b in zip(operands, batched, strict=True)
    )
    if not batched[1]:
        return scatter(x, operands[1], u, axis=axis + 1, mode=mode)
    rows, updates = m.move_axis(x, axis + 1, 1), m.move_axis(u, axis + 1, 1)
    n, rest = rows.shape[1], rows.shape[2:]
    inside = e.logical_and(e.greater_equal(indices, 0), e.less(indices, n))
    flat = m.reshape(inside, shape=(size * indices.shape[1],))
    offsets = e.where(flat, _batch_offsets(indices, n), size * n)  # out of range stays out of range
    result = scatter(
        m.reshape(rows, shape=(size * n, *rest)),
        offsets,
        m.reshape(updates, shape=(size * indices.shape[1], *rest)),
        axis=0,
        mode=mode,
    )
    return m.move_axis(m.reshape(result, shape=(size, n, *rest)), 1, axis + 1)


scatter = op(
    "scatter",
    scatter_type,
    linear=((0, 2),),
    transposes=(scatter_transpose_operand, None, scatter_transpose_updates),
    jvp=scatter_jvp,
    batch=scatter_batch,
    sparsity=sparsity.scattered,
)


# -- sort, argsort ---------------------------------------------------------------------------------


def sort_type(x: ArrayType, *, axis: int, descending: bool) -> ArrayType:
    """`x` sorted along `axis`, equal elements in their order."""
    if x.dtype.is_complex:
        raise PolyadTypeError(f"takes real arrays, not {x}")
    return x


def argsort_type(x: ArrayType, *, axis: int, descending: bool) -> ArrayType:
    """The stable permutation that sorts `x` along `axis`."""
    return sort_type(x, axis=axis, descending=descending).with_dtype(int64)


def sort_jvp(primals: Operands, tangents: Operands, *, axis: int, descending: bool) -> Dual:
    (x,), (t,) = primals, tangents
    order = argsort(x, axis=axis, descending=descending)
    return sort(x, axis=axis, descending=descending), take_along(t, order, axis)


def sort_batch(operands: Operands, batched: Batched, *, axis: int, descending: bool) -> Operand:
    return sort(operands[0], axis=axis + 1, descending=descending)


def argsort_batch(operands: Operands, batched: Batched, *, axis: int, descending: bool) -> Operand:
    return argsort(operands[0], axis=axis + 1, descending=descending)


sort = op("sort", sort_type, jvp=sort_jvp, batch=sort_batch, sparsity=sparsity.lines)
argsort = op("argsort", argsort_type, differentiable=False, batch=argsort_batch)


def take_along(x: Operand, indices: Operand, axis: int) -> Operand:
    """`x[..., indices[..., k, ...], ...]` along `axis`: one `take` from the flat array.

    All axes of `x` and `indices` but `axis` have equal sizes.
    """
    rows, picks = (
        m.move_axis(x, axis, len(x.shape) - 1),
        m.move_axis(indices, axis, len(x.shape) - 1),
    )
    n, count = rows.shape[-1], picks.shape[-1]
    batch = 1
    for size in rows.shape[:-1]:
        batch *= size
    offsets = _batch_offsets(m.reshape(picks, shape=(batch, count)), n)
    flat = take(m.reshape(rows, shape=(batch * n,)), offsets, axis=0)
    return m.move_axis(m.reshape(flat, shape=tuple(picks.shape)), len(x.shape) - 1, axis)


# -- searchsorted ----------------------------------------------------------------------------------


def searchsorted_type(x1: ArrayType, x2: ArrayType, *, side: str) -> ArrayType:
    """The number of elements of the ascending vector `x1` less than each of `x2` (`side` "right":
    less or equal); NaN is the largest.
    """
    if x1.dtype is not x2.dtype or x1.dtype.family not in ("int", "uint", "float"):
        raise PolyadTypeError(f"takes real arrays of one dtype, not {x1}, {x2}")
    if x1.ndim != 1 or side not in ("left", "right"):
        raise PolyadValueError(
            f"looks into a vector from the left or right, not {x1}, {shown(side)}"
        )
    return x2.with_dtype(int64)


def searchsorted_batch(operands: Operands, batched: Batched, *, side: str) -> Operand:
    """A vector for each element of the batch: all are searched at once, bit by bit of the place."""
    x1, x2 = operands
    if not batched[0]:
        return searchsorted(x1, x2, side=side)
    size, n = x1.shape
    if not batched[1]:
        x2 = m.broadcast_to(x2, shape=(size, *x2.shape))
    count = 1
    for k in x2.shape[1:]:
        count *= k
    wanted = m.reshape(x2, shape=(size, count))
    place = literal(x1.builder, 0, int64, (size, count))
    step = 1 << (n.bit_length() - 1) if n else 0
    while step:
        probe = place + step
        element = take_along(x1, e.minimum(probe, n) - 1, 1)
        further = e.logical_and(e.less_equal(probe, n), _comes_before(element, wanted, side))
        place = e.where(further, probe, place)
        step //= 2
    return m.reshape(place, shape=x2.shape)


def _comes_before(x: Operand, y: Operand, side: str) -> Operand:
    """Whether x < y, or x <= y for `side` "right", with NaN the largest."""
    before = e.less(x, y) if side == "left" else e.less_equal(x, y)
    if not x.dtype.is_floating:
        return before
    last = e.isnan(y) if side == "right" else e.logical_and(e.isnan(y), e.logical_not(e.isnan(x)))
    return e.logical_or(before, last)


searchsorted = op("searchsorted", searchsorted_type, differentiable=False, batch=searchsorted_batch)
