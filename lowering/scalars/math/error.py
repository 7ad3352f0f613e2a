"""erf, erfc and erfinv, the normal distribution and its logarithm."""

from __future__ import annotations

import math

from ..real import Real, ordered_sum, product
from .exponential import mantissa_of_exp, parts_of_exp, reduced, scaled
from .logarithmic import log, log1p
from .special_coefficients import (
    ERF,
    ERF_FAR,
    ERFC,
    ERFCX,
    ERFINV,
    ERFINV_CENTRE,
    ERFINV_FAR,
    ERFINV_REST,
)

CENTRE = 3.0
VANISHES = {64: 28.0, 32: 10.5}  # erfc is 0 from there on
LIFT = {64: 120, 32: 40}  # 2^LIFT exp(-x^2) is a normal number up to there


def lifted_gaussian(size: Real) -> Real:
    """2^LIFT exp(-x^2) for 0 <= x <= VANISHES, with the square in two parts."""
    f, b = size.format, size.b
    square, rest = product(size, size)
    n, r = reduced(-square, LIFT[f.bits])
    bits = mantissa_of_exp(r - rest).bits()
    return size.of_bits(b.add(bits, b.shl(n, size.integer(f.mantissa))))


def gaussian(x: Real) -> Real:
    """exp(-x^2), with the digits of the square that a product does not have."""
    bits = x.format.bits
    return lifted_gaussian(abs(x).at_most(VANISHES[bits])) * 2.0 ** -LIFT[bits]


def right_erfcx(size: Real, coefficients: tuple[float, ...], factor: float = 1.0) -> Real:
    """A `factor`, a power of two, times exp(x^2) erfc(x) for x >= 0, which is
    (1/sqrt(pi) + p(t) / (x + c)) / (x + c) with t = (x - c) / (x + c) = 1 - 2 c / (x + c). The
    quotient 1 / (x + c) has two parts: the second is what rounding the sum and it have lost.
    """
    scaled_down = tuple(c * factor for c in coefficients)
    bottom = size + CENTRE
    lost = size - (bottom - CENTRE)
    inverse = 1.0 / bottom
    rest = inverse * (-lost).fma(inverse, (-bottom).fma(inverse, 1.0))
    t = rest.fma(-2 * CENTRE, inverse.fma(-2 * CENTRE, 1.0))
    p = t.long_polynomial(scaled_down)
    p = p.fma(inverse, p.fma(rest, math.pi**-0.5 * factor))
    return p.fma(inverse, p * rest)


def right_erfc(size: Real) -> Real:
    """erfc for x >= 0."""
    bits = size.format.bits
    size = size.at_most(VANISHES[bits])
    return lifted_gaussian(size) * right_erfcx(size, ERFC[bits], 2.0 ** -LIFT[bits])


def factor_of_erf(x: Real) -> Real:
    """erf(x)/x - 1 for |x| <= 1."""
    return (x * x).polynomial(ERF[x.format.bits])


def erf(x: Real) -> Real:
    """x + x p(x^2) below 1; from 1 on 1 - erfc, which is small enough for fewer digits to do."""
    bits, size = x.format.bits, abs(x)
    near = x.fma(factor_of_erf(x), x)
    bounded = size.at_most(VANISHES[bits])
    inverse = 1.0 / (bounded + CENTRE)
    lowered = tuple(c * 2.0 ** -LIFT[bits] for c in ERF_FAR[bits])
    erfcx = inverse.fma(-2 * CENTRE, 1.0).polynomial(lowered) * inverse
    far = (-lifted_gaussian(bounded)).fma(erfcx, 1.0)
    return near.where(size.compare("<", 1.0), far.copysign(x))


def erfc(x: Real) -> Real:
    """2 - erfc(-x) for negative x."""
    right = right_erfc(abs(x))
    return (2.0 - right).where(x.compare("<", 0.0), right)


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


def squared(x: Real) -> tuple[Real, Real]:
    """x^2 in two parts, the second 0 where the first is infinite."""
    square, rest = product(x, x)
    return square, rest.where(square.compare("<", math.inf), 0.0)


def bounded_erfcx(size: Real) -> Real:
    """exp(x^2) erfc(x) for x >= 0, up to infinity, where it is a little more than 0."""
    f = size.format
    return right_erfcx(size.at_most(f.greatest), ERFCX[f.bits])


def erfcx(x: Real) -> Real:
    """exp(x^2) erfc(x), on the left 2 exp(x^2) less that of -x. It vanishes as 1/x does."""
    growth = scaled(*parts_of_exp(*squared(x)))
    right = bounded_erfcx(abs(x))
    value = (growth * 2.0 - right).where(x.compare("<", 0.0), right)
    return x.constant(0.0).where(x.compare("==", math.inf), value).or_nan(x)


def bell(x: Real) -> Real:
    """exp(-x^2/2), which is 0 from √2 VANISHES on."""
    size = abs(x).at_most(VANISHES[x.format.bits] * math.sqrt(2))
    square, rest = (part * 0.5 for part in squared(size))
    return scaled(*parts_of_exp(-square, -rest))


def normal_density(x: Real) -> Real:
    """exp(-x^2/2) / sqrt(2 pi)."""
    return (bell(x) * (2 * math.pi) ** -0.5).or_nan(x)


def ndtr(x: Real) -> Real:
    """The normal distribution function: exp(-x^2/2) erfcx(|x|/sqrt(2))/2, or 1 less that."""
    tail = bell(x) * (bounded_erfcx(abs(x) * math.sqrt(0.5)) * 0.5)
    return tail.where(x.compare("<", 0.0), 1.0 - tail).or_nan(x)


def log_ndtr(x: Real) -> Real:
    """log of the normal distribution function, with k = erfcx(|x|/sqrt(2))/2: log(k) - x^2/2 on the
    left, and log1p(-k exp(-x^2/2)) on the right.
    """
    square, rest = (part * 0.5 for part in squared(x))
    k = bounded_erfcx(abs(x) * math.sqrt(0.5)) * 0.5
    left = (log(k) - rest) - square
    right = log1p(k * bell(x) * -1.0)
    return left.where(x.compare("<", 0.0), right).or_nan(x)
