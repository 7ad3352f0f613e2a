"""The tangent of one op, and its gate: by the op's rule, of moves, of products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..ir import Builder, Op
from ..ir.symbolic import is_finite
from ..ops import elementwise as e
from ..ops.creation import zeros_like
from ..ops.definition import OpDefinition
from ..ops.linalg import free_axes
from ..ops.types import Operand, Tangent
from ..passes.flags import present
from . import gates, static_masks
from ._pass import replay
from .gates import Gate, Join, Rule
from .linear import (
    FILLS,
    FORWARD,
    PLAIN,
    Linear,
    Mode,
    contracted_forward,
    linear_groups,
    static_forward,
)
from .sums import added

Tangents = list[Linear | None]


def plain_jvp(
    builder: Builder, rules: OpDefinition, op: Op, xs: list[Operand], ts: list[Tangent]
) -> tuple[Sequence[Operand], Sequence[Tangent]]:
    """Results and tangents of one op, by its rule."""
    if rules.jvp is not None:
        found: Any = rules.jvp(tuple(xs), tuple(ts), **op.attrs)
        out, tangent = found
        return (out, tangent) if len(op.results) > 1 else ([out], [tangent])
    if rules.partials is not None:
        return _by_partials(builder, rules, op, xs, ts)
    return by_linearity(builder, rules, op, xs, ts)


def _by_partials(
    builder: Builder, rules: OpDefinition, op: Op, xs: list[Operand], ts: list[Tangent]
) -> tuple[Sequence[Operand], Sequence[Tangent]]:
    """Sum of tangent times partial."""
    (out,) = replay(builder, op, xs)
    total = None
    for partial, t in zip(rules.partials or (), ts, strict=True):
        if t is None or partial is None:
            continue
        term = e.multiply(t, partial(*xs, out, **op.attrs))
        total = term if total is None else e.add(total, term)
    return [out], [total]


def by_linearity(
    builder: Builder, rules: OpDefinition, op: Op, xs: list[Operand], ts: list[Tangent]
) -> tuple[Sequence[Operand], Sequence[Tangent]]:
    """For each group of jointly linear operands, the op itself with tangents in their places."""
    out = replay(builder, op, xs)
    total = None
    for group in linear_groups(op):
        if all(t is None for i, t in enumerate(ts) if i in group):
            continue
        given = {i: t for i, t in enumerate(ts) if i in group and t is not None}
        if rules.alone and len(given) == 1:
            ((i, only),) = given.items()
            term = rules.alone[i](only)
        else:
            moved = [
                x if i not in group else zeros_like(x) if t is None else t
                for i, (x, t) in enumerate(zip(xs, ts, strict=True))
            ]
            (term,) = replay(builder, op, moved)
        total = term if total is None else e.add(total, term)
    return out, [total]


# -- Moves -----------------------------------------------------------------------------------------


def of_moves(
    builder: Builder, rules: OpDefinition, op: Op, xs: list[Operand], ts: Tangents, kind: Join
) -> tuple[Sequence[Operand], Tangents]:
    """The gate moves as the tangent does; where nothing comes to, it is closed."""
    given = [t for t in ts if t is not None]
    copies = op.name in PLAIN or op.name in FORWARD or op.name == "where"
    if not copies or any(t.gate is not given[0].gate for t in given):
        ts = [None if t is None else t.settled(kind) for t in ts]
        given = [t for t in ts if t is not None]
    outs, (out,) = plain_jvp(builder, rules, op, xs, [None if t is None else t.value for t in ts])
    if out is None:
        return outs, [None]
    clean, raw = all(t.clean for t in given), all(t.raw for t in given)
    return outs, [Linear(out, _moved_gate(op, rules, xs, ts), clean, clean and raw)]


def _moved_gate(op: Op, rules: OpDefinition, xs: list[Operand], ts: Tangents) -> Gate | None:
    given = [t for t in ts if t is not None]
    if op.name in PLAIN:
        found = given[0].gate
        for t in given[1:]:
            found = gates.either(found, t.gate)
        return found
    linear = ts[1:] if op.name == "where" else ts if op.name == "concat" else None
    if op.name == "scatter":
        linear = [ts[0], ts[2]]
    if linear is not None:
        if all(t is not None and t.gate is None for t in linear):
            return None
        return _joint_gate(op, rules, xs, linear)
    (only,) = given
    gate = only.gate
    if gate is None and op.name in FILLS[0]:
        gate = gates.everywhere(only.value.builder, only.value.type.shape)
    dtype = None if op.name in FORWARD else only.value.type.dtype
    return gates.moved(gate, _rule(op, rules, xs), dtype, static_forward(op))


def _rule(op: Op, rules: OpDefinition, xs: list[Operand]) -> Rule:
    """The map of `op` on its first operand."""
    if op.name == "sort":  # by the order of the primals
        return lambda t: present(plain_jvp(t.builder, rules, op, xs, [t])[1])[0]
    return lambda t: rules(t, *xs[1:], **op.attrs)


def _joint_gate(op: Op, rules: OpDefinition, xs: list[Operand], linear: Tangents) -> Gate | None:
    values = xs[1:] if op.name == "where" else [xs[0], xs[2]] if op.name == "scatter" else xs
    parts = [
        (None if t is None else t.gate, t is not None, x)
        for t, x in zip(linear, values, strict=True)
    ]
    if op.name == "where":
        return gates.jointly(lambda x, y: e.where(xs[0], x, y), parts)
    if op.name == "concat":
        shapes = [x.type.shape for x in xs]
        axis = op.attrs["axis"]
        return gates.jointly(
            lambda *parts: rules(*parts, axis=axis),
            parts,
            static=lambda masks: static_masks.concat(masks, shapes, axis),
        )
    dtype = values[0].type.dtype
    return gates.jointly(lambda x, u: rules(x, xs[1], u, **op.attrs), parts, dtype)


# -- Products --------------------------------------------------------------------------------------


def of_product(
    builder: Builder, op: Op, xs: list[Operand], ts: Tangents
) -> tuple[Sequence[Operand], Tangents]:
    """A product with a factor that does not move: closed where the factor is 0, in both modes."""
    index = 0 if ts[0] is not None else 1
    t, factor = ts[index], xs[1 - index]
    assert t is not None
    outs = replay(builder, op, xs)
    value = e.multiply(t.value, factor) if index == 0 else e.multiply(factor, t.value)
    if is_nonzero_literal(factor):
        return outs, [Linear(value, t.gate, t.gate is None and t.clean)]
    value = e.guard(factor, value)
    return outs, [Linear(value, gates.both(t.gate, gates.weighed(factor)), t.gate is None)]


def of_guard(
    builder: Builder, op: Op, xs: list[Operand], ts: Tangents
) -> tuple[Sequence[Operand], Tangents]:
    """The tangent is guarded too, unless the gate moves: then it is a number like any other."""
    outs, t = replay(builder, op, xs), ts[1]
    if t is None or ts[0] is not None:
        return outs, [t]
    gate = gates.both(t.gate, gates.of(xs[0]))
    return outs, [Linear(e.guard(xs[0], t.value), gate, t.clean)]


def literal_of(handle: Operand) -> complex | None:
    """The number that fills `handle`, also by a broadcast; None if it is not known."""
    row = handle.builder.row_of(handle.number)
    while row is not None and row[0].name in ("broadcast_to", "reshape"):
        row = handle.builder.row_of(row[1][0])
    if row is None or row[0].name != "full":
        return None
    number: complex = handle.type.dtype.scalar(dict(row[2])["value"])
    return number


def is_nonzero_literal(handle: Operand) -> bool:
    """Whether `handle` is filled with one number other than 0, which is finite."""
    value = literal_of(handle)
    return value is not None and value != 0 and is_finite(value)


def of_contraction(
    builder: Builder, op: Op, xs: list[Operand], ts: Tangents, mode: Mode
) -> tuple[Sequence[Operand], Tangents]:
    """Entries of the partner that meet zeros alone do not count. Weights that do not move, a number
    for each entry of the other operand, close it as the factor of a product does.
    """
    outs = replay(builder, op, xs)
    total: Linear | None = None
    for index, t in enumerate(ts):
        if t is None:
            continue
        t, partner, weights = t.settled(mode.kind), xs[1 - index], None
        if not mode.rule and ts[1 - index] is None and not is_nonzero_literal(partner):
            weights = _weights(op, index, t, partner)
        found = contracted_forward(op, index, gates.both(t.gate, weights))
        if t.gate is not None:
            partner = gates.through(e.guard, found.partner, partner)
        pair = [gates.through(e.guard, weights, t.value), partner]
        (value,) = replay(builder, op, pair if index == 0 else pair[::-1])
        total = added(total, Linear(value, found.out, t.gate is None), mode.kind)
    return outs, [total]


def _weights(op: Op, index: int, t: Linear, partner: Operand) -> Gate | None:
    """The gate on operand `index` of a partner that does not move."""
    contracting, batch = op.attrs["contracting"], op.attrs["batch"]
    free = free_axes(len(partner.type.shape), contracting[1 - index], batch[1 - index])
    if free and t.raw:
        return None
    return contracted_forward(op, 1 - index, gates.weighed(partner)).partner
