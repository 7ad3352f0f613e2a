"""Ten programs, each with its arguments, of which the tests ask where each op comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import polyad
import polyad.numpy as pnp
from polyad import lax

Program = tuple[Callable[..., Any], tuple[Any, ...]]
X, W = np.ones((40, 30)), np.ones((30, 30)) / 30


def wave(x: Any) -> Any:
    return pnp.exp(-x * x) * pnp.sin(3 * x)


def curvature(x: Any) -> Any:
    second = polyad.grad(polyad.grad(wave))
    return polyad.vmap(second)(x)


def perceptron(x: Any, w: Any) -> Any:
    hidden = pnp.tanh(x @ w)
    hidden = pnp.tanh(hidden @ w)
    logits = hidden @ w
    shifted = logits - pnp.max(logits, axis=1, keepdims=True)
    total = pnp.log(pnp.sum(pnp.exp(shifted), axis=1))
    return pnp.mean(total - shifted[:, 0])


def normalized(x: Any, w: Any) -> Any:
    mean = pnp.mean(x, axis=-1, keepdims=True)
    spread = pnp.var(x, axis=-1, keepdims=True)
    y = (x - mean) / pnp.sqrt(spread + 1e-5)
    return pnp.sum(y * w[0])


def options(spot: Any, strike: Any) -> Any:
    spread = 0.2 * pnp.sqrt(strike)
    d = (pnp.log(spot / strike) + 0.03) / spread
    normal = lambda z: 0.5 * (1 + lax.erf(z * 0.5**0.5))
    value = spot * normal(d) - strike * normal(d - spread)
    return pnp.sum(value)


def scanned(x: Any, w: Any) -> Any:
    def step(s: Any, row: Any) -> Any:
        gate = pnp.tanh(s @ w + row)
        return gate, pnp.sum(s)

    s, ys = lax.scan(step, x[0], x)
    return pnp.sum(s) + pnp.sum(ys)


def repeated(x: Any, w: Any) -> Any:
    s = lax.while_loop(lambda s: pnp.sum(s) < 100, lambda s: s * 2 + x[0], w[0])
    return lax.cond(pnp.sum(s) > 0, pnp.sum, pnp.max, s)


def moved(x: Any, w: Any) -> Any:
    both = pnp.concat([x, pnp.sort(x)])
    taken = both[pnp.asarray([3, 0])]
    flipped = pnp.flip(pnp.pad(taken, 2), axis=0)
    return pnp.sum(flipped[:2, :30] * pnp.linalg.inv(w + pnp.eye(30))[:2])


def solved(x: Any, w: Any) -> Any:
    a = w @ w.T + pnp.eye(30)
    factor = pnp.linalg.cholesky(a)
    y = pnp.linalg.solve(a, x[0])
    return pnp.sum(y * x[1]) + pnp.sum(pnp.log(pnp.diagonal(factor)))


def long(x: Any) -> Any:
    y = pnp.cumsum(pnp.sin(x))
    best = pnp.argmax(y)
    return pnp.sum(y * y) + y[best]


def folded(x: Any, w: Any) -> Any:
    image = x.reshape(1, 40, 30, 1)
    kernel = w[:3, :3].reshape(3, 3, 1, 1)
    names = ("NHWC", "HWIO", "NHWC")
    y = lax.conv_general_dilated(image, kernel, (1, 1), "SAME", dimension_numbers=names)
    return pnp.sum(pnp.maximum(y, 0.0) ** 2)


ANGLES, PRICES = np.linspace(0.1, 1, 2000), np.linspace(90.0, 110.0, 2000)
PROGRAMS: dict[str, Program] = {
    "curvature": (curvature, (ANGLES,)),
    "perceptron": (perceptron, (X, W)),
    "normalized": (normalized, (X, W)),
    "options": (options, (PRICES, PRICES + 1)),
    "scanned": (scanned, (X, W)),
    "repeated": (repeated, (X, W)),
    "moved": (moved, (X, W)),
    "solved": (solved, (X, W)),
    "long": (long, (np.linspace(0, 9, 50000),)),
    "folded": (folded, (X, W)),
}
