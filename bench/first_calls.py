"""Rows of first calls: what tracing, differentiating and compiling cost, without and with the code
of an earlier process on disk. JAX's are always its first calls without.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np

from .peers import Library
from .rows import Row, Thunk


def tanh(lib: Library) -> Thunk:
    derivative = lib.jit(lib.grad(lib.numpy.tanh))
    return lambda: lib.wait(derivative(2.0))


def greeks(lib: Library) -> Thunk:
    """Black-Scholes: the value of call options, and its five derivatives."""
    xp = lib.numpy
    normal = lambda x: 0.5 * (1 + lib.lax.erf(x * 0.5**0.5))

    def value(spot: Any, strike: Any, rate: Any, volatility: Any, time: Any) -> Any:
        spread = volatility * xp.sqrt(time)
        d = (xp.log(spot / strike) + (rate + volatility**2 / 2) * time) / spread
        return xp.sum(spot * normal(d) - strike * xp.exp(-rate * time) * normal(d - spread))

    run = lib.jit(lib.value_and_grad(value, (0, 1, 2, 3, 4)))
    ranges = ((90.0, 110.0), (95.0, 105.0), (0.01, 0.05), (0.1, 0.4), (0.5, 2.0))
    arguments = [lib.asarray(np.linspace(*ends, 1000)) for ends in ranges]
    return lambda: lib.wait(run(*arguments))


def perceptron(lib: Library) -> Thunk:
    """The loss of a network 784-512-256-10 on 256 images, and its gradient."""
    xp, rng, sizes = lib.numpy, np.random.default_rng(0), (784, 512, 256, 10)
    layers = [(0.05 * rng.normal(size=(m, n)), np.zeros(n)) for m, n in itertools.pairwise(sizes)]
    asarray = lambda x: lib.asarray(x.astype(np.float32))
    weights = [(asarray(w), asarray(b)) for w, b in layers]
    images, labels = rng.normal(size=(256, 784)), np.eye(10)[rng.integers(0, 10, 256)]

    def loss(weights: Any, x: Any, labels: Any) -> Any:
        for w, b in weights[:-1]:
            x = xp.tanh(x @ w + b)
        logits = x @ weights[-1][0] + weights[-1][1]
        top = xp.max(logits, axis=1, keepdims=True)
        normaliser = top + xp.log(xp.sum(xp.exp(logits - top), axis=1, keepdims=True))
        return -xp.sum(labels * (logits - normaliser)) / 256

    run = lib.jit(lib.value_and_grad(loss))
    arguments = weights, asarray(images), asarray(labels)
    return lambda: flat(lib.wait(run(*arguments)))


def flat(result: Any) -> list[Any]:
    value, layers = result
    return [value, *(array for layer in layers for array in layer)]


COLD = (
    Row(
        "first-tanh",
        "first call of jit(grad(tanh))",
        tanh,
        ("jax",),
        target=1 / 4,
        first_call=True,
    ),
    Row(
        "first-greeks",
        "first call of Black-Scholes with five derivatives",
        greeks,
        ("jax",),
        target=1 / 4,
        first_call=True,
    ),
    Row(
        "first-mlp",
        "first call of an MLP's value_and_grad, 256 x 784-512-256-10, float32",
        perceptron,
        ("jax",),
        target=1 / 4,
        float64=False,
        rtol=1e-3,
        first_call=True,
    ),
)
WARM = tuple(
    replace(
        row,
        name=row.name.replace("first", "warm"),
        what=f"{row.what}; its code on disk",
        target=1 / 20,
        warm=True,
    )
    for row in COLD
)
ROWS = (*COLD, *WARM)
