"""LLVM widens the loops with elementary functions: no call is left in them, and what they compute
are vectors, of floats in single precision.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

import polyad
from polyad.lowering.llvm import math
from polyad.ops import OpDefinition

VECTOR = re.compile(r"f(?:add|mul|div|sub) <(\d+) x (float|double)>")


def loop_of(name: str, dtype: str) -> str:
    """The optimised LLVM IR of the loop. What runs again for large angles is not part of it."""
    op = OpDefinition.registry[name]
    x = np.linspace(0.1, 0.9, 4096).astype(dtype)
    arguments = [x] * (2 if name in math.BINARY else 1)
    text = polyad.jit(op, backend="native").lower(*arguments).llvm_ir()
    found = re.search(r"^define[^\n]*@kernel_0\(.*?^}", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[0]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", math.FUNCTIONS)
def test_loops_are_vectors(name: str, dtype: str):
    text = loop_of(name, dtype)
    kind = "double" if dtype == "float64" or name in math.IN_DOUBLE else "float"
    kinds = {k for _, k in VECTOR.findall(text)}
    assert kinds == {kind} or (kinds == {kind, "float"} and name in math.IN_DOUBLE)
    assert min(int(width) for width, _ in VECTOR.findall(text)) >= 2
    called = set(re.findall(r"call [^@\n]*@([\w.]+)\(", text))
    assert not {c for c in called if not c.startswith(("llvm.", "kernel_0_exact"))}
