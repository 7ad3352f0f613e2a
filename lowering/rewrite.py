"""Rebuilding a function op by op, and removing unused ops: the base of all conversions."""

from __future__ import annotations

from collections.abc import Sequence

from polyad.ir import Attributes, Builder, Definition, Function, Location, Op, Type, Value
from polyad.ir.builder import emit_at as emit
from polyad.passes.rewrite import Rewriter, Step, rewritten

__all__ = ["Rewriter", "emit", "function_of", "rewrite", "without_dead_ops"]


def rewrite(function: Function, rule: Step) -> Function:
    """`function` with each op replaced by the ops that `rule(rewriter, op, operands)` emits."""
    return rewritten(Builder(function.argument_types, name=function.name), function, rule)


def without_dead_ops(function: Function) -> Function:
    """`function` without ops that have no effect and no used result."""
    live: set[Value] = set(function.results)
    kept: list[Op] = []
    for op in reversed(function.ops):
        if op.has_effects or live.intersection(op.results):
            kept.append(op)
            live.update(op.operands)
    return function.with_(ops=reversed(kept))


def function_of(
    definition: Definition,
    types: Sequence[Type],
    attributes: Attributes,
    regions: tuple[Function, ...] = (),
    name: str = "body",
    location: Location | None = None,
) -> Function:
    """The function that applies one op to its arguments."""
    builder = Builder(types, name=name)
    handles = tuple(builder.argument_handles())
    results = emit(builder, definition, handles, attributes, regions, location)
    return builder.build(results)
