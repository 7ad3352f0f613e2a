"""Special functions."""

from __future__ import annotations

import mpmath as mp

from ... import nn, special
from ... import numpy as pnp
from ..special_points import special_points
from .common import EVERYWHERE, INF, LEAST, NAN, TINY, UNKNOWN, ZEROS, of

ABOUT_ONE = (1.0, 1 + 1e-4, 1 + 1e-8, 0.7, 1.6)
NEAR_POLES = tuple(n + d for n in (0.0, -1.0, -2.0, -3.0) for d in (0.0, 1e-3, -1e-3, 1e-8))


def sinc(x):
    """sin(πx)/(πx), 1 at 0."""
    return mp.sin(mp.pi * x) / (mp.pi * x) if x else mp.mpf(1)


def spence(x):
    """Spence's function."""
    return mp.polylog(2, 1 - x).real


def gammaln(x):
    """log Γ(x) for x > 0, by its first terms about 0."""
    if x < 1e-25:
        return -mp.log(x) - mp.euler * x + mp.pi**2 / 12 * x * x
    return mp.loggamma(x)


def boxcox(x, lmbda):
    """The transform, continued to λ = 0."""
    return mp.expm1(lmbda * mp.log(x)) / lmbda if lmbda else mp.log(x)


def inv_boxcox(y, lmbda):
    """Its inverse."""
    return mp.exp(mp.log1p(lmbda * y) / lmbda) if lmbda else mp.exp(y)


def pseudo_huber(delta, r):
    """The smooth loss."""
    return delta * (r * r / (delta + mp.sqrt(delta * delta + r * r)))


special_points(
    "sinc",
    pnp.sinc,
    sinc,
    *(*ZEROS, *TINY, *LEAST, 0.1, -0.3, 0.6, 0.7, 1.5, 1 + 1e-8, 10.5, 100.25),
    scale=0.1,
    stated={1.0: (0, -1.0), -2.0: (0, -0.5)},
)
special_points(
    "spence",
    special.spence,
    spence,
    *(*ABOUT_ONE, 1e-8, 0.01, 10.0, 1e10),
    singular=(0,),
)
special_points(
    "expit",
    special.expit,
    mp.sigmoid,
    *EVERYWHERE,
    *LEAST,
    stated={INF: of(1.0), -INF: of(0.0), NAN: UNKNOWN},
)
special_points(
    "log_expit",
    special.log_expit,
    lambda x: -mp.log1p(mp.exp(-x)),
    *EVERYWHERE,
    *LEAST,
    stated={INF: of(0.0), -INF: (-INF, 1, 0, 0), NAN: UNKNOWN},
)
special_points(
    "rgamma",
    special.rgamma,
    mp.rgamma,
    *NEAR_POLES,
    0.3,
    0.7,
    2.5,
    5.5,
)
special_points(
    "gammaln",
    special.gammaln,
    gammaln,
    1e-8,
    1e-30,
    1e-150,
    *(x for x in LEAST if x > 0),
    0.5,
    1.5,
    5.0,
    1e5,
    singular=(0,),
    scale=INF,
    stated={0.0: (INF,), INF: (INF,), NAN: UNKNOWN},
)
special_points(
    "entr",
    special.entr,
    lambda x: -x * mp.log(x),
    1e-8,
    1e-60,
    1e-300,
    1e300,
    0.3,
    1.0,
    2.0,
    1e10,
    singular=(0,),
    scale=INF,
    stated={0.0: (0, INF), -1.0: (-INF,), INF: (-INF, -INF), NAN: UNKNOWN},
)
special_points(
    "xlogy",
    special.xlogy,
    lambda x, y: x * mp.log(y),
    (1e-8, 2.0),
    (2.0, 1e-60),
    (0.5, 3.0),
    scale=lambda x, y: y,
    stated={(0.0, 0.0): (0, -INF), (0.0, NAN): UNKNOWN},
)
special_points(
    "boxcox",
    special.boxcox,
    boxcox,
    (2.0, 0.0),
    (2.0, 1e-8),
    (2.0, 3.0),
    (0.5, -2.0),
    scale=lambda x, l: min(x, 1.0),
    orders=2,
)
special_points(
    "inv_boxcox",
    special.inv_boxcox,
    inv_boxcox,
    (2.0, 0.0),
    (2.0, 1e-20),
    (2.0, -1e-4),
    (2.0, 0.5),
    (-0.3, 1.5),
    scale=0.1,
    orders=2,
)
special_points(
    "pseudo_huber",
    special.pseudo_huber,
    pseudo_huber,
    (1.0, 0.5),
    (3.0, 4.0),
    (1.0, 5.0),
    (1.0, 1e-4),
    (1e-4, 1.0),
    scale=lambda d, r: abs(d),
    orders=2,
    stated={(0.0, 2.0): (0, 2, -2)},
)
special_points(
    "boxcox of small numbers",
    special.boxcox,
    boxcox,
    (1e-40, 0.5),
    orders=1,
    dtypes=("float64",),
    scale=lambda x, l: x,
)
special_points(
    "rel_entr",
    special.rel_entr,
    lambda x, y: x * mp.log(x / y),
    (1.0, 1.0),
    (1e-30, 1.0),
    (1.0, 1e-3),
    (2.0, 3.0),
    scale=min,
    dtypes=("float64",),
)
special_points(
    "kl_div",
    special.kl_div,
    lambda x, y: x * mp.log(x / y) - x + y,
    (1.0, 1 + 1e-8),
    (1.0, 1.0),
    (1.0, 1e-30),
    (2.0, 3.0),
    (5.0, 0.5),
    scale=min,
    floor=(0, 1e-50, 0, 1e-15),
    dtypes=("float64",),
)
special_points(
    "i0e",
    special.i0e,
    lambda x: mp.besseli(0, x) * mp.exp(-abs(x)),
    *(0.5, -0.5, 2.0, 29.9, 30.1, -40.0, 90.0, 1e4, 1e10),
    singular=(0,),
    scale=lambda x: abs(x),
    stated={0.0: (1, 0), INF: (0, 0), NAN: UNKNOWN},
)
special_points(
    "i1e",
    special.i1e,
    lambda x: mp.besseli(1, x) * mp.exp(-abs(x)),
    *(0.5, -0.5, 1e-8, 29.9, 30.1, -40.0, 90.0, 1e4, 1e10),
    singular=(0,),
    scale=lambda x: abs(x),
    stated={0.0: (0, 0.5), INF: (0, 0), NAN: UNKNOWN},
)
special_points(
    "poch",
    special.poch,
    lambda z, m: mp.gammaprod([z + m], [z]),
    (1e-15, 2.0),
    (3.0, 2.0),
    (0.5, 0.5),
    scale=lambda z, m: min(z, 1.0),
    floor=(0, 0, 1e-14, 1e-13),
    dtypes=("float64",),
)
special_points(
    "log1mexp",
    nn.log1mexp,
    lambda x: mp.log(-mp.expm1(-x)),
    *(1e-8, 1e-30, 0.5, 0.69, 1.0, 20.0, 40.0),
    singular=(0,),
)
