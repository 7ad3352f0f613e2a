"""The Poisson distribution of mean mu."""

from __future__ import annotations

from typing import Any

from ... import numpy as pnp
from ... import special as s
from ._discrete import log_mass, step


def logpmf(k: Any, mu: Any, loc: Any = 0) -> Any:
    """The logarithm of the probability of k.

    >>> logpmf(0, 2.0)
    np.float64(-2.0)
    """
    log = lambda k, mu: s.xlogy(k, mu) - s.gammaln(k + 1) - mu
    return log_mass(k, (mu,), loc, lambda k, mu: k >= 0, log)


def pmf(k: Any, mu: Any, loc: Any = 0) -> Any:
    """The probability of k."""
    return pnp.exp(logpmf(k, mu, loc))


def cdf(k: Any, mu: Any, loc: Any = 0) -> Any:
    """The probability of k or less."""

    def below(k: Any, mu: Any) -> Any:
        return pnp.where(k < 0, 0.0, s.gammaincc(pnp.maximum(k, 0.0) + 1, mu))

    return step(k, (mu,), loc, below)
