"""Special functions, under SciPy's names: differentiable to any order, element by element."""

from __future__ import annotations

import math
from typing import Any

from . import execution
from . import numpy as pnp
from .api import stop_gradient
from .errors import PolyadTypeError, PolyadValueError
from .ir import user_location, where
from .numpy._core import Axis, dtype_of
from .ops import elementwise as e
from .ops import promotion

# -- Gamma -----------------------------------------------------------------------------------------


def gammaln(x: Any, /) -> Any:
    """log|Γ(x)| of a real array; integers are converted to the default floating dtype.

    >>> gammaln(5.0)
    np.float64(3.1780538303479458)
    """
    return e.lgamma(x)


def digamma(x: Any, /) -> Any:
    """The derivative of log Γ(x), for a real array.

    >>> digamma(1.0)
    np.float64(-0.5772156649015329)
    """
    return e.digamma(x)


def polygamma(n: int, x: Any, /) -> Any:
    """The derivative of order `n` of digamma, for a Python integer `n` and a real array.

    Raises `PolyadTypeError` if `n` is no Python integer, `PolyadValueError` if it is negative.

    >>> polygamma(1, 1.0)
    array(1.64493407)
    """
    if not isinstance(n, int) or isinstance(n, bool):
        raise PolyadTypeError(
            f"polygamma: n is a Python integer, not {n!r:.60}{where(user_location())}"
        )
    if n < 0:
        raise PolyadValueError(f"polygamma: n is not negative: {n}{where(user_location())}")
    return e.polygamma(x, order=n) if n else e.digamma(x)


def betaln(a: Any, b: Any, /) -> Any:
    """log|B(a, b)| of real arrays, by three `gammaln`.

    >>> betaln(1.0, 1.0)
    np.float64(0.0)
    """
    return gammaln(a) + gammaln(b) - gammaln(e.add(a, b))


# -- Error functions -------------------------------------------------------------------------------


def erf(x: Any, /) -> Any:
    """The error function of a real array.

    >>> erf(0.5)
    np.float64(0.5204998778130465)
    """
    return e.erf(x)


def erfc(x: Any, /) -> Any:
    """1 - erf(x), without the cancellation.

    >>> erfc(0.5)
    np.float64(0.4795001221869535)
    """
    return e.erfc(x)


def erfinv(x: Any, /) -> Any:
    """The inverse of `erf`, for a real array within [-1, 1].

    >>> erfinv(0.5)
    np.float64(0.4769362762044699)
    """
    return e.erfinv(x)


def ndtr(x: Any, /) -> Any:
    """The cumulative distribution function of the standard normal distribution: erfc(-x/√2) / 2.

    >>> ndtr(0.0)
    np.float64(0.5)
    """
    return e.erfc(e.multiply(x, -math.sqrt(0.5))) * 0.5


# -- Logistic --------------------------------------------------------------------------------------


def expit(x: Any, /) -> Any:
    """The logistic function 1 / (1 + e^-x) of a real array, without overflow.

    >>> expit(0.0)
    np.float64(0.5)
    """
    return e.sigmoid(x)


def logit(x: Any, /) -> Any:
    """The inverse of `expit`: log(x / (1 - x)).

    >>> logit(0.5)
    np.float64(0.0)
    """
    return e.log(x) - e.log1p(e.negative(x))


def logsumexp(
    x: Any,
    /,
    axis: Axis = None,
    b: Any = None,
    keepdims: bool = False,
    return_sign: bool = False,
) -> Any:
    """log Σ b·e^x over `axis` (None: all), without overflow; its derivative is the softmax of `x`.

    `b` are factors that broadcast with `x` (1 if not given). With `return_sign` the result is a
    pair: the logarithm of the sum's modulus, and its sign; without, it is NaN where the sum is
    negative. Entries of -∞, or of factor 0, count for nothing; infinities that are all alike share
    the derivative.

    Raises `PolyadTypeError` for complex `x`, `PolyadIndexError` or `PolyadValueError` for a bad
    axis.

    >>> logsumexp([1000.0, 1000.0])
    np.float64(1000.6931471805599)
    """
    x = _real(x, "logsumexp")
    if b is not None:
        x, b = pnp.broadcast_arrays(x, pnp.asarray(b, dtype=dtype_of(x)))
    counted = x if b is None else pnp.where(b == 0, -math.inf, x)
    top = pnp.max(counted, axis=axis, keepdims=True)
    infinite, shift = pnp.isinf(top), stop_gradient(pnp.where(top == -math.inf, 0.0, top))
    if b is not None:  # what has factor 0 must not overflow
        x = pnp.where(b == 0, pnp.minimum(x, shift), x)
    alike = pnp.logical_and(infinite, x == top)
    scaled = pnp.exp(pnp.where(alike, 0.0, x - shift))
    total = pnp.sum(scaled if b is None else scaled * b, axis=axis, keepdims=True)
    modulus = pnp.abs(total) if return_sign else total
    result = pnp.log(modulus) + pnp.where(infinite, top, shift)
    if not keepdims:
        result = pnp.squeeze(result, axis) if axis is not None else pnp.reshape(result, ())
        total = pnp.reshape(total, result.shape)
    return (result, stop_gradient(pnp.sign(total))) if return_sign else result


# -- Entropies -------------------------------------------------------------------------------------


def xlogy(x: Any, y: Any, /) -> Any:
    """x·log(y) of real arrays, and 0 where x is 0.

    >>> xlogy(0.0, 0.0)
    np.float64(0.0)
    """
    return _times_log(x, y, e.log, 1.0)


def xlog1py(x: Any, y: Any, /) -> Any:
    """x·log(1 + y) of real arrays, and 0 where x is 0.

    >>> xlog1py(0.0, -1.0)
    np.float64(0.0)
    """
    return _times_log(x, y, e.log1p, 0.0)


def _times_log(x: Any, y: Any, log: Any, harmless: float) -> Any:
    """x·log(y); where x is 0 and the logarithm not finite, 0 with derivatives log(y) and 0."""
    x, y = _given(x), _given(y)
    value = log(stop_gradient(y))
    void = e.logical_and(e.equal(x, 0), e.logical_not(e.isfinite(value)))
    safe = log(e.where(void, harmless, y))
    return e.where(void, e.strong_multiply(x, value), e.multiply(x, safe))


def entr(x: Any, /) -> Any:
    """-x·log(x) of a real array: 0 at 0, -∞ below.

    >>> entr(1.0)
    np.float64(-0.0)
    """
    x = _real(x, "entr")
    return pnp.where(x < 0, -math.inf, -xlogy(x, pnp.where(x < 0, 1.0, x)))


def rel_entr(x: Any, y: Any, /) -> Any:
    """x·log(x / y) of real arrays: 0 where x is 0 and y is not negative, ∞ where either is
    negative.

    >>> rel_entr(0.0, 1.0)
    np.float64(0.0)
    """
    x, y = _given(x), _given(y)
    void = e.logical_and(e.greater(x, 0), e.equal(y, 0))
    outside = e.logical_or(void, e.logical_or(e.less(x, 0), e.less(y, 0)))
    safe_x, safe_y = e.where(outside, 1.0, x), e.where(outside, 1.0, y)
    return e.where(outside, math.inf, xlogy(safe_x, safe_x) - xlogy(safe_x, safe_y))


def _given(x: Any) -> Any:
    """A Python scalar as it is, anything else as an array."""
    return x if type(x) in execution.SCALARS else pnp.asarray(x)


def _real(x: Any, what: str) -> Any:
    """`x` as a floating array."""
    x = pnp.asarray(x)
    dtype = dtype_of(x)
    if dtype.is_complex:
        raise PolyadTypeError(f"{what} takes real arrays, not {dtype}{where(user_location())}")
    return x if dtype.is_floating else pnp.astype(x, promotion.default_float())
