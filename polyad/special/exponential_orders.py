"""The exponential integral E_n(x) of an array of orders, which may be traced."""

from __future__ import annotations

import math
from typing import Any

from .. import numpy as pnp
from ..api import custom_jvp, stop_gradient
from ..api.loops import fori_loop
from ..numpy._core import beside_arrays, dtype_of
from ..numpy._storage import computed_wide
from ..ops import elementwise as e
from ._core import given_whole, real

TERMS = 20
"""Of the series: x^20/20! is below 1e-18 for x <= 1."""
DEPTH = 120
"""Of the continued fraction, whose error is about e^(-4 √(DEPTH x)) for x > 1."""


@computed_wide
@beside_arrays
def expn_of_orders(n: Any, x: Any) -> Any:
    """E_n(x) for integers n, NaN for negative ones, and x >= 0, differentiable by x."""
    n, x = given_whole(n, "expn: n"), real(x, "expn: x")
    above, x = pnp.broadcast_arrays(pnp.astype(pnp.maximum(n, 0), dtype_of(x)), x)
    found = pnp.where(pnp.less(n, 0), math.nan, _expn(above, x))
    return pnp.where(pnp.isnan(x) | pnp.less(x, 0), math.nan, found)


@custom_jvp
def _expn(n: Any, x: Any) -> Any:
    """E_n(x) for floating n that are integers >= 0; n is a constant."""
    safe = pnp.where(pnp.greater(x, 0), x, 1.0)
    order = pnp.maximum(n, 1.0)
    near = _series(order, pnp.minimum(safe, 1.0))
    far = _fraction(order, pnp.maximum(safe, 1.0))
    found = pnp.where(pnp.greater(safe, 1.0), far, near)
    at_zero = pnp.where(pnp.greater(n, 1.0), 1.0 / pnp.maximum(n - 1.0, 1.0), math.inf)
    found = pnp.where(pnp.greater(x, 0), found, at_zero)
    first = pnp.where(pnp.greater(x, 0), pnp.exp(-safe) / safe, math.inf)
    return pnp.where(pnp.equal(n, 0.0), first, found)


@_expn.defjvp
def _expn_jvp(primals: Any, tangents: Any) -> Any:
    """E_n' = -E_{n-1} (DLMF 8.19.13), E_0 = e^-x / x."""
    n, x = primals
    lower = _expn(stop_gradient(pnp.maximum(n - 1.0, 0.0)), x)
    inverse = 1.0 / x
    slope = pnp.where(pnp.equal(n, 0.0), pnp.exp(-x) * (inverse + inverse * inverse), lower)
    return _expn(n, x), -slope * tangents[1]


def _series(n: Any, x: Any) -> Any:
    """DLMF 8.19.8, for n >= 1 and 0 < x <= 1."""
    total = pnp.zeros_like(x)
    term = pnp.ones_like(x)
    for m in range(TERMS):
        apart = m + 1.0 - n
        there = pnp.equal(apart, 0.0)
        total = total - pnp.where(there, 0.0, term / pnp.where(there, 1.0, apart))
        term = -term * x / (m + 1.0)
    sign = 2.0 * pnp.remainder(n, 2.0) - 1.0
    power = sign * pnp.exp((n - 1.0) * pnp.log(x) - e.lgamma(n))
    return total + power * (e.digamma(n) - pnp.log(x))


def _fraction(n: Any, x: Any) -> Any:
    """DLMF 8.19.17, contracted to its even part and evaluated from its end, for x >= 1."""

    def step(i: Any, last: Any) -> Any:
        k = pnp.astype(DEPTH - i, dtype_of(x))
        return x + n + 2.0 * (k - 1.0) - k * (n + (k - 1.0)) / last

    return pnp.exp(-x) / fori_loop(0, DEPTH, step, x + n + 2.0 * DEPTH)
