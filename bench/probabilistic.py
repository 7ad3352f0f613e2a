"""Rows of likelihoods: a mixture of Gaussians, a Gaussian process; and threefry's normals."""

from __future__ import annotations

from typing import Any

import numpy as np

from .c_peer import c_function
from .peers import Library
from .rows import Row, Thunk, size

# The objective of F. Srajer, Z. Kukelova, A. Fitzgibbon, "A benchmark of selected algorithmic
# differentiation tools on some problems in computer vision and machine learning", Optimization
# Methods and Software 33 (2018), section 4.1: the log-likelihood of points under a mixture of k
# Gaussians, whose inverse covariances are given by triangular factors with exp(q) on the diagonal.


def mixture_data() -> tuple[np.ndarray, ...]:
    """Weights, means, q, factors, points."""
    points, dimensions, count = size(1000), size(10), size(25)
    normal = np.random.default_rng(0).normal
    weights, means, q = (normal(size=(count, dimensions)[:n]) for n in (1, 2, 2))
    factors = 0.1 * normal(size=(count, dimensions, dimensions))
    return weights, means, q, factors, normal(size=(points, dimensions))


def mixture(lib: Library) -> Thunk:
    """1,000 points in 10 dimensions, 25 Gaussians; the gradient by all parameters."""
    xp = lib.numpy
    weights, means, q, factors, x = (lib.asarray(a) for a in mixture_data())
    points, dimensions = x.shape
    eye = lib.asarray(np.eye(dimensions))

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


def mixture_in_c() -> Thunk:
    made = mixture_data()
    gradient = [np.zeros_like(a) for a in made[:4]]
    counts = (*made[4].shape, len(made[0]))
    thunk = c_function("mixture", "mixture", (*made, *counts), (np.zeros(()), *gradient))
    return lambda: (thunk()[0], gradient)


# The marginal likelihood of a Gaussian process with a squared exponential kernel: C. E. Rasmussen,
# C. K. I. Williams, "Gaussian Processes for Machine Learning" (2006), equation 2.30


HYPERPARAMETERS = 0.1, 0.2, -1.0  # logarithms of length, signal, noise


def process_data() -> tuple[np.ndarray, np.ndarray]:
    """Points, and what was observed there."""
    rng, count = np.random.default_rng(0), size(500)
    points = rng.uniform(-2, 2, size=(count, 3))
    return points, np.sin(points.sum(axis=1)) + 0.1 * rng.normal(size=count)


def process(lib: Library) -> Thunk:
    """500 points in three dimensions; the gradient by three hyperparameters."""
    xp = lib.numpy
    x, y = (lib.asarray(a) for a in process_data())
    eye = lib.asarray(np.eye(len(y)))

    def minus_log_likelihood(params: Any, x: Any, y: Any) -> Any:
        length, signal, noise = (xp.exp(p) for p in params)
        apart = (x[:, None, :] - x[None, :, :]) / length
        kernel = signal**2 * xp.exp(-0.5 * xp.sum(apart * apart, axis=2)) + noise**2 * eye
        lower = xp.linalg.cholesky(kernel)
        whitened = lib.solve_lower(lower, y)
        return 0.5 * xp.sum(whitened * whitened) + xp.sum(xp.log(xp.diagonal(lower)))

    run = lib.jit(lib.value_and_grad(minus_log_likelihood))
    params = tuple(lib.asarray(np.asarray(p)) for p in HYPERPARAMETERS)
    return lambda: lib.wait(run(params, x, y))


def process_in_c() -> Thunk:
    points, observed = process_data()
    n, params = len(points), [np.asarray(p) for p in HYPERPARAMETERS]
    room = np.zeros((n, n)), np.zeros((n, n)), np.zeros(n)
    results = [np.zeros(()) for _ in range(4)]
    return c_function("process", "process", (*params, points, observed, n, *room), results)


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
        ("C", "torch.compile", "torch"),
        others={"C": mixture_in_c},
        rtol=1e-8,
        memory=True,
    ),
    Row(
        "gaussian-process",
        "jit(value_and_grad(Gaussian process likelihood)), 500 points",
        process,
        {"jax": 1.0},
        ("C", "torch", "jax un-jitted"),
        others={"C": process_in_c},
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
