"""The Bernoulli distribution: 1 with probability p, else 0."""

from __future__ import annotations

from typing import Any

from ... import numpy as pnp
from ... import special as s
from ._discrete import log_mass, probability, step
from ._family import floating


def _log(k: Any, p: Any) -> Any:
    return s.xlogy(k, p) + s.xlog1py(1 - k, -p)


def logpmf(k: Any, p: Any, loc: Any = 0) -> Any:
    """The logarithm of the probability of k.

    >>> logpmf(1, 1.0)
    np.float64(0.0)
    """
    inside = lambda k, p: pnp.logical_or(k == 0, k == 1)
    return log_mass(k, (p,), loc, inside, _log, probability)


def pmf(k: Any, p: Any, loc: Any = 0) -> Any:
    """The probability of k."""
    return pnp.exp(logpmf(k, p, loc))


def cdf(k: Any, p: Any) -> Any:
    """The probability of k or less."""
    below = lambda k, p: pnp.where(k < 0, 0.0, pnp.where(k < 1, 1 - p, 1.0))
    return step(k, (p,), 0, below, probability)


def ppf(q: Any, p: Any) -> Any:
    """The least k whose `cdf` is at least q."""
    q, p = floating(q, p)
    known = pnp.logical_and(probability(q), probability(p))
    least = pnp.where(pnp.logical_and(q <= 1 - p, q < 1), 0.0, 1.0)
    return pnp.where(known, pnp.where(q == 0, -1.0, least), pnp.nan)
