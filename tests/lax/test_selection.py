"""select, select_n, clamp: values against NumPy, derivatives, and errors."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.errors import PolyadTypeError, ShapeError

X, Y, Z = (np.random.default_rng(k).normal(size=(2, 3)) for k in range(3))


@pytest.mark.parametrize("wrap", [lambda f: f, polyad.jit])
def test_select_n_chooses_element_by_element(wrap):
    which = np.array([[0, 1, 2], [2, -5, 7]])
    f = wrap(lambda w, *cases: lax.select_n(w, *cases))
    np.testing.assert_array_equal(f(which, X, Y, Z), np.choose(which, [X, Y, Z], mode="clip"))
    np.testing.assert_array_equal(f(X > 0, Y, Z), np.where(X > 0, Z, Y))
    np.testing.assert_array_equal(f(np.array(1), X, Y, Z), Y)
    np.testing.assert_array_equal(f(np.array(True), X, Y), Y)
    np.testing.assert_array_equal(f(np.array(0), X), X)


def test_select_takes_the_first_where_true():
    np.testing.assert_array_equal(lax.select(X > 0, X, Y), np.where(X > 0, X, Y))
    np.testing.assert_array_equal(lax.select(True, X, Y), X)
    assert lax.select(False, 1.0, 2.0) == 2.0


def test_the_derivative_goes_to_the_case_chosen():
    which = np.array([[0, 1, 2], [2, 1, 0]])
    pulled = polyad.grad(lambda *c: pnp.sum(lax.select_n(which, *c)), argnums=(0, 1, 2))(X, Y, Z)
    for k, ct in enumerate(pulled):
        np.testing.assert_array_equal(ct, which == k)


def test_clamp_halves_the_derivative_at_a_bound():
    x = np.array([-1.0, 0.0, 0.5, 1.0, 2.0])
    low, ct, high = polyad.grad(lambda *a: pnp.sum(lax.clamp(*a)), argnums=(0, 1, 2))(0.0, x, 1.0)
    np.testing.assert_array_equal(ct, [0, 0.5, 1, 0.5, 0])
    assert (low, high) == (1.5, 1.5)
    np.testing.assert_array_equal(lax.clamp(X, Y, Z), np.minimum(np.maximum(Y, X), Z))
    assert lax.clamp(0, np.array([5], np.int32), 3).dtype == np.int32


def test_under_vmap_the_selector_may_be_batched_alone():
    found = polyad.vmap(lambda w: lax.select_n(w, X, Y))(np.array([True, False]))
    np.testing.assert_array_equal(found, np.stack([Y, X]))


def test_errors():
    with pytest.raises(
        PolyadTypeError, match=r"one shape and dtype, not f64\[2,3\], f64\[3\]"
    ) as e:
        lax.select(X > 0, X, X[0])
    assert "test_selection.py" in str(e.value)
    assert "polyad.numpy.where broadcasts" in str(e.value)
    with pytest.raises(PolyadTypeError, match=r"not f64\[2,3\], f32\[2,3\]"):
        lax.select_n(X > 0, X, X.astype(np.float32))
    with pytest.raises(PolyadTypeError, match="no cases"):
        lax.select_n(X > 0)
    with pytest.raises(PolyadTypeError, match=r"pred is boolean, not f64\[\]"):
        lax.select(1.0, X, Y)
    np.testing.assert_array_equal(lax.select(np.uint8(2), X, Y), X)
    with pytest.raises(PolyadTypeError, match=r"boolean or integer, not f64\[2,3\]"):
        lax.select_n(X, X, Y)
    with pytest.raises(PolyadTypeError, match="between two cases, not 3"):
        lax.select_n(X > 0, X, Y, Z)
    with pytest.raises(ShapeError, match=r"cases' shape \(2, 3\), not \(3,\)"):
        lax.select(X[0] > 0, X, Y)
    with pytest.raises(ShapeError, match=r"min is a scalar or has the shape \(2, 3\) of x"):
        lax.clamp(X[0], X, 1.0)
