"""Products with logarithms, entropies, power transforms."""

from __future__ import annotations

import math
from typing import Any

from .. import numpy as pnp
from ..numpy._core import beside_arrays, promoted
from ..numpy._storage import computed_wide
from ..ops import elementwise as e
from ..ops import special as sp
from ..ops.series import ARTANH, EXPONENTIAL, polynomial
from ._core import real


@beside_arrays
def xlogy(x: Any, y: Any, /) -> Any:
    """x·log(y) of real arrays, and 0 where x is 0.

    >>> xlogy(0.0, 0.0)
    np.float64(0.0)
    """
    return sp.xlogy(*(real(v, "xlogy") for v in promoted([x, y])))


@beside_arrays
def xlog1py(x: Any, y: Any, /) -> Any:
    """x·log(1 + y) of real arrays, and 0 where x is 0.

    >>> xlog1py(0.0, -1.0)
    np.float64(0.0)
    """
    return sp.xlog1py(*(real(v, "xlog1py") for v in promoted([x, y])))


@computed_wide
@beside_arrays
def entr(x: Any, /) -> Any:
    """-x·log(x) of a real array: 0 at 0, -∞ below.

    >>> entr(1.0)
    np.float64(-0.0)
    """
    x = real(x, "entr")
    return pnp.where(x < 0, -math.inf, -sp.xlogx(pnp.where(x < 0, 1.0, x)))


@computed_wide
@beside_arrays
def rel_entr(x: Any, y: Any, /) -> Any:
    """x·log(x / y) of real arrays: 0 where x is 0 and y is not negative, ∞ where either is
    negative.

    >>> rel_entr(0.0, 1.0)
    np.float64(0.0)
    """
    x, y = promoted([x, y])
    outside = e.logical_or(e.less(x, 0), e.less(y, 0))
    safe_x, safe_y = e.where(outside, 1.0, x), e.where(outside, 1.0, y)
    return e.where(outside, math.inf, sp.xlogx(safe_x) - xlogy(safe_x, safe_y))


@computed_wide
@beside_arrays
def kl_div(x: Any, y: Any, /) -> Any:
    """x·log(x / y) - x + y of real arrays: y where x is 0, ∞ where either is negative.

    >>> kl_div(1.0, 1.0)
    np.float64(0.0)
    """
    x, y = promoted([x, y])
    outside = e.logical_or(e.less(x, 0), e.less(y, 0))
    gap = e.subtract(y, x)
    near = e.less_equal(e.abs(gap), e.multiply(x, 0.5)) & e.greater(x, 0)
    far = rel_entr(e.where(near, 1.0, x), e.where(near, 1.0, y))
    far = far + e.where(near | outside, 0.0, gap)
    return e.where(near, _near_divergence(e.where(near, x, 1.0), e.where(near, gap, 0.0)), far)


def _near_divergence(x: Any, gap: Any) -> Any:
    """x·(t - log(1 + t)) for t = gap/x, with log(1 + t) = 2 artanh(s), s = t/(2 + t)."""
    t = gap / x
    s = t / (t + 2.0)
    return x * (s * t - 2.0 * s * s * s * polynomial(s * s, ARTANH[1:]))


@computed_wide
@beside_arrays
def boxcox(x: Any, lmbda: Any, /) -> Any:
    """(x^λ - 1) / λ, log(x) where λ is 0 (Box and Cox, 1964).

    >>> boxcox(3.0, 1.0).round(12)
    np.float64(2.0)
    """
    return _power_transform(e.log(x), lmbda)


@computed_wide
@beside_arrays
def boxcox1p(x: Any, lmbda: Any, /) -> Any:
    """((1 + x)^λ - 1) / λ, log(1 + x) where λ is 0.

    >>> boxcox1p(2.0, 1.0).round(12)
    np.float64(2.0)
    """
    return _power_transform(e.log1p(x), lmbda)


def _power_transform(log: Any, lmbda: Any) -> Any:
    """(e^(λ·log) - 1) / λ; for small λ by its series, whose derivatives by λ are those of the
    limit.
    """
    log, lmbda = promoted([log, lmbda])
    z = e.multiply(lmbda, log)
    small = e.less(e.abs(z), 1)
    series = e.where(small, log, 0) * polynomial(e.where(small, z, 0), EXPONENTIAL)
    far = e.expm1(e.where(small, 1, z)) / e.where(small, 1, lmbda)
    return e.where(small, series, far)
