"""The residuals that a loop records for its reverse pass: the cheapest values that suffice.

A residual that a few element-wise ops make from others is made again instead. So of `v`, `1 - v`
and `2 * v`, one is recorded; values made from an x of the loop are not recorded at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...ir import ArrayType, Builder, Function, Op, Value
from ...ops.types import Operand
from ..partial_eval import Split
from .shared import define

CHEAP = frozenset(
    [
        *("add", "subtract", "multiply", "negative", "square", "abs", "maximum", "minimum"),
        *("equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "where"),
        *("guard", "shield"),
        *("logical_and", "logical_or", "logical_not", "astype", "conj", "real", "imag"),
        *("broadcast_to", "reshape", "permute_dims", "full", "stop_gradient"),
    ]
)
FREE = ("broadcast_to", "reshape", "permute_dims", "full", "stop_gradient")
OPS_PER_RESIDUAL = 2  # ops that may be run again for each residual that is not recorded


class Sources:
    """The origin of a body's values, through ops that are cheap to run again.

    The body takes consts, carry and xs. Values that depend on consts alone do not change in the
    loop and are never recorded, and an x need not be.
    """

    def __init__(self, body: Function, consts: int, carry: int) -> None:
        self.made = {v: op for op in body.ops for v in op.results}
        self.order = {op: i for i, op in enumerate(body.ops)}
        self.place = {v: i for i, v in enumerate([*body.arguments, *self.made])}
        self.invariant = set(body.arguments[:consts])
        self.xs = set(body.arguments[consts + carry :])
        for op in body.ops:
            if not op.has_effects and all(v in self.invariant for v in op.operands):
                self.invariant.update(op.results)
        self.found: dict[Value, frozenset[Value]] = {}

    def of(self, value: Value) -> frozenset[Value]:
        """The values that `value` can be made from again."""
        found = self.found.get(value)
        if found is None:
            op = self.made.get(value)
            if op is None or value in self.invariant or op.name not in CHEAP:
                found = frozenset([value])
            else:
                found = frozenset().union(*map(self.of, op.operands))
            self.found[value] = found
        return found

    def cost(self, values: Iterable[Value]) -> int:
        """Bytes to record in each iteration."""
        return sum(v.type.nbytes for v in values if v not in self.invariant and v not in self.xs)

    def between(self, sources: frozenset[Value], values: Sequence[Value]) -> list[Op]:
        """The ops that make `values` from `sources`, in order."""
        ops: set[Op] = set()
        todo = [v for v in values if v not in sources]
        while todo:
            op = self.made[todo.pop()]
            if op not in ops:
                ops.add(op)
                todo += [v for v in op.operands if v not in sources]
        return sorted(ops, key=self.order.__getitem__)


def recording_less(split: Split, consts: int, carry: int) -> Split:
    """`split`, of a body of known consts, carry and xs, with fewer bytes of residuals."""
    known = split.known
    count = len(known.results) - split.residuals
    residuals = known.results[count:]
    sources = Sources(known, consts, carry)
    replaced = [group for group in components(sources, residuals) if worthwhile(sources, *group)]
    if not replaced:
        return split
    gone = {v for values, _ in replaced for v in values}
    needed = [v for _, found in replaced for v in found]
    kept = list(dict.fromkeys([v for v in residuals if v not in gone] + needed))
    ops = sources.between(frozenset(kept), residuals)
    again = Function("again", tuple(kept), tuple(ops), residuals)
    unknown = split.unknown
    rest = unknown.argument_types[: len(unknown.arguments) - split.residuals]

    def body(builder: Builder, handles: list[Operand]) -> list[Operand]:
        made = builder.inline(again, handles[len(rest) :])
        return builder.inline(unknown, [*handles[: len(rest)], *made])

    new = define([*rest, *(v.type for v in kept)], unknown.name, body)
    smaller = known.with_(results=(*known.results[:count], *kept))
    return Split(smaller, new, split.out_known, len(kept))


def components(
    sources: Sources, residuals: Sequence[Value]
) -> list[tuple[list[Value], list[Value]]]:
    """The residuals grouped so that no two groups share a source that would be recorded."""
    groups: list[tuple[list[Value], list[Value]]] = []
    for value in dict.fromkeys(residuals):
        if value in sources.invariant or not isinstance(value.type, ArrayType):
            continue
        values, found = [value], sorted(sources.of(value), key=sources.place.__getitem__)
        for group in list(groups):
            if any(v in found and sources.cost([v]) for v in group[1]):
                groups.remove(group)
                values = [*group[0], *values]
                found = list(dict.fromkeys([*group[1], *found]))
        groups.append((values, found))
    return groups


def worthwhile(sources: Sources, values: list[Value], found: list[Value]) -> bool:
    """Whether recording `found` in place of `values` saves bytes, at little work."""
    if any(not isinstance(v.type, ArrayType) for v in found):
        return False
    again = sources.between(frozenset(found), values)
    work = sum(op.name not in FREE for op in again)
    saves = sources.cost(found) < sources.cost(values)
    return bool(again) and saves and work <= OPS_PER_RESIDUAL * len(values)
