"""lgamma and digamma, in double precision.

From 1 on both have a polynomial near their positive zeros, of which it keeps the digits, and
Stirling's series, fitted, beyond. Smaller numbers are moved or reflected to there.
"""

from __future__ import annotations

import math

from ..real import Real, product, sum_of
from .logarithmic import log, log_in_two
from .special_coefficients import COT_PI, DIGAMMA, DIGAMMA_FAR, LGAMMA, SIN_PI, STIRLING

HALF_LOG_2_PI = 0.9189385332046727
# The positive zero of digamma, in two parts.
ZERO = (1.4616321449683622, 9.549995429965697e-17)


def lgamma(x: Real) -> Real:
    """log |Gamma(x)|; below -1/2 by log(pi / (y |sin(pi y)|)) - lgamma(y), y = -x, which leaves few
    digits near its zeros there. At -inf it is SciPy's, -inf.
    """
    if x.format.bits == 32:
        return lgamma(x.wide()).narrow()
    size = abs(x)
    reflected = x.compare("<", -0.5)
    value = lgamma_right(size.where(reflected, x))
    r = from_integer(size)
    square = r * r
    sine = abs((square * r).fma(square.polynomial(SIN_PI[64]), r))  # over pi
    other = -log(size * sine) - value
    other = x.constant(math.inf).where(r.compare("==", 0.0), other)
    value = other.where(reflected, value)
    return x.where(size.compare("==", math.inf), value).or_nan(x)


def lgamma_right(x: Real) -> Real:
    """lgamma for x >= -1/2."""
    b = x.b
    low, middle, far = (x.compare(*test) for test in (("<", 0.5), ("<", 1.5), (">=", 2.5)))
    # lgamma(2 + d) - log(a): a is x (x + 1), or x, or 1
    d = x.where(low, (x - 1.0).where(middle, x - 2.0))
    a = (abs(x) * (x + 1.0)).where(low, x.where(b.or_(middle, far), 1.0))
    high, rest = log_in_two(a)
    near = d.fma(d.polynomial(LGAMMA[64]), -high) - rest
    near = x.constant(math.inf).where(x.compare("==", 0.0), near)
    return stirling(x, high, rest).where(far, near)


def stirling(x: Real, log: Real, rest: Real) -> Real:
    """lgamma from 2.5 on, with log(x) in two parts."""
    shifted, inverse = x - 0.5, 1.0 / x
    tail = (inverse * inverse).polynomial(STIRLING[64]).fma(inverse, HALF_LOG_2_PI)
    main, lost = product(shifted, log)
    total, low = sum_of(main, -x)
    value = total + (low + (shifted.fma(rest, lost) + tail))
    return value.where(main.compare("<", math.inf), math.inf)


def from_integer(x: Real) -> Real:
    """The distance of x from the nearest integer, exactly."""
    return x - x.intrinsic("llvm.rint")


def digamma(x: Real) -> Real:
    """From 1 on a series; from 0 to 1 digamma(x + 1) - 1/x, below 0 digamma(1 - x) - pi cot(pi x).
    NaN at the negative integers, as SciPy's.
    """
    if x.format.bits == 32:
        return digamma(x.wide()).narrow()
    right, left = x.compare(">=", 1.0), x.compare("<", 0.0)
    z = x.where(right, abs(x) + 1.0)
    r = -from_integer(x)
    pole = x.constant(math.nan).where(r.compare("==", 0.0), (r * r).polynomial(COT_PI[64]))
    term = pole.where(left, -1.0) / r.where(left, x)
    value = digamma_right(z)
    return value.where(right, value + term).or_nan(x)


def digamma_right(z: Real) -> Real:
    """digamma for z >= 1."""
    inverse = 1.0 / z
    near = ((z - ZERO[0]) - ZERO[1]) * (z - 2.0).polynomial(DIGAMMA[64]) / z
    square = inverse * inverse
    tail = square.fma(square.polynomial(DIGAMMA_FAR[64]), inverse * 0.5)
    return near.where(z.compare("<", 3.0), log(z) - tail)
