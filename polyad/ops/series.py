"""Quotients with a removable singularity: their Taylor series about it, and the quotient elsewhere.

Where a series is taken its derivatives are those of the continued function, to the digits that
third derivatives need; elsewhere the terms of the quotient's derivatives cancel but little.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from . import elementwise as e
from .types import Operand

BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
"""B_2, B_4, …"""
EXPONENTIAL = tuple(1 / math.factorial(k + 1) for k in range(22))
"""expm1(z)/z in z, to 1."""
SINE = tuple((-1) ** k / math.factorial(2 * k + 1) for k in range(16))
"""sin(x)/x in x², to 2."""
ARTANH = tuple(1 / (2 * k + 1) for k in range(22))
"""artanh(s)/s in s², to 1/3."""


def polynomial(x: Operand, coefficients: Sequence[complex]) -> Operand:
    """Σ cₖ xᵏ, by Horner's rule."""
    total = x * coefficients[-1] + coefficients[-2]
    for c in coefficients[-3::-1]:
        total = total * x + c
    return total


def gauss_legendre(count: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The nodes and weights of that many points on [0, 1], by Newton's method (DLMF 3.5.15)."""
    nodes, weights = [], []
    for k in range(count):
        x = math.cos(math.pi * (k + 0.75) / (count + 0.5))
        for _ in range(8):
            below, value = 1.0, x
            for n in range(2, count + 1):
                below, value = value, ((2 * n - 1) * x * value - (n - 1) * below) / n
            slope = count * (x * value - below) / (x * x - 1)
            x -= value / slope
        nodes.append((1 + x) / 2)
        weights.append(1 / ((1 - x * x) * slope * slope))
    return tuple(nodes), tuple(weights)


def near_or_far(
    x: Operand,
    bound: float,
    near: Callable[[Operand], Operand],
    far: Callable[[Operand], Operand],
) -> Operand:
    """`near(x)` for |x| below `bound`, else `far(x)`; neither is given numbers of the other."""
    small = e.less(e.abs(x), bound)
    return e.where(small, near(e.where(small, x, 0)), far(e.where(small, bound, x)))


def sine_ratio(x: Operand) -> Operand:
    """sin(x) / x, 1 at 0, 0 at infinity."""
    x, end = e.where(e.isinf(x), 1, x), e.isinf(x)
    ratio = near_or_far(x, 2.0, lambda x: polynomial(x * x, SINE), lambda x: e.sin(x) / x)
    return e.where(end, 0, ratio)


def log1p_ratio(x: Operand) -> Operand:
    """log(1 + x) / x, 1 at 0. Near it 2 artanh(s) / x with s = x / (2 + x)."""

    def near(x: Operand) -> Operand:
        s = x / (x + 2)
        return 2 / (x + 2) * polynomial(s * s, ARTANH)

    return near_or_far(x, 0.5, near, lambda x: e.log1p(x) / x)


def odd_factorials(start: int, sign: float) -> tuple[float, ...]:
    """sign^k (start + 2)(start + 4)…(start + 2k), the coefficients of series in 1/(2 z²)."""
    found = [1.0]
    for k in range(21):
        found.append(found[-1] * sign * (2 * k + 2 + start))
    return tuple(found)


BESSEL_TERMS = 13


def bessel_slope(
    v: Operand | float, x: Operand, y: Operand, direct: Operand, turn: complex
) -> Operand:
    """The slope of a function y that is c/√x Σ a_k (turn/x)^k far out (DLMF 10.17.5, 10.40.1-2),
    where the `direct` formula is a small difference of large terms.

    With a_k = a_{k-1} (4v² - (2k - 1)²)/(8k) and r_k = a_k/a_{k-1} turn/x, S_k = 1 + r_{k+1}
    S_{k+1} and D_k = r_{k+1} (S_{k+1} + D_{k+1}), so that y' = -(y/x) (1/2 + D_0/S_0).
    """
    square = v * v * 4
    threshold = 64 + (square if isinstance(square, float) else e.real(square))
    far = e.greater(e.abs(x) if x.dtype.is_complex else x, threshold)
    u = e.where(far, 1, 0) / e.where(far, x, 1)

    def ratio(k: int) -> Operand:
        return u * ((square - (2 * k - 1) ** 2) * (turn / (8 * k)))

    weighted = ratio(BESSEL_TERMS)
    total = weighted + 1
    for k in range(BESSEL_TERMS - 1, 0, -1):
        r = ratio(k)
        weighted, total = r * (total + weighted), r * total + 1
    return e.where(far, -y * u * (weighted / total + 0.5), direct)
