"""The normal distribution of vectors."""

from __future__ import annotations

import math
from typing import Any

from ... import numpy as pnp
from ...numpy import linalg as l
from ...numpy._arguments import refuse
from ._family import floating


def logpdf(x: Any, mean: Any, cov: Any, allow_singular: None = None) -> Any:
    """The logarithm of the density at (…, n) x, for a mean that broadcasts against it and an
    (…, n, n) covariance, or a number times the identity.

    >>> import numpy as np
    >>> round(float(logpdf(np.zeros(2), np.zeros(2), np.eye(2))), 6)
    -1.837877
    """
    if allow_singular is not None:
        refuse("scipy.stats.multivariate_normal: allow_singular is not taken: cov has full rank")
    x, mean, cov = floating(x, mean, cov)
    if cov.ndim == 0:
        y = x - mean
        n = y.shape[-1] if y.ndim else 1
        squares = pnp.sum(y * y, axis=-1) if y.ndim else y * y
        return -0.5 * (squares / cov + n * (math.log(2 * math.pi) + pnp.log(cov)))
    n = cov.shape[-1]
    y = pnp.broadcast_to(x - mean, pnp.broadcast_shapes((x - mean).shape, (*cov.shape[:-2], n)))
    factor = pnp.broadcast_to(l.cholesky(cov), (*y.shape[:-1], n, n))
    z = l.solve_triangular(factor, y[..., None], lower=True)[..., 0]
    half = pnp.sum(pnp.log(pnp.diagonal(factor, axis1=-2, axis2=-1)), axis=-1)
    return -0.5 * (pnp.sum(z * z, axis=-1) + n * math.log(2 * math.pi)) - half


def pdf(x: Any, mean: Any, cov: Any) -> Any:
    """The density at x."""
    return pnp.exp(logpdf(x, mean, cov))
