"""The Poisson distribution of mean mu."""

from __future__ import annotations

import math
from typing import Any

from ... import numpy as pnp
from ... import special as s
from ._discrete import log_mass, step
from ._family import floating


def logpmf(k: Any, mu: Any, loc: Any = 0) -> Any:
    """The logarithm of the probability of k.

    >>> logpmf(0, 2.0)
    np.float64(-2.0)
    """
    log = lambda k, mu: s.xlogy(k, mu) - s.gammaln(k + 1) - mu
    return log_mass(k, (mu,), loc, lambda k, mu: k >= 0, log, _valid)


def pmf(k: Any, mu: Any, loc: Any = 0) -> Any:
    """The probability of k."""
    return pnp.exp(logpmf(k, mu, loc))


def cdf(k: Any, mu: Any, loc: Any = 0) -> Any:
    """The probability of k or less."""

    def below(k: Any, mu: Any) -> Any:
        return pnp.where(k < 0, 0.0, s.gammaincc(pnp.maximum(k, 0.0) + 1, mu))

    return step(k, (mu,), loc, below, _valid)


def entropy(mu: Any, loc: Any = 0) -> Any:
    """The entropy, -Σ p log p, in nats.

    Up to mu = 150 the sum itself; above the series in 1 / mu of Evans and others, "The entropy of
    a Poisson distribution", SIAM Review 30 (1988).

    >>> float(entropy(0.0))
    0.0
    """
    mu, loc = floating(mu, loc)
    small = pnp.minimum(mu, 150.0)
    k = pnp.reshape(pnp.arange(320.0, dtype=mu.dtype), (320,) + (1,) * mu.ndim)
    log = logpmf(k, small)
    plain = -pnp.sum(pnp.where(log > -pnp.inf, pnp.exp(log) * log, 0.0), axis=0)
    large = pnp.maximum(mu, 150.0)
    tail = (1 / 12 + (1 / 24 + 19 / 360 / large) / large) / large
    series = 0.5 * pnp.log(2 * math.pi * math.e * large) - tail
    found = pnp.where(mu <= 150, plain, series)
    return pnp.where(mu >= 0, found, pnp.nan) + 0.0 * loc


def _valid(mu: Any) -> Any:
    return mu >= 0
