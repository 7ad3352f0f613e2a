"""Reductions over axes, by name and by any monoid; windows; arg-extrema."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Sequence
from typing import Any

from .. import tree
from ..api import make_ir, vmap
from ..errors import PolyadTypeError, PolyadValueError
from ..ir import ArrayType, as_dtype
from ..numpy._core import array_of, convert, dtype_of, shape_of
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..ops import reduction as r
from ..ops import windows as w
from ..ops.shapes import normalize_axes, without
from ..texts import shown
from ._arguments import (
    integers,
    operand_and_axis,
    refuse,
    refuse_shape,
    refuse_type,
    scalar_beside,
    type_of,
)
from .movement import pad

Sizes = Sequence[int]
Computation = Callable[[Any, Any], Any]


def _reduced(op: Any, operand: Any, axes: Sizes, what: str) -> Any:
    x = array_of(operand)
    return op(x, axes=_axes(what, axes, x))


def _axes(what: str, axes: Sizes, x: Any) -> tuple[int, ...]:
    listed = integers(axes, f"{what}: axes")
    try:
        return normalize_axes(listed, len(shape_of(x)))
    except (PolyadValueError, PolyadTypeError) as error:
        refuse(f"{what}: {error}", type(error))


def reduce_sum(operand: Any, axes: Sizes) -> Any:
    """The sum over `axes`, in the operand's dtype.

    >>> import numpy as np
    >>> reduce_sum(np.ones((2, 3)), (1,))
    array([3., 3.])
    """
    return _reduced(m.sum, operand, axes, "reduce_sum")


def reduce_prod(operand: Any, axes: Sizes) -> Any:
    """The product over `axes`, in the operand's dtype."""
    return _reduced(r.prod, operand, axes, "reduce_prod")


def reduce_max(operand: Any, axes: Sizes) -> Any:
    """The largest element over `axes`; ties share the derivative."""
    return _reduced(r.max, operand, axes, "reduce_max")


def reduce_min(operand: Any, axes: Sizes) -> Any:
    """The smallest element over `axes`; ties share the derivative."""
    return _reduced(r.min, operand, axes, "reduce_min")


def reduce_and(operand: Any, axes: Sizes) -> Any:
    """Whether all elements over `axes` are true; of integers, bit by bit."""
    return _bits(operand, axes, "reduce_and", r.all, e.bitwise_and, -1)


def reduce_or(operand: Any, axes: Sizes) -> Any:
    """Whether any element over `axes` is true; of integers, bit by bit."""
    return _bits(operand, axes, "reduce_or", r.any, e.bitwise_or, 0)


def reduce_xor(operand: Any, axes: Sizes) -> Any:
    """Whether an odd number of elements over `axes` is true; of integers, bit by bit."""
    return _bits(operand, axes, "reduce_xor", None, e.bitwise_xor, 0)


def _bits(operand: Any, axes: Sizes, what: str, of_booleans: Any, op: Any, neutral: int) -> Any:
    x = array_of(operand)
    dtype = dtype_of(x)
    if dtype.is_inexact:
        refuse_type(f"{what}: takes booleans or integers, not {dtype}")
    if dtype.family == "bool" and of_booleans is not None:
        return of_booleans(x, axes=_axes(what, axes, x))
    initial: Any = neutral
    if dtype.family == "uint" and neutral < 0:
        initial = 2**dtype.bits - 1
    elif dtype.family == "bool":
        initial = builtins.bool(neutral)
    return reduce(x, initial, op, axes)


def argmax(operand: Any, axis: int, index_dtype: Any = "int64") -> Any:
    """The index of the first largest element along `axis`.

    >>> import numpy as np
    >>> argmax(np.array([1.0, 3.0, 2.0]), 0, "int32")
    np.int32(1)
    """
    return _place(r.argmax, operand, axis, index_dtype, "argmax")


def argmin(operand: Any, axis: int, index_dtype: Any = "int64") -> Any:
    """The index of the first smallest element along `axis`."""
    return _place(r.argmin, operand, axis, index_dtype, "argmin")


def _place(op: Any, operand: Any, axis: int, index_dtype: Any, what: str) -> Any:
    x, at = operand_and_axis(operand, axis, what)
    if not as_dtype(index_dtype).is_integer:
        refuse_type(f"{what}: index_dtype is an integer dtype, not {as_dtype(index_dtype)}")
    return convert(op(x, axis=at), index_dtype)


# -- Any monoid -----------------------------------------------------------------------------------

KNOWN = {
    "add": m.sum,
    "multiply": r.prod,
    "maximum": r.max,
    "minimum": r.min,
    "logical_and": r.all,
    "logical_or": r.any,
}


def reduce(operands: Any, init_values: Any, computation: Computation, dimensions: Sizes) -> Any:
    """All elements over `dimensions`, combined by `computation`, beginning with `init_values`.

    `computation(a, b)` takes two scalars (or two pytrees of them, as `operands` is) and gives one;
    it must be associative and commutative, with `init_values` as its neutral element. One op such
    as `lax.add` or `lax.max` is that reduction; anything else is a tree of mapped calls, as deep as
    the logarithm of the number of elements. Raises `PolyadTypeError` if `computation` changes a
    type.

    >>> import numpy as np
    >>> reduce(np.array([3, 4, 6]), 0, lambda a, b: a ^ b, (0,))
    np.int64(1)
    """
    leaves, structure = tree.flatten(operands)
    starts, start_structure = tree.flatten(init_values)
    if structure != start_structure or not leaves:
        refuse_type(f"reduce: operands are the pytree {structure}, init_values {start_structure}")
    arrays = [array_of(x) for x in leaves]
    if any(shape_of(x) != shape_of(arrays[0]) for x in arrays):
        refuse_shape(f"reduce: operands have one shape, not {[shape_of(x) for x in arrays]}")
    axes = _axes("reduce", dimensions, arrays[0])
    starts = [
        scalar_beside(v, x, "reduce: init_values") for v, x in zip(starts, arrays, strict=True)
    ]
    combine = _on_leaves(computation, structure, arrays)
    if len(arrays) == 1 and 0 not in shape_of(arrays[0]):
        known = _known(combine, dtype_of(arrays[0]))
        if known is not None:
            return structure.unflatten(_mapped(combine, [known(arrays[0], axes=axes)], starts))
    return structure.unflatten(_tree_reduced(combine, arrays, starts, axes))


def _on_leaves(computation: Computation, structure: Any, arrays: Sequence[Any]) -> Any:
    """`computation` from leaves to leaves, its result being checked."""
    wanted = [ArrayType(dtype_of(x), ()) for x in arrays]

    def combine(left: Sequence[Any], right: Sequence[Any]) -> list[Any]:
        found = computation(structure.unflatten(left), structure.unflatten(right))
        leaves, made = tree.flatten(found)
        types = [type_of(y) for y in leaves]
        if made != structure or any(t is not s for t, s in zip(types, wanted, strict=True)):
            listed = ", ".join(map(str, wanted))
            given = ", ".join(map(str, types))
            refuse_type(f"reduce: the computation takes scalars {listed} and gives {given}")
        return leaves

    return combine


def _known(combine: Any, dtype: Any) -> Any:
    """The reduction that `combine` is one step of, if it is one op on its two arguments."""
    scalar = ArrayType(dtype, ())
    function = make_ir(lambda a, b: combine([a], [b])[0])(scalar, scalar)
    if len(function.ops) != 1 or function.results != function.ops[0].results:
        return None
    (op,) = function.ops
    return KNOWN.get(op.name) if set(op.operands) == set(function.arguments) else None


def _mapped(combine: Any, left: Sequence[Any], right: Sequence[Any]) -> list[Any]:
    """`combine` element by element; scalars go with all elements."""
    shape = shape_of(left[0])
    flat = [m.reshape(x, shape=(math.prod(shape),)) for x in left]
    spread = shape_of(right[0]) == () != shape
    others = right if spread else [m.reshape(x, shape=(math.prod(shape),)) for x in right]
    found = vmap(combine, in_axes=(0, None if spread else 0))(flat, list(others))
    return [m.reshape(x, shape=shape) for x in found]


def _tree_reduced(
    combine: Any, arrays: Sequence[Any], starts: Sequence[Any], axes: tuple[int, ...]
) -> list[Any]:
    """Halves combined with halves until one element is left, then with the initial values."""
    shape = shape_of(arrays[0])
    order = (*axes, *(i for i in range(len(shape)) if i not in axes))
    count, kept = math.prod(shape[i] for i in axes), without(shape, axes)
    parts = [m.reshape(m.permute_dims(x, axes=order), shape=(count, *kept)) for x in arrays]
    if count == 0:
        return [m.broadcast_to(v, shape=kept) for v in starts]
    while count > 1:
        half = count // 2
        left = [m.slice_axis(x, 0, 0, half) for x in parts]
        right = [m.slice_axis(x, 0, half, 2 * half) for x in parts]
        paired = _mapped(combine, left, right)
        if count % 2:
            rest = [m.slice_axis(x, 0, count - 1, count) for x in parts]
            paired = [m.concat(a, b, axis=0) for a, b in zip(paired, rest, strict=True)]
        parts, count = paired, half + count % 2
    return _mapped(combine, [m.reshape(x, shape=kept) for x in parts], starts)


# -- Windows --------------------------------------------------------------------------------------


def reduce_window(
    operand: Any,
    init_value: Any,
    computation: Computation,
    window_dimensions: Sizes,
    window_strides: Sizes | None = None,
    padding: Any = "VALID",
    base_dilation: Sizes | None = None,
    window_dilation: Sizes | None = None,
) -> Any:
    """`reduce` over windows that slide along all axes: pooling. `operand` may be a pytree of arrays
    of one shape, as in `reduce`.

    What `padding` ("VALID", "SAME", "SAME_LOWER" or a pair per axis) and `base_dilation` add is
    `init_value`. Raises `PolyadValueError` for parameters that are not one per axis.

    >>> import numpy as np
    >>> from polyad import lax
    >>> reduce_window(np.array([1.0, 3.0, 2.0, 0.0]), -np.inf, lax.max, (2,), (2,))
    array([3., 2.])
    """
    leaves, structure = tree.flatten(operand)
    starts, start_structure = tree.flatten(init_value)
    arrays = [array_of(x) for x in leaves]
    if structure != start_structure or not arrays:
        refuse_type(
            f"reduce_window: operand is the pytree {structure}, init_value {start_structure}"
        )
    if any(shape_of(x) != shape_of(arrays[0]) for x in arrays):
        refuse_shape(f"reduce_window: operands have one shape, not {[*map(shape_of, arrays)]}")
    shape = shape_of(arrays[0])
    ndim = len(shape)
    sizes, strides, base, dilations = (
        per_axis("reduce_window", name, given, ndim)
        for name, given in (
            ("window_dimensions", window_dimensions),
            ("window_strides", window_strides),
            ("base_dilation", base_dilation),
            ("window_dilation", window_dilation),
        )
    )
    spans = [(k - 1) * d + 1 for k, d in zip(sizes, dilations, strict=True)]
    grown = [builtins.max((n - 1) * b + 1, 0) for n, b in zip(shape, base, strict=True)]
    ends = pads("reduce_window", padding, grown, spans, strides)
    initial = [
        scalar_beside(v, x, "reduce_window: init_value")
        for v, x in zip(starts, arrays, strict=True)
    ]
    config = [(a, b, s - 1) for (a, b), s in zip(ends, base, strict=True)]
    wide = [pad(x, v, config) for x, v in zip(arrays, initial, strict=True)]
    seen = [w.windows(x, sizes=sizes, strides=strides, dilations=dilations) for x in wide]
    whole = structure.unflatten
    return reduce(whole(seen), whole(initial), computation, range(ndim))


def per_axis(what: str, name: str, given: Sizes | None, ndim: int) -> tuple[int, ...]:
    """One positive integer for each of `ndim` axes; 1 where nothing is given."""
    found = (1,) * ndim if given is None else integers(given, f"{what}: {name}")
    if len(found) != ndim or builtins.min(found, default=1) < 1:
        refuse(f"{what}: {name} has {ndim} positive integers, one per axis, not {found}")
    return found


def padtype_to_pads(
    in_shape: Sizes, window_shape: Sizes, window_strides: Sizes, padding: str
) -> list[tuple[int, int]]:
    """The padding before and after each axis that "SAME", "SAME_LOWER" or "VALID" stands for.

    With "SAME" there are ⌈size / stride⌉ windows, the larger half of the padding after (or, with
    "SAME_LOWER", before).

    >>> padtype_to_pads((5,), (2,), (1,), "SAME")
    [(0, 1)]
    """
    return pads("padtype_to_pads", padding, in_shape, window_shape, window_strides)


def pads(what: str, padding: Any, shape: Sizes, spans: Sizes, strides: Sizes) -> list[Any]:
    """The pair of paddings per axis that `padding` means for windows of those spans."""
    if not isinstance(padding, str):
        found = [tuple(pair) for pair in padding]
        if len(found) != len(shape) or any(len(pair) != 2 for pair in found):
            refuse(f"{what}: padding has a pair (low, high) for each of {len(shape)} axes: {found}")
        return found
    name = padding.upper()
    if name not in ("SAME", "SAME_LOWER", "VALID"):
        refuse(f"{what}: padding is 'SAME', 'SAME_LOWER', 'VALID' or pairs, not {shown(padding)}")
    if name == "VALID":
        return [(0, 0)] * len(shape)
    totals = [
        builtins.max((-(-n // s) - 1) * s + k - n, 0)
        for n, k, s in zip(shape, spans, strides, strict=True)
    ]
    lower = [t - t // 2 if name == "SAME_LOWER" else t // 2 for t in totals]
    return [(a, t - a) for a, t in zip(lower, totals, strict=True)]
