"""The logarithm of a sum of two complex exponentials, and the shares of the two.

With d = y - x, the one with the larger real part being x, it is x + log(1 + e^d). Where e^d is near
-1 that sum has digits to lose: its real part there is (1 - e^r) + 2 e^r cos²(s/2), for d = r + is,
of which both terms are positive.
"""

from __future__ import annotations

import math

from . import elementwise as e
from .definition import elementwise
from .types import Operand


def one_and_exp(r: Operand, s: Operand) -> tuple[Operand, Operand]:
    """The parts of 1 + e^(r + is), for r <= 0."""
    small, cosine = e.exp(r), e.cos(s)
    opposed = 2 * small * e.square(e.cos(s * 0.5)) - e.expm1(r)
    return e.where(e.less(cosine, 0), opposed, 1 + small * cosine), small * e.sin(s)


def gap(x: Operand, y: Operand) -> tuple[Operand, Operand]:
    """The parts of x - y; real parts that are equal infinities are 0 apart."""
    level = e.real(x)
    alike = e.equal(level, e.real(y))
    return e.where(alike, 0, level) - e.where(alike, 0, e.real(y)), e.imag(x) - e.imag(y)


# -- Shares: the logistic function of the difference -----------------------------------------------


def share_parts(x: Operand, y: Operand) -> tuple[Operand, Operand, Operand]:
    """For the one of ±(x - y) whose real part is not positive: whether it is y - x, its e^d, and
    1 + e^d.
    """
    r, s = gap(x, y)
    turned = e.greater(r, 0)
    r, s = e.where(turned, -r, r), e.where(turned, -s, s)
    small = e.exp(r)
    return turned, e.complex(small * e.cos(s), small * e.sin(s)), e.complex(*one_and_exp(r, s))


def share_decomposition(x: Operand, y: Operand) -> Operand:
    turned, small, total = share_parts(x, y)
    return e.where(turned, 1, small) / total


def slope_decomposition(x: Operand, y: Operand) -> Operand:
    _, small, total = share_parts(x, y)
    return small / total / total


complex_share_slope = elementwise(
    "complex_share_slope",
    operands=2,
    accepts="complex",
    singular=True,
    partials=(
        lambda x, y, z: -e.tanh(e.complex(*gap(x, y)) * 0.5) * z,
        lambda x, y, z: e.tanh(e.complex(*gap(x, y)) * 0.5) * z,
    ),
    decomposition=slope_decomposition,
)
"""e^d / (1 + e^d)², for d = x - y."""
complex_share = elementwise(
    "complex_share",
    operands=2,
    accepts="complex",
    singular=True,
    partials=(
        lambda x, y, z: complex_share_slope(x, y),
        lambda x, y, z: -complex_share_slope(x, y),
    ),
    decomposition=share_decomposition,
)
"""e^x / (e^x + e^y), one half of equal infinities."""

# -- The logarithm ---------------------------------------------------------------------------------


def logaddexp_decomposition(x: Operand, y: Operand) -> Operand:
    """log|1 + e^d|, and the angle of 1 + e^d, beside the parts of x. |1 + e^d|² is
    1 + e^r (2 cos s + e^r).
    """
    first = e.greater_equal(e.real(x), e.real(y))
    high, low = e.where(first, x, y), e.where(first, y, x)
    level, angle = e.real(high), e.imag(high)
    apart, turn = gap(low, high)
    re, im = one_and_exp(apart, turn)
    small = e.exp(apart)
    beyond_one = small * (2 * e.cos(turn) + small)
    near = e.greater(beyond_one, -0.5)
    by_one = 0.5 * e.log1p(e.where(near, beyond_one, 0))
    return e.complex(
        level + e.where(near, by_one, e.log(e.hypot(re, im))), principal(angle, re, im)
    )


def principal(angle: Operand, re: Operand, im: Operand) -> Operand:
    """The angle of e^(i·angle)·(re + i·im), above -π and up to π."""
    turned = angle + e.atan2(im, re)
    cosine, sine = e.cos(angle), e.sin(angle)
    around = e.atan2(sine * re + cosine * im, cosine * re - sine * im)
    found = e.where(e.less_equal(e.abs(turned), math.pi), turned, around)
    return e.where(e.less_equal(found, -math.pi), math.pi, found)


complex_logaddexp = elementwise(
    "complex_logaddexp",
    operands=2,
    accepts="complex",
    singular=True,
    partials=(lambda x, y, z: complex_share(x, y), lambda x, y, z: complex_share(y, x)),
    decomposition=logaddexp_decomposition,
)
"""log(e^x + e^y), with an imaginary part above -π and up to π."""
