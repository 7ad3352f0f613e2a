"""Convolutions: windows of the input, contracted with the kernel.

As everywhere in machine learning the kernel is not reversed. Each convolution is padding, `windows`
and one `dot_general`, so its derivatives to any order, its batching and its native code are theirs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..numpy._core import convert, promoted, shape_of
from ..numpy._precision import check_precision
from ..ops import linalg as l
from ..ops import manipulation as m
from ..ops import windows as w
from ..texts import shown
from ._arguments import refuse, refuse_shape, refuse_type, type_of
from .movement import pad
from .reductions import pads, per_axis

Sizes = Sequence[int]


class ConvDimensionNumbers(NamedTuple):
    """The axes of the input and the result (batch, features, space…) and of the kernel (output
    features, input features, space…).
    """

    lhs_spec: tuple[int, ...]
    rhs_spec: tuple[int, ...]
    out_spec: tuple[int, ...]


def conv_dimension_numbers(
    lhs_shape: Sizes, rhs_shape: Sizes, dimension_numbers: Any
) -> ConvDimensionNumbers:
    """The axes that `dimension_numbers` names, for arrays of these ranks.

    Three strings name the axes: N and C of input and result, O and I of the kernel, any other
    letters for space, as ("NHWC", "HWIO", "NHWC"). None is ("NCHW", "OIHW", "NCHW"). Raises
    `PolyadValueError` for strings that do not fit.

    >>> conv_dimension_numbers((1, 8, 8, 3), (3, 3, 3, 4), ("NHWC", "HWIO", "NHWC")).rhs_spec
    (3, 2, 0, 1)
    """
    rank = len(lhs_shape)
    if rank != len(rhs_shape) or rank < 2:
        refuse_shape(
            f"a convolution takes an input and a kernel of one rank, 2 or more, not shapes "
            f"{tuple(lhs_shape)} and {tuple(rhs_shape)}"
        )
    if dimension_numbers is None:
        return ConvDimensionNumbers(*(tuple(range(rank)),) * 3)
    if isinstance(dimension_numbers, ConvDimensionNumbers):
        return dimension_numbers
    specs = tuple(dimension_numbers)
    if len(specs) != 3 or not all(isinstance(s, str) for s in specs):
        refuse_type(
            "dimension_numbers are three strings such as ('NHWC', 'HWIO', 'NHWC'), not "
            f"{shown(dimension_numbers, 120)}"
        )
    space = [c for c in specs[1] if c not in "OI"]
    orders = (["N", "C", *space], ["O", "I", *space], ["N", "C", *space])
    for spec, order in zip(specs, orders, strict=True):
        if len(spec) != rank or sorted(spec) != sorted(order):
            refuse(
                f"dimension_numbers {specs} do not fit arrays of rank {rank}: {spec!r} should have "
                f"the letters {''.join(order)}"
            )
    found = [tuple(spec.index(c) for c in order) for spec, order in zip(specs, orders, strict=True)]
    return ConvDimensionNumbers(*found)


def conv_general_dilated(
    lhs: Any,
    rhs: Any,
    window_strides: Sizes,
    padding: Any,
    lhs_dilation: Sizes | None = None,
    rhs_dilation: Sizes | None = None,
    dimension_numbers: Any = None,
    feature_group_count: int = 1,
    batch_group_count: int = 1,
    precision: Any = None,
    preferred_element_type: Any = None,
) -> Any:
    """The convolution of `lhs`, (batch, features, space…), with the kernel `rhs`, (output features,
    input features, space…), or axes in the order of `dimension_numbers`.

    - `window_strides`: from one window to the next, per axis of space.
    - `padding`: "SAME", "SAME_LOWER", "VALID", or (before, after) per axis, possibly negative.
    - `lhs_dilation`, `rhs_dilation`: the distance of neighbours in the input (a transposed
      convolution) and in the kernel.
    - `feature_group_count`: features are split into so many groups, each with a kernel of its own.
    - `batch_group_count`: the same for the batch.
    - `preferred_element_type`: a dtype to sum in; `precision` has no effect, it is always full.

    Raises `PolyadValueError` or `ShapeError` for sizes that do not fit.

    >>> import numpy as np
    >>> x, kernel = np.arange(5.0).reshape(1, 1, 5), np.array([[[1.0, -1.0]]])
    >>> conv_general_dilated(x, kernel, (1,), "VALID")
    array([[[-1., -1., -1., -1.]]])
    """
    x, k = promoted([lhs, rhs])
    if preferred_element_type is not None:
        x, k = convert(x, preferred_element_type), convert(k, preferred_element_type)
    specs = conv_dimension_numbers(shape_of(x), shape_of(k), dimension_numbers)
    x, k = m.permute_dims(x, axes=specs.lhs_spec), m.permute_dims(k, axes=specs.rhs_spec)
    _check_groups(x, k, feature_group_count, batch_group_count)
    seen = _windows(
        "conv_general_dilated",
        x,
        shape_of(k)[2:],
        window_strides,
        padding,
        lhs_dilation,
        rhs_dilation,
    )
    found = _contracted(seen, k, feature_group_count, batch_group_count)
    return m.permute_dims(found, axes=m.inverse_permutation(specs.out_spec))


def _windows(
    what: str,
    x: Any,
    sizes: Sizes,
    window_strides: Sizes,
    padding: Any,
    lhs_dilation: Sizes | None,
    rhs_dilation: Sizes | None,
) -> Any:
    """The windows of `x` as (batch, features, in the window…, position…)."""
    space = shape_of(x)[2:]
    strides = per_axis(what, "window_strides", window_strides, len(space))
    apart = per_axis(what, "lhs_dilation", lhs_dilation, len(space))
    dilations = per_axis(what, "rhs_dilation", rhs_dilation, len(space))
    spans = [(k - 1) * d + 1 for k, d in zip(sizes, dilations, strict=True)]
    grown = [max((n - 1) * a + 1, 0) for n, a in zip(space, apart, strict=True)]
    ends = pads(what, padding, grown, spans, strides)
    config = [(0, 0, 0)] * 2 + [
        (low, high, a - 1) for (low, high), a in zip(ends, apart, strict=True)
    ]
    wide = pad(x, 0, config)
    return w.windows(wide, sizes=tuple(sizes), strides=strides, dilations=dilations)


def _contracted(seen: Any, k: Any, feature_groups: int, batch_groups: int) -> Any:
    """Windows and kernel, summed over features and elements of a window: (batch, features, …)."""
    n = len(shape_of(k)) - 2
    groups, split = max(feature_groups, batch_groups), 1 if feature_groups > 1 else 0
    grouped = m.move_axis(_grouped(seen, split, groups), split, 0)
    summed = tuple(range(2, 3 + n))  # of both: input features, then the elements of a window
    found = l.dot_general(
        _grouped(k, 0, groups), grouped, contracting=(summed, summed), batch=((0,), (0,))
    )
    ordered = m.permute_dims(found, axes=(2, 0, 1, *range(3, 3 + n)))
    shape = shape_of(ordered)
    return m.reshape(ordered, shape=(shape[0], shape[1] * shape[2], *shape[3:]))


def _grouped(x: Any, axis: int, groups: int) -> Any:
    """`x` with one of its axes split in two: the groups, and the members of a group."""
    shape = shape_of(x)
    return m.reshape(x, shape=(*shape[:axis], groups, shape[axis] // groups, *shape[axis + 1 :]))


def _check_groups(x: Any, k: Any, feature_groups: int, batch_groups: int) -> None:
    (batch, features), (outputs, inputs) = shape_of(x)[:2], shape_of(k)[:2]
    if min(feature_groups, batch_groups) < 1 or min(feature_groups, batch_groups) != 1:
        refuse(
            "conv_general_dilated: feature_group_count and batch_group_count are positive, and one "
            f"of them is 1, not {feature_groups} and {batch_groups}"
        )
    if features != feature_groups * inputs:
        refuse_shape(
            f"conv_general_dilated: the input has {features} features, and the kernel takes "
            f"{inputs} in each of {feature_groups} groups: {type_of(x)}, {type_of(k)}"
        )
    groups = max(feature_groups, batch_groups)
    if outputs % groups or batch % batch_groups:
        refuse_shape(
            f"conv_general_dilated: {outputs} output features and a batch of {batch} do not split "
            f"into {groups} groups"
        )


def conv(
    lhs: Any,
    rhs: Any,
    window_strides: Sizes,
    padding: str,
    precision: Any = None,
    preferred_element_type: Any = None,
) -> Any:
    """`conv_general_dilated` of a (batch, features, space…) input with an (output features, input
    features, space…) kernel.

    >>> import numpy as np
    >>> conv(np.ones((1, 1, 3)), np.ones((1, 1, 2)), (1,), "SAME")
    array([[[2., 2., 1.]]])
    """
    return conv_general_dilated(
        lhs, rhs, window_strides, padding, preferred_element_type=preferred_element_type
    )


def conv_with_general_padding(
    lhs: Any,
    rhs: Any,
    window_strides: Sizes,
    padding: Any,
    lhs_dilation: Sizes | None,
    rhs_dilation: Sizes | None,
    precision: Any = None,
    preferred_element_type: Any = None,
) -> Any:
    """`conv` with dilations."""
    return conv_general_dilated(
        lhs,
        rhs,
        window_strides,
        padding,
        lhs_dilation,
        rhs_dilation,
        preferred_element_type=preferred_element_type,
    )


def conv_transpose(
    lhs: Any,
    rhs: Any,
    strides: Sizes,
    padding: Any,
    rhs_dilation: Sizes | None = None,
    dimension_numbers: Any = None,
    transpose_kernel: bool = False,
    precision: Any = None,
    preferred_element_type: Any = None,
    use_consistent_padding: bool = False,
) -> Any:
    """The transposed ("fractionally strided") convolution: `strides` spread the input.

    "SAME" gives size·stride elements along each axis, "VALID" those that any element reaches; pairs
    pad the spread input, or, with `use_consistent_padding`, are those of the convolution whose
    transpose it is. Without `dimension_numbers` the features come last, as in ("NHWC", "HWIO",
    "NHWC"). With `transpose_kernel` it is the transpose of the convolution by the same kernel.

    >>> import numpy as np
    >>> conv_transpose(np.ones((1, 2, 1)), np.ones((2, 1, 1)), (2,), "SAME")[0, :, 0]
    array([1., 1., 1., 1.])
    """
    x, k = promoted([lhs, rhs])
    rank = len(shape_of(x))
    if dimension_numbers is None:
        if not 3 <= rank <= 5:
            refuse("conv_transpose: give dimension_numbers for other than 1 to 3 axes of space")
        space = "HWD"[: rank - 2]
        dimension_numbers = (f"N{space}C", f"{space}IO", f"N{space}C")
    specs = conv_dimension_numbers(shape_of(x), shape_of(k), dimension_numbers)
    steps = per_axis("conv_transpose", "strides", strides, rank - 2)
    apart = per_axis("conv_transpose", "rhs_dilation", rhs_dilation, rank - 2)
    spans = [
        (shape_of(k)[axis] - 1) * d + 1 for axis, d in zip(specs.rhs_spec[2:], apart, strict=True)
    ]
    if isinstance(padding, str):
        padding = [spread_pads(n, s, padding) for n, s in zip(spans, steps, strict=True)]
    elif use_consistent_padding:
        given = pads("conv_transpose", padding, spans, spans, steps)
        padding = [(n - low - 1, n - high - 1) for n, (low, high) in zip(spans, given, strict=True)]
    if transpose_kernel:
        out, into, *kernel_space = specs.rhs_spec
        k = m.flip(k, axes=tuple(sorted(kernel_space)))
        specs = specs._replace(rhs_spec=(into, out, *kernel_space))
    return conv_general_dilated(
        x,
        k,
        (1,) * (rank - 2),
        padding,
        steps,
        apart,
        specs,
        preferred_element_type=preferred_element_type,
    )


def spread_pads(span: int, stride: int, padding: str) -> tuple[int, int]:
    """Padding such that each element reaches `span` results ("VALID"), or of those as many as there
    are elements times the stride ("SAME").
    """
    name = padding.upper()
    if name not in ("SAME", "VALID"):
        refuse(f"conv_transpose: padding is 'SAME', 'VALID' or pairs, not {shown(padding)}")
    if name == "VALID":
        return span - 1, span - 1 + max(stride - span, 0)
    total = span + stride - 2
    low = span - 1 if stride > span - 1 else -(-total // 2)
    return low, total - low


def conv_general_dilated_patches(
    lhs: Any,
    filter_shape: Sizes,
    window_strides: Sizes,
    padding: Any,
    lhs_dilation: Sizes | None = None,
    rhs_dilation: Sizes | None = None,
    dimension_numbers: Any = None,
    precision: Any = None,
    preferred_element_type: Any = None,
) -> Any:
    """The windows that a convolution sees, as features: those of one input feature side by side.

    >>> import numpy as np
    >>> conv_general_dilated_patches(np.arange(3.0).reshape(1, 1, 3), (2,), (1,), "VALID")[0]
    array([[0., 1.],
           [1., 2.]])
    """
    (x,) = promoted([lhs])
    if preferred_element_type is not None:
        x = convert(x, preferred_element_type)
    rank = len(shape_of(x))
    specs = conv_dimension_numbers(shape_of(x), (1,) * rank, dimension_numbers)
    x, what = m.permute_dims(x, axes=specs.lhs_spec), "conv_general_dilated_patches"
    sizes = per_axis(what, "filter_shape", filter_shape, rank - 2)
    seen = _windows(what, x, sizes, window_strides, padding, lhs_dilation, rhs_dilation)
    batch, features, *rest = shape_of(seen)
    count = features * math.prod(sizes)
    found = m.reshape(seen, shape=(batch, count, *rest[len(sizes) :]))
    return m.permute_dims(found, axes=m.inverse_permutation(specs.out_spec))


def conv_general_dilated_local(
    lhs: Any,
    rhs: Any,
    window_strides: Sizes,
    padding: Any,
    filter_shape: Sizes,
    lhs_dilation: Sizes | None = None,
    rhs_dilation: Sizes | None = None,
    dimension_numbers: Any = None,
    precision: Any = None,
) -> Any:
    """The convolution with a kernel for each window: `rhs` is (output features, input features ×
    elements of a window, position…), or its axes are in the order of `dimension_numbers`.

    Raises `ShapeError` for sizes that do not fit.

    >>> import numpy as np
    >>> x, kernels = np.ones((1, 1, 3)), np.array([[[1.0, 2.0], [3.0, 4.0]]])
    >>> conv_general_dilated_local(x, kernels, (1,), "VALID", (2,))
    array([[[4., 6.]]])
    """
    check_precision("conv_general_dilated_local", precision)
    x, k = promoted([lhs, rhs])
    specs = conv_dimension_numbers(shape_of(x), shape_of(k), dimension_numbers)
    plain = m.permute_dims(x, axes=specs.lhs_spec)
    seen = conv_general_dilated_patches(
        plain, filter_shape, window_strides, padding, lhs_dilation, rhs_dilation
    )
    k = m.permute_dims(k, axes=specs.rhs_spec)
    if shape_of(k)[1:] != shape_of(seen)[1:]:
        refuse_shape(
            "conv_general_dilated_local: the windows are of shape (features × elements, "
            f"position…) = {shape_of(seen)[1:]}, the kernels of {shape_of(k)[1:]}"
        )
    space = tuple(range(2, len(shape_of(k))))
    found = l.dot_general(k, seen, contracting=((1,), (1,)), batch=(space, space))
    n = len(space)  # (position…, output features, batch)
    ordered = m.permute_dims(found, axes=(n + 1, n, *range(n)))
    return m.permute_dims(ordered, axes=m.inverse_permutation(specs.out_spec))
