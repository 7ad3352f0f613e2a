"""The beta-binomial distribution: successes in n trials of a probability that has a beta
distribution.
"""

from __future__ import annotations

from typing import Any

from ... import numpy as pnp
from ... import special as s
from ._discrete import count, log_mass


def logpmf(k: Any, n: Any, a: Any, b: Any, loc: Any = 0) -> Any:
    """The logarithm of the probability of k.

    >>> float(logpmf(0, 1, 1.0, 1.0)).__round__(6)
    -0.693147
    """

    def log(k: Any, n: Any, a: Any, b: Any) -> Any:
        ways = -pnp.log1p(n) - s.betaln(n - k + 1, k + 1)
        return ways + s.betaln(k + a, n - k + b) - s.betaln(a, b)

    inside = lambda k, n, a, b: pnp.logical_and(k >= 0, k <= n)
    valid = lambda n, a, b: pnp.logical_and(count(n), pnp.logical_and(a > 0, b > 0))
    return log_mass(k, (n, a, b), loc, inside, log, valid)


def pmf(k: Any, n: Any, a: Any, b: Any, loc: Any = 0) -> Any:
    """The probability of k."""
    return pnp.exp(logpmf(k, n, a, b, loc))
