"""The gamma and beta functions, their incomplete forms and inverses, zeta."""

from __future__ import annotations

from functools import partial

import mpmath as mp

from ... import special
from ...api import jvp
from ...numpy import ones_like
from ..special_points import special_points
from .common import INF, NAN, UNKNOWN

ABOUT_POLES = tuple(n + d for n in (0.0, -1.0, -2.0) for d in (1e-3, -1e-3, 2.0**-20))
LARGE = (5.5, 20.0, 100.0, 170.0)


def beta(a, b):
    """B(a, b)."""
    return mp.exp(log_beta(a, b))


def log_beta(a, b):
    """log B(a, b)."""
    return mp.re(mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b))


def lower_gamma(a, x):
    """P(a, x)."""
    return mp.gammainc(a, 0, x, regularized=True)


def upper_gamma(a, x):
    """1 - P(a, x)."""
    return mp.gammainc(a, x, mp.inf, regularized=True)


def lower_beta(b, x):
    """I_x(2.5, b)."""
    return mp.betainc(mp.mpf(2.5), b, 0, x, regularized=True)


special_points(
    "gamma",
    special.gamma,
    mp.gamma,
    *ABOUT_POLES,
    *LARGE,
    0.5,
    1.0,
    1.4616321449683622,
    2.0,
    -0.5,
    -1.5,
    1e-30,
    singular=tuple(-float(n) for n in range(4)),
    scale=1.0,
    stated={INF: (INF,), -1.0: (NAN,), NAN: UNKNOWN},
    floor=(0.0, 1e-15, 0.0, 0.0),
)
special_points(
    "digamma",
    special.digamma,
    mp.digamma,
    *ABOUT_POLES,
    *LARGE,
    0.5,
    1.0,
    1.4616321449683622,
    2.0,
    -0.5,
    1e-30,
    1e10,
    singular=tuple(-float(n) for n in range(4)),
    scale=0.5,
    stated={INF: (INF, 0), NAN: UNKNOWN},
)
for _n in (1, 2, 5):
    special_points(
        f"polygamma of order {_n}",
        partial(special.polygamma, _n),
        partial(mp.psi, _n),
        *ABOUT_POLES,
        *LARGE,
        0.5,
        1.0,
        2.0,
        1e10,
        singular=tuple(-float(n) for n in range(4)),
        scale=0.5,
        stated={INF: (0, 0), NAN: UNKNOWN},
        of="special.polygamma",
    )
special_points(
    "loggamma",
    special.loggamma,
    lambda x: mp.re(mp.loggamma(x)),
    *LARGE,
    0.5,
    1.0,
    2.0,
    1 + 1e-8,
    2 - 1e-8,
    1e-8,
    1e10,
    singular=(0,),
    scale=1.0,
    stated={0.0: (INF,), INF: (INF,), NAN: UNKNOWN},
    backends=("numpy", "native"),
    floor=(1e-15, 0.0, 0.0, 0.0),
)
special_points(
    "multigammaln",
    lambda a: special.multigammaln(a, 3),
    lambda a: mp.log(mp.pi) * 1.5 + sum(mp.loggamma(a - mp.mpf(j) / 2) for j in range(3)),
    1.5,
    2.0,
    5.0,
    100.0,
    1 + 1e-3,
    singular=(1,),
    of="special.multigammaln",
)
special_points(
    "betaln",
    special.betaln,
    log_beta,
    (1.0, 1.0),
    (2.0, 3.0),
    (0.5, 1e-8),
    (1e5, 0.5),
    (0.5, 1e5),
    (1e5, 2e5),
    (1e10, 1.0),
    (1e10, 1e10),
    (1e-8, 1e-8),
    (30.0, 1e-3),
    scale=min,
    dtypes=("float64",),
)
special_points(
    "betaln in single precision",
    special.betaln,
    log_beta,
    (1.0, 1.0),
    (2.0, 3.0),
    (0.5, 1e-4),
    (1e4, 0.5),
    (0.5, 1e4),
    scale=min,
    dtypes=("float32",),
)
special_points(
    "beta",
    special.beta,
    beta,
    (1.0, 1.0),
    (2.0, 3.0),
    (0.5, 1e-3),
    (1e3, 0.5),
    (30.0, 1e-3),
    (1e5, 0.5),
    (1e-8, 2.0),
    (1e-3, 1e-3),
    (0.3, 0.2),
    scale=min,
    dtypes=("float64",),
)
special_points(
    "slope of beta",
    lambda a, b: jvp(lambda a: special.beta(a, b), (a,), (ones_like(a),))[1],
    lambda a, b: beta(a, b) * (mp.digamma(a) - mp.digamma(a + b)),
    (0.5, 1e-8),
    (1e-8, 0.5),
    (3.0, 1e-3),
    (0.3, 0.7),
    scale=min,
    orders=2,
    of="special.beta",
    dtypes=("float64",),
)
special_points(
    "binom",
    special.binom,
    lambda n, k: mp.binomial(n, k),
    (5.0, 2.0),
    (5.5, 2.5),
    (0.5, 0.25),
    (30.0, 15.0),
    (5.0, 7.0),
    (5.0, -1.0),
    (4.0, 0.0),
    (4.0, 4.0),
    (-2.5, 3.0),
    scale=0.5,
    dtypes=("float64",),
    orders=2,
)
special_points(
    "comb",
    special.comb,
    lambda n, k: mp.binomial(n, k),
    (5.0, 2.0),
    (5.5, 2.5),
    (30.0, 15.0),
    (0.5, 0.25),
    scale=0.25,
    dtypes=("float64",),
    orders=2,
)
special_points(
    "factorial", special.factorial, mp.factorial, 0.0, 1.0, 0.5, 5.0, 100.0, 1e-8, scale=0.5
)
special_points(
    "gammainc by x",
    lambda x: special.gammainc(2.5, x),
    lambda x: lower_gamma(mp.mpf(2.5), x),
    1e-8,
    0.5,
    2.5,
    20.0,
    100.0,
    700.0,
    singular=(0,),
    scale=1.0,
    stated={0.0: (0, 0), INF: (1, 0)},
    of="special.gammainc",
)
special_points(
    "gammainc",
    special.gammainc,
    lower_gamma,
    (2.0, 1.0),
    (0.5, 0.5),
    (0.5, 1e-4),
    (10.0, 3.0),
    (3.0, 10.0),
    (30.0, 30.0),
    scale=min,
    orders=2,
    dtypes=("float64",),
)
special_points(
    "gammaincc by x",
    lambda x: special.gammaincc(2.5, x),
    lambda x: upper_gamma(mp.mpf(2.5), x),
    1e-8,
    0.5,
    2.5,
    20.0,
    85.0,
    700.0,
    singular=(0,),
    scale=1.0,
    stated={0.0: (1, 0), INF: (0, 0)},
    of="special.gammaincc",
)
special_points(
    "gammaincc",
    special.gammaincc,
    upper_gamma,
    (2.0, 1.0),
    (0.5, 0.5),
    (10.0, 3.0),
    (3.0, 10.0),
    (30.0, 30.0),
    scale=min,
    orders=2,
    dtypes=("float64",),
)
special_points(
    "betainc",
    lambda b, x: special.betainc(2.5, b, x),
    lower_beta,
    (1.5, 0.5),
    (0.5, 1e-8),
    (0.5, 0.999),
    (30.0, 0.1),
    (2.0, 1e-30),
    scale=lambda b, x: min(b, x, 1 - x),
    orders=2,
    dtypes=("float64",),
    of="special.betainc",
)
special_points(
    "betainc in the uniform case",
    lambda x: special.betainc(1.0, 1.0, x),
    lambda x: x,
    1e-300,
    1e-8,
    0.5,
    1 - 2.0**-23,
    stated={0.0: (0, 1), 1.0: (1, 1)},
    singular=(0, 1),
    of="special.betainc",
)
special_points(
    "betaincc",
    lambda b, x: special.betaincc(2.5, b, x),
    lambda b, x: 1 - lower_beta(b, x),
    (1.5, 0.5),
    (0.5, 0.999),
    (2.0, 0.9),
    scale=lambda b, x: min(b, x, 1 - x),
    orders=2,
    dtypes=("float64",),
    of="special.betaincc",
    backends=("numpy", "native"),
)
special_points(
    "gammaincinv of shape 1",
    lambda p: special.gammaincinv(1.0, p),
    lambda p: -mp.log1p(-p),
    1e-300,
    1e-8,
    0.5,
    0.9,
    1 - 2.0**-20,
    singular=(0, 1),
    of="special.gammaincinv",
    backends=("numpy", "native"),
)
special_points(
    "gammainccinv of shape 1",
    lambda p: special.gammainccinv(1.0, p),
    lambda p: -mp.log(p),
    1e-300,
    1e-8,
    0.5,
    0.9,
    1 - 2.0**-20,
    singular=(0, 1),
    of="special.gammainccinv",
    backends=("numpy", "native"),
)
special_points(
    "betaincinv of shapes 1 and 2",
    lambda p: special.betaincinv(1.0, 2.0, p),
    lambda p: 1 - mp.sqrt(1 - p),
    1e-30,
    1e-8,
    0.5,
    0.9,
    1 - 2.0**-20,
    singular=(0, 1),
    of="special.betaincinv",
    backends=("numpy", "native"),
)
special_points(
    "Hurwitz's zeta",
    special.zeta,
    mp.zeta,
    (2.0, 1.0),
    (1.001, 1.0),
    (3.5, 0.5),
    (2.0, 1e-4),
    (5.0, 100.0),
    (20.0, 2.0),
    scale=lambda s, q: min(s - 1, q, 1.0),
    orders=2,
    dtypes=("float64",),
)
special_points(
    "Riemann's zeta",
    special.zeta,
    mp.zeta,
    2.0,
    0.5,
    0.0,
    -0.5,
    -2.0,
    -4.0,
    -3.5,
    20.0,
    1 + 1e-3,
    singular=(1,),
    scale=0.5,
    dtypes=("float64",),
    backends=("numpy", "native"),
)
