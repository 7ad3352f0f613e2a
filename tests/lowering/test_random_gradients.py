"""Long random programs of reductions, moves and elementary functions: compiled, they and their
gradients are what they are op by op.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp

LOW, HIGH = 2, 24  # of the sizes of a matrix
LENGTH = 30  # steps of a program
PICKED = np.arange(7)

# Steps: of a matrix, of an axis and of a small number, as a matrix.
STEPS: list[Callable[[Any, int, int], Any]] = [
    lambda a, axis, n: pnp.tanh(a),
    lambda a, axis, n: pnp.exp(-a * a),
    lambda a, axis, n: pnp.sin(a) * n,
    lambda a, axis, n: pnp.log1p(a * a),
    lambda a, axis, n: pnp.sqrt(1 + a * a),
    lambda a, axis, n: pnp.where(a > 0.1, a, pnp.cos(a)),
    lambda a, axis, n: pnp.maximum(a, 0.3 * n - a),
    lambda a, axis, n: a - pnp.mean(a, axis=axis, keepdims=True),
    lambda a, axis, n: a * pnp.sum(a, axis=axis, keepdims=True) / a.size,
    lambda a, axis, n: a - pnp.max(a, axis=axis, keepdims=True),
    lambda a, axis, n: a / pnp.sqrt(1 + pnp.sum(a * a, axis=axis, keepdims=True)),
    lambda a, axis, n: polyad.nn.softmax(a, axis=axis),
    lambda a, axis, n: pnp.cumsum(a, axis=axis) / a.shape[axis],
    lambda a, axis, n: pnp.roll(a, n, axis),
    lambda a, axis, n: pnp.flip(a, axis),
    lambda a, axis, n: pnp.pad(a, [(n, 0) if k == axis else (0, 1) for k in (0, 1)]),
    lambda a, axis, n: pnp.take(a, PICKED * n % a.shape[axis], axis),
    lambda a, axis, n: pnp.concatenate([a[n % a.shape[0] :], a[:1]]),
    lambda a, axis, n: pnp.take_along_axis(a, (np.arange(a.shape[0]) % a.shape[1])[:, None], 1) + a,
    lambda a, axis, n: pnp.reshape(a, a.shape[::-1]),
    lambda a, axis, n: a.T * n,
    lambda a, axis, n: a @ (a.T @ a) / a.size,
    lambda a, axis, n: pnp.sort(a, axis=axis),
]
Plan = Sequence[tuple[int, int, int, int]]


def plan(seed: int) -> tuple[Plan, np.ndarray, np.ndarray]:
    """Steps, each on one of the arrays so far, and two arrays to begin with."""
    rng = np.random.default_rng(seed)
    choices = (len(STEPS), 2, 4, 1000)
    steps = [tuple(int(rng.integers(n)) for n in choices) for _ in range(rng.integers(3, LENGTH))]
    shape = rng.integers(LOW, HIGH, size=2)
    return steps, rng.normal(size=shape), rng.normal(size=shape)


def program(steps: Plan) -> Callable[[Any, Any], Any]:
    def run(x: Any, y: Any) -> Any:
        made = [x, y]
        for kind, axis, n, which in steps:
            a = made[which % len(made)] if which % 3 == 0 else made[-1]
            a = a if a.size <= 4 * HIGH**2 else a[: LOW + 1, : LOW + 1]
            b = STEPS[kind](a, axis, n + 1)
            made.append(b * made[-1] if b.shape == made[-1].shape and which % 2 else b * 0.7)
        return sum(pnp.mean(a * a) for a in made[-4:])

    return run


@pytest.mark.share(4)
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(48))
def test_compiled_gradients_are_those_of_each_op(seed: int) -> None:
    steps, x, y = plan(seed)
    step = polyad.value_and_grad(program(steps), (0, 1))
    with polyad.config(cache_dir=None):
        found = polyad.tree.leaves(polyad.jit(step)(x, y))
    for a, b in zip(found, polyad.tree.leaves(step(x, y)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-9 * max(1.0, np.abs(b).max()))
