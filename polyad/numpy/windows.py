"""Windows for spectral analysis. Their lengths are Python integers."""

from __future__ import annotations

import math
from typing import Any

from ..errors import PolyadTypeError
from ..ir import user_location, where
from ..ops import elementwise as e
from ..ops import modified_bessel as mb
from ..ops.creation import iota
from ..ops.promotion import default_float
from ..texts import shown
from ._core import beside_arrays
from .creation import ones, zeros


def _phases(M: Any, what: str) -> Any:
    """0 … 1 in `M` steps; None for fewer than two."""
    if not isinstance(M, int) or isinstance(M, bool):
        raise PolyadTypeError(
            f"{what}: the number of points is a Python integer, not "
            f"{shown(M)}{where(user_location())}"
        )
    return None if M < 2 else e.divide(iota(size=M, dtype=default_float()), M - 1)


def _short(M: int) -> Any:
    return zeros(0) if M < 1 else ones(1)


def _cosines(M: int, what: str, *weights: float) -> Any:
    """Σ_k w_k cos(2πkt)."""
    t = _phases(M, what)
    if t is None:
        return _short(M)
    total: Any = weights[0]
    for k, weight in enumerate(weights[1:], 1):
        total = e.add(total, e.multiply(e.cos(e.multiply(t, 2 * math.pi * k)), weight))
    return total


def bartlett(M: int) -> Any:
    """The triangular window 1 - |2t - 1| that is 0 at its ends.

    >>> bartlett(3)
    array([0., 1., 0.])
    """
    t = _phases(M, "bartlett")
    if t is None:
        return _short(M)
    return e.subtract(1.0, e.abs(e.subtract(e.multiply(t, 2.0), 1.0)))


def blackman(M: int) -> Any:
    """0.42 - 0.5 cos(2πt) + 0.08 cos(4πt) (Blackman and Tukey, 1958)."""
    return _cosines(M, "blackman", 0.42, -0.5, 0.08)


def hamming(M: int) -> Any:
    """0.54 - 0.46 cos(2πt)."""
    return _cosines(M, "hamming", 0.54, -0.46)


def hanning(M: int) -> Any:
    """Von Hann's window ½ - ½ cos(2πt).

    >>> hanning(3).round(12)
    array([0., 1., 0.])
    """
    return _cosines(M, "hanning", 0.5, -0.5)


@beside_arrays
def kaiser(M: int, beta: Any) -> Any:
    """I₀(β √(1 - (2t-1)²)) / I₀(β) (Kaiser, 1974); differentiable in β.

    >>> kaiser(1, 5.0)
    array([1.])
    """
    t = _phases(M, "kaiser")
    if t is None:
        return _short(M)
    offset = e.subtract(e.multiply(t, 2.0), 1.0)
    inside = e.sqrt(e.maximum(e.subtract(1.0, e.square(offset)), 0.0))
    bessel = lambda x: mb.bessel_i(x, order=0, scaled=False)
    return e.divide(bessel(e.multiply(inside, beta)), bessel(beta))
