"""Sorting by several keys, and the largest elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import execution
from ..ir.types import int32
from ..numpy._core import array_of, dtype_of, shape_of
from ..ops import elementwise as e
from ..ops import indexing as i
from ..ops import manipulation as m
from ._arguments import integer, operand_and_axis, refuse, refuse_shape, type_of


def sort(operand: Any, dimension: int = -1, is_stable: bool = True, num_keys: int = 1) -> Any:
    """`operand` sorted along `dimension`; or several arrays of one shape by the first `num_keys`.

    Later keys order what is equal in earlier ones; complex numbers are ordered by real, then
    imaginary part; NaNs come last. The order of equal elements is kept, whatever `is_stable` says.
    Raises `PolyadValueError` for a bad `num_keys`, `ShapeError` for unequal shapes.

    >>> import numpy as np
    >>> sort((np.array([2, 1, 2]), np.array([1, 5, 0])), num_keys=2)
    (array([1, 2, 2]), array([5, 0, 1]))
    """
    many = isinstance(operand, Sequence) and execution.backend_of(operand) is None
    arrays = [array_of(x) for x in operand] if many else [array_of(operand)]
    if not 1 <= num_keys <= len(arrays):
        refuse(f"sort: num_keys is from 1 to {len(arrays)}, the number of arrays, not {num_keys}")
    if any(shape_of(x) != shape_of(arrays[0]) for x in arrays):
        refuse_shape(f"sort: arrays have one shape, not {[shape_of(x) for x in arrays]}")
    _, axis = operand_and_axis(arrays[0], dimension, "sort")
    if len(arrays) == 1 and not dtype_of(arrays[0]).is_complex:
        found = [i.sort(arrays[0], axis=axis, descending=False)]
    else:
        order = _order(arrays[:num_keys], axis)
        found = [i.take_along(x, order, axis) for x in arrays]
    return tuple(found) if many else found[0]


def _order(keys: Sequence[Any], axis: int) -> Any:
    """The stable permutation that sorts by the keys: by the last first, then by those before it."""
    parts = []
    for key in keys:
        parts += [e.real(key), e.imag(key)] if dtype_of(key).is_complex else [key]
    order = i.argsort(parts[-1], axis=axis, descending=False)
    for key in reversed(parts[:-1]):
        step = i.argsort(i.take_along(key, order, axis), axis=axis, descending=False)
        order = i.take_along(order, step, axis)
    return order


def sort_key_val(
    keys: Any, values: Any, dimension: int = -1, is_stable: bool = True
) -> tuple[Any, Any]:
    """`keys` sorted along `dimension`, and `values` in the same order.

    >>> import numpy as np
    >>> sort_key_val(np.array([2, 1]), np.array([10.0, 20.0]))
    (array([1, 2]), array([20., 10.]))
    """
    return sort((keys, values), dimension, is_stable, 1)


def top_k(operand: Any, k: int, *, axis: int = -1) -> tuple[Any, Any]:
    """The `k` largest elements along `axis` in descending order, and their indices (int32).

    Of equal elements the first comes first. Raises `PolyadValueError` unless `k` is from 0 to the
    size of the axis.

    >>> import numpy as np
    >>> top_k(np.array([1.0, 3.0, 2.0]), 2)
    (array([3., 2.]), array([1, 2], dtype=int32))
    """
    return _first("top_k", operand, k, axis, descending=True)


def approx_max_k(operand: Any, k: int, reduction_dimension: int = -1) -> tuple[Any, Any]:
    """`top_k`: here the answer is exact."""
    return top_k(operand, k, axis=reduction_dimension)


def approx_min_k(operand: Any, k: int, reduction_dimension: int = -1) -> tuple[Any, Any]:
    """The `k` smallest elements in ascending order, and their indices; exact, too.

    >>> import numpy as np
    >>> approx_min_k(np.array([3.0, 1.0, 2.0]), 2)
    (array([1., 2.]), array([1, 2], dtype=int32))
    """
    return _first("approx_min_k", operand, k, reduction_dimension, descending=False)


def _first(what: str, operand: Any, k: int, axis: int, descending: bool) -> tuple[Any, Any]:
    """The first `k` in sorted order, and their indices."""
    x, at = operand_and_axis(operand, axis, what)
    k = integer(k, f"{what}: k")
    if not 0 <= k <= shape_of(x)[at]:
        refuse(f"{what}: k is from 0 to {shape_of(x)[at]}, axis {axis} of {type_of(x)}, not {k}")
    places = m.slice_axis(i.argsort(x, axis=at, descending=descending), at, 0, k)
    return i.take_along(x, places, at), e.astype(places, dtype=int32)
