"""Functions of neural networks: activations, normalisation, losses. Derivatives hold at extreme
inputs.
"""

from __future__ import annotations

import math
from typing import Any

from . import numpy as pnp
from . import special
from .errors import PolyadTypeError, ShapeError
from .ir import as_dtype, user_location, where
from .numpy._core import Axis, axis_of, dtype_of, positions
from .ops import elementwise as e
from .ops import manipulation as m
from .ops import promotion
from .special import expit
from .special import logsumexp as logsumexp
from .special._core import given, real

# -- Activations -----------------------------------------------------------------------------------


def sigmoid(x: Any, /) -> Any:
    """The logistic function 1 / (1 + e^-x) of a real array, without overflow.

    >>> sigmoid(0.0)
    np.float64(0.5)
    """
    return expit(x)


def log_sigmoid(x: Any, /) -> Any:
    """log(sigmoid(x)) of a real array, without overflow.

    >>> log_sigmoid(-1000.0)
    np.float64(-1000.0)
    """
    return -softplus(-real(x, "log_sigmoid"))


def softplus(x: Any, /) -> Any:
    """log(1 + e^x) of a real array, without overflow (Dugas et al., 2000).

    >>> softplus(1000.0)
    np.float64(1000.0)
    """
    return e.logaddexp(x, 0.0)


def softsign(x: Any, /) -> Any:
    """x / (1 + |x|) of a real array; its derivative at 0 is 1 (Bergstra et al., 2009).

    >>> softsign(1.0)
    np.float64(0.5)
    """
    x = real(x, "softsign")
    return x / (1 + pnp.abs(x))


def relu(x: Any, /) -> Any:
    """max(x, 0) of a real array; its derivative at 0 is 0 (Nair and Hinton, 2010).

    >>> relu([-1.0, 2.0])
    array([0., 2.])
    """
    x = _ordered(x, "relu")
    return pnp.where(x <= 0, 0, x)


def relu6(x: Any, /) -> Any:
    """min(max(x, 0), 6) of a real array; its derivative at 0 and 6 is 0 (Krizhevsky, 2010).

    >>> relu6([-1.0, 2.0, 7.0])
    array([0., 2., 6.])
    """
    x = _ordered(x, "relu6")
    return pnp.where(x >= 6, 6, relu(x))


def hard_tanh(x: Any, /) -> Any:
    """`x` cut off at -1 and 1; the derivative there is 1 (Collobert, 2004).

    >>> hard_tanh([-2.0, 0.5])
    array([-1. ,  0.5])
    """
    x = _ordered(x, "hard_tanh")
    return pnp.where(x > 1, 1, pnp.where(x < -1, -1, x))


def leaky_relu(x: Any, /, negative_slope: Any = 0.01) -> Any:
    """`x` above 0, `negative_slope`·x below (Maas et al., 2013); the derivative at 0 is 1.

    >>> leaky_relu([-1.0, 2.0])
    array([-0.01,  2.  ])
    """
    x = real(x, "leaky_relu")
    return pnp.where(x >= 0, x, x * negative_slope)


def elu(x: Any, /, alpha: Any = 1.0) -> Any:
    """`x` above 0, `alpha`·(e^x - 1) below (Clevert et al., arXiv:1511.07289).

    >>> elu([-1000.0, 2.0])
    array([-1.,  2.])
    """
    x = real(x, "elu")
    return pnp.where(x > 0, x, pnp.expm1(pnp.where(x > 0, 0.0, x)) * alpha)


def selu(x: Any, /) -> Any:
    """The scaled `elu` that normalises itself (Klambauer et al., arXiv:1706.02515).

    >>> selu(1.0)
    np.float64(1.0507009873554805)
    """
    return elu(x, 1.6732632423543772848170429916717) * 1.0507009873554804934193349852946


def celu(x: Any, /, alpha: Any = 1.0) -> Any:
    """`x` above 0, `alpha`·(e^(x / `alpha`) - 1) below (Barron, arXiv:1704.07483).

    >>> celu([-1000.0, 2.0], 2.0)
    array([-2.,  2.])
    """
    x = real(x, "celu")
    return pnp.where(x > 0, x, pnp.expm1(pnp.where(x > 0, 0.0, x) / alpha) * alpha)


def silu(x: Any, /) -> Any:
    """x·sigmoid(x) of a real array, also called swish (Elfwing et al., arXiv:1702.03118).

    >>> silu(0.0)
    np.float64(0.0)
    """
    x = real(x, "silu")
    return x * sigmoid(x)


swish = silu


def gelu(x: Any, /, approximate: bool = True) -> Any:
    """x·Φ(x), Φ the normal distribution function (Hendrycks and Gimpel, arXiv:1606.08415).

    `approximate` takes their approximation of Φ by tanh.

    >>> gelu(1.0, approximate=False)
    np.float64(0.8413447460685429)
    """
    x = real(x, "gelu")
    if not approximate:
        return x * e.erfc(x * -math.sqrt(0.5)) * 0.5
    inner = (x + x * x * x * 0.044715) * math.sqrt(2 / math.pi)
    return x * (pnp.tanh(inner) + 1) * 0.5


def glu(x: Any, /, axis: int = -1) -> Any:
    """a·sigmoid(b), for the halves a and b of `x` along `axis` (Dauphin et al., arXiv:1612.08083).

    Raises `ShapeError` if the axis is of odd size.

    >>> glu([2.0, 0.0])
    array([1.])
    """
    x = real(x, "glu")
    axis = axis_of(axis, x.ndim)
    size = x.shape[axis]
    if size % 2:
        raise ShapeError(f"glu halves an axis of even size, not {size}{where(user_location())}")
    half = size // 2
    return m.slice_axis(x, axis, 0, half) * sigmoid(m.slice_axis(x, axis, half, size))


# -- Normalisation ---------------------------------------------------------------------------------


def softmax(x: Any, /, axis: Axis = -1) -> Any:
    """e^x, scaled to a sum of 1 along `axis` (Bridle, 1990); real arrays, without overflow.

    >>> softmax([1000.0, 1000.0])
    array([0.5, 0.5])
    """
    return special.softmax(x, axis)


def log_softmax(x: Any, /, axis: Axis = -1) -> Any:
    """log(softmax(x)) along `axis`, without overflow.

    >>> log_softmax([1000.0, 0.0])
    array([    0., -1000.])
    """
    return special.log_softmax(x, axis)


def standardize(
    x: Any, /, axis: Axis = -1, mean: Any = None, variance: Any = None, epsilon: float = 1e-5
) -> Any:
    """(x - mean) / √(variance + epsilon), with the moments of `x` along `axis` unless they are
    given.

    >>> standardize([1.0, 3.0], epsilon=0.0)
    array([-1.,  1.])
    """
    x = real(x, "standardize")
    mean = pnp.mean(x, axis=axis, keepdims=True) if mean is None else mean
    centred = x - mean
    if variance is None:
        variance = pnp.mean(pnp.square(centred), axis=axis, keepdims=True)
    return centred / pnp.sqrt(e.add(variance, epsilon))


def one_hot(x: Any, num_classes: int, /, *, dtype: Any = None, axis: int = -1) -> Any:
    """For each integer i of `x` a line along a new `axis`: 1 at position i, 0 elsewhere.

    The line is all 0 for an integer outside of [0, `num_classes`). `dtype` is
    `config.default_float` if not given. Raises `PolyadTypeError` for what is no integer array.

    >>> one_hot([0, 2], 3)
    array([[1., 0., 0.],
           [0., 0., 1.]])
    """
    x = _labels(x, "one_hot")
    at = axis_of(axis, x.ndim + 1)
    classes = positions(num_classes, x)
    line = (1,) * at + (num_classes,) + (1,) * (x.ndim - at)
    hot = pnp.equal(pnp.expand_dims(x, axis=at), m.reshape(classes, shape=line))
    return pnp.astype(hot, promotion.default_float() if dtype is None else as_dtype(dtype))


# -- Losses ----------------------------------------------------------------------------------------


def softmax_cross_entropy(logits: Any, labels: Any, axis: Axis = -1) -> Any:
    """-Σ labels·log_softmax(logits) along `axis`; labels of 0 count for nothing, even at logits of
    -∞.

    >>> softmax_cross_entropy([0.0, 0.0], [1.0, 0.0])
    np.float64(0.6931471805599453)
    """
    labels = real(labels, "softmax_cross_entropy")
    return -pnp.sum(e.strong_multiply(labels, log_softmax(logits, axis)), axis=axis)


def softmax_cross_entropy_with_integer_labels(logits: Any, labels: Any, axis: int = -1) -> Any:
    """-log_softmax(logits) at the position of each label along `axis`; labels have the shape of the
    rest.

    Labels out of range are clamped. Raises `PolyadTypeError` for labels that are no integers,
    `ShapeError` for those of another shape.

    >>> softmax_cross_entropy_with_integer_labels([[0.0, 0.0], [1000.0, 0.0]], [0, 0])
    array([0.69314718, 0.        ])
    """
    what = "softmax_cross_entropy_with_integer_labels"
    logits, labels = real(logits, what), _labels(labels, what)
    axis = axis_of(axis, logits.ndim)
    rest = (*logits.shape[:axis], *logits.shape[axis + 1 :])
    if tuple(labels.shape) != rest:
        raise ShapeError(
            f"{what}: labels have the shape {rest} of logits {tuple(logits.shape)} without axis "
            f"{axis}, not {tuple(labels.shape)}{where(user_location())}"
        )
    picked = pnp.take_along_axis(logits, pnp.expand_dims(labels, axis=axis), axis=axis)
    return logsumexp(logits, axis) - pnp.squeeze(picked, axis)


def sigmoid_binary_cross_entropy(logits: Any, labels: Any) -> Any:
    """-labels·log σ(logits) - (1 - labels)·log(1 - σ(logits)), element by element, without
    overflow.

    >>> sigmoid_binary_cross_entropy([1000.0, -1000.0], [1.0, 1.0])
    array([   0., 1000.])
    """
    logits = real(logits, "sigmoid_binary_cross_entropy")
    labels = given(labels)
    against = e.multiply(e.subtract(1.0, labels), softplus(logits))
    return e.multiply(labels, softplus(-logits)) + against


def l2_loss(predictions: Any, targets: Any = 0.0) -> Any:
    """Half of the squared difference, element by element.

    >>> l2_loss(3.0, 1.0)
    np.float64(2.0)
    """
    return pnp.square(e.subtract(real(predictions, "l2_loss"), given(targets))) * 0.5


# -- What functions are given ----------------------------------------------------------------------


def _ordered(x: Any, what: str) -> Any:
    """`x` as an array of real numbers, integers as they are."""
    x = pnp.asarray(x)
    if dtype_of(x).is_complex:
        given = f"{dtype_of(x)}{where(user_location())}"
        raise PolyadTypeError(f"{what} takes real arrays, not {given}")
    return x


def _labels(x: Any, what: str) -> Any:
    x = pnp.asarray(x)
    if not dtype_of(x).is_integer:
        given = f"{dtype_of(x)}{where(user_location())}"
        raise PolyadTypeError(f"{what} takes integers as labels, not {given}")
    return x
