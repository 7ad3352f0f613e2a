"""B(a, b) of arguments of any sign, beside mpmath: its sign is that of its gamma functions."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import polyad
from polyad.special import beta

RNG = np.random.default_rng(3)
A, B = RNG.uniform(-6, 6, (2, 60))


def exact(orders: tuple[int, int], a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The derivatives of these orders, element by element."""
    value = lambda x, y: mpmath.diff(mpmath.beta, (x, y), orders)
    return np.array([float(value(x, y)) for x, y in zip(a, b, strict=True)])


@pytest.mark.parametrize("run", [lambda f: f, polyad.jit], ids=["eager", "jit"])
def test_values(run):
    expected = exact((0, 0), A, B)
    assert (expected < 0).sum() > 15  # the sign is tried
    np.testing.assert_allclose(run(beta)(A, B), expected, rtol=1e-12)
    found = run(beta)(A.astype("float32"), B.astype("float32"))
    np.testing.assert_array_equal(np.sign(found), np.sign(expected))


@pytest.mark.parametrize("orders", [(1, 0), (0, 1), (2, 0), (1, 1)], ids=str)
def test_derivatives(orders):
    f = beta
    for argument, order in enumerate(orders):
        for _ in range(order):
            f = polyad.grad(f, argument)
    found = polyad.vmap(f)(A[:25], B[:25])
    np.testing.assert_allclose(found, exact(orders, A[:25], B[:25]), rtol=1e-9)


def test_where_poles_meet():
    """Γ(-3) / Γ(-1) has a limit: -3 beside 2 is Γ(2) / (Γ(-1) / Γ(-3)) = 1/6."""
    for a, b, expected in ((-3.0, 2.0, 1 / 6), (-3.0, 1.0, -1 / 3), (2.0, -5.0, 1 / 20)):
        np.testing.assert_allclose(beta(a, b), expected, rtol=1e-14)
    assert beta(-1.0, 2.5) == beta(0.0, 1.0) == np.inf
    assert beta(-2.5, 2.5) == 0.0 and np.isnan(beta(np.nan, 1.0))
