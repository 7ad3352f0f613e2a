"""sin, cos, tan, for angles up to `Format.largest_angle`, and their inverses."""

from __future__ import annotations

import math

from ...llvm.types import Value
from ..real import Real, ordered_sum
from .coefficients import ASIN, ATAN, COS, SIN


def angle(x: Real) -> tuple[Value, Real, Real]:
    """x = n pi/2 + r + error, |r| <= pi/4: n as an integer, r, error. x - n half_pi[0] is exact
    with one fma.
    """
    f = x.format
    shifted = x.fma(2 / math.pi, f.rounder)
    n = shifted - f.rounder
    first = n.fma(-f.half_pi[0], x)
    product = n * f.half_pi[1]
    lost = n.fma(f.half_pi[1], -product)
    r = first - product
    back = r - first
    low = (first - (r - back)) - (product + back) - lost - n * f.half_pi[2]
    high = r + low
    return shifted.bits(), high, (r - high) + low


def parts_of_sin(r: Real, error: Real) -> tuple[Real, Real]:
    """sin(r + error) for |r| <= pi/4, as an unevaluated sum."""
    z = r * r
    return r, (z * r).fma(z.polynomial(SIN[r.format.bits]), (z * -0.5).fma(error, error))


def parts_of_cos(r: Real, error: Real) -> tuple[Real, Real]:
    """cos(r + error) for |r| <= pi/4, as an unevaluated sum."""
    z = r * r
    half = z * 0.5
    w = 1.0 - half
    return w, ((1.0 - w) - half) + (z * z * z.polynomial(COS[r.format.bits]) - r * error)


def is_odd(r: Real, n: Value) -> Value:
    return r.b.icmp_unsigned("!=", r.b.and_(n, r.integer(1)), r.integer(0))


def quadrant(n: Value, r: Real, error: Real) -> Real:
    """sin(n pi/2 + r + error) for |r| <= pi/4."""
    b, z = r.b, r * r
    s = r + (z * r).fma(z.polynomial(SIN[r.format.bits]), error)
    half = z.fma(z.polynomial(COS[r.format.bits]), -0.5)
    c = z.fma(half, -r * error) + 1.0
    sign = b.shl(b.and_(n, r.integer(2)), r.integer(r.format.bits - 2))
    return r.of_bits(b.xor(c.where(is_odd(r, n), s).bits(), sign))


def sin(x: Real) -> Real:
    return quadrant(*angle(x)).or_tiny(x)


def cos(x: Real) -> Real:
    n, r, error = angle(x)
    return quadrant(x.b.add(n, x.integer(1)), r, error)


def tan(x: Real) -> Real:
    """sin/cos, or -cos/sin in the odd quadrants, corrected by the remainder."""
    n, r, error = angle(x)
    odd = is_odd(r, n)
    (s, s_low), (c, c_low) = (
        ordered_sum(*parts) for parts in (parts_of_sin(r, error), parts_of_cos(r, error))
    )
    top, top_low = (-c).where(odd, s), (-c_low).where(odd, s_low)
    bottom, bottom_low = s.where(odd, c), s_low.where(odd, c_low)
    inverse = 1.0 / bottom
    quotient = top * inverse
    remainder = bottom.fma(-quotient, top) + bottom_low.fma(-quotient, top_low)
    return remainder.fma(inverse, quotient).or_tiny(x)


def tail_of_atan(z: Real) -> Real:
    """atan(z) - z for 0 <= z <= 1."""
    square = z * z
    return z * square * square.polynomial(ATAN[z.format.bits])


def atan(x: Real) -> Real:
    """By its series below 1; above, pi/2 less that of 1/|x|."""
    size, half_pi = abs(x), x.format.half_pi
    far, one = size.compare(">", 1.0), x.constant(1.0)
    z = one.where(far, size) / size.where(far, one)
    tail = tail_of_atan(z)
    value = (half_pi[0] - (z + (tail - half_pi[1]))).where(far, z + tail)
    return value.copysign(x).or_tiny(x)


def atan2(y: Real, x: Real) -> Real:
    """The smaller over the larger size, then a multiple of pi/2 more or less."""
    b, half_pi = x.b, x.format.half_pi
    tall, wide = abs(y), abs(x)
    steep, left = tall.compare(">", wide), x.negative()
    bottom, top = tall.where(steep, wide), wide.where(steep, tall)
    z = top / bottom
    equal = top.compare("==", bottom)
    z = x.constant(1.0).where(equal, z)
    z = x.constant(0.0).where(b.and_(equal, bottom.compare("==", 0.0)), z)
    tail, minus = tail_of_atan(z), b.xor(steep, left)
    z, tail = (-z).where(minus, z), (-tail).where(minus, tail)

    def base(part: float) -> Real:
        zero = x.constant(0.0)
        return x.constant(part).where(steep, x.constant(2 * part).where(left, zero))

    return (base(half_pi[0]) + (z + (tail + base(half_pi[1])))).copysign(y)


def parts_of_asin(size: Real) -> tuple[Value, Real, Real]:
    """Whether size > 1/2, and s and asin(s) - s: s is the size or else sqrt((1 - size)/2)."""
    far = size.compare(">", 0.5)
    w = ((1.0 - size) * 0.5).where(far, size * size)
    s = w.sqrt().where(far, size)
    return far, s, s * w * w.polynomial(ASIN[size.format.bits])


def asin(x: Real) -> Real:
    """By its series below 1/2; above, pi/2 - 2 asin(sqrt((1 - |x|)/2))."""
    half_pi = x.format.half_pi
    far, s, tail = parts_of_asin(abs(x))
    value = (half_pi[0] - (s * 2.0 + (tail * 2.0 - half_pi[1]))).where(far, s + tail)
    return value.copysign(x).or_tiny(x)


def acos(x: Real) -> Real:
    """pi/2 - asin(x); above 1/2 in size, 2 asin(sqrt((1 - |x|)/2)) or pi less that."""
    half_pi = x.format.half_pi
    far, s, tail = parts_of_asin(abs(x))
    near = half_pi[0] - (x + (tail.copysign(x) - half_pi[1]))
    twice, rest = s * 2.0, tail * 2.0
    left = 2 * half_pi[0] - (twice + (rest - 2 * half_pi[1]))
    return left.where(x.compare("<", 0.0), twice + rest).where(far, near)
