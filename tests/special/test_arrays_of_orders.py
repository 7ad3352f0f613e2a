"""polygamma and expn of arrays of orders; gamma and erfcx of complex numbers; J_0 … J_v."""

import mpmath
import numpy as np
import pytest

import polyad
from polyad import special
from polyad.errors import PolyadTypeError, PolyadValueError

N, X = np.meshgrid([0, 1, 2, 3, 7], [1e-3, 0.5, 1.0, 1.5, 12.0])
EXPECTED = {
    "polygamma": lambda n, x: mpmath.psi(n, x),
    "expn": lambda n, x: mpmath.expint(n, x),
}


def by_mpmath(function, n, x):
    pairs = zip(n.ravel(), x.ravel(), strict=True)
    values = [float(function(int(a), mpmath.mpf(float(b)))) for a, b in pairs]
    return np.reshape(values, n.shape)


@pytest.mark.parametrize("name", EXPECTED)
def test_arrays_of_orders(name):
    """Each order as mpmath has it: eagerly, compiled, mapped, and as a Python integer."""
    function = getattr(special, name)
    expected = by_mpmath(EXPECTED[name], N, X)
    for found in (function(N, X), polyad.jit(function)(N, X), polyad.vmap(function)(N, X)):
        np.testing.assert_allclose(found, expected, rtol=3e-14)
    alone = np.stack([function(int(n), X[:, 0]) for n in N[0]], axis=1)
    np.testing.assert_allclose(function(N, X), alone, rtol=3e-14)
    assert np.isnan(function(np.array([-1]), 1.0)).all()
    assert function(N, X.astype(np.float32)).dtype == np.float32


def test_derivatives_of_arrays_of_orders():
    """ψ⁽ⁿ⁾' = ψ⁽ⁿ⁺¹⁾ and E_n' = -E_{n-1}, to the second order, in both modes."""
    first = {
        "polygamma": lambda n, x: mpmath.psi(n + 1, x),
        "expn": lambda n, x: -mpmath.expint(n - 1, x),
    }
    second = {
        "polygamma": lambda n, x: mpmath.psi(n + 2, x),
        "expn": lambda n, x: mpmath.expint(n - 2, x),
    }
    for name in first:
        at_orders = lambda x, name=name: getattr(special, name)(N, x)
        slope = polyad.grad(lambda x: polyad.numpy.sum(at_orders(x)))
        np.testing.assert_allclose(slope(X), by_mpmath(first[name], N, X), rtol=1e-12)
        _, pushed = polyad.jvp(slope, (X,), (np.ones_like(X),))
        np.testing.assert_allclose(pushed, by_mpmath(second[name], N, X), rtol=1e-11)


def test_complex_gamma_and_erfcx():
    """Γ(z) and w(iz) as mpmath has them, Γ' = Γψ; Γ is NaN at its poles."""
    z = np.array([0.5 + 1j, -1.5 + 0j, -2.5 + 1e-12j, 20 + 2j, -4.5 - 3j])
    exact = np.array([complex(mpmath.gamma(v)) for v in z])
    np.testing.assert_allclose(special.gamma(z), exact, rtol=1e-13)
    _, slope = polyad.jvp(special.gamma, (z,), (np.ones_like(z),))
    by_psi = exact * np.array([complex(mpmath.digamma(v)) for v in z])
    np.testing.assert_allclose(slope, by_psi, rtol=1e-12)
    poles = special.gamma(np.array([0j, -3 + 0j]))
    assert np.isnan(poles.real).all() and np.isnan(poles.imag).all()
    assert special.gamma(z.astype(np.complex64)).dtype == np.complex64
    exact = np.array([complex(mpmath.exp(v * v) * mpmath.erfc(v)) for v in z[:3]])
    np.testing.assert_allclose(special.erfcx(z[:3]), exact, rtol=1e-12)


@pytest.mark.parametrize("name", ["erf", "erfc"])
def test_error_functions_of_complex_numbers(name):
    """As mpmath has them, near 0 and far away, on both sides; erf' = 2 e^(-z²)/√π."""
    z = np.array([1e-9 + 1e-8j, 0.3 - 0.2j, 0.9 + 0.5j, -0.99j, 2 - 1j, -3 + 2j, 5j, -0.4 + 3j])
    function = getattr(special, name)
    exact = np.array([complex(getattr(mpmath, name)(mpmath.mpc(v))) for v in z])
    for found in (function(z), polyad.jit(function)(z)):
        np.testing.assert_allclose(found, exact, rtol=3e-14)
    slope = 2 / np.sqrt(np.pi) * np.exp(-(z**2)) * (1 if name == "erf" else -1)
    _, pushed = polyad.jvp(function, (z,), (np.ones_like(z),))
    np.testing.assert_allclose(pushed, slope, rtol=1e-14)
    push = lambda z: polyad.jvp(function, (z,), (np.ones_like(z),))[1]
    _, second = polyad.jvp(push, (z,), (np.ones_like(z),))
    np.testing.assert_allclose(second, -2 * z * slope, rtol=1e-13)
    assert function(z.astype(np.complex64)).dtype == np.complex64


def test_bessel_functions_of_all_orders():
    """J_0 … J_v along a first axis, which jit and derivatives take."""
    x = np.array([[0.0, 0.5], [3.0, 30.0]])
    expected = [[[float(mpmath.besselj(k, v)) for v in row] for row in x] for k in range(4)]
    np.testing.assert_allclose(special.bessel_jn(x, v=3), expected, atol=1e-15)
    compiled = polyad.jit(lambda x: special.bessel_jn(x, v=3))
    np.testing.assert_allclose(compiled(x), expected, atol=1e-15)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: special.polygamma(np.array([1.5]), 1.0), PolyadTypeError, "polygamma: n"),
        (lambda: special.expn(np.array([1.5]), 1.0), PolyadTypeError, "expn: n"),
        (lambda: special.polygamma(-1, 1.0), PolyadValueError, "not negative"),
        (lambda: special.bessel_jn(1.0, v=-1), PolyadValueError, "bessel_jn: v"),
        (lambda: special.bessel_jn(1.0, v=1.0), PolyadTypeError, "bessel_jn: v"),
        (lambda: special.bessel_jn(1j, v=1), PolyadTypeError, "real"),
    ],
)
def test_orders_that_are_refused(call, error, text):
    with pytest.raises(error, match=text):
        call()
