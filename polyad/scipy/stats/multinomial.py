"""The multinomial distribution: how often each outcome comes in n trials."""

from __future__ import annotations

from typing import Any

from ... import numpy as pnp
from ... import special as s
from ._family import floating


def logpmf(x: Any, n: Any, p: Any) -> Any:
    """The logarithm of the probability of the counts x, along the last axis, with the
    probabilities p; -inf where they are no counts that add up to n.

    >>> float(logpmf([1, 0], 1, [1.0, 0.0]))
    0.0
    """
    x, n, p = floating(x, n, p)
    whole = pnp.all(pnp.logical_and(x >= 0, pnp.floor(x) == x), axis=-1)
    there = pnp.logical_and(whole, pnp.sum(x, axis=-1) == n)
    log = s.gammaln(n + 1) + pnp.sum(s.xlogy(x, p) - s.gammaln(pnp.maximum(x, 0.0) + 1), axis=-1)
    return pnp.where(there, log, -pnp.inf)


def pmf(x: Any, n: Any, p: Any) -> Any:
    """The probability of the counts x."""
    return pnp.exp(logpmf(x, n, p))
