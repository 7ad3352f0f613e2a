"""The coefficients of the elementary functions' polynomials are the fits that comments name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from polyad.lowering.scalars.math import coefficients, special_coefficients
from polyad.lowering.scalars.math.error import CENTRE

PRECISION = 240
NEAR_ZERO = mpmath.mpf(10) ** -12
LOG_RANGE = (0, mpmath.mpf("0.02944"))
QUARTER_PI = mpmath.mpf("0.785476703")


def beyond_x(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """(f(x) - x) / x^3 as a function of x^2."""

    def tail(square: Any) -> Any:
        x = mpmath.sqrt(max(square, NEAR_ZERO))
        return (function(x) - x) / x**3

    return tail


def expm1(x: Any) -> Any:
    x = x if abs(x) > NEAR_ZERO else NEAR_ZERO**2
    return (mpmath.expm1(x) - x) / x**2


def cos(square: Any) -> Any:
    square = max(square, mpmath.mpf(10) ** -8)
    return (mpmath.cos(mpmath.sqrt(square)) - 1 + square / 2) / square**2


def log(square: Any) -> Any:
    s = mpmath.sqrt(max(square, NEAR_ZERO**2))
    return (2 * mpmath.atanh(s) - 2 * s) / s**3


def log_long(square: Any) -> Any:
    square = max(square, NEAR_ZERO)
    return (log(square) - mpmath.mpf(2) / 3) / square


def erf(square: Any) -> Any:
    x = mpmath.sqrt(max(square, NEAR_ZERO))
    return mpmath.erf(x) / x - 1


def erf_far(t: Any) -> Any:
    x = CENTRE * (1 + t) / (1 - t)
    return (x + CENTRE) * mpmath.exp(x * x) * mpmath.erfc(x)


def erfc(centre: float) -> Callable[[Any], Any]:
    def factor(t: Any) -> Any:
        x = centre * (1 + t) / (1 - t)
        value = (x + centre) * mpmath.exp(x * x) * mpmath.erfc(x)
        return (value - 1 / mpmath.sqrt(mpmath.pi)) * (x + centre)

    return factor


def moved(centre: float, largest: float, least: float = 0) -> tuple[Any, Any]:
    ends = mpmath.mpf(least), mpmath.mpf(largest)
    return tuple((x - centre) / (x + centre) for x in ends)


def erfcx(centre: float) -> Callable[[Any], Any]:
    """The factor of `erfc`, up to infinity, where it is the centre over the root of pi."""
    factor = erfc(centre)

    def bounded(t: Any) -> Any:
        return factor(min(t, 1 - NEAR_ZERO)) if t < 0.99 else from_series(t)

    def from_series(t: Any) -> Any:
        y = (1 - t) / (centre * (1 + t))  # 1/x
        terms = [mpmath.mpf(1)]
        while abs(terms[-1]) > mpmath.mpf(10) ** -40 and y:
            terms.append(-terms[-1] * (2 * len(terms) - 1) * y * y / 2)
        rest = mpmath.fsum(terms[1:]) / y if y else mpmath.mpf(0)
        return (1 + centre * y) * (centre * mpmath.fsum(terms) + rest) / mpmath.sqrt(mpmath.pi)

    return bounded


def erfinv(start: float, over_root: bool) -> Callable[[Any], Any]:
    """erfinv(x) over x, or over s = sqrt(w), as a function of w or s less `start`."""

    def factor(t: Any) -> Any:
        s = t + start
        w = max(s * s if over_root else s, NEAR_ZERO**2)
        x = mpmath.sqrt(-mpmath.expm1(-w))
        return mpmath.erfinv(x) / (s if over_root else x)

    return factor


def lgamma(d: Any) -> Any:
    d = d if abs(d) > NEAR_ZERO else NEAR_ZERO**3
    return mpmath.loggamma(2 + d).real / d


def stirling(square: Any) -> Any:
    x = 1 / mpmath.sqrt(max(square, NEAR_ZERO))
    main = (x - 0.5) * mpmath.log(x) - x + mpmath.log(2 * mpmath.pi) / 2
    return x * (mpmath.loggamma(x).real - main)


@functools.cache
def zero_of_digamma() -> Any:
    with mpmath.workprec(3 * PRECISION):
        return mpmath.findroot(mpmath.digamma, mpmath.mpf("1.4616321449683623413"))


def digamma(t: Any) -> Any:
    zero = zero_of_digamma()
    z = 2 + t if abs(2 + t - zero) > NEAR_ZERO else zero + NEAR_ZERO**2
    return mpmath.digamma(z) * z / (z - zero)


def digamma_far(square: Any) -> Any:
    z = 1 / mpmath.sqrt(max(square, NEAR_ZERO))
    return z * z * (mpmath.log(z) - 1 / (2 * z) - mpmath.digamma(z))


def sin_pi(square: Any) -> Any:
    r = mpmath.pi * mpmath.sqrt(max(square, NEAR_ZERO**2))
    return (mpmath.sin(r) / r - 1) * (mpmath.pi / r) ** 2


def cot_pi(square: Any) -> Any:
    r = mpmath.pi * mpmath.sqrt(max(square, NEAR_ZERO**2))
    return r * mpmath.cot(r)


HALF_LN2 = mpmath.mpf("0.34692018")
FITS = {
    "EXPM1": (expm1, (-HALF_LN2, HALF_LN2)),
    "SINH": (beyond_x(mpmath.sinh), (0, 1)),
    "SIN": (beyond_x(mpmath.sin), (0, QUARTER_PI**2)),
    "COS": (cos, (0, QUARTER_PI**2)),
    "LOG": (log, LOG_RANGE),
    "LOG_LONG": (log_long, LOG_RANGE),
    "ATAN": (beyond_x(mpmath.atan), (0, 1)),
    "ASIN": (beyond_x(mpmath.asin), (0, mpmath.mpf("0.25"))),
    "ERF": (erf, (0, 1)),
    "ERF_FAR": {64: (erf_far, moved(CENTRE, 6, 1)), 32: (erf_far, moved(CENTRE, 4, 1))},
    "ERFC": {64: (erfc(CENTRE), moved(CENTRE, 28)), 32: (erfc(CENTRE), moved(CENTRE, 10.5))},
    "ERFCX": (erfcx(CENTRE), (-1, 1)),
    "ERFINV": (erfinv(1.5, False), (-1.5, 4.75)),
    "ERFINV_FAR": {
        64: (erfinv(4.25, True), (-1.75, mpmath.mpf("1.76"))),
        32: (erfinv(3.25, True), (-0.75, mpmath.mpf("0.84"))),
    },
    "LGAMMA": (lgamma, (-0.5, 0.5)),
    "STIRLING": (stirling, (0, mpmath.mpf("0.16"))),
    "SIN_PI": (sin_pi, (0, 0.25)),
    "DIGAMMA": (digamma, (-1, 1)),
    "DIGAMMA_FAR": (digamma_far, (0, mpmath.mpf(1) / 9)),
    "COT_PI": (cot_pi, (0, 0.25)),
}
TABLES = {**vars(coefficients), **vars(special_coefficients)}
CASES = [(name, bits) for name in FITS for bits in TABLES[name]]


def test_every_table_is_checked():
    tables = {n for n in TABLES if n.isupper()} - {
        "ERFINV_CENTRE",
        "ERFINV_REST",
    }
    assert tables == set(FITS)


@pytest.mark.parametrize(("name", "bits"), CASES)
def test_error_of_polynomial(name: str, bits: int):
    """Not more than that of a fit with as many coefficients, and than their rounding."""
    entry, table = FITS[name], TABLES[name][bits]
    function, (low, high) = entry[bits] if isinstance(entry, dict) else entry
    with mpmath.workprec(2 * PRECISION):
        fit, error = mpmath.chebyfit(function, (low, high), len(table), error=True)
        points = [low + (high - low) * mpmath.mpf(k) / 200 for k in range(1, 201)]
        worst = max(abs(mpmath.polyval(table, x) - function(x)) for x in points)
    size = max(1, abs(low), abs(high))
    terms = sum(abs(c) * size**k for k, c in enumerate(reversed(table)))
    rounding = float(np.finfo(f"float{bits}").eps) / 2 * terms
    assert worst <= 1.5 * error + rounding
    np.testing.assert_allclose(table[-1], float(fit[-1]), rtol=float(np.finfo(f"float{bits}").eps))
    if name == "ERFINV":
        rounded = mpmath.mpf(float(np.dtype(f"float{bits}").type(table[-1])))
        rest = special_coefficients.ERFINV_REST[bits]
        np.testing.assert_allclose(rest, float(fit[-1] - rounded), rtol=1e-6)
