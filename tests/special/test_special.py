"""`polyad.special` against SciPy, and at singular points."""

import math

import mpmath
import numpy as np
import pytest
import scipy.special
import torch

import polyad
from polyad import special
from polyad.errors import PolyadTypeError, PolyadValueError
from polyad.test_util import check_grads

from .test_scipy_functions import CASES

X = np.asarray([0.1, 0.25, 0.5, 0.9])
Y = np.asarray([0.9, 0.5, 2.5, 0.1])
FAR = np.asarray([-30.0, -2.5, -0.3, 0.0, 0.7, 3.0, 40.0])
TWO = (
    *("beta", "betaln", "gammainc", "gammaincc", "poch", "xlogy", "xlog1py", "rel_entr", "kl_div"),
    *("boxcox", "boxcox1p", "inv_boxcox", "inv_boxcox1p", "huber", "pseudo_huber"),
)
OTHERS = ("gammasgn", "psi", "polygamma", "multigammaln", "comb", "betainc", "zeta", "jn", "expn")
OF_ORDERS = ("bessel_jn",)  # and not SciPy's
PUBLIC = {name for name, value in vars(special).items() if callable(value)}
ELSEWHERE = {*CASES, "bernoulli"}
ONE = sorted(PUBLIC.difference(TWO, OTHERS, OF_ORDERS, ELSEWHERE))
EVERYWHERE = (
    *("gammaln", "gamma", "rgamma", "factorial", "erfcx", "log_ndtr", "dawsn", "i0e"),
    *("i1e", "j0", "j1", "log_expit", "softmax", "log_softmax", "logsumexp"),
)


def test_lists_are_of_public_functions():
    unknown = {*TWO, *OTHERS, *OF_ORDERS, *EVERYWHERE, *ELSEWHERE} - PUBLIC
    assert not unknown, f"{sorted(unknown)} are no functions of polyad.special"


@pytest.mark.parametrize("name", ONE)
def test_functions_of_one_array(name):
    function = getattr(special, name)
    np.testing.assert_allclose(function(X), getattr(scipy.special, name)(X), rtol=1e-12, atol=1e-14)
    check_grads(function, (X,), 2)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", EVERYWHERE)
def test_functions_far_out_and_at_their_poles(name):
    at = np.concatenate([FAR, [-1.0, -2.0, -0.0]])
    expected = getattr(scipy.special, name)(at)
    lost = 2e-16 if name == "log_softmax" else 0  # SciPy's largest element is 0 to rounding
    np.testing.assert_allclose(getattr(special, name)(at), expected, rtol=2e-12, atol=lost)


@pytest.mark.parametrize("name", TWO)
def test_functions_of_two_arrays(name):
    function = getattr(special, name)
    np.testing.assert_allclose(function(X, Y), getattr(scipy.special, name)(X, Y), rtol=1e-12)
    check_grads(function, (X, Y), 2)
    np.testing.assert_allclose(function(X, 2.0), getattr(scipy.special, name)(X, 2.0), rtol=1e-12)


def test_betainc_and_zeta():
    np.testing.assert_allclose(special.betainc(X, Y, X), scipy.special.betainc(X, Y, X), rtol=1e-12)
    check_grads(special.betainc, (X + 0.5, Y, X), 2)
    np.testing.assert_allclose(special.zeta(X + 1.5, Y), scipy.special.zeta(X + 1.5, Y), rtol=1e-12)
    np.testing.assert_allclose(special.zeta(X + 1.5), scipy.special.zeta(X + 1.5), rtol=1e-12)
    check_grads(special.zeta, (X + 1.5, Y), 2)


@pytest.mark.parametrize("a, x", [(0.5, 0.2), (2.5, 10.0), (100.0, 90.0), (100.0, 102.0)])
def test_derivatives_of_gammainc_by_its_parameter(a, x):
    def exact(t):
        return mpmath.gammainc(t, 0, x, regularized=True)

    found = [polyad.grad(special.gammainc)(a, x)]
    found.append(polyad.grad(polyad.grad(special.gammainc))(a, x))
    with mpmath.workdps(40):
        expected = [float(mpmath.diff(exact, a, n)) for n in (1, 2)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_allclose(polyad.grad(special.gammaincc)(a, x), -expected[0], rtol=1e-12)


@pytest.mark.parametrize("a, b, x", [(0.5, 0.75, 0.2), (2.0, 3.0, 0.9), (100.0, 80.0, 0.6)])
def test_derivatives_of_betainc_by_its_parameters(a, b, x):
    def exact(s, t):
        return mpmath.betainc(s, t, 0, x, regularized=True)

    found = [polyad.grad(special.betainc, k)(a, b, x) for k in (0, 1)]
    found.append(polyad.grad(polyad.grad(special.betainc), 1)(a, b, x))
    with mpmath.workdps(40):
        expected = [float(mpmath.diff(exact, (a, b), n)) for n in ((1, 0), (0, 1), (1, 1))]
    np.testing.assert_allclose(found, expected, rtol=1e-11)


def test_derivative_of_zeta_by_its_order():
    for s, q in ((1.5, 0.5), (3.0, 1.0), (8.0, 20.0)):
        with mpmath.workdps(40):
            expected = float(mpmath.zeta(s, q, 1))
        np.testing.assert_allclose(polyad.grad(special.zeta)(s, q), expected, rtol=1e-12)


def test_incomplete_functions_at_the_ends():
    slopes = polyad.grad(special.gammainc, (0, 1))
    assert slopes(2.0, 0.0) == (0.0, 0.0)
    assert slopes(1.0, 0.0) == (0.0, 1.0)
    assert slopes(0.5, 0.0) == (0.0, math.inf)
    assert slopes(2.0, math.inf) == (0.0, 0.0)
    assert polyad.grad(special.betainc, (0, 1))(2.0, 3.0, 0.0) == (0.0, 0.0)
    assert polyad.grad(special.betainc, (0, 1))(2.0, 3.0, 1.0) == (0.0, 0.0)
    assert np.isnan(polyad.grad(special.gammainc)(-1.0, 1.0))


def test_functions_with_static_orders():
    for n in (0, 1, 3):
        np.testing.assert_allclose(special.jn(n, X), scipy.special.jv(n, X), rtol=1e-12)
        np.testing.assert_allclose(special.expn(n, X), scipy.special.expn(n, X), rtol=1e-12)
        check_grads(lambda x, n=n: special.jn(n, x), (X,), 2)
    for d in (1, 3):
        np.testing.assert_allclose(
            special.multigammaln(X + 2, d), scipy.special.multigammaln(X + 2, d), rtol=1e-12
        )
    assert np.isnan(special.multigammaln(0.4, 2))
    with pytest.raises(PolyadValueError, match="multigammaln: d is 1 or more, not 0"):
        special.multigammaln(1.0, 0)
    with pytest.raises(PolyadTypeError, match="expn: n is an integer or an array"):
        special.expn(X, X)


def test_counts():
    n, k = np.meshgrid(np.arange(-1.0, 40.0), np.arange(-1.0, 12.0))
    np.testing.assert_array_equal(special.comb(n, k), np.round(scipy.special.comb(n, k)))
    np.testing.assert_allclose(special.comb(7.5, X), scipy.special.comb(7.5, X), rtol=1e-12)
    again = {"repetition": True}
    np.testing.assert_allclose(
        special.comb(5, np.arange(4), **again), scipy.special.comb(5, np.arange(4), **again)
    )
    assert special.comb(60, 30, exact=True) == math.comb(60, 30)
    assert special.factorial(30, exact=True) == math.factorial(30)
    assert special.factorial(-2.0) == 0.0
    check_grads(lambda x: special.comb(x + 5.0, 2.5), (X,), 2)


def test_power_transforms_have_their_limits_derivatives():
    x = np.asarray([0.5, 2.0])
    for lmbda in (0.0, 1e-9, 1e-3):
        expected = [float(0.5 * math.log(v) ** 2 + lmbda * math.log(v) ** 3 / 3) for v in x]
        found = [polyad.grad(special.boxcox, 1)(v, lmbda) for v in x]
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_names_for_one_function():
    assert special.psi is special.digamma
    at = np.concatenate([FAR[1:], [-0.0]])
    np.testing.assert_array_equal(special.gammasgn(at), scipy.special.gammasgn(at))
    assert np.isnan(special.gammasgn(-3.0))


def test_polygamma():
    for n in (0, 1, 3):
        np.testing.assert_allclose(special.polygamma(n, X), scipy.special.polygamma(n, X))
    check_grads(lambda x: special.polygamma(1, x), (X + 1,), 2)
    with pytest.raises(PolyadTypeError, match="n is an integer or an array"):
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


@pytest.mark.parametrize("function", [special.entr, special.expit, special.i0])
def test_complex_input(function):
    with pytest.raises(PolyadTypeError, match="takes real"):
        function(np.asarray([1j]))


def test_lax_names():
    from polyad import lax

    assert lax.erf_inv(0.5) == special.erfinv(0.5) and lax.lgamma(3.0) == special.gammaln(3.0)


def test_numbers_and_lists_beside_an_array_are_of_its_backend_and_precision():
    x = torch.arange(1.0, 5.0)
    calls = {
        "comb": lambda x: special.comb(x, 2),
        "boxcox": lambda x: special.boxcox(x, 0.5),
        "logsumexp": lambda x: special.logsumexp(x, b=[1.0, 2.0, 1.0, 1.0]),
        "poch": lambda x: special.poch(x, 2),
        "factorial": special.factorial,
        "gammasgn": special.gammasgn,
        "rgamma": special.rgamma,
        "rel_entr": lambda x: special.rel_entr(x, 2.0),
        "xlogy": lambda x: special.xlogy(x, 2.0),
    }
    for name, f in calls.items():
        found, expected = f(x), f(x.numpy())
        assert isinstance(found, torch.Tensor), name
        assert found.dtype == torch.float32, name
        np.testing.assert_allclose(found, expected, rtol=1e-5, err_msg=name)


POCH = [
    *((-3.0, 2.0), (-3.0, 5.0), (-3.0, -2.0), (0.0, 2.0), (0.0, -1.0), (1e-15, 2.0), (1e-15, -2.0)),
    *((0.3, 1.7), (-0.3, -2.3), (-2.5, 2.2), (-2.5, 3.0), (-0.7, 1.4), (-3.0, 2.5), (4.0, 3.0)),
    *((4.5, -3.0), (150.0, 2.5), (150.0, -7.0), (-120.5, 3.2), (-150.0, 4.0), (1e5, 0.5)),
    *((-40.3, 2.0), (0.5, 40.0), (25.0, -3.5)),
]


@pytest.mark.parametrize("z, m", POCH)
def test_poch(z, m):
    """Of Python numbers and of arrays, with derivatives by z up to order 2."""
    with mpmath.workdps(60):
        # Off the poles of both gamma functions, where they are one over the other's limit.
        near = mpmath.mpf(z) + mpmath.mpf(10) ** -40
        expected = [mpmath.diff(lambda x: mpmath.rf(x, m), near, k) for k in range(3)]
    for given in (m, np.asarray(m), np.asarray([m])):
        function = lambda x, given=given: polyad.numpy.sum(special.poch(x, given))
        for order, value in enumerate(map(float, expected)):
            np.testing.assert_allclose(function(z), value, rtol=1e-11, atol=1e-13, err_msg=order)
            if np.ndim(given):
                np.testing.assert_allclose(polyad.jit(function)(z), value, rtol=1e-11, atol=1e-13)
            function = polyad.grad(function)


@pytest.mark.parametrize("z, m", [(z, m) for z, m in POCH if z != round(z) or z > 0])
def test_poch_by_its_index(z, m):
    function = lambda m: special.poch(z, m)
    for order in range(3):
        with mpmath.workdps(60):
            expected = float(mpmath.diff(lambda m: mpmath.rf(mpmath.mpf(z), m), m, order))
        np.testing.assert_allclose(function(m), expected, rtol=1e-10, atol=1e-13, err_msg=order)
        function = polyad.grad(function)


def test_poch_where_it_breaks():
    assert np.isinf(special.poch(-2.5, np.asarray(1.5)))
    assert np.isnan(polyad.grad(lambda m: special.poch(-2.0, m))(1.0))
    x = np.float32([0.5, -0.5])
    assert special.poch(x, 2).dtype == special.poch(x, x).dtype == np.float32
    np.testing.assert_allclose(special.poch(np.arange(4), 2), [0, 2, 6, 12])


def test_jn_is_jv():
    """Of any real order, array or number, and of complex numbers."""
    for order in (0, 2, -1, 0.5, np.asarray([0, 1, 2, -3]), np.asarray([0.5, 1.5, 2.5, 3.0])):
        np.testing.assert_allclose(special.jn(order, X), scipy.special.jn(order, X), rtol=1e-12)
        assert special.jn(order, X).dtype == float
        check_grads(lambda x, order=order: special.jn(order, x), (X,), 2)
    np.testing.assert_allclose(special.jn(1, 1j * X), scipy.special.jn(1, 1j * X), rtol=1e-12)
