"""Samples of distributions of counts: Poisson, binomial, multinomial, geometric.

Acceptance is decided in float64 by Stirling's series, so that large parameters keep their digits;
the random numbers are those that JAX draws.
"""

from __future__ import annotations

import math
from typing import Any

from .. import numpy as pnp
from ..api import stop_gradient
from ..api.loops import scan, while_loop
from ..errors import ShapeError
from ..ir import DType, Shape, user_location, where
from ..ir.types import float32, float64
from ..numpy._core import array_of, dtype_of, shape_of
from ..ops import elementwise as e
from ..ops import promotion
from ._storage import drawn_wide
from .continuous import as_parameter, floating, uniform
from .discrete import integer_dtype
from .keys import checked_key, checked_shape, split

FEW = 10
"""The mean up to which single events are counted."""


# -- Parts -----------------------------------------------------------------------------------------


def _until_all(step: Any, key: Any, start: Any, pending: Any) -> Any:
    """`state = step(state, key)` with a new key each time, while any element is `pending(state)`.
    `step` splits the key itself and gives the next one with the state.
    """
    return while_loop(
        lambda both: pnp.any(pending(both[0])), lambda both: step(*both), (start, key)
    )[0]


def _keys(key: Any, count: int) -> Any:
    return pnp.unstack(split(key, count))


STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680)
"""B_2j / (2j (2j - 1)) (DLMF 5.11.1)."""


def _stirling_rest(k: Any) -> Any:
    """log k! - (k + 1/2) log(k + 1) + k + 1 - log(2π)/2, for k >= 0."""
    y = k + 1
    shifted = pnp.where(y < 16, 16.0, y)
    square = 1 / (shifted * shifted)
    total: Any = STIRLING[-1]
    for coefficient in STIRLING[-2::-1]:
        total = total * square + coefficient
    small = pnp.where(y < 16, y, 1.0)
    direct = e.lgamma(small) - (small - 0.5) * pnp.log(small) + small - math.log(2 * math.pi) / 2
    return pnp.where(y < 16, direct, total / shifted)


def as_counts(x: Any, dtype: DType) -> Any:
    """Counts `x` as integers of `dtype`: the largest one for those above it, -1 for NaN (for
    unsigned dtypes 0).
    """
    info = pnp.iinfo(dtype)
    limit = math.nextafter(float(info.max) + 1, 0) if info.bits > 32 else float(info.max)
    none = pnp.isnan(x)
    inside = pnp.where(none, max(-1, info.min), pnp.minimum(x, limit))
    found = pnp.astype(inside, dtype)
    return pnp.where(pnp.greater(pnp.where(none, 0.0, x), limit), info.max, found)


# -- Poisson ---------------------------------------------------------------------------------------


def poisson(key: Any, lam: Any, shape: Any = None, dtype: Any = None) -> Any:
    """Samples of the Poisson distribution of mean `lam`: integers of `dtype`, int64 if not given
    (int32 if `config.default_float` is float32).

    The result has `shape`, or that of `lam`; -1 where `lam` is negative or NaN. Knuth's product of
    uniform numbers for means below 10, else Hörmann's transformed rejection with squeeze ("The
    transformed rejection method for generating Poisson random variables", Insurance: Mathematics
    and Economics 12, 1993), both with the keys that JAX uses.

    Raises `PolyadTypeError` for what is no key or for a `dtype` that is no integer,
    `PolyadValueError` for a negative size, `ShapeError` if `lam` does not broadcast to `shape`.

    >>> from polyad import random
    >>> random.poisson(random.key(0), 4.0, (5,)).shape
    (5,)
    """
    like, wanted = checked_key(key, "poisson")[0], integer_dtype(dtype, "poisson")
    lam = stop_gradient(as_parameter(lam, like, float64))
    shape = checked_shape(shape_of(lam) if shape is None else shape, "poisson", lam)
    lam = pnp.broadcast_to(lam, shape)
    small, large = pnp.less(lam, FEW), pnp.greater(lam, 1e18)
    invalid = pnp.logical_not(pnp.greater_equal(lam, 0))
    counted = _events_before(key, pnp.where(small, pnp.maximum(lam, 0.0), 0.0), shape)
    usual = pnp.logical_or(pnp.logical_or(small, large), invalid)
    drawn = _poisson_by_rejection(key, pnp.where(usual, 1e5, lam), shape)
    found = pnp.where(small, counted, pnp.where(large, lam, drawn))
    return as_counts(pnp.where(invalid, math.nan, found), wanted)


def _events_before(key: Any, lam: Any, shape: Shape) -> Any:
    """The number of uniform numbers whose product is still above e^-`lam`."""

    def step(state: Any, key: Any) -> Any:
        count, logarithm = state
        key, subkey = _keys(key, 2)
        count = pnp.where(logarithm > -lam, count + 1, count)
        unit = pnp.astype(uniform(subkey, shape, float32), float64)
        return (count, logarithm + pnp.log(unit)), key

    start = pnp.zeros_like(lam), pnp.zeros_like(lam)
    return pnp.maximum(_until_all(step, key, start, lambda s: s[1] > -lam)[0] - 1, 0.0)


def _poisson_by_rejection(key: Any, lam: Any, shape: Shape) -> Any:
    """Hörmann's algorithm PTRS, for `lam` >= 10."""
    b = 0.931 + 2.53 * pnp.sqrt(lam)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    squeeze = 0.9277 - 3.6224 / (b - 2)

    def step(state: Any, key: Any) -> Any:
        found, accepted = state
        key, first, second = _keys(key, 3)
        u = pnp.astype(uniform(first, shape, float32), float64) - 0.5
        v = pnp.astype(uniform(second, shape, float32), float64)
        inner = 0.5 - pnp.abs(u)
        k = pnp.floor((2 * a / inner + b) * u + lam + 0.43)
        at_once = (inner >= 0.07) & (v <= squeeze)
        refused = (k < 0) | ((inner < 0.013) & (v > inner))
        height = pnp.log(v * inverse_alpha / (a / (inner * inner) + b))
        now = at_once | (~refused & (height <= _poisson_logarithm(pnp.maximum(k, 0.0), lam)))
        return (pnp.where(now, k, found), accepted | now), key

    start = pnp.full_like(lam, -1), pnp.less(lam, 0)
    return _until_all(step, key, start, lambda s: ~s[1])[0]


def _poisson_logarithm(k: Any, lam: Any) -> Any:
    """log(lam^k e^-lam / k!)."""
    beyond = k + 1 - lam
    main = beyond - k * pnp.log1p(beyond / lam)
    return main - 0.5 * pnp.log(2 * math.pi * (k + 1)) - _stirling_rest(k)


# -- Binomial --------------------------------------------------------------------------------------


@drawn_wide
def binomial(key: Any, n: Any, p: Any, shape: Any = None, dtype: Any = None) -> Any:
    """Samples of the binomial distribution, the number of successes in `n` trials of probability
    `p`: numbers of a floating `dtype`, as in JAX.

    The result has `shape`, or that to which the parameters broadcast; NaN where `n` is negative or
    `p` outside of [0, 1]. Waiting times are summed up for means up to 10, else Hörmann's
    transformed rejection ("The generation of binomial random variates", J. Stat. Comput. Simul. 46,
    1993).

    Raises as `uniform` does.

    >>> from polyad import random
    >>> random.binomial(random.key(0), 10, 0.3, (5,)).shape
    (5,)
    """
    like, wanted = checked_key(key, "binomial")[0], floating(dtype, "binomial")
    p = p if isinstance(p, float | int) else pnp.asarray(p)
    drawn_as = dtype_of(p) if dtype_of(p).is_floating else promotion.default_float()
    n, p = (stop_gradient(as_parameter(x, like, float64)) for x in (n, p))
    common = pnp.broadcast_shapes(n.shape, p.shape) if shape is None else shape
    shape = checked_shape(common, "binomial", n, p)
    n, p = pnp.floor(pnp.broadcast_to(n, shape)), pnp.broadcast_to(p, shape)
    return pnp.astype(_binomial(key, n, p, drawn_as), wanted)


def _binomial(key: Any, n: Any, p: Any, drawn_as: DType) -> Any:
    """Samples of `n` and `p` in float64, of uniform numbers `drawn_as`."""
    rare = pnp.less(p, 0.5)
    q = pnp.where(rare, p, 1 - p)
    endless = pnp.equal(n, math.inf)
    invalid = ~(pnp.greater_equal(n, 0) & pnp.greater_equal(q, 0))
    usual = invalid | endless
    q, count = pnp.where(usual, 0.01, q), pnp.where(usual, 0.0, n)
    few = count * q <= FEW
    waited = _waiting_times(key, pnp.where(few, count, 0.0), q, drawn_as)
    drawn = _binomial_by_rejection(
        key, pnp.where(few, 1e4, count), pnp.where(few, 0.5, q), drawn_as
    )
    found = pnp.where(few, waited, drawn)
    found = pnp.where(rare, found, count - found)
    certain = pnp.where(pnp.equal(p, 0), 0.0, n)
    return pnp.where(invalid, math.nan, pnp.where(endless, certain, found))


def _waiting_times(key: Any, n: Any, p: Any, drawn_as: DType) -> Any:
    """The number of geometric waiting times that fit into `n` trials."""
    logarithm = pnp.minimum(pnp.log1p(-p), -1e-300)

    def step(state: Any, key: Any) -> Any:
        count, total = state
        subkey, key = _keys(key, 2)
        unit = pnp.astype(uniform(subkey, shape_of(n), drawn_as), float64)
        count = pnp.where(total <= n, count + 1, count)
        return (count, total + pnp.ceil(pnp.log(unit) / logarithm)), key

    start = pnp.zeros_like(p), pnp.zeros_like(p)
    return _until_all(step, key, start, lambda s: s[1] <= n)[0] - 1


def _binomial_by_rejection(key: Any, n: Any, p: Any, drawn_as: DType) -> Any:
    """Hörmann's algorithm BTRS, for n p >= 10 and p <= 1/2."""
    deviation = pnp.sqrt(n * p * (1 - p))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * p
    squeeze = 0.92 - 4.2 / b
    alpha = (2.83 + 5.1 / b) * deviation

    def step(state: Any, key: Any) -> Any:
        found, accepted = state
        key, first, second = _keys(key, 3)
        u = pnp.astype(uniform(first, shape_of(n), drawn_as), float64) - 0.5
        v = pnp.astype(uniform(second, shape_of(n), drawn_as), float64)
        inner = 0.5 - pnp.abs(u)
        k = pnp.floor((2 * a / inner + b) * u + (n * p + 0.5))
        outside = (k < 0) | (k > n)
        height = pnp.log(v * alpha / (a / (inner * inner) + b))
        rise = _binomial_rise(pnp.clip(k, 0, n), n, p)
        now = ((inner >= 0.07) & (v <= squeeze)) | (~outside & (height <= rise))
        return (pnp.where(now, k, found), accepted | now), key

    start = pnp.full_like(p, -1), pnp.less(p, 0)
    return _until_all(step, key, start, lambda s: ~s[1])[0]


def _binomial_rise(k: Any, n: Any, p: Any) -> Any:
    """The logarithm of the probability of `k` over that of the mode m: by Stirling's series, the
    logarithms of k + 1 and m + 1, and of n - k + 1 and n - m + 1, in pairs.
    """
    mode = pnp.floor((n + 1) * p)
    step, rest = k - mode, n - mode
    powers = step * pnp.log(p * (n - k + 1) / ((1 - p) * (k + 1)))
    shifts = (mode + 0.5) * pnp.log1p(step / (mode + 1)) + (rest + 0.5) * pnp.log1p(
        -step / (rest + 1)
    )
    tails = _stirling_rest(mode) + _stirling_rest(rest) - _stirling_rest(k) - _stirling_rest(n - k)
    return powers - shifts + tails


@drawn_wide
def multinomial(key: Any, n: Any, p: Any, *, shape: Any = None, dtype: Any = None) -> Any:
    """Samples of the multinomial distribution: how many of `n` trials fall into each category, of
    probabilities `p` along the last axis. Numbers of a floating `dtype`, as in JAX.

    The result has `shape`, which ends with the number of categories, or that of `p`; `n` broadcasts
    to it without the last axis. One category after the other has a binomial share of what is left.

    Raises as `uniform` does, `ShapeError` for a `p` without axes.

    >>> from polyad import random
    >>> random.multinomial(random.key(0), 10, [0.2, 0.3, 0.5]).sum()
    np.float64(10.0)
    """
    like, wanted = checked_key(key, "multinomial")[0], floating(dtype, "multinomial")
    p = pnp.asarray(p)
    drawn_as = dtype_of(p) if dtype_of(p).is_floating else promotion.default_float()
    n, p = (stop_gradient(as_parameter(x, like, float64)) for x in (n, p))
    if not p.shape:
        raise ShapeError(
            f"multinomial: p has the categories along its last axis, and has none"
            f"{where(user_location())}"
        )
    shape = checked_shape(p.shape if shape is None else shape, "multinomial", p)
    checked_shape(shape[:-1], "multinomial", n)
    shares = pnp.moveaxis(pnp.broadcast_to(p, shape), -1, 0)
    left = pnp.flip(pnp.cumulative_sum(pnp.flip(shares, axis=0), axis=0), axis=0)
    ratios = pnp.clip(shares / pnp.where(pnp.equal(left, 0), 1.0, left), 0.0, 1.0)

    def step(rest: Any, x: Any) -> Any:
        ratio, subkey = x
        count = _binomial(subkey, rest, ratio, drawn_as)
        return rest - count, count

    start = pnp.floor(pnp.broadcast_to(n, shape[:-1]))
    _, counts = scan(step, start, (ratios, split(key, shape[-1])))
    return pnp.astype(pnp.moveaxis(counts, 0, -1), wanted)


# -- Geometric -------------------------------------------------------------------------------------


def geometric(key: Any, p: Any, shape: Any = None, dtype: Any = None) -> Any:
    """Samples of the geometric distribution, the number of trials of probability `p` up to the
    first success, 1 or more: integers of `dtype`, int64 if not given.

    The result has `shape`, or that of `p`; -1 where `p` is outside of [0, 1]. Raises as `poisson`
    does, `PolyadTypeError` for a complex `p`.

    >>> from polyad import random
    >>> random.geometric(random.key(0), 0.3, (5,)).shape
    (5,)
    """
    like, wanted = checked_key(key, "geometric")[0], integer_dtype(dtype, "geometric")
    given = dtype_of(array_of(p))
    drawn_as = given if given.is_floating else promotion.default_float()
    p = stop_gradient(as_parameter(p, like, drawn_as))
    shape = checked_shape(shape_of(p) if shape is None else shape, "geometric", p)
    unit = uniform(key, shape, drawn_as)
    unit = pnp.where(pnp.equal(unit, 0), 1, unit)
    inside = pnp.greater(p, 0) & pnp.less(p, 1)
    waited = pnp.floor(pnp.log(unit) / pnp.log1p(-pnp.where(inside, p, 0.5))) + 1
    at_end = pnp.where(pnp.equal(p, 1), 1.0, pnp.where(pnp.equal(p, 0), math.inf, math.nan))
    return as_counts(pnp.where(inside, waited, at_end), wanted)
