"""Scans along an axis against NumPy, their derivatives by convention, and errors."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.errors import PolyadTypeError, PolyadValueError, ShapeError

RNG = np.random.default_rng(0)
ACCUMULATED = {
    "cumsum": np.add,
    "cumprod": np.multiply,
    "cummax": np.maximum,
    "cummin": np.minimum,
    "cumlogsumexp": np.logaddexp,
}


@pytest.mark.share(3)
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("name", ACCUMULATED)
def test_against_numpy(name: str, axis: int, reverse: bool):
    x = RNG.normal(size=(4, 5))
    f = lambda x: getattr(lax, name)(x, axis=axis, reverse=reverse)
    turned = np.flip(x, axis) if reverse else x
    wanted = ACCUMULATED[name].accumulate(turned, axis=axis)
    wanted = np.flip(wanted, axis) if reverse else wanted
    np.testing.assert_allclose(f(x), wanted, rtol=1e-13)
    np.testing.assert_allclose(polyad.jit(f)(x), wanted, rtol=1e-13)


def test_dtypes_are_kept():
    x = np.array([100, 100], np.uint8)
    assert lax.cumsum(x).dtype == np.uint8
    assert lax.cumsum(x).tolist() == [100, 200]
    assert lax.cummax(np.array([1.5], np.float32)).dtype == np.float32


@pytest.mark.parametrize("f", [lax.cummax, lambda x: -lax.cummin(-x)])
def test_ties_so_far_share_the_derivative_of_an_extremum(f):
    x = np.array([1.0, 2.0, 2.0, 0.0, 2.0, 3.0])
    rows = polyad.jacrev(f)(x)
    t = 1 / 3
    wanted = [
        [1, 0, 0, 0, 0, 0],
        [0, 1, 0, 0, 0, 0],
        [0, 0.5, 0.5, 0, 0, 0],
        [0, 0.5, 0.5, 0, 0, 0],
        [0, t, t, 0, t, 0],
        [0, 0, 0, 0, 0, 1],
    ]
    np.testing.assert_allclose(rows, wanted, rtol=1e-15)
    np.testing.assert_allclose(polyad.jit(polyad.jacfwd(f))(x), wanted, rtol=1e-15)


def test_products_with_zeros_have_their_derivatives():
    x = np.array([2.0, 0.0, 3.0, 0.0])
    wanted = [[1, 0, 0, 0], [0, 2, 0, 0], [0, 6, 0, 0], [0, 0, 0, 0]]
    np.testing.assert_array_equal(polyad.jacrev(lax.cumprod)(x), wanted)


def test_infinities_that_are_alike_share_the_derivative_of_cumlogsumexp():
    x = np.array([-np.inf, -np.inf, 0.0, 1000.0])
    np.testing.assert_array_equal(
        polyad.jacrev(lax.cumlogsumexp)(x),
        [[1, 0, 0, 0], [0.5, 0.5, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
    )


@pytest.mark.parametrize("size", [0, 1, 2, 3, 9, 16, 100])
def test_an_associative_scan_of_matrices_is_a_loop(size: int):
    """Matrix products do not commute, so the order counts."""
    steps = RNG.normal(size=(size, 2, 2))
    wanted, total = [], np.eye(2)
    for step in steps:
        total = total @ step
        wanted.append(total)
    wanted_array = np.reshape(wanted, (size, 2, 2))
    f = lambda x: lax.associative_scan(pnp.matmul, x)
    np.testing.assert_allclose(f(steps), wanted_array, rtol=1e-10)
    np.testing.assert_allclose(polyad.jit(f)(steps), wanted_array, rtol=1e-10)


def test_a_pytree_along_another_axis_in_reverse():
    elems = {"a": RNG.normal(size=(3, 4)), "b": (RNG.integers(0, 9, (2, 4)),)}
    combine = lambda s, t: {"a": pnp.maximum(s["a"], t["a"]), "b": (s["b"][0] + t["b"][0],)}
    found = lax.associative_scan(combine, elems, reverse=True, axis=1)
    backwards = np.maximum.accumulate(elems["a"][:, ::-1], axis=1)[:, ::-1]
    np.testing.assert_array_equal(found["a"], backwards)
    np.testing.assert_array_equal(found["b"][0], np.cumsum(elems["b"][0][:, ::-1], axis=1)[:, ::-1])


def test_the_number_of_combinations_is_linear():
    seen = []

    def add(a, b):
        seen.append(a.shape[0])
        return a + b

    lax.associative_scan(add, np.ones(1000))
    assert sum(seen) < 2000
    assert len(seen) < 2 * np.log2(1000)


def test_errors_of_an_associative_scan():
    ones = np.ones
    with pytest.raises(ShapeError, match=r"elems\[0\] has 3, elems\[1\] has 4") as error:
        lax.associative_scan(lambda a, b: a, (ones(3), ones(4)))
    assert "test_cumulative.py" in str(error.value)
    with pytest.raises(PolyadValueError, match=r"elems\['x'\] is f64\[3\], which has no axis 1"):
        lax.associative_scan(lambda a, b: a, {"x": ones(3)}, axis=1)
    with pytest.raises(PolyadValueError, match="differ in rank"):
        lax.associative_scan(lambda a, b: a, (ones(3), ones((3, 3))), axis=-1)
    with pytest.raises(PolyadValueError, match="no arrays"):
        lax.associative_scan(lambda a, b: a, ())
    with pytest.raises(PolyadTypeError, match="fn is a function, not a ndarray"):
        lax.associative_scan(ones(3), ones(3))
    with pytest.raises(PolyadTypeError, match="takes the pytree"):
        lax.associative_scan(lambda a, b: (a, b), ones(3))
    with pytest.raises(PolyadTypeError, match=r"takes f64\[2\] at elems and gives f64\[\]"):
        lax.associative_scan(lambda a, b: pnp.sum(a + b), ones(4))
    with pytest.raises(PolyadTypeError, match=r"takes i64\[2\] at elems and gives f64\[2\]"):
        lax.associative_scan(lambda a, b: a / b, ones(4, int))


def test_errors_of_cumulative_functions():
    with pytest.raises(PolyadValueError, match="cumsum: axis 1 is out of range") as error:
        lax.cumsum(np.ones(3), axis=1)
    assert "test_cumulative.py" in str(error.value)
    with pytest.raises(PolyadTypeError, match="cummax: axis is an integer, not None"):
        lax.cummax(np.ones(3), axis=None)
    with pytest.raises(PolyadTypeError, match=r"cumulative_max: takes real arrays, not c128\[3\]"):
        lax.cummax(np.ones(3, complex))
    with pytest.raises(PolyadTypeError, match=r"takes real floating arrays, not i64\[3\]"):
        lax.cumlogsumexp(np.ones(3, int))
