"""map: a function on each slice of arrays, one by one or some at once."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from .. import tree
from ..errors import PolyadValueError
from ..ir import user_location, where
from ..ops import manipulation as m
from ..texts import shown
from .calls import agreement, pytrees
from .loops import scan, scan_length
from .vectorize import vmap

F = Callable[..., Any]


def map(f: F, xs: Any, *, batch_size: int | None = None) -> Any:
    """`f` on each slice of `xs`, a pytree, along the first axis, results stacked; `batch_size`
    slices at once by vmap, and the remaining ones at the end; 0 of them, as None, is one by one.

    Raises `PolyadValueError` for unequal leading sizes, or a batch size below 0.

    >>> import numpy as np
    >>> map(lambda x: x**2, np.array([1.0, 2.0, 3.0]))
    array([1., 4., 9.])
    """
    agreement.check_function("map", "f", f)
    size = 0 if batch_size is None else static_integer(batch_size)
    if size is None or size < 0:
        raise PolyadValueError(
            "map: batch_size is the number of slices that are taken at once, an integer of at "
            f"least 0, not {shown(batch_size)}{where(user_location())}"
        )
    if size == 0:
        return scan(lambda _, x: (None, f(x)), None, xs)[1]
    leaves, structure = pytrees.flatten(xs)
    count = scan_length(leaves, xs, None)
    whole = count - count % size
    parts = []
    if whole:
        cut = [m.slice_axis(x, 0, 0, whole) for x in leaves]
        grouped = [m.reshape(x, shape=(whole // size, size, *x.shape[1:])) for x in cut]
        ys = map(vmap(f), pytrees.unflatten(structure, grouped))
        parts.append(tree.map(lambda y: m.reshape(y, shape=(whole, *y.shape[2:])), ys))
    if whole < count:
        rest = [m.slice_axis(x, 0, whole, count) for x in leaves]
        parts.append(vmap(f)(pytrees.unflatten(structure, rest)))
    if not parts:
        return map(f, xs)
    return parts[0] if len(parts) == 1 else tree.map(lambda a, b: m.concat(a, b, axis=0), *parts)


def static_integer(value: Any) -> int | None:
    """`value` as an integer, if it is one and no boolean."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        return None
    return operator.index(value)
