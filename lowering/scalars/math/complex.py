"""Functions of complex numbers without branches, in double precision; a number is a pair of parts.

The special values are those of C's Annex G.
"""

from __future__ import annotations

import math

from ...llvm.types import Value
from ..real import Real, product, sum_of
from .exponential import cosh, exp, sinh
from .logarithmic import log, log1p
from .trigonometric import atan2

Pair = tuple[Real, Real]


def moved(x: Real, y: Real) -> tuple[Real, Real, Real]:
    """Both numbers times a power of 4 so that squares, of the larger at least, are normal numbers;
    and the root of what undoes that.
    """
    one, largest = x.constant(1.0), y.where(x.compare("<", y), x)
    high, low = largest.compare(">", 2.0**500), largest.compare("<", 2.0**-450)
    factor = x.constant(2.0**-600).where(high, x.constant(2.0**600).where(low, one))
    root = x.constant(2.0**300).where(high, x.constant(2.0**-300).where(low, one))
    return x * factor, y * factor, root


def csqrt(x: Real, y: Real) -> Pair:
    """t = sqrt((|z| + |x|)/2) and y / (2 t), the other way round on the left."""
    wide, tall, root = moved(abs(x), abs(y))
    modulus = wide.fma(wide, tall * tall).sqrt()
    first = ((modulus + wide) * 0.5).sqrt() * root
    second = x.constant(0.0).where(first.compare("==", 0.0), abs(y) / (first + first))
    left = x.negative()
    real, imaginary = second.where(left, first), first.where(left, second)
    endless = abs(x).compare("==", math.inf)
    zero, infinite = x.constant(0.0), x.constant(math.inf)
    # of an infinite x, the other part is 0 for every y that is a number
    kept = zero.or_nan(y)
    real = kept.where(left, infinite).where(endless, real)
    imaginary = infinite.where(left, kept).where(endless, imaginary)
    open_ended = abs(y).compare("==", math.inf)
    real = infinite.where(open_ended, real)
    imaginary = infinite.where(open_ended, imaginary)
    return real, imaginary.copysign(y)


def clog(x: Real, y: Real) -> Pair:
    """log |z| and the angle; near |z| = 1 by |z|^2 - 1 in two parts."""
    b, (first, second) = x.b, (abs(x), abs(y))
    swap = first.compare("<", second)
    large, small = second.where(swap, first), first.where(swap, second)
    square, lost = product(large, large)
    excess, low = sum_of(square, x.constant(-1.0))
    other, rest = product(small, small)
    excess, more = sum_of(excess, other)
    near = log1p(excess + (low + lost + (rest + more))) * 0.5
    wide, tall, root = moved(large, small)
    far = log(wide.fma(wide, tall * tall)) * 0.5 + log(root) * 2.0
    close = b.and_(large.compare(">", 0.5), large.compare("<", 2.0))
    value = near.where(close, far)
    endless = b.or_(first.compare("==", math.inf), second.compare("==", math.inf))
    return x.constant(math.inf).where(endless, value), atan2(y, x)


def cproduct(x: Pair, y: Pair) -> Pair:
    """The product as C has it: infinite if a factor is, whatever is NaN (Annex G.5.1)."""

    def times(p: Pair, q: Pair) -> Pair:
        return p[0] * q[0] - p[1] * q[1], p[1].fma(q[0], p[0] * q[1])

    def endless(p: Pair) -> Value:
        return b.or_(*(abs(part).compare("==", math.inf) for part in p))

    def corner(p: Pair) -> Pair:
        """The direction of an infinite number, in 1s and 0s; of other numbers, with 0 for NaN."""
        sizes = ((abs(part).compare("==", math.inf), part) for part in p)
        first, second = (one.where(is_it, zero).copysign(part) for is_it, part in sizes)
        real, imaginary = (zero.copysign(part).where(lost(part), part) for part in p)
        return first.where(endless(p), real), second.where(endless(p), imaginary)

    def lost(part: Real) -> Value:
        return b.fcmp_unordered("uno", part.value, part.value)

    b, one, zero = x[0].b, x[0].constant(1.0), x[0].constant(0.0)
    real, imaginary = times(x, y)
    again = b.and_(b.and_(lost(real), lost(imaginary)), b.or_(endless(x), endless(y)))
    first, second = (part * math.inf for part in times(corner(x), corner(y)))
    return first.where(again, real), second.where(again, imaginary)


def cexp(x: Real, sine: Real, cosine: Real, y: Real) -> Pair:
    """e^x times the cosine and sine of y; a very large or small e^x in two factors."""
    b, zero = x.b, x.constant(0.0)
    usual = abs(x).compare("<", 700.0)
    first = exp(x.where(usual, x * 0.5))
    second = x.constant(1.0).where(usual, first)
    real, imaginary = (first * part * second for part in (cosine, sine))
    level = y.compare("==", 0.0)
    real, imaginary = (first * second).where(level, real), y.where(level, imaginary)
    vanishes = b.and_(unknown(y), x.compare("==", -math.inf))
    real, imaginary = zero.where(vanishes, real), zero.where(vanishes, imaginary)
    endless = b.and_(unknown(y), x.compare("==", math.inf))
    return x.constant(math.inf).where(endless, real), imaginary


def hyperbolic(x: Real) -> tuple[Real, Real, Real]:
    """sinh(x) and cosh(x) but for a factor, which is 1 unless they are very large."""
    usual = abs(x).compare("<", 700.0)
    half = exp(abs(x) * 0.5)
    large = half * 0.5
    first, second = sinh(x).where(usual, large.copysign(x)), cosh(x).where(usual, large)
    return first, second, x.constant(1.0).where(usual, half)


def csinh(x: Real, sine: Real, cosine: Real, y: Real) -> Pair:
    first, second, factor = hyperbolic(x)
    real, imaginary = first * cosine * factor, second * sine * factor
    level = y.compare("==", 0.0)
    real, imaginary = (first * factor).where(level, real), y.where(level, imaginary)
    # 0 and infinities stay what they are
    kept = x.b.or_(x.compare("==", 0.0), abs(x).compare("==", math.inf))
    return x.where(x.b.and_(kept, unknown(y)), real), imaginary


def ccosh(x: Real, sine: Real, cosine: Real, y: Real) -> Pair:
    first, second, factor = hyperbolic(x)
    real, imaginary = second * cosine * factor, first * sine * factor
    level, none = y.compare("==", 0.0), x.compare("==", 0.0)
    real = (second * factor).where(level, real)
    imaginary = (y * x.constant(1.0).copysign(x)).where(level, imaginary)
    imaginary = x.where(x.b.and_(none, unknown(y)), imaginary)
    endless = x.b.and_(abs(x).compare("==", math.inf), unknown(y))
    return x.constant(math.inf).where(endless, real), imaginary


def ctanh(x: Real, sine: Real, cosine: Real, y: Real) -> Pair:
    """(sinh x cosh x + i sin y cos y) / (cos^2 y + sinh^2 x): Kahan's formula (Branch cuts for
    complex elementary functions, 1987) without its tangent.
    """
    bounded = x.clamp(-25.0, 25.0)
    s = sinh(bounded)
    square, lost = product(cosine, cosine)
    bottom = s.fma(s, lost) + square
    far, angle = abs(x).compare(">", 20.0), sine * cosine
    real = x.constant(1.0).copysign(x).where(far, s * cosh(bounded) / bottom)
    imaginary = (angle * exp(abs(x) * -2.0) * 4.0).where(far, angle / bottom)
    imaginary = y.where(y.compare("==", 0.0), imaginary)
    b, lost, endless = x.b, unknown(y), abs(x).compare("==", math.inf)
    real = x.constant(math.nan).where(b.and_(lost, b.not_(endless)), real)
    real = x.where(b.and_(x.compare("==", 0.0), lost), real)
    imaginary = x.constant(0.0).copysign(y).where(b.and_(endless, lost), imaginary)
    return real.or_nan(x), imaginary


def unknown(y: Real) -> Value:
    """Whether an angle has no sine."""
    return y.b.not_(abs(y).compare("<", math.inf))
