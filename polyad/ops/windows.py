"""Sliding windows and their transpose: what convolutions and pooling are made of."""

from __future__ import annotations

from collections.abc import Hashable

from ..errors import PolyadValueError, ShapeError
from ..ir import ArrayType, Shape
from . import sparsity
from .definition import op
from .types import Batched, Operand, Operands


def positions(shape: Shape, sizes: Shape, strides: Shape, dilations: Shape) -> Shape:
    """The number of windows along each axis."""
    found = []
    for n, k, s, d in zip(shape, sizes, strides, dilations, strict=True):
        span = (k - 1) * d + 1
        found.append(max((n - span) // s + 1, 0) if k else 0)
    return tuple(found)


def _check_steps(sizes: Shape, strides: Shape, dilations: Shape) -> None:
    if not len(sizes) == len(strides) == len(dilations):
        raise PolyadValueError(
            f"sizes {sizes}, strides {strides} and dilations {dilations} differ in length"
        )
    if min((*sizes, *strides, *dilations), default=1) < 1:
        raise PolyadValueError(
            f"sizes {sizes}, strides {strides} and dilations {dilations} are positive"
        )


# -- windows --------------------------------------------------------------------------------------


def windows_type(x: ArrayType, *, sizes: Shape, strides: Shape, dilations: Shape) -> ArrayType:
    """Windows over the last axes of `x`: element [..., k, p] is x[..., p·stride + k·dilation].

    The result's axes: the leading ones of `x`, one per window size, one per position.
    """
    _check_steps(sizes, strides, dilations)
    if len(sizes) > x.ndim:
        raise ShapeError(f"{len(sizes)} window sizes for {x}")
    lead = x.ndim - len(sizes)
    return x.with_shape(
        (*x.shape[:lead], *sizes, *positions(x.shape[lead:], sizes, strides, dilations))
    )


def windows_transpose(
    ct: Operand, x: Operand, *, sizes: Shape, strides: Shape, dilations: Shape
) -> Operand:
    shape = x.shape[len(x.shape) - len(sizes) :]
    return overlap_add(ct, shape=shape, strides=strides, dilations=dilations)


def windows_batch(operands: Operands, batched: Batched, **attributes: Hashable) -> Operand:
    return windows(operands[0], **attributes)


windows = op(
    "windows",
    windows_type,
    linear=((0,),),
    transposes=(windows_transpose,),
    batch=windows_batch,
    sparsity=sparsity.moved,
)


# -- overlap_add ----------------------------------------------------------------------------------


def overlap_add_type(x: ArrayType, *, shape: Shape, strides: Shape, dilations: Shape) -> ArrayType:
    """The transpose of `windows`: each element is added where its window's element came from.

    `shape` are the sizes of the axes that the windows were taken over.
    """
    n = len(shape)
    if 2 * n > x.ndim:
        raise ShapeError(f"windows over {n} axes have at least {2 * n} axes: {x}")
    lead = x.ndim - 2 * n
    sizes, places = x.shape[lead : lead + n], x.shape[lead + n :]
    _check_steps(sizes, strides, dilations)
    if places != positions(shape, sizes, strides, dilations):
        raise ShapeError(
            f"windows of {sizes} over {shape} have {positions(shape, sizes, strides, dilations)} "
            f"positions: {x}"
        )
    return x.with_shape((*x.shape[:lead], *shape))


def overlap_add_transpose(
    ct: Operand, x: Operand, *, shape: Shape, strides: Shape, dilations: Shape
) -> Operand:
    n = len(shape)
    sizes = x.shape[len(x.shape) - 2 * n : len(x.shape) - n]
    return windows(ct, sizes=sizes, strides=strides, dilations=dilations)


def overlap_add_batch(operands: Operands, batched: Batched, **attributes: Hashable) -> Operand:
    return overlap_add(operands[0], **attributes)


overlap_add = op(
    "overlap_add",
    overlap_add_type,
    linear=((0,),),
    transposes=(overlap_add_transpose,),
    batch=overlap_add_batch,
    sparsity=sparsity.windowed,
)
