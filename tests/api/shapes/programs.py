"""Programs of arrays of any size, each with its arguments for a size."""

from __future__ import annotations

import itertools

import numpy as np

import polyad
import polyad.numpy as pnp
from polyad import lax, nn


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def options(spot, strike, time):
    d1 = (pnp.log(spot / strike) + 0.065 * time) / (0.3 * pnp.sqrt(time))
    below = lambda x: 0.5 * (1 + polyad.special.erf(x / 2**0.5))
    paid = strike * pnp.exp(-0.02 * time) * below(d1 - 0.3 * pnp.sqrt(time))
    return pnp.sum(spot * below(d1) - paid)


def prices(n):
    return np.linspace(90, 110, n), np.linspace(95, 105, n), np.linspace(0.5, 2, n)


def layers(weights, x, y):
    for w, b in weights[:-1]:
        x = pnp.tanh(x @ w + b)
    w, b = weights[-1]
    return pnp.mean((x @ w + b - y) ** 2)


def batch(n):
    sizes = (10, 12, 1)
    weights = [(normal(a, b), normal(b)) for a, b in itertools.pairwise(sizes)]
    return weights, normal(n, 10), normal(n, 1)


def filtered(theta, ys):
    move = pnp.eye(2) + theta[0] * pnp.eye(2, k=1)

    def step(carry, y):
        mean, cov, total = carry
        mean, cov = move @ mean, move @ cov @ move.T + pnp.exp(theta[1]) * pnp.eye(2)
        s = cov[0, 0] + pnp.exp(theta[2])
        gain, error = cov[:, 0] / s, y - mean[0]
        total = total - 0.5 * (pnp.log(s) + error * error / s)
        return (mean + gain * error, cov - pnp.outer(gain, gain) * s, total), None

    start = pnp.zeros(2), pnp.eye(2), 0.0
    return lax.scan(step, start, ys)[0][2]


PROGRAMS = {
    "scaled": (lambda x: pnp.tanh(x) * 2, lambda n: (normal(n),)),
    "total": (polyad.value_and_grad(lambda x: pnp.sum(pnp.sin(x) * x)), lambda n: (normal(n),)),
    "mean": (polyad.value_and_grad(lambda x: pnp.mean(x**3)), lambda n: (normal(n),)),
    "variance": (lambda x: pnp.var(x, axis=0), lambda n: (normal(n, 5),)),
    "options": (polyad.value_and_grad(options, argnums=(0, 1, 2)), prices),
    "layers": (polyad.value_and_grad(layers), batch),
    "filter": (polyad.value_and_grad(filtered), lambda n: (np.array([0.1, 0.2, 0.3]), normal(n))),
    "softmax": (
        polyad.grad(lambda x: pnp.sum(nn.softmax(x, axis=-1) ** 2)),
        lambda n: (normal(n, 21),),
    ),
    "logsumexp": (polyad.value_and_grad(lambda x: nn.logsumexp(x)), lambda n: (normal(n),)),
    "pairs": (lambda x, y: pnp.outer(x, y).sum(0), lambda n: (normal(n), normal(n + 7))),
    "joined": (lambda x: pnp.concatenate([x, 2 * x]), lambda n: (normal(n),)),
    "gram": (lambda x: x.T @ x, lambda n: (normal(n, 20),)),
    "flattened": (lambda x: pnp.sum(pnp.reshape(x, (-1,)) * 2), lambda n: (normal(n, 11),)),
    "running": (
        polyad.grad(lambda x: pnp.sum(lax.scan(lambda c, a: (pnp.tanh(c * a), c), 0.5, x)[1])),
        lambda n: (normal(n),),
    ),
    "singles": (
        polyad.value_and_grad(lambda x: pnp.mean(pnp.exp(-x * x) / x.shape[0])),
        lambda n: (normal(n).astype(np.float32),),
    ),
}
