"""Distribution functions of the gamma, beta, Poisson, binomial, χ² and F distributions, made of the
incomplete gamma and beta functions.

They are differentiable in all arguments but counts, which are rounded down.
"""

from __future__ import annotations

import math
from typing import Any

from .. import numpy as pnp
from ..numpy._core import beside_arrays, promoted
from ..numpy._storage import computed_wide
from ..ops import gammas as g
from ..ops import special as sp
from ._core import given_real, real


def _given(what: str, **arguments: Any) -> list[Any]:
    """The arguments as floating arrays of one dtype."""
    found = promoted([given_real(x, f"{what}: {name}") for name, x in arguments.items()])
    return [real(x, what) for x in found]


def _count(k: Any) -> Any:
    """k rounded down; NaN where it is negative."""
    return pnp.where(k < 0, math.nan, pnp.floor(k))


def _binomial(what: str, k: Any, n: Any, p: Any, tail: Any, all_of_them: float) -> Any:
    k, n, p = _given(what, k=k, n=n, p=p)
    k = _count(k)
    every = k == n
    found = tail(pnp.where(every, 0.0, k) + 1.0, pnp.where(every, 1.0, n - k), p)
    return pnp.where(every, all_of_them, found)


# -- Gamma, χ², Poisson ----------------------------------------------------------------------------


@computed_wide
@beside_arrays
def gdtr(a: Any, b: Any, x: Any, /) -> Any:
    """P(X <= x) of a gamma distribution of rate a and shape b.

    >>> gdtr(1.0, 1.0, 1.0).round(12)
    np.float64(0.632120558829)
    """
    a, b, x = _given("gdtr", a=a, b=b, x=x)
    return sp.gammainc(b, a * x)


@computed_wide
@beside_arrays
def gdtrc(a: Any, b: Any, x: Any, /) -> Any:
    """P(X > x) of a gamma distribution of rate a and shape b.

    >>> gdtrc(1.0, 1.0, 1.0).round(12)
    np.float64(0.367879441171)
    """
    a, b, x = _given("gdtrc", a=a, b=b, x=x)
    return sp.gammaincc(b, a * x)


@computed_wide
@beside_arrays
def chdtr(v: Any, x: Any, /) -> Any:
    """P(X <= x) of a χ² distribution with v degrees of freedom; NaN for negative x.

    >>> chdtr(2.0, 2.0).round(12)
    np.float64(0.632120558829)
    """
    v, x = _given("chdtr", v=v, x=x)
    return sp.gammainc(v * 0.5, x * 0.5)


@computed_wide
@beside_arrays
def chdtrc(v: Any, x: Any, /) -> Any:
    """P(X > x) of a χ² distribution with v degrees of freedom; NaN for negative x.

    >>> chdtrc(2.0, 2.0).round(12)
    np.float64(0.367879441171)
    """
    v, x = _given("chdtrc", v=v, x=x)
    return sp.gammaincc(v * 0.5, x * 0.5)


@computed_wide
@beside_arrays
def chdtri(v: Any, p: Any, /) -> Any:
    """The x with `chdtrc(v, x)` = p.

    >>> chdtri(2.0, 0.5).round(12)
    np.float64(1.38629436112)
    """
    v, p = _given("chdtri", v=v, p=p)
    return g.gammainccinv(v * 0.5, p) * 2.0


@computed_wide
@beside_arrays
def pdtr(k: Any, m: Any, /) -> Any:
    """P(X <= k) of a Poisson distribution of mean m.

    >>> pdtr(0.0, 1.0).round(12)
    np.float64(0.367879441171)
    """
    k, m = _given("pdtr", k=k, m=m)
    return sp.gammaincc(_count(k) + 1.0, m)


@computed_wide
@beside_arrays
def pdtrc(k: Any, m: Any, /) -> Any:
    """P(X > k) of a Poisson distribution of mean m.

    >>> pdtrc(0.0, 1.0).round(12)
    np.float64(0.632120558829)
    """
    k, m = _given("pdtrc", k=k, m=m)
    return sp.gammainc(_count(k) + 1.0, m)


# -- Beta, F, binomial -----------------------------------------------------------------------------


@computed_wide
@beside_arrays
def fdtr(dfn: Any, dfd: Any, x: Any, /) -> Any:
    """P(X <= x) of an F distribution with dfn and dfd degrees of freedom.

    >>> fdtr(2.0, 2.0, 1.0).round(12)
    np.float64(0.5)
    """
    dfn, dfd, x = _given("fdtr", dfn=dfn, dfd=dfd, x=x)
    return sp.betainc(dfn * 0.5, dfd * 0.5, dfn * x / (dfd + dfn * x))


@computed_wide
@beside_arrays
def fdtrc(dfn: Any, dfd: Any, x: Any, /) -> Any:
    """P(X > x) of an F distribution with dfn and dfd degrees of freedom.

    >>> fdtrc(2.0, 2.0, 1.0).round(12)
    np.float64(0.5)
    """
    dfn, dfd, x = _given("fdtrc", dfn=dfn, dfd=dfd, x=x)
    return sp.betainc(dfd * 0.5, dfn * 0.5, dfd / (dfd + dfn * x))


@computed_wide
@beside_arrays
def bdtr(k: Any, n: Any, p: Any, /) -> Any:
    """P(X <= k) of a binomial distribution of n trials of probability p, for k <= n.

    >>> bdtr(0.0, 1.0, 0.25)
    np.float64(0.75)
    """
    return _binomial("bdtr", k, n, p, g.betaincc, 1.0)


@computed_wide
@beside_arrays
def bdtrc(k: Any, n: Any, p: Any, /) -> Any:
    """P(X > k) of a binomial distribution of n trials of probability p, for k <= n.

    >>> bdtrc(0.0, 1.0, 0.25)
    np.float64(0.25)
    """
    return _binomial("bdtrc", k, n, p, sp.betainc, 0.0)


@computed_wide
@beside_arrays
def nbdtr(k: Any, n: Any, p: Any, /) -> Any:
    """P(at most k failures before n successes) of trials of probability p.

    >>> nbdtr(0.0, 1.0, 0.25)
    np.float64(0.25)
    """
    k, n, p = _given("nbdtr", k=k, n=n, p=p)
    return sp.betainc(n, _count(k) + 1.0, p)


@computed_wide
@beside_arrays
def nbdtrc(k: Any, n: Any, p: Any, /) -> Any:
    """P(more than k failures before n successes) of trials of probability p.

    >>> nbdtrc(0.0, 1.0, 0.25)
    np.float64(0.75)
    """
    k, n, p = _given("nbdtrc", k=k, n=n, p=p)
    return g.betaincc(n, _count(k) + 1.0, p)
