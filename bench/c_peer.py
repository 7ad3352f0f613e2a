"""Functions in C, compiled as a careful user would: the limit that derivatives by hand set."""

from __future__ import annotations

import ctypes
import functools
import importlib
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

SOURCES = Path(__file__).parent / "c"
# With these gcc takes sin, exp, erfc and others from libmvec, glibc's vector functions. A pass that
# joins sin x and cos x to one call would hinder it: there is no such vector function.
FLAGS = ("-O3", "-march=native", "-ffast-math", "-fopenmp", "-fdisable-tree-sincos")


@functools.cache
def library(source: str, real: str) -> ctypes.CDLL:
    """`c/<source>.c`, compiled with its floating type `REAL` being `real`."""
    folder = Path(tempfile.mkdtemp(prefix="polyad-bench-"))
    text, compiled, made = SOURCES / f"{source}.c", folder / f"{source}.o", folder / f"{source}.so"
    for command in (
        ["gcc", *FLAGS, "-fPIC", f"-DREAL={real}", "-c", text, "-o", compiled],
        # Linked with -ffast-math, it would let the whole process take subnormal numbers for zeros.
        ["gcc", "-fopenmp", "-shared", compiled, "-o", made, "-lm"],
    ):
        subprocess.run(command, check=True)
    made_library = ctypes.CDLL(str(made))
    lend_scipys(made_library, "s" if real == "float" else "d")
    return made_library


def lend_scipys(library: ctypes.CDLL, letter: str) -> None:
    """Give it the routines of SciPy's BLAS and LAPACK that it asks for: `use_gemm` is given the
    address of `sgemm` or `dgemm`.
    """
    for routine, module in (("gemm", "blas"), ("potrf", "lapack"), ("potri", "lapack")):
        if hasattr(library, f"use_{routine}"):
            give = getattr(library, f"use_{routine}")
            give.argtypes, give.restype = [ctypes.c_void_p], None
            table = importlib.import_module(f"scipy.linalg.cython_{module}").__pyx_capi__
            give(capsule_pointer(table[letter + routine]))


def capsule_pointer(capsule: Any) -> int:
    """The address in a capsule."""
    name = ctypes.pythonapi.PyCapsule_GetName
    name.restype, name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return int(pointer(capsule, name(capsule)))


def with_one_blas_thread(thunk: Any) -> Any:
    """The thunk, during which SciPy's OpenBLAS has one thread: those of C share its work."""
    loaded = ctypes.CDLL(importlib.import_module("scipy.linalg.cython_blas").__file__)
    switches = [
        (getattr(loaded, f"{prefix}get_num_threads"), getattr(loaded, f"{prefix}set_num_threads"))
        for prefix in ("scipy_openblas_", "openblas_")
        if hasattr(loaded, f"{prefix}set_num_threads")
    ]

    def alone() -> Any:
        before = [get() for get, _ in switches]
        for _, set_threads in switches:
            set_threads(1)
        result = thunk()
        for (_, set_threads), threads in zip(switches, before, strict=True):
            set_threads(threads)
        return result

    return alone if switches else thunk


def c_function(source: str, name: str, arguments: Sequence[Any], results: Sequence[Any]) -> Any:
    """A thunk: calls `void name(arguments, results)`, all arrays by address and integers as long.

    The results are written into the same arrays in every call, which C may do and a library that
    returns new arrays may not.
    """
    arrays = [a for a in (*arguments, *results) if isinstance(a, np.ndarray)]
    floating = next(a.dtype for a in arrays if a.dtype.kind == "f")
    function = getattr(library(source, "float" if floating.itemsize == 4 else "double"), name)
    function.restype = None
    passed = [
        ctypes.c_void_p(x.ctypes.data) if isinstance(x, np.ndarray) else ctypes.c_long(x)
        for x in (*arguments, *results)
    ]
    kept = tuple(results) if len(results) > 1 else results[0]

    def thunk() -> Any:
        function(*passed)
        return kept

    thunk.arrays = arrays  # type: ignore[attr-defined]  # alive as long as their addresses are used
    return thunk
