"""Dimensions as PyTorch counts them: a tensor without any has a dimension 0 in most functions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from ... import numpy as pnp
from ...errors import PolyadValueError
from ...ir import Handle, user_location, where
from ...numpy._core import axis_of, shape_of

Dims = int | tuple[int, ...] | None


def rank(x: Any) -> int:
    """The number of dimensions."""
    return len(shape_of(x))


def dim_of(dim: int, x: Any) -> int:
    """A dimension counted from the front; 0 of a tensor without dimensions."""
    return axis_of(int(dim), max(rank(x), 1))


def dims_of(dim: Any, x: Any) -> tuple[int, ...]:
    """The dimensions of a reduction counted from the front: all for None and ()."""
    if dim is None or (isinstance(dim, tuple | list) and not dim):
        return tuple(range(rank(x)))
    found = [dim_of(d, x) for d in (dim if isinstance(dim, tuple | list) else (dim,))]
    if len(set(found)) < len(found):
        raise PolyadValueError(f"a dimension appears twice in dim={dim}{where(user_location())}")
    return tuple(found) if rank(x) else ()


def along(function: Callable[[Any, int], Any], x: Any, dim: int) -> Any:
    """`function(x, axis)`; of a tensor without dimensions as of one with one element."""
    axis = dim_of(dim, x)
    if rank(x):
        return function(x, axis)
    made = function(pnp.reshape(x, (1,)), 0)
    if isinstance(made, tuple | list):
        return [pnp.reshape(part, ()) for part in made]
    return pnp.reshape(made, ())


def named(name: str, *parts: Any) -> Any:
    """torch's named tuple of the results of the function of that name."""
    return getattr(sys.modules["torch"].return_types, name)(parts)


def integers(sizes: Any) -> tuple[int, ...]:
    """Sizes as a tuple of integers."""
    if isinstance(sizes, tuple | list):
        return tuple(int(n) for n in sizes)
    return (int(sizes),)


def is_array(x: Any) -> bool:
    """Whether `x` is a tensor, traced or plain, or another array."""
    return isinstance(x, Handle) or hasattr(x, "shape")


def together(tensors: Sequence[Any]) -> Sequence[Any]:
    """Tensors that are passed apart or in one sequence."""
    while len(tensors) == 1 and isinstance(tensors[0], tuple | list):
        tensors = tensors[0]
    return tensors
