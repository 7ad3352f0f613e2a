"""LLVM's optimiser fails on a unit: that unit alone is made with less effort."""

from __future__ import annotations

import re

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.ir import parse
from polyad.lowering.linking import engine
from polyad.lowering.native_code import NativeCode
from polyad.lowering.programs.store import STORE


@pytest.fixture(autouse=True)
def nothing_known():
    STORE.clear()
    with polyad.config(cache_dir=None):
        yield
    STORE.clear()


def short_rows(x, y):
    """Two kernels with loops that LLVM writes out, so that both have its highest effort."""
    return pnp.sum(pnp.exp(x) * x, axis=1), pnp.sum(pnp.sin(y) * y, axis=1)


X, Y = np.linspace(-1, 1, 120).reshape(40, 3), np.linspace(-1, 1, 250).reshape(50, 5)


def run():
    code = NativeCode(parse(str(polyad.make_ir(short_rows)(X, Y))))
    return code(X, Y), list(code.plan[1])


def test_one_failing_unit_leaves_the_others_as_they_are(monkeypatch):
    made, levels, is_valid, optimise = [], [], engine.is_valid, engine.optimise
    compile = engine.object_code
    monkeypatch.setattr(engine, "object_code", lambda text: made.append(text) or compile(text))
    wanted, units = run()
    (group,) = [text for text in made if engine.SHORT_LOOPS in text]
    defined = re.findall(r'^define i32 @"([0-9a-f]{64})"', group, re.MULTILINE)
    assert len(defined) > 1
    broken, texts = defined[0], {}

    def optimised(module, machine, level=3):
        optimise(module, machine, level)
        texts[id(module)] = level
        levels.append((level, frozenset(d for d in units if d in str(module))))

    def valid(module):
        fails = texts[id(module)] == 3 and broken in str(module)
        return is_valid(module) and not fails

    monkeypatch.setattr(engine, "optimise", optimised)
    monkeypatch.setattr(engine, "is_valid", valid)
    STORE.clear()
    found, _ = run()
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-13)
    least = [names for level, names in levels if level == 1 and names & set(defined)]
    assert least == [{broken}]
    for digest in defined[1:]:  # with the effort that they have anyway
        assert (3, frozenset([digest])) in levels


def test_a_report_is_made_of_a_module_that_llvm_fails_on(monkeypatch):
    monkeypatch.setattr(engine, "is_valid", lambda module: False)
    assert "define" in polyad.jit(short_rows).lower(X, Y).stages()["llvm"]
    code = NativeCode(parse(str(polyad.make_ir(short_rows)(X, Y))))
    assert "define" in code.llvm_ir()
