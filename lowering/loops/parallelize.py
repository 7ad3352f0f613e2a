"""loop -> loop: long loops are split over threads.

Consumes the `loop.for` ops of kernels. Eliminates the outermost ones that run long and whose
iterations do not depend on each other: no iteration accesses an element that another one writes,
save for totals, of which each chunk of iterations has its own. Introduces `loop.parallel` in their
place.

The number of chunks follows from the loop alone, not from the number of threads, so that results do
not depend on that.
"""

from __future__ import annotations

from collections.abc import Sequence

from polyad.ir import Function, Handle, Op, Value

from .. import costs
from ..dialects import control, loop
from ..dialects.memory import MemRef, type_of
from ..dialects.totals import register_totals
from ..rewrite import Rewriter, rewrite
from ..table import is_ordered
from .dependence import private_totals

# Totals in memory that the chunks of one loop have for themselves, at most. In bytes.
PRIVATE = 1 << 18


def parallelize(function: Function, apart: bool = False) -> Function:
    """`function` with large loops in chunks; equal regions stay `apart` if they are to be."""
    made: dict[Function | int, Function] = {}

    def kernel(region: Function) -> Function:
        key = id(region) if apart else region
        if key not in made:
            made[key] = rewrite(region, convert)
        return made[key]

    def convert(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
        if op.definition is loop.kernel:
            return r.with_regions(op, operands, kernel)
        if op.definition in control.OPS:
            return r.with_regions(op, operands, lambda region: rewrite(region, convert))
        if op.definition is loop.for_ and costs.work(op) >= costs.WORTHWHILE:
            attributes = split(op)
            if attributes is not None:
                return r.emit(loop.parallel, operands, op.regions, **attributes)
            return r.with_regions(op, operands, lambda region: rewrite(region, convert))
        return r.copy(op, operands)

    return rewrite(function, convert)


def split(op: Op) -> dict[str, object] | None:
    """The attributes of the `loop.parallel` in place of `op`; None if it cannot be split."""
    if op.attrs.get("left") is not None:
        return None
    totals = register_totals(op)
    private = private_totals(op)
    if totals is None or private is None:
        return None
    carried = zip(op.results, totals, strict=True)
    stored = ((op.operands[position], kind) for position, kind in private)
    if any(is_ordered(type_of(v).dtype, kind) for v, kind in (*carried, *stored)):
        return None
    extent = op.attrs["extent"]
    size = sum(buffer_bytes(op.operands[position]) for position, _ in private)
    most = min(extent, costs.MOST_CHUNKS, PRIVATE // size if size else costs.MOST_CHUNKS)
    chunks = costs.chunks(costs.work(op), most)
    if chunks < 2:
        return None
    return {"chunks": chunks, "combine": totals, "extent": extent, "private": private}


def buffer_bytes(value: Value) -> int:
    type = type_of(value)
    assert isinstance(type, MemRef)
    return type.array.nbytes
