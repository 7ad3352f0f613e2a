"""`polyad.special` against SciPy, and at singular points."""

import math

import numpy as np
import pytest
import scipy.special

import polyad
from polyad import special
from polyad.errors import PolyadTypeError, PolyadValueError
from polyad.test_util import check_grads

X = np.asarray([0.1, 0.25, 0.5, 0.9])
ONE = ("gammaln", "digamma", "erf", "erfc", "erfinv", "ndtr", "expit", "logit", "entr")
TWO = ("betaln", "xlogy", "xlog1py", "rel_entr")


@pytest.mark.parametrize("name", ONE)
def test_functions_of_one_array(name):
    function = getattr(special, name)
    np.testing.assert_allclose(function(X), getattr(scipy.special, name)(X), rtol=1e-12, atol=1e-14)
    check_grads(function, (X,), 2)


@pytest.mark.parametrize("name", TWO)
def test_functions_of_two_arrays(name):
    function, y = getattr(special, name), X[::-1].copy()
    np.testing.assert_allclose(function(X, y), getattr(scipy.special, name)(X, y), rtol=1e-12)
    check_grads(function, (X, y), 2)
    np.testing.assert_allclose(function(X, 2.0), getattr(scipy.special, name)(X, 2.0), rtol=1e-12)


def test_polygamma():
    for n in (0, 1, 3):
        np.testing.assert_allclose(special.polygamma(n, X), scipy.special.polygamma(n, X))
    check_grads(lambda x: special.polygamma(1, x), (X + 1,), 2)
    with pytest.raises(PolyadTypeError, match=r"n is a Python integer, not 0\.5"):
        special.polygamma(0.5, X)
    with pytest.raises(PolyadValueError, match="n is not negative: -1"):
        special.polygamma(-1, X)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_products_with_logarithms_where_the_factor_is_0():
    both = polyad.grad(special.xlogy, (0, 1))
    assert special.xlogy(0.0, 0.0) == 0.0
    assert both(0.0, 0.0) == (-math.inf, 0.0)
    assert both(0.0, 2.0) == (math.log(2), 0.0)
    assert polyad.grad(special.xlog1py, (0, 1))(0.0, -1.0) == (-math.inf, 0.0)
    second = polyad.hessian(lambda v: special.xlogy(v[0], v[1]))(np.asarray([0.0, 2.0]))
    assert second.tolist() == [[0.0, 0.5], [0.5, 0.0]]


def test_entropies_at_their_bounds():
    assert special.entr([-1.0, 0.0]).tolist() == [-math.inf, 0.0]
    assert polyad.grad(special.entr)(0.0) == math.inf
    x, y = np.asarray([0.0, 1.0, -1.0, 0.0]), np.asarray([0.0, 0.0, 1.0, -1.0])
    assert special.rel_entr(x, y).tolist() == [0.0, math.inf, math.inf, math.inf]


@pytest.mark.parametrize("function", [special.logsumexp, special.entr, special.expit])
def test_complex_input(function):
    with pytest.raises(PolyadTypeError, match="takes real"):
        function(np.asarray([1j]))


def test_lax_names():
    from polyad import lax

    assert lax.erf_inv(0.5) == special.erfinv(0.5) and lax.lgamma(3.0) == special.gammaln(3.0)
