"""The vectors of this processor."""

from __future__ import annotations

import functools

import llvmlite.binding as llvm

WIDEST = '"prefer-vector-width"="512"'  # a function's attribute: take the widest vectors


@functools.cache
def registers() -> tuple[int, int]:
    """The bytes of this processor's vectors, and the number of its vector registers."""
    features = llvm.get_host_cpu_features()
    if features.get("avx512f"):
        return 64, 32
    if features.get("avx"):
        return 32, 16
    return 16, 32 if features.get("neon") else 16
