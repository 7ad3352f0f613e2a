"""The Dirichlet distribution on the simplex."""

from __future__ import annotations

from typing import Any

from ... import numpy as pnp
from ... import special as s
from ...numpy._arguments import refuse_shape
from ._family import floating


def logpdf(x: Any, alpha: Any) -> Any:
    """The logarithm of the density at x, along whose first axis are the n components, or the n - 1
    first ones; -inf where they are negative or do not add up to 1.

    >>> logpdf([0.5, 0.5], [1.0, 1.0])
    np.float64(0.0)
    """
    x, alpha = floating(x, alpha)
    if alpha.ndim != 1 or not x.ndim or x.shape[0] not in (alpha.shape[0], alpha.shape[0] - 1):
        refuse_shape(
            "scipy.stats.dirichlet: alpha is a vector, and x has as many components, or one fewer, "
            f"along axis 0, not the shapes {alpha.shape} and {x.shape}"
        )
    if x.shape[0] != alpha.shape[0]:
        x = pnp.concatenate([x, 1 - pnp.sum(x, axis=0, keepdims=True)])
    norm = pnp.sum(s.gammaln(alpha)) - s.gammaln(pnp.sum(alpha))
    powers = pnp.reshape(alpha - 1, (-1,) + (1,) * (x.ndim - 1))
    near = pnp.abs(pnp.sum(x, axis=0) - 1) < 1e-6
    inside = pnp.logical_and(pnp.all(x >= 0, axis=0), near)
    return pnp.where(inside, pnp.sum(s.xlogy(powers, pnp.abs(x)), axis=0) - norm, -pnp.inf)


def pdf(x: Any, alpha: Any) -> Any:
    """The density at x."""
    return pnp.exp(logpdf(x, alpha))
