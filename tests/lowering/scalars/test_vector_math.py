"""LLVM widens the loops with elementary functions: no call is left in them, and what they compute
are vectors, of floats in single precision.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import random, special
from polyad.conformance import sample_of
from polyad.ops import OpDefinition

from .formulas import FORMULAS

VECTOR = re.compile(r"(?:f(?:add|mul|div|sub)|call) <(\d+) x (float|double)>")


# Functions of one array that are no ops: they are made of other functions.
MADE = {"exp2": pnp.exp2, "cbrt": pnp.cbrt}
# Functions that compute in double precision for operands in single precision.
DOUBLE = ("hypot", "direction", "pow", "lgamma", "digamma", "logaddexp", "cbrt")


def loop_of(name: str, dtype: str) -> str:
    """The optimised LLVM IR of the loop. What runs again for large angles is not part of it."""
    op = MADE.get(name) or OpDefinition.registry[name]
    x = np.linspace(0.1, 0.9, 1024).astype(dtype)
    arguments = [x] * (1 if name in MADE else sample_of(name).arity)
    text = polyad.jit(op, backend="native").lower(*arguments).llvm_ir()
    found = re.search(r"^define[^\n]*@kernel_0\(.*?^}", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[0]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", [*FORMULAS, "logaddexp", "sqrt", *MADE])
def test_loops_are_vectors(name: str, dtype: str):
    text = loop_of(name, dtype)
    kind = "double" if dtype == "float64" or name in DOUBLE else "float"
    kinds = {k for _, k in VECTOR.findall(text)}
    assert kinds == {kind} or (kinds == {kind, "float"} and name in DOUBLE)
    assert min(int(width) for width, _ in VECTOR.findall(text)) >= 2
    called = set(re.findall(r"call [^@\n]*@([\w.]+)\(", text))
    assert not {c for c in called if not c.startswith(("llvm.", "kernel_0_exact"))}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("draw", [random.uniform, random.normal])
def test_random_numbers_are_drawn_in_vectors(draw, dtype: str):
    """The rounds of the block cipher, on 32-bit integers, and what is made of their bits."""
    key = random.key(0)
    lowered = polyad.jit(lambda k: draw(k, (1024,), dtype=dtype), backend="native").lower(key)
    found = re.findall(r"(?:xor|add|call) <(\d+) x i32>", lowered.llvm_ir())
    assert len(found) > 60 and min(map(int, found)) >= 4
    assert re.search(r"<\d+ x (float|double)>", lowered.llvm_ir())


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("square", [lambda x: -x * x, lambda x: -(x * x)])
def test_a_gaussian_beside_erfc_is_computed_once(square, dtype: str):
    """The derivative of erfc costs one product more; that of another number costs an exp."""

    def length(function) -> int:
        x = np.linspace(0.1, 0.9, 1024).astype(dtype)
        text = polyad.jit(function, backend="native").lower(x).llvm_ir()
        return len(re.findall(r"= (?:f\w+|[a-z ]*call) .*?<\d+ x (?:float|double)>", text))

    alone = length(special.erfc)
    assert length(lambda x: (special.erfc(x), pnp.exp(square(x)))) <= alone + 2
    assert length(lambda x: (special.erfc(x), pnp.exp(square(x + 1)))) > alone + 12
