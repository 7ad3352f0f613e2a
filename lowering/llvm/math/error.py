"""erf and erfc."""

from __future__ import annotations

import math

from ..real import Real, product, sum_of
from .coefficients import ERF, ERFC, ERFC_CENTRE
from .exponential import parts_of_exp, scaled

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
