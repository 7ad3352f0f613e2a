"""The inverse functions of complex numbers without branches, in double precision.

asin and acos are those of T. E. Hull, T. F. Fairgrieve, P. T. P. Tang, "Implementing the complex
arcsine and arccosine functions using exception handling", ACM TOMS 23 (1997); atanh is that of W.
Kahan, "Branch cuts for complex elementary functions" (1987). The others are those of i z. Special
values, and the sides of branch cuts by the signs of zeros, are those of C's Annex G.
"""

from __future__ import annotations

import math

from ..real import Real, ordered_sum
from .complex import Pair, moved
from .logarithmic import HUGE, log, log1p, log_of_sum
from .trigonometric import atan2


def legs(x: Real, y: Real) -> tuple[Real, Real]:
    """For x, y >= 0: q with asin(x + i y) = atan2(x, q) + i l, and acos = atan2(q, x) - i l; and l.

    With r = |z + 1|, s = |z - 1| and a = (r + s)/2, q^2 = (a + x)(a - x) and l = acosh(a). Neither
    a - x nor a - 1 is computed as a difference: y^2 = (r - x - 1)(r + x + 1) = (s - |x - 1|)(s +
    |x - 1|). Of large z, q is y and l is log(2 |z|).
    """
    up, down, square = x + 1.0, abs(x - 1.0), y * y
    r, s = up.fma(up, square).sqrt(), down.fma(down, square).sqrt()
    s = y.where(down.compare("==", 0.0), s)  # whose square may not be a normal number
    a, first, gap = (r + s) * 0.5, 1.0 / (r + up), s + down
    broad, narrow = square.fma(first, gap), first + 1.0 / gap
    root = lambda twice: ((twice * 0.5 * broad).sqrt(), (twice * 0.5 * narrow).sqrt() * y)
    wide, tall, half = moved(x, y)
    quarter = wide.fma(wide, tall * tall).sqrt() * (half * half * 0.25)  # of |z|
    far = quarter.compare(">=", HUGE)
    inner, outer = root(a + x)
    q = y.where(far, inner.where(x.compare("<=", 1.0), outer))
    outer, inner = root(a + 1.0)
    inside = x.compare("<", 1.0)
    less = (square * narrow).where(inside, broad) * 0.5  # a - 1
    length = log_of_sum(*ordered_sum(inner.where(inside, outer), less), quarter)
    length = (length + 2 * math.log(2)).where(far, length)
    endless = x.b.or_(x.compare("==", math.inf), y.compare("==", math.inf))
    return q, x.constant(math.inf).where(endless, length.or_nan(x).or_nan(y))


def casin(x: Real, y: Real) -> Pair:
    q, length = legs(abs(x), abs(y))
    angle = atan2(abs(x), q).or_nan(x).or_nan(y)
    angle = abs(x).where(x.compare("==", 0.0), angle)
    return angle.copysign(x), length.copysign(y)


def cacos(x: Real, y: Real) -> Pair:
    q, length = legs(abs(x), abs(y))
    angle = atan2(q, x).or_nan(x).or_nan(y)
    angle = x.constant(math.pi / 2).where(x.compare("==", 0.0), angle)
    return angle, length.copysign(-y)


def casinh(x: Real, y: Real) -> Pair:
    return casin(y, x)[::-1]


def cacosh(x: Real, y: Real) -> Pair:
    angle, length = cacos(x, y)
    return abs(length), angle.copysign(y)


def catanh(x: Real, y: Real) -> Pair:
    """log1p(4 x / ((1 - x)^2 + y^2)) / 4 and atan2(2 y, (1 - x)(1 + x) - y^2) / 2; of large z, x /
    |z|^2 and pi/2.
    """
    b, wide, tall = x.b, abs(x), abs(y)
    down, square = 1.0 - wide, tall * tall
    value = log1p(wide * 4.0 / down.fma(down, square)) * 0.25
    close = b.and_(down.compare("==", 0.0), tall.compare("<", 2.0**-500))
    value = ((math.log(2) - log(tall)) * 0.5).where(close, value)
    angle = atan2(tall + tall, down.fma(wide + 1.0, -square)) * 0.5
    p, q, root = moved(wide, tall)
    far = b.or_(wide.compare(">", 2.0**500), tall.compare(">", 2.0**500))
    up = 1.0 / (root * root)
    value = (p / p.fma(p, q * q) * up).where(far, value)
    right = x.constant(math.pi / 2)
    angle = right.where(far, angle).or_nan(x)
    angle = right.where(tall.compare("==", math.inf), angle).or_nan(y)
    endless = b.or_(wide.compare("==", math.inf), tall.compare("==", math.inf))
    value = x.constant(0.0).where(endless, value.or_nan(x).or_nan(y))
    value = wide.where(wide.compare("==", 0.0), value)
    return value.copysign(x), angle.copysign(y)


def catan(x: Real, y: Real) -> Pair:
    return catanh(y, x)[::-1]
