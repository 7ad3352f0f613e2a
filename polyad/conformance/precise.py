"""Derivatives of a function of mpmath numbers, as the reference of special points.

Central differences at a step that is small against the distance to the nearest singular point, in
a precision that leaves 50 digits after the differences have cancelled, and then in another.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import mpmath

DIGITS = 50
"""The decimal digits that are worked with besides those that differences cancel."""
AGREEING = 30
"""Two results in different precisions that share so many digits are right."""
MOST_DIGITS = 800
"""The largest precision, in digits: a result that is 0 in it is taken for 0."""
STEP = 27
"""A step is 10^-STEP of a scale, so that its square is beyond DIGITS."""
MORE = 5
"""By so many powers of 10 the next step is smaller, so that what a step has left out differs."""

Exact = Callable[..., Any]
Order = tuple[int, ...]
"""How often each operand is differentiated by."""


def derivative(exact: Exact, point: Sequence[float], order: Order, scales: Sequence[float]) -> Any:
    """The partial derivative of that order at a point, as an mpmath number: by smaller steps in
    more digits, until two results agree.

    `scales` are lengths, one for each operand, over which the function is smooth.
    """
    digits, step = DIGITS + STEP * sum(order) + extra_digits(point), STEP
    previous = None
    while True:
        with mpmath.workdps(digits):
            steps = [mpmath.mpf(s) * mpmath.mpf(10) ** -step for s in scales]
            found = difference(exact, [mpmath.mpf(x) for x in point], order, steps)
        if previous is not None and found != 0:
            with mpmath.workdps(digits):
                if abs(found - previous) <= abs(found) * mpmath.mpf(10) ** -AGREEING:
                    return found
        if digits > MOST_DIGITS + extra_digits(point):
            return mpmath.mpf(0) if abs(found) < 1 else found
        previous, digits, step = found, int(digits * 1.7), step + MORE


def extra_digits(point: Sequence[float]) -> int:
    """Digits for operands that are large or small, of which a sum with 1 keeps all, and for tails
    that fall off like an exponential.
    """
    return max(int(abs(math.log10(abs(x))) + min(abs(x), 750)) if x else 0 for x in point)


def difference(exact: Exact, point: list[Any], order: Order, steps: list[Any]) -> Any:
    """The central difference quotient of that order, one operand after the other."""
    index = next((i for i, n in enumerate(order) if n), None)
    if index is None:
        return exact(*point)
    n, h = order[index], steps[index]
    rest = order[:index] + (0,) + order[index + 1 :]
    total = mpmath.mpf(0)
    for k in range(n + 1):
        moved = [*point]
        moved[index] = point[index] + (mpmath.mpf(n) / 2 - k) * h
        total += (-1) ** k * math.comb(n, k) * difference(exact, moved, rest, steps)
    return total / h**n
