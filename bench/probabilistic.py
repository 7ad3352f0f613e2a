"""Rows of likelihoods: a mixture of Gaussians, a Gaussian process; and threefry's normals."""

from __future__ import annotations

from typing import Any

import numpy as np

from .peers import Library
from .rows import Row, Thunk, size

# The objective of F. Srajer, Z. Kukelova, A. Fitzgibbon, "A benchmark of selected algorithmic
# differentiation tools on some problems in computer vision and machine learning", Optimization
# Methods and Software 33 (2018), section 4.1: the log-likelihood of points under a mixture of k
# Gaussians, whose inverse covariances are given by triangular factors with exp(q) on the diagonal.


def mixture(lib: Library) -> Thunk:
    """1,000 points in 10 dimensions, 25 Gaussians; the gradient by all parameters."""
    xp, points, dimensions, count = lib.numpy, size(1000), size(10), size(25)
    rng = np.random.default_rng(0)
    normal = lambda *shape: lib.asarray(rng.normal(size=shape))
    weights, means, q = normal(count), normal(count, dimensions), normal(count, dimensions)
    factors = 0.1 * normal(count, dimensions, dimensions)
    x, eye = normal(points, dimensions), lib.asarray(np.eye(dimensions))

    def logsumexp(x: Any) -> Any:
        top = xp.max(x, axis=-1, keepdims=True)
        return top[..., 0] + xp.log(xp.sum(xp.exp(x - top), axis=-1))

    def likelihood(weights: Any, means: Any, q: Any, factors: Any, x: Any) -> Any:
        lower = xp.tril(factors, -1) + xp.exp(q)[:, :, None] * eye
        apart = x[:, None, :] - means[None, :, :]
        scaled = xp.einsum("kij,nkj->nki", lower, apart)
        each = weights + xp.sum(q, axis=1) - 0.5 * xp.sum(scaled * scaled, axis=2)
        prior = 0.5 * xp.sum(xp.exp(2 * q)) + 0.5 * xp.sum(xp.tril(factors, -1) ** 2)
        return xp.sum(logsumexp(each)) - points * logsumexp(weights) + prior - xp.sum(q)

    run = lib.jit(lib.value_and_grad(likelihood, (0, 1, 2, 3)))
    return lambda: lib.wait(run(weights, means, q, factors, x))


# The marginal likelihood of a Gaussian process with a squared exponential kernel: C. E. Rasmussen,
# C. K. I. Williams, "Gaussian Processes for Machine Learning" (2006), equation 2.30


def process(lib: Library) -> Thunk:
    """500 points in three dimensions; the gradient by three hyperparameters."""
    xp, count = lib.numpy, size(500)
    rng = np.random.default_rng(0)
    points = rng.uniform(-2, 2, size=(count, 3))
    observed = np.sin(points.sum(axis=1)) + 0.1 * rng.normal(size=count)
    x, y, eye = lib.asarray(points), lib.asarray(observed), lib.asarray(np.eye(count))

    def minus_log_likelihood(params: Any, x: Any, y: Any) -> Any:
        length, signal, noise = (xp.exp(p) for p in params)
        apart = (x[:, None, :] - x[None, :, :]) / length
        kernel = signal**2 * xp.exp(-0.5 * xp.sum(apart * apart, axis=2)) + noise**2 * eye
        lower = xp.linalg.cholesky(kernel)
        whitened = lib.solve_lower(lower, y)
        return 0.5 * xp.sum(whitened * whitened) + xp.sum(xp.log(xp.diagonal(lower)))

    run = lib.jit(lib.value_and_grad(minus_log_likelihood))
    params = tuple(lib.asarray(np.asarray(p)) for p in (0.1, 0.2, -1.0))
    return lambda: lib.wait(run(params, x, y))


def draws(lib: Library) -> Thunk:
    count = size(10_000_000)
    draw = lib.jit(lambda key: lib.random.normal(key, (count,)))
    key = lib.random.PRNGKey(0)
    return lambda: lib.wait(draw(key))


ROWS = (
    Row(
        "gmm",
        "jit(value_and_grad(Gaussian mixture)), 1,000 points, 10 dimensions, 25 components",
        mixture,
        {"jax": 1.0},
        ("torch.compile", "torch"),
        rtol=1e-8,
        memory=True,
    ),
    Row(
        "gaussian-process",
        "jit(value_and_grad(Gaussian process likelihood)), 500 points",
        process,
        {"jax": 1.0},
        ("torch", "jax un-jitted"),
        rtol=1e-7,
        memory=True,
    ),
    Row(
        "normals",
        "jitted threefry: 10,000,000 normals, float32",
        draws,
        {"jax": 1.0},
        float64=False,
        rtol=1e-4,
        memory=True,
    ),
)
