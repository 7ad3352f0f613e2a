"""Numbers in the place of NaN and infinities, as NumPy gives them."""

from __future__ import annotations

import numpy as np
import pytest

import polyad.numpy as pnp
from polyad import grad, jit

INF, NAN = np.inf, np.nan
VALUES = [
    np.array([1.0, NAN, INF, -INF], np.float32),
    np.array([complex(NAN, 1), complex(2, INF), complex(-INF, NAN), 3 + 4j]),
    np.array([1, -2], np.int8),
    np.array([True, False]),
    np.array([7], np.uint32),
]


@pytest.mark.parametrize("options", [{}, {"nan": 5.0, "posinf": 7.0, "neginf": -7.0}])
@pytest.mark.parametrize("x", VALUES, ids=lambda x: x.dtype.name)
def test_values_and_dtypes_are_numpys(x, options):
    expected = np.nan_to_num(x, **options)
    for run in (lambda f: f, jit):
        found = run(lambda x: pnp.nan_to_num(x, **options))(x)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
    assert not np.shares_memory(pnp.nan_to_num(x), x)


def test_the_parts_of_complex_numbers_have_derivatives_of_their_own():
    z = np.array([complex(NAN, 1.0), complex(2.0, INF)])
    slope = grad(lambda z: pnp.sum(pnp.nan_to_num(z, posinf=0.0).imag))(z)
    np.testing.assert_array_equal(slope, [-1j, 0j])
