"""Functions in C, compiled as a careful user would: the limit that derivatives by hand set."""

from __future__ import annotations

import ctypes
import functools
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
    made = Path(tempfile.mkdtemp(prefix="polyad-bench-")) / f"{source}.so"
    text = str(SOURCES / f"{source}.c")
    subprocess.run(
        ["gcc", *FLAGS, "-shared", "-fPIC", f"-DREAL={real}", text, "-o", str(made), "-lm"],
        check=True,
    )
    return ctypes.CDLL(str(made))


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
