"""exp and what is made of it."""

from __future__ import annotations

import math

from ..real import Real, ordered_sum, product, sum_of
from ..types import Value
from .coefficients import EXPM1, SINH, TANH


def reduced(x: Real) -> tuple[Value, Real, Real]:
    """x = n ln 2 + r with |r| <= ln(2)/2: n as an integer, r, and the rounding error of r."""
    f = x.format
    shifted = x.fma(1 / math.log(2), f.rounder)
    n = shifted - f.rounder
    high = n.fma(-f.ln2[0], x)
    r = n.fma(-f.ln2[1], high)
    error = (high - r) - n * f.ln2[1]
    return x.b.sub(shifted.bits(), x.integer(f.rounder_bits)), r, error


def power_of_two(x: Real, n: Value) -> Real:
    """2**n, a normal number."""
    f = x.format
    return x.of_bits(x.b.shl(x.b.add(n, x.integer(f.bias)), x.integer(f.mantissa)))


def scaled(x: Real, n: Value) -> Real:
    """2**n x, in two steps, so that the result may be subnormal."""
    half = x.b.ashr(n, x.integer(1))
    return x * power_of_two(x, half) * power_of_two(x, x.b.sub(n, half))


def tail_of_exp(r: Real, error: Real) -> Real:
    """exp(r + error) - 1 - r = r^2 q(r) + error for small r."""
    return (r * r).fma(r.polynomial(EXPM1[r.format.bits]), error)


def mantissa_of_exp(r: Real, error: Real) -> Real:
    """exp(r + error) for small r."""
    return (r + tail_of_exp(r, error)) + 1.0


def parts_of_exp(x: Real, low: Real | None = None) -> tuple[Real, Value]:
    """m and n of exp(x + low) = 2**n m, with x moved into a range that decides nothing."""
    f = x.format
    n, r, error = reduced(x.clamp(f.least_exponent, f.greatest_exponent + 1.0))
    if low is not None:
        r, error = sum_of(r, error + low)
    return mantissa_of_exp(r, error), n


def exp(x: Real) -> Real:
    return scaled(*parts_of_exp(x))


def exp2(x: Real) -> Real:
    """2^n exp(r ln 2) with n the nearest integer to x, r ln 2 in two parts."""
    f = x.format
    bounded = x.clamp(f.least_exponent / math.log(2), f.bias + 1.0)
    shifted = bounded + f.rounder
    n = shifted - f.rounder
    r, lost = product(bounded - n, x.constant(f.ln2[0]))
    r, error = ordered_sum(r, (bounded - n).fma(f.ln2[1], lost))
    whole = x.b.sub(shifted.bits(), x.integer(f.rounder_bits))
    return scaled(mantissa_of_exp(r, error), whole)


def expm1(x: Real) -> Real:
    """2^n expm1(r) + (2^n - 1), at half scale so that 2^n cannot overflow."""
    f = x.format
    n, r, error = reduced(x.clamp(-40.0, f.greatest_exponent))
    p = r + tail_of_exp(r, error)
    half = power_of_two(x, x.b.sub(n, x.integer(1)))
    value = p.where(x.b.icmp_signed("==", n, x.integer(0)), (half * p + (half - 0.5)) * 2.0)
    return x.constant(math.inf).where(x.compare(">", f.greatest_exponent), value).or_tiny(x)


def half_exp(x: Real) -> Real:
    """exp(x)/2, finite where its double is not."""
    m, n = parts_of_exp(x)
    return scaled(m, x.b.sub(n, x.integer(1)))


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
    """x + x^3 p(x^2) below 0.6; 1 - 2 / (exp(2 |x|) + 1) above."""
    size, square = abs(x), x * x
    near = (square * x).fma(square.polynomial(TANH[x.format.bits]), x)
    far = 1.0 - 2.0 / (exp(size * 2.0) + 1.0)
    return near.where(size.compare("<", 0.6), far.copysign(x)).or_tiny(x)


def sigmoid(x: Real) -> Real:
    """1 / (1 + e) or e / (1 + e) with e = exp(-|x|): both sums with all their digits, the quotient
    corrected by its remainder.
    """
    n, r, error = reduced((-abs(x)).at_least(x.format.least_exponent))
    one = x.constant(1.0)
    high, low = ordered_sum(one, r)
    e = scaled(high + (low + tail_of_exp(r, error)), n)
    bottom, rest = ordered_sum(one, e)
    right = x.compare(">=", 0.0)
    top = one.where(right, e)
    quotient = top / bottom
    remainder = bottom.fma(-quotient, top) - quotient * rest
    return remainder.fma(quotient.where(right, 1.0 - quotient), quotient)
