"""Rows about loops: simulations and recurrences, where a loop is the whole program."""

from __future__ import annotations

from typing import Any

import numpy as np

from .c_peer import c_function
from .peers import Library, polyad
from .rows import Row, Thunk, size

# The gradient of a simulation: five bodies, 1,000 steps of the leapfrog scheme

MASSES = np.array([1.0, 0.1, 0.1, 0.05, 0.02])


def bodies(lib: Library, steps: int = 1000, h: float = 0.01, **options: Any) -> Thunk:
    """Steps of length `h`; `options` are those of the scan."""
    xp, masses = lib.numpy, lib.asarray(MASSES)

    def acceleration(q: Any) -> Any:
        apart = q[None, :, :] - q[:, None, :]
        squared = xp.sum(apart * apart, axis=-1) + 0.01
        return xp.sum(masses[None, :, None] * apart * (squared**-1.5)[:, :, None], axis=1)

    def step(state: Any, _: Any) -> Any:
        q, v = state
        v = v + 0.5 * h * acceleration(q)
        q = q + h * v
        return (q, v + 0.5 * h * acceleration(q)), None

    def spread(q: Any, v: Any) -> Any:
        (q, v), _ = lib.lax.scan(step, (q, v), None, length=size(steps), **options)
        return xp.sum(q * q)

    rng = np.random.default_rng(0)
    q, v = lib.asarray(rng.normal(size=(5, 3))), lib.asarray(0.1 * rng.normal(size=(5, 3)))
    gradient = lib.jit(lib.grad(spread, (0, 1)))
    return lambda: lib.wait(gradient(q, v))


def long_bodies(lib: Library) -> Thunk:
    """A hundred times as many steps, in the same time, with 64 of the states kept."""
    return bodies(lib, 100_000, 1e-4, checkpoint=64)


# An LSTM: 100 steps, batch 16, hidden 64


def lstm(lib: Library) -> Thunk:
    xp, hidden, batch = lib.numpy, size(64), size(16)
    sigmoid = lambda x: 0.5 * (xp.tanh(0.5 * x) + 1)

    def loss(weights: Any, xs: Any) -> Any:
        def step(state: Any, x: Any) -> Any:
            h, c = state
            gates = xp.concatenate([x, h], axis=1) @ weights
            i, f, o = (sigmoid(gates[:, k * hidden : (k + 1) * hidden]) for k in range(3))
            c = f * c + i * xp.tanh(gates[:, 3 * hidden :])
            return (o * xp.tanh(c), c), None

        zeros = xp.zeros((batch, hidden), dtype=xp.float64)
        (h, _), _ = lib.lax.scan(step, (zeros, zeros), xs)
        return xp.sum(h * h)

    rng = np.random.default_rng(0)
    weights = lib.asarray(rng.normal(size=(2 * hidden, 4 * hidden)) / 8)
    xs = lib.asarray(rng.normal(size=(size(100), batch, hidden)))
    both = lib.jit(lib.value_and_grad(loss))
    return lambda: lib.wait(both(weights, xs))


# A scalar recurrence, which no tensor library is made for: the peer is C

ITERATIONS = 1_000_000
RATE = 1.000001  # as in c/loops.c


def in_c(name: str) -> Thunk:
    start = np.array(0.3)
    return c_function("loops", name, (start, size(ITERATIONS)), (np.zeros(()),))


def logistic_map(lib: Library) -> Any:
    def iterate(v: Any) -> Any:
        return lib.lax.fori_loop(0, size(ITERATIONS), lambda i, v: RATE * v * (1.0 - v), v)

    return iterate


def map_forward(lib: Library) -> Thunk:
    run = lib.jit(logistic_map(lib))
    return lambda: lib.wait(run(0.3))


def map_gradient(lib: Library) -> Thunk:
    run = lib.jit(lib.grad(logistic_map(lib)))
    return lambda: lib.wait(run(0.3))


ROWS = (
    Row(
        "n-body",
        "jit(grad(5 bodies, 1,000 leapfrog steps))",
        bodies,
        {"jax": 1 / 3},
        rtol=1e-6,
    ),
    Row(
        "n-body-slots",
        "the same with 100,000 steps and 64 checkpoint slots, against storing all",
        long_bodies,
        {"polyad stored": 4.0},
        others={"polyad stored": lambda: bodies(polyad(), 100_000, 1e-4)},
        rtol=1e-6,
    ),
    Row(
        "lstm",
        "jit(value_and_grad(LSTM)), 100 steps, batch 16, hidden 64",
        lstm,
        {"jax": 1 / 1.5},
    ),
    Row(
        "map-forward",
        "jitted logistic map, 1,000,000 iterations",
        map_forward,
        {"C": 1.5},
        ("jax",),
        others={"C": lambda: in_c("forward")},
        rtol=1e-6,
    ),
    Row(
        "map-gradient",
        "its derivative, in reverse mode",
        map_gradient,
        {"C": 1.5},
        ("jax",),
        others={"C": lambda: in_c("gradient")},
        rtol=1e-6,
    ),
)
