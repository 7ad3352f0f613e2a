"""Normalisation: to a sum of 1, to mean 0 and variance 1; integers as unit vectors."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from .. import numpy as pnp
from .. import special
from ..errors import PolyadValueError
from ..ir import as_dtype, user_location
from ..ir import where as location_text
from ..numpy._core import Axis, axis_of, dtype_of, positions
from ..numpy._storage import computed_wide
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..ops import promotion
from ..special import logsumexp
from ..special._core import real
from ..texts import shown
from ._core import labels


@computed_wide
def softmax(x: Any, /, axis: Axis = -1, where: Any = None) -> Any:
    """e^x, scaled to a sum of 1 along `axis` (Bridle, 1990); real arrays, without overflow.

    Where `where` is given and false, the element does not count, and the result is 0.

    Args:
        x: a real array of any shape.
        axis: the axis, or a tuple of them, over which the sum is 1.
        where: a boolean array that broadcasts to the shape of `x`.

    Raises:
        PolyadValueError: an axis that `x` has not.
        PolyadTypeError: complex numbers.

    >>> softmax([1000.0, 1000.0])
    array([0.5, 0.5])
    """
    if where is None:
        return special.softmax(x, axis)
    return pnp.where(where, special.softmax(_counted(x, where, "softmax"), axis), 0.0)


@computed_wide
def log_softmax(x: Any, /, axis: Axis = -1, where: Any = None) -> Any:
    """log(softmax(x)) along `axis`, without overflow; -∞ where `where` is given and false.

    >>> log_softmax([1000.0, 0.0])
    array([    0., -1000.])
    """
    if where is None:
        return special.log_softmax(x, axis)
    found = special.log_softmax(_counted(x, where, "log_softmax"), axis)
    return pnp.where(where, found, -math.inf)


def _counted(x: Any, counts: Any, what: str) -> Any:
    """`x`, and a number far below all others where it does not count."""
    x = real(x, what)
    return pnp.where(counts, x, -0.5 * pnp.finfo(dtype_of(x)).max)


@computed_wide
def logmeanexp(x: Any, /, axis: Axis = None, where: Any = None, keepdims: bool = False) -> Any:
    """log of the mean of e^x over `axis` (None: all), over the elements that `where` selects.

    >>> logmeanexp([1000.0, 1000.0])
    np.float64(1000.0)
    """
    x = real(x, "logmeanexp")
    if where is None:
        total = pnp.sum(pnp.ones_like(x), axis=axis, keepdims=keepdims)
        return logsumexp(x, axis, keepdims=keepdims) - pnp.log(total)
    counts = pnp.broadcast_to(pnp.astype(where, dtype_of(x)), x.shape)
    total = pnp.sum(counts, axis=axis, keepdims=keepdims)
    return logsumexp(x, axis, b=counts, keepdims=keepdims) - pnp.log(total)


@computed_wide
def standardize(
    x: Any,
    /,
    axis: Axis = -1,
    mean: Any = None,
    variance: Any = None,
    epsilon: float = 1e-5,
    where: Any = None,
    *,
    algorithm: str = "stable",
) -> Any:
    """(x - mean) / √(variance + epsilon), with the moments of `x` along `axis`, of the elements
    `where` it is True, unless they are given. The variance is the mean of (x - mean)², also where
    `algorithm` is "fast", which in JAX is E x² - (E x)² and may cancel.

    Raises `PolyadValueError` for another algorithm.

    >>> standardize([1.0, 3.0], epsilon=0.0)
    array([-1.,  1.])
    """
    if algorithm not in ("stable", "fast"):
        raise PolyadValueError(
            f"standardize: algorithm is 'stable' or 'fast', not {shown(algorithm)}"
            f"{location_text(user_location())}"
        )
    x = real(x, "standardize")
    mean_of = partial(pnp.mean, axis=axis, keepdims=True, where=True if where is None else where)
    mean = mean_of(x) if mean is None else mean
    centred = x - mean
    if variance is None:
        variance = mean_of(pnp.square(centred))
    return centred / pnp.sqrt(e.add(variance, epsilon))


def one_hot(x: Any, num_classes: int, /, *, dtype: Any = None, axis: int = -1) -> Any:
    """For each integer i of `x` a line along a new `axis`: 1 at position i, 0 elsewhere.

    The line is all 0 for an integer outside of [0, `num_classes`). `dtype` is
    `config.default_float` if not given. Raises `PolyadTypeError` for what is no integer array.

    >>> one_hot([0, 2], 3)
    array([[1., 0., 0.],
           [0., 0., 1.]])
    """
    x = labels(x, "one_hot")
    at = axis_of(axis, x.ndim + 1)
    classes = positions(num_classes, x)
    line = (1,) * at + (num_classes,) + (1,) * (x.ndim - at)
    hot = pnp.equal(pnp.expand_dims(x, axis=at), m.reshape(classes, shape=line))
    return pnp.astype(hot, promotion.default_float() if dtype is None else as_dtype(dtype))
