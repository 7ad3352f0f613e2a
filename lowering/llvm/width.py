"""The vectors of this processor."""

from __future__ import annotations

import functools

import llvmlite.binding as llvm

WIDEST = '"prefer-vector-width"="512"'  # a function's attribute: take the widest vectors


@functools.cache
def registers() -> tuple[int, int]:
    """Bytes of a vector, and how many vectors there are, of this processor."""
    features = llvm.get_host_cpu_features()
    if features.get("avx512f"):
        return 64, 32
    if features.get("avx"):
        return 32, 16
    return 16, 32 if features.get("neon") else 16
