"""Large arrays that a loop carries change places with their successors instead of being copied."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.ir import parse
from polyad.lowering.memory import buffer_plan

from ..by_hand import compiled_like_numpy
from ..emission import test_control_random as nests

U = np.sin(np.linspace(0, 3, 400)).reshape(20, 20)


def heat(u):
    return u + 0.1 * (pnp.roll(u, 1, 0) + pnp.roll(u, -1, 0) + u.T - 3 * u)


def wave(state):
    before, now = state
    return now, 2 * now - before + 0.1 * (heat(now) - now)


LOOPS = {
    "scan": lambda u, n: lax.fori_loop(0, 5, lambda i, u: heat(u), u),
    "one iteration": lambda u, n: lax.fori_loop(0, 1, lambda i, u: heat(u), u),
    "known at run time": lambda u, n: lax.fori_loop(0, n, lambda i, u: heat(u), u),
    "two steps": lambda u, n: lax.fori_loop(0, n, lambda i, s: wave(s), (u, u * 0.9)),
    "recorded": lambda u, n: lax.scan(lambda u, x: (heat(u) * x, u), u, u[:4])[0:2],
    "while": lambda u, n: lax.while_loop(lambda u: pnp.sum(u) > 100, lambda u: heat(u) * 0.9, u),
    "nested": lambda u, n: lax.fori_loop(
        0, 3, lambda i, u: lax.fori_loop(0, n, lambda j, u: heat(u), heat(u)), u
    ),
    "read afterwards": lambda u, n: (lax.fori_loop(0, 2, lambda i, u: heat(u), u) + u, heat(u)),
}


@pytest.mark.parametrize("n", [0, 1, 4])
@pytest.mark.parametrize("name", LOOPS)
def test_values(name, n):
    compiled_like_numpy(LOOPS[name], U, np.int64(n))


def test_gradients():
    total = lambda u, n: sum(pnp.sum(x * x) for x in LOOPS["two steps"](u, n))
    compiled_like_numpy(polyad.grad(total), U, np.int64(3))


@pytest.mark.parametrize("name", ["scan", "known at run time", "while"])
def test_the_loop_says_which_buffers_change_places(name):
    stages = polyad.jit(lambda u: LOOPS[name](u, 3), backend="native").lower(U).stages()
    loops = [op for op in parse(stages["loop"]).walk() if op.name.startswith("control.")]
    assert [len(op.attrs["swapped"]) for op in loops] == [1]
    copied = [
        op for loop in loops for r in loop.regions for op in r.ops if op.name == "memory.copy"
    ]
    assert copied == []


@pytest.mark.share(3)
@pytest.mark.parametrize("shard", range(3))
def test_random_nests_with_second_buffers_for_all(shard, monkeypatch):
    monkeypatch.setattr(buffer_plan, "SMALL", 0)
    nests.run_examples(100 + shard, 5)
