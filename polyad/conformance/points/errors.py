"""Error functions and the normal distribution, exponential integrals and their kin."""

from __future__ import annotations

import math

import mpmath as mp

from ... import lax, special
from ... import numpy as pnp
from ..special_points import special_points
from .common import INF, LEAST, NAN, SMOOTH, TINY, UNKNOWN, ZEROS, of

BOTH_TAILS = (5.0, -5.0, 9.0, -9.0, 26.0, -26.0, 37.0, -37.0)
NEAR_ENDS = (0.5, 0.25, 0.9, 1e-8, 1e-30, 1 - 2.0**-23, 1 - 2.0**-50)


def ndtr(x):
    """The normal distribution function."""
    return mp.erfc(-x / mp.sqrt(2)) / 2


def ndtri(p):
    """Its inverse, by Newton's method on the logarithm."""
    if p == mp.mpf(1) / 2:
        return mp.mpf(0)
    low = min(p, 1 - p)
    start = (
        -mp.sqrt(-2 * mp.log(low))
        if low < 0.02
        else mp.mpf(-math.sqrt(2)) * mp.erfinv(1 - 2 * mp.mpf(low))
    )
    x = mp.mpf(start)
    for _ in range(200):
        value = ndtr(x)
        step = value * mp.log(value / low) / mp.npdf(x)
        x -= step
        if abs(step) <= abs(x) * mp.mpf(10) ** (5 - mp.mp.dps):
            break
    return x if p < 0.5 else -x


def faddeeva(x, y):
    """w(x + iy)."""
    z = mp.mpc(x, y)
    return mp.exp(-z * z) * mp.erfc(-1j * z)


def voigt(x, gamma):
    """The profile of σ = 1."""
    return mp.re(faddeeva(x / mp.sqrt(2), gamma / mp.sqrt(2))) / mp.sqrt(2 * mp.pi)


special_points(
    "erf",
    special.erf,
    mp.erf,
    *SMOOTH,
    *LEAST,
    *BOTH_TAILS,
    stated={INF: of(1.0), -INF: of(-1.0), NAN: UNKNOWN},
)
special_points(
    "erfc",
    special.erfc,
    mp.erfc,
    *SMOOTH,
    *LEAST,
    *BOTH_TAILS,
    stated={INF: of(0.0), -INF: of(2.0), NAN: UNKNOWN},
)
special_points(
    "erfcx",
    special.erfcx,
    lambda x: mp.exp(x * x) * mp.erfc(x),
    *SMOOTH,
    *LEAST,
    5.0,
    6.9,
    7.1,
    26.0,
    -5.0,
    1e3,
    1e10,
    1e30,
    1e100,
    scale=0.5,
    stated={INF: of(0.0), NAN: UNKNOWN},
)
special_points(
    "erfi", special.erfi, mp.erfi, *SMOOTH, *LEAST, 5.0, -5.0, 8.0, 25.0, stated={NAN: UNKNOWN}
)
special_points(
    "erfinv",
    special.erfinv,
    lambda x: ndtri((1 + x) / 2) / mp.sqrt(2),
    *(0.5, -0.5, 0.9, 1e-8, 1e-30, 1 - 2.0**-23, 2.0**-50 - 1, 0.0, -0.0, 1e-310),
    singular=(-1, 1),
    stated={1.0: (INF, INF), -1.0: (-INF, INF), NAN: UNKNOWN},
)
special_points(
    "erfcinv",
    special.erfcinv,
    lambda x: -ndtri(x / 2) / mp.sqrt(2),
    *NEAR_ENDS,
    1.0,
    1.5,
    2 - 2.0**-22,
    singular=(0, 2),
    stated={0.0: (INF, -INF), 2.0: (-INF, -INF), NAN: UNKNOWN},
)
special_points(
    "ndtr",
    special.ndtr,
    ndtr,
    *SMOOTH,
    *LEAST,
    *BOTH_TAILS,
    stated={INF: of(1.0), -INF: of(0.0), NAN: UNKNOWN},
)
special_points(
    "ndtri",
    special.ndtri,
    ndtri,
    *NEAR_ENDS,
    singular=(0, 1),
    stated={0.0: (-INF, INF), 1.0: (INF, INF), NAN: UNKNOWN},
)
special_points(
    "log_ndtr",
    special.log_ndtr,
    lambda x: mp.log(ndtr(x)),
    *SMOOTH,
    *LEAST,
    *BOTH_TAILS,
    -100.0,
    -1e5,
    -1e10,
    -1e30,
    -1e100,
    stated={INF: of(0.0), -INF: (-INF, INF), NAN: UNKNOWN},
)
special_points(
    "ndtri_exp",
    special.ndtri_exp,
    lambda y: ndtri(mp.exp(y)),
    *(-0.1, -0.7, -1.0, -5.0, -40.0, -700.0, -1e-3),
    singular=(0,),
    stated={0.0: (INF, INF), NAN: UNKNOWN},
    backends=("numpy", "native"),
)
special_points(
    "wofz of real numbers",
    lambda x: pnp.imag(special.wofz(lax.complex(x, 0 * x))),
    lambda x: mp.im(faddeeva(x, 0)),
    *ZEROS,
    0.5,
    -2.0,
    6.9,
    7.1,
    40.0,
    1e5,
    of="special.wofz",
    backends=("numpy", "native"),
)
special_points(
    "wofz",
    lambda x, y: pnp.real(special.wofz(lax.complex(x, y))),
    lambda x, y: mp.re(faddeeva(x, y)),
    (0.0, 0.0),
    (0.5, 1.0),
    (-2.0, 0.3),
    (8.0, 5.0),
    (1.0, -1.0),
    of="special.wofz",
    backends=("numpy", "native"),
    dtypes=("float64",),
    orders=2,
)
special_points(
    "voigt_profile",
    lambda x, g: special.voigt_profile(x, 1.0, g),
    voigt,
    (0.0, 1.0),
    (1.0, 0.5),
    (20.0, 1.0),
    (1.5, 1e-8),
    of="special.voigt_profile",
    backends=("numpy", "native"),
    dtypes=("float64",),
    orders=2,
)
special_points(
    "owens_t",
    special.owens_t,
    lambda h, a: (
        mp.quad(lambda t: mp.exp(-h * h * (1 + t * t) / 2) / (1 + t * t), [0, a]) / (2 * mp.pi)
    ),
    (0.0, 1.0),
    (1.0, 0.5),
    (3.0, -2.0),
    orders=1,
    scale=1.0,
    backends=("numpy", "native"),
)
special_points(
    "exp1",
    special.exp1,
    mp.e1,
    1e-300,
    1e-30,
    1e-8,
    0.5,
    1.0,
    2.0,
    20.0,
    300.0,
    700.0,
    singular=(0,),
    scale=1.0,
    stated={0.0: (INF, -INF), INF: of(0.0), NAN: UNKNOWN},
)
for _n in (0, 2, 3):
    special_points(
        f"expn of order {_n}",
        lambda x, n=_n: special.expn(n, x),
        lambda x, n=_n: mp.expint(n, x),
        1e-8,
        0.5,
        1.0,
        2.0,
        20.0,
        300.0,
        700.0,
        singular=(0,),
        scale=1.0,
        stated={INF: of(0.0), NAN: UNKNOWN},
        of="special.expn",
    )
special_points(
    "expi",
    special.expi,
    mp.ei,
    1e-300,
    1e-30,
    1e-8,
    0.5,
    0.37250741078136663,
    20.0,
    300.0,
    -0.5,
    -20.0,
    -700.0,
    singular=(0,),
    scale=1.0,
    stated={0.0: (-INF,), NAN: UNKNOWN},
    floor=(2e-16, 0.0, 0.0, 0.0),
)
special_points(
    "cosine integral",
    lambda x: special.sici(x)[1],
    mp.ci,
    1e-30,
    1e-8,
    0.5,
    2.0,
    20.0,
    1e3,
    singular=(0,),
    scale=1.0,
    stated={0.0: (-INF, INF)},
    of="special.sici",
    backends=("numpy", "native"),
)
special_points(
    "hyperbolic sine integral",
    lambda x: special.shichi(x)[0],
    mp.shi,
    *ZEROS,
    *TINY,
    0.5,
    1.9,
    2.1,
    20.0,
    -20.0,
    of="special.shichi",
    backends=("numpy", "native"),
)
special_points(
    "hyperbolic cosine integral",
    lambda x: special.shichi(x)[1],
    mp.chi,
    1e-30,
    1e-8,
    0.5,
    2.0,
    20.0,
    300.0,
    singular=(0,),
    stated={0.0: (-INF, INF)},
    of="special.shichi",
    backends=("numpy", "native"),
)
special_points(
    "Fresnel's S",
    lambda x: special.fresnel(x)[0],
    mp.fresnels,
    *ZEROS,
    *TINY,
    0.5,
    -2.0,
    3.3,
    scale=0.05,
    of="special.fresnel",
    backends=("numpy", "native"),
    floor=(0.0, 1e-15, 1e-13, 1e-13),
    dtypes=("float64",),
)
special_points(
    "Fresnel's C",
    lambda x: special.fresnel(x)[1],
    mp.fresnelc,
    *ZEROS,
    *TINY,
    0.5,
    -2.0,
    3.3,
    scale=0.05,
    of="special.fresnel",
    backends=("numpy", "native"),
    floor=(0.0, 1e-14, 1e-14, 1e-12),
    dtypes=("float64",),
)
