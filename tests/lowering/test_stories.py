"""Six programs through every stage: `golden/<program>.txt` begins with the trace, shows each stage
that differs from the one before, and ends with what `explain` tells.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.ir import parse, verify
from polyad.lowering.explain import explain
from polyad.lowering.pipeline import lower


def elementwise(x, y):
    return x**2 * pnp.exp(y)


def softmax(x):
    """One loop over rows."""
    e = pnp.exp(x - pnp.max(x, axis=1, keepdims=True))
    return e / pnp.sum(e, axis=1, keepdims=True)


def layer(w, b, x):
    """A product for BLAS, and one kernel for the rest."""
    y = pnp.tanh(x @ w.T + b)
    return y, pnp.sum(y, axis=0)


def reading(x, y, i):
    """Reads by index, and a loop that is cut where the first part of a concatenation ends."""
    return pnp.exp(pnp.concat([-x, y])), pnp.exp(y[i])


def recurrence(w, h, xs):
    """A loop with a carry, a constant and stacked results."""

    def step(h, x):
        h = pnp.tanh(w @ h + x)
        return h, pnp.sum(h)

    return lax.scan(step, h, xs)


def slope_of_while(x):
    """The forward loop records on stacks, the backward loop reads them."""
    return polyad.grad(lambda x: lax.while_loop(lambda v: v < 100, lambda v: v * v, x))(x)


STORIES = {
    elementwise: (np.ones(4, "float32"), np.ones(4, "float32")),
    softmax: (np.ones((50, 40)),),
    layer: (np.ones((40, 30)), np.ones(40), np.ones((50, 30))),
    reading: (np.ones(30), np.ones(20), np.array([3, 1])),
    recurrence: (np.ones((3, 3)), np.ones(3), np.ones((9, 3))),
    slope_of_while: (1.5,),
}


@pytest.mark.parametrize("function", STORIES, ids=lambda f: f.__name__)
def test_story(function, golden):
    traced = polyad.jit(function).lower(*STORIES[function]).ir
    stages = lower(parse(str(traced)))  # the text has no source lines, which are paths
    names = list(stages)
    changed = [b for a, b in itertools.pairwise(names) if stages[b] != stages[a]]
    parts = [f"// {name}\n{verify(stages[name])}" for name in [names[0], *changed]]
    golden("\n\n".join([*parts, f"// explain\n{explain(stages)}"]), function.__name__)
