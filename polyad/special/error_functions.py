"""Error functions, and the normal distribution's."""

from __future__ import annotations

import math
from typing import Any

from ..ops import elementwise as e
from ..ops import special as sp


def erf(x: Any, /) -> Any:
    """The error function of a real array.

    >>> erf(0.5)
    np.float64(0.5204998778130465)
    """
    return e.erf(x)


def erfc(x: Any, /) -> Any:
    """1 - erf(x), without the cancellation.

    >>> erfc(0.5)
    np.float64(0.4795001221869535)
    """
    return e.erfc(x)


def erfinv(x: Any, /) -> Any:
    """The inverse of `erf`, for a real array within [-1, 1].

    >>> erfinv(0.5)
    np.float64(0.4769362762044699)
    """
    return e.erfinv(x)


def ndtr(x: Any, /) -> Any:
    """The cumulative distribution function of the standard normal distribution: erfc(-x/√2) / 2.

    >>> ndtr(0.0)
    np.float64(0.5)
    """
    return e.erfc(e.multiply(x, -math.sqrt(0.5))) * 0.5


def erfcx(x: Any, /) -> Any:
    """e^(x²)·erfc(x) of a real array, which does not underflow.

    >>> erfcx(0.0)
    np.float64(1.0)
    """
    return sp.erfcx(x)


def erfi(x: Any, /) -> Any:
    """The imaginary error function -i erf(i x) of a real array.

    >>> erfi(0.0)
    np.float64(0.0)
    """
    return sp.erfi(x)


def erfcinv(y: Any, /) -> Any:
    """The inverse of `erfc`, for a real array within [0, 2].

    >>> erfcinv(1.0)
    np.float64(0.0)
    """
    return e.subtract(0.0, e.multiply(sp.ndtri(e.multiply(y, 0.5)), math.sqrt(0.5)))


def log_ndtr(x: Any, /) -> Any:
    """log(ndtr(x)), accurate far out in the tails, where ndtr is 0 or 1.

    >>> log_ndtr(-40.0).round(9)
    np.float64(-804.608442014)
    """
    return sp.log_ndtr(x)


def ndtri(y: Any, /) -> Any:
    """The inverse of `ndtr`: the quantiles of the standard normal distribution.

    >>> ndtri(0.5)
    np.float64(0.0)
    """
    return sp.ndtri(y)


def dawsn(x: Any, /) -> Any:
    """Dawson's integral e^(-x²) ∫₀ˣ e^(t²) dt.

    >>> dawsn(0.0)
    np.float64(0.0)
    """
    return sp.dawsn(x)
