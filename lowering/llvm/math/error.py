"""erf, erfc and erfinv, and the logarithm of the normal distribution."""

from __future__ import annotations

import math

from ..real import Real, ordered_sum, product, sum_of
from .coefficients import (
    ERF,
    ERFC,
    ERFC_CENTRE,
    ERFCX,
    ERFCX_CENTRE,
    ERFINV,
    ERFINV_CENTRE,
    ERFINV_FAR,
    ERFINV_REST,
)
from .exponential import parts_of_exp, scaled
from .logarithmic import log, log1p

VANISHES = {64: 28.0, 32: 10.5}  # erfc is 0 from there on


def quotient(size: Real, centre: float, coefficients: tuple[float, ...]) -> tuple[Real, Real]:
    """exp(x^2) erfc(x) as p / (x + c), in two parts."""
    bottom, lost = sum_of(size, size.constant(centre))
    inverse = 1.0 / bottom
    rest = (bottom.fma(-inverse, 1.0) - lost * inverse) * inverse
    p = ((size - centre) * inverse).polynomial(coefficients).fma(inverse, math.pi**-0.5)
    high, low = product(p, inverse)
    return high, p.fma(rest, low)


def far_erfc(size: Real) -> Real:
    """erfc for 0.9 <= size: exp(-x^2) p / (x + c), the square and the quotient in
    two parts.
    """
    bits = size.format.bits
    size = size.at_most(VANISHES[bits])
    high, low = quotient(size, ERFC_CENTRE[bits], ERFC[bits])
    square, rest = product(size, size)
    m, n = parts_of_exp(-square, -rest)
    return scaled(m.fma(low, m * high), n)


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


def right_erfcx(size: Real) -> Real:
    """exp(x^2) erfc(x) for 0.9 <= size, up to infinity."""
    bits = size.format.bits
    size = size.at_most(size.format.greatest)
    high, low = quotient(size, ERFCX_CENTRE[bits], ERFCX[bits])
    return high + low


def squared(x: Real) -> tuple[Real, Real]:
    """x^2 in two parts, the second 0 where the first is infinite."""
    square, rest = product(x, x)
    return square, rest.where(square.compare("<", math.inf), 0.0)


def near_erfcx(x: Real, growth: Real) -> Real:
    """exp(x^2), given, times erfc(x), for |x| < 1."""
    return growth * (-x).fma(factor_of_erf(x), 1.0 - x)


def erfcx(x: Real) -> Real:
    """exp(x^2) erfc(x), on the left 2 exp(x^2) less that of -x. It vanishes as 1/x does."""
    size = abs(x)
    growth = scaled(*parts_of_exp(*squared(x)))
    right = right_erfcx(size)
    far = (growth * 2.0 - right).where(x.compare("<", 0.0), right)
    value = near_erfcx(x, growth).where(size.compare("<", 0.9), far)
    return x.constant(0.0).where(x.compare("==", math.inf), value).or_nan(x)


def log_ndtr(x: Real) -> Real:
    """log of the normal distribution function, with k = erfcx(|x|/sqrt(2))/2: log(k) - x^2/2 on the
    left, and log1p(-k exp(-x^2/2)) on the right.
    """
    size = abs(x) * math.sqrt(0.5)
    square, rest = (part * 0.5 for part in squared(x))
    near = near_erfcx(size, scaled(*parts_of_exp(size * size)))
    k = near.where(size.compare("<", 0.9), right_erfcx(size)) * 0.5
    left = (log(k) - rest) - square
    right = log1p(k * scaled(*parts_of_exp(-square, -rest)) * -1.0)
    return left.where(x.compare("<", 0.0), right).or_nan(x)
