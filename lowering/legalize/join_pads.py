"""array -> array: sums of padded arrays that do not overlap become concatenations.

Consumes `add` of `pad`s along one axis, as the transpose of several slices of one array gives.
Eliminates the fills and sums; introduces `concat`, with zeros in the gaps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from polyad.ir import Function, Handle, Op

from ..dialects.memory import type_of
from ..regions import has
from ..rewrite import Rewriter, rewrite, without_dead_ops
from ..table import CONTROL


class Pieces(NamedTuple):
    """An array that is zero outside of `parts`: each (start, stop, part) along `axis`, in order."""

    axis: int
    parts: tuple[tuple[int, int, Handle], ...]


def join_pads(function: Function) -> Function:
    """`function` with sums of disjoint pads as concatenations."""
    if not has(function, ("pad",)):
        return function
    known: dict[int, Pieces] = {}

    def rule(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
        if op.name in CONTROL:
            return r.with_regions(op, operands, join_pads)
        found = joined(operands, known) if op.name == "add" else None
        results = (concatenated(r, op, found),) if found else r.copy(op, operands)
        found = found or (piece(op, operands[0]) if op.name == "pad" else None)
        if found:
            known[results[0].number] = found
        return results

    return without_dead_ops(rewrite(function, rule))


def piece(op: Op, operand: Handle) -> Pieces | None:
    """The one piece of a pad along one axis; None for other pads."""
    low, high, interior = op.attrs["low"], op.attrs["high"], op.attrs["interior"]
    axes = [i for i, sides in enumerate(zip(low, high, strict=True)) if any(sides)]
    if len(axes) != 1 or any(interior):
        return None
    start = low[axes[0]]
    return Pieces(axes[0], ((start, start + operand.type.shape[axes[0]], operand),))


def joined(operands: Sequence[Handle], known: dict[int, Pieces]) -> Pieces | None:
    """The pieces of a sum of two arrays of pieces, if no two overlap."""
    x, y = (known.get(h.number) for h in operands)
    if x is None or y is None or x.axis != y.axis:
        return None
    parts = sorted((*x.parts, *y.parts), key=lambda part: part[:2])
    ends = [stop for _, stop, _ in parts]
    if any(part[0] < stop for part, stop in zip(parts[1:], ends, strict=False)):
        return None
    return Pieces(x.axis, tuple(parts))


def concatenated(r: Rewriter, op: Op, pieces: Pieces) -> Handle:
    """The concatenation of these pieces, with zeros in the gaps."""
    type, axis, at = type_of(op.result), pieces.axis, 0
    row: list[Handle] = []
    for start, stop, part in (*pieces.parts, (type.shape[axis], 0, None)):
        if start > at:
            shape = (*type.shape[:axis], start - at, *type.shape[axis + 1 :])
            zero = type.dtype.python_type(0)
            row.append(r.array("full", value=zero, shape=shape, dtype=type.dtype))
        if part is not None:
            row.append(part)
        at = stop
    return r.array("concat", *row, axis=axis)
