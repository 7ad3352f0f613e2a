"""Rows of first calls: what tracing, differentiating and compiling cost, without and with the code
of an earlier process on disk. JAX's are always its first calls without.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from .linear import logistic
from .networks import perceptron
from .peers import Library
from .rows import Row, Thunk, size


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


COLD = (
    Row(
        "first-tanh",
        "first call of jit(grad(tanh))",
        tanh,
        {"jax": 1 / 4},
        first_call=True,
    ),
    Row(
        "first-greeks",
        "first call of Black-Scholes with five derivatives",
        greeks,
        {"jax": 1 / 4},
        first_call=True,
    ),
    Row(
        "first-mlp",
        "first call of an MLP's value_and_grad, 256 x 784-512-256-10, float32",
        perceptron,
        {"jax": 1 / 4},
        float64=False,
        rtol=1e-3,
        first_call=True,
    ),
    Row(
        "first-logistic",
        "first call of jit(value_and_grad(logistic loss))",
        logistic,
        {"jax": 1 / 4},
        first_call=True,
    ),
)
WARM = tuple(
    replace(
        row,
        name=row.name.replace("first", "warm"),
        what=f"{row.what}; its code on disk",
        targets={"jax": 1 / 20},
        warm=True,
    )
    for row in COLD
)


def layers(lib: Library, count: int, batch: int = 20) -> Thunk:
    """The loss of `count` equal layers, 16 wide, and its gradient."""
    xp = lib.numpy

    def loss(parameters: Any, x: Any, y: Any) -> Any:
        for weight, bias in parameters:
            x = xp.tanh(x @ weight + bias)
        return xp.mean((x - y) ** 2)

    rng = np.random.default_rng(0)
    draw = lambda *shape: lib.asarray(rng.normal(size=shape) * 0.3)
    parameters = [(draw(16, 16), draw(16)) for _ in range(count)]
    x, y = draw(batch, 16), draw(batch, 16)
    run = lib.jit(lib.value_and_grad(loss))
    return lambda: lib.wait(run(parameters, x, y))


def chain(lib: Library, *, slope: bool) -> Thunk:
    """A chain of scalar operations, of length 300, or its derivative."""
    xp = lib.numpy

    def values(x: Any) -> Any:
        for _ in range(size(150)):
            x = xp.sin(x) * 1.01
        return x

    run = lib.jit(lib.grad(values) if slope else values)
    return lambda: lib.wait(run(1.0))


def after(lib: Library, first: Callable[[Library], Thunk], then: Thunk) -> Thunk:
    """A first call behind another one."""
    first(lib)()
    return then


FAMILIES = (
    Row(
        "first-layers-8",
        "first call of an MLP of 8 equal layers and its gradient",
        lambda lib: layers(lib, size(8)),
        {"jax": 0.3},
        first_call=True,
    ),
    Row(
        "first-layers-64",
        "first call of an MLP of 64 equal layers and its gradient",
        lambda lib: layers(lib, size(64)),
        {"jax": 0.3},
        first_call=True,
    ),
    Row(
        "first-chain",
        "first call of a chain of 300 scalar operations",
        lambda lib: chain(lib, slope=False),
        {"jax": 0.8},
        first_call=True,
    ),
    Row(
        "first-chain-slope",
        "first call of the derivative of a chain of 300 scalar operations",
        lambda lib: chain(lib, slope=True),
        {"jax": 0.8},
        first_call=True,
    ),
    Row(
        "next-depth",
        "first call of an MLP of 64 layers, after one of 8",
        lambda lib: after(lib, lambda lib: layers(lib, size(8)), layers(lib, size(64))),
        {"jax": 0.15},
        first_call=True,
    ),
    Row(
        "next-shape",
        "first call of an MLP of 8 layers with a batch of 23, after one of 20",
        lambda lib: after(lib, lambda lib: layers(lib, size(8)), layers(lib, size(8), 23)),
        {"jax": 0.08},
        first_call=True,
    ),
)
WHOLE = (
    Row(
        "whole-tanh",
        "a process that imports the library and calls jit(grad(tanh))",
        tanh,
        {"jax": 1.0},
        first_call=True,
        whole=True,
    ),
    Row(
        "whole-greeks",
        "a process that imports the library and calls Black-Scholes with five derivatives",
        greeks,
        {"jax": 1.0},
        first_call=True,
        whole=True,
    ),
)
WARM_WHOLE = tuple(
    replace(row, name=f"{row.name}-warm", what=f"{row.what}; its code on disk", warm=True)
    for row in WHOLE
)
ROWS = (*COLD, *FAMILIES, *WARM, *WHOLE, *WARM_WHOLE)
