"""Derivatives of error functions are mpmath's, in tails and beside the axes, to every order."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import polyad
from polyad import special
from polyad.ops import error_integrals as ei

DIGITS = 60
RIGHT = np.concatenate([[0.0, 1e-12, 0.3, 1.0], np.geomspace(2, 1e8, 9)])
LEFT = -np.array([1e-9, 0.2, 1.0, 3.0, 8.0])
PLANE = np.array([0.6, 0.4 + 0.2j, 2j, 3 + 1e-3j, 5 + 5j, 1 - 1j, -3 + 0.5j, 9.9j, 30 - 29j, 1e4])


def repeated_integral(n: int, x: mpmath.mpf) -> mpmath.mpf:
    """e^(x²) iⁿerfc(x), by the recurrence in more digits than it loses."""
    with mpmath.workdps(DIGITS + 20 * n):
        x = mpmath.mpmathify(x)
        size = abs(mpmath.re(x))
        if size > 100:
            terms = (
                (-1) ** k * mpmath.rf(n + 1, 2 * k) / mpmath.factorial(k) / (2 * x) ** (2 * k)
                for k in range(40)
            )
            return 2 / mpmath.sqrt(mpmath.pi) / (2 * x) ** (n + 1) * mpmath.fsum(terms)
        below, found = 2 / mpmath.sqrt(mpmath.pi), mpmath.exp(x * x) * mpmath.erfc(x)
        for k in range(1, n + 1):
            below, found = found, (below / 2 - x * found) / k
        return found


def worst(found: np.ndarray, exact: list, eps: float) -> float:
    pairs = zip(found, exact, strict=True)
    return max(float(abs(mpmath.mpmathify(f) - x) / abs(x)) for f, x in pairs) / eps


@pytest.mark.parametrize(
    ("order", "ulps", "compiled"),
    [(1, 6, True), (1, 6, False), (2, 6, False), (3, 8, True), (3, 8, False), (5, 2000, False)],
)
def test_derivatives_of_erfcx(order: int, ulps: float, compiled: bool):
    def derivative(x):
        return ei.erfcx_derivative(x, order=order)

    points = np.concatenate([RIGHT, LEFT])
    run = polyad.jit(derivative) if compiled else derivative
    exact = [(-2) ** order * mpmath.factorial(order) * repeated_integral(order, x) for x in points]
    assert worst(run(points), exact, 2**-52) < ulps
    narrow = points[points < 1e5].astype("float32")
    exact = [
        (-2) ** order * mpmath.factorial(order) * repeated_integral(order, float(x)) for x in narrow
    ]
    assert worst(run(narrow).astype("float64"), exact, 2**-23) < ulps


@pytest.mark.parametrize(("order", "ulps"), [(1, 6), (2, 6), (3, 8), (6, 3000)])
def test_ratios_of_repeated_integrals(order: int, ulps: float):
    points = np.concatenate([RIGHT, LEFT])
    exact = [repeated_integral(order, x) / repeated_integral(order - 1, x) for x in points]
    assert worst(ei.erfc_ratio(points, order=order), exact, 2**-52) < ulps


@pytest.mark.parametrize(
    ("order", "ulps", "compiled"),
    [(1, 32, False), (2, 32, True), (3, 64, False), (4, 20000, False)],
)
def test_derivatives_of_wofz(order: int, ulps: float, compiled: bool):
    def derivative(z):
        return ei.wofz_derivative(z, order=order)

    run = polyad.jit(derivative) if compiled else derivative
    exact = [
        mpmath.mpc(0, 2) ** order
        * mpmath.factorial(order)
        * repeated_integral(order, mpmath.mpc(z) * mpmath.mpc(0, -1))
        for z in PLANE
    ]
    assert worst(run(PLANE), exact, 2**-52) < ulps


@pytest.mark.parametrize("x", [0.0, 1e-9, 0.3, 2.0, 6.0, 20.0])
def test_parts_of_wofz_on_the_axis(x: float):
    """The real part is e^(-x²) with its derivatives, however small."""

    def real_part(t):
        return polyad.numpy.real(special.wofz(polyad.lax.complex(t, 0.0 * t)))

    slope = polyad.grad(real_part)
    found = slope(x), polyad.grad(slope)(x)
    bell = np.exp(-x * x)
    np.testing.assert_allclose(found, [-2 * x * bell, (4 * x * x - 2) * bell], rtol=1e-13)


def test_derivatives_of_dawson_integral_at_the_ends():
    third = polyad.grad(polyad.grad(polyad.grad(special.dawsn)))
    np.testing.assert_allclose(third(0.0), -4.0, rtol=1e-14)
    for x in (np.inf, -np.inf, 1e200):
        assert polyad.grad(special.dawsn)(x) == 0.0
    assert np.isnan(polyad.grad(special.dawsn)(np.nan))


SCALED = {
    "erfcx": (lambda x: mpmath.exp(x * x) * mpmath.erfc(x), (8, 16)),
    "log_ndtr": (lambda x: mpmath.log(mpmath.erfc(-x / mpmath.sqrt(2)) / 2), (128, 512)),
    "dawsn": (
        lambda x: mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(-x * x) * mpmath.erfi(x),
        (128, 4096),
    ),
}


@pytest.mark.full
@pytest.mark.parametrize("name", SCALED)
def test_orders_above_3(name: str):
    """The losses that docs/special_points.md tells of, in units in the last place."""
    exact, bounds = SCALED[name]
    points = np.array([-8.0, -3.0, -1.0, -0.3, 0.3, 1.0, 2.5, 6.0, 12.0])
    function = polyad.grad(polyad.grad(polyad.grad(getattr(special, name))))
    for order, bound in zip((4, 5), bounds, strict=True):
        function = polyad.grad(function)
        with mpmath.workdps(200):
            expected = [
                mpmath.taylor(exact, mpmath.mpf(x), order)[order] * mpmath.factorial(order)
                for x in points
            ]
        found = polyad.vmap(function)(points)
        assert worst(found, expected, 2.0**-52) <= bound, order
