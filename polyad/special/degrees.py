"""Trigonometric functions of degrees, and 1 - cos without the cancellation."""

from __future__ import annotations

from typing import Any

from .. import numpy as pnp
from ..numpy._core import beside_arrays
from ..numpy._storage import computed_wide
from ..ops import angles as an
from ._core import real


@beside_arrays
def sindg(x: Any, /) -> Any:
    """The sine of an angle in degrees: exact at multiples of 90.

    >>> sindg(30.0).round(12)
    np.float64(0.5)
    """
    return an.sindg(real(x, "sindg"))


@beside_arrays
def cosdg(x: Any, /) -> Any:
    """The cosine of an angle in degrees: exact at multiples of 90.

    >>> cosdg(90.0)
    np.float64(0.0)
    """
    return an.cosdg(real(x, "cosdg"))


@beside_arrays
def tandg(x: Any, /) -> Any:
    """The tangent of an angle in degrees: 0 at multiples of 180.

    >>> tandg(45.0).round(12)
    np.float64(1.0)
    """
    return an.tandg(real(x, "tandg"))


@beside_arrays
def cotdg(x: Any, /) -> Any:
    """The cotangent of an angle in degrees: 0 at odd multiples of 90.

    >>> cotdg(45.0).round(12)
    np.float64(1.0)
    """
    return an.cotdg(real(x, "cotdg"))


@computed_wide
@beside_arrays
def radian(d: Any, m: Any, s: Any, /) -> Any:
    """An angle of degrees, minutes and seconds in radians.

    >>> radian(180.0, 0.0, 0.0).round(12)
    np.float64(3.14159265359)
    """
    d, m, s = (real(x, "radian") for x in (d, m, s))
    return (d + (m + s / 60.0) / 60.0) * an.RADIAN


@computed_wide
@beside_arrays
def cosm1(x: Any, /) -> Any:
    """cos(x) - 1 = -2 sin²(x/2).

    >>> cosm1(0.0)
    np.float64(-0.0)
    """
    half = pnp.sin(real(x, "cosm1") * 0.5)
    return half * half * -2.0
