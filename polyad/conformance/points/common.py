"""Points that many functions share. Those beyond a dtype's range are left out for it."""

from __future__ import annotations

import math

INF, NAN = math.inf, math.nan
EPS, EPS32 = 2.0**-52, 2.0**-23
"""The distance of 1 from the next number, in double and in single precision."""

TINY = (1e-8, -1e-8, 1e-4, -1e-4, 1e-30, -1e-30, 1e-150, -1e-150)
LEAST = (1e-40, -1e-40, 1e-310, -1e-310)
"""Subnormal, in single and in double precision."""
ZEROS = (0.0, -0.0)
NEAR_ONE = (1.0, 1 - EPS32, 1 + EPS32, 1 - EPS, 1 + EPS)
USUAL = (0.5, -0.5, 2.0, -2.0, 0.1, -0.1)
TAILS = (
    5.0,
    -5.0,
    10.0,
    -10.0,
    20.0,
    -20.0,
    40.0,
    -40.0,
    85.0,
    -85.0,
    300.0,
    -300.0,
    700.0,
    -700.0,
)
HUGE = (1e10, -1e10, 1e30, -1e30, 1e150, -1e150, 1e300, -1e300)
SMOOTH = (*ZEROS, *TINY, *USUAL, 1.0, -1.0)
"""For a function that is smooth about 0."""
EVERYWHERE = (*SMOOTH, *TAILS, *HUGE)


def of(value: float) -> tuple[float, ...]:
    """A constant with its derivatives."""
    return value, 0.0, 0.0, 0.0


UNKNOWN: tuple[float, ...] = (NAN,)
"""The value at NaN."""
