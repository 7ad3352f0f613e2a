"""Curves over the size of the data, from 10 to 10,000,000 numbers; each point is a row."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from .c_peer import c_function
from .elementwise import waves, waves_in_c
from .peers import Library
from .reductions import logsumexp
from .rows import Row, Thunk, size

SIZES = tuple(10**k for k in range(1, 8))


def vector(count: int) -> np.ndarray:
    """One row of a matrix."""
    return np.random.default_rng(0).normal(size=(1, size(count)))


def softmax(lib: Library, count: int) -> Thunk:
    """The gradient of a logsumexp."""
    run = lib.jit(lib.grad(lambda x: logsumexp(lib.numpy, x)[0]))
    x = lib.asarray(vector(count))
    return lambda: lib.wait(run(x))


def softmax_in_c(count: int) -> Thunk:
    x = vector(count)
    return c_function("elementwise", "softmax", (x, x.size), (np.zeros_like(x),))


def curve(
    name: str, what: str, build: Callable[..., Thunk], by_hand: Callable[..., Thunk]
) -> list[Row]:
    return [
        Row(
            f"{name}-1e{len(str(count)) - 1}",
            f"{what}, {count:,} float64",
            partial(build, count=count),
            {"jax": 1.0},
            ("C",),
            others={"C": partial(by_hand, count=count)},
            sweep=name,
            size=count,
        )
        for count in SIZES
    ]


ROWS = [
    *curve(
        "sweep-waves",
        "jit(value_and_grad(sum(sin(x) exp(x) + tanh(x))))",
        partial(waves, dtype="float64"),
        partial(waves_in_c, "float64"),
    ),
    *curve("sweep-softmax", "jit(grad(logsumexp))", softmax, softmax_in_c),
]
