"""Sets of a given size: what stands for missing elements; complex NaNs are one element."""

import itertools

import numpy as np
import pytest

import polyad
from polyad import numpy as pnp

FIRST, SECOND = np.array([4.0, 5.0, 5.0, 1.0]), np.array([7.0, 4.0, 5.0])


@pytest.mark.parametrize("fill", [None, -1.0])
@pytest.mark.parametrize("name", ["intersect1d", "setxor1d", "union1d"])
def test_the_first_element_or_the_fill_value_stands_for_missing_ones(name, fill):
    """NumPy's elements, then those of JAX's documentation: the least one, or `fill_value`."""
    expected = getattr(np, name)(FIRST, SECOND)
    rest = np.full(6 - len(expected), expected.min() if fill is None else fill)
    call = lambda x, y: getattr(pnp, name)(x, y, size=6, fill_value=fill)
    for found in (call(FIRST, SECOND), polyad.jit(call)(FIRST, SECOND)):
        np.testing.assert_array_equal(found, [*expected, *rest])


def test_sizes_stand_for_positions_that_are_missing():
    """`intersect1d(return_indices=True)`: an index out of range for each missing element."""
    call = lambda x, y: pnp.intersect1d(x, y, return_indices=True, size=4)
    for values, first, second in (call(FIRST, SECOND), polyad.jit(call)(FIRST, SECOND)):
        np.testing.assert_array_equal(values, [4.0, 5.0, 4.0, 4.0])
        np.testing.assert_array_equal(first, [0, 1, 4, 4])
        np.testing.assert_array_equal(second, [1, 2, 3, 3])
    values, first, second = call(FIRST, SECOND + 10)
    np.testing.assert_array_equal(values, np.zeros(4))
    np.testing.assert_array_equal([first, second], [[4] * 4, [3] * 4])
    np.testing.assert_array_equal(pnp.setxor1d(FIRST, FIRST, size=2), [0.0, 0.0])
    np.testing.assert_array_equal(pnp.setxor1d([np.nan], [1.0], size=2), [1.0, np.nan])


def test_complex_nans_are_one_element_at_the_end():
    parts = [0.0, -0.0, 1.0, np.nan, -np.nan]
    z = np.array([complex(*pair) for pair in itertools.product(parts, repeat=2)])
    expected = np.unique(z, return_index=True, return_inverse=True, return_counts=True)
    found = pnp.unique(z, return_index=True, return_inverse=True, return_counts=True)
    for mine, numpys in zip(found, expected, strict=True):
        np.testing.assert_array_equal(mine, numpys)
