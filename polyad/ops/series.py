"""Quotients with a removable singularity: their Taylor series about it, and the quotient elsewhere.

Where a series is taken its derivatives are those of the continued function, to the digits that
third derivatives need; elsewhere the terms of the quotient's derivatives cancel but little.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from . import elementwise as e
from .types import Operand

EXPONENTIAL = tuple(1 / math.factorial(k + 1) for k in range(22))
"""expm1(z)/z in z, to 1."""
SINE = tuple((-1) ** k / math.factorial(2 * k + 1) for k in range(16))
"""sin(x)/x in x², to 2."""
ARTANH = tuple(1 / (2 * k + 1) for k in range(22))
"""artanh(s)/s in s², to 1/3."""


def polynomial(x: Operand, coefficients: Sequence[float]) -> Operand:
    """Σ cₖ xᵏ, by Horner's rule."""
    total = x * coefficients[-1] + coefficients[-2]
    for c in coefficients[-3::-1]:
        total = total * x + c
    return total


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
    """sin(x) / x, 1 at 0."""
    return near_or_far(x, 2.0, lambda x: polynomial(x * x, SINE), lambda x: e.sin(x) / x)


def log1p_ratio(x: Operand) -> Operand:
    """log(1 + x) / x, 1 at 0. Near it 2 artanh(s) / x with s = x / (2 + x)."""

    def near(x: Operand) -> Operand:
        s = x / (x + 2)
        return 2 / (x + 2) * polynomial(s * s, ARTANH)

    return near_or_far(x, 0.5, near, lambda x: e.log1p(x) / x)
