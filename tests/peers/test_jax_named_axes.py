"""Random programs over named axes: values, and derivatives inside and outside of the batch, are
JAX's.
"""

import random
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import polyad
import polyad.numpy as pnp

STEPS: list[Callable[[Any, Any, Any], Any]] = [
    lambda lax, xp, y: y - lax.pmean(y, "i"),
    lambda lax, xp, y: xp.sin(y) + lax.psum(y * y, "j"),
    lambda lax, xp, y: lax.ppermute(y, "i", [(0, 1), (1, 2), (2, 0)]),
    lambda lax, xp, y: y * lax.axis_index("j") + lax.all_gather(y, "i").sum(0),
    lambda lax, xp, y: lax.scan(
        lambda c, _: (xp.cos(c) + lax.psum(c, "i") * 0.1, None), y, None, length=2
    )[0],
    lambda lax, xp, y: y / (1 + lax.psum(xp.abs(y), ("i", "j"))),
    lambda lax, xp, y: lax.all_to_all(xp.stack([y, 2 * y, 3 * y]), "i", 0, 0).sum(0),
    lambda lax, xp, y: xp.tanh(y) * lax.axis_size("i"),
]


def program(seed: int, lax: Any, xp: Any) -> Callable[[Any], Any]:
    rng = random.Random(seed)
    steps = rng.choices(STEPS, k=rng.randint(2, 5))

    def run(x: Any) -> Any:
        for step in steps:
            x = step(lax, xp, x)
        return x

    return run


def outcomes(library: Any, f: Callable[[Any], Any], x: Any) -> list[Any]:
    def over(f: Any) -> Any:
        return library.vmap(library.vmap(f, axis_name="j"), axis_name="i")

    batched = over(f)
    return [
        batched(x),
        library.jit(over(library.jit(f)))(x),
        library.grad(lambda x: (batched(x) ** 2).sum())(x),
        over(library.grad(lambda x: (f(x) ** 2).sum()))(x),
    ]


@pytest.mark.parametrize("seed", range(12))
def test_programs(seed: int):
    x = np.random.default_rng(seed).normal(size=(3, 2, 4)) * 0.5
    with jax.enable_x64(True):
        expected = outcomes(jax, program(seed, jax.lax, jnp), jnp.asarray(x))
    found = outcomes(polyad, program(seed, polyad.lax, pnp), x)
    for theirs, ours in zip(expected, found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-11)
