"""Rows of element-wise work on large arrays: one function each, and derivatives in one loop."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .c_peer import c_function
from .peers import Library
from .rows import Row, Thunk, size


def operands(name: str) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(0)
    if name == "searchsorted":
        return np.sort(rng.normal(size=size(1000))), rng.normal(size=size(1_000_000))
    count, top = 2 if name in ("power", "arctan2") else 1, 0.999 if name == "erf_inv" else 3.0
    return tuple(rng.uniform(0.1, top, size(1_000_000)) for _ in range(count))


def one_function(name: str) -> Callable[[Library], Thunk]:
    """A function of the NumPy namespace or of `lax`, jitted."""

    def build(lib: Library) -> Thunk:
        home = lib.numpy if hasattr(lib.numpy, name) else lib.lax
        function = lib.jit(lambda *arrays: getattr(home, name)(*arrays))
        arguments = [lib.asarray(a) for a in operands(name)]
        return lambda: lib.wait(function(*arguments))

    return build


def by_numpy(name: str) -> Callable[[], Thunk]:
    def build() -> Thunk:
        arguments = operands(name)
        return lambda: getattr(np, name)(*arguments)

    return build


# The value and gradient of sum(sin(x) exp(x) + tanh(x))


def angles(dtype: str, count: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-2, 2, size(count)).astype(dtype)


def waves(lib: Library, dtype: str, count: int = 4_000_000) -> Thunk:
    xp = lib.numpy

    def function(x: Any) -> Any:
        return xp.sum(xp.sin(x) * xp.exp(x) + xp.tanh(x))

    step, x = lib.jit(lib.value_and_grad(function)), lib.asarray(angles(dtype, count))
    return lambda: lib.wait(step(x))


def waves_in_c(dtype: str, count: int = 4_000_000) -> Thunk:
    x = angles(dtype, count)
    return c_function("elementwise", "waves", (x, x.size), (np.zeros((), dtype), np.zeros_like(x)))


# Prices of call options, and their derivatives by spot, strike, time, rate and volatility


def options(dtype: str) -> list[np.ndarray]:
    """Seeds of ones, and the five arguments."""
    rng, count = np.random.default_rng(0), size(1_000_000)
    ranges = ((80, 120), (80, 120), (0.2, 2), (0.01, 0.05), (0.1, 0.5))
    return [a.astype(dtype) for a in (np.ones(count), *(rng.uniform(*r, count) for r in ranges))]


def black_scholes(lib: Library, dtype: str) -> Thunk:
    xp = lib.numpy

    def cdf(x: Any) -> Any:
        return 0.5 * lib.erfc(x * -(0.5**0.5))

    def price(spot: Any, strike: Any, time: Any, rate: Any, volatility: Any) -> Any:
        spread = volatility * xp.sqrt(time)
        d = (xp.log(spot / strike) + rate * time) / spread + 0.5 * spread
        return spot * cdf(d) - strike * xp.exp(-rate * time) * cdf(d - spread)

    step = lib.jit(lib.value_and_vjp(price))
    arguments = [lib.asarray(a) for a in options(dtype)]
    return lambda: lib.wait(step(*arguments))


def black_scholes_in_c(dtype: str) -> Thunk:
    made = options(dtype)
    price, *derivatives = (np.zeros_like(a) for a in made)
    thunk = c_function("elementwise", "black_scholes", (*made, price.size), (price, *derivatives))
    return lambda: (thunk()[0], thunk.arrays[-5:])


def in_both(
    name: str, what: str, build: Any, by_hand: Any, targets: dict[str, float], also: Any
) -> list[Row]:
    """A row in each precision."""
    return [
        Row(
            f"{name}-f{bits}",
            f"{what}, float{bits}",
            partial(build, dtype=f"float{bits}"),
            targets,
            also,
            others={"C": partial(by_hand, f"float{bits}")},
            float64=bits == 64,
            rtol=1e-9 if bits == 64 else 1e-3,
            memory=True,
        )
        for bits in (64, 32)
    ]


ROWS = [
    *in_both(
        "black-scholes",
        "value and five derivatives of 1,000,000 options",
        black_scholes,
        black_scholes_in_c,
        {"jax": 1 / 5, "torch.compile": 1 / 2, "C": 1.25},
        ("jax un-jitted", "torch"),
    ),
    *in_both(
        "waves",
        "jit(value_and_grad(sum(sin(x) exp(x) + tanh(x)))), 4,000,000",
        waves,
        waves_in_c,
        {"jax": 1 / 5},
        ("C", "torch.compile", "torch", "autograd"),
    ),
    *(
        Row(
            f"vector-{name}",
            f"jit({name}), 1,000,000 float64",
            one_function(name),
            {"jax": 1.0},
            ("numpy",),
            others={"numpy": by_numpy(name)},
        )
        for name in ("exp", "log", "sin", "tan", "tanh", "arctan2", "arcsinh", "power")
    ),
    *(
        Row(f"vector-{name}", f"jit({name}), 1,000,000 float64", one_function(name), {"jax": 1.0})
        for name in ("erf_inv", "lgamma", "digamma")
    ),
    *(
        Row(
            name,
            f"jit({name}), 1,000,000 float64",
            one_function(name),
            {"jax": 1.0},
            ("numpy",),
            others={"numpy": by_numpy(name)},
        )
        for name in ("sort", "argsort", "searchsorted")
    ),
]
