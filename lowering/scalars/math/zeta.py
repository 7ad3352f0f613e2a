"""Hurwitz's zeta function and the derivatives of digamma, in double precision, with a loop: terms
are added up to where Euler and Maclaurin's formula takes over (DLMF 25.11.5; the scheme of Cephes'
zeta.c, Moshier).
"""

from __future__ import annotations

import math
from collections.abc import Callable

from ...llvm.types import I32, Value
from ..real import Real
from .logarithmic import pow

# (2 j)! / B_2j
TERMS = (
    *(12.0, -720.0, 30240.0, -1209600.0, 47900160.0, -1.8924375803183791606e9),
    *(7.47242496e10, -2.950130727918164224e12, 1.1646782814350067249e14),
    *(-4.5979787224074726105e15, 1.8152105401943546773e17, -7.1661652561756670113e18),
)
DIRECT, FAR = 9, 1e8  # terms added at least, and up to which argument; where two terms do
Power = Callable[[Real], Real]


def zeta(s: Real, q: Real) -> Real:
    """The sum of (q + k)^-s over k from 0."""
    return hurwitz(s, q, lambda x: pow(x, -s))


def polygamma(order: int, x: Real) -> Real:
    """The derivative of digamma of an order from 1 on, (-1)^(n+1) n! zeta(n + 1, x)."""

    def power(y: Real) -> Real:
        product = y
        for _ in range(order):
            product = product * y
        return 1.0 / product

    value = hurwitz(x.constant(order + 1.0), x, power)
    return value * float(math.factorial(order)) * (1.0 if order % 2 else -1.0)


def hurwitz(s: Real, q: Real, power: Power) -> Real:
    """zeta(s, q), with y^-s as `power(y)`."""
    b = s.b
    left = q.compare("<=", 0.0)
    pole = b.and_(left, is_whole(q))
    none = b.or_(b.and_(left, b.not_(is_whole(s))), s.compare("<", 1.0))
    start = q.constant(1.0).where(b.or_(pole, none), q)
    w, last, total = direct(start, power)
    value = total + last * w / (s - 1.0) - last * 0.5
    rising, decreasing = s, last / w
    for j, c in enumerate(TERMS):
        value = value + rising * decreasing / c
        rising = rising * (s + (2.0 * j + 1.0)) * (s + (2.0 * j + 2.0))
        decreasing = decreasing / (w * w)
    value = total.where(vanishes(last, total), value)
    far = q.compare(">", FAR)
    two = (1.0 / (s - 1.0) + 0.5 / q) * power(q) * q
    value = value.constant(0.0).where(q.compare("==", math.inf), two).where(far, value)
    value = value.constant(math.inf).where(b.or_(pole, s.compare("==", 1.0)), value)
    return value.constant(math.nan).where(none, value).or_nan(s).or_nan(q)


def is_whole(x: Real) -> Value:
    return x.intrinsic("llvm.floor").compare("==", x)


def vanishes(term: Real, total: Real) -> Value:
    """Whether a term, and with it what follows, is lost in the total."""
    return abs(term).compare("<=", abs(total) * 2.0**-53)


def direct(q: Real, power: Power) -> tuple[Real, Real, Real]:
    """The last argument, its term, and the sum of all terms."""
    b, first = q.b, power(q)
    with b.loop(I32(0), q.value, first.value) as loop:
        number, at, so_far = loop.values
        here = Real(b, at) + 1.0
        term = power(here)
        total = Real(b, so_far) + term
        following = b.add(number, I32(1))
        few = b.icmp_signed("<", following, I32(DIRECT))
        early = b.or_(few, here.compare("<=", float(DIRECT)))
        loop.next = [following, here.value, total.value]
        loop.again = b.and_(early, b.not_(vanishes(term, total)))
    return here, term, total
