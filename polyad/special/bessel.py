"""Bessel functions of real order: cylindrical and modified; Hankel, Airy, Struve.

All are differentiable by the argument, to any order. The derivative by the order of one is not
known to polyad, and asking for it raises `NotDifferentiableError`. The order is real; where the
argument may be complex, the function is SciPy's, and in compiled code a call of Python.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..numpy._core import beside_arrays
from ..numpy._storage import computed_wide
from ..ops import bessel as b
from ._core import given, given_real, given_whole, order

# -- Cylindrical -----------------------------------------------------------------------------------


@beside_arrays
def jv(v: Any, z: Any, /) -> Any:
    """The Bessel function of the first kind J_v(z), of real order v; z is real or complex. Its
    derivative is (J_{v-1} - J_{v+1})/2 (DLMF 10.6.1).

    >>> jv(1.5, 0.4).round(12)
    np.float64(0.066213130821)
    """
    return b.jv(given_real(v, "jv: v"), given(z))


@beside_arrays
def yv(v: Any, z: Any, /) -> Any:
    """The Bessel function of the second kind Y_v(z), of real order v; z is real or complex.

    >>> yv(0.0, 1.0).round(12)
    np.float64(0.088256964216)
    """
    return b.yv(given_real(v, "yv: v"), given(z))


@beside_arrays
def iv(v: Any, z: Any, /) -> Any:
    """The modified Bessel function of the first kind I_v(z), of real order v; z is real or complex.

    >>> iv(0.5, 1.0).round(12)
    np.float64(0.937674888245)
    """
    return b.iv(given_real(v, "iv: v"), given(z))


@beside_arrays
def kv(v: Any, z: Any, /) -> Any:
    """The modified Bessel function of the second kind K_v(z), of real order v; z is real or
    complex.

    >>> kv(1.5, 0.4).round(12)
    np.float64(4.649221039025)
    """
    return b.kv(given_real(v, "kv: v"), given(z))


@beside_arrays
def jve(v: Any, z: Any, /) -> Any:
    """e^-|Im z| J_v(z), of real z: J_v itself. Complex z raise `PolyadTypeError`.

    >>> jve(0.0, 0.0)
    np.float64(1.0)
    """
    return b.jv(given_real(v, "jve: v"), given_real(z, "jve: z"))


@beside_arrays
def yve(v: Any, z: Any, /) -> Any:
    """e^-|Im z| Y_v(z), of real z: Y_v itself. Complex z raise `PolyadTypeError`.

    >>> yve(0.0, 1.0).round(12)
    np.float64(0.088256964216)
    """
    return b.yv(given_real(v, "yve: v"), given_real(z, "yve: z"))


@beside_arrays
def ive(v: Any, z: Any, /) -> Any:
    """e^-|z| I_v(z), of real z, which does not overflow. Complex z raise `PolyadTypeError`.

    >>> ive(0.0, 0.0)
    np.float64(1.0)
    """
    return b.ive(given_real(v, "ive: v"), given_real(z, "ive: z"))


@beside_arrays
def kve(v: Any, z: Any, /) -> Any:
    """e^z K_v(z), which does not underflow; z is real or complex.

    >>> kve(0.5, 2.0).round(12)
    np.float64(0.886226925453)
    """
    return b.kve(given_real(v, "kve: v"), given(z))


@computed_wide
@beside_arrays
def hankel1(v: Any, z: Any, /) -> Any:
    """The Hankel function J_v(z) + iY_v(z) of real order v; complex.

    >>> hankel1(0.0, 1.0).real.round(12)
    np.float64(0.765197686558)
    """
    return b.hankel1(given_real(v, "hankel1: v"), given(z))


@computed_wide
@beside_arrays
def hankel2(v: Any, z: Any, /) -> Any:
    """The Hankel function J_v(z) - iY_v(z) of real order v; complex.

    >>> hankel2(0.0, 1.0).real.round(12)
    np.float64(0.765197686558)
    """
    return b.hankel2(given_real(v, "hankel2: v"), given(z))


@computed_wide
@beside_arrays
def hankel1e(v: Any, z: Any, /) -> Any:
    """e^-iz H_v^(1)(z), which does not overflow.

    >>> abs(hankel1e(0.5, 2.0)).round(12)
    np.float64(0.564189583548)
    """
    return b.hankel1e(given_real(v, "hankel1e: v"), given(z))


@computed_wide
@beside_arrays
def hankel2e(v: Any, z: Any, /) -> Any:
    """e^iz H_v^(2)(z), which does not overflow.

    >>> abs(hankel2e(0.5, 2.0)).round(12)
    np.float64(0.564189583548)
    """
    return b.hankel2e(given_real(v, "hankel2e: v"), given(z))


@beside_arrays
def yn(n: Any, x: Any, /) -> Any:
    """Y_n(x) of an integer order n and real x. Raises `PolyadTypeError` for others.

    >>> yn(2, 1.0).round(12)
    np.float64(-1.650682606816)
    """
    return b.yv(given_whole(n, "yn: n"), given_real(x, "yn: x"))


@beside_arrays
def kn(n: Any, x: Any, /) -> Any:
    """K_n(x) of an integer order n and real x. Raises `PolyadTypeError` for others.

    >>> kn(2, 1.0).round(12)
    np.float64(1.624838898635)
    """
    return b.kv(given_whole(n, "kn: n"), given_real(x, "kn: x"))


# -- Of orders 0 and 1 -----------------------------------------------------------------------------


def y0(x: Any, /) -> Any:
    """The Bessel function of the second kind, of order 0.

    >>> y0(1.0).round(12)
    np.float64(0.088256964216)
    """
    return b.y0(x)


def y1(x: Any, /) -> Any:
    """The Bessel function of the second kind, of order 1.

    >>> y1(1.0).round(12)
    np.float64(-0.7812128213)
    """
    return b.y1(x)


def k0(x: Any, /) -> Any:
    """The modified Bessel function of the second kind, of order 0.

    >>> k0(1.0).round(12)
    np.float64(0.421024438241)
    """
    return b.k0(x)


def k1(x: Any, /) -> Any:
    """The modified Bessel function of the second kind, of order 1.

    >>> k1(1.0).round(12)
    np.float64(0.601907230197)
    """
    return b.k1(x)


def k0e(x: Any, /) -> Any:
    """e^x K₀(x), which does not underflow.

    >>> k0e(1.0).round(12)
    np.float64(1.144463079807)
    """
    return b.k0e(x)


def k1e(x: Any, /) -> Any:
    """e^x K₁(x), which does not underflow.

    >>> k1e(1.0).round(12)
    np.float64(1.636153486263)
    """
    return b.k1e(x)


# -- Derivatives -----------------------------------------------------------------------------------


def _differentiated(f: Callable[..., Any], what: str, v: Any, z: Any, n: int, sign: float) -> Any:
    """2^-n Σ_k sign^k binom(n, k) f_{v-n+2k}(z) (DLMF 10.6.7, 10.29.5)."""
    n, v = order(n, what), given_real(v, f"{what}: v")
    terms = [f(v - (n - 2 * k), z) * (sign**k * math.comb(n, k) / 2**n) for k in range(n + 1)]
    return sum(terms[1:], terms[0])


@computed_wide
@beside_arrays
def jvp(v: Any, z: Any, n: int = 1) -> Any:
    """The derivative of J_v(z) of a static order `n`.

    >>> jvp(0, 1.0).round(12)
    np.float64(-0.440050585745)
    """
    return _differentiated(jv, "jvp", v, z, n, -1.0)


@computed_wide
@beside_arrays
def yvp(v: Any, z: Any, n: int = 1) -> Any:
    """The derivative of Y_v(z) of a static order `n`.

    >>> yvp(0, 1.0).round(12)
    np.float64(0.7812128213)
    """
    return _differentiated(yv, "yvp", v, z, n, -1.0)


@computed_wide
@beside_arrays
def ivp(v: Any, z: Any, n: int = 1) -> Any:
    """The derivative of I_v(z) of a static order `n`.

    >>> ivp(0, 1.0).round(12)
    np.float64(0.565159103992)
    """
    return _differentiated(iv, "ivp", v, z, n, 1.0)


@computed_wide
@beside_arrays
def kvp(v: Any, z: Any, n: int = 1) -> Any:
    """The derivative of K_v(z) of a static order `n`.

    >>> kvp(0, 1.0).round(12)
    np.float64(-0.601907230197)
    """
    return _differentiated(kv, "kvp", v, z, n, 1.0) * (-1.0) ** n


@computed_wide
@beside_arrays
def h1vp(v: Any, z: Any, n: int = 1) -> Any:
    """The derivative of `hankel1` of a static order `n`.

    >>> h1vp(0, 1.0).real.round(12)
    np.float64(-0.440050585745)
    """
    return _differentiated(hankel1, "h1vp", v, z, n, -1.0)


@computed_wide
@beside_arrays
def h2vp(v: Any, z: Any, n: int = 1) -> Any:
    """The derivative of `hankel2` of a static order `n`.

    >>> h2vp(0, 1.0).real.round(12)
    np.float64(-0.440050585745)
    """
    return _differentiated(hankel2, "h2vp", v, z, n, -1.0)


# -- Airy, Struve ----------------------------------------------------------------------------------


@computed_wide
@beside_arrays
def airy(z: Any, /) -> tuple[Any, Any, Any, Any]:
    """The Airy functions Ai, Ai', Bi and Bi' of a real or complex array; Ai'' = z Ai (DLMF 9.2.1).

    >>> airy(0.0)[0].round(12)
    np.float64(0.355028053888)
    """
    z = given(z)
    return b.airy_ai(z), b.airy_aip(z), b.airy_bi(z), b.airy_bip(z)


@beside_arrays
def struve(v: Any, x: Any, /) -> Any:
    """The Struve function H_v(x) of real order and argument (derivative: DLMF 11.4.27).

    >>> struve(0.0, 1.0).round(12)
    np.float64(0.568656627048)
    """
    return b.struve(given_real(v, "struve: v"), given_real(x, "struve: x"))


@beside_arrays
def modstruve(v: Any, x: Any, /) -> Any:
    """The modified Struve function L_v(x) of real order and argument (derivative: DLMF 11.4.28).

    >>> modstruve(0.0, 1.0).round(12)
    np.float64(0.710243185938)
    """
    return b.modstruve(given_real(v, "modstruve: v"), given_real(x, "modstruve: x"))
