"""log, functions made of it, and pow.

log(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)) with s = f / (2 + f): the scheme of FreeBSD's e_log.c
(Sun, 1993).
"""

from __future__ import annotations

import math

from ..real import Real, ordered_sum, product
from .coefficients import LOG, LOG_LONG
from .exponential import exp, parts_of_exp, scaled

HUGE = 2.0**28  # from here on sqrt(x^2 + 1) and sqrt(x^2 - 1) are x


def split(x: Real) -> tuple[Real, Real]:
    """x = 2^k (1 + f) with sqrt(1/2) <= 1 + f < sqrt(2), for x positive and finite: f and k."""
    tiny, lift = x.compare("<", x.format.tiny), x.format.mantissa + 2.0
    f, k, _ = split_normal((x * 2.0**lift).where(tiny, x))
    return f, (k - lift).where(tiny, k)


def split_normal(x: Real) -> tuple[Real, Real, Real]:
    """`split` of an x that is not subnormal; and 2^(1 - k)."""
    f, b = x.format, x.b
    bits = x.bits()
    k = b.ashr(b.sub(bits, x.integer(f.sqrt_half_bits)), x.integer(f.mantissa))
    exponent = b.shl(k, x.integer(f.mantissa))
    # a conversion that every vector unit has
    whole = x.of_bits(b.add(k, x.integer(f.rounder_bits))) - f.rounder
    scale = x.of_bits(b.sub(x.integer((f.bias + 1) << f.mantissa), exponent))
    return x.of_bits(b.sub(bits, exponent)) - 1.0, whole, scale


def tail_of_log(f: Real, half_square: Real) -> Real:
    """log(1 + f) - f + f^2/2."""
    s = f / (f + 2.0)
    z = s * s
    return s * (half_square + z * z.polynomial(LOG[f.format.bits]))


def log_near(f: Real, k: Real, correction: Real | float = 0.0) -> Real:
    """log(2^k (1 + f)) + correction."""
    ln2, half_square = f.format.ln2, f * f * 0.5
    low = tail_of_log(f, half_square) + k.fma(ln2[1], correction)
    return k.fma(ln2[0], f - (half_square - low))


def log_special(value: Real, x: Real) -> Real:
    """`value`, with what log gives outside the positive finite numbers."""
    value = value.where(x.compare("<", math.inf), x)  # NaN, too
    value = value.where(x.compare(">=", 0.0), math.nan)
    return x.constant(-math.inf).where(x.compare("==", 0.0), value)


def log(x: Real) -> Real:
    return log_special(log_near(*split(x)), x)


def log_to_base(x: Real, factor: tuple[float, float], of_two: tuple[float, float]) -> Real:
    """log(x) times a factor in two parts, `of_two` being that of 2; the digits that log loses are
    kept.
    """
    f, k = split(x)
    half_square = f * f * 0.5
    high, low = ordered_sum(f, -half_square)
    low = low - (f * 0.5).fma(f, -half_square) + tail_of_log(f, half_square)
    value, rest = product(high, x.constant(factor[0]))
    rest = low.fma(factor[0], high.fma(factor[1], rest))
    total, lost = ordered_sum(k * of_two[0], value)
    return log_special(total + (k.fma(of_two[1], rest) + lost), x)


def log2(x: Real) -> Real:
    return log_to_base(x, x.format.log2_e, (1.0, 0.0))


def log10(x: Real) -> Real:
    return log_to_base(x, x.format.log10_e, x.format.log10_2)


def log_of_sum(x: Real, low: Real | float, huge: Real | None = None) -> Real:
    """log(1 + x + low); where |huge| >= HUGE, log(2 huge)."""
    u = x + 1.0
    c = (1.0 - (u - x)).where(u.compare(">=", 2.0), x - (u - 1.0)) + low
    if huge is None:
        f, k, scale = split_normal(u)
    else:
        far = huge.compare(">=", HUGE)
        u, c = huge.where(far, u), c.constant(0.0).where(far, c)
        f, k, scale = split_normal(u)
        k = (k + 1.0).where(far, k)
    f, rest = ordered_sum(f, c * 0.5 * scale)
    return log_special(log_near(f, k, rest), u)


def log1p(x: Real) -> Real:
    """log(u + c), with u = 1 + x rounded and c what the rounding lost."""
    return log_of_sum(x, 0.0).or_tiny(x)


def asinh(x: Real) -> Real:
    """log(1 + |x| + x^2 / (1 + sqrt(1 + x^2)))."""
    size = abs(x)
    square = x * x
    t, low = ordered_sum(size, square / ((square + 1.0).sqrt() + 1.0))
    return log_of_sum(t, low, size).copysign(x).or_tiny(x)


def acosh(x: Real) -> Real:
    """log(1 + d + sqrt(d (d + 2))) with d = x - 1."""
    d, rest = ordered_sum(x, x.constant(-1.0))
    t, low = ordered_sum(d.fma(d, d + d).sqrt(), d)
    return log_of_sum(t, low + rest, x).where(x.compare(">=", 1.0), math.nan)


def atanh(x: Real) -> Real:
    """log(1 + 2 |x| / (1 - |x|)) / 2; below 1/2 the fraction is 2 |x| + 2 x^2 / (1 - |x|)."""
    size = abs(x)
    double, small = size * 2.0, size.compare("<", 0.5)
    quotient = (double * size).where(small, double) / (1.0 - size)
    t, low = ordered_sum(double.where(small, 0.0), quotient)
    return (log_of_sum(t, low) * 0.5).copysign(x).or_tiny(x)


def log_in_two(x: Real) -> tuple[Real, Real]:
    """log(x) for x > 0 as an unevaluated sum, to 2^-63: 2 s + s^3 (2/3 + z p(z)), z = s^2, with
    s = f / (2 + f), its square and the term with 2/3 in two parts.
    """
    f, k = split(x)
    d, d_low = ordered_sum(x.constant(2.0), f)
    inverse = 1.0 / d
    s = f * inverse
    s_low = (s.fma(-d, f) - s * d_low) * inverse
    z, z_low = product(s, s)
    z_low = (s + s).fma(s_low, z_low)
    p, p_low = product(z, x.constant(2 / 3))
    p_low = p_low + z.fma(TWO_THIRDS_REST, z_low * (2 / 3))
    p, p_low = ordered_sum(p, (z * z).fma(z.polynomial(LOG_LONG[64]), p_low))
    q, q_low = product(s, p)
    q_low = s.fma(p_low, s_low.fma(p, q_low))
    high, low = ordered_sum(s + s, q)
    low = low + (s_low.fma(2.0, q_low))
    total, lost = ordered_sum(k * x.format.ln2[0], high)
    return ordered_sum(total, k.fma(x.format.ln2[1], low) + lost)


TWO_THIRDS_REST = float.fromhex("0x1.5555555555555p-55")


def power_of_size(size: Real, y: Real) -> Real:
    """size ** y for a positive size: exp(y log(size)), for doubles with the exponent in two parts;
    for floats in double precision, which has digits to spare.
    """
    if size.format.bits == 32:
        return exp(y.wide() * log(size.wide())).narrow()
    high, low = log_in_two(size)
    exponent, rest = product(high, y)
    inside = abs(exponent).compare("<", 1000.0)
    rest = low.fma(y, rest).where(inside, 0.0)
    for edge, limit in ((0.0, -math.inf), (math.inf, math.inf)):
        at_edge = size.compare("==", edge)
        exponent, rest = (
            (y * limit).where(at_edge, exponent),
            rest.constant(0.0).where(at_edge, rest),
        )
    return scaled(*parts_of_exp(exponent, rest))


def pow(x: Real, y: Real) -> Real:
    """|x| ** y, with the sign and the exceptions of IEEE 754."""
    b, size = x.b, abs(x)
    value = power_of_size(size, y).or_nan(x)
    whole = y.intrinsic("llvm.rint").compare("==", y)
    half = y * 0.5
    odd = b.and_(whole, b.not_(half.intrinsic("llvm.rint").compare("==", half)))
    value = value.copysign(x).where(odd, value)
    # not "< inf", which LLVM would make a test of classes that it does element by element
    below = b.and_(x.compare("<", 0.0), size.compare("<=", x.format.greatest))
    value = x.constant(math.nan).where(b.and_(below, b.not_(whole)), value)
    endless = abs(y).compare("==", math.inf)
    is_one = b.or_(x.compare("==", 1.0), b.and_(size.compare("==", 1.0), endless))
    return x.constant(1.0).where(b.or_(is_one, y.compare("==", 0.0)), value)
