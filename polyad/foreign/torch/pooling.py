"""PyTorch's pooling on traced arrays.

All kinds see windows as (batch, features, window's axes…, positions…), beside the places in the
input, window by position, of each axis; -1 is a place outside. The derivative of a maximum goes to
the place that is chosen, as in PyTorch.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from ... import numpy as pnp
from ...api import custom_jvp
from ...errors import ShapeError
from ...lax import pad as spread
from ...numpy._core import dtype_of, shape_of
from ...ops import manipulation as m
from ...ops import windows as w
from ...texts import shown
from .nn_core import batched, per_axis, refused, register, unbatched


class Windows(NamedTuple):
    """The elements of windows, and their places in the input along each axis."""

    elements: Any
    places: list[list[list[int]]]


# -- Windows in steps ------------------------------------------------------------------------------


def _stepped(
    x: Any, sizes: Any, steps: Any, pads: Any, apart: Any, ceil: bool, fill: Any, name: str
) -> Windows:
    """Windows in steps, over the input padded with `fill`."""
    config, places = [(0, 0, 0)] * 2, []
    for n, k, s, p, d in zip(shape_of(x)[2:], sizes, steps, pads, apart, strict=True):
        count = _positions(n, k, s, p, d, ceil, name)
        config.append((p, (count - 1) * s + (k - 1) * d + 1 - n - p, 0))
        rows = [[o * s - p + j * d for o in range(count)] for j in range(k)]
        places.append([[i if 0 <= i < n else -1 for i in row] for row in rows])
    wide = spread(x, pnp.asarray(fill, dtype=dtype_of(x)), config)
    return Windows(w.windows(wide, sizes=sizes, strides=steps, dilations=apart), places)


def _positions(n: int, k: int, s: int, p: int, d: int, ceil: bool, name: str) -> int:
    """The number of windows along an axis; with `ceil` the last may reach out, if it begins within
    the input or the padding before it.
    """
    if p > ((k - 1) * d + 1) // 2:
        raise refused(f"{name}: padding is at most half the window's size, not {p} for {k}")
    count = (n + 2 * p - d * (k - 1) - 1 + (s - 1 if ceil else 0)) // s + 1
    if ceil and (count - 1) * s >= n + p:
        count -= 1
    if count < 1:
        raise refused(f"{name}: an axis of size {n} holds no window of {k}", ShapeError)
    return count


def _least(x: Any) -> Any:
    """A number below all elements."""
    return -math.inf if dtype_of(x).is_inexact else pnp.iinfo(dtype_of(x)).min


# -- Windows that fit a number of results ----------------------------------------------------------


def _adaptive(x: Any, counts: Sequence[int], fill: Any) -> Windows:
    """For each axis of space, windows from ⌊i·n/count⌋ to ⌈(i+1)·n/count⌉."""
    places, ndim = [], len(shape_of(x))
    space, shape = ndim - 2, shape_of(x)
    for axis, count in enumerate(counts):
        n = shape[2 + axis]
        rows = [list(range(i * n // count, -(-(i + 1) * n // count))) for i in range(count)]
        size = max(map(len, rows), default=0)
        rows = [row + [-1] * (size - len(row)) for row in rows]
        places.append([[row[j] for row in rows] for j in range(size)])
    for axis, found in enumerate(places):
        index = pnp.asarray([[max(i, 0) for i in row] for row in found], dtype="int64")
        at = 2 + 2 * axis
        x = pnp.take(x, index, axis=at)
        if any(i < 0 for row in found for i in row):
            inside = pnp.asarray([[i >= 0 for i in row] for row in found])
            line = (1,) * at + tuple(shape_of(index)) + (1,) * (len(shape_of(x)) - at - 2)
            x = pnp.where(pnp.reshape(inside, line), x, fill)
    order = (0, 1, *range(2, 2 + 2 * space, 2), *range(3, 3 + 2 * space, 2))
    return Windows(pnp.permute_dims(x, order), places)


def _counts(x: Any, output_size: Any, space: int, name: str) -> tuple[int, ...]:
    given = output_size if isinstance(output_size, Sequence) else (output_size,) * space
    if len(given) == 1:
        given = tuple(given) * space
    if len(given) != space:
        raise refused(f"{name}: output_size has {space} numbers, not {shown(output_size)}")
    sizes = shape_of(x)[-space:]
    return tuple(n if k is None else int(k) for k, n in zip(given, sizes, strict=True))


# -- Maxima ----------------------------------------------------------------------------------------


def _maxima(seen: Windows, shape: Any) -> tuple[Any, Any]:
    """The largest of each window, and its place in the input's axes of space, laid out flat."""
    space = len(seen.places)
    batch, features, *rest = shape_of(seen.elements)
    sizes, positions = rest[:space], rest[space:]
    flat = m.reshape(seen.elements, shape=(batch, features, math.prod(sizes), *positions))
    best = pnp.argmax(flat, axis=2, keepdims=True)
    values = pnp.squeeze(pnp.take_along_axis(flat, best, axis=2), 2)
    best, found = pnp.squeeze(best, 2), 0
    for axis in reversed(range(space)):
        within, best = best % sizes[axis], best // sizes[axis]
        table = pnp.asarray(seen.places[axis], dtype="int64")
        line = [1] * (2 + space)
        line[2 + axis] = positions[axis]
        at = pnp.reshape(pnp.arange(positions[axis]), tuple(line))
        step = math.prod(shape[axis + 1 :])
        found = found + pnp.take(pnp.ravel(table), within * positions[axis] + at, axis=0) * step
    return values, found


def _max_pool(space: int, with_indices: bool) -> Any:
    name = f"max_pool{space}d"

    def max_pool(
        input: Any,
        kernel_size: Any,
        stride: Any = (),
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
    ) -> Any:
        x, alone = batched(input, space, name)
        sizes = per_axis(kernel_size, space, f"{name}: kernel_size")
        steps = _steps(stride, sizes, name)
        pads = per_axis(padding, space, f"{name}: padding")
        apart = per_axis(dilation, space, f"{name}: dilation")
        seen = _stepped(x, sizes, steps, pads, apart, ceil_mode, _least(x), name)
        values, places = _maxima(seen, shape_of(x)[2:])
        values = unbatched(values, alone)
        return (values, unbatched(places, alone)) if with_indices else values

    max_pool.__doc__ = f"The largest element of windows over {space} axes."
    return max_pool


def _steps(stride: Any, sizes: tuple[int, ...], name: str) -> tuple[int, ...]:
    none = stride is None or (isinstance(stride, Sequence) and not stride)
    return sizes if none else per_axis(stride, len(sizes), f"{name}: stride")


def _adaptive_max_pool(space: int) -> Any:
    name = f"adaptive_max_pool{space}d"

    def adaptive_max_pool(input: Any, output_size: Any) -> Any:
        x, alone = batched(input, space, name)
        seen = _adaptive(x, _counts(x, output_size, space, name), _least(x))
        values, places = _maxima(seen, shape_of(x)[2:])
        return unbatched(values, alone), unbatched(places, alone)

    adaptive_max_pool.__doc__ = "The largest element of windows, as many as `output_size` says."
    return adaptive_max_pool


def _max_unpool(space: int) -> Any:
    def max_unpool(
        self: Any, indices: Any, output_size: Any, stride: Any = None, padding: Any = None
    ) -> Any:
        x, alone = batched(self, space, f"max_unpool{space}d")
        places, _ = batched(indices, space, f"max_unpool{space}d")
        size = per_axis(output_size, space, "output_size")
        batch, features, *rest = shape_of(x)
        rows = (batch, features, math.prod(rest))
        filled = _placed(pnp.reshape(x, rows), pnp.reshape(places, rows), math.prod(size))
        return unbatched(pnp.reshape(filled, (batch, features, *size)), alone)

    max_unpool.__doc__ = "Zeros, and each element at the place that its index says."
    return max_unpool


@functools.partial(custom_jvp, nondiff_argnums=(2,))
def _placed(x: Any, places: Any, count: int) -> Any:
    """Zeros of length `count`, and the elements at their places; where several have one, torch
    hands the gradient to each of them.
    """
    return _at(x, places, count).set(x)


@_placed.defjvp
def _placed_jvp(count: int, primals: Any, tangents: Any) -> Any:
    x, places = primals
    return _placed(x, places, count), _at(x, places, count).add(tangents[0])


def _at(x: Any, places: Any, count: int) -> Any:
    batch, features, _ = shape_of(x)
    empty = pnp.zeros((batch, features, count), dtype=dtype_of(x))
    rows = pnp.reshape(pnp.arange(batch), (batch, 1, 1))
    columns = pnp.reshape(pnp.arange(features), (1, features, 1))
    return pnp.at(empty)[rows, columns, places]


# -- Means -----------------------------------------------------------------------------------------


def _avg_pool(space: int) -> Any:
    name = f"avg_pool{space}d"

    def avg_pool(
        input: Any,
        kernel_size: Any,
        stride: Any = (),
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> Any:
        x, alone = batched(input, space, name)
        sizes = per_axis(kernel_size, space, f"{name}: kernel_size")
        steps = _steps(stride, sizes, name)
        pads = per_axis(padding, space, f"{name}: padding")
        seen = _stepped(x, sizes, steps, pads, (1,) * space, ceil_mode, 0, name)
        total = pnp.sum(seen.elements, axis=tuple(range(2, 2 + space)))
        if divisor_override is not None:
            if divisor_override == 0:
                raise refused(f"{name}: divisor_override is not 0")
            return unbatched(total / divisor_override, alone)
        edges = pads if count_include_pad else (0,) * space
        counts = [
            _counted(n, k, s, p, edge, count)
            for n, k, s, p, edge, count in zip(
                shape_of(x)[2:], sizes, steps, pads, edges, shape_of(total)[2:], strict=True
            )
        ]
        return unbatched(total / _outer(counts, dtype_of(x)), alone)

    avg_pool.__doc__ = f"The mean of windows over {space} axes."
    return avg_pool


def _counted(n: int, k: int, s: int, p: int, edge: int, count: int) -> list[int]:
    """For each window the number of elements from -`edge` to n + `edge`."""
    starts = [o * s - p for o in range(count)]
    return [min(a + k, n + edge) - max(a, -edge) for a in starts]


def _outer(counts: Sequence[Sequence[int]], dtype: Any) -> Any:
    """The products of counts along the last axes, as divisors."""
    product: Any = 1
    for axis, row in enumerate(counts):
        line = (1,) * (2 + axis) + (len(row),) + (1,) * (len(counts) - axis - 1)
        product = product * pnp.reshape(pnp.asarray(list(row), dtype=dtype), line)
    return product


def _adaptive_avg_pool(space: int) -> Any:
    name = f"adaptive_avg_pool{space}d"

    def adaptive_avg_pool(input: Any, output_size: Any) -> Any:
        x, alone = batched(input, space, name)
        seen = _adaptive(x, _counts(x, output_size, space, name), 0)
        total = pnp.sum(seen.elements, axis=tuple(range(2, 2 + space)))
        counts = [
            [sum(i >= 0 for i in column) for column in zip(*rows, strict=True)]
            for rows in seen.places
        ]
        return unbatched(total / _outer(counts, dtype_of(x)), alone)

    adaptive_avg_pool.__doc__ = "The mean of windows, as many as `output_size` says."
    return adaptive_avg_pool


ROWS = {
    **{f"max_pool{n}d": _max_pool(n, False) for n in (1, 2, 3)},
    "max_pool1d_with_indices": _max_pool(1, True),
    "_C._nn.max_pool2d_with_indices": _max_pool(2, True),
    "_C._nn.max_pool3d_with_indices": _max_pool(3, True),
    "adaptive_max_pool1d": _adaptive_max_pool(1),
    "_C._nn.adaptive_max_pool2d": _adaptive_max_pool(2),
    "_C._nn.adaptive_max_pool3d": _adaptive_max_pool(3),
    "_C._nn.max_unpool2d": _max_unpool(2),
    "_C._nn.max_unpool3d": _max_unpool(3),
    "avg_pool1d": _avg_pool(1),
    "_C._nn.avg_pool2d": _avg_pool(2),
    "_C._nn.avg_pool3d": _avg_pool(3),
    "adaptive_avg_pool1d": _adaptive_avg_pool(1),
    "_C._nn.adaptive_avg_pool2d": _adaptive_avg_pool(2),
    "_C._nn.adaptive_avg_pool3d": _adaptive_avg_pool(3),
}

register(ROWS)
