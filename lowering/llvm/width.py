"""How wide vectors are to be."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import llvmlite.binding as llvm
from llvmlite import ir

from polyad.ir import Op

from ..dialects import loop
from .types import mark

# LLVM takes half of the widest vectors on processors that it supposes to run slower with those. In
# long loops they gain more than that; in short ones more iterations would be left over.
LONG = 64
WIDEST = '"prefer-vector-width"="512"'
LOOPS = (loop.for_, loop.parallel)


@functools.cache
def registers() -> tuple[int, int]:
    """Bytes of a vector, and how many vectors there are, of this processor."""
    features = llvm.get_host_cpu_features()
    if features.get("avx512f"):
        return 64, 32
    if features.get("avx"):
        return 32, 16
    return 16, 32 if features.get("neon") else 16


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
