"""Error functions, and the normal distribution's."""

from __future__ import annotations

import math
from typing import Any

from .. import numpy as pnp
from ..api import custom_jvp
from ..numpy._core import beside_arrays, dtype_of, promoted
from ..numpy._storage import computed_wide
from ..ops import elementwise as e
from ..ops import error_functions as ef
from ..ops import error_integrals as ei
from ..ops import integrals as it
from ..ops.series import odd_factorials, polynomial
from ._core import given, given_real, real
from .hypergeometric import hyp1f1


def erf(x: Any, /) -> Any:
    """The error function of a real or complex array.

    >>> erf(0.5)
    np.float64(0.5204998778130465)
    """
    x = given(x)
    return _complex_erf(x) if dtype_of(x).is_complex else ef.erf(x)


@custom_jvp
def _complex_erf(z: Any) -> Any:
    """1 - erfc(z), and where that cancels 2z/√π ₁F₁(1/2; 3/2; -z²) (DLMF 7.11.4)."""
    near = pnp.abs(z) < 1.0
    series = hyp1f1(0.5, 1.5, -pnp.square(pnp.where(near, z, 0.0)))
    far = pnp.where(near, 1.0, z)
    return pnp.where(near, ROOT * z * series, 1.0 - _complex_erfc(far))


@custom_jvp
def _complex_erfc(z: Any) -> Any:
    """e^(-z²) w(iz) for Re z >= 0, and 2 - erfc(-z)."""
    left = pnp.real(z) < 0
    right = pnp.where(left, -z, z)
    found = pnp.exp(-pnp.square(right)) * wofz(1j * right)
    return pnp.where(left, 2.0 - found, found)


def _erf_jvp(function: Any, sign: float) -> None:
    """erf' = 2 e^(-z²)/√π."""

    def pushed(primals: Any, tangents: Any) -> Any:
        (z,), (moved,) = primals, tangents
        return function(z), sign * ROOT * pnp.exp(-pnp.square(z)) * moved

    function.defjvp(pushed)


ROOT = 2 / math.sqrt(math.pi)
_erf_jvp(_complex_erf, 1.0)
_erf_jvp(_complex_erfc, -1.0)


def erfc(x: Any, /) -> Any:
    """1 - erf(x), of a real or complex array, without the cancellation.

    >>> erfc(0.5)
    np.float64(0.4795001221869535)
    """
    x = given(x)
    return _complex_erfc(x) if dtype_of(x).is_complex else ef.erfc(x)


def erfinv(x: Any, /) -> Any:
    """The inverse of `erf`, for a real array within [-1, 1].

    >>> erfinv(0.5)
    np.float64(0.4769362762044699)
    """
    return ef.erfinv(x)


def ndtr(x: Any, /) -> Any:
    """The cumulative distribution function of the standard normal distribution.

    >>> ndtr(0.0)
    np.float64(0.5)
    """
    return ef.ndtr(x)


def erfcx(x: Any, /) -> Any:
    """e^(x²)·erfc(x) of a real or complex array, which does not underflow: w(ix), by `wofz`.

    >>> erfcx(0.0)
    np.float64(1.0)
    """
    x = given(x)
    return wofz(pnp.multiply(x, 1j)) if dtype_of(x).is_complex else ef.erfcx(x)


def erfi(x: Any, /) -> Any:
    """The imaginary error function -i erf(i x) of a real array.

    >>> erfi(0.0)
    np.float64(0.0)
    """
    return ef.erfi(x)


@computed_wide
def erfcinv(y: Any, /) -> Any:
    """The inverse of `erfc`, for a real array within [0, 2].

    >>> erfcinv(1.0)
    np.float64(0.0)
    """
    return e.subtract(0.0, e.multiply(ef.ndtri(e.multiply(y, 0.5)), math.sqrt(0.5)))


def log_ndtr(x: Any, /) -> Any:
    """log(ndtr(x)), accurate far out in the tails, where ndtr is 0 or 1.

    >>> log_ndtr(-40.0).round(9)
    np.float64(-804.608442014)
    """
    return ef.log_ndtr(x)


def ndtri(y: Any, /) -> Any:
    """The inverse of `ndtr`: the quantiles of the standard normal distribution.

    >>> ndtri(0.5)
    np.float64(0.0)
    """
    return ef.ndtri(y)


def dawsn(x: Any, /) -> Any:
    """Dawson's integral e^(-x²) ∫₀ˣ e^(t²) dt.

    >>> dawsn(0.0)
    np.float64(0.0)
    """
    return ef.dawsn(x)


@computed_wide
@beside_arrays
def wofz(z: Any, /) -> Any:
    """Faddeeva's function e^(-z²) erfc(-iz); complex.

    >>> wofz(0.0).real
    np.float64(1.0)
    """
    return ei.wofz(given(z))


WIDE = 7 * math.sqrt(2)
"""|x + iγ|/σ from which on the Lorentzian's series in σ has 16 digits."""
WIDENING = odd_factorials(-1, 1.0)


@computed_wide
@beside_arrays
def voigt_profile(x: Any, sigma: Any, gamma: Any, /) -> Any:
    """The Voigt profile, the convolution of a normal density of standard deviation σ with a Cauchy
    density of half-width γ: Re w((x + iγ)/(σ√2))/(σ√(2π)). Where σ is small it is the real part of
    i/(π(x + iγ)) Σ (2k - 1)!! (σ/(x + iγ))^(2k) (DLMF 7.12.1), smooth at σ = 0.

    >>> voigt_profile(0.0, 0.0, 1.0).round(12)
    np.float64(0.318309886184)
    """
    given = (("x", x), ("sigma", sigma), ("gamma", gamma))
    x, sigma, gamma = promoted([given_real(v, f"voigt_profile: {n}") for n, v in given])
    x, sigma, gamma = pnp.broadcast_arrays(x, sigma, gamma)
    x, sigma, gamma = (real(v, "voigt_profile") for v in (x, sigma, gamma))
    wide = pnp.hypot(x, gamma) > WIDE * pnp.abs(sigma)
    at = e.complex(x, gamma)
    center = pnp.where(wide, at, 1.0)
    ratio = pnp.where(wide, sigma, 0.0) / center
    series = polynomial(ratio * ratio, WIDENING) / center * (1j / math.pi)
    width = pnp.where(sigma == 0, 1.0, sigma) * math.sqrt(2.0)
    scaled = at / width
    on_axis = pnp.logical_and(gamma == 0, sigma != 0)
    normal = pnp.where(on_axis, pnp.exp(-(scaled * scaled)), 0.0)
    near = ei.wofz(pnp.where(wide, 0.0, scaled))
    found = pnp.real(pnp.where(wide, normal, near)) / (width * math.sqrt(math.pi))
    found = pnp.where(wide, pnp.real(series), 0.0) + found
    return pnp.where(pnp.logical_and(sigma == 0, at == 0), math.inf, found)


@beside_arrays
def owens_t(h: Any, a: Any, /) -> Any:
    """Owen's T function 1/2π ∫₀ᵃ e^(-h²(1 + t²)/2)/(1 + t²) dt.

    >>> owens_t(0.0, 1.0)
    np.float64(0.125)
    """
    return it.owens_t(given(h), given(a))


def ndtri_exp(y: Any, /) -> Any:
    """ndtri(e^y), the inverse of `log_ndtr`.

    >>> ndtri_exp(-40.0).round(9)
    np.float64(-8.592675718)
    """
    return it.ndtri_exp(y)
