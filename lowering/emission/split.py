"""A loop of an extent that is no constant, in two: whole vectors, then one vector with idle lanes.

LLVM would make a loop of scalars for what whole vectors leave over: code that is as long again, so
that constants of the body no longer fit into registers, and slow where a sum depends on itself. So
the two loops are written here. In sums the lanes are fixed, and with them the order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from polyad.config import config
from polyad.ir import Function, Op, Value

from .. import costs
from ..dialects import loop, memory
from ..dialects.memory import MemRef, type_of
from ..dialects.totals import register_totals
from ..llvm.module import MASKED, NOT_UNROLLED, of_lanes
from ..llvm.width import registers
from ..native_ops import calls_outside
from .form import LONG_BODY

# Work of a body, in simple ops, from which on its loop is split, and a sum has one vector.
HEAVY = 16
# Vectors that a sum of few ops has side by side: an addition waits for the one before. A maximum or
# a count of little work has more, if its remainder costs no more than a vector.
SIDE_BY_SIDE, MANY = 2, 4
LIGHT_BODY = 6  # simple ops
NARROW = 4  # bytes of an element, at least, if lanes are counted by it
MASKING = 64  # bytes of the vectors of processors that store a part of a vector at no cost


class Split(NamedTuple):
    """The iterations that the first loop does at a time, how many there are at least if it is to
    run at all, and the hints of both loops.
    """

    step: int
    least: int
    whole: Sequence[str]
    rest: Sequence[str]


def split_of(op: Op) -> Split | None:
    """The two parts of an innermost loop; None if it is left to LLVM."""
    body = op.regions[0]
    totals = op.attrs["combine"] if op.definition is loop.parallel else register_totals(op)
    if totals is None or not is_plain(body):
        return None
    work = costs.of_region(body)
    sums = any(
        kind in ("sum", "prod") and type_of(v).dtype.is_inexact
        for kind, v in zip(totals, body.results, strict=True)
    )
    width, masks = widest_element(body), registers()[0] >= MASKING
    if work < HEAVY and not sums and not (totals and masks and width >= NARROW):
        return None
    if sums and not config.reassociate_reductions:
        return None
    if work >= LONG_BODY and masks:
        return None  # one loop, with idle lanes in its last iteration: half the code
    lanes = max(1, registers()[0] // width)
    if work >= HEAVY and not sums:
        return Split(lanes, lanes, [NOT_UNROLLED, MASKED], [NOT_UNROLLED, MASKED])
    many = MANY if not sums else SIDE_BY_SIDE if work <= LIGHT_BODY else 1
    first, second = of_lanes(lanes, many), of_lanes(lanes, 1)
    whole, rest = [NOT_UNROLLED, MASKED, *first], [NOT_UNROLLED, MASKED, *second]
    return Split(lanes * many, lanes * many, whole, rest)


def is_plain(body: Function) -> bool:
    """Whether a body has no loops and no calls of C functions, and reads and writes as vectors do.
    LLVM writes a remark to standard error where it is told to use vectors and cannot.
    """
    scalar = any(
        op.regions or op.definition is loop.gemm or calls_outside(op.name) for op in body.ops
    )
    return not scalar and has_unit_steps(body)


def has_unit_steps(body: Function) -> bool:
    """Whether all accesses step by one element, or by none, and no index is from memory."""
    index = body.arguments[0]
    for op in accesses(body):
        for value, c in steps(op):
            if (value is index and abs(c) > 1) or value not in body.arguments:
                return False
    return True


def widest_element(body: Function) -> int:
    """The bytes of the widest number that differs from one iteration to the next: of those that a
    body reads, writes or carries.
    """
    index = body.arguments[0]
    moving = [op for op in accesses(body) if any(v is index and c for v, c in steps(op))]
    buffers = [v.type for op in moving for v in op.operands if isinstance(v.type, MemRef)]
    dtypes = [*(t.dtype for t in buffers), *(type_of(v).dtype for v in body.results)]
    return max((dtype.real.bits // 8 for dtype in dtypes), default=8) or 1


def accesses(body: Function) -> list[Op]:
    return [op for op in body.ops if op.definition in (memory.load, memory.store)]


def steps(op: Op) -> list[tuple[Value, int]]:
    """The indices of an access, each with the elements that it steps by."""
    indices = op.operands[2 if op.definition is memory.store else 1 :]
    (line,) = op.attrs["at"].results
    return list(zip(indices, line.coefficients, strict=True))
