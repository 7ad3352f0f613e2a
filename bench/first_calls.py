"""Rows of first calls: what tracing, differentiating and compiling cost, without and with the code
of an earlier process on disk. JAX's are always its first calls without.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from .linear import logistic
from .networks import perceptron
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
ROWS = (*COLD, *WARM, *WHOLE, *WARM_WHOLE)
