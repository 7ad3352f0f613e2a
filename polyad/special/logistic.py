"""The logistic function, its inverse, and sums of exponentials."""

from __future__ import annotations

import math
from typing import Any

from .. import numpy as pnp
from ..api import stop_gradient
from ..numpy._core import Axis, axes_of, beside_arrays, dtype_of
from ..numpy._storage import computed_wide
from ..ops import angles as an
from ..ops import elementwise as e
from ..ops.softmax import log_soft_max, log_sum_exp, soft_max
from ._core import given, real


def expit(x: Any, /) -> Any:
    """The logistic function 1 / (1 + e^-x) of a real array, without overflow.

    >>> expit(0.0)
    np.float64(0.5)
    """
    return e.sigmoid(x)


@computed_wide
def logit(x: Any, /) -> Any:
    """The inverse of `expit`: log(x / (1 - x)).

    >>> logit(0.5)
    np.float64(0.0)
    """
    return an.log_odds(x)


@computed_wide
@beside_arrays
def logsumexp(
    x: Any,
    /,
    axis: Axis = None,
    b: Any = None,
    keepdims: bool = False,
    return_sign: bool = False,
    *,
    where: Any = True,
) -> Any:
    """log Σ b·e^x over `axis` (None: all), without overflow; its derivative is the softmax of `x`.

    An entry counts for nothing where `where` is False. `b` are factors that broadcast with `x` (1
    if not given). With `return_sign` the result is a pair: the logarithm of the sum's modulus,
    and its sign; without, it is NaN where the sum is negative. Entries of -∞, or of factor 0,
    count for nothing; infinities that are all alike share the derivative. Of complex `x` it is
    the principal logarithm. Over an empty axis it is -∞.

    Raises `PolyadIndexError` or `PolyadValueError` for a bad axis.

    >>> logsumexp([1000.0, 1000.0])
    np.float64(1000.6931471805599)
    """
    x = pnp.asarray(x)
    x = x if dtype_of(x).is_complex else real(x, "logsumexp")
    x = x if where is True else pnp.where(where, x, -math.inf)
    if b is None and not dtype_of(x).is_complex:
        axes = axes_of(axis, x)
        if 0 in [x.shape[i] for i in axes]:
            result = pnp.sum(x, axis=axis, keepdims=keepdims) - math.inf
        else:
            result = log_sum_exp(x, axes=axes)
            result = pnp.expand_dims(result, axes) if keepdims else result
        return (result, pnp.ones_like(result)) if return_sign else result
    return _weighed_sum(x, b, axis, keepdims, return_sign)


def _weighed_sum(x: Any, b: Any, axis: Axis, keepdims: bool, return_sign: bool) -> Any:
    """`logsumexp` of terms with factors, or of complex ones."""
    if b is not None:
        x, b = pnp.broadcast_arrays(x, pnp.asarray(b, dtype=dtype_of(x)))
    size = pnp.real(x)
    counted = size if b is None else pnp.where(b == 0, -math.inf, size)
    top = pnp.max(counted, axis=axis, keepdims=True)
    infinite, shift = pnp.isinf(top), stop_gradient(pnp.where(top == -math.inf, 0.0, top))
    if b is not None:  # what has factor 0 must not overflow
        size = pnp.where(b == 0, pnp.minimum(size, shift), size)
    below = pnp.where(pnp.logical_and(infinite, size == top), 0.0, size - shift)
    if dtype_of(x).is_complex:
        below = e.complex(below, pnp.imag(x))
    terms = pnp.exp(below) if b is None else pnp.exp(below) * b
    total = pnp.sum(terms, axis=axis, keepdims=True)
    result = pnp.log(pnp.abs(total) if return_sign else total) + pnp.where(infinite, top, shift)
    if not keepdims:
        result = pnp.squeeze(result, axis) if axis is not None else pnp.reshape(result, ())
        total = pnp.reshape(total, result.shape)
    return (result, pnp.sign(total)) if return_sign else result


@computed_wide
@beside_arrays
def log_expit(x: Any, /) -> Any:
    """log(expit(x)), without overflow.

    >>> log_expit(-1000.0)
    np.float64(-1000.0)
    """
    return e.negative(e.logaddexp(e.negative(given(x)), 0.0))


@computed_wide
def softmax(x: Any, axis: Axis = None) -> Any:
    """e^x scaled to a sum of 1 over `axis` (None: all), as SciPy has it; without overflow.

    >>> softmax([1000.0, 1000.0])
    array([0.5, 0.5])
    """
    x = real(x, "softmax")
    return soft_max(x, axes=axes_of(axis, x), alike=False)


@computed_wide
def log_softmax(x: Any, axis: Axis = None) -> Any:
    """log(softmax(x)) over `axis` (None: all), as SciPy has it; without overflow.

    >>> log_softmax([1000.0, 0.0])
    array([    0., -1000.])
    """
    x = real(x, "log_softmax")
    return log_soft_max(x, axes=axes_of(axis, x))
