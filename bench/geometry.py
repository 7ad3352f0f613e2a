"""Rows of many small problems at once: bundle adjustment, systems of six unknowns, pullbacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .c_peer import c_function
from .peers import LIBRARIES, Library
from .rows import Row, Thunk, size

# Bundle adjustment, as in section 4.2 of the benchmark that the mixture of Gaussians is from
# (`probabilistic.py`): a camera has a rotation vector, a centre, a focal length, a principal point
# and two coefficients of radial distortion; each observation has a point and a weight.


def project(xp: Any, camera: Any, point: Any) -> Any:
    """Where the point is on the camera's image."""
    axis, centre, focal, principal, radial = (
        camera[0:3],
        camera[3:6],
        camera[6],
        camera[7:9],
        camera[9:11],
    )
    q = rotate(xp, axis, point - centre)
    on_plane = xp.stack([q[0] / q[2], q[1] / q[2]])
    squared = xp.sum(on_plane * on_plane)
    return on_plane * (1 + radial[0] * squared + radial[1] * squared * squared) * focal + principal


def rotate(xp: Any, axis: Any, v: Any) -> Any:
    """Rodrigues' formula."""
    angle = xp.sqrt(xp.sum(axis * axis))
    cosine, sine, w = xp.cos(angle), xp.sin(angle), axis / angle
    cross = xp.stack(
        [w[1] * v[2] - w[2] * v[1], w[2] * v[0] - w[0] * v[2], w[0] * v[1] - w[1] * v[0]]
    )
    return v * cosine + cross * sine + w * (xp.sum(w * v) * (1 - cosine))


def observations() -> tuple[np.ndarray, ...]:
    """Cameras, points, weights, where the points are seen."""
    count, rng = size(10_000), np.random.default_rng(0)
    cameras = np.column_stack(
        [
            rng.uniform(0.1, 0.5, (count, 3)),
            rng.uniform(-1, 1, (count, 3)),
            rng.uniform(400, 600, count),
            rng.uniform(-10, 10, (count, 2)),
            rng.uniform(-0.01, 0.01, (count, 2)),
        ]
    )
    points = rng.uniform(-1, 1, (count, 3)) + np.array([0, 0, 6.0])
    return cameras, points, rng.uniform(0.5, 1, count), rng.uniform(-100, 100, (count, 2))


def bundle_adjustment(lib: Library) -> Thunk:
    """The Jacobian blocks (2 x 11, 2 x 3, 2 x 1) of 10,000 residuals."""
    xp = lib.numpy

    def residual(camera: Any, point: Any, weight: Any, seen: Any) -> Any:
        return weight * (project(xp, camera, point) - seen)

    run = lib.jit(lib.vmap(lib.jacrev(residual, (0, 1, 2))))
    arguments = [lib.asarray(a) for a in observations()]
    return lambda: lib.wait(run(*arguments))


def bundle_adjustment_in_c() -> Thunk:
    made = observations()
    n = len(made[0])
    blocks = np.zeros((n, 2, 11)), np.zeros((n, 2, 3)), np.zeros((n, 2))
    return c_function("bundle", "bundle", (*made, n), blocks)


# Systems of six unknowns


def systems() -> tuple[np.ndarray, np.ndarray]:
    rng, count = np.random.default_rng(0), size(100_000)
    return rng.normal(size=(count, 6, 6)) + 4 * np.eye(6), rng.normal(size=(count, 6))


def solves(lib: Library) -> Thunk:
    xp = lib.numpy
    run = lib.jit(lambda a, b: xp.linalg.solve(a, b[:, :, None])[:, :, 0])
    matrices, right = (lib.asarray(a) for a in systems())
    return lambda: lib.wait(run(matrices, right))


def solves_in_c() -> Thunk:
    matrices, right = systems()
    return c_function("solves", "solves", (matrices, right, len(right)), (np.zeros_like(right),))


def solves_by_numpy() -> Thunk:
    matrices, right = systems()
    return lambda: np.linalg.solve(matrices, right[:, :, None])[:, :, 0]


# Matrix-Jacobian products: 128 cotangents at once, and one after the other


def pullback(lib: Library) -> tuple[Callable[..., Any], Any]:
    xp = lib.numpy
    inputs = lib.asarray(
        np.array(
            [[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30], [0.74, -2.49, 1.39]]
        )
    )

    def predict(weights: Any) -> Any:
        return 0.5 * (xp.tanh((xp.dot(inputs, weights) + 0.5) / 2) + 1)

    cotangents = lib.asarray(np.random.default_rng(0).normal(size=(size(128), 4)))
    return lib.vjp(predict, lib.asarray(np.array([0.1, -0.2, 0.3])))[1], cotangents


def vmapped_product(lib: Library) -> Thunk:
    pull, cotangents = pullback(lib)
    return lambda: lib.wait(lib.vmap(pull)(cotangents)[0])


def jitted_product(lib: Library) -> Thunk:
    pull, cotangents = pullback(lib)
    run = lib.jit(lib.vmap(pull))
    return lambda: lib.wait(run(cotangents)[0])


def looped_product(lib: Library) -> Thunk:
    pull, cotangents = pullback(lib)
    return lambda: lib.wait(lib.numpy.vstack([pull(row)[0] for row in cotangents]))


ROWS = (
    Row(
        "bundle-adjustment",
        "jit(vmap(jacrev(residual))) of bundle adjustment, 10,000 observations",
        bundle_adjustment,
        {"jax": 1.0},
        ("C", "torch.compile", "torch"),
        others={"C": bundle_adjustment_in_c},
        rtol=1e-8,
        memory=True,
    ),
    Row(
        "solves",
        "jit(solve), 100,000 systems of six unknowns",
        solves,
        {"jax": 1.0},
        ("C", "numpy", "torch"),
        others={"C": solves_in_c, "numpy": solves_by_numpy},
        rtol=1e-8,
        memory=True,
    ),
    Row(
        "jitted-vjp",
        "jit(vmap(pullback)), 128 cotangents",
        jitted_product,
        {"jax": 1.0},
    ),
    Row(
        "vmapped-vjp",
        "128 pullbacks, vmapped against looped",
        vmapped_product,
        {"polyad looped": 0.1},
        ("jax un-jitted",),
        others={"polyad looped": lambda: looped_product(LIBRARIES["polyad"]())},
    ),
)
