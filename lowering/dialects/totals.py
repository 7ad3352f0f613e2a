"""The totals that a loop carries from one iteration to the next."""

from __future__ import annotations

from polyad.ir import Function, Op, Value

from . import loop


def register_totals(op: Op) -> tuple[str, ...] | None:
    """The reductions by which a loop changes its carried values; None if it changes one
    otherwise.
    """
    region, carried = op.regions[0], op.attrs["carried"]
    arguments = region.arguments[len(region.arguments) - carried :]
    kinds = [total_kind(region, a, r) for a, r in zip(arguments, region.results, strict=True)]
    known = tuple(kind for kind in kinds if kind is not None)
    return known if len(known) == carried else None


def total_kind(region: Function, argument: Value, result: Value) -> str | None:
    """The reduction that makes `result` of `argument`, if that has no other reader."""
    users = [op for op in region.ops if argument in op.operands]
    if len(users) != 1 or argument in region.results or result not in users[0].results:
        return None
    (op,) = users
    if op.definition is loop.accumulate:
        return str(op.attrs["kind"]) if op.operands[1] is not argument else None
    if op.definition is not loop.for_ or op.operands.count(argument) != 1:
        return None
    inner, number = op.regions[0], op.results.index(result)
    if op.operands[len(op.operands) - len(op.results) + number] is not argument:
        return None
    carried = inner.arguments[len(inner.arguments) - len(op.results) + number]
    return total_kind(inner, carried, inner.results[number])
