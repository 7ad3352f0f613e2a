"""The cost model: the work of ops, loops and routines, by which passes and code generation decide.

The unit of work is a simple op on one element, such as an addition, which takes some tenths of a
nanosecond. Loops of unknown length count as one iteration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import prod
from typing import Any, NamedTuple

from polyad.ir import ArrayType, Definition, Function, Op
from polyad.ir.symbolic import deferred, is_symbolic
from polyad.ops.views import loop_of

from .dialects import control, kernel, loop
from .dialects.memory import MemRef, type_of
from .native_ops import Cost as OpCost
from .native_ops import cost_of

# Work of a hard op: an elementary function, a division, a root. In simple ops.
HARD = 16
# Work of a host call. In simple ops.
HOST = 4096
# Multiplications of a matrix product that take as long as a simple op.
PRODUCT_RATE = 16
# Multiplications of a routine (a factorisation, say) that take as long as a simple op.
ROUTINE_RATE = 2
# Multiplications that an element of a line to sort, or of an integer power, counts for.
LINE_ELEMENT = 64
# Axes of an item of a routine; an item of the others is a matrix.
ITEM_AXES = {"sort": 1, "argsort": 1, "pow": 0}

# Work from which on threads share it. In simple ops.
WORTHWHILE = 1 << 17
# Work of a chunk, at least. In simple ops.
CHUNK = 1 << 14
# Work between two looks for signals, in a loop: some tens of milliseconds. In simple ops.
LOOK = 1 << 26
# Work without a look, from which on a call runs in a thread of its own. In simple ops.
LONG = 1 << 28
# Numbers of single precision that are added up before their sum goes on in double precision.
BLOCK = 256
# Loops over the rows of a block, from which on code has most of its numbers as constants.
INTRICATE = 8
# Chunks of one loop, at most.
MOST_CHUNKS = 64
# Memory that a function moves, from which on it lets other Python threads run. In bytes.
RELEASE_GIL_FROM = 1 << 17

# Ops on indices of a kernel's point; loops that are cut where an answer changes do not run them.
OF_INDICES = frozenset({kernel.index, kernel.clamp, kernel.within})


def is_hard(name: str) -> bool:
    """Whether an op takes as long as a dozen additions: an elementary function, a division."""
    return cost_of(name) is OpCost.HARD


def of_op(op: Op) -> int:
    """The work of a scalar op."""
    return HARD if is_hard(op.name) else 1


# -- Loops and routines


def work(op: Op) -> int:
    """The work of an op in all iterations of its loops, and in all chunks."""
    rule = WORK.get(op.definition)
    if rule is not None:
        return rule(op)
    return sum(map(of_region, op.regions)) if op.regions else of_op(op)


def of_region(region: Function) -> int:
    """The work of one run of a region."""
    return sum(map(work, region.ops))


def of_loop(op: Op) -> int:
    extent = op.attrs["extent"] or 1
    _, left = op.attrs.get("left") or (0, extent)
    return min(extent, left) * of_region(op.regions[0])


def of_switch(op: Op) -> int:
    return max(map(of_region, op.regions))


def of_gemm(op: Op) -> int:
    return prod(op.attrs["sizes"]) // PRODUCT_RATE


def of_routine(op: Op) -> int:
    (inner,) = op.regions[0].ops
    return of_items(inner.definition, type_of(op.operands[0]))


def of_host(op: Op) -> int:
    return HOST


def item_axes(name: str) -> int:
    """The number of axes of an item of a routine: of a matrix, a line to sort, an element."""
    return ITEM_AXES.get(name, 2)


def of_items(definition: Definition, type: ArrayType | MemRef) -> int:
    """The work of a routine for all items of its first operand."""
    axes = item_axes(definition.name)
    item = type.shape[len(type.shape) - axes :]
    return prod(type.shape) * (max(item) if axes == 2 else LINE_ELEMENT) // ROUTINE_RATE


def of_piece(region: Function) -> int:
    """The work of a run between two looks for signals, at most (see `emission.interrupt`)."""
    return sum(map(_piece, region.ops))


def _piece(op: Op) -> int:
    if op.definition in control.LOOPS:
        longest = max(LOOK, *map(of_piece, op.regions))
        return longest if op.definition is control.while_ else min(work(op), longest)
    if op.definition is control.switch:
        return max(map(of_piece, op.regions))
    return work(op)


WORK: dict[Definition, Callable[[Op], int]] = {
    loop.for_: of_loop,
    loop.parallel: of_loop,
    loop.gemm: of_gemm,
    control.for_: of_loop,
    control.switch: of_switch,
    kernel.routine: of_routine,
    kernel.host: of_host,
}


# -- Decisions that several passes share


def chunks(work: int, most: int) -> int:
    """The number of chunks into which work is split, `most` at most; 1 if it is not split."""
    if work < WORTHWHILE:
        return 1
    if is_symbolic((most, work)):
        return deferred("min", min, most, work // CHUNK)
    return max(1, min(most, work // CHUNK))


def releases_gil(function: Function) -> bool:
    """Whether to release the GIL while a function runs: it moves much memory, or has loops."""
    types = (*function.argument_types, *function.result_types)
    moved = sum(t.nbytes for t in types if isinstance(t, ArrayType))
    return moved >= RELEASE_GIL_FROM or any(map(loop_of, function.walk()))


def multiplications(dot: Op) -> int:
    """The multiplications of a `dot_general`."""
    x: ArrayType = type_of(dot.operands[0])
    size: int = type_of(dot.result).size
    return size * prod(x.shape[c] for c in dot.attrs["contracting"][0])


# -- Bodies of kernels


class Cost(NamedTuple):
    """Simple and hard ops on one element."""

    simple: int
    hard: int


# A scalar op: its definition, its operands, its attributes, its result.
ScalarOp = tuple[Definition, Sequence[Any], Any, Any]


def count(ops: Iterable[ScalarOp]) -> int:
    """The number of ops of a scalar body that run at each point."""
    return sum(1 for _ in run_at_points(ops))


def run_at_points(ops: Iterable[ScalarOp]) -> Iterator[ScalarOp]:
    """The ops of a scalar body that run at each point: no constants, no ops on indices, and no
    choice by an index.
    """
    of_indices: set[Any] = set()
    for op in ops:
        definition, operands, _, result = op
        if definition in OF_INDICES or (
            definition.name == "logical_and" and of_indices.issuperset(operands)
        ):
            of_indices.add(result)
        elif definition.name == "where" and operands[0] in of_indices:
            continue
        elif definition.name != "full":
            yield op


def arithmetic(op: Op) -> list[str]:
    """The names of the ops in the body of a `kernel.generic` that are arithmetic."""
    ops = ((o.definition, o.operands, o.attributes, o.result) for o in op.regions[0].ops)
    run = (definition for definition, *_ in run_at_points(ops) if definition is not kernel.load)
    return [d.name for d in run if cost_of(d.name) is not OpCost.FREE]


def of_kernels(ops: Iterable[Op]) -> Cost:
    """The arithmetic of `kernel.generic`s, reductions included."""
    simple = hard = 0
    for op in ops:
        points, names = prod(op.attrs["domain"]), arithmetic(op)
        reductions = sum(kind != "store" for kind in op.attrs["combine"])
        slow = sum(map(is_hard, names))
        hard += points * slow
        simple += points * (len(names) - slow + reductions)
    return Cost(simple, hard)
