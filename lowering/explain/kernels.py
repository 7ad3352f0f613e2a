"""A kernel in words: its arithmetic, its memory traffic, its operands and loops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import prod

from polyad.ir import ArrayType, Op, Value

from .. import costs
from ..dialects import kernel
from ..dialects.memory import MemRef
from ..loops.body import LoopBody
from ..loops.loop_nest import nest_of
from .words import amount


def reductions_of(op: Op) -> list[str]:
    """The reductions of its results; a carried one is `sum over rows`."""
    kinds = (kind for kind in op.attrs["combine"] if kind != "store")
    return [f"{kernel.CARRIED[k]} over rows" if k in kernel.CARRIED else k for k in kinds]


def work_of(op: Op) -> str:
    """The arithmetic that a `kernel.generic` fuses: `subtract, exp x2, sum`."""
    names = (n if k == 1 else f"{n} x{k}" for n, k in Counter(costs.arithmetic(op)).items())
    return ", ".join([*names, *reductions_of(op)]) or "moves elements only"


def reduced_of(op: Op) -> str:
    """`, reducing d1`, or nothing."""
    reduced = [f"d{i}" for i, kind in enumerate(op.attrs["iterators"]) if kind == "reduction"]
    return f", reducing {', '.join(reduced)}" if reduced else ""


def cost_of(kernels: Iterable[Op], traffic: int) -> str:
    """`moves 3.2 MB, 400 kflop`, and the elementary functions if there are any."""
    cost = costs.of_kernels(kernels)
    text = f"moves {amount(traffic, 'B')}, {amount(cost.simple, 'flop')}"
    if cost.hard:
        text += f", {amount(cost.hard, 'elementary functions, divisions and roots')}"
    return text


def traffic_of(operands: Iterable[Value], points: int) -> int:
    """Bytes read and written by a kernel that runs at `points`, each element counted once."""
    buffers = {v: v.type.array for v in operands if isinstance(v.type, MemRef)}
    return sum(min(a.nbytes, points * a.dtype.itemsize) for a in buffers.values())


def block_bytes(op: Op) -> int:
    """Bytes of the arrays that exist for a block of rows of a `kernel.nest` only."""
    (body,), outer, block = op.regions, op.attrs["outer"], op.attrs["block"]
    by_row = body.ops[: len(body.ops) - len(kernel.behind_rows(body, outer))]
    values = {v for o in by_row for v in o.results}.difference(*map(kernel.carried_of, by_row))
    types = [v.type for v in values.difference(body.results) if isinstance(v.type, ArrayType)]
    rows = min(block, body.ops[0].attrs["domain"][outer - 1])
    return sum(rows * prod(t.shape[outer:]) * t.dtype.itemsize for t in types)


def by_index(op: Op) -> list[tuple[Value, str]]:
    """The operands of a `kernel.generic`, each with ` by index` if the body loads from it."""
    pairs = list(zip(op.operands, op.attrs["maps"], strict=False))
    return [(v, " by index" if kernel.is_whole(v.type, at) else "") for v, at in pairs]


def pieces_of(op: Op) -> list[str]:
    """The number of pieces into which the loops of a `kernel.generic` are cut, if they are."""
    if 0 in op.attrs["domain"]:
        return []
    cuts = LoopBody(op, nest_of(op)).cuts().values()
    number = prod(len(inside) + 1 for inside in cuts)
    return [f"in {number} pieces, where what it reads ends"] if number > 1 else []
