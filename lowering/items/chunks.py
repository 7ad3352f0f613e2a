"""The chunks into which the items of a routine are split, one for a thread at a time."""

from __future__ import annotations

from polyad.ir import Definition, Op

from .. import costs
from ..dialects.memory import type_of
from .layout import Types, batch, layout, offsets

# Chunks of one op, at most.
MOST_CHUNKS = 16
# Scratch memory of all chunks together, at most. In bytes.
ALL_SCRATCH = 1 << 26


def chunks(definition: Definition, types: Types, scratch: int) -> int:
    """The number of chunks, each with `scratch` bytes of its own. It follows from the types alone,
    so that results do not depend on the number of threads.
    """
    count = batch(types[0], costs.item_axes(definition.name))
    most = min(count, MOST_CHUNKS, ALL_SCRATCH // scratch if scratch else count)
    return costs.chunks(costs.of_items(definition, types[0]), most)


def item_chunks(op: Op) -> tuple[int, int]:
    """The number of chunks of a `kernel.routine`, and the scratch memory of each in bytes."""
    (inner,) = op.regions[0].ops
    types = [type_of(v) for v in inner.operands]
    _, scratch = offsets(layout(inner.definition, types, inner.attrs) or {})
    return chunks(inner.definition, types, scratch), scratch
