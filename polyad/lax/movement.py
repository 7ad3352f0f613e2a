"""Arrays made, cut, joined and moved, with the signatures of `jax.lax`: all sizes are explicit."""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from typing import Any

from .. import execution
from .. import numpy as pnp
from ..errors import PolyadTypeError, PolyadValueError
from ..numpy import broadcast_shapes as broadcast_shapes
from ..numpy import unstack as unstack
from ..numpy._core import array_of, beside, dtype_of, shape_of
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..ops.shapes import normalize_axes
from ..texts import shown
from ._arguments import integers, operand_and_axis, refuse, refuse_shape, scalar_beside, type_of

Sizes = Sequence[int]

# -- Making ---------------------------------------------------------------------------------------


def iota(dtype: Any, size: int) -> Any:
    """0, 1, …, `size` - 1.

    >>> iota("int32", 3)
    array([0, 1, 2], dtype=int32)
    """
    return pnp.arange(size, dtype=dtype)


def broadcasted_iota(dtype: Any, shape: Sizes, dimension: int) -> Any:
    """An array of `shape` whose elements are their index along `dimension`.

    >>> broadcasted_iota("int32", (2, 2), 1)
    array([[0, 1],
           [0, 1]], dtype=int32)
    """
    shape = integers(shape, "broadcasted_iota: shape")
    (at,) = _axes("broadcasted_iota", (dimension,), len(shape))
    return broadcast_in_dim(iota(dtype, shape[at]), shape, (at,))


def full(shape: Sizes, fill_value: Any, dtype: Any = None) -> Any:
    """An array of `shape`, full of the scalar `fill_value`."""
    return pnp.full(integers(shape, "full: shape"), fill_value, dtype=dtype)


def full_like(x: Any, fill_value: Any, dtype: Any = None, shape: Sizes | None = None) -> Any:
    """An array full of `fill_value`, with the dtype and shape of `x` unless others are given."""
    sizes = shape_of(array_of(x)) if shape is None else tuple(shape)
    with beside(x):
        return pnp.full(sizes, fill_value, dtype=dtype_of(x) if dtype is None else dtype)


# -- Shape ----------------------------------------------------------------------------------------


def broadcast(operand: Any, sizes: Sizes) -> Any:
    """`operand` repeated along new leading axes of `sizes`.

    >>> broadcast(1.0, (2,))
    array([1., 1.])
    """
    x = array_of(operand)
    return m.broadcast_to(x, shape=(*integers(sizes, "broadcast: sizes"), *shape_of(x)))


def broadcast_in_dim(operand: Any, shape: Sizes, broadcast_dimensions: Sizes) -> Any:
    """`operand` in `shape`: its axis i becomes axis `broadcast_dimensions[i]`, the rest are new.

    Raises `PolyadValueError` unless there is one dimension per axis, in increasing order, of the
    axis's size (or the axis of size 1).

    >>> import numpy as np
    >>> broadcast_in_dim(np.array([1.0, 2.0]), (2, 2), (0,))
    array([[1., 1.],
           [2., 2.]])
    """
    x, shape = array_of(operand), integers(shape, "broadcast_in_dim: shape")
    dims = _axes("broadcast_in_dim", broadcast_dimensions, len(shape))
    if len(dims) != len(shape_of(x)) or list(dims) != sorted(dims):
        refuse(
            f"broadcast_in_dim: broadcast_dimensions names an axis of {shape} for each axis of "
            f"{type_of(x)}, in order, not {tuple(broadcast_dimensions)}"
        )
    ones = [1] * len(shape)
    for axis, n in zip(dims, shape_of(x), strict=True):
        if n not in (1, shape[axis]):
            refuse_shape(
                f"broadcast_in_dim: an axis of {type_of(x)} is to be axis {axis} of {shape}, and "
                f"is of size {n}"
            )
        ones[axis] = n
    return m.broadcast_to(m.reshape(x, shape=tuple(ones)), shape=shape)


def broadcast_to_rank(x: Any, rank: int) -> Any:
    """`x` with leading axes of size 1, up to `rank`."""
    x = array_of(x)
    return m.reshape(x, shape=(1,) * (rank - len(shape_of(x))) + shape_of(x))


def reshape(operand: Any, new_sizes: Sizes, dimensions: Sizes | None = None) -> Any:
    """The elements of `operand`, its axes first in the order `dimensions`, in another shape.

    >>> import numpy as np
    >>> reshape(np.arange(4.0), (2, 2), (0,)).tolist()
    [[0.0, 1.0], [2.0, 3.0]]
    """
    moved = operand if dimensions is None else transpose(operand, dimensions)
    return pnp.reshape(moved, integers(new_sizes, "reshape: new_sizes"))


def collapse(operand: Any, start_dimension: int, stop_dimension: int | None = None) -> Any:
    """`operand` with its axes from `start_dimension` up to `stop_dimension` joined into one.

    >>> import numpy as np
    >>> collapse(np.ones((2, 3, 4)), 1).shape
    (2, 12)
    """
    x = array_of(operand)
    shape = shape_of(x)
    start, stop, _ = builtins.slice(start_dimension, stop_dimension).indices(len(shape))
    if start > stop:
        refuse(f"collapse: axes {start_dimension} to {stop_dimension} of {type_of(x)}")
    joined = math.prod(shape[start:stop])
    return m.reshape(x, shape=(*shape[:start], joined, *shape[stop:]))


def squeeze(array: Any, dimensions: Sizes) -> Any:
    """`array` without `dimensions`, which are of size 1."""
    return pnp.squeeze(array, integers(dimensions, "squeeze: dimensions"))


def expand_dims(array: Any, dimensions: Sizes) -> Any:
    """`array` with new axes of size 1 at the positions `dimensions`."""
    return pnp.expand_dims(array, axis=integers(dimensions, "expand_dims: dimensions"))


def transpose(operand: Any, permutation: Sizes) -> Any:
    """`operand` with its axes in the order `permutation`."""
    return pnp.permute_dims(operand, integers(permutation, "transpose: permutation"))


def rev(operand: Any, dimensions: Sizes) -> Any:
    """`operand` in reverse order along `dimensions`.

    >>> import numpy as np
    >>> rev(np.arange(3.0), (0,))
    array([2., 1., 0.])
    """
    x = array_of(operand)
    return m.flip(x, axes=_axes("rev", dimensions, len(shape_of(x))))


# -- Cutting, joining -----------------------------------------------------------------------------


def slice(
    operand: Any, start_indices: Sizes, limit_indices: Sizes, strides: Sizes | None = None
) -> Any:
    """`operand[start:limit:stride]` along every axis, bounds inside the array.

    >>> import numpy as np
    >>> slice(np.arange(6.0), (1,), (6,), (2,))
    array([1., 3., 5.])
    """
    x = array_of(operand)
    steps = (1,) * len(shape_of(x)) if strides is None else integers(strides, "slice: strides")
    start = integers(start_indices, "slice: start_indices")
    stop = integers(limit_indices, "slice: limit_indices")
    if not len(start) == len(stop) == len(steps) == len(shape_of(x)):
        refuse(f"slice: one start, limit and stride for each axis of {type_of(x)}")
    return m.slice(x, start=start, stop=stop, step=steps)


def slice_in_dim(
    operand: Any, start_index: int | None, limit_index: int | None, stride: int = 1, axis: int = 0
) -> Any:
    """`operand[start_index:limit_index:stride]` along one axis, negative indices from the end.

    >>> import numpy as np
    >>> slice_in_dim(np.arange(5.0), -3, None)
    array([2., 3., 4.])
    """
    x, at = operand_and_axis(operand, axis, "slice_in_dim")
    if stride < 1:
        refuse(f"slice_in_dim: the stride is positive, not {stride}")
    start, stop, step = builtins.slice(start_index, limit_index, stride).indices(shape_of(x)[at])
    return m.slice_axis(x, at, start, builtins.max(start, stop), step)


def index_in_dim(operand: Any, index: int, axis: int = 0, keepdims: bool = True) -> Any:
    """The slice at a static `index` of one axis, which is dropped without `keepdims`."""
    x, at = operand_and_axis(operand, axis, "index_in_dim")
    n = shape_of(x)[at]
    if not -n <= index < n:
        refuse(f"index_in_dim: index {index} is out of range for axis {axis} of {type_of(x)}")
    piece = m.slice_axis(x, at, index % n, index % n + 1)
    return piece if keepdims else pnp.squeeze(piece, at)


def split(operand: Any, sizes: Sizes, axis: int = 0) -> list[Any]:
    """`operand` cut along `axis` into pieces of `sizes`, which add up to its size.

    >>> import numpy as np
    >>> [x.tolist() for x in split(np.arange(3.0), (1, 2))]
    [[0.0], [1.0, 2.0]]
    """
    x, at = operand_and_axis(operand, axis, "split")
    sizes = integers(sizes, "split: sizes")
    if builtins.sum(sizes) != shape_of(x)[at] or builtins.min(sizes, default=0) < 0:
        refuse(f"split: sizes {tuple(sizes)} do not make up axis {axis} of {type_of(x)}")
    ends = [builtins.sum(sizes[: k + 1]) for k in range(len(sizes))]
    return [m.slice_axis(x, at, stop - n, stop) for n, stop in zip(sizes, ends, strict=True)]


def concatenate(operands: Sequence[Any], dimension: int) -> Any:
    """`operands` one after another along `dimension`."""
    return pnp.concat(list(operands), axis=dimension)


def stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    """`arrays` of one shape along a new axis."""
    return pnp.stack(list(arrays), axis=axis)


def tile(operand: Any, reps: Sizes) -> Any:
    """`operand` repeated `reps[i]` times along axis i."""
    return pnp.tile(operand, integers(reps, "tile: reps"))


def pad(operand: Any, padding_value: Any, padding_config: Sequence[tuple[int, int, int]]) -> Any:
    """`operand` with `padding_value` before, after and between its elements along each axis.

    `padding_config` has (low, high, interior) per axis. A negative low or high cuts off, after the
    padding between elements. Raises `PolyadValueError` for a negative interior or a wrong number.

    >>> import numpy as np
    >>> pad(np.array([1.0, 2.0, 3.0]), 0.0, [(-1, 2, 1)])
    array([0., 2., 0., 3., 0., 0.])
    """
    x = array_of(operand)
    shape = shape_of(x)
    if len(padding_config) != len(shape) or any(len(entry) != 3 for entry in padding_config):
        refuse(
            f"pad: padding_config has (low, high, interior) for each axis of {type_of(x)}, not "
            f"{shown(padding_config, 120)}"
        )
    low, high, interior = zip(*padding_config, strict=True) if shape else ((), (), ())
    if builtins.min(interior, default=0) < 0:
        refuse(f"pad: padding between elements is not negative: {tuple(interior)}")
    grown = {
        "low": tuple(builtins.max(n, 0) for n in low),
        "high": tuple(builtins.max(n, 0) for n in high),
        "interior": tuple(int(n) for n in interior),
    }
    return _cut(_padded(x, padding_value, grown), low, high)


def _padded(x: Any, value: Any, padding: dict[str, Any]) -> Any:
    padded = m.pad(x, **padding)
    if type(value) in execution.SCALARS and value == 0 and math.copysign(1, value.real) > 0:
        return padded
    inside = m.pad(pnp.ones_like(x, dtype=pnp.bool), **padding)
    return e.where(inside, padded, scalar_beside(value, x, "pad: padding_value"))


def _cut(x: Any, low: Sizes, high: Sizes) -> Any:
    """`x` without as many elements as negative `low` and `high` say."""
    shape = shape_of(x)
    start = tuple(builtins.max(-n, 0) for n in low)
    stop = tuple(n - builtins.max(-h, 0) for n, h in zip(shape, high, strict=True))
    if any(a > b for a, b in zip(start, stop, strict=True)):
        refuse(f"pad: negative padding {tuple(low)}, {tuple(high)} cuts off more than there is")
    if start == (0,) * len(shape) and stop == tuple(shape):
        return x
    return m.slice(x, start=start, stop=stop, step=(1,) * len(shape))


# -- Axes -----------------------------------------------------------------------------------------


def _axes(what: str, axes: Sizes, ndim: int) -> tuple[int, ...]:
    listed = integers(axes, f"{what}: axes")
    try:
        return normalize_axes(listed, ndim)
    except (PolyadValueError, PolyadTypeError) as error:
        refuse(f"{what}: {error}", type(error))
