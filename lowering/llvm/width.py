"""The vectors of this processor."""

from __future__ import annotations

import functools

import llvmlite.binding as llvm

WIDEST = '"prefer-vector-width"="512"'  # a function's attribute: take the widest vectors

# A function's attribute: a loop that copies stays a loop. C's memcpy, which LLVM would make of it,
# copies at 3.5 GB/s on AMD's processors where the target begins less than 64 bytes behind the
# source within their pages, as results of malloc do behind pages of a workspace; a loop at 50.
OWN_COPIES = '"no-builtin-memcpy"'


@functools.cache
def registers() -> tuple[int, int]:
    """The bytes of this processor's vectors, and the number of its vector registers."""
    features = llvm.get_host_cpu_features()
    if features.get("avx512f"):
        return 64, 32
    if features.get("avx"):
        return 32, 16
    return 16, 32 if features.get("neon") else 16
