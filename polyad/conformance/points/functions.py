"""Bessel functions, elliptic integrals and other functions of SciPy's."""

from __future__ import annotations

from functools import partial

import mpmath as mp

from ... import special
from ...numpy import real
from ..special_points import special_points
from .common import INF, NAN, UNKNOWN

ABOUT_ZERO = (0.0, 1e-8, -1e-8, 1e-3)
points = partial(special_points, dtypes=("float64",), backends=("numpy", "native"))


def spherical(n, x):
    """j_n by its series: Σ (-x²/2)^k x^n / (k! (2n + 2k + 1)!!)."""
    return mp.nsum(
        lambda k: (-x * x / 2) ** k * x**n / (mp.factorial(k) * mp.fac2(2 * n + 2 * k + 1)),
        [0, 40],
    )


def dawson(x):
    """Dawson's integral."""
    return mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x)


for _order in (0, 1, 3):
    points(
        f"jv of order {_order}",
        partial(special.jv, float(_order)),
        partial(mp.besselj, _order),
        *ABOUT_ZERO,
        2.5,
        of="special.jv",
    )
    points(
        f"iv of order {_order}",
        partial(special.iv, float(_order)),
        partial(mp.besseli, _order),
        *ABOUT_ZERO,
        2.5,
        of="special.iv",
    )
points(
    "kve far out",
    partial(special.kve, 1.5),
    lambda x: mp.exp(x) * mp.besselk(mp.mpf(3) / 2, x),
    100.0,
    1e4,
    of="special.kve",
    scale=lambda x: x,
)
points(
    "ive far out",
    partial(special.ive, 1.5),
    lambda x: mp.exp(-x) * mp.besseli(mp.mpf(3) / 2, x),
    100.0,
    1e3,
    of="special.ive",
    scale=lambda x: x,
)
points(
    "ellipk",
    special.ellipk,
    mp.ellipk,
    *ABOUT_ZERO,
    0.2499,
    0.2501,
    0.9,
    -3.0,
    singular=(1,),
    stated={1.0: (INF, INF), NAN: UNKNOWN},
)
points(
    "ellipe",
    special.ellipe,
    mp.ellipe,
    *ABOUT_ZERO,
    0.2499,
    0.2501,
    0.9,
    -3.0,
    singular=(1,),
    stated={1.0: (1, -INF), NAN: UNKNOWN},
)
points(
    "ellipkm1",
    special.ellipkm1,
    lambda p: mp.ellipk(1 - p),
    1.0,
    1 - 1e-8,
    0.7499,
    0.1,
    singular=(0,),
    stated={0.0: (INF, -INF)},
)
points(
    "ellipkinc",
    special.ellipkinc,
    mp.ellipf,
    (0.5, 0.0),
    (1.0, 1e-8),
    (2.0, 0.3),
    singular=((), (1,)),
    orders=2,
)
points(
    "Lambert's W",
    lambda z: real(special.lambertw(z)),
    lambda z: mp.re(mp.lambertw(z)),
    *ABOUT_ZERO,
    3.0,
    scale=0.1,
    of="special.lambertw",
)
points(
    "dawsn",
    special.dawsn,
    dawson,
    *ABOUT_ZERO,
    *(0.5, 0.9, 1.6, 2.0, 3.0, 5.0),
    6.9,
    7.1,
    40.0,
    -40.0,
    stated={INF: (0, 0), NAN: UNKNOWN},
)
points(
    "sine integral",
    lambda x: special.sici(x)[0],
    mp.si,
    *ABOUT_ZERO,
    1.9,
    2.1,
    of="special.sici",
)
points(
    "spherical_jn",
    partial(special.spherical_jn, 2),
    partial(spherical, 2),
    *ABOUT_ZERO,
    1.5,
    of="special.spherical_jn",
)
points(
    "zetac",
    special.zetac,
    lambda x: mp.zeta(x) - 1,
    -4.0,
    -2.0,
    -0.5,
    0.5,
    2.0,
    singular=(1,),
    floor=(0.0, 2e-14, 5e-14, 2e-13),
)
