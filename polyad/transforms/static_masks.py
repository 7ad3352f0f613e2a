"""Static parts of gates, through the ops that move: booleans of NumPy, of size 1 along the axes
where they do not vary.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from ..ir import Shape

LIMIT = 1 << 16
"""Elements of a mask that is reshaped while transforming, at most."""

Mask = NDArray[np.bool_]


def stretched(mask: Mask, axis: int, size: int) -> Mask:
    return np.repeat(mask, size, axis) if mask.shape[axis] == 1 and size != 1 else mask


def shrunk(mask: Mask, axes: Sequence[int]) -> Mask:
    """With size 1 along those of `axes` where it does not vary."""
    for axis in axes:
        first = mask.take([0], axis)
        if (mask == first).all():
            mask = first
    return mask


def reshape(mask: Mask, old: Shape, new: Shape) -> Mask | None:
    """None for a mask that is too large to be made here."""
    if mask.size == 1:
        return mask.reshape((1,) * len(new))
    if 0 in old:
        return None
    full: list[int] = []
    shape: list[int] = []
    for before, after in matched(old, new):
        sizes = mask.shape[before]
        here, there = old[before], new[after]
        if prod(sizes) == 1:
            there = (1,) * len(there)
            here = sizes
        elif [n for n in here if n != 1] == [n for n in there if n != 1]:
            kept = iter([m for m, n in zip(sizes, here, strict=True) if n != 1])
            there = tuple(1 if n == 1 else next(kept) for n in there)
            here = sizes
        full += here
        shape += there
    if prod(full) > LIMIT:
        return None
    return shrunk(np.broadcast_to(mask, full).reshape(shape), range(len(shape)))


def matched(old: Shape, new: Shape) -> list[tuple[slice, slice]]:
    """The least groups of axes that a reshape makes of one another."""
    found, i, j = [], 0, 0
    while i < len(old) or j < len(new):
        a, b = i, j
        i, j = min(i + 1, len(old)), min(j + 1, len(new))
        while (p := prod(old[a:i])) != (q := prod(new[b:j])):
            i, j = (i + 1, j) if p < q else (i, j + 1)
        found.append((slice(a, i), slice(b, j)))
    return found


def pad(mask: Mask, shape: Shape, low: Shape, high: Shape, interior: Shape) -> Mask:
    for axis, (n, a, b, i) in enumerate(zip(shape, low, high, interior, strict=True)):
        if a or b or (i and n > 1):
            mask = stretched(mask, axis, n)
            sizes = list(mask.shape)
            sizes[axis] = a + b + n + max(n - 1, 0) * i
            wide = np.zeros(sizes, bool)
            at = [slice(None)] * mask.ndim
            at[axis] = slice(a, sizes[axis] - b, i + 1)
            wide[tuple(at)] = mask
            mask = wide
    return mask


def part(mask: Mask, start: Shape, stop: Shape, step: Shape) -> Mask:
    """The mask of a slice."""
    at = [
        slice(None) if n == 1 else slice(a, b, s)
        for n, a, b, s in zip(mask.shape, start, stop, step, strict=True)
    ]
    return mask[tuple(at)]


def concat(masks: Sequence[Mask], shapes: Sequence[Shape], axis: int) -> Mask:
    masks = [stretched(mask, axis, s[axis]) for mask, s in zip(masks, shapes, strict=True)]
    masks = [mask for mask in masks if mask.shape[axis]] or masks[:1]
    shape = np.broadcast_shapes(*(tuple(np.delete(k.shape, axis)) for k in masks))
    full = [np.broadcast_to(k, (*shape[:axis], k.shape[axis], *shape[axis:])) for k in masks]
    return np.concatenate(full, axis)


def flip(mask: Mask, axes: Sequence[int]) -> Mask:
    return np.flip(mask, tuple(axes))


def windows(mask: Mask, sizes: Shape, places: Shape, strides: Shape, dilations: Shape) -> Mask:
    """Over the last axes, as the op: at `places` along each."""
    lead = mask.ndim - len(sizes)
    for axis, (k, n, s, d) in enumerate(zip(sizes, places, strides, dilations, strict=True), lead):
        moved = np.moveaxis(mask, axis, 0)
        found = moved[None]
        if len(moved) > 1:
            at = np.arange(k)[:, None] * d + np.arange(n) * s
            found = shrunk(moved[at], (0, 1)) if at.size else moved[at]
        mask = np.moveaxis(found, (0, 1), (axis, -1))
    return mask


def overlap(
    mask: Mask, shape: Shape, sizes: Shape, places: Shape, strides: Shape, dilations: Shape
) -> Mask:
    """Open where an open window lies, as `overlap_add` adds them up; `sizes` of windows at
    `places`.
    """
    count = len(shape)
    lead = mask.ndim - 2 * count
    for axis in range(count):
        k, n = sizes[axis], places[axis]
        moved = np.moveaxis(mask, (lead + axis, lead + count), (0, 1))
        rest = moved.shape[2:]
        moved = np.broadcast_to(moved, (k, n, *rest))
        found = np.zeros((shape[axis], *rest), bool)
        for i in range(k):
            found[i * dilations[axis] + np.arange(n) * strides[axis]] |= moved[i]
        mask = np.moveaxis(shrunk(found, (0,)) if len(found) else found, 0, lead + axis)
    return mask
