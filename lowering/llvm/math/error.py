"""erf, erfc and erfinv."""

from __future__ import annotations

import math

from ..real import Real, ordered_sum, product, sum_of
from .coefficients import ERF, ERFC, ERFC_CENTRE, ERFINV, ERFINV_CENTRE, ERFINV_FAR, ERFINV_REST
from .exponential import parts_of_exp, scaled
from .logarithmic import log

VANISHES = {64: 28.0, 32: 10.5}  # erfc is 0 from there on


def far_erfc(size: Real) -> Real:
    """erfc for 0.9 <= size: exp(-x^2) p / (x + c), the square and the quotient in
    two parts.
    """
    centre, bits = ERFC_CENTRE[size.format.bits], size.format.bits
    size = size.at_most(VANISHES[bits])
    bottom, lost = sum_of(size, size.constant(centre))
    inverse = 1.0 / bottom
    rest = (bottom.fma(-inverse, 1.0) - lost * inverse) * inverse
    p = ((size - centre) * inverse).polynomial(ERFC[bits]).fma(inverse, math.pi**-0.5)
    quotient, low = product(p, inverse)
    low = p.fma(rest, low)
    square, rest = product(size, size)
    m, n = parts_of_exp(-square, -rest)
    return scaled(m.fma(low, m * quotient), n)


def factor_of_erf(x: Real) -> Real:
    """erf(x)/x - 1 for |x| <= 1."""
    return (x * x).polynomial(ERF[x.format.bits])


def erf(x: Real) -> Real:
    """x + x p(x^2) below 1; from 1 on, 1 - erfc, which is small enough to need no more digits."""
    size = abs(x)
    near = x.fma(factor_of_erf(x), x)
    return near.where(size.compare("<", 1.0), (1.0 - far_erfc(size)).copysign(x))


def erfc(x: Real) -> Real:
    """(1 - x) - x p(x^2) near 0, where 1 - x is exact or large; 2 - erfc(-x) for negative x."""
    far = far_erfc(abs(x))
    far = (2.0 - far).where(x.compare("<", 0.0), far)
    near = (-x).fma(factor_of_erf(x), 1.0 - x)
    return near.where(abs(x).compare("<", 0.9), far)


def two_parts(x: Real, coefficients: tuple[float, ...], rest: float) -> tuple[Real, Real]:
    """A polynomial as an unevaluated sum, each of whose last two coefficients outweighs what comes
    before it; `rest` belongs to the last.
    """
    high, low = x.long_polynomial(coefficients[:-2]), x.constant(0.0)
    for c, more in zip(coefficients[-2:], (0.0, rest), strict=True):
        term, lost = product(x, high)
        lost = x.fma(low, lost + more)
        high, low = ordered_sum(x.constant(c), term)
        low = low + lost
    return high, low


def erfinv(x: Real) -> Real:
    """x p(w) with w = -log(1 - x^2), or from 6.25 on s q(s) with s = sqrt(w): the scheme of Giles
    (Approximating the erfinv function, 2011), with products and the root in two parts.
    """
    bits, size = x.format.bits, abs(x)
    w = -log((1.0 - size) * (size + 1.0))
    s = w.sqrt()
    lost = s.fma(-s, w) * (0.5 / s)
    far = w.compare(">=", 6.25)
    near_high, near_low = two_parts(w - 1.5, ERFINV[bits], ERFINV_REST[bits])
    far_high, far_low = two_parts(s - ERFINV_CENTRE[bits], ERFINV_FAR[bits], 0.0)
    factor, high, low = (
        s.where(far, size),
        far_high.where(far, near_high),
        far_low.where(far, near_low),
    )
    value, rest = product(factor, high)
    rest = factor.fma(low, lost.where(far, 0.0).fma(high, rest))
    value = (value + rest).where(size.compare("<", 1.0), math.inf)
    return value.where(size.compare("<=", 1.0), math.nan).copysign(x)
