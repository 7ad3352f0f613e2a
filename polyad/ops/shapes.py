"""Helpers of type rules: axes and shapes."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from typing import Any

from ..errors import PolyadTypeError, PolyadValueError, ShapeError
from ..ir import Shape
from ..texts import shown


def normalize_axis(axis: int, ndim: int) -> int:
    """`axis` counted from the front. Raises `PolyadValueError` if it is out of range,
    `PolyadTypeError` if it is no integer.
    """
    try:
        axis = operator.index(axis)
    except TypeError:
        raise PolyadTypeError(f"an axis is an integer, not {shown(axis)}") from None
    if not -ndim <= axis < ndim:
        raise PolyadValueError(f"axis {axis} is out of range for an array of {ndim} dimensions")
    return axis % ndim


def as_list(axes: int | Iterable[int]) -> list[int]:
    """One axis, or a sequence of them, as a list."""
    if isinstance(axes, Iterable) and not isinstance(axes, str) and getattr(axes, "shape", 0) != ():
        return list(axes)
    one: Any = axes
    return [one]


def normalize_axes(axes: int | Sequence[int] | None, ndim: int) -> tuple[int, ...]:
    """`axes` (None: all) counted from the front. Raises `PolyadValueError` for one that is out of
    range or repeated.
    """
    if axes is None:
        return tuple(range(ndim))
    listed = as_list(axes)
    found = tuple([normalize_axis(axis, ndim) for axis in listed])
    if len(set(found)) != len(found):
        raise ShapeError(f"axes {tuple(listed)} name an axis twice")
    return found


def without(shape: Shape, axes: Sequence[int]) -> Shape:
    """`shape` less `axes`."""
    return tuple(n for i, n in enumerate(shape) if i not in axes)


def with_ones(shape: Shape, axes: Sequence[int]) -> Shape:
    """`shape` with `axes` of size 1."""
    return tuple(1 if i in axes else n for i, n in enumerate(shape))


def check_broadcastable(shape: Shape, target: Shape) -> None:
    """Raise `ShapeError` unless `shape` broadcasts to `target`, aligned at the end."""
    tail = target[len(target) - len(shape) :]
    if len(shape) > len(target) or any(n not in (1, m) for n, m in zip(shape, tail, strict=True)):
        raise ShapeError(f"shape {shape} does not broadcast to {target}")


def shift(axes: Sequence[int]) -> tuple[int, ...]:
    """`axes` of an array to which a batch axis has been added in front."""
    return tuple(axis + 1 for axis in axes)
