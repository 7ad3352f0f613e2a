"""exp, and functions made of it."""

from __future__ import annotations

import math

from ...llvm.types import Value
from ..real import Real
from .coefficients import EXPM1, SINH

# expm1(2 r)/2 in place of expm1(r)
HALF_EXPM1 = {
    bits: tuple(c * 2.0 ** (len(table) - k) for k, c in enumerate(table))
    for bits, table in EXPM1.items()
}


def nearest_multiple(x: Real, offset: int) -> tuple[Value, Real, Real]:
    """The integer n nearest to x / ln 2: n + offset in the low bits of an integer, n as a float,
    and x less n times the larger part of ln 2, which is exact.
    """
    f = x.format
    shifted = x.fma(1 / math.log(2), f.rounder + offset)
    n = shifted - (f.rounder + offset)
    return shifted.bits(), n, n.fma(-f.ln2[0], x)


def reduced(x: Real, offset: int) -> tuple[Value, Real]:
    """x = n ln 2 + r with |r| <= ln(2)/2: n + offset in the low bits of an integer, and r."""
    shifted, n, high = nearest_multiple(x, offset)
    return shifted, n.fma(-x.format.ln2[1], high)


def of_exponent(x: Real, n: Value) -> Real:
    """The power of two whose biased exponent is in the low bits of n."""
    return x.of_bits(x.b.shl(n, x.integer(x.format.mantissa)))


def scaled(x: Real, n: Value) -> Real:
    """2**n x, with n plus twice the bias in the low bits of an integer: in two steps, so that the
    result may be subnormal.
    """
    half = x.b.lshr(n, x.integer(1))
    return x * of_exponent(x, half) * of_exponent(x, x.b.sub(n, half))


def mantissa_of_exp(r: Real) -> Real:
    """exp(r) for small r."""
    return r.polynomial((*EXPM1[r.format.bits], 1.0, 1.0))


def parts_of_exp(x: Real, low: Real | None = None, lift: int = 0) -> tuple[Real, Value]:
    """m and n of exp(x + low) 2**lift = 2**n m, n as `scaled` takes it, with x moved into a range
    that decides nothing.
    """
    f = x.format
    bounded = x.clamp(f.least_exponent, f.greatest_exponent + 1.0)
    n, r = reduced(bounded, 2 * f.bias + lift)
    return mantissa_of_exp(r if low is None else r + low), n


def exp(x: Real) -> Real:
    return scaled(*parts_of_exp(x))


def exp2(x: Real) -> Real:
    """2^n exp(r ln 2) with n the nearest integer to x."""
    f = x.format
    bounded = x.clamp(f.least_exponent / math.log(2), f.bias + 1.0)
    rounder = f.rounder + 2 * f.bias
    shifted = bounded + rounder
    r = bounded - (shifted - rounder)
    r = r.fma(f.ln2[0], r * f.ln2[1])
    return scaled(mantissa_of_exp(r), shifted.bits())


def expm1(x: Real) -> Real:
    """2^n expm1(r) + (2^n - 1), at half scale so that 2^n cannot overflow."""
    f = x.format
    shifted, n, high = nearest_multiple(x.clamp(-40.0, f.greatest_exponent + 0.25), f.bias - 1)
    r = n.fma(-f.ln2[1], high)
    error = n.fma(-f.ln2[1], high - r)
    p = r + (r * r).fma(r.polynomial(EXPM1[f.bits]), error)
    half = of_exponent(x, shifted)
    return (half.fma(p, half - 0.5) * 2.0).or_tiny(x)


def half_exp(x: Real) -> Real:
    """exp(x)/2, finite where its double is not."""
    return scaled(*parts_of_exp(x, lift=-1))


def sinh(x: Real) -> Real:
    """x + x^3 p(x^2) below 1; e - 1/(4 e) with e = exp(|x|)/2 above."""
    size = abs(x)
    e = half_exp(size)
    square = x * x
    near = (square * x).fma(square.polynomial(SINH[x.format.bits]), x)
    return near.where(size.compare("<", 1.0), (e - 0.25 / e).copysign(x)).or_tiny(x)


def cosh(x: Real) -> Real:
    """e + 1/(4 e) with e = exp(|x|)/2, whose error cancels near 0."""
    e = half_exp(abs(x))
    return e + 0.25 / e


def tanh(x: Real) -> Real:
    """v = t / (t + 1) with t = expm1(2 |x|)/2; below 1/2 as t - t v, which makes the rounding
    errors of v less.
    """
    t = half_expm1(x)
    value = t / (t + 1.0)
    return t.fma(-value, t).where(t.compare("<", 1.0), value).copysign(x)


def sech_squared(x: Real) -> Real:
    """1/cosh(x)^2 = (1 - tanh |x|) (1 + tanh |x|), by the t of `tanh`: 1 - tanh |x| = 1/(t + 1)."""
    t, scale = parts_of_half_expm1(x)
    if x.format.bits == 32:  # where a reciprocal is cheaper than a quotient
        rest = 1.0 / (t + 1.0)
        return rest * (2.0 - rest) * scale
    rest = scale / (t + 1.0)
    return rest * (2.0 - rest)


def half_expm1(x: Real) -> Real:
    """expm1(2 |x|)/2, at most the one of the greatest power of two."""
    return parts_of_half_expm1(x)[0]


def parts_of_half_expm1(x: Real) -> tuple[Real, Real]:
    """expm1(2 |x|)/2 = 2^n t(r) + (2^n - 1)/2, times a power of two where 2^n is not finite; and
    this power, 1 elsewhere. The reciprocal of the largest is less than half of the least number.
    """
    f = x.format
    size = abs(x).at_most((f.bias + f.mantissa + 4) * 0.5 * math.log(2))
    shifted = size.fma(2 / math.log(2), f.rounder + f.bias)
    n = shifted - (f.rounder + f.bias)
    r = n.fma(-f.ln2[1] / 2, n.fma(-f.ln2[0] / 2, size))
    bounded = shifted.at_most(f.rounder + 2 * f.bias)
    power = of_exponent(x, bounded.bits())
    t = power.fma((r * r).fma(r.polynomial(HALF_EXPM1[f.bits]), r), power.fma(0.5, -0.5))
    return t, of_exponent(x, (bounded - n).bits())


def sigmoid(x: Real) -> Real:
    """1 / (1 + exp(-x)), as p / (p + m q)."""
    p, _, _, inverse = parts_of_sigmoid(x)
    return p * inverse


def sigmoid_slope(x: Real) -> Real:
    """sigmoid(x) sigmoid(-x), as p m q / (p + m q)^2."""
    p, q, small, inverse = parts_of_sigmoid(x)
    other = q * inverse
    return p * inverse * small.fma(other, other)


def parts_of_sigmoid(x: Real) -> tuple[Real, Real, Real, Real]:
    """p, q, m - 1 and 1 / (p + m q) with exp(-x) = m q / p, p and q powers of two: neither sum nor
    quotient overflows.
    """
    f = x.format
    n, r = reduced((-x).clamp(f.least_exponent, -f.least_exponent), 2 * f.bias)
    half = x.b.lshr(n, x.integer(1))
    q, inverse = of_exponent(x, half), of_exponent(x, x.b.sub(n, half))
    p = x.of_bits(x.b.sub(x.integer((2 * f.bias) << f.mantissa), inverse.bits()))
    small = (r * r).fma(r.polynomial(EXPM1[f.bits]), r)
    bottom = p + q
    lost = p - (bottom - q)
    return p, q, small, 1.0 / (small.fma(q, lost) + bottom)
