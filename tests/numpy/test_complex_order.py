"""The order of complex numbers, beside NumPy's own."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp

PARTS = [-1.0, -0.0, 0.0, 2.0, np.nan, np.inf]
Z = np.array([complex(a, b) for a, b in itertools.product(PARTS, PARTS)])
X1, X2 = (np.array(pair) for pair in zip(*itertools.product(Z, Z), strict=True))


@pytest.mark.parametrize(
    "name",
    ["less", "less_equal", "greater", "greater_equal", "maximum", "minimum", "fmax", "fmin"],
)
def test_it_is_numpys(name: str):
    mine, known = getattr(pnp, name), getattr(np, name)
    expected = known(X1, X2)
    if name in ("fmax", "fmin"):  # of two NaNs NumPy gives either
        both = np.isnan(X1) & np.isnan(X2)
        expected[both] = np.nan
    for f in (mine, polyad.jit(mine)):
        found = np.array(f(X1, X2))
        if name in ("fmax", "fmin"):
            found[both] = np.nan
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(f(X1, 1.0), known(X1, 1.0))


def test_the_derivative_is_that_of_the_one_that_is_taken():
    slope = polyad.grad(lambda z: pnp.maximum(z**2, 1.0 + 0j), holomorphic=True)
    assert slope(2.0 + 1j) == 4.0 + 2j
    assert slope(0.5 + 0j) == 0.0
