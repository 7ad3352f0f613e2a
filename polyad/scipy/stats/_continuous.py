"""Continuous distributions. Formulas: Johnson, Kotz and Balakrishnan, "Continuous Univariate
Distributions" (1994); the parameters are SciPy's.
"""

from __future__ import annotations

import math
from typing import Any

from ... import numpy as pnp
from ... import special as s
from ._family import Located

INF = math.inf
positive = lambda *shapes: (0.0, INF)
unit = lambda *shapes: (0.0, 1.0)
_log = pnp.log

norm = Located(
    "norm",
    0,
    lambda y: -0.5 * (y * y + math.log(2 * math.pi)),
    cdf=s.ndtr,
    logcdf=s.log_ndtr,
    sf=lambda y: s.ndtr(-y),
    logsf=lambda y: s.log_ndtr(-y),
    ppf=s.ndtri,
    isf=lambda q: -s.ndtri(q),
)

expon = Located(
    "expon",
    0,
    lambda y: -y,
    positive,
    cdf=lambda y: -pnp.expm1(-y),
    sf=lambda y: pnp.exp(-y),
    logsf=lambda y: -y,
    ppf=lambda q: -pnp.log1p(-q),
    isf=lambda q: -_log(q),
)

uniform = Located(
    "uniform",
    0,
    lambda y: 0.0 * y,
    unit,
    cdf=lambda y: y,
    sf=lambda y: 1.0 - y,
    ppf=lambda q: q,
    isf=lambda q: 1.0 - q,
)

laplace = Located(
    "laplace",
    0,
    lambda y: -pnp.abs(y) - math.log(2),
    cdf=lambda y: pnp.where(y < 0, 0.5 * pnp.exp(-pnp.abs(y)), 1 - 0.5 * pnp.exp(-pnp.abs(y))),
    sf=lambda y: pnp.where(y > 0, 0.5 * pnp.exp(-pnp.abs(y)), 1 - 0.5 * pnp.exp(-pnp.abs(y))),
    ppf=lambda q: pnp.where(q < 0.5, _log(2 * q), -_log(2 * (1 - q))),
)

logistic = Located(
    "logistic",
    0,
    lambda y: s.log_expit(y) + s.log_expit(-y),
    cdf=s.expit,
    logcdf=s.log_expit,
    sf=lambda y: s.expit(-y),
    logsf=lambda y: s.log_expit(-y),
    ppf=s.logit,
    isf=lambda q: -s.logit(q),
)

cauchy = Located(
    "cauchy",
    0,
    lambda y: -math.log(math.pi) - pnp.log1p(y * y),
    cdf=lambda y: pnp.arctan2(1.0, -y) / math.pi,
    sf=lambda y: pnp.arctan2(1.0, y) / math.pi,
    ppf=lambda q: -1 / pnp.tan(math.pi * q),
    isf=lambda q: 1 / pnp.tan(math.pi * q),
)

gumbel_r = Located(
    "gumbel_r",
    0,
    lambda y: -y - pnp.exp(-y),
    cdf=lambda y: pnp.exp(-pnp.exp(-y)),
    logcdf=lambda y: -pnp.exp(-y),
    sf=lambda y: -pnp.expm1(-pnp.exp(-y)),
    ppf=lambda q: -_log(-_log(q)),
)

gumbel_l = Located(
    "gumbel_l",
    0,
    lambda y: y - pnp.exp(y),
    cdf=lambda y: -pnp.expm1(-pnp.exp(y)),
    sf=lambda y: pnp.exp(-pnp.exp(y)),
    logsf=lambda y: -pnp.exp(y),
    ppf=lambda q: _log(-pnp.log1p(-q)),
)

gamma = Located(
    "gamma",
    1,
    lambda y, a: s.xlogy(a - 1, y) - y - s.gammaln(a),
    positive,
    cdf=lambda y, a: s.gammainc(a, y),
    sf=lambda y, a: s.gammaincc(a, y),
)

chi2 = Located(
    "chi2",
    1,
    lambda y, df: s.xlogy(0.5 * df - 1, 0.5 * y) - 0.5 * y - s.gammaln(0.5 * df) - math.log(2),
    positive,
    cdf=lambda y, df: s.gammainc(0.5 * df, 0.5 * y),
    sf=lambda y, df: s.gammaincc(0.5 * df, 0.5 * y),
)

beta = Located(
    "beta",
    2,
    lambda y, a, b: s.xlogy(a - 1, y) + s.xlog1py(b - 1, -y) - s.betaln(a, b),
    unit,
    cdf=lambda y, a, b: s.betainc(a, b, y),
    sf=lambda y, a, b: s.betainc(b, a, 1 - y),
)

pareto = Located(
    "pareto",
    1,
    lambda y, b: _log(b) - (b + 1) * _log(y),
    lambda b: (1.0, INF),
    cdf=lambda y, b: -pnp.expm1(-b * _log(y)),
    sf=lambda y, b: pnp.exp(-b * _log(y)),
    logsf=lambda y, b: -b * _log(y),
    ppf=lambda q, b: pnp.exp(-pnp.log1p(-q) / b),
)


def _t_below(y: Any, df: Any) -> Any:
    """NIST DLMF 8.17(i): half the incomplete beta function at df / (df + y²), or 1 less it."""
    tail = 0.5 * s.betainc(0.5 * df, 0.5, df / (df + y * y))
    return pnp.where(y < 0, tail, 1 - tail)


t = Located(
    "t",
    1,
    lambda y, df: (
        s.gammaln(0.5 * (df + 1))
        - s.gammaln(0.5 * df)
        - 0.5 * _log(math.pi * df)
        - 0.5 * (df + 1) * pnp.log1p(y * y / df)
    ),
    cdf=_t_below,
    sf=lambda y, df: _t_below(-y, df),
)

gennorm = Located(
    "gennorm",
    1,
    lambda y, beta: _log(0.5 * beta) - s.gammaln(1 / beta) - pnp.abs(y) ** beta,
    cdf=lambda y, beta: _gennorm_cdf(y, beta),
    sf=lambda y, beta: _gennorm_cdf(-y, beta),
)

wrapcauchy = Located(
    "wrapcauchy",
    1,
    lambda y, c: (
        pnp.log1p(-c * c) - math.log(2 * math.pi) - _log((1 - c) ** 2 + 4 * c * pnp.sin(y / 2) ** 2)
    ),
    lambda c: (0.0, 2 * math.pi),
    valid=lambda c: pnp.logical_and(c > 0, c < 1),
)

vonmises = Located(
    "vonmises",
    1,
    lambda y, kappa: -2 * kappa * pnp.sin(y / 2) ** 2 - math.log(2 * math.pi) - _log(s.i0e(kappa)),
    valid=lambda kappa: kappa >= 0,
)

truncnorm = Located(
    "truncnorm",
    2,
    lambda y, a, b: -0.5 * (y * y + math.log(2 * math.pi)) - _log_mass_between(a, b),
    lambda a, b: (a, b),
    valid=lambda a, b: a < b,
    cdf=lambda y, a, b: pnp.exp(_log_mass_between(a, y) - _log_mass_between(a, b)),
    logcdf=lambda y, a, b: _log_share(_log_mass_between(a, y), _log_mass_between(y, b), a, b),
    sf=lambda y, a, b: pnp.exp(_log_mass_between(y, b) - _log_mass_between(a, b)),
    logsf=lambda y, a, b: _log_share(_log_mass_between(y, b), _log_mass_between(a, y), a, b),
)


def _gennorm_cdf(y: Any, beta: Any) -> Any:
    tail = 0.5 * s.gammaincc(1 / beta, pnp.abs(y) ** beta)
    return pnp.where(y < 0, tail, 1 - tail)


def _log_mass_between(a: Any, b: Any) -> Any:
    """log(Φ(b) - Φ(a)) for a < b. Both tails are taken on the left, where log Φ is accurate;
    around 0 what is outside is taken from 1.
    """
    right = a > 0
    low, high = pnp.where(right, -b, a), pnp.where(right, -a, b)
    one_side = high <= 0
    top, bottom = s.log_ndtr(pnp.where(one_side, high, 0.0)), s.log_ndtr(low)
    less = pnp.where(one_side, bottom - top, -1.0)
    tail = top + pnp.log(-pnp.expm1(less))
    around = pnp.log1p(-s.ndtr(low) - s.ndtr(-pnp.where(one_side, 1.0, high)))
    return pnp.where(one_side, tail, around)


def _log_share(part: Any, rest: Any, a: Any, b: Any) -> Any:
    """The logarithm of a part of the mass between a and b, from the rest where that is small."""
    whole = _log_mass_between(a, b)
    log, other = part - whole, rest - whole
    near = log > -0.1
    return pnp.where(near, pnp.log1p(-pnp.exp(pnp.where(near, other, -1.0))), log)
