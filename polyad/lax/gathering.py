"""XLA's general gather and scatter: one `take` or `scatter` of the flat array."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .. import numpy as pnp
from ..api.loops import while_loop
from ..ir.types import int64
from ..numpy._core import array_of, convert, dtype_of, positions, promoted, shape_of
from ..ops import elementwise as e
from ..ops import indexing as i
from ..ops import manipulation as m
from ..ops.shapes import normalize_axes
from ..texts import shown
from ._arguments import refuse, refuse_shape, refuse_type, scalar_beside, type_of

Axes = tuple[int, ...]


class GatherScatterMode(enum.Enum):
    """The treatment of a window that lies partly outside the array."""

    CLIP = "clip"
    FILL_OR_DROP = "fill"
    PROMISE_IN_BOUNDS = "promise_in_bounds"

    @staticmethod
    def from_any(mode: Any) -> GatherScatterMode:
        """The mode that a string, a mode or None (fill, drop) means."""
        if isinstance(mode, GatherScatterMode):
            return mode
        try:
            return GatherScatterMode({None: "fill", "drop": "fill"}.get(mode, mode))
        except ValueError:
            refuse(f"mode is one of clip, fill, drop and promise_in_bounds, not {shown(mode)}")


class GatherDimensionNumbers(NamedTuple):
    """Which axes of `gather`'s operand, indices and result belong together (see XLA's gather)."""

    offset_dims: Axes
    collapsed_slice_dims: Axes
    start_index_map: Axes
    operand_batching_dims: Axes = ()
    start_indices_batching_dims: Axes = ()


class ScatterDimensionNumbers(NamedTuple):
    """Which axes of `scatter`'s operand, indices and updates belong together."""

    update_window_dims: Axes
    inserted_window_dims: Axes
    scatter_dims_to_operand_dims: Axes
    operand_batching_dims: Axes = ()
    scatter_indices_batching_dims: Axes = ()


class _Windows(NamedTuple):
    """The starts of windows of one size: `start_dims[j]` is the axis of component j of an index."""

    start_dims: Axes
    operand_batching: Axes
    indices_batching: Axes
    sizes: Axes


def gather(
    operand: Any,
    start_indices: Any,
    dimension_numbers: GatherDimensionNumbers,
    slice_sizes: Sequence[int],
    *,
    unique_indices: bool = False,
    indices_are_sorted: bool = False,
    mode: Any = None,
    fill_value: Any = None,
) -> Any:
    """Windows of `slice_sizes` of `operand` at the positions along the last axis of
    `start_indices`.

    A window that is not inside is moved inside; or, with mode "fill", filled with `fill_value`
    (None: NaN, the least signed or greatest unsigned integer, True). Raises `PolyadValueError` for
    dimension numbers that do not fit. `polyad.numpy.take` and indexing are easier to write.

    >>> import numpy as np
    >>> rows = GatherDimensionNumbers((1,), (0,), (0,))
    >>> gather(np.eye(2), np.array([[1], [0]]), rows, (1, 2))
    array([[0., 1.],
           [1., 0.]])
    """
    x, indices = array_of(operand), _indices("gather", start_indices)
    dims = dimension_numbers
    sizes = tuple(slice_sizes)
    dropped = (*dims.collapsed_slice_dims, *dims.operand_batching_dims)
    windows = _Windows(
        dims.start_index_map, dims.operand_batching_dims, dims.start_indices_batching_dims, sizes
    )
    _check("gather", x, indices, windows, dropped)
    if len(dims.offset_dims) != len(sizes) - len(dropped):
        refuse_shape(
            f"gather: {len(sizes) - len(dropped)} axes of the slices are kept, and offset_dims is "
            f"{dims.offset_dims}"
        )
    places, inside = _places(x, indices, windows)
    batch = shape_of(indices)[:-1]
    kept = tuple(n for k, n in enumerate(sizes) if k not in dropped)
    flat = i.take(_flat(x), _flat(places), axis=0)
    found = m.reshape(flat, shape=(*batch, *kept))
    filled = mode is not None and GatherScatterMode.from_any(mode)
    if filled is GatherScatterMode.FILL_OR_DROP:
        mask = m.reshape(inside, shape=(*batch, *(1,) * len(kept)))
        found = pnp.where(mask, found, _fill(fill_value, x))
    rank = len(batch) + len(kept)
    outer = [k for k in range(rank) if k not in dims.offset_dims]
    return m.permute_dims(found, axes=m.inverse_permutation((*outer, *dims.offset_dims)))


def _fill(value: Any, x: Any) -> Any:
    dtype = dtype_of(x)
    if value is not None:
        return scalar_beside(value, x, "gather: fill_value")
    if dtype.is_inexact:
        return math.nan
    if dtype.family == "bool":
        return True
    return pnp.iinfo(dtype).min if dtype.family == "int" else pnp.iinfo(dtype).max


def _scatter_as(
    name: str, combine: str, doc: str, change: Callable[[Any], Any] | None = None
) -> Any:
    """The function `name`: scatter with one way to combine an update with what is there."""

    def function(
        operand: Any,
        scatter_indices: Any,
        updates: Any,
        dimension_numbers: ScatterDimensionNumbers,
        *,
        indices_are_sorted: bool = False,
        unique_indices: bool = False,
        mode: Any = None,
    ) -> Any:
        given = updates if change is None else change(updates)
        return _scatter(name, combine, operand, scatter_indices, given, dimension_numbers, mode)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`operand` with `updates` {doc} in windows: see `scatter`."
    return function


scatter = _scatter_as("scatter", "set", "put")
scatter.__doc__ = """`operand` with windows replaced by `updates`; in overlaps the last counts.

The windows start at the positions along the last axis of `scatter_indices`. One that is not inside
is dropped, or moved inside with mode "clip". Raises `PolyadValueError` for dimension numbers that
do not fit, `ShapeError` for updates of another shape. `x.at[index].set` is easier to write.

>>> import numpy as np
>>> rows = ScatterDimensionNumbers((1,), (0,), (0,))
>>> scatter(np.zeros((2, 2)), np.array([[1]]), np.array([[3.0, 4.0]]), rows)
array([[0., 0.],
       [3., 4.]])
"""
scatter_add = _scatter_as("scatter_add", "add", "added")
scatter_sub = _scatter_as("scatter_sub", "add", "subtracted", lambda u: e.negative(array_of(u)))
scatter_mul = _scatter_as("scatter_mul", "multiply", "multiplied")
scatter_min = _scatter_as("scatter_min", "min", "bounding it from above")
scatter_max = _scatter_as("scatter_max", "max", "bounding it from below")


def scatter_apply(
    operand: Any,
    scatter_indices: Any,
    func: Callable[[Any], Any],
    dimension_numbers: ScatterDimensionNumbers,
    *,
    update_shape: Sequence[int] = (),
    indices_are_sorted: bool = False,
    unique_indices: bool = False,
    mode: Any = None,
) -> Any:
    """`operand` with the element-wise `func` applied in windows, as often as windows are there
    (once, with `unique_indices`); `update_shape` is that of `scatter`'s updates.

    >>> import numpy as np
    >>> points = ScatterDimensionNumbers((), (0,), (0,))
    >>> scatter_apply(np.ones(3), np.array([[1]]), lambda x: 5 * x, points, update_shape=(1,))
    array([1., 5., 1.])
    """
    x = array_of(operand)
    zeros, ones = pnp.zeros_like(x, dtype=int64), pnp.ones_like(x, dtype=int64, shape=update_shape)
    times = _scatter("scatter_apply", "add", zeros, scatter_indices, ones, dimension_numbers, mode)
    once = lambda k, x: pnp.where(e.less(k, times), func(x), x)
    if unique_indices:
        return once(0, x)
    most = pnp.max(times, initial=0)
    step = lambda pair: (e.add(pair[0], 1), once(pair[0], pair[1]))
    return while_loop(lambda pair: e.less(pair[0], most), step, (0, x))[1]


def index_take(src: Any, idxs: Any, axes: Sequence[int]) -> Any:
    """`src` at positions along several axes, which the vectors `idxs` count, modulo the axes'
    sizes.

    The result has the positions first, and then the other axes. Raises `PolyadTypeError` for
    indices that are not as many as axes.

    >>> import numpy as np
    >>> index_take(np.arange(6).reshape(2, 3), (np.array([0, 1]), np.array([-1, 0])), (0, 1))
    array([2, 3])
    """
    x, places = array_of(src), [array_of(k) for k in idxs]
    at = normalize_axes(tuple(axes), len(shape_of(x)))
    if len(places) != len(at) or not places:
        refuse_type(f"index_take: {len(places)} arrays of indices for the axes {at}")
    sizes = [shape_of(x)[k] for k in at]
    first = m.permute_dims(x, axes=(*at, *(k for k in range(len(shape_of(x))) if k not in at)))
    flat = m.reshape(first, shape=(math.prod(sizes), *shape_of(first)[len(at) :]))
    place: Any = 0
    for size, index in zip(sizes, places, strict=True):
        place = e.add(e.multiply(place, size), e.remainder(convert(index, int64), size))
    return i.take(flat, place, axis=0)


def _scatter(
    what: str,
    combine: str,
    operand: Any,
    scatter_indices: Any,
    updates: Any,
    dims: ScatterDimensionNumbers,
    mode: Any,
) -> Any:
    x, u = promoted([operand, updates])
    indices = _indices(what, scatter_indices)
    inserted = (*dims.inserted_window_dims, *dims.operand_batching_dims)
    kept = len(shape_of(x)) - len(inserted)
    if len(dims.update_window_dims) != kept or len(set(inserted)) != len(inserted):
        refuse_shape(
            f"{what}: {kept} axes of the operand are in a window, and update_window_dims is "
            f"{dims.update_window_dims}, inserted_window_dims {inserted}"
        )
    outer = [k for k in range(len(shape_of(u))) if k not in dims.update_window_dims]
    ordered = m.permute_dims(u, axes=(*outer, *dims.update_window_dims))
    batch = shape_of(indices)[:-1]
    if shape_of(ordered)[: len(outer)] != batch:
        refuse_shape(f"{what}: updates {type_of(u)} do not fit indices {type_of(indices)}")
    inner = iter(shape_of(ordered)[len(outer) :])
    sizes = tuple(1 if k in inserted else next(inner) for k in range(len(shape_of(x))))
    windows = _Windows(
        dims.scatter_dims_to_operand_dims,
        dims.operand_batching_dims,
        dims.scatter_indices_batching_dims,
        sizes,
    )
    _check(what, x, indices, windows, inserted)
    places, inside = _places(x, indices, windows)
    if GatherScatterMode.from_any(mode) is not GatherScatterMode.CLIP:
        places = e.where(m.reshape(inside, shape=(*batch, 1)), places, -1)  # which is dropped
    written = i.scatter(_flat(x), _flat(places), _flat(ordered), axis=0, mode=combine)
    return m.reshape(written, shape=shape_of(x))


# -- Positions ------------------------------------------------------------------------------------


def _indices(what: str, indices: Any) -> Any:
    found = array_of(indices)
    if not dtype_of(found).is_integer or shape_of(found) == ():
        refuse_type(f"{what}: indices are integers with a last axis, not {type_of(found)}")
    return convert(found, int64)


def _check(what: str, x: Any, indices: Any, windows: _Windows, ones: Sequence[int]) -> None:
    shape = shape_of(x)
    if len(windows.sizes) != len(shape) or any(
        not 0 <= k <= n for k, n in zip(windows.sizes, shape, strict=True)
    ):
        refuse_shape(f"{what}: windows of {windows.sizes} do not fit {type_of(x)}")
    if any(windows.sizes[k] != 1 for k in ones):
        refuse_shape(
            f"{what}: axes {tuple(ones)} are left out, so windows {windows.sizes} have 1 there"
        )
    if len(windows.start_dims) != shape_of(indices)[-1]:
        refuse_shape(
            f"{what}: indices have {shape_of(indices)[-1]} components, and they go to the axes "
            f"{windows.start_dims}"
        )
    if len(windows.operand_batching) != len(windows.indices_batching):
        refuse_shape(
            f"{what}: as many batching axes of the operand as of the indices, not "
            f"{windows.operand_batching} and {windows.indices_batching}"
        )


def _places(x: Any, indices: Any, windows: _Windows) -> tuple[Any, Any]:
    """The positions in the flat `x` of each element of each window, as (batch…, elements), the
    window moved inside; and which windows are inside.
    """
    shape, batch = shape_of(x), shape_of(indices)[:-1]
    strides = [math.prod(shape[k + 1 :]) for k in range(len(shape))]
    start = pnp.zeros_like(indices, shape=batch)
    inside = pnp.ones_like(indices, dtype=pnp.bool, shape=batch)
    for component, axis in enumerate(windows.start_dims):
        at = m.slice_axis(indices, len(batch), component, component + 1)
        at, last = m.reshape(at, shape=batch), shape[axis] - windows.sizes[axis]
        clamped = e.maximum(e.minimum(at, last), 0)
        inside = e.logical_and(inside, e.equal(at, clamped))
        start = e.add(start, e.multiply(clamped, strides[axis]))
    for axis, along in zip(windows.operand_batching, windows.indices_batching, strict=True):
        line = tuple(n if k == along else 1 for k, n in enumerate(batch))
        number = m.reshape(positions(batch[along], x), shape=line)
        start = e.add(start, e.multiply(number, strides[axis]))
    offsets: Any = m.reshape(positions(1, x), shape=(1,))
    for size, stride in zip(windows.sizes, strides, strict=True):
        reach = e.multiply(positions(size, x), stride)
        steps = e.add(m.reshape(offsets, shape=(*offsets.shape, 1)), reach)
        offsets = m.reshape(steps, shape=(math.prod(steps.shape),))
    return e.add(m.reshape(start, shape=(*batch, 1)), offsets), inside


def _flat(x: Any) -> Any:
    return m.reshape(x, shape=(math.prod(shape_of(x)),))
