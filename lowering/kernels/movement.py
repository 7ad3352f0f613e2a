"""Ops that move elements, as kernels with index maps and as `kernel.assemble`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from polyad.ir import Handle, Op, Shape

from ..dialects import kernel
from ..dialects.affine import Linear, Map, constant, dimension
from ..dialects.memory import type_of
from ..rewrite import Rewriter
from .generic import move


def permute_dims(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    axes = op.attrs["axes"]
    inverse = [axes.index(i) for i in range(len(axes))]
    return move(r, operands[0], type_of(op.result).shape, Map.select(len(axes), inverse))


def broadcast_to(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    shape, old = type_of(op.result).shape, operands[0].type.shape
    rank, ahead = len(shape), len(shape) - len(old)
    results = [
        constant(0, rank) if n == 1 != shape[ahead + i] else dimension(ahead + i, rank)
        for i, n in enumerate(old)
    ]
    return move(r, operands[0], shape, Map(rank, results))


def reshape(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    """A map where only dimensions of size 1 come or go; or the buffer under another shape."""
    old, new = operands[0].type.shape, type_of(op.result).shape
    kept = [i for i, n in enumerate(new) if n != 1]
    if [n for n in old if n != 1] != [new[i] for i in kept]:
        return r.emit(kernel.reshape, operands, shape=new)
    remaining = iter(kept)
    results = [
        constant(0, len(new)) if n == 1 else dimension(next(remaining), len(new)) for n in old
    ]
    return move(r, operands[0], new, Map(len(new), results))


def flip(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    shape, axes = type_of(op.result).shape, op.attrs["axes"]
    rank = len(shape)
    results = [dimension(i, rank) for i in range(rank)]
    for axis in axes:
        results[axis] = Linear(tuple(-c for c in results[axis].coefficients), shape[axis] - 1)
    return move(r, operands[0], shape, Map(rank, results))


def slice_(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    shape = type_of(op.result).shape
    start, step = op.attrs["start"], op.attrs["step"]
    rank = len(shape)
    results = [
        Linear(tuple(step[i] * (j == i) for j in range(rank)), start[i]) for i in range(rank)
    ]
    return move(r, operands[0], shape, Map(rank, results))


def windows(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    shape = type_of(op.result).shape
    at = window_map(op.attrs["strides"], op.attrs["dilations"], len(shape))
    return move(r, operands[0], shape, at)


def overlap_add(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    at = window_map(op.attrs["strides"], op.attrs["dilations"], operands[0].type.ndim)
    return r.emit(kernel.add_at, operands, shape=type_of(op.result).shape, at=at)


def window_map(strides: Shape, dilations: Shape, rank: int) -> Map:
    """The map from axes (leading, in the window, window) to the axes that the windows are taken
    over.
    """
    n = len(strides)
    lead = rank - 2 * n
    results = [dimension(i, rank) for i in range(lead)]
    for i in range(n):
        coefficients = [0] * rank
        coefficients[lead + i], coefficients[lead + n + i] = dilations[i], strides[i]
        results.append(Linear(tuple(coefficients)))
    return Map(rank, results)


def concat(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    axis, rank, at, maps = op.attrs["axis"], type_of(op.result).ndim, 0, []
    for operand in operands:
        results = [dimension(i, rank) for i in range(rank)]
        results[axis] = Linear(results[axis].coefficients, at)
        maps.append(Map(rank, results))
        at += operand.type.shape[axis]
    return r.emit(
        kernel.assemble, operands, shape=type_of(op.result).shape, maps=tuple(maps), fill=False
    )


def pad(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    low, interior = op.attrs["low"], op.attrs["interior"]
    rank = len(low)
    results = [
        Linear(tuple((interior[i] + 1) * (j == i) for j in range(rank)), low[i])
        for i in range(rank)
    ]
    return r.emit(
        kernel.assemble,
        operands,
        shape=type_of(op.result).shape,
        maps=(Map(rank, results),),
        fill=True,
    )


MOVEMENT_RULES: dict[str, Callable[[Rewriter, Op, Sequence[Handle]], Sequence[Handle]]] = {
    "permute_dims": permute_dims,
    "broadcast_to": broadcast_to,
    "reshape": reshape,
    "flip": flip,
    "slice": slice_,
    "windows": windows,
    "overlap_add": overlap_add,
    "concat": concat,
    "pad": pad,
}
