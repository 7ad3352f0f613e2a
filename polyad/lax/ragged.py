"""Products of ragged arrays: an axis is cut into groups, whose sizes are an array."""

from __future__ import annotations

import dataclasses
from typing import Any

from ..numpy import cumulative_sum
from ..numpy._core import array_of, dtype_of, promoted, shape_of
from ..ops import elementwise as e
from ..ops import manipulation as m
from ._arguments import refuse, refuse_shape, refuse_type
from .movement import broadcasted_iota
from .products import DotDimensionNumbers, dot_general


@dataclasses.dataclass(frozen=True)
class RaggedDotDimensionNumbers:
    """The axes of `ragged_dot_general`: those of `dot_general`, the one of `lhs` that is cut into
    groups, and that of `rhs` which numbers the groups, if there is one.
    """

    dot_dimension_numbers: DotDimensionNumbers
    lhs_ragged_dimensions: tuple[int, ...]
    rhs_group_dimensions: tuple[int, ...]

    def __post_init__(self) -> None:
        pairs = tuple(tuple(map(tuple, pair)) for pair in self.dot_dimension_numbers)
        object.__setattr__(self, "dot_dimension_numbers", pairs)
        for name in ("lhs_ragged_dimensions", "rhs_group_dimensions"):
            object.__setattr__(self, name, tuple(getattr(self, name)))


def ragged_dot(
    lhs: Any,
    rhs: Any,
    group_sizes: Any,
    precision: Any = None,
    preferred_element_type: Any = None,
    group_offset: None = None,
) -> Any:
    """Rows of `lhs`, (m, k), times the matrices of their groups, `rhs` (g, k, n): the first
    `group_sizes[0]` rows are of group 0, and so on. Rows of no group give 0.

    Raises `ShapeError` for shapes that do not fit.

    >>> import numpy as np
    >>> ragged_dot(np.ones((3, 2)), np.array([np.eye(2), 2 * np.eye(2)]), np.array([1, 2]))
    array([[1., 1.],
           [2., 2.],
           [2., 2.]])
    """
    dims = RaggedDotDimensionNumbers((((1,), (1,)), ((), ())), (0,), (0,))
    return ragged_dot_general(
        lhs, rhs, group_sizes, dims, precision, preferred_element_type, group_offset
    )


def ragged_dot_general(
    lhs: Any,
    rhs: Any,
    group_sizes: Any,
    ragged_dot_dimension_numbers: RaggedDotDimensionNumbers,
    precision: Any = None,
    preferred_element_type: Any = None,
    group_offset: None = None,
) -> Any:
    """`dot_general` with an axis of `lhs` cut into groups of `group_sizes`.

    - An axis that is kept: each group meets its own part of `rhs`, along its group axis.
    - A contracted one: a result for each group, along a new first axis.
    - A batch axis: `dot_general` as it is.

    `group_sizes` has one axis, of the groups, or before it those of `lhs` on which the sizes
    depend: the batch, and with a contracted axis those kept before it. Raises `PolyadValueError`,
    `PolyadTypeError` or `ShapeError` for what does not fit.

    >>> import numpy as np
    >>> dims = RaggedDotDimensionNumbers((((0,), (0,)), ((), ())), (0,), ())
    >>> ragged_dot_general(np.ones((3, 1)), np.ones((3, 1)), np.array([1, 2]), dims)[:, 0, 0]
    array([1., 2.])
    """
    if group_offset is not None:
        refuse("ragged_dot_general: group_offset is None\n  Groups are counted from the first.")
    x, y = promoted([lhs, rhs])
    sizes, dims = array_of(group_sizes), ragged_dot_dimension_numbers
    ragged = _ragged_axis(x, dims)
    (cx, cy), (bx, by) = dims.dot_dimension_numbers
    _check_groups(y, sizes, dims, ragged)
    options = {"precision": precision, "preferred_element_type": preferred_element_type}
    if ragged in bx:
        return dot_general(x, y, dims.dot_dimension_numbers, **options)
    prefix = _prefix(len(shape_of(x)), ragged, bx, cx)
    spread, later = _spread(x, sizes, ragged, prefix), lambda axes: tuple(k + 1 for k in axes)
    if ragged in cx:
        other = cy[cx.index(ragged)]
        apart = _spread(y, sizes, other, _prefix(len(shape_of(y)), other, by, cy))
        pairs = ((later(cx), later(cy)), ((0, *later(bx)), (0, *later(by))))
        return dot_general(spread, apart, pairs, **options)
    group = dims.rhs_group_dimensions[0]
    return dot_general(
        spread, y, (((*later(cx), 0), (*cy, group)), (later(bx), tuple(by))), **options
    )


def _ragged_axis(x: Any, dims: RaggedDotDimensionNumbers) -> int:
    if len(dims.lhs_ragged_dimensions) != 1:
        refuse_type(
            "ragged_dot_general: lhs_ragged_dimensions is one axis, not "
            f"{dims.lhs_ragged_dimensions}"
        )
    (ragged,) = dims.lhs_ragged_dimensions
    if not 0 <= ragged < len(shape_of(x)):
        refuse_shape(f"ragged_dot_general: lhs has no axis {ragged}: its shape is {shape_of(x)}")
    return ragged


def _prefix(rank: int, ragged: int, batch: Any, contracted: Any) -> tuple[int, ...]:
    """The axes that the sizes of groups depend on: the batch, and those of the same kind as the
    ragged one that come before it.
    """
    if ragged in contracted:
        before = contracted[: contracted.index(ragged)]
    else:
        kept = [k for k in range(rank) if k not in batch and k not in contracted]
        before = kept[: kept.index(ragged)]
    return (*batch, *before)


def _check_groups(y: Any, sizes: Any, dims: RaggedDotDimensionNumbers, ragged: int) -> None:
    (cx, cy), (bx, by) = dims.dot_dimension_numbers
    if not dtype_of(sizes).is_integer or not shape_of(sizes):
        refuse_type(
            f"ragged_dot_general: group_sizes are integers along an axis, not {dtype_of(sizes)} of "
            f"shape {shape_of(sizes)}"
        )
    kept, groups = ragged not in cx and ragged not in bx, dims.rhs_group_dimensions
    if len(groups) != kept:
        refuse_type(
            f"ragged_dot_general: rhs has {int(kept)} group axes where the ragged axis of lhs is "
            f"{'kept' if kept else 'contracted or of the batch'}, not {groups}"
        )
    for axis in groups:
        if not 0 <= axis < len(shape_of(y)) or axis in cy or axis in by:
            refuse_shape(
                f"ragged_dot_general: axis {axis} of rhs, {shape_of(y)}, numbers no groups"
            )
        if shape_of(y)[axis] != shape_of(sizes)[-1]:
            refuse_shape(
                f"ragged_dot_general: {shape_of(sizes)[-1]} groups, and {shape_of(y)[axis]} parts "
                "of rhs"
            )


def _spread(x: Any, sizes: Any, ragged: int, prefix: tuple[int, ...]) -> Any:
    """`x` for each group, along a new first axis: 0 outside of the group."""
    shape, given = shape_of(x), shape_of(sizes)
    of_all = tuple(shape[k] for k in prefix)
    if len(given) > 1 and given[:-1] != of_all:
        refuse_shape(
            f"ragged_dot_general: group_sizes has a shape (…, groups), where … is {of_all} or "
            f"nothing, not {given}"
        )
    ends = cumulative_sum(sizes, axis=-1)
    starts, count = e.subtract(ends, sizes), given[-1]
    whole = (count, *shape)
    place = broadcasted_iota(dtype_of(ends), whole, ragged + 1)

    def along(v: Any) -> Any:
        """Numbers of groups, and maybe of the prefix, over `whole`."""
        first = m.move_axis(v, len(shape_of(v)) - 1, 0)
        axes = sorted(prefix) if len(given) > 1 else []
        ordered = m.permute_dims(first, axes=(0, *(1 + prefix.index(k) for k in axes)))
        thin = (count, *(shape[k] if k in axes else 1 for k in range(len(shape))))
        return m.broadcast_to(m.reshape(ordered, shape=thin), shape=whole)

    mine = e.logical_and(e.greater_equal(place, along(starts)), e.less(place, along(ends)))
    return e.where(mine, m.broadcast_to(m.reshape(x, shape=(1, *shape)), shape=whole), 0)
