"""A NumPy program whose import is swapped for `polyad.numpy` runs, and is differentiated, batched
and compiled: by finite differences.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp

from . import swapped_gpt2 as program

PARAMS = program.initial(11, 8, 12, 2)
TOKENS = [3, 1, 4, 1, 5, 9]


def loss(params: Any) -> Any:
    return program.lm_loss(TOKENS, 3, params)


def moved(params: Any, direction: Any, step: float) -> Any:
    return polyad.tree.map(lambda x, d: x + step * d, params, direction)


@pytest.fixture(scope="module")
def direction() -> Any:
    rng = np.random.default_rng(5)
    return polyad.tree.map(lambda x: rng.normal(size=x.shape), PARAMS)


@pytest.mark.parametrize("compiled", [False, True])
def test_the_gradient_of_gpt2_is_the_limit_of_differences(direction: Any, compiled: bool):
    gradient = polyad.grad(loss)
    found = (polyad.jit(gradient) if compiled else gradient)(PARAMS)
    slope = (loss(moved(PARAMS, direction, 1e-6)) - loss(moved(PARAMS, direction, -1e-6))) / 2e-6
    pairs = zip(polyad.tree.leaves(found), polyad.tree.leaves(direction), strict=True)
    np.testing.assert_allclose(sum((g * d).sum() for g, d in pairs), slope, rtol=1e-7)


def test_a_batch_of_prompts_is_a_loop():
    prompts = np.array([[3, 1, 4, 1], [2, 7, 1, 8], [0, 0, 10, 2]])
    logits = lambda params, inputs: program.gpt2(inputs, **params, n_head=3)
    found = polyad.jit(polyad.vmap(logits, in_axes=(None, 0)))(PARAMS, prompts)
    np.testing.assert_allclose(found, [logits(PARAMS, p) for p in prompts], rtol=1e-12)
    each = polyad.vmap(polyad.grad(lambda p, t: program.lm_loss(t, 3, p)), in_axes=(None, 0))
    found = each(PARAMS, prompts)["wpe"]
    one = [polyad.grad(lambda p, t=t: program.lm_loss(t, 3, p))(PARAMS)["wpe"] for t in prompts]
    np.testing.assert_allclose(found, one, rtol=1e-9, atol=1e-13)


def test_random_numbers_of_the_swapped_import_are_numpys():
    assert pnp.random is np.random
    pnp.random.seed(3)
    first = pnp.random.normal(size=3)
    np.random.seed(3)
    np.testing.assert_array_equal(first, np.random.normal(size=3))
