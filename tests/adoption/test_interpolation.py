"""SciPy's piecewise polynomials in adopted code: its own values, slopes by differences of these."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import interpolate
from scipy.interpolate import PchipInterpolator, pchip_interpolate

import polyad
from polyad.errors import PolyadTypeError, PolyadValueError

X = np.array([0.0, 1.0, 2.5, 3.0, 4.5, 5.0])
Y = np.array([0.1, 1.0, 0.5, 0.7, 2.0, 1.9])
Q = np.array([[-0.3, 0.2, 0.4], [2.7, 4.9, 5.4]])
C = np.array([[1.0, -2.0], [0.5, 0.3], [0.2, 0.7]])


def stacked(y):
    return np.stack([y, y[::-1] ** 2, 0 * y + 1.0], axis=0)


FUNCTIONS = {
    "pchip": lambda y: PchipInterpolator(X, y)(Q),
    "pchip, columns": lambda y: PchipInterpolator(X, stacked(y), axis=1)(Q),
    "pchip, slopes": lambda y: (
        PchipInterpolator(X, y).derivative()(Q) + PchipInterpolator(X, y)(Q, 2)
    ),
    "pchip, of three": lambda y: PchipInterpolator(X[:3], y[:3])(Q),
    "pchip, of two": lambda y: PchipInterpolator(X[:2], y[:2])(Q),
    "pchip, at the points": lambda y: PchipInterpolator(X, Y)(np.sin(y) + 1.3),
    "pchip, at moved breakpoints": lambda y: PchipInterpolator(X + 0.1 * np.sin(y), Y)(Q),
    "pchip, integral": lambda y: PchipInterpolator(X, y).integrate(0.3, 4.2),
    "pchip, primitive": lambda y: PchipInterpolator(X, y).antiderivative(2)(Q),
    "pchip, inside": lambda y: PchipInterpolator(X, y, extrapolate=False)(Q[:, 1]),
    "pchip, periodic": lambda y: PchipInterpolator(X, y)(Q, extrapolate="periodic"),
    "pchip_interpolate": lambda y: pchip_interpolate(X, y, Q, 1),
    "akima": lambda y: interpolate.Akima1DInterpolator(X, y)(Q[:, 1]),
    "makima": lambda y: interpolate.Akima1DInterpolator(X, y, method="makima", extrapolate=True)(Q),
    "hermite": lambda y: interpolate.CubicHermiteSpline(X, y, np.cos(y))(Q),
    "ppoly": lambda y: interpolate.PPoly(C * y[0], X[:3])(Q),
}


def differences(f, y, h=1e-6):
    return np.stack([(f(y + h * e) - f(y - h * e)) / (2 * h) for e in np.eye(len(y))], -1)


@pytest.mark.share(3)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_derivatives_are_scipys(name):
    f = FUNCTIONS[name]
    adopted = polyad.adopt(f)
    np.testing.assert_allclose(adopted(Y), f(Y), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(polyad.jit(adopted)(Y), f(Y), rtol=1e-12, atol=1e-14)
    rows = np.stack([Y, Y**2, np.sort(Y)])
    batched = polyad.vmap(adopted)(rows)
    np.testing.assert_allclose(batched, np.stack([f(y) for y in rows]), rtol=1e-12, atol=1e-14)
    for jacobian in (polyad.jacrev(adopted), polyad.jit(polyad.jacfwd(adopted))):
        np.testing.assert_allclose(jacobian(Y), differences(f, Y), rtol=1e-6, atol=1e-7)


def test_flat_data_and_extrema_have_finite_slopes():
    f = lambda y: PchipInterpolator(X, y)(Q).sum()
    y = np.array([0.0, 1.0, 1.0, 1.0, 0.5, 2.0])
    slope = polyad.jit(polyad.grad(polyad.adopt(f)))(y)
    assert np.isfinite(slope).all() and abs(slope).max() > 0.1


@pytest.mark.parametrize(
    "call, error, text",
    [
        (lambda y: PchipInterpolator(X[::-1], y)(Q), PolyadValueError, "strictly increasing"),
        (lambda y: PchipInterpolator(X[:4], y)(Q), PolyadValueError, "do not fit data of shape"),
        (lambda y: PchipInterpolator(X, y + 1j)(Q), PolyadTypeError, "takes real data"),
        (
            lambda y: interpolate.Akima1DInterpolator(X, y, method="a"),
            PolyadValueError,
            "or makima",
        ),
        (lambda y: interpolate.PPoly(C, X)(y), PolyadValueError, "do not fit breakpoints"),
        (lambda y: PchipInterpolator(X, y)(Q, 0, "clip"), PolyadValueError, "or 'periodic'"),
        (
            lambda y: PchipInterpolator(X, y).integrate(0, 1, "periodic"),
            PolyadTypeError,
            "periodic",
        ),
        (lambda y: PchipInterpolator(X, y).roots(), AttributeError, "no 'roots' in adopted code"),
    ],
)
def test_what_is_not_followed(call, error, text):
    with pytest.raises(error, match=text):
        polyad.jit(polyad.adopt(call))(Y)
