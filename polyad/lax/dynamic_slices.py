"""Blocks of static size at a position that may be traced, with JAX's signatures."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from math import prod
from typing import Any

from ..api.calls import constants, pytrees
from ..errors import ConcretizationError, PolyadTypeError, PolyadValueError
from ..ir import ArrayType, Handle, user_location, where
from ..ops import elementwise as e
from ..ops import indexing as i
from ..ops import manipulation as m
from ..ops import promotion
from ..ops.promotion import promote
from ..texts import shown

Flags = bool | Sequence[bool]


# -- Reading --------------------------------------------------------------------------------------


def dynamic_slice(
    operand: Any,
    start_indices: Any,
    slice_sizes: Sequence[int],
    *,
    allow_negative_indices: Flags = True,
) -> Any:
    """The block of static sizes at a position that may be traced, moved inside if it would stick
    out.

    There is an index and a size for each axis of `operand`; the indices are integer scalars, or an
    array of them. A negative one counts from the end, unless `allow_negative_indices`, of all axes
    or of each, is False: then it is moved to 0. Gives an array of shape `slice_sizes`.

    Raises `PolyadTypeError` for indices that are no integers, `PolyadValueError` for another number
    of them, or a size that does not fit.

    >>> import numpy as np
    >>> dynamic_slice(np.arange(5.0), (3,), (2,))
    array([3., 4.])
    """
    what = "dynamic_slice"
    rank = len(_type_of(operand, what).shape)
    starts = _starts(what, start_indices, rank)
    if len(slice_sizes) != rank:
        raise PolyadValueError(
            f"{what}: the operand has {_axes(rank)} and slice_sizes {tuple(slice_sizes)} has "
            f"{len(slice_sizes)} entries{where(user_location())}"
        )
    wrap = _each(what, allow_negative_indices, rank)
    for axis, (start, size) in enumerate(zip(starts, slice_sizes, strict=True)):
        operand = _slice(what, operand, start, size, axis, wrap[axis])
    return operand


def _slice(what: str, operand: Any, start: Any, size: Any, axis: int, wrap: bool) -> Any:
    window = _window(what, operand, start, _static(what, size), axis, wrap)
    return i.take(operand, window, axis=axis)


def dynamic_slice_in_dim(
    operand: Any,
    start_index: Any,
    slice_size: int,
    axis: int = 0,
    *,
    allow_negative_indices: bool = True,
) -> Any:
    """`dynamic_slice` along one axis.

    >>> import numpy as np
    >>> dynamic_slice_in_dim(np.arange(6.0).reshape(2, 3), 1, 2, axis=1)
    array([[1., 2.],
           [4., 5.]])
    """
    what = "dynamic_slice_in_dim"
    at = _axis(what, _type_of(operand, what), axis)
    return _slice(what, operand, start_index, slice_size, at, allow_negative_indices)


def dynamic_index_in_dim(
    operand: Any,
    index: Any,
    axis: int = 0,
    keepdims: bool = True,
    *,
    allow_negative_indices: bool = True,
) -> Any:
    """The slice of size 1 along one axis; the axis is dropped without `keepdims`.

    >>> import numpy as np
    >>> dynamic_index_in_dim(np.arange(6.0).reshape(2, 3), 1, keepdims=False)
    array([3., 4., 5.])
    """
    what = "dynamic_index_in_dim"
    at = _axis(what, _type_of(operand, what), axis)
    piece = _slice(what, operand, index, 1, at, allow_negative_indices)
    shape = list(piece.shape)
    del shape[at]
    return piece if keepdims else m.reshape(piece, shape=tuple(shape))


# -- Writing --------------------------------------------------------------------------------------


def dynamic_update_slice(
    operand: Any, update: Any, start_indices: Any, *, allow_negative_indices: Flags = True
) -> Any:
    """`operand` with the block at that position, moved inside if it would stick out, replaced by
    `update`, an array of the same rank and dtype.

    In compiled code an array that a loop carries is updated where it stands. Indices, and what is
    raised for them, are those of `dynamic_slice`; `PolyadTypeError` for an update of another dtype.

    >>> import numpy as np
    >>> dynamic_update_slice(np.zeros(4), np.ones(2), (1,))
    array([0., 1., 1., 0.])
    """
    return _update("dynamic_update_slice", operand, update, start_indices, allow_negative_indices)


def _update(what: str, operand: Any, update: Any, start_indices: Any, wrap: Flags) -> Any:
    shape, update = _type_of(operand, what).shape, _beside(what, update, operand)
    block = tuple(update.shape)
    if len(block) != len(shape):
        raise PolyadValueError(
            f"{what}: the update has the rank of the operand, {len(shape)}; they are "
            f"{_type_of(update, what)} and {_type_of(operand, what)}{where(user_location())}"
        )
    given = _starts(what, start_indices, len(shape))
    wraps = _each(what, wrap, len(shape))
    starts = [
        _window(what, operand, start, size, axis, wraps[axis])
        for axis, (start, size) in enumerate(zip(given, block, strict=True))
    ]
    partial = [axis for axis, (n, size) in enumerate(zip(shape, block, strict=True)) if size < n]
    if not partial:
        return m.broadcast_to(update, shape=shape)
    if len(partial) == 1:
        (axis,) = partial
        return i.scatter(operand, starts[axis], update, axis=axis, mode="set")
    first, last = partial[0], partial[-1] + 1
    flat = _flat_positions(starts[first:last], shape[first:last], block[first:last])
    written = i.scatter(
        m.reshape(operand, shape=(*shape[:first], prod(shape[first:last]), *shape[last:])),
        flat,
        m.reshape(update, shape=(*shape[:first], prod(block[first:last]), *shape[last:])),
        axis=first,
        mode="set",
    )
    return m.reshape(written, shape=shape)


def _flat_positions(starts: Sequence[Any], shape: Sequence[int], block: Sequence[int]) -> Any:
    """The positions of a block's elements among those of `shape`, in C order."""
    flat: Any = None
    for axis, along in enumerate(starts):
        along = e.multiply(along, prod(shape[axis + 1 :]))
        ones = tuple(size if k == axis else 1 for k, size in enumerate(block))
        along = m.broadcast_to(m.reshape(along, shape=ones), shape=tuple(block))
        flat = along if flat is None else e.add(flat, along)
    return m.reshape(flat, shape=(prod(block),))


def dynamic_update_slice_in_dim(
    operand: Any, update: Any, start_index: Any, axis: int, *, allow_negative_indices: bool = True
) -> Any:
    """`dynamic_update_slice` along one axis.

    >>> import numpy as np
    >>> dynamic_update_slice_in_dim(np.zeros((2, 3)), np.ones((2, 1)), 1, axis=1)
    array([[0., 1., 0.],
           [0., 1., 0.]])
    """
    what = "dynamic_update_slice_in_dim"
    t = _type_of(operand, what)
    return _update_along(
        what, operand, update, start_index, _axis(what, t, axis), allow_negative_indices
    )


def _update_along(what: str, operand: Any, update: Any, start: Any, axis: int, wrap: bool) -> Any:
    starts = [start if k == axis else 0 for k in range(len(operand.shape))]
    return _update(what, operand, update, starts, wrap)


def dynamic_update_index_in_dim(
    operand: Any, update: Any, index: Any, axis: int, *, allow_negative_indices: bool = True
) -> Any:
    """The slice of size 1 along one axis replaced by `update`, with or without that axis.

    >>> import numpy as np
    >>> dynamic_update_index_in_dim(np.zeros((2, 3)), np.ones(3), 1, axis=0)
    array([[0., 0., 0.],
           [1., 1., 1.]])
    """
    what = "dynamic_update_index_in_dim"
    t, update = _type_of(operand, what), _beside(what, update, operand)
    at = _axis(what, t, axis)
    if len(update.shape) == len(t.shape) - 1:
        update = m.reshape(update, shape=(*update.shape[:at], 1, *update.shape[at:]))
    return _update_along(what, operand, update, index, at, allow_negative_indices)


# -- Arguments ------------------------------------------------------------------------------------


def _type_of(x: Any, what: str) -> ArrayType:
    return pytrees.type_of_leaf(x, what, lambda: "the operand or update")


def _axes(rank: int) -> str:
    return "1 axis" if rank == 1 else f"{rank} axes"


def _axis(what: str, t: ArrayType, axis: int) -> int:
    """`axis`, counted from the front."""
    rank = len(t.shape)
    at = operator.index(axis)
    if not -rank <= at < rank:
        raise PolyadValueError(
            f"{what}: the operand, {t}, has no axis {axis}{where(user_location())}"
        )
    return at % rank


def _starts(what: str, indices: Any, rank: int) -> list[Any]:
    """The index along each axis."""
    shape = getattr(indices, "shape", None)
    if shape is None:
        shape = (len(indices),) if isinstance(indices, Sequence) else ()
    if tuple(shape) != (rank,):
        raise PolyadValueError(
            f"{what}: the operand has {_axes(rank)}, and start_indices an index for each; its "
            f"shape is {tuple(shape)}{where(user_location())}"
        )
    return [indices[k] for k in range(rank)]


def _each(what: str, flags: Flags, rank: int) -> Sequence[bool]:
    if isinstance(flags, bool):
        return (flags,) * rank
    if len(flags) != rank:
        raise PolyadValueError(
            f"{what}: the operand has {_axes(rank)}, and allow_negative_indices is a bool or one "
            f"for each, not {shown(flags)}{where(user_location())}"
        )
    return flags


def _static(what: str, size: Any) -> int:
    try:
        return operator.index(size)
    except ConcretizationError as error:
        raise ConcretizationError(
            f"{what}: sizes are known when the program is traced, not {size.type}"
            f"{where(user_location())}\n  Only the position may be traced: take a block of fixed "
            "size, and mask what is not to count with where; or make the argument static."
        ) from error


def _beside(what: str, update: Any, operand: Any) -> Any:
    """`update` as an array of the operand's dtype, which Python numbers take."""
    t, new = _type_of(operand, what), _type_of(update, what)
    if new.dtype is not t.dtype:
        if not promotion.is_weak(update) or promote([t.dtype], [new.dtype]) is not t.dtype:
            raise PolyadTypeError(
                f"{what}: the update has the dtype of the operand; they are {new} and {t}"
                f"{where(user_location())}\n  Cast one of them: update.astype('{t.dtype.name}')."
            )
        if isinstance(update, Handle):
            return e.astype(update, dtype=t.dtype)
    return update if hasattr(update, "shape") else constants.filled(update, t.dtype, (), operand)


def _window(what: str, operand: Any, start: Any, size: int, axis: int, wrap: bool) -> Any:
    """The indices start, …, start + size - 1, moved inside."""
    n = operand.shape[axis]
    if not 0 <= size <= n:
        raise PolyadValueError(
            f"{what}: a block of size {size} does not fit axis {axis} of size {n}"
            f"{where(user_location())}"
        )
    t = pytrees.type_of_leaf(start, what, lambda: "an index")
    if t.shape != () or not t.dtype.is_integer:
        raise PolyadTypeError(
            f"{what}: an index is an integer scalar, not {t}{where(user_location())}"
        )
    if isinstance(start, int):
        start = start + n if wrap and start < 0 else start
        first: Any = min(max(start, 0), n - size)
    else:
        if wrap:
            start = e.where(e.less(start, 0), e.add(start, n), start)
        first = e.maximum(e.minimum(start, n - size), 0)
    counts = constants.counting(size, operand)
    return e.add(counts, first)
