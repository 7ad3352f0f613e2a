"""Updates at index arrays, in each mode: derivatives against finite differences."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp

X, V = np.array([1.0, 2.0, 3.0]), np.array([5.0, 0.5])
W = np.array([1.0, 10.0, 100.0])
STEP = 1e-6


def differences(f, x):
    return np.array([(f(x + STEP * u) - f(x - STEP * u)) / (2 * STEP) for u in np.eye(len(x))])


@pytest.mark.parametrize("mode", ["set", "add", "multiply", "max", "min"])
def test_derivatives_of_updates(mode):
    def total(x, v):
        return pnp.sum(getattr(pnp.at(x)[np.array([0, 1])], mode)(v) ** 2 * W)

    by_x, by_v = differences(lambda x: total(x, V), X), differences(lambda v: total(X, v), V)
    found = polyad.grad(total, argnums=(0, 1))(X, V)
    np.testing.assert_allclose(found[0], by_x, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found[1], by_v, rtol=1e-6, atol=1e-6)
    for tx, tv in ((W, np.zeros(2)), (np.zeros(3), W[:2]), (W, W[:2])):
        _, forward = polyad.jvp(total, (X, V), (tx, tv))
        np.testing.assert_allclose(forward, by_x @ tx + by_v @ tv, rtol=1e-6)
    mixed = polyad.jacfwd(polyad.grad(total, argnums=1), argnums=0)(X, V)
    other = differences(lambda x: polyad.grad(total, argnums=1)(x, V), X).T
    np.testing.assert_allclose(mixed, other, rtol=1e-5, atol=1e-5)
