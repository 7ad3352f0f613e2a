"""Zeros of polynomials whose leading coefficients may be 0, which is not known."""

from __future__ import annotations

import numpy as np
import pytest

import polyad.numpy as pnp
from polyad import jit, vmap

COEFFICIENTS = [
    [0.0, 0.0, 1.0, -3.0, 2.0],
    [1.0, -3.0, 2.0, 0.0, 0.0],
    [0.0, 1.0, -3.0, 2.0, 0.0],
    [0.0, 0.0, 0.0],
    [0.0, 2.0, 0.0],
    [5.0],
]


@pytest.mark.parametrize("p", COEFFICIENTS, ids=str)
def test_there_is_a_nan_for_each_leading_zero(p):
    expected = np.sort_complex(np.roots(p))
    for run in (lambda f: f, jit):
        found = run(lambda p: pnp.roots(p, strip_zeros=False))(np.array(p))
        assert found.shape == (len(p) - 1,)
        known = found[: len(expected)]
        np.testing.assert_allclose(np.sort_complex(known), expected, atol=1e-12)
        assert np.isnan(found[len(expected) :]).all()


def test_a_batch_has_different_degrees():
    found = vmap(lambda p: pnp.roots(p, strip_zeros=False))(np.array([[0.0, 1, -1], [1, -3, 2]]))
    assert found[0, 0] == 1.0 and np.isnan(found[0, 1])
    np.testing.assert_allclose(np.sort(found[1].real), [1.0, 2.0], rtol=1e-14)


@pytest.mark.parametrize("dtype", ["float32", "complex64", "float64"])
def test_no_coefficients_have_no_zeros_in_their_dtype(dtype):
    expected = np.result_type(dtype, "complex64")
    for p in (np.zeros(0, dtype), np.zeros(2, dtype)):
        found = pnp.roots(p)
        assert found.shape == (0,) and found.dtype == expected
