"""Ops over a named axis: sums, gathers and exchanges among the elements of a batch.

An op names the axis by `axis_name` and knows its `axis_size`. Its operand is that of one element;
the other elements' are behind the name. The `vmap` that binds the name resolves the op: `over_axis`
gives the result over the whole batch, and says whether it differs along it. Other transformations
treat the op as the linear map that it is for all elements together: the transpose of a sum over the
axis is the sum of the cotangents over it. Arrays that an op adds an axis to have it as axis 0.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Unpack

from ..errors import PolyadTypeError
from ..ir import ArrayType
from ..ir.types import int64
from . import creation, dispatch
from . import elementwise as e
from . import manipulation as m
from . import reduction as r
from .definition import OpDefinition, Traits, op
from .types import Batched, Dual, Operand, Operands, OverAxis, Resolved, Tangents


def collective(
    name: str,
    type_rule: Callable[..., ArrayType],
    over_axis: OverAxis,
    *,
    reach: int = 0,
    **traits: Unpack[Traits],
) -> OpDefinition:
    """Define an op over a named axis; `reach` says how often its rule for another batch moves that
    behind an axis of the op's own: before it (1), after it (2), or both (3).
    """

    def batch(operands: Operands, batched: Batched, **attributes: Hashable) -> Operand:
        (x,) = operands
        found: Operand = made(m.move_axis(x, 0, 1) if reach & 1 else x, **attributes)
        return m.move_axis(found, 0, 1) if reach & 2 else found

    made = op(name, type_rule, batch=batch, **traits)
    made.foldable = False
    _resolve(made, over_axis)
    return made


def _resolve(op: OpDefinition, over_axis: OverAxis) -> None:
    op.over_axis, op.stays = over_axis, True


def spread(x: Operand, batched: bool, size: int) -> Operand:
    """`x` with the batch as axis 0."""
    return x if batched else m.broadcast_to(x, shape=(size, *x.shape))


def numeric_type(x: ArrayType, *, axis_name: str, axis_size: int) -> ArrayType:
    """The type of the operand."""
    if x.dtype.family == "bool":
        raise PolyadTypeError("takes numbers, not bool")
    return x


# -- psum, pmax, pmin ------------------------------------------------------------------------------


def psum_over(x: Operand, batched: bool, *, axis_name: str, axis_size: int) -> Resolved:
    return Resolved(m.sum(x, axes=(0,)) if batched else x * axis_size, False)


def psum_transpose(ct: Operand, x: Operand, **axis: Hashable) -> Operand:
    return psum(ct, **axis)


psum = collective("psum", numeric_type, psum_over, linear=((0,),), transposes=(psum_transpose,))
"""The sum over the axis."""


def extremum_over(op: OpDefinition) -> OverAxis:
    def rule(x: Operand, batched: bool, *, axis_name: str, axis_size: int) -> Resolved:
        return Resolved(op(x, axes=(0,)) if batched else x, False)

    return rule


def extremum_jvp(name: str) -> Callable[..., Dual]:
    def rule(primals: Operands, tangents: Tangents, **axis: Hashable) -> Dual:
        """The mean of the tangents of the elements that have it."""
        (x,), (t,) = primals, tangents
        found: Operand = EXTREMA[name](x, **axis)
        if t is None or not x.dtype.is_floating:
            return found, None
        mine = e.equal(x, found)
        share = psum(e.where(mine, dispatch.lift(x.builder, 1.0, x.dtype), 0), **axis)
        return found, psum(e.where(mine, t / share, 0), **axis)

    return rule


pmax = collective("pmax", numeric_type, extremum_over(r.max), jvp=extremum_jvp("pmax"))
"""The largest value along the axis."""
pmin = collective("pmin", numeric_type, extremum_over(r.min), jvp=extremum_jvp("pmin"))
"""The smallest value along the axis."""
EXTREMA = {"pmax": pmax, "pmin": pmin}

# -- all_gather, reduce_scatter --------------------------------------------------------------------


def all_gather_type(x: ArrayType, *, axis_name: str, axis_size: int) -> ArrayType:
    """The values of all elements, along a new axis 0."""
    return x.with_batch(axis_size)


def all_gather_over(x: Operand, batched: bool, *, axis_name: str, axis_size: int) -> Resolved:
    return Resolved(spread(x, batched, axis_size), False)


all_gather = collective(
    "all_gather",
    all_gather_type,
    all_gather_over,
    reach=2,
    linear=((0,),),
    transposes=(lambda ct, x, **axis: reduce_scatter(ct, **axis),),
)
"""The values of all elements, along a new axis 0."""


def reduce_scatter_type(x: ArrayType, *, axis_name: str, axis_size: int) -> ArrayType:
    """Without axis 0, which is as long as the named one."""
    return _with_a_row_each(x, axis_size).with_shape(x.shape[1:])


def _with_a_row_each(x: ArrayType, axis_size: int) -> ArrayType:
    if x.shape[:1] != (axis_size,):
        raise PolyadTypeError(f"takes an array with a first axis of size {axis_size}, not {x}")
    return x


def reduce_scatter_over(x: Operand, batched: bool, *, axis_name: str, axis_size: int) -> Resolved:
    return Resolved(m.sum(x, axes=(0,)) if batched else x * axis_size, True)


reduce_scatter = collective(
    "reduce_scatter",
    reduce_scatter_type,
    reduce_scatter_over,
    reach=1,
    linear=((0,),),
    transposes=(lambda ct, x, **axis: all_gather(ct, **axis),),
)
"""The sum over the axis of the operand's rows, element i having row i."""

# -- ppermute, all_to_all --------------------------------------------------------------------------

Pairs = tuple[tuple[int, int], ...]


def ppermute_type(x: ArrayType, *, axis_name: str, axis_size: int, perm: Pairs) -> ArrayType:
    """The type of the operand."""
    return x


def ppermute_over(
    x: Operand, batched: bool, *, axis_name: str, axis_size: int, perm: Pairs
) -> Resolved:
    source = {target: start for start, target in perm}
    rows = [m.slice_axis(spread(x, batched, axis_size), 0, i, i + 1) for i in range(axis_size)]
    empty = creation.zeros_like(rows[0])
    return Resolved(
        m.concat(*(rows[source[i]] if i in source else empty for i in range(axis_size)), axis=0),
        True,
    )


def ppermute_transpose(ct: Operand, x: Operand, *, perm: Pairs, **axis: Hashable) -> Operand:
    return ppermute(ct, perm=tuple((b, a) for a, b in perm), **axis)


ppermute = collective(
    "ppermute", ppermute_type, ppermute_over, linear=((0,),), transposes=(ppermute_transpose,)
)
"""The value of another element: of element a at b for each pair (a, b), else 0."""


def all_to_all_type(x: ArrayType, *, axis_name: str, axis_size: int) -> ArrayType:
    """The type of the operand, which has a row for each element."""
    return _with_a_row_each(x, axis_size)


def all_to_all_over(x: Operand, batched: bool, *, axis_name: str, axis_size: int) -> Resolved:
    return Resolved(m.move_axis(spread(x, batched, axis_size), 0, 1), True)


all_to_all = collective(
    "all_to_all",
    all_to_all_type,
    all_to_all_over,
    reach=3,
    linear=((0,),),
    transposes=(lambda ct, x, **axis: all_to_all(ct, **axis),),
)
"""Row i of the result is the row of element i that is this element's."""

# -- axis_index ------------------------------------------------------------------------------------


def axis_index_type(*, axis_name: str, axis_size: int) -> ArrayType:
    """An integer of shape ()."""
    return ArrayType(int64, ())


def axis_index_over(*, axis_name: str, axis_size: int) -> Resolved:
    return Resolved(creation.iota(size=axis_size, dtype=int64), True)


axis_index = op("axis_index", axis_index_type, differentiable=False, foldable=False)
"""The position of the element along the axis."""
_resolve(axis_index, axis_index_over)
