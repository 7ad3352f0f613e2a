"""The elements of one factor of a contraction, by those of the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ir import Op
from ...ops.sparsity import Numbers, Several


def other_factor(op: Op, index: int, link: Several) -> Numbers:
    """For each pair of an element of the result and one of factor `index`, the element of the
    other factor that multiplies it.
    """
    own, other = op.operands[index].type, op.operands[1 - index].type
    pairs = [op.attrs["batch"], op.attrs["contracting"]]
    at = _positions(link.operands, own.shape)
    place = _positions(link.results, op.results[0].type.shape)
    position: list[Any] = [None] * other.ndim
    for axes in pairs:
        for mine, theirs in zip(axes[index], axes[1 - index], strict=True):
            position[theirs] = at[mine]
    n_batch = len(pairs[0][0])
    n_left = op.operands[0].type.ndim - n_batch - len(pairs[1][0])
    result_axis = n_batch + n_left if index == 0 else n_batch
    for axis in range(other.ndim):
        if position[axis] is None:
            position[axis] = place[result_axis]
            result_axis += 1
    if not position:
        return np.zeros(len(link.results), np.int64)
    found: Numbers = np.ravel_multi_index(position, other.shape)
    return found


def _positions(flat: Numbers, shape: tuple[int, ...]) -> tuple[Numbers, ...]:
    """The index along each axis; none of a scalar."""
    return np.unravel_index(flat, shape) if shape else ()
