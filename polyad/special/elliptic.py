"""Elliptic integrals and Jacobi's elliptic functions, of the parameter m = k²."""

from __future__ import annotations

import math
from typing import Any

from .. import numpy as pnp
from ..numpy._core import beside_arrays
from ..numpy._storage import computed_wide
from ..ops import elliptic as el
from ._core import given_real


def ellipk(m: Any, /) -> Any:
    """The complete elliptic integral of the first kind K(m), for m < 1 (derivative: DLMF 19.4.1,
    its series about 0).

    >>> ellipk(0.0).round(12)
    np.float64(1.570796326795)
    """
    return el.ellipk(m)


def ellipkm1(p: Any, /) -> Any:
    """K(1 - p), accurate for small p.

    >>> ellipkm1(1.0).round(12)
    np.float64(1.570796326795)
    """
    return el.ellipkm1(p)


def ellipe(m: Any, /) -> Any:
    """The complete elliptic integral of the second kind E(m), for m <= 1 (derivative: DLMF 19.4.2,
    its series about 0).

    >>> ellipe(1.0)
    np.float64(1.0)
    """
    return el.ellipe(m)


@beside_arrays
def ellipkinc(phi: Any, m: Any, /) -> Any:
    """The incomplete elliptic integral of the first kind F(φ, m) = ∫₀^φ dθ/√(1 - m sin²θ);
    differentiable in both (by m through Carlson's duplication, DLMF 19.36).

    >>> ellipkinc(1.0, 0.0)
    np.float64(1.0)
    """
    return el.ellipkinc(given_real(phi, "ellipkinc: phi"), given_real(m, "ellipkinc: m"))


@beside_arrays
def ellipeinc(phi: Any, m: Any, /) -> Any:
    """The incomplete elliptic integral of the second kind E(φ, m) = ∫₀^φ √(1 - m sin²θ) dθ. See
    `ellipkinc`.

    >>> ellipeinc(1.0, 0.0)
    np.float64(1.0)
    """
    return el.ellipeinc(given_real(phi, "ellipeinc: phi"), given_real(m, "ellipeinc: m"))


@computed_wide
@beside_arrays
def ellipj(u: Any, m: Any, /) -> tuple[Any, Any, Any, Any]:
    """Jacobi's elliptic functions sn, cn, dn of u, and the amplitude ph, for 0 <= m <= 1;
    differentiable in both.

    >>> ellipj(0.5, 0.0)[3]
    np.float64(0.5)
    """
    u, m = given_real(u, "ellipj: u"), given_real(m, "ellipj: m")
    return el.ellipj_sn(u, m), el.ellipj_cn(u, m), el.ellipj_dn(u, m), el.ellipj_ph(u, m)


@computed_wide
@beside_arrays
def agm(a: Any, b: Any, /) -> Any:
    """The arithmetic-geometric mean of positive a and b: π/4 (a + b)/K(((a - b)/(a + b))²), NaN
    for others (DLMF 19.8.5).

    >>> agm(2.0, 2.0).round(12)
    np.float64(2.0)
    """
    a, b = given_real(a, "agm: a"), given_real(b, "agm: b")
    ratio = (a - b) / (a + b)
    valid = pnp.logical_and(a > 0, b > 0)
    p = 4 * (a / (a + b)) * (b / (a + b))
    complement = pnp.where(abs(ratio) < 0.5, ellipk(ratio * ratio), ellipkm1(p))
    return pnp.where(valid, (a + b) * (math.pi / 4) / complement, math.nan)
