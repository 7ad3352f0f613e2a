"""The negative binomial distribution: failures before n successes of probability p."""

from __future__ import annotations

from typing import Any

from ... import numpy as pnp
from ... import special as s
from ._discrete import log_mass


def logpmf(k: Any, n: Any, p: Any, loc: Any = 0) -> Any:
    """The logarithm of the probability of k.

    >>> logpmf(0, 3, 1.0)
    np.float64(0.0)
    """

    def log(k: Any, n: Any, p: Any) -> Any:
        ways = s.gammaln(k + n) - s.gammaln(n) - s.gammaln(k + 1)
        return ways + s.xlogy(n, p) + s.xlog1py(k, -p)

    valid = lambda n, p: pnp.logical_and(n > 0, pnp.logical_and(p > 0, p <= 1))
    return log_mass(k, (n, p), loc, lambda k, n, p: k >= 0, log, valid)


def pmf(k: Any, n: Any, p: Any, loc: Any = 0) -> Any:
    """The probability of k."""
    return pnp.exp(logpmf(k, n, p, loc))
