"""Losses, element by element or along an axis."""

from __future__ import annotations

from typing import Any

from .. import numpy as pnp
from ..api import stop_gradient
from ..errors import ShapeError
from ..ir import user_location, where
from ..numpy._core import Axis, axis_of, beside_arrays
from ..numpy._storage import computed_wide
from ..ops import elementwise as e
from ..special import logsumexp
from ..special._core import given, real
from ._core import labels as labels_of
from .activations import softplus
from .normalization import log_softmax


@computed_wide
@beside_arrays
def softmax_cross_entropy(logits: Any, labels: Any, axis: Axis = -1) -> Any:
    """-Σ labels·log_softmax(logits) along `axis`; labels of 0 count for nothing, even at logits of
    -∞.

    >>> softmax_cross_entropy([0.0, 0.0], [1.0, 0.0])
    np.float64(0.6931471805599453)
    """
    labels = real(labels, "softmax_cross_entropy")
    return -pnp.sum(e.weighed(labels, log_softmax(logits, axis)), axis=axis)


def softmax_cross_entropy_with_integer_labels(logits: Any, labels: Any, axis: int = -1) -> Any:
    """-log_softmax(logits) at the position of each label along `axis`; labels have the shape of the
    rest.

    Labels out of range are clamped. Raises `PolyadTypeError` for labels that are no integers,
    `ShapeError` for those of another shape.

    >>> softmax_cross_entropy_with_integer_labels([[0.0, 0.0], [1000.0, 0.0]], [0, 0])
    array([0.69314718, 0.        ])
    """
    what = "softmax_cross_entropy_with_integer_labels"
    logits, labels = real(logits, what), labels_of(labels, what)
    axis = axis_of(axis, logits.ndim)
    rest = (*logits.shape[:axis], *logits.shape[axis + 1 :])
    if tuple(labels.shape) != rest:
        raise ShapeError(
            f"{what}: labels have the shape {rest} of logits {tuple(logits.shape)} without axis "
            f"{axis}, not {tuple(labels.shape)}{where(user_location())}"
        )
    picked = pnp.take_along_axis(logits, pnp.expand_dims(labels, axis=axis), axis=axis)
    return logsumexp(logits, axis) - pnp.squeeze(picked, axis)


@computed_wide
def sigmoid_binary_cross_entropy(logits: Any, labels: Any) -> Any:
    """-labels·log σ(logits) - (1 - labels)·log(1 - σ(logits)), element by element, without
    overflow.

    >>> sigmoid_binary_cross_entropy([1000.0, -1000.0], [1.0, 1.0])
    array([   0., 1000.])
    """
    logits = real(logits, "sigmoid_binary_cross_entropy")
    labels = given(labels)
    known = stop_gradient(labels)
    against = e.multiply(e.subtract(1.0, known), softplus(logits))
    moved = e.weighed(e.subtract(labels, known), logits)  # 0, with derivative: theirs would cancel
    return e.multiply(known, softplus(-logits)) + against - moved


@computed_wide
def l2_loss(predictions: Any, targets: Any = 0.0) -> Any:
    """Half of the squared difference, element by element.

    >>> l2_loss(3.0, 1.0)
    np.float64(2.0)
    """
    return pnp.square(e.subtract(real(predictions, "l2_loss"), given(targets))) * 0.5
