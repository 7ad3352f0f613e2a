"""Kernels without loops take few passes of LLVM, and no functions of vectors, for the same bits."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.ir import parse
from polyad.lowering.linking import engine
from polyad.lowering.native_code import NativeCode
from polyad.lowering.programs.store import STORE


def chain(x):
    for _ in range(15):
        x = pnp.sin(x) * 1.01
    return x


def mixed(x):
    for k in range(6):
        x = pnp.tanh(x * k - 0.3) / (1 + x * x) + pnp.where(x > 0.1, pnp.exp(-x), x * 0.7 - k * x)
    return x


def choice(x):
    for k in range(8):
        x = pnp.maximum(pnp.arctan2(x, 0.5 + k), pnp.log1p(x * x)) - pnp.sqrt(1 + x * x) * 0.2
    return x


@pytest.fixture
def levels(monkeypatch):
    """The levels at which modules were optimised."""
    found, optimise = [], engine.optimise

    def noting(module, machine, level=3):
        found.append(level)
        optimise(module, machine, level)

    monkeypatch.setattr(engine, "optimise", noting)
    with polyad.config(cache_dir=None):
        STORE.clear()
        yield found
    STORE.clear()


def results(f, x):
    STORE.clear()
    return NativeCode(parse(str(polyad.make_ir(polyad.value_and_grad(f))(x))))(x)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("f", [chain, mixed, choice], ids=lambda f: f.__name__)
def test_the_passes_of_straight_code_give_the_bits_of_the_usual_ones(f, dtype, levels, monkeypatch):
    x = np.dtype(dtype).type(0.4)
    few = results(f, x)
    assert levels == [engine.STRAIGHT]
    monkeypatch.setattr(engine, "STRAIGHT_CODE", "no module")
    usual = results(f, x)
    assert levels == [engine.STRAIGHT, 1]
    assert [np.asarray(r).tobytes() for r in few] == [np.asarray(r).tobytes() for r in usual]


def test_code_with_loops_takes_the_usual_passes(levels):
    results(lambda x: pnp.sum(chain(x)), np.linspace(0, 1, 1000))
    assert levels and engine.STRAIGHT not in levels


def test_straight_code_has_no_functions_of_vectors(compilations, levels):
    results(chain, 0.4)
    assert "shared" in compilations[-1] and "vector-function-abi" not in compilations[-1]
    results(lambda x: pnp.sum(chain(x)), np.linspace(0, 1, 1000))
    assert "vector-function-abi" in compilations[-1]
