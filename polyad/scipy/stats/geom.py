"""The geometric distribution: trials up to the first success, of probability p."""

from __future__ import annotations

from typing import Any

from ... import numpy as pnp
from ... import special as s
from ._discrete import log_mass


def logpmf(k: Any, p: Any, loc: Any = 0) -> Any:
    """The logarithm of the probability of k.

    >>> logpmf(1, 1.0)
    np.float64(0.0)
    """
    log = lambda k, p: s.xlog1py(k - 1, -p) + pnp.log(p)
    valid = lambda p: pnp.logical_and(p > 0, p <= 1)
    return log_mass(k, (p,), loc, lambda k, p: k >= 1, log, valid)


def pmf(k: Any, p: Any, loc: Any = 0) -> Any:
    """The probability of k."""
    return pnp.exp(logpmf(k, p, loc))
