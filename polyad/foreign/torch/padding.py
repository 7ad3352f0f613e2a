"""torch.nn.functional.pad, and moves of elements between features and space."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ... import numpy as pnp
from ...errors import ShapeError
from ...lax import pad as spread
from ...numpy._core import dtype_of, shape_of
from ...ops import manipulation as m
from ...texts import shown
from .nn_core import refused, register

MODES = ("constant", "reflect", "replicate", "circular")


def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: Any = None) -> Any:
    """`input` with a border; `pad` counts it before and after each axis, the last axis first. A
    negative count cuts.
    """
    shape = shape_of(input)
    widths = [int(n) for n in pad]
    if len(widths) % 2 or len(widths) // 2 > len(shape):
        raise refused(
            f"pad: widths are pairs for up to {len(shape)} axes, not {tuple(widths)}", ShapeError
        )
    if mode not in MODES:
        raise refused(f"pad: mode is one of {', '.join(MODES)}, not {shown(mode)}")
    pairs = [(widths[i], widths[i + 1]) for i in range(0, len(widths), 2)]
    axes = [(len(shape) - 1 - i, pair) for i, pair in enumerate(pairs)]
    if mode == "constant":
        return constant_pad_nd(input, widths, 0 if value is None else value)
    if value not in (None, 0):
        raise refused(f"pad: value is for mode 'constant', not for {shown(mode)}")
    for axis, (low, high) in axes:
        input = _by_index(input, axis, low, high, mode)
    return input


def constant_pad_nd(input: Any, pad: Sequence[int], value: Any = 0) -> Any:
    """`pad` by a constant."""
    ndim = len(shape_of(input))
    config = [(0, 0, 0)] * ndim
    for i in range(len(pad) // 2):
        config[ndim - 1 - i] = (int(pad[2 * i]), int(pad[2 * i + 1]), 0)
    return spread(input, pnp.asarray(value, dtype=dtype_of(input)), config)


def _by_index(x: Any, axis: int, low: int, high: int, mode: str) -> Any:
    n = shape_of(x)[axis]
    first, kept = max(-low, 0), n - max(-low, 0) - max(-high, 0)  # of those that are not cropped
    limit = {"reflect": n - 1, "circular": kept}.get(mode)
    if n == 0 or (limit is not None and max(low, high) > limit):
        raise refused(
            f"pad: mode {shown(mode)} cannot fill a border of {max(low, high)} beside an axis "
            f"of {n}",
            ShapeError,
        )
    places = range(-low, n + high)
    if not places:
        raise refused(f"pad: widths {low} and {high} leave nothing of an axis of {n}", ShapeError)
    if mode == "replicate":
        index = [min(max(i, 0), n - 1) for i in places]
    elif mode == "circular":
        index = [first + (i - first) % kept for i in places]
    else:
        index = [-i if i < 0 else 2 * (n - 1) - i if i >= n else i for i in places]
    return pnp.take(x, pnp.asarray(index, dtype="int64"), axis=axis)


def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    """(…, C·r², H, W) as (…, C, H·r, W·r)."""
    *lead, features, rows, columns = shape_of(input)
    r = upscale_factor
    if features % (r * r):
        raise refused(f"pixel_shuffle: {features} features are no multiple of {r * r}", ShapeError)
    n = len(lead)
    split = m.reshape(input, shape=(*lead, features // (r * r), r, r, rows, columns))
    order = (*range(n + 1), n + 3, n + 1, n + 4, n + 2)
    return m.reshape(
        m.permute_dims(split, axes=order), shape=(*lead, features // (r * r), rows * r, columns * r)
    )


def pixel_unshuffle(input: Any, downscale_factor: int) -> Any:
    """Undoes `pixel_shuffle`."""
    *lead, features, rows, columns = shape_of(input)
    r, n = downscale_factor, len(lead)
    if rows % r or columns % r:
        raise refused(f"pixel_unshuffle: {rows} by {columns} are no multiples of {r}", ShapeError)
    split = m.reshape(input, shape=(*lead, features, rows // r, r, columns // r, r))
    order = (*range(n + 1), n + 2, n + 4, n + 1, n + 3)
    return m.reshape(
        m.permute_dims(split, axes=order), shape=(*lead, features * r * r, rows // r, columns // r)
    )


def channel_shuffle(input: Any, groups: int) -> Any:
    """The features (axis 1) of all groups in turns."""
    batch, features, *space = shape_of(input)
    if features % groups:
        raise refused(
            f"channel_shuffle: {features} features do not split into {groups} groups", ShapeError
        )
    size = math.prod(space)
    split = m.reshape(input, shape=(batch, groups, features // groups, size))
    return m.reshape(m.permute_dims(split, axes=(0, 2, 1, 3)), shape=shape_of(input))


register(
    {
        "_C._nn.pad": pad,
        "constant_pad_nd": constant_pad_nd,
        "pixel_shuffle": pixel_shuffle,
        "pixel_unshuffle": pixel_unshuffle,
        "channel_shuffle": channel_shuffle,
        "native_channel_shuffle": channel_shuffle,
    }
)
