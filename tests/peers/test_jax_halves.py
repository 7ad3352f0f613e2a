"""float16 and bfloat16 beside JAX's: dtypes, samples, values and derivatives."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import nn, random

HALVES = {"float16": np.dtype(np.float16), "bfloat16": np.dtype(ml_dtypes.bfloat16)}
DTYPES = ("bool", "int8", "int32", "int64", "uint8", "uint32", "float32", "float64", "complex64")
ROW = np.array([0.3, -1.25, 2.0, 0.01, 7.0])
CALLS = {
    "sin": (pnp.sin, jnp.sin),
    "exp": (pnp.exp, jnp.exp),
    "log": (lambda x: pnp.log(x * x), lambda x: jnp.log(x * x)),
    "tanh": (pnp.tanh, jnp.tanh),
    "sum": (pnp.sum, jnp.sum),
    "mean": (pnp.mean, jnp.mean),
    "var": (pnp.var, jnp.var),
    "dot": (lambda x: pnp.matmul(x, x), lambda x: jnp.matmul(x, x)),
    "softmax": (nn.softmax, jax.nn.softmax),
    "gelu": (nn.gelu, jax.nn.gelu),
    "sort": (pnp.sort, jnp.sort),
    "where": (lambda x: pnp.where(x > 0, x, 0.1), lambda x: jnp.where(x > 0, x, 0.1)),
    "nextafter": (lambda x: pnp.nextafter(x, x + 1), lambda x: jnp.nextafter(x, x + 1)),
}


@pytest.fixture(autouse=True)
def doubles():
    with jax.enable_x64(True):
        yield


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("other", (*DTYPES, *HALVES))
def test_promotion(half: str, other: str):
    assert pnp.promote_types(half, other) == str(jnp.promote_types(half, other))
    for number in (True, 2, 0.5, 2j):
        x = np.ones(2, HALVES[half])
        expected = (jnp.asarray(x) * number).dtype
        assert pnp.multiply(x, number).dtype == (
            np.complex64 if number == 2j else expected
        )  # JAX has complex128 there, with 64 bits


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("partitionable", [True, False])
def test_samples(half: str, partitionable: bool):
    with (
        jax.threefry_partitionable(partitionable),
        polyad.config(threefry_partitionable=partitionable),
    ):
        for seed in range(3):
            ours, theirs = random.key(seed), jax.random.PRNGKey(seed)
            for draw in (
                lambda r, k: r.uniform(k, (2000,), half),
                lambda r, k: r.uniform(k, (2000,), half, -2.0, 5.0),
                lambda r, k: r.normal(k, (2000,), half),
            ):
                np.testing.assert_array_equal(draw(random, ours), draw(jax.random, theirs))


def close(found: Any, expected: Any, half: str, units: float) -> None:
    found, expected = (np.asarray(x) for x in (found, expected))
    assert found.dtype == expected.dtype == HALVES[half]
    eps = float(ml_dtypes.finfo(HALVES[half]).eps)
    size = np.max(np.abs(expected.astype(float)))
    found, expected = found.astype(float), expected.astype(float)
    np.testing.assert_allclose(found, expected, rtol=units * eps, atol=units * eps * size / 8)


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("name", CALLS)
def test_values_and_derivatives(name: str, half: str):
    ours, theirs = CALLS[name]
    x = ROW.astype(HALVES[half])
    expected = theirs(jnp.asarray(x))
    for run in (lambda f: f, polyad.jit):
        close(run(ours)(x), expected, half, 2)
    if name in ("sort", "nextafter"):
        np.testing.assert_array_equal(ours(x).astype(float), np.asarray(expected).astype(float))
        return
    if name == "softmax":  # whose derivative JAX computes in 16 bits: differences cancel
        return
    w = np.arange(1.0, 6.0).astype(HALVES[half])
    slope = jax.grad(lambda x: jnp.sum(theirs(x) * w))(jnp.asarray(x))
    close(polyad.grad(lambda x: pnp.sum(ours(x) * w))(x), slope, half, 6)
