"""Bessel functions of static order, and integrals of elementary functions."""

from __future__ import annotations

from typing import Any

from .. import numpy as pnp
from ..numpy._core import beside_arrays, dtype_of
from ..numpy._storage import computed_wide
from ..ops import integrals as it
from ..ops import modified_bessel as mb
from ..ops import special as sp
from ._core import given, order, real
from .bessel import jv
from .exponential_orders import expn_of_orders


def i0(x: Any, /) -> Any:
    """The modified Bessel function of the first kind, of order 0.

    >>> i0(0.0)
    np.float64(1.0)
    """
    return mb.bessel_i(x, order=0, scaled=False)


def i0e(x: Any, /) -> Any:
    """e^-|x| I₀(x), which does not overflow.

    >>> i0e(0.0)
    np.float64(1.0)
    """
    return mb.bessel_i(x, order=0, scaled=True)


def i1(x: Any, /) -> Any:
    """The modified Bessel function of the first kind, of order 1.

    >>> i1(0.0)
    np.float64(0.0)
    """
    return mb.bessel_i(x, order=1, scaled=False)


def i1e(x: Any, /) -> Any:
    """e^-|x| I₁(x), which does not overflow.

    >>> i1e(0.0)
    np.float64(0.0)
    """
    return mb.bessel_i(x, order=1, scaled=True)


def j0(x: Any, /) -> Any:
    """The Bessel function of the first kind, of order 0.

    >>> j0(0.0)
    np.float64(1.0)
    """
    return sp.bessel_j(x, order=0)


def j1(x: Any, /) -> Any:
    """The Bessel function of the first kind, of order 1.

    >>> j1(0.0)
    np.float64(0.0)
    """
    return sp.bessel_j(x, order=1)


@beside_arrays
def jn(n: Any, x: Any, /) -> Any:
    """The Bessel function of the first kind, of real order: SciPy's other name of `jv`.

    >>> jn(2, 1.0).round(12)
    np.float64(0.114903484932)
    """
    if type(n) is int and n >= 0 and not dtype_of(given(x)).is_complex:
        return sp.bessel_j(x, order=n)
    return jv(n, x)


def bessel_jn(z: Any, *, v: int, n_iter: int = 50) -> Any:
    """The Bessel functions of the first kind J_0 … J_v of a real array, of shape (v + 1, *z.shape).
    JAX's `n_iter` is of a recurrence that there is none of.

    Raises `PolyadTypeError` if `v` is no Python integer, `PolyadValueError` if it is negative.

    >>> bessel_jn(1.0, v=1)
    array([0.76519769, 0.44005059])
    """
    orders = range(order(v, "bessel_jn: v") + 1)
    order(n_iter, "bessel_jn: n_iter")
    return pnp.stack([sp.bessel_j(real(z, "bessel_jn"), order=n) for n in orders])


def expn(n: Any, x: Any, /) -> Any:
    """The exponential integral E_n(x) of integers `n` >= 0, or an array of them, for x >= 0;
    NaN for a negative order in an array.

    Raises `PolyadTypeError` if `n` is no integers, `PolyadValueError` for a negative `int`.

    >>> expn(2, 1.0).round(12)
    np.float64(0.148495506776)
    """
    if type(n) is int:
        return sp.expn(x, order=order(n, "expn"))
    return expn_of_orders(n, x)


def exp1(x: Any, /) -> Any:
    """The exponential integral E₁(x), for x >= 0.

    >>> exp1(1.0).round(12)
    np.float64(0.219383934396)
    """
    return expn(1, real(x, "exp1"))


def expi(x: Any, /) -> Any:
    """The exponential integral Ei(x).

    >>> expi(1.0).round(12)
    np.float64(1.895117816356)
    """
    return sp.expi(x)


def spence(x: Any, /) -> Any:
    """Spence's function ∫₁ˣ log(t) / (1 - t) dt, for x >= 0.

    >>> spence(1.0)
    np.float64(0.0)
    """
    return sp.spence(x)


@computed_wide
@beside_arrays
def fresnel(z: Any, /) -> tuple[Any, Any]:
    """The Fresnel integrals S = ∫₀ᶻ sin(πt²/2) dt and C = ∫₀ᶻ cos(πt²/2) dt, of a real or complex
    array.

    >>> fresnel(0.0)
    (np.float64(0.0), np.float64(0.0))
    """
    z = given(z)
    return it.fresnel_s(z), it.fresnel_c(z)


@computed_wide
@beside_arrays
def sici(z: Any, /) -> tuple[Any, Any]:
    """The sine integral ∫₀ᶻ sin(t)/t dt and the cosine integral γ + log z + ∫₀ᶻ (cos(t) - 1)/t dt,
    of a real or complex array; of negative numbers the latter is that of |z|, as SciPy has it.

    >>> sici(1.0)[0].round(12)
    np.float64(0.946083070367)
    """
    z = given(z)
    return it.sici_si(z), it.sici_ci(z)


@computed_wide
@beside_arrays
def shichi(z: Any, /) -> tuple[Any, Any]:
    """The hyperbolic sine and cosine integrals: those of `sici` with sinh and cosh.

    >>> shichi(1.0)[0].round(12)
    np.float64(1.057250875376)
    """
    z = given(z)
    return it.shichi_shi(z), it.shichi_chi(z)
