"""Builtins of PyTorch below its public functions, on traced arrays: forms with more results, and
the reverse passes that are functions of their own.
"""

from __future__ import annotations

import math
from typing import Any

from ... import numpy as pnp
from ...api import stop_gradient
from ...numpy._core import dtype_of, shape_of
from .nn_core import along, batched, register, unbatched
from .normalization import batch_norm


def native_batch_norm(
    input: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    training: bool,
    momentum: float,
    eps: float,
) -> tuple[Any, Any, Any]:
    """`batch_norm`, and in training the means and the reciprocals of the deviations, which have no
    derivative in PyTorch.
    """
    out = batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)
    if not training:
        nothing = pnp.zeros((0,), dtype=dtype_of(input))
        return out, nothing, nothing
    axes = (0, *range(2, len(shape_of(input))))
    mean = pnp.mean(input, axis=axes)
    centred = input - along(mean, len(shape_of(input)), 1)
    deviation = pnp.sqrt(pnp.mean(pnp.square(centred), axis=axes) + eps)
    return out, stop_gradient(mean), stop_gradient(1 / deviation)


def batch_norm_legit(input: Any, weight: Any, bias: Any, *rest: Any) -> tuple[Any, Any, Any]:
    """`native_batch_norm`, with running moments or without."""
    moments, options = (rest[:-3] or (None, None)), rest[-3:]
    return native_batch_norm(input, weight, bias, *moments, *options)


def batch_norm_with_update(
    input: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    momentum: float,
    eps: float,
) -> tuple[Any, Any, Any, Any]:
    """`native_batch_norm` in training, and memory for a reverse pass, which is empty."""
    found = native_batch_norm(input, weight, bias, running_mean, running_var, True, momentum, eps)
    return (*found, pnp.zeros((0,), dtype="uint8"))


def softmax_backward_data(grad_output: Any, output: Any, dim: int, input_dtype: Any) -> Any:
    """The gradient of a softmax, from that of its result."""
    total = pnp.sum(grad_output * output, axis=dim if shape_of(output) else None, keepdims=True)
    return output * (grad_output - pnp.reshape(total, shape_of(total)))


def native_dropout_backward(grad_output: Any, mask: Any, scale: float) -> Any:
    """The gradient of dropout by a boolean mask."""
    return grad_output * pnp.astype(mask, dtype_of(grad_output)) * scale


def max_pool2d_with_indices_backward(
    grad_output: Any,
    self: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
    indices: Any,
) -> Any:
    """The gradient of `max_pool2d`: each element goes to the place that was chosen."""
    grad, alone = batched(grad_output, 2, "max_pool2d_with_indices_backward")
    places, _ = batched(indices, 2, "max_pool2d_with_indices_backward")
    batch, features, *rest = shape_of(grad)
    size = shape_of(self)[-2:]
    shape = (batch, features, math.prod(rest))
    rows = pnp.reshape(pnp.arange(batch), (batch, 1, 1))
    columns = pnp.reshape(pnp.arange(features), (1, features, 1))
    empty = pnp.zeros((batch, features, math.prod(size)), dtype=dtype_of(grad))
    at = pnp.at(empty)[rows, columns, pnp.reshape(places, shape)]
    return unbatched(pnp.reshape(at.add(pnp.reshape(grad, shape)), (batch, features, *size)), alone)


_PACKETS = {
    "_batch_norm_with_update": batch_norm_with_update,
    "_native_batch_norm_legit": batch_norm_legit,
    "_softmax_backward_data": softmax_backward_data,
    "native_dropout_backward": native_dropout_backward,
    "max_pool2d_with_indices_backward": max_pool2d_with_indices_backward,
}
register({"native_batch_norm": native_batch_norm, "_native_batch_norm_legit": batch_norm_legit})
for _name, _adapter in _PACKETS.items():
    register({f"ops.aten.{_name}": _adapter, f"ops.aten.{_name}.default": _adapter})
