"""Booleans without dimensions as indices: a new axis with the element or none, as in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import polyad.numpy as pnp
from polyad import errors, grad, jit

X = np.arange(120.0).reshape(2, 3, 4, 5)
INDICES = [
    np.index_exp[True],
    np.index_exp[False],
    np.index_exp[..., True],
    np.index_exp[..., False],
    np.index_exp[0, :2, True],
    np.index_exp[:2, 0, False],
    np.index_exp[:2, np.array([0, 2]), True],
    np.index_exp[np.array([1, 0]), :, np.True_],
    np.index_exp[True, :, True, :, np.array(True)],
    np.index_exp[None, True, 0],
]


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_they_read_and_write_what_numpys_do(index):
    written = X.copy()
    written[index] = -1.0
    for call in (lambda f: f(X), lambda f: jit(f)(X)):
        found = call(lambda x: x[index] if x is not X else pnp.at(x)[index].get())
        assert found.shape == X[index].shape
        np.testing.assert_array_equal(found, X[index])
        np.testing.assert_array_equal(call(lambda x: pnp.at(x)[index].set(-1.0)), written)
    slope = grad(lambda x: pnp.sum(x[index] ** 2))(X)
    expected = np.zeros_like(X)
    np.add.at(expected, index, 2 * X[index])
    np.testing.assert_array_equal(slope, expected)


def test_a_tensor_has_them():
    x = torch.arange(6.0).reshape(2, 3)
    found = jit(lambda x: x[:, True], backend="torch")(x)
    assert found.shape == x[:, True].shape and torch.equal(found, x[:, True])


def test_an_unknown_one_is_an_index_error_and_a_value_that_is_not_known():
    for f in (lambda x, m: x[:, m], lambda x, m: x[m]):
        for kind in (IndexError, errors.ConcretizationError):
            with pytest.raises(kind, match="as many elements as the mask has Trues"):
                jit(f)(np.ones((2, 2)), True)
    for kind in (IndexError, errors.ConcretizationError, errors.UnknownIndexError):
        with pytest.raises(kind, match=r"bounds of a slice(.|\n)*argument 'n'"):
            jit(lambda x, n: x[:n])(np.ones(3), 2)


def test_an_element_of_an_empty_axis():
    with pytest.raises(IndexError, match="out of range for axis 1 of size 0"):
        jit(lambda x, i: x[0, i])(np.ones((2, 0)), 0)
    assert jit(lambda x, i: x[:, i])(np.ones((2, 0)), np.zeros(0, int)).shape == (2, 0)
