"""loop -> loop: what takes long is split over threads.

Consumes the `loop.for` ops of kernels. Eliminates none of need. Introduces `loop.parallel`, in the
place of the outermost loops whose iterations do not depend on each other: no iteration reads or
writes what another one writes, but for totals, which every chunk of iterations makes for itself.

How many chunks there are follows from the loop alone, and not from the number of threads, so that
results do not depend on that.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from polyad.ir import Function, Handle, Op, Value

from ..dialects import control, loop
from ..dialects.memory import MemRef, type_of
from ..rewrite import Rewriter, rewrite
from ..table import EXPENSIVE, is_ordered
from .dependence import private_totals, register_totals

# Work is counted in ops of one element, an elementary function being so many; an op takes some
# tenths of a nanosecond.
ELEMENTARY = 16
AT_ONCE = 16  # multiplications of a product that take as long as one op
WORTHWHILE = 1 << 17  # so much work is split
CHUNK = 1 << 14  # … into chunks of so much at least
MOST_CHUNKS = 64
PRIVATE = 1 << 18  # bytes that totals in memory take at most, over all chunks


def parallelize(function: Function) -> Function:
    """`function` with large loops in chunks."""

    def convert(r: Rewriter, op: Op, operands: list[Handle]) -> Sequence[Handle]:
        if op.definition in control.OPS or op.definition is loop.kernel:
            return r.with_regions(op, operands, lambda region: rewrite(region, convert))
        if op.definition is loop.for_ and work(op) >= WORTHWHILE:
            attributes = split(op)
            if attributes is not None:
                return r.emit(loop.parallel, operands, op.regions, **attributes)
            return r.with_regions(op, operands, lambda region: rewrite(region, convert))
        return r.copy(op, operands)

    return rewrite(function, convert)


def work(op: Op) -> int:
    """The work of an op, in all its iterations."""
    if op.definition is loop.for_:
        return int(op.attrs["extent"]) * sum(map(work, op.regions[0].ops))
    if op.definition is loop.gemm:
        return prod(op.attrs["sizes"]) // AT_ONCE
    return ELEMENTARY if op.name in EXPENSIVE else 1


def split(op: Op) -> dict[str, object] | None:
    """The attributes of the parallel loop that does what `op` does, if there is one."""
    totals = register_totals(op)
    private = private_totals(op)
    if totals is None or private is None:
        return None
    carried = zip(op.results, totals, strict=True)
    stored = ((op.operands[position], kind) for position, kind in private)
    if any(is_ordered(type_of(v).dtype, kind) for v, kind in (*carried, *stored)):
        return None
    extent = op.attrs["extent"]
    chunks = min(extent, MOST_CHUNKS, work(op) // CHUNK)
    size = sum(buffer_bytes(op.operands[position]) for position, _ in private)
    if size:
        chunks = min(chunks, PRIVATE // size)
    if chunks < 2:
        return None
    return {"chunks": chunks, "combine": totals, "extent": extent, "private": private}


def buffer_bytes(value: Value) -> int:
    type = type_of(value)
    assert isinstance(type, MemRef)
    return type.array.nbytes
