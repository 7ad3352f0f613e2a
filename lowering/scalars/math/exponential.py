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
ONE_FROM = {64: 20.0, 32: 10.0}  # |x| from which on tanh is ±1, by bits


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


def parts_of_tanh(x: Real) -> tuple[Real, Real]:
    """t = expm1(2 |x|)/2 = 2^n t(r) + (2^n - 1)/2, and 1/(t + 1), which is 1 - tanh(|x|)."""
    f = x.format
    largest = 0.5 * f.greatest_exponent
    size = abs(x).at_most(largest)
    shifted = size.fma(2 / math.log(2), f.rounder + f.bias - 1)
    n = shifted - (f.rounder + f.bias - 1)
    r = n.fma(-f.ln2[1] / 2, n.fma(-f.ln2[0] / 2, size))
    half = of_exponent(x, shifted.bits())
    t = half.fma((r * r).fma(r.polynomial(HALF_EXPM1[f.bits]), r) * 2.0, half - 0.5)
    rest = 1.0 / (t + 1.0)
    return t, x.constant(0.0).where(abs(x).compare(">", largest), rest)


def tanh(x: Real) -> Real:
    """v = t / (t + 1) with t = expm1(2 |x|)/2 = 2^n t(r) + (2^n - 1)/2; below 1/2 as t - t v, which
    makes the rounding errors of v less. It takes less time than `tanh_by_rest`.
    """
    f = x.format
    size = abs(x).at_most(ONE_FROM[f.bits])
    shifted = size.fma(2 / math.log(2), f.rounder + f.bias)
    n = shifted - (f.rounder + f.bias)
    r = n.fma(-f.ln2[1] / 2, n.fma(-f.ln2[0] / 2, size))
    power = of_exponent(x, shifted.bits())
    t = power.fma((r * r).fma(r.polynomial(HALF_EXPM1[f.bits]), r), power.fma(0.5, -0.5))
    value = t / (t + 1.0)
    return t.fma(-value, t).where(t.compare("<", 1.0), value).copysign(x)


def tanh_by_rest(x: Real) -> Real:
    """1 - 1/(t + 1); below 1/2 as t less t times that, which makes the rounding errors less. It has
    most in common with `sech_squared`.
    """
    t, rest = parts_of_tanh(x)
    return t.fma(-(t * rest), t).where(t.compare("<", 1.0), 1.0 - rest).copysign(x)


def sech_squared(x: Real) -> Real:
    """1/cosh(x)^2 = (1 - tanh |x|) (1 + tanh |x|), by what `tanh` computes."""
    _, rest = parts_of_tanh(x)
    return rest * (2.0 - rest)


def fold_tanh(x: Real) -> Real:
    """tanh(x) below 1/2, else 1 more than 1 - tanh |x| in units of twice the smallest normal
    number, so that no number met on the way is subnormal.
    """
    t, rest = parts_of_tanh(x)
    near = t.fma(-(t * rest), t)
    return near.where(t.compare("<", 1.0), rest.fma(0.5 / x.format.tiny, 1.0)).copysign(x)


def unfold_tanh(w: Real) -> Real:
    size = abs(w)
    return size.where(size.compare("<", 1.0), 1.0 - rest_of_folded(w)).copysign(w)


def unfold_sigmoid(w: Real) -> Real:
    return sigmoid_of_rest(w, rest_of_folded(w))


def tanh_slope(w: Real) -> Real:
    """1/cosh(x)^2 = (1 - tanh |x|) (1 + tanh |x|)."""
    rest = rest_of_folded(w)
    return rest * (2.0 - rest)


def rest_of_folded(w: Real) -> Real:
    """1 - tanh |x|."""
    size = abs(w)
    return (1.0 - size).where(size.compare("<", 1.0), (size - 1.0) * (2.0 * w.format.tiny))


def sigmoid_of_half(x: Real) -> Real:
    """sigmoid(2 x), by what `tanh` computes."""
    return sigmoid_of_rest(x, parts_of_tanh(x)[1])


def sigmoid_of_rest(x: Real, rest: Real) -> Real:
    """(1 + tanh x)/2 by 1 - tanh |x|."""
    half = rest * 0.5
    return half.where(x.compare("<", 0.0), 1.0 - half)


def sigmoid(x: Real) -> Real:
    """1 / (1 + exp(-x)), as p / (p + m q) with exp(-x) = m q / p, p and q powers of two: neither
    sum nor quotient overflows.
    """
    f = x.format
    n, r = reduced((-x).clamp(f.least_exponent, -f.least_exponent), 2 * f.bias)
    half = x.b.lshr(n, x.integer(1))
    q, inverse = of_exponent(x, half), of_exponent(x, x.b.sub(n, half))
    p = x.of_bits(x.b.sub(x.integer((2 * f.bias) << f.mantissa), inverse.bits()))
    small = (r * r).fma(r.polynomial(EXPM1[f.bits]), r)  # m - 1
    bottom = p + q
    lost = p - (bottom - q)
    return p / (small.fma(q, lost) + bottom)
