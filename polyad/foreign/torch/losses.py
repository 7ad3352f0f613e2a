"""PyTorch's losses between a prediction and a target of its shape, and losses of pairs."""

from __future__ import annotations

import math
from typing import Any

from ... import numpy as pnp
from ...api import custom_jvp, stop_gradient
from ...nn.activations import log_sigmoid
from ...nn.activations import softplus as smooth
from ...numpy._core import dtype_of, shape_of
from ...special import xlogy
from ...texts import shown
from .nn_core import MEAN, REDUCTIONS, along, floats, reduced, refused, register, valued


def mse_loss(input: Any, target: Any, reduction: int = MEAN) -> Any:
    """(x - y)²."""
    return reduced(pnp.square(input - target), reduction)


def l1_loss(input: Any, target: Any, reduction: int = MEAN) -> Any:
    """|x - y|."""
    return reduced(pnp.abs(input - target), reduction)


def smooth_l1_loss(input: Any, target: Any, reduction: int = MEAN, beta: Any = 1.0) -> Any:
    """(x - y)² / 2`beta` where |x - y| < `beta`, else |x - y| - `beta` / 2."""
    if beta < 0:
        raise refused(f"smooth_l1_loss: beta is 0 or more, not {beta}")
    if beta == 0:
        return l1_loss(input, target, reduction)
    size = pnp.abs(input - target)
    near = size < beta
    square = pnp.square(input - target) * (0.5 / beta)
    return reduced(pnp.where(near, square, size - 0.5 * beta), reduction)


def huber_loss(input: Any, target: Any, reduction: int = MEAN, delta: Any = 1.0) -> Any:
    """(x - y)² / 2 where |x - y| ≤ `delta`, else `delta`·(|x - y| - `delta` / 2)."""
    if delta <= 0:
        raise refused(f"huber_loss: delta is positive, not {delta}")
    difference = input - target
    size = pnp.abs(difference)
    far = (size - 0.5 * delta) * delta
    return reduced(pnp.where(size <= delta, pnp.square(difference) * 0.5, far), reduction)


def soft_margin_loss(input: Any, target: Any, reduction: int = MEAN) -> Any:
    """log(1 + e^(-y·x))."""
    return reduced(smooth(-target * input), reduction)


def binary_cross_entropy(input: Any, target: Any, weight: Any = None, reduction: int = MEAN) -> Any:
    """-y·log(x) - (1 - y)·log(1 - x), each logarithm no less than -100."""
    floats("binary_cross_entropy", input)
    loss = _entropy(input, target)
    return reduced(loss if weight is None else loss * weight, reduction)


@custom_jvp
def _entropy(x: Any, y: Any) -> Any:
    """The loss whose derivative is (x - y) / max(x·(1 - x), 1e-12), as torch has it."""
    return (y - 1) * _clamped_log(1 - x) - y * _clamped_log(x)


@_entropy.defjvp
def _entropy_jvp(primals: Any, tangents: Any) -> Any:
    (x, y), (dx, dy) = primals, tangents
    slope = (x - y) / pnp.maximum((1 - x) * x, 1e-12)
    change = slope * dx + (_clamped_log(1 - x) - _clamped_log(x)) * dy
    return _entropy(x, y), change


def _clamped_log(x: Any) -> Any:
    low = x <= math.exp(-100)
    return pnp.where(low, -100, pnp.log(pnp.where(low, 1, x)))


def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, pos_weight: Any = None, reduction: int = MEAN
) -> Any:
    """`binary_cross_entropy` of sigmoid(x); `pos_weight` weighs the first logarithm."""
    floats("binary_cross_entropy_with_logits", input)
    logarithm = log_sigmoid(input)
    if pos_weight is not None:
        logarithm = logarithm * ((pos_weight - 1) * target + 1)
    loss = (1 - target) * input - logarithm
    return reduced(loss if weight is None else loss * weight, reduction)


def kl_div(input: Any, target: Any, reduction: int = MEAN, *, log_target: bool = False) -> Any:
    """y·(log y - x), or e^y·(y - x) of a target that is the logarithm."""
    if log_target:
        return reduced(pnp.exp(target) * (target - input), reduction)
    return reduced(xlogy(target, target) - target * input, reduction)


def poisson_nll_loss(
    input: Any, target: Any, log_input: bool, full: bool, eps: Any, reduction: int
) -> Any:
    """e^x - y·x, or x - y·log(x + `eps`); `full` adds Stirling's log(y!) where y > 1."""
    if log_input:
        loss = pnp.exp(input) - target * input
    else:
        loss = input - target * pnp.log(input + eps)
    if full:
        large = target > 1
        y = pnp.where(large, target, 1)
        stirling = y * pnp.log(y) - y + 0.5 * pnp.log(2 * math.pi * y)
        loss = loss + pnp.where(large, stirling, 0)
    return reduced(loss, reduction)


def gaussian_nll_loss(
    input: Any,
    target: Any,
    var: Any,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Any:
    """(log v + (x - y)²/v) / 2 of a variance v, which is no less than `eps`; the derivative is that
    of v itself. A variance without the last axis, or of size 1 there, is for all along it.
    """
    shape = tuple(shape_of(input))
    if isinstance(var, float):
        if var < 0:
            raise refused("gaussian_nll_loss: var has negative entries")
        var = pnp.full(shape, var, dtype=dtype_of(input))
    given = tuple(shape_of(var))
    if given != shape:
        if given == shape[:-1]:
            var = pnp.expand_dims(var, axis=-1)
        elif given[:-1] != shape[:-1] or given[-1] != 1:
            raise refused(f"gaussian_nll_loss: var of shape {given} does not fit {shape}")
    if reduction not in REDUCTIONS:
        raise refused(f"gaussian_nll_loss: reduction is none, mean or sum, not {shown(reduction)}")
    var = valued(var, stop_gradient(pnp.maximum(var, eps)))
    loss = 0.5 * (pnp.log(var) + pnp.square(input - target) / var)
    if full:
        loss = loss + 0.5 * math.log(2 * math.pi)
    return reduced(loss, REDUCTIONS[reduction])


def hinge_embedding_loss(input: Any, target: Any, margin: Any = 1.0, reduction: int = MEAN) -> Any:
    """x where y = 1, max(0, `margin` - x) where y = -1, their sum elsewhere."""
    far = pnp.where(target != 1, _above_zero(margin - input), 0)
    return reduced(far + pnp.where(target != -1, input, 0), reduction)


def _above_zero(x: Any) -> Any:
    """max(x, 0) with derivative 1 at 0, as clamp_min has."""
    return pnp.where(x < 0, 0, x)


def margin_ranking_loss(
    input1: Any, input2: Any, target: Any, margin: Any = 0.0, reduction: int = MEAN
) -> Any:
    """max(0, -y·(x₁ - x₂) + `margin`)."""
    return reduced(_above_zero(-target * (input1 - input2) + margin), reduction)


def cosine_embedding_loss(
    input1: Any, input2: Any, target: Any, margin: Any = 0.0, reduction: int = MEAN
) -> Any:
    """1 - cos where y = 1, max(0, cos - `margin`) where y = -1."""
    axis = 1 if len(shape_of(target)) else 0
    one, two = (pnp.sum(x * x, axis=axis) + 1e-12 for x in (input1, input2))
    cosine = pnp.sum(input1 * input2, axis=axis) / pnp.sqrt(one * two)
    alike = pnp.where(target == 1, 1 - cosine, 0)
    return reduced(alike + pnp.where(target == -1, _above_zero(cosine - margin), 0), reduction)


def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: Any = 1.0,
    p: Any = 2,
    eps: Any = 1e-6,
    swap: bool = False,
    reduction: int = MEAN,
) -> Any:
    """max(0, d(anchor, positive) - d(anchor, negative) + `margin`) of `pairwise_distance`."""
    near = pairwise_distance(anchor, positive, p, eps)
    far = pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = pnp.minimum(far, pairwise_distance(positive, negative, p, eps))
    return reduced(_above_zero(margin + near - far), reduction)


# -- Distances -------------------------------------------------------------------------------------


def pairwise_distance(x1: Any, x2: Any, p: Any = 2, eps: Any = 1e-6, keepdim: bool = False) -> Any:
    """The `p`-norm of x₁ - x₂ + `eps` along the last axis."""
    return pnp.linalg.vector_norm(x1 - x2 + eps, axis=-1, ord=float(p), keepdims=keepdim)


def pdist(input: Any, p: Any = 2) -> Any:
    """The `p`-norms of the differences of all pairs of rows."""
    n = shape_of(input)[0]
    rows, columns = pnp.triu_indices(n, 1)
    difference = pnp.take(input, rows, axis=0) - pnp.take(input, columns, axis=0)
    return pnp.linalg.vector_norm(difference, axis=-1, ord=float(p))


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: Any = 1e-8) -> Any:
    """The cosine of the angle along `dim`; norms below `eps` count as `eps`."""
    floats("cosine_similarity", x1, x2)
    parts, axis = [], dim
    if not shape_of(x1) and not shape_of(x2):
        x1, x2, axis = pnp.reshape(x1, (1,)), pnp.reshape(x2, (1,)), 0
    for x in pnp.broadcast_arrays(x1, x2):
        norm = pnp.linalg.vector_norm(x, axis=axis, keepdims=True)
        parts.append(x / valued(norm, stop_gradient(pnp.maximum(norm, eps))))
    return pnp.sum(parts[0] * parts[1], axis=axis)


def multi_margin_loss(
    input: Any,
    target: Any,
    p: Any = 1,
    margin: Any = 1,
    weight: Any = None,
    reduction: int = MEAN,
) -> Any:
    """Σ max(0, `margin` - x[y] + x[i])^`p` over i ≠ y, over the number of classes."""
    if p not in (1, 2):
        raise refused(f"multi_margin_loss: p is 1 or 2, not {p}")
    x = input if len(shape_of(input)) == 2 else pnp.reshape(input, (1, -1))
    y = pnp.reshape(target, (-1, 1))
    count = shape_of(x)[1]
    found = pnp.take_along_axis(x, y, axis=1)
    gap = margin - found + x
    terms = pnp.where(gap > 0, gap if p == 1 else pnp.square(gap), 0)
    if weight is not None:
        terms = terms * pnp.take(weight, y, axis=0)
    classes = along(pnp.arange(count), 2, 1)
    loss = pnp.sum(pnp.where(classes == y, 0, terms), axis=1) / count
    return reduced(loss if len(shape_of(target)) else loss[0], reduction)


def multilabel_margin_loss(input: Any, target: Any, reduction: int = MEAN) -> Any:
    """Σ max(0, 1 - x[y] + x[i]) over the labels y (those before the first -1) and the classes i
    that are none, over the number of classes.
    """
    single = len(shape_of(input)) < 2
    x, y = input, target
    if single:
        x, y = pnp.reshape(input, (1, -1)), pnp.reshape(target, (1, -1))
    count = shape_of(x)[1]
    named = pnp.cumulative_sum(pnp.astype(y < 0, "int64"), axis=1) == 0
    labels = pnp.where(named, y, 0)
    classes = pnp.arange(count)
    hits = (labels[:, :, None] == classes[None, None, :]) & named[:, :, None]
    chosen = pnp.any(hits, axis=1)
    gap = 1 - pnp.take_along_axis(x, labels, axis=1)[:, :, None] + x[:, None, :]
    counted = named[:, :, None] & ~chosen[:, None, :] & (gap > 0)
    loss = pnp.sum(pnp.where(counted, gap, 0), axis=(1, 2)) / count
    return reduced(loss[0] if single else loss, reduction)


ROWS = {
    "_C._nn.mse_loss": mse_loss,
    "_C._nn.l1_loss": l1_loss,
    "_C._nn.smooth_l1_loss": smooth_l1_loss,
    "_C._nn.huber_loss": huber_loss,
    "_C._nn.soft_margin_loss": soft_margin_loss,
    "_C._nn.binary_cross_entropy": binary_cross_entropy,
    "_C._nn.multi_margin_loss": multi_margin_loss,
    "_C._nn.multilabel_margin_loss": multilabel_margin_loss,
    "binary_cross_entropy_with_logits": binary_cross_entropy_with_logits,
    "kl_div": kl_div,
    "poisson_nll_loss": poisson_nll_loss,
    "nn.functional.gaussian_nll_loss": gaussian_nll_loss,
    "hinge_embedding_loss": hinge_embedding_loss,
    "margin_ranking_loss": margin_ranking_loss,
    "cosine_embedding_loss": cosine_embedding_loss,
    "triplet_margin_loss": triplet_margin_loss,
    "pairwise_distance": pairwise_distance,
    "pdist": pdist,
    "cosine_similarity": cosine_similarity,
}

register(ROWS)
