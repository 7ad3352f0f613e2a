"""Kelvin functions: Bessel functions of order 0 along the rays at ¾π and ¼π, of a real argument."""

from __future__ import annotations

import cmath
import math
from typing import Any

from .. import numpy as pnp
from ..numpy._core import beside_arrays
from ..numpy._storage import computed_wide
from ._core import given_real
from .bessel import jv, kv

_BER = cmath.exp(0.75j * math.pi)


_KER = cmath.exp(0.25j * math.pi)


def _kelvin_first(x: Any, what: str) -> Any:
    """ber x + i bei x = J₀(x e^(3πi/4)) (DLMF 10.61.1)."""
    return jv(0.0, given_real(x, what) * _BER)


def _kelvin_second(x: Any, what: str) -> Any:
    """ker x + i kei x = K₀(x e^(πi/4)) (DLMF 10.61.2); NaN for negative x."""
    x = given_real(x, what)
    return kv(0.0, pnp.where(x < 0, math.nan, x) * _KER)


@computed_wide
@beside_arrays
def ber(x: Any, /) -> Any:
    """The Kelvin function ber of a real array.

    >>> ber(0.0)
    np.float64(1.0)
    """
    return pnp.real(_kelvin_first(x, "ber: x"))


@computed_wide
@beside_arrays
def bei(x: Any, /) -> Any:
    """The Kelvin function bei of a real array.

    >>> bei(0.0)
    np.float64(0.0)
    """
    return pnp.imag(_kelvin_first(x, "bei: x"))


@computed_wide
@beside_arrays
def ker(x: Any, /) -> Any:
    """The Kelvin function ker of a real array.

    >>> ker(1.0).round(12)
    np.float64(0.286706208728)
    """
    return pnp.real(_kelvin_second(x, "ker: x"))


@computed_wide
@beside_arrays
def kei(x: Any, /) -> Any:
    """The Kelvin function kei of a real array.

    >>> kei(1.0).round(12)
    np.float64(-0.494994636519)
    """
    return pnp.imag(_kelvin_second(x, "kei: x"))


def _kelvin_slopes(x: Any, what: str) -> tuple[Any, Any]:
    """(ber + i bei)' and (ker + i kei)'."""
    x = given_real(x, what)
    first = jv(1.0, x * _BER) * -_BER
    return first, kv(1.0, pnp.where(x < 0, math.nan, x) * _KER) * -_KER


@computed_wide
@beside_arrays
def berp(x: Any, /) -> Any:
    """The derivative of `ber`.

    >>> berp(1.0).round(12)
    np.float64(-0.062445752179)
    """
    return pnp.real(_kelvin_slopes(x, "berp: x")[0])


@computed_wide
@beside_arrays
def beip(x: Any, /) -> Any:
    """The derivative of `bei`.

    >>> beip(1.0).round(12)
    np.float64(0.497396511468)
    """
    return pnp.imag(_kelvin_slopes(x, "beip: x")[0])


@computed_wide
@beside_arrays
def kerp(x: Any, /) -> Any:
    """The derivative of `ker`.

    >>> kerp(1.0).round(12)
    np.float64(-0.694603891101)
    """
    return pnp.real(_kelvin_slopes(x, "kerp: x")[1])


@computed_wide
@beside_arrays
def keip(x: Any, /) -> Any:
    """The derivative of `kei`.

    >>> keip(1.0).round(12)
    np.float64(0.352369913336)
    """
    return pnp.imag(_kelvin_slopes(x, "keip: x")[1])


@computed_wide
@beside_arrays
def kelvin(x: Any, /) -> tuple[Any, Any, Any, Any]:
    """ber + i bei and ker + i kei of a real array, and their derivatives.

    >>> kelvin(0.0)[0]
    np.complex128(1+0j)
    """
    first, second = _kelvin_slopes(x, "kelvin: x")
    return _kelvin_first(x, "kelvin: x"), _kelvin_second(x, "kelvin: x"), first, second
