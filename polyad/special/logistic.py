"""The logistic function, its inverse, and sums of exponentials."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from .. import numpy as pnp
from ..api import stop_gradient
from ..numpy._core import Axis, beside_arrays, dtype_of
from ..ops import elementwise as e
from ._core import given, real


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


@beside_arrays
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
    x = real(x, "logsumexp")
    if b is not None:
        x, b = pnp.broadcast_arrays(x, pnp.asarray(b, dtype=dtype_of(x)))
    counted = x if b is None else pnp.where(b == 0, -math.inf, x)
    top = pnp.max(counted, axis=axis, keepdims=True)
    infinite, shift = pnp.isinf(top), stop_gradient(pnp.where(top == -math.inf, 0.0, top))
    if b is not None:  # what has factor 0 must not overflow
        x = pnp.where(b == 0, pnp.minimum(x, shift), x)
    alike = pnp.logical_and(infinite, x == top)
    shifted = pnp.where(alike, 0.0, x - shift)
    if b is None:
        parts = _terms(shifted, x == top, axis)
        total, result = parts.total, parts.logarithm
    else:
        total = pnp.sum(pnp.exp(shifted) * b, axis=axis, keepdims=True)
        result = pnp.log(pnp.abs(total) if return_sign else total)
    result = result + pnp.where(infinite, top, shift)
    if not keepdims:
        result = pnp.squeeze(result, axis) if axis is not None else pnp.reshape(result, ())
        total = pnp.reshape(total, result.shape)
    return (result, stop_gradient(pnp.sign(total))) if return_sign else result


@beside_arrays
def log_expit(x: Any, /) -> Any:
    """log(expit(x)), without overflow.

    >>> log_expit(-1000.0)
    np.float64(-1000.0)
    """
    return e.negative(e.logaddexp(e.negative(given(x)), 0.0))


def softmax(x: Any, axis: Axis = None) -> Any:
    """e^x scaled to a sum of 1 over `axis` (None: all), as SciPy has it; without overflow.

    >>> softmax([1000.0, 1000.0])
    array([0.5, 0.5])
    """
    _, terms, at_top = _below_top(real(x, "softmax"), axis)
    largest = 1.0 / (1.0 + terms.others)
    return pnp.where(at_top & terms.alone, largest, terms.exponentials / terms.total)


def log_softmax(x: Any, axis: Axis = None) -> Any:
    """log(softmax(x)) over `axis` (None: all), as SciPy has it; without overflow.

    >>> log_softmax([1000.0, 0.0])
    array([   -0., -1000.])
    """
    shifted, terms, at_top = _below_top(real(x, "log_softmax"), axis)
    largest = -pnp.log1p(terms.others)
    return pnp.where(at_top & terms.alone, largest, shifted - terms.logarithm)


def _below_top(x: Any, axis: Axis) -> tuple[Any, Terms, Any]:
    """`x` less its largest element, the terms of that, and where it is the largest."""
    shifted = x - stop_gradient(pnp.max(x, axis=axis, keepdims=True))
    at_top = shifted == 0
    return shifted, _terms(shifted, at_top, axis), at_top


class Terms(NamedTuple):
    """The terms of a sum of exponentials of which the largest is 1.

    The share of the largest is 1/(1 + others) if it is `alone` and more than half of the sum: as a
    quotient by the sum it would have lost its distance to 1, and its derivative all digits.
    """

    exponentials: Any
    total: Any
    others: Any
    """All other terms as a multiple of the largest."""
    alone: Any
    logarithm: Any
    """Of the sum."""


def _terms(shifted: Any, at_top: Any, axis: Axis) -> Terms:
    exponentials = pnp.exp(shifted)
    largest, rest, size = (
        pnp.sum(pnp.where(at_top, *both), axis=axis, keepdims=True)
        for both in ((exponentials, 0.0), (0.0, exponentials), (shifted, 0.0))
    )
    alone = (largest == 1.0) & (rest < 1.0)
    others = pnp.where(alone, rest, 0.0) * pnp.exp(-pnp.where(alone, size, 0.0))
    by_others = pnp.where(alone, size, 0.0) + pnp.log1p(others)
    logarithm = pnp.where(alone, by_others, pnp.log1p((largest - 1.0) + rest))
    return Terms(exponentials, largest + rest, others, alone, logarithm)
