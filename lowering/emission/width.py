"""The choice of the widest vectors for functions with long loops."""

from __future__ import annotations

from collections.abc import Sequence

from polyad.ir import Op

from ..dialects import loop
from ..llvm.width import OWN_COPIES, WIDEST

# Iterations of a long loop, at least. On some processors LLVM takes half of the widest vectors,
# since these slow the clock. A long loop gains more; a short one would have a longer remainder.
LONG = 64
LOOPS = (loop.for_, loop.parallel)


ALIGNED = "alignstack(64)"  # wide vectors that are spilled do not cross lines of the cache


def widest(ops: Sequence[Op], least: int = LONG) -> tuple[str, ...]:
    """Attributes of a function that runs `ops`: copies by loops, and the widest vectors for an
    innermost loop of `least` iterations.
    """
    return (OWN_COPIES, WIDEST, ALIGNED) if longest(ops) >= least else (OWN_COPIES,)


def longest(ops: Sequence[Op]) -> int:
    """The largest number of iterations of an innermost loop."""
    found = 0
    for op in ops:
        if op.definition in LOOPS:
            inner = longest(op.regions[0].ops)
            found = max(found, inner or op.attrs["extent"])
    return found
