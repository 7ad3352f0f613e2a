"""Random nests of branches and loops, compiled, against the NumPy backend: values and gradients."""

from __future__ import annotations

import numpy as np
import pytest

import polyad.numpy as pnp
from polyad import grad
from polyad.api.control import cond, scan, while_loop
from polyad.lowering.passes import hoist_products

from .test_control import compiled_like_numpy

N = 3
SHAPES = [(N,), (N, N), ()]


class Maker:
    """Writes random programs over values of the shapes (3,), (3, 3) and ()."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)

    def choose(self, items):
        return items[int(self.random.integers(len(items)))]

    def plan(self, depth):
        """What a body does: for each step an op and where its operands come from."""
        steps = []
        for _ in range(int(self.random.integers(1, 5))):
            kind = self.choose(["move", "mix", "product", "loop", "branch", "until", "sum"])
            if kind in ("loop", "branch", "until") and depth == 0:
                kind = "mix"
            inner = [self.plan(depth - 1) for _ in range(2)] if kind not in FLAT else []
            steps.append((kind, self.random.integers(0, 1000, 4).tolist(), inner))
        return steps, self.random.integers(0, 1000, 8).tolist()


FLAT = ("move", "mix", "product", "sum")


def run(plan, values):
    """The values, after the steps of a plan; each keeps its shape."""
    steps, order = plan
    v, m, s = (list(group) for group in values)
    for kind, (a, b, c, d), inner in steps:
        x, y, z, t = v[a % len(v)], m[b % len(m)], s[c % len(s)], v[d % len(v)]
        state = ((x, t), (y,), (z,))
        if kind == "move":
            v.append((x[::-1], x, y[0], y.T[1])[d % 4])
            m.append((y.T, y[::-1], pnp.stack([x, t, x]), y)[a % 4])
        elif kind == "mix":
            v.append(pnp.sin(x * 1.3 + t) * z)
            m.append(pnp.tanh(y + x) * 0.7 + t.reshape(N, 1))
            s.append(z * 0.5 + x[1])
        elif kind == "product":
            v.append(0.3 * (y @ x))
            m.append(pnp.tanh(y @ m[d % len(m)]))
        elif kind == "sum":
            s.append(0.2 * pnp.sum(pnp.cos(y)))
            v.append(pnp.sum(y, axis=b % 2) * 0.2)
        elif kind == "branch":
            new = cond(z > 0.1, lambda g: run(inner[0], g), lambda g: run(inner[1], g), state)
            extend((v, m, s), new)
        elif kind == "loop":
            step = lambda c, r: (run(inner[0], c), (c[0][0], r, c[1][0] @ r))
            new, (ps, rs, qs) = scan(step, state, m[a % len(m)], reverse=bool(b % 2))
            extend((v, m, s), new)
            m += [ps, qs, rs]
        else:
            turn = lambda k: (k[0] + 1, run(inner[0], k[1]))
            extend(
                (v, m, s),
                while_loop(lambda k: (k[0] < a % 4) & (k[1][2][0] < 5), turn, (0, state))[1],
            )
    pick = lambda items, k: items[-1 - order[k] % min(len(items), 4)]
    return (pick(v, 0), pick(v, 1)), (pick(m, 2),), (pick(s, 3),)


def extend(groups, new):
    for group, values in zip(groups, new, strict=True):
        group += values


SEEDS = [*range(8), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(8, 60))]


@pytest.mark.parametrize("seed", SEEDS)
def test_random_nests(seed, monkeypatch):
    monkeypatch.setattr(hoist_products, "WORTHWHILE", seed % 2 * 1024)
    maker = Maker(seed)
    plan, random = maker.plan(2 + seed % 2), np.random.default_rng(seed)

    def total(x, y, z):
        (a, b), (c,), (d,) = run(plan, ((x, x + 1), (y,), (z,)))
        return pnp.sum(a) + pnp.sum(b * b) + pnp.sum(c) + d

    arguments = random.normal(size=N), random.normal(size=(N, N)), np.float64(0.4)
    compiled_like_numpy(total, *arguments)
    compiled_like_numpy(grad(total, (0, 1, 2)), *arguments)
