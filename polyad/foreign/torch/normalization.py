"""PyTorch's normalisations on traced arrays; running statistics are written in place."""

from __future__ import annotations

import math
from typing import Any

from ... import numpy as pnp
from ...api import stop_gradient
from ...concrete import concrete_value
from ...errors import PolyadTypeError, ShapeError
from ...ir import Handle
from ...numpy._core import dtype_of, shape_of
from .nn_core import along, floats, refused, register, unknown_to


def layer_norm(
    input: Any,
    normalized_shape: Any,
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
    cudnn_enable: bool = True,
) -> Any:
    """Mean 0 and variance 1 over the last axes, then scaled by `weight`, shifted by `bias`."""
    floats("layer_norm", input)
    axes = _last(input, normalized_shape, "layer_norm")
    return _affine(_standard(input, axes, eps), weight, bias)


def rms_norm(
    input: Any, normalized_shape: Any, weight: Any = None, eps: float | None = None
) -> Any:
    """x over the root of its mean square over the last axes, scaled by `weight`."""
    floats("rms_norm", input)
    axes = _last(input, normalized_shape, "rms_norm")
    eps = float(pnp.finfo(dtype_of(input)).eps) if eps is None else eps
    square = pnp.square(pnp.abs(input)) if dtype_of(input).is_complex else pnp.square(input)
    scaled = input / pnp.sqrt(pnp.mean(square, axis=axes, keepdims=True) + eps)
    return _affine(scaled, weight, None)


def _last(x: Any, sizes: Any, name: str) -> tuple[int, ...]:
    shape, wanted = tuple(shape_of(x)), tuple(int(n) for n in sizes)
    if not wanted or shape[len(shape) - len(wanted) :] != wanted:
        raise refused(
            f"{name}: normalized_shape {wanted} is not the end of the shape {shape}", ShapeError
        )
    return tuple(range(len(shape) - len(wanted), len(shape)))


def _standard(x: Any, axes: tuple[int, ...], eps: float) -> Any:
    centred = x - pnp.mean(x, axis=axes, keepdims=True)
    return centred / pnp.sqrt(pnp.mean(pnp.square(centred), axis=axes, keepdims=True) + eps)


def _affine(x: Any, weight: Any, bias: Any) -> Any:
    x = x if weight is None else x * weight
    return x if bias is None else x + bias


def group_norm(
    input: Any,
    num_groups: int,
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
    cudnn_enabled: bool = True,
) -> Any:
    """Mean 0 and variance 1 over each group of features (axis 1) of each element of the batch."""
    floats("group_norm", input)
    batch, features, *space = shape_of(input)
    if features % num_groups:
        raise refused(
            f"group_norm: {features} features do not split into {num_groups} groups", ShapeError
        )
    size = features // num_groups * math.prod(space)
    grouped = pnp.reshape(input, (batch, num_groups, size))
    found = pnp.reshape(_standard(grouped, (2,), eps), shape_of(input))
    return _by_feature(found, weight, bias)


def _by_feature(x: Any, weight: Any, bias: Any) -> Any:
    ndim = len(shape_of(x))
    parts = [None if v is None else along(v, ndim, 1) for v in (weight, bias)]
    return _affine(x, *parts)


def batch_norm(
    input: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = True,
) -> Any:
    """Mean 0 and variance 1 of each feature (axis 1), by the batch's moments in training, else by
    the running ones. Training moves those towards the batch's, in place.
    """
    floats("batch_norm", input)
    if not shape_of(input)[0]:  # torch has no moments of an empty batch either
        parts = [None if v is None else v[0] for v in (weight, bias)]
        return _affine(pnp.copy(input), *parts)
    axes = (0, *range(2, len(shape_of(input))))
    if not training:
        if running_mean is None or running_var is None:
            raise refused("batch_norm in evaluation needs running_mean and running_var")
        mean, var = (along(v, len(shape_of(input)), 1) for v in (running_mean, running_var))
        return _by_feature((input - mean) / pnp.sqrt(var + eps), weight, bias)
    mean = pnp.mean(input, axis=axes)
    var = pnp.mean(pnp.square(input - along(mean, len(shape_of(input)), 1)), axis=axes)
    count = math.prod(shape_of(input)[i] for i in axes)
    _move(running_mean, mean, momentum, "batch_norm")
    _move(
        running_var, var * (count / (count - 1) if count > 1 else math.nan), momentum, "batch_norm"
    )
    return _by_feature(_standard(input, axes, eps), weight, bias)


def instance_norm(
    input: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = True,
) -> Any:
    """`batch_norm` of each element of the batch by itself; running moments are the batch's mean."""
    floats("instance_norm", input)
    if not use_input_stats:
        return batch_norm(
            input, weight, bias, running_mean, running_var, False, momentum, eps, cudnn_enabled
        )
    axes = tuple(range(2, len(shape_of(input))))
    mean = pnp.mean(input, axis=axes, keepdims=True)
    var = pnp.mean(pnp.square(input - mean), axis=axes)
    count = math.prod(shape_of(input)[2:])
    _move(running_mean, pnp.mean(mean, axis=(0, *axes)), momentum, "instance_norm")
    unbiased = pnp.mean(var, axis=0) * (count / (count - 1) if count > 1 else math.nan)
    _move(running_var, unbiased, momentum, "instance_norm")
    return _by_feature(_standard(input, axes, eps), weight, bias)


def _move(running: Any, value: Any, momentum: float, name: str) -> None:
    """Move a running moment towards that of the batch, without derivative. A plain tensor is
    written where the trace stands for one call, as PyTorch does.
    """
    if running is None:
        return
    if isinstance(running, Handle):
        moved = running * (1 - momentum) + stop_gradient(value) * momentum  # type: ignore[operator]
        running[...] = moved  # type: ignore[index]
        return
    transform = unknown_to()
    if transform is not None:
        raise refused(
            f"{name} in training would write running statistics into a plain tensor while "
            f"{transform} traces, and not in the calls\n  Pass the module's buffers with its "
            "parameters, functional_call(module, {**parameters, **buffers}, x), and return what "
            "is to be kept; or call module.eval().",
            PolyadTypeError,
        )
    known = concrete_value(value) if isinstance(value, Handle) else value
    running.mul_(1 - momentum).add_(known.to(running.dtype), alpha=momentum)


def native_layer_norm(
    input: Any, normalized_shape: Any, weight: Any, bias: Any, eps: float
) -> tuple[Any, Any, Any]:
    """`layer_norm`, the mean, and the reciprocal of the deviation; these two have no derivative in
    PyTorch.
    """
    axes = _last(input, normalized_shape, "native_layer_norm")
    mean = pnp.mean(input, axis=axes, keepdims=True)
    var = pnp.mean(pnp.square(input - mean), axis=axes, keepdims=True)
    found = layer_norm(input, normalized_shape, weight, bias, eps)
    return found, stop_gradient(mean), stop_gradient(1 / pnp.sqrt(var + eps))


def native_group_norm(
    input: Any, weight: Any, bias: Any, N: int, C: int, HxW: int, group: int, eps: float
) -> tuple[Any, Any, Any]:
    """`group_norm`, the means, and the reciprocals of the deviations."""
    grouped = pnp.reshape(input, (N, group, C // group * HxW))
    mean = pnp.mean(grouped, axis=2)
    var = pnp.mean(pnp.square(grouped - mean[:, :, None]), axis=2)
    return group_norm(input, group, weight, bias, eps), mean, 1 / pnp.sqrt(var + eps)


ROWS = {
    "layer_norm": layer_norm,
    "rms_norm": rms_norm,
    "group_norm": group_norm,
    "batch_norm": batch_norm,
    "instance_norm": instance_norm,
    "native_layer_norm": native_layer_norm,
    "native_group_norm": native_group_norm,
}

register(ROWS)
