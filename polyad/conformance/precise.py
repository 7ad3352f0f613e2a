"""Derivatives of a function of mpmath numbers, to 50 digits, as the reference of special points.

Central differences at a step that is small against the distance to the nearest singular point, in
a precision that leaves 50 digits after the differences have cancelled.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import mpmath

DIGITS = 50
"""The decimal digits that hold of a derivative."""

Exact = Callable[..., Any]
Order = tuple[int, ...]
"""How often each operand is differentiated by."""


def derivative(exact: Exact, point: Sequence[float], order: Order, scales: Sequence[float]) -> Any:
    """The partial derivative of that order at a point, as an mpmath number.

    `scales` are lengths, one for each operand, over which the function is smooth.
    """
    total = sum(order)
    if total == 0:
        with mpmath.workdps(DIGITS + extra_digits(point)):
            return +exact(*map(mpmath.mpf, point))
    magnitudes = [max(0.0, -math.log10(s)) for s in scales]
    lost = sum(n * (DIGITS / 2 + 2 + m) for n, m in zip(order, magnitudes, strict=True))
    spare = (total + 2) * extra_digits(point)
    with mpmath.workdps(DIGITS + spare + int(2 * lost) + 20):
        steps = [mpmath.mpf(s) * mpmath.mpf(10) ** -(DIGITS // 2 + 2) for s in scales]
        found = difference(exact, [mpmath.mpf(x) for x in point], order, steps)
        noise = abs(found) < mpmath.mpf(10) ** -(2 * DIGITS + spare)
    return mpmath.mpf(0) if noise else found


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
