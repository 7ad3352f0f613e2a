"""Special points of functions of arrays: products with repeated indices, tails, ends, sums."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import scipy.stats

import polyad
import polyad.numpy as pnp
from polyad import random
from polyad.errors import PolyadTypeError

INF = math.inf
INDEX = [0, 0, 2, 0]


def scattered(v):
    return pnp.at(v[:3])[np.array(INDEX)].multiply(v[3:])


def one_by_one(v):
    out = [v[0], v[1], v[2]]
    for k, i in enumerate(INDEX):
        out[i] = out[i] * v[3 + k]
    return pnp.stack(out)


@pytest.mark.parametrize("updates", [[2, 3, 4, 5], [0, 2, 0, 4], [0, 0, 1, 3], [0, 0, 0, 0]])
@pytest.mark.parametrize("compiled", [False, True])
def test_products_at_repeated_indices(updates: list[float], compiled: bool):
    """The derivative by a factor is the product of the others, also where factors are 0."""
    x = np.array([2.0, 3.0, 5.0, *updates])
    for order in (polyad.jacrev, polyad.jacfwd, lambda f: polyad.jacfwd(polyad.jacrev(f))):
        found, expected = order(scattered), order(one_by_one)
        found = polyad.jit(found) if compiled else found
        np.testing.assert_allclose(found(x), expected(x), rtol=1e-14)


def test_products_at_repeated_indices_of_rows():
    """Along an inner axis, some indices out of range."""
    x, u, index = np.ones((2, 3)), np.arange(1.0, 9.0).reshape(2, 4), np.array([1, 1, 7, 0])
    row = polyad.jit(lambda u, index: pnp.at(x)[:, index].multiply(u))
    jacobian = polyad.jacrev(row)(u, index)
    assert jacobian[0, 1, 0].tolist() == [2.0, 1.0, 0.0, 0.0]
    assert jacobian[1, 1, 1].tolist() == [6.0, 5.0, 0.0, 0.0]
    assert jacobian[1, 0, 1].tolist() == [0.0, 0.0, 0.0, 1.0]


@pytest.mark.parametrize("name", ["jacfwd", "hessian"])
def test_complex_inputs_are_said_to_be_holomorphic(name: str):
    derivative = getattr(polyad, name)(lambda z: pnp.real(z * pnp.conj(z)))
    with pytest.raises(
        PolyadTypeError, match=rf"{name} takes real inputs.*(?s:.)*holomorphic=True"
    ):
        derivative(1 + 2j)


def test_holomorphic_functions_have_a_hessian():
    assert polyad.hessian(lambda z: z**3, holomorphic=True)(1 + 2j) == 6 * (1 + 2j)


@pytest.mark.parametrize("values", [[0, 1, np.inf], [-np.inf, -np.inf, 1], [np.inf, 1, 0]])
def test_interp_beside_infinite_knots(values: list[float]):
    x = np.array([-1, 0, 0.5, 1, 1.5, 2, 3])
    knots = np.array([0.0, 1.0, 2.0])
    np.testing.assert_array_equal(pnp.interp(x, knots, values), np.interp(x, knots, values))


@pytest.mark.parametrize("knots", [[-INF, 0, 1, INF], [-INF, INF], [0, INF], [-INF, -INF, 2]])
def test_interp_between_infinite_knots(knots: list[float]):
    """As NumPy: all of an endless piece is at its finite end."""
    x = np.array([-INF, -7.0, 0.0, 0.5, 1.0, 9.0, INF, math.nan])
    with np.errstate(all="ignore"):
        for values in itertools.product([1.0, 2.0, INF], repeat=len(knots)):
            found = pnp.interp(x, knots, values)
            np.testing.assert_array_equal(found, np.interp(x, knots, values), str(values))
    slopes = polyad.vmap(polyad.grad(lambda x: pnp.interp(x, [-INF, 0, 1, INF], [2.0, 2, 5, 7])))
    np.testing.assert_array_equal(slopes(np.array([-7.0, 0.5, 9.0])), [0, 3, 0])


BOUNDS = [(40, np.inf), (5, 6), (-np.inf, -10), (-21, -20), (38, 38.01), (100, np.inf)]


@pytest.mark.parametrize(("low", "high"), BOUNDS)
def test_samples_of_far_tails(low: float, high: float):
    found = np.asarray(random.truncated_normal(random.key(3), low, high, (4000,), np.float64))
    expected = scipy.stats.truncnorm(low, high)
    assert found.min() >= low and found.max() <= high
    assert scipy.stats.kstest(found, expected.cdf).pvalue > 1e-3


@pytest.mark.parametrize("low", [3.9, 5.0, 10.0])
def test_samples_of_tails_are_differentiable(low: float):
    f = lambda low: random.truncated_normal(random.key(7), low, np.inf, (5,), np.float64)
    expected = (np.asarray(f(low + 1e-5)) - np.asarray(f(low - 1e-5))) / 2e-5
    np.testing.assert_allclose(polyad.jacfwd(f)(low), expected, rtol=1e-6)


@pytest.mark.parametrize("value", [0.1, 0.3, 1 / 3])
@pytest.mark.parametrize("count", [100_003, 10_000_000])
def test_compiled_sums_of_like_values(value: float, count: int):
    """At most four times the error of NumPy's pairwise sums, and the rounding of the result."""
    x = np.full(count, value, np.float32)
    exact = float(np.float32(value)) * count
    of_numpy = abs(float(x.sum()) - exact)
    bound = 4 * max(of_numpy, 0.5 * float(np.spacing(np.float32(exact))))
    assert abs(float(polyad.jit(pnp.sum)(x)) - exact) <= bound
    assert abs(float(polyad.jit(pnp.mean)(x)) * count - exact) <= bound


def test_long_sums_of_rows_and_products():
    x = np.random.default_rng(0).normal(size=(3, 5003)).astype(np.float32)
    squares = polyad.jit(lambda x: pnp.sum(x * x, axis=1))(x)
    np.testing.assert_allclose(squares, (x.astype(float) ** 2).sum(1), rtol=3e-7)
    assert squares.dtype == np.float32


@pytest.mark.parametrize("count", [3, 49, 98, 103])
def test_mean_of_ones(count: int):
    assert pnp.mean(np.ones(count)) == 1.0 == polyad.jit(pnp.mean)(np.ones(count))


@pytest.mark.parametrize("mode", ["multiply", "min", "max"])
def test_scatters_that_are_not_linear(mode: str):
    """Both the array and the updates move."""
    v = np.array([2.0, 3.0, 5.0, 1.0, 4.0])
    update = lambda v: getattr(pnp.at(v[:3])[np.array([0, 2])], mode)(v[3:])
    op = {"multiply": pnp.multiply, "min": pnp.minimum, "max": pnp.maximum}[mode]
    expected = lambda v: pnp.stack([op(v[0], v[3]), v[1], op(v[2], v[4])])
    for order in (polyad.jacfwd, polyad.jacrev, lambda f: polyad.jacfwd(polyad.jacrev(f))):
        np.testing.assert_array_equal(order(update)(v), order(expected)(v))
