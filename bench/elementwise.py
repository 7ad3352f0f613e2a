"""Rows of element-wise work on large arrays: one function each, and derivatives in one loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .peers import Library
from .rows import Row, Thunk

SIZE = 1_000_000


def operands(name: str) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(0)
    count = 2 if name in ("power", "arctan2") else 1
    return tuple(rng.uniform(0.1, 3.0, SIZE) for _ in range(count))


def one_function(name: str) -> Callable[[Library], Thunk]:
    """A function of the NumPy namespace, jitted."""

    def build(lib: Library) -> Thunk:
        function = lib.jit(getattr(lib.numpy, name))
        arguments = [lib.asarray(a) for a in operands(name)]
        return lambda: lib.wait(function(*arguments))

    return build


def by_numpy(name: str) -> Callable[[], Thunk]:
    def build() -> Thunk:
        arguments = operands(name)
        return lambda: getattr(np, name)(*arguments)

    return build


def waves(dtype: str) -> Callable[[Library], Thunk]:
    """Value and gradient of sum(sin(x) exp(x) + tanh(x))."""

    def build(lib: Library) -> Thunk:
        xp = lib.numpy

        def function(x: Any) -> Any:
            return xp.sum(xp.sin(x) * xp.exp(x) + xp.tanh(x))

        step = lib.jit(lib.value_and_grad(function))
        x = lib.asarray(np.random.default_rng(0).uniform(-2, 2, 4 * SIZE).astype(dtype))
        return lambda: lib.wait(step(x))

    return build


def black_scholes(dtype: str) -> Callable[[Library], Thunk]:
    """Prices of call options, and their derivatives by spot, strike, time, rate and volatility."""

    def build(lib: Library) -> Thunk:
        xp, vjp, erfc = lib.numpy, lib.vjp, lib.erfc
        assert vjp is not None and erfc is not None

        def cdf(x: Any) -> Any:
            return 0.5 * erfc(x * -(0.5**0.5))

        def price(spot: Any, strike: Any, time: Any, rate: Any, volatility: Any) -> Any:
            spread = volatility * xp.sqrt(time)
            d = (xp.log(spot / strike) + rate * time) / spread + 0.5 * spread
            return spot * cdf(d) - strike * xp.exp(-rate * time) * cdf(d - spread)

        def step(seeds: Any, *arguments: Any) -> Any:
            value, pullback = vjp(price, *arguments)
            return value, pullback(seeds)

        step = lib.jit(step)
        rng = np.random.default_rng(0)
        ranges = ((80, 120), (80, 120), (0.2, 2), (0.01, 0.05), (0.1, 0.5))
        made = [np.ones(SIZE), *(rng.uniform(*r, SIZE) for r in ranges)]
        arguments = [lib.asarray(a.astype(dtype)) for a in made]
        return lambda: lib.wait(step(*arguments))

    return build


def fused(name: str, what: str, made: Callable[[str], Any], tolerance: float) -> list[Row]:
    """A row in each precision."""
    return [
        Row(
            f"{name}-f{64 if wide else 32}",
            f"{what}, float{64 if wide else 32}",
            made("float64" if wide else "float32"),
            ("jax",),
            target=0.2,
            float64=wide,
            rtol=1e-9 if wide else tolerance,
        )
        for wide in (True, False)
    ]


ROWS = [
    *fused("waves", "jit(value_and_grad(sum(sin(x) exp(x) + tanh(x)))), 4,000,000", waves, 1e-3),
    *fused("black-scholes", "value and five derivatives of 1,000,000 options", black_scholes, 1e-3),
    *(
        Row(
            f"vector-{name}",
            f"jit({name}), 1,000,000 float64",
            one_function(name),
            ("jax", "numpy"),
            target=1.0,
            others={"numpy": by_numpy(name)},
        )
        for name in ("exp", "log", "sin", "tan", "tanh", "arctan2", "arcsinh", "power")
    ),
]
