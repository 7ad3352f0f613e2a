"""Which functions are to have the widest vectors."""

from __future__ import annotations

from collections.abc import Sequence

from llvmlite import ir

from polyad.ir import Op

from ..dialects import loop
from ..llvm.types import mark
from ..llvm.width import WIDEST

# LLVM takes half of the widest vectors on processors that it supposes to run slower with those. In
# long loops they gain more than that; in short ones more iterations would be left over.
LONG = 64  # iterations
LOOPS = (loop.for_, loop.parallel)


def widen(function: ir.Function, ops: Sequence[Op]) -> None:
    """Let a function that runs `ops` have the widest vectors, if it has a long innermost loop."""
    if longest(ops) >= LONG:
        mark(function, WIDEST)


def longest(ops: Sequence[Op]) -> int:
    """How many iterations an innermost loop has at most."""
    found = 0
    for op in ops:
        if op.definition in LOOPS:
            inner = longest(op.regions[0].ops)
            found = max(found, inner or int(op.attrs["extent"]))
    return found
