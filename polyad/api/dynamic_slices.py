"""Blocks of static size at a position that may be traced, with JAX's signatures."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from ..errors import PolyadValueError
from ..ir import user_location, where
from ..ops import elementwise as e
from ..ops import indexing as i
from ..ops import manipulation as m
from . import _call


def dynamic_slice(operand: Any, start_indices: Sequence[Any], slice_sizes: Sequence[int]) -> Any:
    """The block of static sizes at a position that may be traced, moved inside if it would stick
    out.

    >>> import numpy as np
    >>> dynamic_slice(np.arange(5.0), (3,), (2,))
    array([3., 4.])
    """
    for axis, (start, size) in enumerate(zip(start_indices, slice_sizes, strict=True)):
        operand = dynamic_slice_in_dim(operand, start, size, axis)
    return operand


def dynamic_slice_in_dim(operand: Any, start_index: Any, slice_size: int, axis: int = 0) -> Any:
    """`dynamic_slice` along one axis."""
    return i.take(
        operand, _window(operand, start_index, slice_size, axis), axis=axis % len(operand.shape)
    )


def dynamic_index_in_dim(operand: Any, index: Any, axis: int = 0, keepdims: bool = True) -> Any:
    """The slice of size 1 along one axis; the axis is dropped without `keepdims`."""
    piece = dynamic_slice_in_dim(operand, index, 1, axis)
    shape = list(piece.shape)
    del shape[axis % len(shape)]
    return piece if keepdims else m.reshape(piece, shape=tuple(shape))


def dynamic_update_slice(operand: Any, update: Any, start_indices: Sequence[Any]) -> Any:
    """`operand` with the block at that position replaced by `update`.

    In compiled code an array that a loop carries is updated where it stands.

    >>> import numpy as np
    >>> dynamic_update_slice(np.zeros(4), np.ones(2), (1,))
    array([0., 1., 1., 0.])
    """
    shape, block = tuple(operand.shape), tuple(update.shape)
    starts = [
        _window(operand, start, size, axis)
        for axis, (start, size) in enumerate(zip(start_indices, block, strict=True))
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
    """Where the elements of a block stand among those of `shape`, counted in C order."""
    flat = None
    for axis, along in enumerate(starts):
        along = e.multiply(along, prod(shape[axis + 1 :]))
        ones = tuple(size if k == axis else 1 for k, size in enumerate(block))
        along = m.broadcast_to(m.reshape(along, shape=ones), shape=tuple(block))
        flat = along if flat is None else e.add(flat, along)
    return m.reshape(flat, shape=(prod(block),))


def dynamic_update_slice_in_dim(operand: Any, update: Any, start_index: Any, axis: int) -> Any:
    """`dynamic_update_slice` along one axis."""
    starts = [
        start_index if k == axis % len(operand.shape) else 0 for k in range(len(operand.shape))
    ]
    return dynamic_update_slice(operand, update, starts)


def dynamic_update_index_in_dim(operand: Any, update: Any, index: Any, axis: int) -> Any:
    """The slice of size 1 along one axis replaced by `update`, with or without that axis."""
    if len(update.shape) < len(operand.shape):
        shape = list(update.shape)
        shape.insert(axis % len(operand.shape), 1)
        update = m.reshape(update, shape=tuple(shape))
    return dynamic_update_slice_in_dim(operand, update, index, axis)


def _window(operand: Any, start: Any, size: int, axis: int) -> Any:
    """The indices start, …, start + size - 1, moved inside."""
    n = operand.shape[axis]
    if not 0 <= size <= n:
        raise PolyadValueError(
            f"a slice of size {size} does not fit axis {axis} of size {n}{where(user_location())}"
        )
    if isinstance(start, int):
        first: Any = min(max(start + n if start < 0 else start, 0), n - size)
    else:
        start = e.where(e.less(start, 0), e.add(start, n), start)
        first = e.maximum(e.minimum(start, n - size), 0)
    counts = _call.counting(size, operand)
    return e.add(counts, first)
