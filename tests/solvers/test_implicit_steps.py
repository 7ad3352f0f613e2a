"""implicit_step: against the closed form of linear equations, and sparse against dense."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import solvers
from polyad.errors import PolyadTypeError, PolyadValueError


@pytest.mark.parametrize("theta", [1.0, 0.5, 0.7])
def test_a_linear_equation(theta):
    """y' = λ y grows by (1 + (1 - θ) h λ) / (1 - θ h λ) in a step."""
    step = lambda rate, h: solvers.implicit_step(
        lambda t, y: rate * y, 0.0, np.array([2.0]), h, theta=theta
    ).value[0]
    growth = lambda rate, h: 2 * (1 + (1 - theta) * h * rate) / (1 - theta * h * rate)
    np.testing.assert_allclose(step(-50.0, 0.3), growth(-50.0, 0.3), rtol=1e-10)
    for argnum in (0, 1):
        found = polyad.jit(polyad.grad(step, argnum))(-50.0, 0.3)
        np.testing.assert_allclose(found, polyad.grad(growth, argnum)(-50.0, 0.3), rtol=1e-8)


def test_time_is_that_of_the_ends():
    """y' = 2 t is exact by the trapezoidal rule."""
    found = solvers.implicit_step(
        lambda t, y: {"x": 2 * t + 0 * y["x"]}, 1.0, {"x": 1.0}, 2.0, theta=0.5
    )
    np.testing.assert_allclose(found.value["x"], 9.0)


def test_heat_on_a_line_by_sparse_equations():
    """An eigenvector of the discrete Laplacian decays as one number."""
    n, h = 100, 0.1
    x = np.arange(1, n + 1) * np.pi / (n + 1)
    scale = ((n + 1) / np.pi) ** 2

    def heat(t, u):
        padded = pnp.concatenate([pnp.zeros(1), u, pnp.zeros(1)])
        return scale * (padded[2:] - 2 * u + padded[:-2])

    rate = scale * (2 * np.cos(np.pi / (n + 1)) - 2)
    step = lambda u: solvers.implicit_step(heat, 0.0, u, h, linear_solver="sparse").value
    for f in (step, polyad.jit(step)):
        np.testing.assert_allclose(f(np.sin(x)), np.sin(x) / (1 - h * rate), rtol=1e-8)
    pulled = polyad.grad(lambda u: np.sin(x) @ step(u))(np.ones(n))
    np.testing.assert_allclose(pulled, np.sin(x) / (1 - h * rate), rtol=1e-8)


def test_errors():
    f = lambda t, y: -y
    with pytest.raises(PolyadValueError, match=r"theta=0 is not in \(0, 1\]"):
        solvers.implicit_step(f, 0.0, np.ones(2), 0.1, theta=0)
    with pytest.raises(PolyadTypeError, match="implicit_step: y has"):
        solvers.implicit_step(lambda t, y: y[:1], 0.0, np.ones(2), 0.1)
