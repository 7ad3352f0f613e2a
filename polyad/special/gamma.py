"""The gamma and beta functions, their logarithms, derivatives and incomplete forms; zeta."""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import Any

from .. import numpy as pnp
from ..api import stop_gradient
from ..caches import remembered
from ..errors import PolyadValueError
from ..ir import user_location, where
from ..numpy._core import beside_arrays, dtype_of, promoted
from ..numpy._storage import computed_wide
from ..ops import beta as bt
from ..ops import elementwise as e
from ..ops import gammas as g
from ..ops import special as sp
from ._core import given, given_real, given_whole, order, real


def gammaln(x: Any, /) -> Any:
    """log|Γ(x)| of a real array; integers are converted to the default floating dtype.

    >>> gammaln(5.0)
    np.float64(3.1780538303479458)
    """
    return e.lgamma(x)


@beside_arrays
def digamma(x: Any, /) -> Any:
    """The derivative of log Γ(x), for a real or complex array.

    >>> digamma(1.0)
    np.float64(-0.5772156649015329)
    """
    x = given(x)
    return g.psi(x) if dtype_of(x).is_complex else e.digamma(x)


@beside_arrays
def loggamma(z: Any, /) -> Any:
    """The principal branch of log Γ(z), for a real or complex array: analytic off the negative real
    axis, NaN for negative real numbers.

    >>> loggamma(5.0)
    np.float64(3.1780538303479458)
    """
    return g.loggamma(given(z))


def polygamma(n: Any, x: Any, /) -> Any:
    """The derivative of order `n` of digamma, for integers `n` >= 0, or an array of them, and a
    real array; NaN for a negative order in an array. An array of orders, traced or not, is
    (-1)ⁿ⁺¹ n! ζ(n + 1, x) (DLMF 25.11.12).

    Raises `PolyadTypeError` if `n` is no integers, `PolyadValueError` for a negative `int`.

    >>> polygamma(1, 1.0).round(12)
    np.float64(1.644934066848)
    """
    if type(n) is int:
        n = order(n, "polygamma")
        return e.polygamma(x, order=n) if n else e.digamma(x)
    return _polygamma_of_orders(n, x)


@computed_wide
@beside_arrays
def _polygamma_of_orders(n: Any, x: Any) -> Any:
    n, x = given_whole(n, "polygamma: n"), real(x, "polygamma: x")
    above = pnp.astype(pnp.maximum(n, 1), dtype_of(x))
    sign = 2.0 * pnp.remainder(above, 2.0) - 1.0
    found = sign * sp.gamma(above + 1.0) * sp.zeta(above + 1.0, x)
    found = pnp.where(pnp.equal(n, 0), e.digamma(x), found)
    return pnp.astype(pnp.where(pnp.less(n, 0), math.nan, found), dtype_of(x))


psi = digamma


@computed_wide
@beside_arrays
def gamma(x: Any, /) -> Any:
    """Γ(x) of a real or complex array: NaN at negative integers. Of complex numbers it is the
    exponential of `loggamma`, so a result of 1e±300 has 13 digits.

    >>> gamma(5.0)
    np.float64(24.0)
    """
    x = given(x)
    if not dtype_of(x).is_complex:
        return sp.gamma(x)
    pole = (pnp.imag(x) == 0) & (pnp.real(x) <= 0) & (pnp.real(x) == pnp.floor(pnp.real(x)))
    found = pnp.exp(g.loggamma(pnp.where(pole, 1.0, x)))
    return pnp.where(pole, complex(math.nan, math.nan), pnp.astype(found, dtype_of(x)))


@computed_wide
@beside_arrays
def gammasgn(x: Any, /) -> Any:
    """The sign of Γ(x): NaN at its poles, ±1 by the sign of x at ±0.

    >>> gammasgn(-0.5)
    np.float64(-1.0)
    """
    x = real(x, "gammasgn")
    below = pnp.floor(x)
    sign = 1.0 - 2.0 * pnp.remainder(below, 2.0)
    sign = pnp.where(x > 0, 1.0, pnp.where(x == 0, pnp.copysign(1.0, x), sign))
    sign = pnp.where((x == below) & (x < 0), math.nan, sign)
    return pnp.astype(pnp.where(pnp.isnan(x), x, sign), dtype_of(x))


@computed_wide
@beside_arrays
def rgamma(x: Any, /) -> Any:
    """1 / Γ(x), 0 at the poles of Γ, with the derivatives of an entire function: there it is
    Γ(1 - x) sin(πx) / π.

    >>> rgamma(3.0)
    np.float64(0.5)
    """
    x = real(x, "rgamma")
    reflected = (x < 0.5) & (x > LEAST_REFLECTED[dtype_of(x).bits])
    y = pnp.where(reflected, x, 0.5)
    near = pnp.round(y)
    sine = pnp.sin((y - near) * math.pi) * (1.0 - 2.0 * pnp.remainder(near, 2.0))
    by_reflection = sine / math.pi * sp.gamma(1.0 - y)
    pole = (x <= 0) & (x == pnp.floor(x))
    direct = pnp.where(pole, 0.0, sp.rgamma(pnp.where(pole | reflected, 1.0, x)))
    return pnp.where(reflected, by_reflection, direct)


LEAST_REFLECTED = {64: -160.0, 32: -30.0}
"""By the bits of a dtype: from there on Γ(1 - x) and its derivatives are finite."""


@beside_arrays
def multigammaln(a: Any, d: int, /) -> Any:
    """log Γ_d(a), of the multivariate gamma function: log π·d(d-1)/4 + Σ_j log Γ(a - j/2), j < d.

    Raises `PolyadTypeError` or `PolyadValueError` unless `d` is a Python integer of 1 or more;
    where a <= (d - 1)/2, which SciPy refuses, the result is NaN.

    >>> multigammaln(2.0, 1)
    np.float64(0.0)
    """
    if order(d, "multigammaln") < 1:
        raise PolyadValueError(f"multigammaln: d is 1 or more, not {d}{where(user_location())}")
    a = real(a, "multigammaln")
    terms = [e.lgamma(a - 0.5 * j) for j in range(d)]
    total = functools.reduce(e.add, terms) + math.log(math.pi) * (d * (d - 1) / 4)
    return pnp.where(a > 0.5 * (d - 1), total, math.nan)


@computed_wide
@beside_arrays
def poch(z: Any, m: Any, /) -> Any:
    """Pochhammer's symbol (z)_m = Γ(z + m) / Γ(z) of real arrays (DLMF 5.2.5). For a Python number
    m that is a whole one of at most 32 it is the product z (z + 1) … (z + m - 1), or one over
    (z - 1) … (z - |m|). Where z and z + m are poles of Γ it is the limit for that m, and the
    derivative by m is NaN.

    >>> poch(3.0, 2)
    np.float64(12.0)
    """
    if type(m) in (int, float) and int(m) == m and abs(m) <= LONGEST_PRODUCT:
        z = real(z, "poch")
        factors = range(int(m)) if m >= 0 else range(-1, int(m) - 1, -1)
        product = functools.reduce(e.multiply, [z + float(k) for k in factors], pnp.ones_like(z))
        return product if m >= 0 else 1.0 / product
    z, m = (real(x, "poch") for x in promoted([z, m]))
    top = z + m
    left = (m == pnp.floor(m)) & (z < 1) & (top < 1)
    below, above = _is_pole(z), _is_pole(top)
    limit = LARGEST_ARGUMENT[dtype_of(z).bits]
    moderate = (abs(z) < limit) & (abs(top) < limit)
    near = sp.gamma(pnp.where(above | ~moderate, 1.0, top)) * rgamma(pnp.where(moderate, z, 1.0))
    sign = gammasgn(pnp.where(above, 1.0, top)) * gammasgn(pnp.where(below, 1.0, z))
    far = sign * pnp.exp(_log_poch(pnp.where(moderate | left, 1.0, z), pnp.where(left, 0.0, m)))
    found = pnp.where(above, math.inf, pnp.where(moderate, near, far))
    return pnp.where(left, _poch_left(pnp.where(left, z, 0.0), pnp.where(left, m, 0.0)), found)


LONGEST_PRODUCT = 32
LARGEST_ARGUMENT = {64: 100.0, 32: 20.0}
"""By the bits of a dtype: up to there Γ(z + m) and 1/Γ(z) are multiplied."""


def _is_pole(x: Any) -> Any:
    return (x <= 0) & (x == pnp.floor(x))


def _log_poch(z: Any, m: Any) -> Any:
    """log|Γ(z + m)/Γ(z)|: where both arguments are large, from Stirling's series (DLMF 5.11.1),
    whose large terms have been subtracted: (z - 1/2) log(1 + m/z) + m log(z + m) - m.
    """
    large = (z > LEAST_OF_STIRLING) & (z + m > LEAST_OF_STIRLING)
    at = pnp.where(large, z, 2 * LEAST_OF_STIRLING)
    by = pnp.where(large, m, 0.0)
    top = at + by
    found = (
        (at - 0.5) * pnp.log1p(by / at) + by * pnp.log(top) - by + _stirling(top) - _stirling(at)
    )
    return pnp.where(large, found, e.lgamma(z + m) - e.lgamma(z))


LEAST_OF_STIRLING = 20.0


def _stirling(z: Any) -> Any:
    """log Γ(z) - (z - 1/2) log z + z - log(2π)/2."""
    square = 1.0 / (z * z)
    terms = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188)
    return functools.reduce(lambda total, c: total * square + c, terms[::-1], 0.0 * z) / z


def _poch_left(z: Any, m: Any) -> Any:
    """(z)_m of a whole m, for z and z + m less than 1, by reflection (DLMF 5.5.3):
    Γ(1 - z)/Γ(1 - z - m) sin(πz)/sin(π(z + m)), of which the sines are 1/(cos πm + cot πz sin πm).
    """
    off = m - stop_gradient(m)  # 0, with derivatives
    turn = (z - pnp.round(z)) * math.pi
    cot = pnp.cos(turn) / pnp.where(turn == 0, 1.0, pnp.sin(turn))
    sines = 1.0 / (pnp.cos(math.pi * off) + cot * pnp.sin(math.pi * off))
    # At whole z it is another value for m that is not whole: no derivative, which is NaN here.
    broken = pnp.where(turn == 0, pnp.sqrt(off * off), 0.0)
    sign = 1.0 - 2.0 * pnp.remainder(stop_gradient(m), 2.0)
    return sign * pnp.exp(e.lgamma(1.0 - z) - e.lgamma(1.0 - z - m)) * sines + broken


@computed_wide
@beside_arrays
def factorial(n: Any, exact: bool = False) -> Any:
    """n! = Γ(n + 1), and 0 for negative n. With `exact`, of a Python integer, as one.

    >>> factorial(4)
    np.float64(24.0)
    """
    if exact:
        return math.factorial(order(n, "factorial"))
    n = real(n, "factorial")
    return pnp.where(n < 0, 0.0, sp.gamma(pnp.where(n < 0, 0.0, n) + 1.0))


@computed_wide
@beside_arrays
def comb(N: Any, k: Any, *, exact: bool = False, repetition: bool = False) -> Any:
    """The number of ways to choose k of N things, of real numbers `binom`; 0 where k > N or either
    is negative. With `repetition`, of N + k - 1. With `exact`, a Python integer.

    >>> comb(5, 2).round(12)
    np.float64(10.0)
    """
    if exact:
        order(N, "comb"), order(k, "comb")
        return math.comb(N + k - 1 if repetition and k else N, k)
    N, k = (real(x, "comb") for x in promoted([N, k]))
    if repetition:
        return comb(pnp.where(k == 0, N, N + k - 1.0), k)
    valid = (k >= 0) & (N >= 0) & (k <= N)
    N, k = pnp.where(valid, N, 0.0), pnp.where(valid, k, 0.0)
    whole = (pnp.floor(N) == N) & (k == pnp.floor(k))
    found: Any = bt.binom(N, k)
    exactly = stop_gradient(pnp.where(whole & (found < 2.0**52), pnp.round(found) - found, 0.0))
    return pnp.where(valid, found + exactly, 0.0)


@computed_wide
@beside_arrays
def binom(x: Any, y: Any, /) -> Any:
    """The binomial coefficient Γ(x + 1)/(Γ(y + 1) Γ(x - y + 1)) of real numbers.

    >>> binom(5.0, 2.0)
    np.float64(10.0)
    """
    x, y = promoted([given_real(x, "binom: x"), given_real(y, "binom: y")])
    rest = x - y
    below, aside = _is_pole(y + 1.0), _is_pole(rest + 1.0)
    zero = (below | aside) & ~_is_pole(x + 1.0)
    found = bt.binom(pnp.where(zero, 1.0, x), pnp.where(zero, 0.5, y))
    one, other = pnp.where(below, rest, y), pnp.where(below, y, rest)
    top = pnp.where(zero, x, 0.0) + 1.0
    other = rgamma(pnp.where(zero, other, 0.0) + 1.0)
    at_zero = _ratio_of_gammas(top, pnp.where(zero, one, 0.0) + 1.0) * other
    return pnp.where(zero, at_zero, found)


def _ratio_of_gammas(x: Any, y: Any) -> Any:
    """Γ(x)/Γ(y), off the poles."""
    return gammasgn(x) * gammasgn(y) * pnp.exp(e.lgamma(x) - e.lgamma(y))


# -- Beta ------------------------------------------------------------------------------------------


@computed_wide
@beside_arrays
def betaln(a: Any, b: Any, /) -> Any:
    """log|B(a, b)| of real arrays.

    >>> betaln(1.0, 1.0)
    np.float64(0.0)
    """
    a, b = promoted([given_real(a, "betaln: a"), given_real(b, "betaln: b")])
    return bt.log_beta(a, b)


@computed_wide
@beside_arrays
def beta(a: Any, b: Any, /) -> Any:
    """B(a, b) = Γ(a) Γ(b) / Γ(a + b).

    >>> beta(2.0, 2.0).round(12)
    np.float64(0.166666666667)
    """
    a, b = promoted([given_real(a, "beta: a"), given_real(b, "beta: b")])
    return bt.beta(a, b)


def betainc(a: Any, b: Any, x: Any, /) -> Any:
    """The regularized incomplete beta function I_x(a, b), the integral of the beta distribution's
    density; differentiable in all three (by a and b through the continued fraction, DLMF 8.17.22).

    >>> betainc(1.0, 1.0, 0.25)
    np.float64(0.25)
    """
    return sp.betainc(a, b, x)


def betaincc(a: Any, b: Any, x: Any, /) -> Any:
    """1 - I_x(a, b), without the cancellation. See `betainc`.

    >>> betaincc(1.0, 1.0, 0.25)
    np.float64(0.75)
    """
    return g.betaincc(a, b, x)


def betaincinv(a: Any, b: Any, y: Any, /) -> Any:
    """The x with I_x(a, b) = y: the quantiles of the beta distribution; differentiable in all
    three.

    >>> betaincinv(1.0, 1.0, 0.25)
    np.float64(0.25)
    """
    return g.betaincinv(a, b, y)


# -- Incomplete gamma ------------------------------------------------------------------------------


def gammainc(a: Any, x: Any, /) -> Any:
    """The regularized lower incomplete gamma function P(a, x); differentiable in both (by a through
    its series, DLMF 8.11.4, and its continued fraction, 8.9.2).

    >>> gammainc(1.0, 1.0).round(12)
    np.float64(0.632120558829)
    """
    return sp.gammainc(a, x)


def gammaincc(a: Any, x: Any, /) -> Any:
    """1 - P(a, x), without the cancellation. See `gammainc`.

    >>> gammaincc(1.0, 1.0).round(12)
    np.float64(0.367879441171)
    """
    return sp.gammaincc(a, x)


def gammaincinv(a: Any, y: Any, /) -> Any:
    """The x with P(a, x) = y: the quantiles of the gamma distribution; differentiable in both.

    >>> gammaincinv(1.0, 0.5).round(12)
    np.float64(0.69314718056)
    """
    return g.gammaincinv(a, y)


def gammainccinv(a: Any, y: Any, /) -> Any:
    """The x with 1 - P(a, x) = y. See `gammaincinv`.

    >>> gammainccinv(1.0, 0.5).round(12)
    np.float64(0.69314718056)
    """
    return g.gammainccinv(a, y)


# -- Zeta ------------------------------------------------------------------------------------------


@computed_wide
@beside_arrays
def zeta(x: Any, q: Any = None, /) -> Any:
    """Hurwitz's zeta function Σ_{k≥0} (q + k)^-x for x > 1; Riemann's, for all real x, if `q` is
    not given.

    >>> zeta(2.0, 1.0).round(12)
    np.float64(1.644934066848)
    """
    if q is not None:
        return sp.zeta(given(x), given(q))
    x = real(x, "zeta")
    return _riemann(x, 0.0, lambda x: g.zetac(x) + 1.0)


@computed_wide
@beside_arrays
def zetac(x: Any, /) -> Any:
    """Riemann's ζ(x) - 1 of a real array; for x < -1 by the reflection formula (DLMF 25.4.1).

    >>> zetac(2.0).round(12)
    np.float64(0.644934066848)
    """
    return _riemann(real(x, "zetac"), 1.0, g.zetac)


def _riemann(x: Any, less: float, direct: Any) -> Any:
    """ζ(x) - `less`: `direct`, and for x < -1 2 (2π)^-s Γ(s) ζ(s) sin(πx/2) of s = 1 - x."""
    low = x < -1
    at = pnp.where(low, x, -2.0)
    s, twos = 1.0 - at, pnp.round(at * 0.5)
    sine = pnp.sin((at - twos * 2.0) * (math.pi / 2)) * (1.0 - 2.0 * pnp.remainder(twos, 2.0))
    scale = pnp.exp(s * -math.log(2 * math.pi) + e.lgamma(s)) * sp.zeta(s, 1.0)
    return pnp.where(low, 2.0 * scale * sine - less, direct(pnp.where(low, 2.0, x)))


@remembered
def _bernoulli(n: int) -> tuple[float, ...]:
    """B_0 … B_n: Σ_{k<=m} binom(m + 1, k) B_k = 0 (DLMF 24.5.3), in exact fractions."""
    found = [Fraction(1)]
    for m in range(1, n + 1):
        total = sum((math.comb(m + 1, k) * b for k, b in enumerate(found)), Fraction(0))
        found.append(-total / (m + 1))
    return tuple(map(float, found))


def bernoulli(n: int) -> Any:
    """The Bernoulli numbers B_0 … B_n, of which B_1 = -1/2.

    Raises `PolyadTypeError` if `n` is no Python integer, `PolyadValueError` if it is negative.

    >>> bernoulli(2)
    array([ 1.        , -0.5       ,  0.16666667])
    """
    return pnp.asarray(list(_bernoulli(order(n, "bernoulli"))))
