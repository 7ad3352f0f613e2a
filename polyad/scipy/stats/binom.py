"""The binomial distribution: successes in n trials of probability p."""

from __future__ import annotations

from typing import Any

from ... import numpy as pnp
from ... import special as s
from ._discrete import count, log_mass, probability


def logpmf(k: Any, n: Any, p: Any, loc: Any = 0) -> Any:
    """The logarithm of the probability of k.

    >>> logpmf(2, 2, 1.0)
    np.float64(0.0)
    """

    def log(k: Any, n: Any, p: Any) -> Any:
        ways = s.gammaln(n + 1) - s.gammaln(k + 1) - s.gammaln(n - k + 1)
        return ways + s.xlogy(k, p) + s.xlog1py(n - k, -p)

    inside = lambda k, n, p: pnp.logical_and(k >= 0, k <= n)
    valid = lambda n, p: pnp.logical_and(count(n), probability(p))
    return log_mass(k, (n, p), loc, inside, log, valid)


def pmf(k: Any, n: Any, p: Any, loc: Any = 0) -> Any:
    """The probability of k."""
    return pnp.exp(logpmf(k, n, p, loc))
