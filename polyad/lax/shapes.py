"""The shapes of convolutions and of reductions over windows, from shapes alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._arguments import refuse
from .convolution import conv_dimension_numbers, spread_pads
from .reductions import pads, per_axis

Sizes = Sequence[int]


def conv_general_shape_tuple(
    lhs_shape: Sizes,
    rhs_shape: Sizes,
    window_strides: Sizes,
    padding: Any,
    dimension_numbers: Any,
) -> tuple[int, ...]:
    """The shape of `conv_general_dilated` of arrays of these shapes.

    >>> conv_general_shape_tuple((1, 8, 3), (3, 3, 4), (2,), "SAME", ("NHC", "HIO", "NHC"))
    (1, 4, 4)
    """
    what = "conv_general_shape_tuple"
    specs = conv_dimension_numbers(lhs_shape, rhs_shape, dimension_numbers)
    sizes, spans = _spaces(lhs_shape, rhs_shape, specs)
    strides = per_axis(what, "window_strides", window_strides, len(sizes))
    around = pads(what, padding, sizes, spans, strides)
    space = _counts(sizes, spans, strides, around, what)
    return _placed(lhs_shape, rhs_shape, space, specs)


def conv_transpose_shape_tuple(
    lhs_shape: Sizes,
    rhs_shape: Sizes,
    window_strides: Sizes,
    padding: Any,
    dimension_numbers: Any,
) -> tuple[int, ...]:
    """The shape of `conv_transpose` of arrays of these shapes.

    >>> conv_transpose_shape_tuple((1, 4, 3), (2, 3, 5), (2,), "SAME", ("NHC", "HIO", "NHC"))
    (1, 8, 5)
    """
    what = "conv_transpose_shape_tuple"
    specs = conv_dimension_numbers(lhs_shape, rhs_shape, dimension_numbers)
    sizes, spans = _spaces(lhs_shape, rhs_shape, specs)
    strides = per_axis(what, "window_strides", window_strides, len(sizes))
    if isinstance(padding, str):
        padding = [spread_pads(n, s, padding) for n, s in zip(spans, strides, strict=True)]
    around = pads(what, padding, sizes, spans, strides)
    spread = [(n - 1) * s + 1 if n else 0 for n, s in zip(sizes, strides, strict=True)]
    space = _counts(spread, spans, [1] * len(spans), around, what)
    return _placed(lhs_shape, rhs_shape, space, specs)


def reduce_window_shape_tuple(
    operand_shape: Sizes,
    window_dimensions: Sizes,
    window_strides: Sizes,
    padding: Any,
    base_dilation: Sizes | None = None,
    window_dilation: Sizes | None = None,
) -> tuple[int, ...]:
    """The shape of `reduce_window` of an array of this shape.

    >>> reduce_window_shape_tuple((5, 6), (2, 2), (1, 2), [(0, 0), (0, 0)])
    (4, 3)
    """
    what, rank = "reduce_window_shape_tuple", len(operand_shape)
    strides = per_axis(what, "window_strides", window_strides, rank)
    apart = per_axis(what, "base_dilation", base_dilation, rank)
    within = per_axis(what, "window_dilation", window_dilation, rank)
    sizes = [(n - 1) * d + 1 if n else 0 for n, d in zip(operand_shape, apart, strict=True)]
    spans = [(n - 1) * d + 1 if n else 0 for n, d in zip(window_dimensions, within, strict=True)]
    around = pads(what, padding, sizes, spans, strides)
    return tuple(_counts(sizes, spans, strides, around, what))


def _counts(
    sizes: Sizes, spans: Sizes, strides: Sizes, around: Sequence[Any], what: str
) -> list[int]:
    """The numbers of windows along each axis. Raises `PolyadValueError` for a negative size."""
    padded = [n + low + high for n, (low, high) in zip(sizes, around, strict=True)]
    if min(padded, default=0) < 0:
        refuse(f"{what}: padding {list(around)} takes more away than there is of {list(sizes)}")
    return [
        max((n - span) // stride + 1, 0)
        for n, span, stride in zip(padded, spans, strides, strict=True)
    ]


def _spaces(lhs_shape: Sizes, rhs_shape: Sizes, specs: Any) -> tuple[list[int], list[int]]:
    """The sizes of the arrays along the axes that are not batch and features."""
    return [lhs_shape[k] for k in specs.lhs_spec[2:]], [rhs_shape[k] for k in specs.rhs_spec[2:]]


def _placed(lhs_shape: Sizes, rhs_shape: Sizes, space: Sizes, specs: Any) -> tuple[int, ...]:
    """Batch, features and the sizes in space, at the axes of the result."""
    sizes = [lhs_shape[specs.lhs_spec[0]], rhs_shape[specs.rhs_spec[0]], *space]
    return tuple(int(sizes[specs.out_spec.index(axis)]) for axis in range(len(sizes)))
