"""torch.nn.functional.grid_sample and affine_grid on traced arrays."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

from ... import numpy as pnp
from ...api import stop_gradient
from ...errors import ShapeError
from ...numpy._core import dtype_of, shape_of
from .nn_core import refused, register
from .resampling import _inner_cubic, _outer_cubic

ZEROS, BORDER, REFLECTION = 0, 1, 2
BILINEAR, NEAREST, BICUBIC = 0, 1, 2


def affine_grid_generator(theta: Any, size: Sequence[int], align_corners: bool) -> Any:
    """The places (batch, …, axes) that the affine maps `theta` send the cells of a grid to."""
    batch, _, *space = (int(n) for n in size)
    dtype = dtype_of(theta)
    lines = []
    for axis, n in enumerate(space):
        points = pnp.linspace(-1, 1, n, dtype=dtype) if n > 1 else pnp.zeros(1, dtype=dtype)
        points = points if align_corners else points * ((n - 1) / n)
        line = (1,) * axis + (n,) + (1,) * (len(space) - axis - 1)
        lines.append(pnp.broadcast_to(pnp.reshape(points, line), tuple(space)))
    ones = pnp.ones(tuple(space), dtype=dtype)
    base = pnp.reshape(pnp.stack([*reversed(lines), ones], axis=-1), (-1, len(space) + 1))
    found = pnp.matmul(base[None], pnp.matrix_transpose(theta))
    return pnp.reshape(found, (batch, *space, len(space)))


def grid_sampler(
    input: Any, grid: Any, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Any:
    """The input (batch, features, space…) at places of `grid` (batch, …, axes), which run from -1
    to 1, x before y before z.
    """
    space = list(shape_of(input)[2:])
    n = len(space)
    if n not in (2, 3) or len(shape_of(grid)) != n + 2 or shape_of(grid)[-1] != n:
        raise refused(
            f"grid_sampler: a grid of shape {tuple(shape_of(grid))} does not fit a tensor of shape "
            f"{tuple(shape_of(input))}",
            ShapeError,
        )
    if interpolation_mode == BICUBIC and n == 3:
        raise refused("grid_sampler: mode 'bicubic' is for two axes of space")
    centres = [grid[..., n - 1 - axis] for axis in range(n)]
    centres = [
        (c + 1) / 2 * (size - 1) if align_corners else ((c + 1) * size - 1) / 2
        for c, size in zip(centres, space, strict=True)
    ]
    if interpolation_mode == BICUBIC:
        taps = [
            _cubic(c, size, padding_mode, align_corners)
            for c, size in zip(centres, space, strict=True)
        ]
    else:
        centres = [
            _padded(c, size, padding_mode, align_corners)
            for c, size in zip(centres, space, strict=True)
        ]
        taps = [_nearest(c) if interpolation_mode == NEAREST else _linear(c) for c in centres]
    total: Any = None
    for corner in itertools.product(*taps):
        part = _read(input, [place for place, _ in corner])
        weight = math.prod([w for _, w in corner[1:]], start=corner[0][1])
        if weight is not None and not isinstance(weight, int):
            part = part * pnp.expand_dims(weight, axis=1)
        total = part if total is None else total + part
    return total


def _padded(c: Any, size: int, mode: int, aligned: bool) -> Any:
    """A place, brought into the tensor by the padding's mode."""
    if mode == ZEROS:
        return c
    if mode == REFLECTION:
        low, span = (0.0, size - 1.0) if aligned else (-0.5, float(size))
        c = _reflected(c, low, span)
    return pnp.where(c <= 0, 0, pnp.where(c >= size - 1, size - 1, c))


def _reflected(c: Any, low: float, span: float) -> Any:
    if span == 0:
        return pnp.zeros_like(c)
    away = pnp.abs(c - low)
    turns = stop_gradient(pnp.floor(away / span))
    rest = away - turns * span
    even = turns - 2 * pnp.floor(turns / 2) == 0
    return pnp.where(even, rest + low, span - rest + low)


def _nearest(c: Any) -> list[tuple[Any, Any]]:
    return [(stop_gradient(pnp.round(c)), 1)]


def _linear(c: Any) -> list[tuple[Any, Any]]:
    low = stop_gradient(pnp.floor(c))
    return [(low, low + 1 - c), (low + 1, c - low)]


def _cubic(c: Any, size: int, mode: int, aligned: bool) -> list[tuple[Any, Any]]:
    low = stop_gradient(pnp.floor(c))
    t = c - low
    weights = [_outer_cubic(t + 1), _inner_cubic(t), _inner_cubic(1 - t), _outer_cubic(2 - t)]
    places = [_padded(low + k, size, mode, aligned) for k in range(-1, 3)]
    return [(stop_gradient(p), w) for p, w in zip(places, weights, strict=True)]


def _read(x: Any, places: Sequence[Any]) -> Any:
    """The elements at `places`, one array per axis of space; 0 outside."""
    batch, features, *space = shape_of(x)
    flat, inside = None, None
    for place, n in zip(places, space, strict=True):
        within = (place >= 0) & (place <= n - 1)
        inside = within if inside is None else inside & within
        index = pnp.astype(pnp.where(within, place, 0), "int64")
        flat = index if flat is None else flat * n + index
    shape = shape_of(flat)
    index = pnp.reshape(flat, (batch, 1, -1))
    rows = pnp.reshape(x, (batch, features, -1))
    index = pnp.broadcast_to(index, (batch, features, shape_of(index)[2]))
    found = pnp.reshape(pnp.take_along_axis(rows, index, axis=2), (batch, features, *shape[1:]))
    return pnp.where(pnp.expand_dims(inside, axis=1), found, 0)


def _sampler_of(space: int) -> Any:
    def sampler(
        input: Any, grid: Any, interpolation_mode: int, padding_mode: int, align_corners: bool
    ) -> Any:
        return grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)

    sampler.__doc__ = f"`grid_sampler` over {space} axes of space."
    return sampler


register(
    {
        "affine_grid_generator": affine_grid_generator,
        "grid_sampler": grid_sampler,
        "grid_sampler_2d": _sampler_of(2),
        "grid_sampler_3d": _sampler_of(3),
    }
)
