"""Programs whose first calls are measured, in families: of each a function and its arguments, for
any size of the data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .peers import Library

Call = tuple[Callable[..., Any], tuple[Any, ...]]


class Program(NamedTuple):
    """`make(lib, size)` gives a jitted function and its arguments; `limits` are the ratios to
    JAX's time that are wanted at most: of a first call, with another shape, and with code on disk.
    """

    make: Callable[[Library, int], Call]
    limits: tuple[float | None, float | None, float | None]
    shapes: bool = True  # whether the data have a size


def random(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape)


def scalar(lib: Library, slope: bool, of: Callable[[Any], Any]) -> Call:
    return lib.jit(lib.grad(of) if slope else of), (1.0,)


def chain(count: int, slope: bool) -> Program:
    """`count` operations on a number, or their derivative."""

    def make(lib: Library, size: int) -> Call:
        def values(x: Any) -> Any:
            for _ in range(count // 2):
                x = lib.numpy.sin(x) * 1.01
            return x

        return scalar(lib, slope, values)

    return Program(make, (0.8, None, 0.1), shapes=False)


def tanh(lib: Library, size: int) -> Call:
    return scalar(lib, True, lib.numpy.tanh)


def layers(count: int) -> Program:
    """An MLP of equal layers and its gradient; the size is the batch."""

    def make(lib: Library, size: int) -> Call:
        xp = lib.numpy

        def loss(parameters: Any, x: Any, y: Any) -> Any:
            for weight, bias in parameters:
                x = xp.tanh(x @ weight + bias)
            return xp.mean((x - y) ** 2)

        parameters = [(0.3 * random(16, 16), 0.3 * random(16)) for _ in range(count)]
        return lib.jit(lib.value_and_grad(loss)), (parameters, random(size, 16), random(size, 16))

    return Program(make, (0.3, 0.08, 0.05))


def logistic(lib: Library, size: int) -> Call:
    xp = lib.numpy

    def loss(w: Any, x: Any, y: Any) -> Any:
        return xp.mean(xp.log1p(xp.exp(-y * (x @ w)))) + 0.01 * xp.sum(w**2)

    return lib.jit(lib.value_and_grad(loss)), (random(12), random(size, 12), random(size))


def softmax(lib: Library, size: int) -> Call:
    xp = lib.numpy

    def loss(x: Any, labels: Any) -> Any:
        shifted = x - xp.max(x, axis=1, keepdims=True)
        return -xp.mean(labels * (shifted - xp.log(xp.sum(xp.exp(shifted), axis=1, keepdims=True))))

    return lib.jit(lib.value_and_grad(loss)), (random(size, 50), random(size, 50))


def mixture(lib: Library, size: int) -> Call:
    """The log-likelihood of a mixture of Gaussians with diagonal covariances."""
    xp = lib.numpy

    def loss(weights: Any, means: Any, scales: Any, x: Any) -> Any:
        z = (x[:, None] - means) * xp.exp(scales)
        terms = weights - 0.5 * xp.sum(z**2, axis=2) + xp.sum(scales, axis=1)
        top = xp.max(terms, axis=1, keepdims=True)
        sums = xp.log(xp.sum(xp.exp(terms - top), axis=1)) + top[:, 0]
        return xp.mean(sums) - xp.log(xp.sum(xp.exp(weights)))

    run = lib.jit(lib.value_and_grad(loss, (0, 1, 2)))
    return run, (random(5), random(5, 3), random(5, 3), random(size, 3))


def black_scholes(lib: Library, size: int) -> Call:
    xp = lib.numpy

    def value(spot: Any, strike: Any, rate: Any, volatility: Any, time: Any) -> Any:
        normal = lambda x: 0.5 * (1 + lib.lax.erf(x * 0.5**0.5))
        spread = volatility * xp.sqrt(time)
        d = (xp.log(spot / strike) + (rate + volatility**2 / 2) * time) / spread
        return xp.sum(spot * normal(d) - strike * xp.exp(-rate * time) * normal(d - spread))

    ends = ((90.0, 110.0), (95.0, 105.0), (0.01, 0.05), (0.1, 0.4), (0.5, 2.0))
    run = lib.jit(lib.value_and_grad(value, (0, 1, 2, 3, 4)))
    return run, tuple(np.linspace(*each, size) for each in ends)


def lstm(lib: Library, size: int) -> Call:
    """A layer of 16 cells over 10 steps, and its gradient; the size is the batch."""
    xp = lib.numpy
    sigmoid = lambda x: 1 / (1 + xp.exp(-x))

    def loss(weights: Any, xs: Any) -> Any:
        def step(state: Any, x: Any) -> Any:
            h, c = state
            gates = x @ weights[0] + h @ weights[1] + weights[2]
            i, f, o, g = (gates[:, 16 * k : 16 * (k + 1)] for k in range(4))
            c = sigmoid(f) * c + sigmoid(i) * xp.tanh(g)
            h = sigmoid(o) * xp.tanh(c)
            return (h, c), h

        start = xp.zeros((xs.shape[1], 16))
        return xp.mean(lib.lax.scan(step, (start, start), xs)[1] ** 2)

    weights = (0.3 * random(8, 64), 0.3 * random(16, 64), random(64))
    return lib.jit(lib.value_and_grad(loss)), (weights, random(10, size, 8))


def attention(count: int) -> Program:
    """Blocks of attention, layer norm and two dense layers; the size is the tokens."""

    def make(lib: Library, size: int) -> Call:
        xp, d = lib.numpy, 32

        def loss(blocks: Any, x: Any) -> Any:
            for q, k, v, o, a, b in blocks:
                s = (x @ q) @ (x @ k).T / d**0.5
                s = xp.exp(s - xp.max(s, axis=1, keepdims=True))
                x = x + (s / xp.sum(s, axis=1, keepdims=True)) @ (x @ v) @ o
                x = x - xp.mean(x, axis=1, keepdims=True)
                x = x / xp.sqrt(xp.mean(x**2, axis=1, keepdims=True) + 1e-6)
                x = x + xp.tanh(x @ a) @ b
            return xp.sum(x**2)

        shapes = (*((d, d),) * 4, (d, 4 * d), (4 * d, d))
        blocks = [[0.2 * random(*shape) for shape in shapes] for _ in range(count)]
        return lib.jit(lib.value_and_grad(loss)), (blocks, random(size, d))

    return Program(make, (0.12, 0.06, 0.03))


def sweep(lib: Library, size: int) -> Call:
    """The gradient of a sweep that Python unrolls, over single elements in place."""

    def loss(x: Any, c: Any) -> Any:
        for i in range(1, 40):
            x = x.at[i].set(x[i] - c[i] * x[i - 1])
        return lib.numpy.sum(x)

    x = np.linspace(1, 2, size)
    return lib.jit(lib.grad(loss)), (x, x / 10)


def branches(lib: Library, size: int) -> Call:
    """The gradient through twelve `cond`s."""
    xp = lib.numpy

    def loss(x: Any) -> Any:
        for i in range(12):
            one, other = (lambda v, i=i: xp.sin(v) * (i + 1)), (lambda v, i=i: v * v - i)
            x = lib.lax.cond(xp.sum(x) > i, one, other, x)
        return xp.sum(x)

    return lib.jit(lib.grad(loss)), (random(size),)


def interpolations(lib: Library, size: int) -> Call:
    xp, knots = lib.numpy, np.linspace(0, 1, 10)

    def loss(x: Any, heights: Any) -> Any:
        for _ in range(6):
            x = xp.interp(x, knots, heights)
        return xp.sum(x)

    return lib.jit(lib.grad(loss, (0, 1))), (np.linspace(0, 1, size), knots**2)


PROGRAMS: dict[str, Program] = {
    "tanh": Program(tanh, (0.3, None, 0.08), shapes=False),
    "logistic": Program(logistic, (0.2, 0.08, 0.03)),
    "Gaussian mixture": Program(mixture, (0.2, 0.08, 0.03)),
    "softmax": Program(softmax, (0.2, 0.08, 0.03)),
    "Black-Scholes": Program(black_scholes, (0.2, 0.08, 0.03)),
    **{f"MLP of {n} layers": layers(n) for n in (8, 32, 64)},
    "LSTM": Program(lstm, (0.12, 0.06, 0.03)),
    **{f"attention, {n} blocks": attention(n) for n in (1, 6)},
    "chain of 300": chain(300, False),
    "chain of 1,200": chain(1200, False),
    "slope of a chain of 300": chain(300, True),
    "sweep in place": Program(sweep, (0.1, 0.1, 0.1)),
    "12 conds": Program(branches, (0.3, 0.1, 0.1)),
    "6 interpolations": Program(interpolations, (0.2, 0.1, 0.1)),
}
