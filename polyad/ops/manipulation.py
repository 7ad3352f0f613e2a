"""Ops that move elements without changing them. All are linear; each transpose undoes the move."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import PolyadTypeError, PolyadValueError, ShapeError
from ..ir import ArrayType, Shape
from . import sparsity
from .definition import EVERY_OPERAND, op
from .literals import literal
from .shapes import check_broadcastable, shift, with_ones, without
from .types import Axes, Batched, Operand, Operands

# -- reshape ---------------------------------------------------------------------------------------


def reshape_type(x: ArrayType, *, shape: Shape) -> ArrayType:
    """The elements, in C order, in another shape."""
    found = x.with_shape(shape)
    if any(n < 0 for n in shape) or found.size != x.size:
        raise ShapeError(f"cannot reshape {x} (size {x.size}) into shape {shape}")
    return found


def reshape_transpose(ct: Operand, x: Operand, *, shape: Shape) -> Operand:
    return reshape(ct, shape=x.shape)


def reshape_batch(operands: Operands, batched: Batched, *, shape: Shape) -> Operand:
    (x,) = operands
    return reshape(x, shape=(x.shape[0], *shape))


reshape = op(
    "reshape",
    reshape_type,
    linear=((0,),),
    transposes=(reshape_transpose,),
    batch=reshape_batch,
    sparsity=sparsity.unmoved,
)


# -- permute_dims ----------------------------------------------------------------------------------


def permute_dims_type(x: ArrayType, *, axes: Axes) -> ArrayType:
    """Axis i of the result is axis `axes[i]` of `x`."""
    if sorted(axes) != list(range(x.ndim)):
        raise PolyadValueError(f"axes {axes} are no permutation of the axes of {x}")
    return x.with_shape(tuple(x.shape[i] for i in axes))


def permute_dims_transpose(ct: Operand, x: Operand, *, axes: Axes) -> Operand:
    return permute_dims(ct, axes=inverse_permutation(axes))


def permute_dims_batch(operands: Operands, batched: Batched, *, axes: Axes) -> Operand:
    return permute_dims(operands[0], axes=(0, *shift(axes)))


def inverse_permutation(axes: Axes) -> Axes:
    """The permutation that undoes `axes`."""
    return tuple(sorted(range(len(axes)), key=axes.__getitem__))


permute_dims = op(
    "permute_dims",
    permute_dims_type,
    linear=((0,),),
    transposes=(permute_dims_transpose,),
    batch=permute_dims_batch,
    sparsity=sparsity.moved,
)


def move_axis(x: Operand, source: int, target: int) -> Operand:
    """`x` with axis `source` moved to position `target`."""
    if source == target:
        return x
    axes = [i for i in range(len(x.shape)) if i != source]
    axes.insert(target, source)
    return permute_dims(x, axes=tuple(axes))


# -- broadcast_to ----------------------------------------------------------------------------------


def broadcast_to_type(x: ArrayType, *, shape: Shape) -> ArrayType:
    """`x` repeated along new leading axes and axes of size 1, as NumPy broadcasts."""
    check_broadcastable(x.shape, shape)
    return x.with_shape(shape)


def broadcast_to_transpose(ct: Operand, x: Operand, *, shape: Shape) -> Operand:
    lead = len(shape) - len(x.shape)
    stretched = tuple(i for i in range(len(shape)) if i < lead or x.shape[i - lead] != shape[i])
    return reshape(sum(ct, axes=stretched), shape=x.shape)


def broadcast_to_batch(operands: Operands, batched: Batched, *, shape: Shape) -> Operand:
    (x,) = operands
    size, *inner = x.shape
    ones = (1,) * (len(shape) - len(inner))
    return broadcast_to(reshape(x, shape=(size, *ones, *inner)), shape=(size, *shape))


broadcast_to = op(
    "broadcast_to",
    broadcast_to_type,
    linear=((0,),),
    transposes=(broadcast_to_transpose,),
    batch=broadcast_to_batch,
    sparsity=sparsity.moved,
)


# -- sum: the transpose of broadcast_to, and the reason it lives here ------------------------------


def sum_type(x: ArrayType, *, axes: Axes) -> ArrayType:
    """The sum over `axes`, which are dropped."""
    if x.dtype.family == "bool":
        raise PolyadTypeError(f"takes numeric arrays, not {x}")
    return x.with_shape(without(x.shape, axes))


def sum_transpose(ct: Operand, x: Operand, *, axes: Axes) -> Operand:
    return expand(ct, axes, x.shape)


def sum_batch(operands: Operands, batched: Batched, *, axes: Axes) -> Operand:
    return sum(operands[0], axes=shift(axes))


sum = op(
    "sum",
    sum_type,
    linear=((0,),),
    transposes=(sum_transpose,),
    batch=sum_batch,
    sparsity=sparsity.reduced,
)


def expand(x: Operand, axes: Sequence[int], shape: Shape) -> Operand:
    """Undo the dropping of `axes` by a reduction of an array of `shape`: repeat along them."""
    return broadcast_to(reshape(x, shape=with_ones(shape, axes)), shape=shape)


# -- concat ----------------------------------------------------------------------------------------


def concat_type(*arrays: ArrayType, axis: int) -> ArrayType:
    """`arrays` one after another along `axis`."""
    if not arrays:
        raise PolyadTypeError("needs at least one array")
    first = arrays[0]
    for x in arrays:
        same = x.dtype is first.dtype and x.ndim == first.ndim
        if not same or any(
            n != m for i, (n, m) in enumerate(zip(x.shape, first.shape, strict=True)) if i != axis
        ):
            raise ShapeError(
                f"arrays must agree but for axis {axis}: {', '.join(map(str, arrays))}"
            )
    size = 0
    for x in arrays:
        size += x.shape[axis]
    return first.with_shape((*first.shape[:axis], size, *first.shape[axis + 1 :]))


def concat_transpose(ct: Operand, *arrays: Operand, axis: int, index: int) -> Operand:
    start = 0
    for x in arrays[:index]:
        start += x.shape[axis]
    return slice_axis(ct, axis, start, start + arrays[index].shape[axis])


def concat_batch(operands: Operands, batched: Batched, *, axis: int) -> Operand:
    size = next(x.shape[0] for x, b in zip(operands, batched, strict=True) if b)
    full = [
        x if b else broadcast_to(x, shape=(size, *x.shape))
        for x, b in zip(operands, batched, strict=True)
    ]
    return concat(*full, axis=axis + 1)


concat = op(
    "concat",
    concat_type,
    linear=(EVERY_OPERAND,),
    transposes=concat_transpose,
    batch=concat_batch,
    sparsity=sparsity.moved,
)


# -- flip ------------------------------------------------------------------------------------------


def flip_type(x: ArrayType, *, axes: Axes) -> ArrayType:
    """`x` in reverse order along `axes`."""
    return x


def flip_transpose(ct: Operand, x: Operand, *, axes: Axes) -> Operand:
    return flip(ct, axes=axes)


def flip_batch(operands: Operands, batched: Batched, *, axes: Axes) -> Operand:
    return flip(operands[0], axes=shift(axes))


flip = op(
    "flip",
    flip_type,
    linear=((0,),),
    transposes=(flip_transpose,),
    batch=flip_batch,
    sparsity=sparsity.moved,
)


# -- slice -----------------------------------------------------------------------------------------


def slice_type(x: ArrayType, *, start: Shape, stop: Shape, step: Shape) -> ArrayType:
    """Elements `start, start + step, …` below `stop` along each axis; all static."""
    shape = []
    for n, a, b, s in zip(x.shape, start, stop, step, strict=True):
        if not (0 <= a <= b <= n and s >= 1):
            raise PolyadValueError(f"slice {a}:{b}:{s} does not fit an axis of size {n}")
        shape.append(-((a - b) // s))
    return x.with_shape(tuple(shape))


def slice_transpose(ct: Operand, x: Operand, *, start: Shape, stop: Shape, step: Shape) -> Operand:
    """Zeros around and between the cotangent's elements."""
    high = []
    for n, a, s, m in zip(x.shape, start, step, ct.shape, strict=True):
        high.append(n - a - ((m - 1) * s + 1 if m else 0))
    interior = tuple(s - 1 for s in step)
    return pad(ct, low=tuple(start), high=tuple(high), interior=interior)


def slice_batch(
    operands: Operands, batched: Batched, *, start: Shape, stop: Shape, step: Shape
) -> Operand:
    (x,) = operands
    return slice(x, start=(0, *start), stop=(x.shape[0], *stop), step=(1, *step))


slice = op(
    "slice",
    slice_type,
    linear=((0,),),
    transposes=(slice_transpose,),
    batch=slice_batch,
    sparsity=sparsity.moved,
)


def slice_axis(x: Operand, axis: int, start: int, stop: int, step: int = 1) -> Operand:
    """`x[..., start:stop:step, ...]` along one axis."""
    shape = x.shape
    begin, end, steps = [0] * len(shape), list(shape), [1] * len(shape)
    begin[axis], end[axis], steps[axis] = start, stop, step
    return slice(x, start=tuple(begin), stop=tuple(end), step=tuple(steps))


# -- pad -------------------------------------------------------------------------------------------


def pad_type(x: ArrayType, *, low: Shape, high: Shape, interior: Shape) -> ArrayType:
    """`x` with zeros before, after and between its elements along each axis."""
    shape = []
    for n, a, b, i in zip(x.shape, low, high, interior, strict=True):
        if min(a, b, i) < 0:
            raise PolyadValueError(f"padding must not be negative: {low}, {high}, {interior}")
        shape.append(a + b + n + max(n - 1, 0) * i)
    return x.with_shape(tuple(shape))


def pad_transpose(ct: Operand, x: Operand, *, low: Shape, high: Shape, interior: Shape) -> Operand:
    stop = tuple(m - b for m, b in zip(ct.shape, high, strict=True))
    return slice(ct, start=tuple(low), stop=stop, step=tuple(i + 1 for i in interior))


def pad_batch(
    operands: Operands, batched: Batched, *, low: Shape, high: Shape, interior: Shape
) -> Operand:
    return pad(operands[0], low=(0, *low), high=(0, *high), interior=(0, *interior))


pad = op(
    "pad",
    pad_type,
    linear=((0,),),
    transposes=(pad_transpose,),
    batch=pad_batch,
    sparsity=sparsity.moved,
)


def pad_axis(x: Operand, axis: int, low: int, high: int, fill: float = 0) -> Operand:
    """`x` with `low` and `high` elements of `fill` around one axis."""
    if fill:
        sizes = [(*x.shape[:axis], count, *x.shape[axis + 1 :]) for count in (low, high)]
        before, after = (literal(x.builder, fill, x.type.dtype, size) for size in sizes)
        return concat(before, x, after, axis=axis)
    zeros = [0] * len(x.shape)
    lows, highs = list(zeros), list(zeros)
    lows[axis], highs[axis] = low, high
    return pad(x, low=tuple(lows), high=tuple(highs), interior=tuple(zeros))
