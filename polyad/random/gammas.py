"""Samples of the gamma distribution, and of those that are made of it.

They are differentiable in their parameters by implicit reparametrisation: a sample x moves with a
parameter a such that its probability P(a, x) stays, so dx/da = -(∂P/∂a) / (∂P/∂x) (Figurnov,
Mohamed, Mnih, "Implicit reparameterization gradients", NeurIPS 2018).
"""

from __future__ import annotations

import math
from typing import Any

from .. import numpy as pnp
from ..api import custom_jvp, stop_gradient
from ..api.loops import while_loop
from ..errors import ShapeError
from ..ir import Shape, user_location, where
from ..ir.types import float64
from ..numpy._core import dtype_of, shape_of
from ..ops import elementwise as e
from ..ops import gammas
from ..ops import manipulation as m
from ..ops import special as sp
from ..special import log_softmax
from ._storage import drawn_wide
from .continuous import as_parameter, exponential, floating, normal, one_normal, one_unit
from .discrete import rademacher
from .keys import Words, checked_key, checked_shape, split, split_each, split_words

# -- The rejection method --------------------------------------------------------------------------


def _accepted(words: Words, a: Any) -> Any:
    """v³ of the first normal deviate that is accepted: (a - 1/3) v³ has the gamma distribution for
    a >= 1. Each element draws from a key of its own.

    Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26, 2000; keys
    are split as JAX does, for the same numbers.
    """
    d = a - 1 / 3
    slope = (1 / 3) / pnp.sqrt(d)

    def step(state: Any) -> Any:
        (high, low), cube, done = state
        key, for_deviate, for_unit = split_each((high, low), 3)
        deviate, v = _positive(for_deviate, slope)
        square, trial = deviate * deviate, v * v * v
        unit = one_unit(for_unit, dtype_of(a))
        refused = pnp.logical_and(
            unit >= 1 - 0.0331 * (square * square),
            pnp.log(unit) >= square * 0.5 + d * (1 - trial + pnp.log(trial)),
        )
        found = pnp.where(done, cube, trial)
        return key, found, pnp.logical_or(done, pnp.logical_not(refused))

    start = words, pnp.ones_like(a), pnp.less(a, -math.inf)
    return while_loop(lambda state: pnp.any(pnp.logical_not(state[2])), step, start)[1]


def _positive(words: Words, slope: Any) -> tuple[Any, Any]:
    """Normal deviates x with v = 1 + x·`slope` > 0, and v."""

    def step(state: Any) -> Any:
        words, x, v = state
        key, subkey = split_each(words, 2)
        drawn = one_normal(subkey, dtype_of(slope))
        again = pnp.less_equal(v, 0)
        x = pnp.where(again, drawn, x)
        return key, x, pnp.where(again, drawn * slope + 1, v)

    start = words, pnp.zeros_like(slope), pnp.full_like(slope, -1)
    return while_loop(lambda state: pnp.any(pnp.less_equal(state[2], 0)), step, start)[1:]


def _samples(what: str, key: Any, a: Any, shape: Any, dtype: Any, in_logarithm: bool) -> Any:
    words = checked_key(key, what)
    wanted = floating(dtype, what)
    a = as_parameter(a, words[0], wanted)
    shape = checked_shape(shape_of(a) if shape is None else shape, what, a)
    size = math.prod(shape)
    high, low = (m.reshape(x, shape=(size, 1)) for x in split_words(words, size))
    broad = pnp.broadcast_to(a, shape)
    flat = m.reshape(stop_gradient(broad), shape=(size, 1))
    drawn = m.reshape(_drawn((high, low), flat, in_logarithm), shape=shape)
    return (log_sample if in_logarithm else sample)(broad, drawn)


def _drawn(words: Words, a: Any, in_logarithm: bool) -> Any:
    """Samples for `a`, of shape (n, 1), of n keys. Below 1, a sample of a + 1 is scaled by
    u^(1/a) for a uniform u; a negative `a` has none, and gives NaN.
    """
    key, for_boost = split_each(words, 2)
    large = pnp.greater_equal(a, 1)
    raised = pnp.where(large, a, a + 1)
    cube = _accepted(key, pnp.where(pnp.less(a, 0), math.nan, raised))
    unit, inverse = one_unit(for_boost, dtype_of(a)), 1 / pnp.where(large, 1, a)
    if in_logarithm:
        exponent = pnp.log1p(-unit)
        boost = pnp.where(pnp.logical_or(large, pnp.equal(exponent, 0)), 0, exponent * inverse)
        return pnp.log(raised - 1 / 3) + pnp.log(cube) + boost
    return (raised - 1 / 3) * cube * pnp.where(large, 1, pnp.power(1 - unit, inverse))


# -- Derivatives by the parameter ------------------------------------------------------------------

FAR = 1e5
"""From there on the density has too few digits, and an expansion of the quantile has enough."""
NEAR = -40.0
"""The logarithm of samples below which P(a, x) = x^a/Γ(a + 1) to rounding."""


def quantile(a: Any, z: Any) -> Any:
    """The sample of the probability Φ(z), for large `a`: Cornish and Fisher's expansion of χ²/2
    (Abramowitz and Stegun 26.2.49, 26.4; Fisher and Cornish, "The percentile points of
    distributions having known cumulants", Technometrics 2, 1960).
    """
    root, square = pnp.sqrt(a), z * z
    terms = (
        (square - 1) / 3
        + z * (square - 7) / (36 * root)
        - ((3 * square + 7) * square - 16) / (810 * a)
        + z * ((9 * square + 256) * square - 433) / (38880 * a * root)
    )
    return a + root * z + terms


def quantile_slope(a: Any, z: Any) -> Any:
    """∂/∂a of `quantile` at one z."""
    root, square = pnp.sqrt(a), z * z
    return (
        1
        + z / (2 * root)
        - z * (square - 7) / (72 * a * root)
        + ((3 * square + 7) * square - 16) / (810 * a * a)
        - z * ((9 * square + 256) * square - 433) / (25920 * a * a * root)
    )


def _far_slope(a: Any, x: Any) -> Any:
    """dx/da for large `a`, z being found by Newton's method with the slope √a."""
    z = (x - a) / pnp.sqrt(a)
    for _ in range(6):
        z = z - (quantile(a, z) - x) / (pnp.sqrt(a) + 2 * z / 3)
    return quantile_slope(a, z)


def _relative_slope(a: Any, log_x: Any) -> Any:
    """d log x/da of a sample x, in float64."""
    given = dtype_of(a)
    a, log_x = pnp.astype(a, float64), pnp.astype(log_x, float64)
    far, near = a > FAR, log_x < NEAR
    safe_a = pnp.where(far, FAR, a)
    small = (e.digamma(safe_a + 1) - log_x) / safe_a
    x = pnp.exp(pnp.where(near, 0.0, pnp.where(far, math.log(FAR), log_x)))
    rise = sp.gammainc_derivative(pnp.where(near, 1.0, safe_a), x, order=1)
    plain = -gammas.gamma_quantile_slope(pnp.where(near, 1.0, safe_a), x) * rise / x
    far_a = pnp.where(far, a, FAR)
    far_x = pnp.exp(pnp.where(far, log_x, math.log(FAR)))
    expanded = _far_slope(far_a, far_x) / far_x
    return pnp.astype(pnp.where(far, expanded, pnp.where(near, small, plain)), given)


@custom_jvp
def log_sample(a: Any, drawn: Any) -> Any:
    """The logarithm `drawn` of a sample of parameter `a`, as a function of `a`."""
    return drawn + 0 * a


@log_sample.defjvp
def log_sample_jvp(primals: Any, tangents: Any) -> Any:
    """By the implicit derivative at the sample."""
    a, _ = primals
    y = log_sample(*primals)
    return y, _relative_slope(a, y) * tangents[0]


@custom_jvp
def sample(a: Any, drawn: Any) -> Any:
    """The sample `drawn` of parameter `a`, as a function of `a`."""
    return drawn + 0 * a


@sample.defjvp
def sample_jvp(primals: Any, tangents: Any) -> Any:
    """By the implicit derivative at the sample; 0 where the sample is 0 by underflow."""
    a, _ = primals
    y = sample(*primals)
    none = pnp.equal(y, 0)
    slope = y * _relative_slope(a, pnp.log(pnp.where(none, 1, y)))
    return y, pnp.where(none, 0, slope) * tangents[0]


# -- Distributions ---------------------------------------------------------------------------------


@drawn_wide
def gamma(key: Any, a: Any, shape: Any = None, dtype: Any = None) -> Any:
    """Samples of the gamma distribution of shape parameter `a` and scale 1: density
    x^(a-1) e^-x / Γ(a). Differentiable in `a`, to any order.

    The result has `shape`, or that of `a`; NaN where `a` is negative. Raises as `uniform` does.

    >>> from polyad import random
    >>> random.gamma(random.key(0), 3.0, (2,), "float32")
    array([2.5691018, 2.784202 ], dtype=float32)
    """
    return _samples("gamma", key, a, shape, dtype, in_logarithm=False)


@drawn_wide
def loggamma(key: Any, a: Any, shape: Any = None, dtype: Any = None) -> Any:
    """Logarithms of samples of the gamma distribution, where those of a small `a` would be 0.
    Differentiable in `a`. Shapes and errors are those of `gamma`.

    >>> from polyad import random
    >>> random.loggamma(random.key(0), 1e-4, (2,)) < -100
    array([ True,  True])
    """
    return _samples("loggamma", key, a, shape, dtype, in_logarithm=True)


@drawn_wide
def beta(key: Any, a: Any, b: Any, shape: Any = None, dtype: Any = None) -> Any:
    """Samples of the beta distribution: density x^(a-1) (1-x)^(b-1) / B(a, b). Differentiable in
    both parameters.

    The result has `shape`, or that to which they broadcast. Raises as `uniform` does.

    >>> from polyad import random
    >>> bool(random.beta(random.key(0), 2.0, 3.0) < 1)
    True
    """
    like, wanted = checked_key(key, "beta")[0], floating(dtype, "beta")
    a, b = (as_parameter(x, like, wanted) for x in (a, b))
    shape = _common_shape("beta", shape, a, b)
    logarithms = [
        loggamma(k, pnp.broadcast_to(x, shape), shape, wanted)
        for k, x in zip(pnp.unstack(split(key)), (a, b), strict=True)
    ]
    return e.sigmoid(logarithms[0] - logarithms[1])


@drawn_wide
def dirichlet(key: Any, alpha: Any, shape: Any = None, dtype: Any = None) -> Any:
    """Samples of the Dirichlet distribution: density ∏ x_i^(alpha_i - 1), of points whose last axis
    sums to 1. Differentiable in `alpha`.

    The result has shape `shape` + `alpha.shape[-1:]`; `shape` is `alpha.shape[:-1]` if not given.
    Raises as `uniform` does, `ShapeError` for an `alpha` without axes.

    >>> from polyad import random
    >>> random.dirichlet(random.key(0), [1.0, 2.0, 3.0]).shape
    (3,)
    """
    like, wanted = checked_key(key, "dirichlet")[0], floating(dtype, "dirichlet")
    alpha = as_parameter(alpha, like, wanted)
    if not alpha.shape:
        raise ShapeError(
            f"dirichlet: alpha has the parameters along its last axis, and has none"
            f"{where(user_location())}"
        )
    lead = alpha.shape[:-1] if shape is None else checked_shape(shape, "dirichlet")
    logarithms = loggamma(key, alpha, (*lead, alpha.shape[-1]), wanted)
    return pnp.exp(log_softmax(logarithms, axis=-1))


@drawn_wide
def chisquare(key: Any, df: Any, shape: Any = None, dtype: Any = None) -> Any:
    """Samples of the χ² distribution of `df` degrees of freedom. Differentiable in `df`.

    The result has `shape`, or that of `df`. Raises as `uniform` does.

    >>> from polyad import random
    >>> random.chisquare(random.key(0), 4.0, (3,)).shape
    (3,)
    """
    like, wanted = checked_key(key, "chisquare")[0], floating(dtype, "chisquare")
    half = as_parameter(df, like, wanted) / 2
    shape = _common_shape("chisquare", shape, half)
    return pnp.exp(loggamma(key, half, shape, wanted)) * 2


@drawn_wide
def f(key: Any, dfnum: Any, dfden: Any, shape: Any = None, dtype: Any = None) -> Any:
    """Samples of Fisher's F distribution: the ratio of two χ² variables, each over its degrees of
    freedom. Differentiable in both.

    The result has `shape`, or that to which they broadcast. Raises as `uniform` does.

    >>> from polyad import random
    >>> random.f(random.key(0), 3.0, 5.0, (3,)).shape
    (3,)
    """
    like, wanted = checked_key(key, "f")[0], floating(dtype, "f")
    dfnum, dfden = (as_parameter(x, like, wanted) for x in (dfnum, dfden))
    shape = _common_shape("f", shape, dfnum, dfden)
    below, above = pnp.unstack(split(key))
    numerator = loggamma(above, dfnum / 2, shape, wanted)
    return pnp.exp(numerator - loggamma(below, dfden / 2, shape, wanted)) * (dfden / dfnum)


@drawn_wide
def t(key: Any, df: Any, shape: Any = None, dtype: Any = None) -> Any:
    """Samples of Student's t distribution of `df` degrees of freedom. Differentiable in `df`.

    The result has `shape`, or that of `df`. Raises as `uniform` does.

    >>> from polyad import random
    >>> random.t(random.key(0), 5.0, (3,)).shape
    (3,)
    """
    like, wanted = checked_key(key, "t")[0], floating(dtype, "t")
    half = as_parameter(df, like, wanted) / 2
    shape = _common_shape("t", shape, half)
    for_normal, for_gamma = pnp.unstack(split(key))
    logarithm = pnp.log(half) - loggamma(for_gamma, half, shape, wanted)
    return normal(for_normal, shape, wanted) * pnp.exp(logarithm / 2)


@drawn_wide
def generalized_normal(key: Any, p: Any, shape: Any = (), dtype: Any = None) -> Any:
    """Samples of the density proportional to e^-|x|^p. Differentiable in `p`.

    The result has `shape`, to which `p` broadcasts. Raises as `uniform` does.

    >>> from polyad import random
    >>> random.generalized_normal(random.key(0), 2.0, (3,)).shape
    (3,)
    """
    what = "generalized_normal"
    like, wanted = checked_key(key, what)[0], floating(dtype, what)
    power = 1 / as_parameter(p, like, wanted)
    shape = checked_shape(shape, what, power)
    for_size, for_sign = pnp.unstack(split(key))
    size = pnp.power(gamma(for_size, power, shape, wanted), power)
    return rademacher(for_sign, shape, wanted) * size


@drawn_wide
def ball(key: Any, d: int, p: Any = 2, shape: Any = (), dtype: Any = None) -> Any:
    """Uniform samples of the unit ball of the p-norm in `d` dimensions: an array of shape
    (*`shape`, `d`). Differentiable in `p`.

    Barthe, Guédon, Mendelson, Naor, "A probabilistic approach to the geometry of the ℓ_p^n-ball",
    Annals of Probability 33, 2005.

    Raises as `uniform` does.

    >>> from polyad import random
    >>> random.ball(random.key(0), 3, shape=(2,)).shape
    (2, 3)
    """
    like, wanted = checked_key(key, "ball")[0], floating(dtype, "ball")
    shape = checked_shape(shape, "ball")
    (size,) = checked_shape((d,), "ball")
    p = as_parameter(p, like, wanted)
    for_point, for_radius = pnp.unstack(split(key))
    point = generalized_normal(for_point, p, (*shape, size), wanted)
    total = pnp.sum(pnp.power(pnp.abs(point), p), axis=-1) + exponential(for_radius, shape, wanted)
    return point / pnp.expand_dims(pnp.power(total, 1 / p), axis=-1)


def _common_shape(what: str, shape: Any, *parameters: Any) -> Shape:
    found = pnp.broadcast_shapes(*map(shape_of, parameters)) if shape is None else shape
    return checked_shape(found, what, *parameters)
