"""PyTorch's convolutions, and the windows that they are made of, on traced arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import numpy as pnp
from ...errors import PolyadTypeError, ShapeError
from ...lax import conv_general_dilated
from ...lax import pad as spread
from ...numpy._core import dtype_of, shape_of
from ...ops import manipulation as m
from ...ops import windows as w
from ...texts import shown
from .nn_core import along, batched, per_axis, refused, register, unbatched

Sizes = int | Sequence[int]


def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """x·Wᵀ + b along the last axis."""
    columns = weight if len(shape_of(weight)) == 1 else pnp.matrix_transpose(weight)
    product = pnp.matmul(input, columns)
    return product if bias is None else product + bias


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """x₁ᵀ·W·x₂ + b along the last axes, for each of the matrices W."""
    product = pnp.einsum("...i,oij,...j->...o", input1, weight, input2)
    return product if bias is None else product + bias


def _convolution(space: int) -> Any:
    name = f"conv{space}d"

    def conv(
        input: Any,
        weight: Any,
        bias: Any = None,
        stride: Sizes = 1,
        padding: Sizes | str = 0,
        dilation: Sizes = 1,
        groups: int = 1,
    ) -> Any:
        _check(name, input, weight, bias)
        x, alone = batched(input, space, name)
        apart = per_axis(dilation, space, f"{name}: dilation")
        steps = per_axis(stride, space, f"{name}: stride")
        sizes = shape_of(weight)[2:]
        ends = _paddings(name, padding, sizes, apart, steps)
        found = conv_general_dilated(
            x, weight, steps, ends, None, apart, None, feature_group_count=groups
        )
        return unbatched(_with_bias(found, bias), alone)

    conv.__doc__ = f"The convolution over {space} axes by `weight`: (features out, in, sizes…)."
    conv.__name__ = name
    return conv


def _check(name: str, input: Any, weight: Any, bias: Any) -> None:
    kinds = {dtype_of(x) for x in (input, weight, bias) if x is not None}
    if len(kinds) > 1:
        listed = ", ".join(sorted(map(str, kinds)))
        raise refused(f"{name} takes tensors of one dtype, not of {listed}", PolyadTypeError)


def _paddings(name: str, padding: Any, sizes: Any, apart: Any, steps: Any) -> list[Any]:
    """The padding before and after each axis."""
    if not isinstance(padding, str):
        return [(p, p) for p in per_axis(padding, len(sizes), f"{name}: padding")]
    if padding == "valid":
        return [(0, 0)] * len(sizes)
    if padding != "same":
        raise refused(f"{name}: padding is 'same', 'valid' or numbers, not {shown(padding)}")
    if any(s != 1 for s in steps):
        raise refused(f"{name}: padding='same' is for a stride of 1, not {steps}")
    totals = [d * (k - 1) for k, d in zip(sizes, apart, strict=True)]
    return [(t // 2, t - t // 2) for t in totals]


def _with_bias(found: Any, bias: Any) -> Any:
    return found if bias is None else found + along(bias, len(shape_of(found)), 1)


def _transposed(space: int) -> Any:
    name = f"conv_transpose{space}d"

    def conv_transpose(
        input: Any,
        weight: Any,
        bias: Any = None,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        dilation: Sizes = 1,
    ) -> Any:
        _check(name, input, weight, bias)
        x, alone = batched(input, space, name)
        steps, pads, more, apart = (
            per_axis(given, space, f"{name}: {what}")
            for given, what in (
                (stride, "stride"),
                (padding, "padding"),
                (output_padding, "output_padding"),
                (dilation, "dilation"),
            )
        )
        if any(o >= max(s, d) for o, s, d in zip(more, steps, apart, strict=True)):
            raise refused(f"{name}: output_padding is below stride or dilation, not {more}")
        sizes = shape_of(weight)[2:]
        ends = [
            (d * (k - 1) - p, d * (k - 1) - p + o)
            for k, d, p, o in zip(sizes, apart, pads, more, strict=True)
        ]
        ones = (1,) * space
        kernel = _turned(weight, groups)
        found = conv_general_dilated(
            x, kernel, ones, ends, steps, apart, None, feature_group_count=groups
        )
        return unbatched(_with_bias(found, bias), alone)

    conv_transpose.__doc__ = f"The transpose of `conv{space}d`; `weight` is (in, out, sizes…)."
    conv_transpose.__name__ = name
    return conv_transpose


def _turned(weight: Any, groups: int) -> Any:
    """The kernel (in, out of a group, sizes…) as (out, in of a group, sizes…), reversed."""
    into, out, *sizes = shape_of(weight)
    split = m.reshape(weight, shape=(groups, into // groups, out, *sizes))
    split = m.permute_dims(split, axes=(0, 2, 1, *range(3, 3 + len(sizes))))
    kernel = m.reshape(split, shape=(groups * out, into // groups, *sizes))
    return m.flip(kernel, axes=tuple(range(2, 2 + len(sizes))))


def conv_tbc(input: Any, weight: Any, bias: Any, pad: int = 0) -> Any:
    """`conv1d` of (time, batch, features) by a kernel (size, in, out)."""
    x, kernel = pnp.permute_dims(input, (1, 2, 0)), pnp.permute_dims(weight, (2, 1, 0))
    return pnp.permute_dims(_convolution(1)(x, kernel, bias, 1, pad), (2, 0, 1))


# -- Windows ---------------------------------------------------------------------------------------


def im2col(input: Any, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> Any:
    """The windows as columns: (batch, features·size of a window, positions)."""
    x, alone = batched(input, 2, "unfold")
    sizes, apart, pads, steps = _four(kernel_size, dilation, padding, stride, "unfold")
    wide = spread(x, _zero(x), [(0, 0, 0)] * 2 + [(p, p, 0) for p in pads])
    seen = w.windows(wide, sizes=sizes, strides=steps, dilations=apart)
    batch, features, kh, kw, rows, columns = shape_of(seen)
    return unbatched(m.reshape(seen, shape=(batch, features * kh * kw, rows * columns)), alone)


def col2im(
    input: Any, output_size: Any, kernel_size: Any, dilation: Any, padding: Any, stride: Any
) -> Any:
    """The sum of the columns, each where `im2col` takes it from."""
    alone = len(shape_of(input)) == 2
    x = m.reshape(input, shape=(1, *shape_of(input))) if alone else input
    sizes, apart, pads, steps = _four(kernel_size, dilation, padding, stride, "fold")
    size = per_axis(output_size, 2, "fold: output_size")
    whole = tuple(n + 2 * p for n, p in zip(size, pads, strict=True))
    places = w.positions(whole, sizes, steps, apart)
    batch, columns, count = shape_of(x)
    if columns % (sizes[0] * sizes[1]) or count != places[0] * places[1]:
        raise refused(
            f"fold: a tensor of shape {tuple(shape_of(input))} does not hold windows of {sizes} "
            f"at {places[0]} by {places[1]} positions",
            ShapeError,
        )
    seen = m.reshape(x, shape=(batch, columns // (sizes[0] * sizes[1]), *sizes, *places))
    found = w.overlap_add(seen, shape=whole, strides=steps, dilations=apart)
    cut = spread(found, _zero(found), [(0, 0, 0)] * 2 + [(-p, -p, 0) for p in pads])
    return unbatched(cut, alone)


def _zero(x: Any) -> Any:
    return pnp.zeros((), dtype=dtype_of(x))


def _four(kernel: Any, dilation: Any, padding: Any, stride: Any, name: str) -> Any:
    return (
        per_axis(kernel, 2, f"{name}: kernel_size"),
        per_axis(dilation, 2, f"{name}: dilation"),
        per_axis(padding, 2, f"{name}: padding"),
        per_axis(stride, 2, f"{name}: stride"),
    )


ROWS = {
    "_C._nn.linear": linear,
    "bilinear": bilinear,
    **{f"conv{n}d": _convolution(n) for n in (1, 2, 3)},
    **{f"conv_transpose{n}d": _transposed(n) for n in (1, 2, 3)},
    "conv_tbc": conv_tbc,
    "_C._nn.im2col": im2col,
    "_C._nn.col2im": col2im,
}

register(ROWS)
