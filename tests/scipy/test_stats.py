"""polyad.scipy.stats beside SciPy's own, which is the reference of the values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.stats as theirs

import polyad
from polyad.errors import PolyadError
from polyad.scipy import stats as ours

X = np.array([-7.0, -1.3, -0.2, 0.0, 0.3, 0.5, 0.97, 1.0, 1.4, 2.5, 9.0, 41.0, np.inf, -np.inf])
Q = np.array([0.01, 0.2, 0.5, 0.7, 0.99])
SHAPES: dict[str, tuple[float, ...]] = {
    "norm": (), "expon": (), "uniform": (), "laplace": (), "logistic": (), "cauchy": (),
    "gumbel_r": (), "gumbel_l": (), "gamma": (2.5,), "chi2": (3.0,), "beta": (1.5, 2.5),
    "pareto": (1.7,), "t": (3.5,), "gennorm": (1.4,), "truncnorm": (-1.5, 2.0),
    "wrapcauchy": (0.4,), "vonmises": (1.3,),
}  # fmt: skip
FUNCTIONS = [
    (name, kind)
    for name in SHAPES
    for kind in ("logpdf", "pdf", "cdf", "logcdf", "sf", "logsf", "ppf", "isf")
    if hasattr(getattr(ours, name), kind)
]


@pytest.mark.parametrize(("name", "kind"), FUNCTIONS)
def test_values_are_scipys(name: str, kind: str):
    at = Q if kind in ("ppf", "isf") else X
    mine, known = getattr(getattr(ours, name), kind), getattr(getattr(theirs, name), kind)
    shapes = SHAPES[name]
    with np.errstate(all="ignore"):
        for given in ({}, {"loc": 0.25, "scale": 1.75}):
            expected = known(at, *shapes, **given)
            np.testing.assert_allclose(mine(at, *shapes, **given), expected, rtol=1e-9, atol=1e-15)
        by_position = mine(at, *shapes, 0.25, 1.75)
        np.testing.assert_array_equal(by_position, mine(at, *shapes, loc=0.25, scale=1.75))
        compiled = polyad.jit(lambda x: mine(x, *shapes))(at)
        np.testing.assert_allclose(compiled, mine(at, *shapes), rtol=1e-12, atol=1e-300)


@pytest.mark.share(2)
@pytest.mark.parametrize("name", SHAPES)
def test_slopes_are_those_of_differences(name: str):
    """The density's, by x and by all parameters, inside of the support; zero outside."""
    f = getattr(ours, name).logpdf
    inside = 1.4 if name == "pareto" else 0.43
    shapes = SHAPES[name]
    total = lambda x, loc, scale, *shapes: f(x, *shapes, loc=loc, scale=scale)
    polyad.test_util.check_grads(total, (inside, 0.0, 1.0, *shapes), order=2, rtol=1e-4, atol=1e-6)
    if hasattr(getattr(ours, name), "cdf"):
        density = polyad.grad(lambda x: getattr(ours, name).cdf(x, *shapes))(inside)
        np.testing.assert_allclose(density, np.exp(f(inside, *shapes)), rtol=1e-10)
    if getattr(ours, name).support is not None:
        assert polyad.grad(lambda x: getattr(ours, name).pdf(x, *shapes))(-3.0) == 0.0


K = np.array([-1, 0, 1, 2, 3, 5, 8])
DISCRETE: dict[str, tuple[float, ...]] = {
    "bernoulli": (0.3,), "binom": (5, 0.3), "poisson": (2.5,), "geom": (0.3,), "nbinom": (4, 0.3),
    "betabinom": (6, 1.5, 2.5),
}  # fmt: skip

EVERY = [(name, kind) for name, kind in FUNCTIONS] + [
    (name, kind)
    for name in DISCRETE
    for kind in ("pmf", "logpmf", "cdf", "ppf")
    if hasattr(getattr(ours, name), kind)
]


@pytest.mark.share(3)
@pytest.mark.needs("scipy>=1.17")  # whose bernoulli.ppf has NaN
@pytest.mark.parametrize(("name", "kind"), EVERY)
def test_what_is_no_distribution_is_nan_as_in_scipy(name: str, kind: str):
    """Also at NaN, and at the ends of the supports: points drawn from a grid of bad and good
    ones.
    """
    mine, known = getattr(getattr(ours, name), kind), getattr(getattr(theirs, name), kind)
    draw = np.random.default_rng(0)
    shapes = len({**SHAPES, **DISCRETE}[name])
    count = 1 + shapes + (2 if name in SHAPES else 0)
    args = [
        draw.choice([-1.5, -1.0, -0.5, 0.0, 0.3, 1.0, 2.0, 3.0, np.nan], 300) for _ in range(count)
    ]
    if kind in ("ppf", "isf"):
        args[0] = draw.choice([-0.5, 0.0, 0.2, 0.7, 1.0, 1.5, np.nan], 300)
    with np.errstate(all="ignore"):
        found, expected = mine(*args), known(*args)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(polyad.jit(mine)(*args), expected, rtol=1e-9, atol=1e-15)


def test_truncated_tails_are_accurate():
    x, a, b = (
        np.array([3.0, 40.0, -39.0]),
        np.array([2.0, 39.0, -41.0]),
        np.array([4.0, 41.0, -38.0]),
    )
    for kind in ("logpdf", "logcdf", "logsf"):
        expected = getattr(theirs.truncnorm, kind)(x, a, b)
        np.testing.assert_allclose(getattr(ours.truncnorm, kind)(x, a, b), expected, rtol=1e-9)


@pytest.mark.parametrize("mu", [0.0, 0.5, 3.0, 10.0, 99.0, 149.0, 151.0, 1e4])
def test_the_entropy_of_a_poisson_distribution_is_its_sum(mu: float):
    log = theirs.poisson.logpmf(np.arange(2 * int(mu) + 100), mu)
    total = -np.sum(np.exp(log) * np.where(log > -np.inf, log, 0.0))
    np.testing.assert_allclose(ours.poisson.entropy(mu), total, rtol=1e-8)


def test_multinomial_probabilities_are_scipys():
    x, p = np.array([[1, 2, 0], [0, 0, 3], [1, 1, 0]]), np.array([0.2, 0.3, 0.5])
    np.testing.assert_allclose(
        ours.multinomial.pmf(x, 3, p), theirs.multinomial.pmf(x, 3, p), 1e-12
    )
    f = lambda p: ours.multinomial.logpmf(x[0], 3, p / p.sum())
    polyad.test_util.check_grads(f, (p,), order=2, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("axis", [0, 1, None])
@pytest.mark.parametrize("keepdims", [False, True])
def test_the_mode_is_scipys(axis: int | None, keepdims: bool):
    x = np.array([[2.0, 1.0, 2.0, np.nan], [3.0, 1.0, 1.0, np.nan], [3.0, 2.0, 1.0, np.nan]])
    found, expected = (m(x, axis=axis, keepdims=keepdims) for m in (ours.mode, theirs.mode))
    np.testing.assert_array_equal(found.mode, expected.mode)
    np.testing.assert_array_equal(found.count, expected.count)


def test_the_standard_error_without_nans_is_scipys():
    x = np.array([[2.0, 1.0, np.nan, 5.0], [3.0, 1.0, 1.0, np.nan]])
    for axis in (0, 1, None):
        found, expected = (s(x, axis=axis, nan_policy="omit") for s in (ours.sem, theirs.sem))
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("name", DISCRETE)
def test_probabilities_are_scipys(name: str):
    mine, known, given = getattr(ours, name), getattr(theirs, name), DISCRETE[name]
    np.testing.assert_allclose(mine.pmf(K, *given), known.pmf(K, *given), rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(mine.logpmf(K, *given), known.logpmf(K, *given), rtol=1e-12)
    np.testing.assert_allclose(mine.pmf(K + 2, *given, 2), known.pmf(K, *given), rtol=1e-12)
    if hasattr(mine, "cdf"):
        between = K + 0.5
        np.testing.assert_allclose(mine.cdf(between, *given), known.cdf(between, *given), 1e-12)
    assert mine.pmf(1.5, *given) == 0.0
    f = lambda p: mine.logpmf(1, *given[:-1], p)
    polyad.test_util.check_grads(f, (given[-1],), order=2, rtol=1e-4, atol=1e-6)


def test_vectors():
    r = np.random.default_rng(1)
    x, mean, a = r.normal(size=(5, 3)), r.normal(size=3), r.normal(size=(3, 3))
    cov = a @ a.T + np.eye(3)
    found = ours.multivariate_normal.logpdf(x, mean, cov)
    expected = theirs.multivariate_normal(mean, cov).logpdf(x)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_allclose(ours.multivariate_normal.pdf(x, mean, cov), np.exp(expected))
    scaled = theirs.multivariate_normal(mean, 2.5 * np.eye(3)).logpdf(x)
    np.testing.assert_allclose(ours.multivariate_normal.logpdf(x, mean, 2.5), scaled)
    f = lambda m, c: ours.multivariate_normal.logpdf(x[0], m, c @ c.T + np.eye(3))
    polyad.test_util.check_grads(f, (mean, a), order=2, rtol=1e-4, atol=1e-5)
    alpha, p = np.array([0.8, 2.0, 3.0]), np.array([0.2, 0.3, 0.5])
    known = theirs.dirichlet(alpha)
    np.testing.assert_allclose(ours.dirichlet.logpdf(p, alpha), known.logpdf(p))
    np.testing.assert_allclose(ours.dirichlet.pdf(p[:2], alpha), known.pdf(p))
    assert ours.dirichlet.logpdf(np.array([0.9, 0.9, 0.2]), alpha) == -np.inf


@pytest.mark.parametrize("method", ["average", "min", "max", "dense", "ordinal"])
def test_ranks(method: str):
    x = np.array([3.0, 1.0, 3.0, 2.0, 1.0])
    np.testing.assert_array_equal(ours.rankdata(x, method), theirs.rankdata(x, method))
    both = np.stack([x, x[::-1]])
    np.testing.assert_array_equal(
        ours.rankdata(both, method, axis=1), theirs.rankdata(both, method, axis=1)
    )
    compiled = polyad.jit(lambda x: ours.rankdata(x, method))(x)
    np.testing.assert_array_equal(compiled, theirs.rankdata(x, method))
    np.testing.assert_allclose(ours.sem(both, axis=1), theirs.sem(both, axis=1))


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: ours.gamma.pdf(1.0), TypeError, "stats.gamma takes 1 shape parameters"),
        (lambda: ours.norm.pdf(1.0, 0, 1, 2), TypeError, "stats.norm takes 0 shape parameters"),
        (lambda: ours.rankdata(X, "best"), PolyadError, "rankdata: method is one of"),
        (lambda: ours.sem(X, nan_policy="raise"), PolyadError, "sem: nan_policy is 'propagate'"),
        (lambda: ours.dirichlet.pdf(X, [1.0]), PolyadError, "dirichlet: alpha is a vector"),
        (
            lambda: ours.multivariate_normal.logpdf(X, X, 1.0, allow_singular=True),
            PolyadError,
            "allow_singular is not taken",
        ),
    ],
)
def test_bad_requests(call: Any, error: Any, text: str):
    with pytest.raises(error, match=text):
        call()
