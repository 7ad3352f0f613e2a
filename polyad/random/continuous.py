"""Samples of continuous distributions, each by inverting its cumulative distribution function."""

from __future__ import annotations

import math
from typing import Any

from .. import execution
from .. import numpy as pnp
from ..api import custom_jvp, stop_gradient
from ..errors import PolyadTypeError, PolyadValueError
from ..ir import DType, as_dtype, user_location, where
from ..ir.types import float32, float64, uint8, uint16, uint32
from ..numpy._core import dtype_of
from ..ops import elementwise as e
from ..ops import error_functions as ef
from ..ops import manipulation as m
from ..ops import promotion
from ..texts import shown
from ._storage import drawn_wide
from .keys import Words, checked_key, checked_shape, flat_bits, split, word_pairs

SQRT2 = math.sqrt(2)


# -- Uniform ---------------------------------------------------------------------------------------


def uniform(
    key: Any, shape: Any = (), dtype: Any = None, minval: Any = 0.0, maxval: Any = 1.0
) -> Any:
    """Uniform samples from [`minval`, `maxval`): an array of `shape`, differentiable in the bounds.

    `dtype` is a floating one, `config.default_float` if not given; the bounds broadcast to `shape`.
    Samples are multiples of the dtype's epsilon before they are scaled.

    Raises `PolyadTypeError` for what is no key or no floating dtype, `PolyadValueError` for a
    negative size, `ShapeError` for bounds that do not broadcast.

    Args:
        key: a key, of shape (2,).
        shape: a tuple of sizes, or one size; () for a scalar.
        dtype: floating; `config.default_float` if not given.
        minval: the lower bound, an array that broadcasts to `shape`.
        maxval: the upper bound, likewise.

    >>> from polyad import random
    >>> random.uniform(random.key(0), (2,), "float32", maxval=10.0)
    array([9.47667 , 9.785799], dtype=float32)
    """
    return _uniform("uniform", key, shape, dtype, minval, maxval)


def _uniform(
    what: str, key: Any, shape: Any, dtype: Any, minval: Any = 0.0, maxval: Any = 1.0
) -> Any:
    """`uniform`, whose errors name the distribution that is made of it."""
    words = checked_key(key, what)
    shape = checked_shape(shape, what, minval, maxval)
    wanted = floating(dtype, what)
    unit = m.reshape(_unit(words, math.prod(shape), wanted), shape=shape)
    if type(minval) is type(maxval) is float and (minval, maxval) == (0.0, 1.0):
        return unit
    low, high = as_parameter(minval, unit, wanted), as_parameter(maxval, unit, wanted)
    return pnp.maximum(low, unit * (high - low) + low)


def one_unit(words: Words, dtype: DType) -> Any:
    """A sample from [0, 1) of each key, of shape (…, 1)."""
    return _unit(words, 1, dtype)


def _unit(words: Words, size: int, dtype: DType) -> Any:
    """`size` samples from [0, 1), of as many random bits as the significand has."""
    if dtype is float32:
        drawn = pnp.bitwise_right_shift(flat_bits(words, size, uint32), 9)
        return pnp.multiply(pnp.astype(drawn, dtype), 2.0**-23)
    if dtype.is_stored:  # of as few bits as there are dtypes for
        drawn_as = uint8 if dtype.mantissa < 8 else uint16
        drawn = flat_bits(words, size, drawn_as)
        drawn = pnp.bitwise_right_shift(drawn, drawn_as.bits - dtype.mantissa)
        return pnp.astype(pnp.multiply(pnp.astype(drawn, float32), 2.0**-dtype.mantissa), dtype)
    high, low = word_pairs(words, size)
    low = pnp.bitwise_right_shift(low, 12)
    return pnp.astype(high, dtype) * 2.0**-32 + pnp.astype(low, dtype) * 2.0**-52


# -- Normal ----------------------------------------------------------------------------------------


def normal(key: Any, shape: Any = (), dtype: Any = None) -> Any:
    """Samples of the standard normal distribution: an array of `shape`.

    `dtype` is floating (`config.default_float` if not given) or complex; a complex sample has
    variance 1, one half for each part. Scale and move samples for other normal distributions:
    `mu + sigma * normal(key)` is differentiable in both.

    Raises as `uniform` does.

    Args:
        key: a key, of shape (2,).
        shape: a tuple of sizes, or one size; () for a scalar.
        dtype: floating or complex; `config.default_float` if not given.

    >>> from polyad import random
    >>> random.normal(random.key(0), (2,), "float32")
    array([1.6226422, 2.0252647], dtype=float32)
    """
    shape = checked_shape(shape, "normal")
    if dtype is not None and as_dtype(dtype).is_complex:
        checked_key(key, "normal")
        parts = [normal(k, shape, as_dtype(dtype).real) for k in pnp.unstack(split(key))]
        return e.complex(*(pnp.divide(x, SQRT2) for x in parts))
    wanted = floating(dtype, "normal")
    return _normal_of(_uniform("normal", key, shape, wanted, _above_minus_one(wanted)), wanted)


def one_normal(words: Words, dtype: DType) -> Any:
    """A standard normal sample of each key, of shape (…, 1)."""
    low = _above_minus_one(dtype)
    return _normal_of(pnp.maximum(one_unit(words, dtype) * (1 - low) + low, low), dtype)


def _normal_of(drawn: Any, dtype: DType) -> Any:
    """Normal samples of samples from (-1, 1)."""
    if dtype.is_stored:
        found = e.astype(_erfinv_float32(e.astype(drawn, dtype=float32)), dtype=dtype)
        return pnp.multiply(found, SQRT2)
    inverse = _erfinv_float32 if dtype is float32 else ef.erfinv
    return pnp.multiply(inverse(drawn), SQRT2)


def truncated_normal(key: Any, lower: Any, upper: Any, shape: Any = None, dtype: Any = None) -> Any:
    """Standard normal samples within (`lower`, `upper`): differentiable in both bounds.

    The result has `shape`, or the shape to which the bounds broadcast. Raises as `uniform` does.

    >>> from polyad import random
    >>> random.truncated_normal(random.key(0), -1.0, 1.0, (2,), "float32")
    array([0.86185926, 0.9412883 ], dtype=float32)
    """
    found = _truncated(key, lower, upper, shape, dtype)
    if dtype is None or not as_dtype(dtype).is_stored:
        return found
    ends = (e.astype(pnp.asarray(x), dtype=as_dtype(dtype)) for x in (lower, upper))
    return _within(found, *ends)  # rounding may lead to a bound


def _within(x: Any, low: Any, high: Any) -> Any:
    """The numbers next to x between the bounds."""
    low, high = stop_gradient(low), stop_gradient(high)
    return pnp.clip(x, e.nextafter(low, math.inf), e.nextafter(high, -math.inf))


@drawn_wide
def _truncated(key: Any, lower: Any, upper: Any, shape: Any = None, dtype: Any = None) -> Any:
    words = checked_key(key, "truncated_normal")
    wanted = floating(dtype, "truncated_normal")
    low, high = (as_parameter(x, words[0], wanted) for x in (lower, upper))
    shape = pnp.broadcast_shapes(low.shape, high.shape) if shape is None else shape
    shape = checked_shape(shape, "truncated_normal", low, high)
    far = stop_gradient(pnp.logical_or(low > TAIL, high < -TAIL))
    central = pnp.where(far, -1.0, low), pnp.where(far, 1.0, high)
    bounds = ef.erf(central[0] / SQRT2), ef.erf(central[1] / SQRT2)
    drawn = _uniform("truncated_normal", key, shape, wanted, *bounds)
    found = pnp.multiply((erfinv_float32 if wanted is float32 else ef.erfinv)(drawn), SQRT2)
    tail = _tail_samples(_uniform("truncated_normal", key, shape, wanted), far, low, high)
    return _within(pnp.where(far, tail, found), low, high)


def _tail_samples(unit: Any, far: Any, low: Any, high: Any) -> Any:
    """Samples where both bounds are `far` on one side and their probabilities cannot be told apart:
    by the logarithm of the probability beyond.
    """
    above = stop_gradient(low) > TAIL
    near, end = pnp.where(above, low, -high), pnp.where(above, high, -low)
    near, end = pnp.where(far, near, TAIL), pnp.where(far, end, TAIL + 1.0)
    end = pnp.minimum(end, 1e150 if dtype_of(near).bits == 64 else 1e15)
    beyond, rest = ef.log_ndtr(-near), ef.log_ndtr(-end)
    drawn = _tail_quantile(beyond + pnp.log1p(unit * pnp.expm1(rest - beyond)))
    return pnp.where(above, drawn, -drawn)


TAIL = 4.0
"""Bounds beyond which samples are those of a tail."""


def _tail_quantile(log_probability: Any) -> Any:
    """The x > 0 with log Φ(-x) = `log_probability`, by Newton's method from x² + log(2π x²) =
    -2 `log_probability`; the last step has the derivative.
    """
    target = stop_gradient(log_probability)
    doubled = -2.0 * target
    x = pnp.sqrt(pnp.maximum(doubled - pnp.log(2.0 * math.pi * pnp.maximum(doubled, 1.0)), 1.0))
    for _ in range(4):
        x = x + (ef.log_ndtr(-x) - target) / _tail_slope(x)
    return x - (log_probability - target) / stop_gradient(_tail_slope(x))


def _tail_slope(x: Any) -> Any:
    """φ(x)/Φ(-x), which is -d log Φ(-x)/dx."""
    return math.sqrt(2.0 / math.pi) / ef.erfcx(x * math.sqrt(0.5))


def _erfinv_float32(x: Any) -> Any:
    """The inverse error function by two polynomials in w = -log(1 - x²).

    Giles, "Approximating the erfinv function", GPU Computing Gems, 2011. XLA computes the same
    polynomials, so samples agree with JAX's.
    """
    w = -pnp.log1p(-x * x)
    central = _polynomial(_CENTRAL, w - 2.5)
    tail = _polynomial(_TAIL, pnp.sqrt(w) - 3.0)
    found = pnp.where(w < 5.0, central, tail)
    return pnp.where(pnp.abs(x) == 1.0, math.inf, found) * x


_CENTRAL = (
    2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
    -0.00125372503, -0.00417768164, 0.246640727, 1.50140941,
)  # fmt: skip
_TAIL = (
    -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
    -0.0076224613, 0.00943887047, 1.00167406, 2.83297682,
)  # fmt: skip


def _polynomial(coefficients: tuple[float, ...], w: Any) -> Any:
    """The value at `w`, highest power first, by Horner's rule."""
    total = w * coefficients[0] + coefficients[1]
    for coefficient in coefficients[2:]:
        total = total * w + coefficient
    return total


erfinv_float32 = custom_jvp(_erfinv_float32)


@erfinv_float32.defjvp
def erfinv_float32_jvp(primals: Any, tangents: Any) -> Any:
    """The derivative √π/2 · exp(y²) of the function, not of its polynomials."""
    y = erfinv_float32(*primals)
    return y, pnp.exp(y * y) * (math.sqrt(math.pi) / 2) * tangents[0]


# -- Others ----------------------------------------------------------------------------------------


@drawn_wide
def exponential(key: Any, shape: Any = (), dtype: Any = None) -> Any:
    """Samples of the exponential distribution of rate 1: an array of `shape`.

    Raises as `uniform` does.

    >>> from polyad import random
    >>> random.exponential(random.key(0), (2,), "float32")
    array([2.950128 , 3.8434246], dtype=float32)
    """
    return -pnp.log1p(-_uniform("exponential", key, shape, dtype))


@drawn_wide
def gumbel(key: Any, shape: Any = (), dtype: Any = None, mode: str | None = None) -> Any:
    """Samples of the standard Gumbel distribution: an array of `shape`. Raises as `uniform` does,
    `PolyadValueError` for another mode.

    `mode` is "low" (the default: None), "high" with twice as many random bits, or "highest", which
    uses them in the upper tail too (float32; float64: as "high").

    >>> from polyad import random
    >>> random.gumbel(random.key(0), (2,), "float32")
    array([2.9233725, 3.8326178], dtype=float32)
    """
    wanted = floating(dtype, "gumbel")
    checked_mode("gumbel", mode, (None, "low", "high", "highest"))
    info = pnp.finfo(wanted)
    if mode in (None, "low"):
        drawn = _uniform("gumbel", key, shape, wanted, info.smallest_normal)
        return -pnp.log(-pnp.log(drawn))
    words = checked_key(key, "gumbel")
    pair = (2, *checked_shape(shape, "gumbel"))
    if mode == "highest" and wanted is float32:
        return _gumbel_of_words(m.reshape(flat_bits(words, math.prod(pair), uint32), shape=pair))
    high, low = pnp.unstack(_uniform("gumbel", key, pair, wanted))
    fine = pnp.where(high >= 0.5, high, high + info.eps * low + info.smallest_normal)
    return -pnp.log(-pnp.log1p(-fine))


def _gumbel_of_words(words: Any) -> Any:
    """Float32 samples of 64 random bits each, of which the distance to the nearer end of [0, 1) is
    made, cut off to 24 significant bits.
    """
    high, low = pnp.unstack(words)
    below = pnp.less(high, 2**31)
    ends = pnp.where(below, high, pnp.bitwise_invert(high))
    rest = pnp.where(below, low, pnp.bitwise_invert(low))
    one = pnp.where(below, 0.0, 2.0**-64)
    exact = pnp.astype(ends, float64) * 2.0**-32 + (pnp.astype(rest, float64) * 2.0**-64 + one)
    near = pnp.astype(exact, float32)
    cut = pnp.where(pnp.astype(near, float64) > exact, e.nextafter(near, 0.0), near)
    distance = pnp.maximum(cut, 2.0**-65)
    lower = pnp.log(-pnp.log1p(-pnp.where(below, distance, 0.5)))
    return -pnp.where(below, lower, pnp.log(-pnp.log(distance)))


@drawn_wide
def laplace(key: Any, shape: Any = (), dtype: Any = None) -> Any:
    """Samples of the Laplace distribution of scale 1: an array of `shape`.

    Raises as `uniform` does.

    >>> from polyad import random
    >>> random.laplace(random.key(0), (2,), "float32")
    array([-2.2569816, -3.1502788], dtype=float32)
    """
    wanted = floating(dtype, "laplace")
    drawn = _uniform("laplace", key, shape, wanted, _above_minus_one(wanted))
    return pnp.sign(drawn) * pnp.log1p(-pnp.abs(drawn))


@drawn_wide
def logistic(key: Any, shape: Any = (), dtype: Any = None) -> Any:
    """Samples of the standard logistic distribution: an array of `shape`. Raises as `uniform` does.

    >>> from polyad import random
    >>> random.logistic(random.key(0), (2,), "float32")
    array([2.896376 , 3.8217716], dtype=float32)
    """
    wanted = floating(dtype, "logistic")
    drawn = _uniform("logistic", key, shape, wanted, pnp.finfo(wanted).smallest_normal)
    return pnp.log(drawn) - pnp.log1p(-drawn)


@drawn_wide
def cauchy(key: Any, shape: Any = (), dtype: Any = None) -> Any:
    """Samples of the standard Cauchy distribution: an array of `shape`. Raises as `uniform` does.

    >>> from polyad import random
    >>> random.cauchy(random.key(0), (2,), "float32")
    array([ 6.0274944, 14.837895 ], dtype=float32)
    """
    wanted = floating(dtype, "cauchy")
    drawn = _uniform("cauchy", key, shape, wanted, pnp.finfo(wanted).eps)
    return pnp.tan((drawn - 0.5) * math.pi)


# -- Modes, dtypes and parameters ------------------------------------------------------------------


def floating(dtype: Any, what: str) -> DType:
    """`dtype`, or the default one. Raises `PolyadTypeError` if it is not floating."""
    wanted = promotion.default_float() if dtype is None else as_dtype(dtype)
    if not wanted.is_floating:
        raise PolyadTypeError(
            f"{what} draws floating numbers, not {wanted}{where(user_location())}"
        )
    return wanted


def checked_mode(what: str, mode: str | None, modes: tuple[str | None, ...]) -> None:
    """Raise `PolyadValueError` for a mode that `what` does not have."""
    if mode not in modes:
        listed = ", ".join(map(repr, modes))
        raise PolyadValueError(
            f"{what}: mode is one of {listed}, not {shown(mode)}{where(user_location())}"
        )


def as_parameter(x: Any, like: Any, dtype: DType) -> Any:
    """`x` as an array of `dtype`, a scalar on the backend and device of `like`."""
    if type(x) in execution.SCALARS:
        return pnp.full_like(like, x, shape=(), dtype=dtype)
    return pnp.astype(pnp.asarray(x), dtype)


def _above_minus_one(dtype: DType) -> float:
    """The next number above -1."""
    return -1.0 + pnp.finfo(dtype).eps / 2
