"""Densities of samples against SciPy's, and eigenvalues of tridiagonal matrices."""

import numpy as np
import pytest
import scipy.linalg
import scipy.stats

import polyad
from polyad.errors import PolyadTypeError, PolyadValueError, ShapeError
from polyad.scipy import linalg, stats

RNG = np.random.default_rng(3)
SAMPLES, WEIGHTS = RNG.normal(size=(2, 12)), RNG.uniform(1, 2, 12)
POINTS = RNG.normal(size=(2, 5))


@pytest.mark.parametrize("method", ["scott", "silverman", 0.7, lambda kde: 0.3 * kde.d])
@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_densities_are_scipys(method, weights):
    """The density, its logarithm and its integrals, eagerly and under jit."""
    ours = stats.gaussian_kde(SAMPLES, method, weights)
    theirs = scipy.stats.gaussian_kde(SAMPLES, method, weights)
    np.testing.assert_allclose(ours(POINTS), theirs(POINTS), rtol=1e-12)
    np.testing.assert_allclose(ours.logpdf(POINTS), theirs.logpdf(POINTS), rtol=1e-12)
    np.testing.assert_allclose(ours.covariance, theirs.covariance, rtol=1e-12)
    at, spread = np.array([0.3, -1.0]), np.array([[2.0, 0.4], [0.4, 1.0]])
    expected = theirs.integrate_gaussian(at, spread)
    np.testing.assert_allclose(ours.integrate_gaussian(at, spread), expected, rtol=1e-12)
    other = stats.gaussian_kde(SAMPLES[:, :7])
    expected = theirs.integrate_kde(scipy.stats.gaussian_kde(SAMPLES[:, :7]))
    np.testing.assert_allclose(ours.integrate_kde(other), expected, rtol=1e-12)
    compiled = polyad.jit(lambda kde, x: kde.pdf(x))  # it is a pytree
    np.testing.assert_allclose(compiled(ours, POINTS), theirs.pdf(POINTS), rtol=1e-12)


def test_densities_of_one_dimension_are_drawn_from_and_differentiated():
    """Shares of intervals, the moments of drawn samples, and slopes by points and by samples."""
    ours, theirs = (s.gaussian_kde(SAMPLES[0], weights=WEIGHTS) for s in (stats, scipy.stats))
    expected = theirs.integrate_box_1d(-0.5, 1.0)
    np.testing.assert_allclose(ours.integrate_box_1d(-0.5, 1.0), expected, rtol=1e-12)
    drawn = ours.resample(polyad.random.key(0), (4000,))
    assert drawn.shape == (1, 4000)
    share = np.mean((drawn > -0.5) & (drawn < 1.0))
    assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / 4000)
    polyad.test_util.check_grads(lambda x: ours.logpdf(x), (POINTS[0],), order=2)
    by_samples = lambda data: stats.gaussian_kde(data).pdf(POINTS[0])
    polyad.test_util.check_grads(by_samples, (SAMPLES[0],), order=2)
    assert np.isfinite(ours.logpdf(np.array([60.0]))).all()


KDE = stats.gaussian_kde(SAMPLES)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: stats.gaussian_kde([1.0]), PolyadValueError, "two numbers"),
        (lambda: stats.gaussian_kde([1j, 2.0]), PolyadTypeError, "dataset is real"),
        (lambda: stats.gaussian_kde([1.0, 2.0], "wide"), PolyadValueError, "'wide'"),
        (lambda: stats.gaussian_kde([1.0, 2.0], [1.0, 2.0]), PolyadTypeError, "bw_method"),
        (lambda: stats.gaussian_kde([1.0, 2.0], weights=[1.0]), ShapeError, "2 samples"),
        (lambda: KDE(np.ones((3, 4))), ShapeError, "2 dimensions, not 3"),
        (lambda: KDE.integrate_gaussian(1.0, 1.0), ShapeError, "a mean of shape"),
        (lambda: KDE.integrate_box_1d(0.0, 1.0), ShapeError, "one dimension"),
        (lambda: KDE.integrate_kde(stats.gaussian_kde([1.0, 2.0])), ShapeError, "2 and of 1"),
        (lambda: KDE.integrate_box(0, 1), PolyadTypeError, "integrate_box_1d"),
        (lambda: KDE.set_bandwidth(), PolyadTypeError, "bw_method="),
    ],
)
def test_densities_that_are_refused(call, error, text):
    with pytest.raises(error, match=text):
        call()


D, E = np.array([2.0, -1.0, 4.0, 0.5]), np.array([1.0, 0.5, -2.0])


def test_eigenvalues_of_tridiagonal_matrices():
    """SciPy's values, all and some; vectors that satisfy A v = w v; complex ones by moduli."""
    expected = scipy.linalg.eigh_tridiagonal(D, E, eigvals_only=True)
    np.testing.assert_allclose(linalg.eigh_tridiagonal(D, E, True), expected, rtol=1e-13)
    values, vectors = linalg.eigh_tridiagonal(D, E, select="i", select_range=(1, 2))
    np.testing.assert_allclose(values, expected[1:3], rtol=1e-13)
    matrix = np.diag(D) + np.diag(E, 1) + np.diag(E, -1)
    np.testing.assert_allclose(matrix @ vectors, values * vectors, atol=1e-13)
    turned = linalg.eigh_tridiagonal(D, E * np.exp(0.3j), True)
    np.testing.assert_allclose(turned, expected, rtol=1e-13)
    polyad.test_util.check_grads(lambda d, e: linalg.eigh_tridiagonal(d, e, True), (D, E), order=2)
    with pytest.raises(ShapeError, match="no matrix's"):
        linalg.eigh_tridiagonal(D, D)
    with pytest.raises(PolyadValueError, match="select_range"):
        linalg.eigh_tridiagonal(D, E, select="i", select_range=(1, 4))
    with pytest.raises(PolyadValueError, match="select"):
        linalg.eigh_tridiagonal(D, E, select="v", select_range=(0.0, 1.0))
