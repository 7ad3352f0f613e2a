"""Rebuilding a function op by op, and removing unused ops: the base of all conversions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from polyad.ir import Attributes, Builder, Definition, Function, Handle, Location, Op, Value
from polyad.ir.core import infer_or_explain

from .table import array_op

Rule = Callable[["Rewriter", Op, list[Handle]], Sequence[Handle]]


def emit(
    builder: Builder,
    definition: Definition,
    operands: Sequence[Handle],
    attributes: Attributes = (),
    regions: tuple[Function, ...] = (),
    location: Location | None = None,
) -> tuple[Handle, ...]:
    """Append an op at `location`; unlike `Builder.emit`, at none if none is given."""
    types = infer_or_explain(
        definition, tuple([h.type for h in operands]), attributes, regions, lambda: location
    )
    numbers = tuple([h.number for h in operands])
    first = builder.append(definition, numbers, attributes, regions, location, types)
    return tuple([builder.handle(builder, first + i, type) for i, type in enumerate(types)])


class Rewriter:
    """Emits ops into a new function, at the location of the op being rewritten."""

    def __init__(self, argument_types: Sequence[Any], name: str = "main") -> None:
        self.builder = Builder(argument_types, name=name)
        self.location: Location | None = None

    def emit(
        self,
        definition: Definition,
        operands: Sequence[Handle],
        regions: tuple[Function, ...] = (),
        **attributes: Any,
    ) -> tuple[Handle, ...]:
        """Append an op; its results."""
        given: Attributes = tuple(sorted(attributes.items()))
        return emit(self.builder, definition, tuple(operands), given, regions, self.location)

    def array(self, name: str, *operands: Handle, **attributes: Any) -> Handle:
        """Append an op of the array dialect with one result."""
        return self.emit(array_op(name), operands, **attributes)[0]

    def copy(self, op: Op, operands: Sequence[Handle]) -> tuple[Handle, ...]:
        """Append `op` on new operands."""
        return emit(
            self.builder, op.definition, tuple(operands), op.attributes, op.regions, op.location
        )

    def with_regions(
        self, op: Op, operands: Sequence[Handle], step: Callable[[Function], Function]
    ) -> tuple[Handle, ...]:
        """Append `op` with `step` applied to its regions."""
        regions = tuple([step(region) for region in op.regions])
        return emit(
            self.builder, op.definition, tuple(operands), op.attributes, regions, op.location
        )


def rewrite(function: Function, rule: Rule, handles: dict[Value, Handle] | None = None) -> Function:
    """`function` with each op replaced by the ops that `rule(rewriter, op, operands)` emits.
    `handles`, if given, receives the new handle of each value.
    """
    rewriter = Rewriter(function.argument_types, function.name)
    handles = {} if handles is None else handles
    handles.update(zip(function.arguments, rewriter.builder.argument_handles(), strict=True))
    visit(rewriter, function, handles, rule)
    return rewriter.builder.build(
        [handles[v] for v in function.results], [v.name for v in function.arguments]
    )


def visit(rewriter: Rewriter, function: Function, handles: dict[Value, Handle], rule: Rule) -> None:
    """Rewrite the ops of `function` in order; `handles` receives the new handle of each value."""
    for op in function.ops:
        rewriter.location = op.location
        results = rule(rewriter, op, [handles[v] for v in op.operands])
        handles.update(zip(op.results, results, strict=True))


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
    types: Sequence[Any],
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
