"""Cumulative ops along one axis, and the associative scan that their derivatives are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Unpack

from ..errors import PolyadTypeError
from ..ir import ArrayType
from ..ir.types import bool_
from . import elementwise as e
from . import manipulation as m
from . import sparsity
from .definition import OpDefinition, Traits, op
from .types import Batched, Dual, Operand, Operands

Combine = Callable[[Operands, Operands], Operands]


# -- Associative scan -----------------------------------------------------------------------------


def associative_scan(combine: Combine, elems: Operands, axis: int) -> list[Operand]:
    """All prefixes along `axis` under the associative `combine`, which takes and gives slices.

    Neighbours are combined, the half as many pairs scanned, and what is missing between them is
    combined from the left (Blelloch, 1990): less than 2 n combinations in 2 log2(n) steps.
    """
    size = elems[0].shape[axis]
    if size < 2:
        return list(elems)
    pairs = size // 2
    left = [m.slice_axis(x, axis, 0, 2 * pairs, 2) for x in elems]
    right = [m.slice_axis(x, axis, 1, 2 * pairs, 2) for x in elems]
    odd = associative_scan(combine, combine(left, right), axis)
    first = [m.slice_axis(x, axis, 0, 1) for x in elems]
    if size == 2:
        return [m.concat(a, b, axis=axis) for a, b in zip(first, odd, strict=True)]
    rest = [m.slice_axis(x, axis, 2, size, 2) for x in elems]
    before = [m.slice_axis(y, axis, 0, (size - 1) // 2) for y in odd]
    even = [m.concat(a, b, axis=axis) for a, b in zip(first, combine(before, rest), strict=True)]
    return [_interleave(a, b, axis) for a, b in zip(even, odd, strict=True)]


def _interleave(even: Operand, odd: Operand, axis: int) -> Operand:
    """even[0], odd[0], even[1], odd[1], …; `even` may have one element more."""
    pairs = odd.shape[axis]
    paired = [
        m.reshape(x, shape=(*x.shape[: axis + 1], 1, *x.shape[axis + 1 :]))
        for x in (m.slice_axis(even, axis, 0, pairs), odd)
    ]
    shape = (*odd.shape[:axis], 2 * pairs, *odd.shape[axis + 1 :])
    mixed = m.reshape(m.concat(*paired, axis=axis + 1), shape=shape)
    if even.shape[axis] == pairs:
        return mixed
    return m.concat(mixed, m.slice_axis(even, axis, pairs, pairs + 1), axis=axis)


# -- What the cumulative ops share ----------------------------------------------------------------


def cumulative_type(x: ArrayType, *, axis: int) -> ArrayType:
    """Running totals along `axis`."""
    if x.dtype is bool_:
        raise PolyadTypeError(f"takes numeric arrays, not {x}")
    return x


def ordered_type(x: ArrayType, *, axis: int) -> ArrayType:
    """The extremum so far along `axis`."""
    if x.dtype.is_complex:
        raise PolyadTypeError(f"takes real arrays, not {x}")
    return x


def floating_type(x: ArrayType, *, axis: int) -> ArrayType:
    """log Σ e^x so far along `axis`."""
    if not x.dtype.is_floating:
        raise PolyadTypeError(f"takes real floating arrays, not {x}")
    return x


def cumulative(
    name: str, type_rule: Callable[..., ArrayType], **rules: Unpack[Traits]
) -> OpDefinition:
    """Define an op that runs along `axis` of one operand."""

    def batch(operands: Operands, batched: Batched, *, axis: int) -> Operand:
        return made(operands[0], axis=axis + 1)

    made = op(name, type_rule, batch=batch, **rules)
    return made


# -- Sum, product ---------------------------------------------------------------------------------


def cumulative_sum_transpose(ct: Operand, x: Operand, *, axis: int) -> Operand:
    return m.flip(cumulative_sum(m.flip(ct, axes=(axis,)), axis=axis), axes=(axis,))


cumulative_sum = cumulative(
    "cumulative_sum",
    cumulative_type,
    linear=((0,),),
    transposes=(cumulative_sum_transpose,),
    sparsity=sparsity.running,
)


def cumulative_prod_jvp(primals: Operands, tangents: Operands, *, axis: int) -> Dual:
    """(a, da)·(b, db) = (ab, da·b + a·db), scanned: factors of 0 need no division."""

    def combine(left: Operands, right: Operands) -> Operands:
        (a, da), (b, db) = left, right
        return a * b, da * b + a * db

    _, tangent = associative_scan(combine, (*primals, *tangents), axis)
    return cumulative_prod(primals[0], axis=axis), tangent


cumulative_prod = cumulative(
    "cumulative_prod", cumulative_type, jvp=cumulative_prod_jvp, sparsity=sparsity.running
)


# -- Maximum, minimum -----------------------------------------------------------------------------


def _extremum_jvp(
    definition: OpDefinition, primals: Operands, tangents: Operands, axis: int
) -> Dual:
    """The elements that equal the extremum so far share its tangent.

    They lie where the extremum has had that value, so their sums begin anew where it changes.
    """
    (x,), (t,) = primals, tangents
    y = definition(x, axis=axis)
    size = x.shape[axis]
    tie = e.equal(x, y)
    if size == 0:
        return y, t
    now, before = m.slice_axis(y, axis, 1, size), m.slice_axis(y, axis, 0, size - 1)
    start = m.pad_axis(e.not_equal(now, before), axis, 1, 0)

    def combine(left: Operands, right: Operands) -> Operands:
        (s, *sums), (anew, *others) = left, right
        added = [e.where(anew, b, a + b) for a, b in zip(sums, others, strict=True)]
        return e.logical_or(s, anew), *added

    shared = e.where(tie, t, 0), e.astype(tie, dtype=x.dtype)
    _, total, count = associative_scan(combine, (start, *shared), axis)
    return y, total / count


def cumulative_max_jvp(primals: Operands, tangents: Operands, *, axis: int) -> Dual:
    return _extremum_jvp(cumulative_max, primals, tangents, axis)


def cumulative_min_jvp(primals: Operands, tangents: Operands, *, axis: int) -> Dual:
    return _extremum_jvp(cumulative_min, primals, tangents, axis)


cumulative_max = cumulative(
    "cumulative_max", ordered_type, jvp=cumulative_max_jvp, sparsity=sparsity.running
)
cumulative_min = cumulative(
    "cumulative_min", ordered_type, jvp=cumulative_min_jvp, sparsity=sparsity.running
)


# -- Log of a sum of exponentials -----------------------------------------------------------------


def cumulative_logsumexp_jvp(primals: Operands, tangents: Operands, *, axis: int) -> Dual:
    """Each part of a sum weighs in by its share: the partials of `logaddexp`, scanned."""

    def combine(left: Operands, right: Operands) -> Operands:
        (a, da), (b, db) = left, right
        return e.logaddexp(a, b), da * e.logaddexp_partial(a, b) + db * e.logaddexp_partial(b, a)

    _, tangent = associative_scan(combine, (*primals, *tangents), axis)
    return cumulative_logsumexp(primals[0], axis=axis), tangent


cumulative_logsumexp = cumulative(
    "cumulative_logsumexp", floating_type, jvp=cumulative_logsumexp_jvp, sparsity=sparsity.running
)
