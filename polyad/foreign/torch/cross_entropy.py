"""PyTorch's losses of classes: negative log-likelihood and cross entropy."""

from __future__ import annotations

import math
from typing import Any

from ... import numpy as pnp
from ...errors import PolyadIndexError, PolyadTypeError, ShapeError
from ...numpy._core import dtype_of, shape_of
from ...special import log_softmax
from .nn_core import MEAN, NONE, along, is_traced, reduced, refused, register

IGNORED = -100


def nll_loss_nd(
    input: Any,
    target: Any,
    weight: Any = None,
    reduction: int = MEAN,
    ignore_index: int = IGNORED,
) -> Any:
    """-`weight`[y]·x[y] along the axis of classes (1, or 0 without a batch), 0 where y is
    `ignore_index`; the mean is over the weights.
    """
    axis = _class_axis(input)
    _check_labels("nll_loss", input, target, ignore_index, axis)
    counts = target != ignore_index
    labels = pnp.where(counts, target, 0)
    picked = pnp.take_along_axis(input, pnp.expand_dims(labels, axis=axis), axis=axis)
    picked = pnp.squeeze(picked, axis)
    if weight is None:
        weights = pnp.astype(counts, dtype_of(input))
    else:
        weights = pnp.where(counts, pnp.take(weight, labels, axis=0), 0)
    loss = pnp.where(counts, -picked * weights, 0)
    if reduction == NONE:
        return loss
    total = pnp.sum(loss)
    return total / pnp.sum(weights) if reduction == MEAN else total


def _class_axis(input: Any) -> int:
    if not shape_of(input):
        raise refused("a loss of classes takes a tensor of one axis or more", ShapeError)
    return 1 if len(shape_of(input)) > 1 else 0


def _check_labels(name: str, input: Any, target: Any, ignored: int, axis: int) -> None:
    shape = shape_of(input)
    wanted = (*shape[:axis], *shape[axis + 1 :])
    if tuple(shape_of(target)) != tuple(wanted):
        raise refused(
            f"{name}: labels of a tensor of shape {tuple(shape)} have shape {tuple(wanted)}, not "
            f"{tuple(shape_of(target))}",
            ShapeError,
        )
    if not dtype_of(target).is_integer:
        raise refused(f"{name}: labels are integers, not {dtype_of(target)}", PolyadTypeError)
    if is_traced(target) or 0 in shape_of(target):
        return
    wrong = ((target < 0) | (target >= shape[axis])) & (target != ignored)
    if bool(pnp.any(wrong)):
        raise refused(
            f"{name}: labels are from 0 to {shape[axis] - 1}, or {ignored} to be left out; not "
            f"{int(target[wrong][0])}",
            PolyadIndexError,
        )


def cross_entropy_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    reduction: int = MEAN,
    ignore_index: int = IGNORED,
    label_smoothing: float = 0.0,
) -> Any:
    """`nll_loss_nd` of the log-softmax along the axis of classes, or the cross entropy of
    probabilities, which have the shape of `input`.
    """
    axis = _class_axis(input)
    if tuple(shape_of(input)) == tuple(shape_of(target)):
        return _of_probabilities(input, target, weight, reduction, ignore_index, label_smoothing)
    logs = log_softmax(input, axis)
    loss = nll_loss_nd(logs, target, weight, reduction, ignore_index)
    if not label_smoothing:
        return loss
    scaled = logs if weight is None else logs * along(weight, len(shape_of(logs)), axis)
    counts = target != ignore_index
    spread = pnp.where(counts, -pnp.sum(scaled, axis=axis), 0)
    if reduction == MEAN and weight is not None:
        labels = pnp.where(counts, target, 0)
        weights = pnp.where(counts, pnp.take(weight, labels, axis=0), 0)
        spread = pnp.sum(spread) / pnp.sum(weights)
    elif reduction == MEAN:
        spread = pnp.sum(spread) / pnp.sum(pnp.astype(counts, dtype_of(input)))
    else:
        spread = reduced(spread, reduction)
    classes = shape_of(input)[axis]
    return loss * (1 - label_smoothing) + spread * (label_smoothing / classes)


def _of_probabilities(
    input: Any, target: Any, weight: Any, reduction: int, ignored: int, smoothing: float
) -> Any:
    if not dtype_of(target).is_floating:
        raise refused(
            f"cross_entropy: probabilities are floating numbers, not {dtype_of(target)}",
            PolyadTypeError,
        )
    if ignored >= 0:
        raise refused("cross_entropy: ignore_index is for labels, not for probabilities")
    axis = _class_axis(input)
    classes = shape_of(input)[axis]
    if smoothing:
        target = target * (1 - smoothing) + smoothing / classes
    products = log_softmax(input, axis) * target
    if weight is not None:
        products = products * along(weight, len(shape_of(input)), axis)
    if reduction == NONE:
        return -pnp.sum(products, axis=axis)
    total = -pnp.sum(products)
    count = math.prod(shape_of(input)) // max(classes, 1)
    return total / float(count) if reduction == MEAN else total


ROWS = {"_C._nn.nll_loss_nd": nll_loss_nd, "_C._nn.cross_entropy_loss": cross_entropy_loss}

register(ROWS)
