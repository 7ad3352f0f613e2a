"""PyTorch's activations on traced arrays, with torch's parameters, defaults and derivatives."""

from __future__ import annotations

import math
from typing import Any

from ... import numpy as pnp
from ...concrete import concrete_value
from ...errors import PolyadTypeError, ShapeError
from ...ir import Handle
from ...nn.activations import gelu as smooth_gelu
from ...nn.activations import softplus as smooth
from ...numpy._core import axis_of, dtype_of, shape_of
from ...ops import elementwise as e
from ...ops import manipulation as m
from ...texts import shown
from .nn_core import along, floats, refused, register, register_in_place, unknown_to

ALPHA, SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


def relu(input: Any) -> Any:
    """The larger of x and 0; its derivative at 0 is 0."""
    return pnp.where(input <= 0, 0, input)


def relu6(input: Any) -> Any:
    """`hardtanh` between 0 and 6."""
    return hardtanh(input, 0, 6)


def threshold(input: Any, threshold: Any, value: Any) -> Any:
    """x above `threshold`, else `value`."""
    return pnp.where(input <= threshold, value, input)


def hardtanh(input: Any, min_val: Any = -1, max_val: Any = 1) -> Any:
    """x cut off at `min_val` and `max_val`, with derivative 0 there."""
    return pnp.where(input <= min_val, min_val, pnp.where(input >= max_val, max_val, input))


def hardsigmoid(input: Any) -> Any:
    """`relu6`(x + 3) / 6, with derivative 0 at both ends."""
    floats("hardsigmoid", input)
    return hardtanh(input + 3, 0, 6) / 6


def hardswish(input: Any) -> Any:
    """x·`hardsigmoid`(x); the derivative at -3 is -1/2, at 3 it is 3/2."""
    floats("hardswish", input)
    inside = input * (input + 3) / 6
    return pnp.where(input < -3, 0, pnp.where(input > 3, input, inside))


def hardshrink(input: Any, lambd: Any = 0.5) -> Any:
    """0 from -`lambd` to `lambd`, x elsewhere."""
    floats("hardshrink", input)
    return pnp.where((input >= -lambd) & (input <= lambd), 0, input)


def softshrink(input: Any, lambd: Any = 0.5) -> Any:
    """x drawn `lambd` towards 0, which it does not pass."""
    floats("softshrink", input)
    if lambd < 0:
        raise refused(f"softshrink: lambd is 0 or more, not {lambd}")
    drawn = pnp.where(input > lambd, input - lambd, input + lambd)
    return pnp.where((input >= -lambd) & (input <= lambd), 0, drawn)


def leaky_relu(input: Any, negative_slope: Any = 0.01) -> Any:
    """x above 0, else `negative_slope`·x, which is the derivative at 0 too."""
    floats("leaky_relu", input)
    return pnp.where(input > 0, input, input * negative_slope)


def prelu(input: Any, weight: Any) -> Any:
    """`leaky_relu` by a slope for all, or for each feature (axis 1)."""
    shape, count = shape_of(input), math.prod(shape_of(weight))
    if count != 1:
        if len(shape) < 2 or shape[1] != count or len(shape_of(weight)) > 1:
            raise refused(
                f"prelu: {count} slopes do not fit a tensor of shape {tuple(shape)}", ShapeError
            )
        weight = along(weight, len(shape), 1)
    else:
        weight = pnp.reshape(weight, ())
    return pnp.where(input > 0, input, input * weight)


def rrelu(
    input: Any,
    lower: Any = 1 / 8,
    upper: Any = 1 / 3,
    training: bool = False,
    generator: Any = None,
) -> Any:
    """`leaky_relu` by the mean of `lower` and `upper`, or in training by slopes that PyTorch's
    generator draws.
    """
    if not training:
        return leaky_relu(input, (lower + upper) / 2)
    transform = unknown_to()
    if transform is not None:
        raise refused(
            f"torch.rrelu would draw its slopes once, while {transform} traces, and use them in "
            "every call\n  Pass training=False, or draw the slopes outside.",
            PolyadTypeError,
        )
    import torch  # torch has been imported by whoever calls one of its functions

    known = concrete_value(input) if isinstance(input, Handle) else input
    slopes = torch.ones_like(known)
    torch.ops.aten.rrelu_with_noise(known, slopes, lower, upper, True, generator)
    return input * slopes


def elu(input: Any, alpha: Any = 1, scale: Any = 1, input_scale: Any = 1) -> Any:
    """`scale`·x above 0, else `scale`·`alpha`·(e^(`input_scale`·x) - 1)."""
    floats("elu", input)
    above = input > 0
    below = pnp.expm1(pnp.where(above, 0, input) * input_scale) * (alpha * scale)
    return pnp.where(above, input * scale, below)


def selu(input: Any) -> Any:
    """`elu` with the scales that keep mean and variance (Klambauer et al., arXiv:1706.02515)."""
    return elu(input, ALPHA, SCALE)


def celu(input: Any, alpha: Any = 1.0) -> Any:
    """`elu` with a continuous derivative (Barron, arXiv:1704.07483)."""
    if alpha == 0:
        raise refused("celu: alpha is not 0")
    return elu(input, alpha, 1, 1 / alpha)


def silu(input: Any) -> Any:
    """x·sigmoid(x), of complex numbers too."""
    floats("silu", input)
    return input * sigmoid(input)


def sigmoid(input: Any) -> Any:
    """1 / (1 + e^-x), of complex numbers too."""
    if dtype_of(input).is_complex:
        return 1 / (1 + pnp.exp(-input))
    return e.sigmoid(input)


def mish(input: Any) -> Any:
    """x·tanh(log(1 + e^x))."""
    floats("mish", input)
    return input * pnp.tanh(smooth(input))


def log_sigmoid(input: Any) -> Any:
    """log(sigmoid(x)), without overflow."""
    floats("logsigmoid", input)
    return -smooth(-input)


def softplus(input: Any, beta: Any = 1, threshold: Any = 20) -> Any:
    """log(1 + e^(`beta`·x)) / `beta`; x itself where `beta`·x is above `threshold`."""
    floats("softplus", input)
    scaled = input * beta
    linear = scaled > threshold
    return pnp.where(linear, input, smooth(pnp.where(linear, 0, scaled)) / beta)


def gelu(input: Any, *, approximate: str = "none") -> Any:
    """x·Φ(x), Φ the normal distribution function or its approximation by "tanh"."""
    floats("gelu", input)
    if approximate not in ("none", "tanh"):
        raise refused(f"gelu: approximate is 'none' or 'tanh', not {shown(approximate)}")
    return smooth_gelu(input, approximate == "tanh")


def glu(input: Any, dim: int = -1) -> Any:
    """a·sigmoid(b), for the halves a and b of x along `dim`."""
    axis = axis_of(dim, len(shape_of(input)))
    size = shape_of(input)[axis]
    if size % 2:
        raise refused(f"glu halves an axis of even size, not {size}", ShapeError)
    left = m.slice_axis(input, axis, 0, size // 2)
    return left * e.sigmoid(m.slice_axis(input, axis, size // 2, size))


ROWS = {
    "relu": relu,
    "_C._nn.relu6": relu6,
    "threshold": threshold,
    "_C._nn.hardtanh": hardtanh,
    "_C._nn.hardsigmoid": hardsigmoid,
    "_C._nn.hardswish": hardswish,
    "hardshrink": hardshrink,
    "_C._nn.softshrink": softshrink,
    "_C._nn.leaky_relu": leaky_relu,
    "prelu": prelu,
    "rrelu": rrelu,
    "_C._nn.elu": elu,
    "selu": selu,
    "celu": celu,
    "_C._nn.silu": silu,
    "_C._nn.mish": mish,
    "_C._nn.log_sigmoid": log_sigmoid,
    "_C._nn.softplus": softplus,
    "_C._nn.gelu": gelu,
    "_C._nn.glu": glu,
}
IN_PLACE = {
    "relu_": relu,
    "_C._nn.relu6_": relu6,
    "threshold_": threshold,
    "_C._nn.hardtanh_": hardtanh,
    "_C._nn.hardsigmoid_": hardsigmoid,
    "_C._nn.hardswish_": hardswish,
    "_C._nn.leaky_relu_": leaky_relu,
    "rrelu_": rrelu,
    "_C._nn.elu_": elu,
    "selu_": selu,
    "celu_": celu,
    "_C._nn.silu_": silu,
    "_C._nn.mish_": mish,
}
"""Functions that write their result into the argument."""

register(ROWS)
register_in_place(IN_PLACE)
