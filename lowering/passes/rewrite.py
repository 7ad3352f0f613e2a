"""What the conversions share: a walk that rebuilds a function op by op, and removal of unused ops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from polyad.ir import Attributes, Builder, Definition, Function, Handle, Location, Op, Value

from ..table import array_op

Rule = Callable[["Rewriter", Op, list[Handle]], Sequence[Handle]]


class Rewriter:
    """Emits ops into a new function, at the location of the op being rewritten."""

    def __init__(self, argument_types: Sequence[Any], name: str = "main") -> None:
        self.builder = Builder(argument_types, name=name)
        self.location: Location | None = None

    def emit(
        self, definition: Definition, operands: Sequence[Handle], regions: tuple[Function, ...] = (), **attributes: Any
    ) -> tuple[Handle, ...]:
        """Append an op; its results."""
        given: Attributes = tuple(sorted(attributes.items()))
        return self.builder.emit(definition, tuple(operands), given, regions, self.location)

    def array(self, name: str, *operands: Handle, **attributes: Any) -> Handle:
        """Append an op of the array dialect with one result."""
        return self.emit(array_op(name), operands, **attributes)[0]

    def copy(self, op: Op, operands: Sequence[Handle]) -> tuple[Handle, ...]:
        """Append `op` as it is, on new operands."""
        return self.builder.emit(op.definition, tuple(operands), op.attributes, op.regions, op.location)


def rewrite(function: Function, rule: Rule) -> Function:
    """`function` with each op replaced by what `rule(rewriter, op, operands)` emits for it."""
    rewriter = Rewriter(function.argument_types, function.name)
    handles = dict(zip(function.arguments, rewriter.builder.argument_handles(), strict=True))
    visit(rewriter, function, handles, rule)
    return rewriter.builder.build([handles[v] for v in function.results], [v.name for v in function.arguments])


def visit(rewriter: Rewriter, function: Function, handles: dict[Value, Handle], rule: Rule) -> None:
    """Rewrite the ops of `function` in order; `handles` gets what each of its values became."""
    for op in function.ops:
        rewriter.location = op.location
        results = rule(rewriter, op, [handles[v] for v in op.operands])
        handles.update(zip(op.results, results, strict=True))


def without_dead_ops(function: Function) -> Function:
    """`function` without the ops that have no effect and whose results nobody uses."""
    live: set[Value] = set(function.results)
    kept: list[Op] = []
    for op in reversed(function.ops):
        if op.definition.effects and not op.results or live.intersection(op.results):
            kept.append(op)
            live.update(op.operands)
    return Function(function.name, function.arguments, tuple(reversed(kept)), function.results)


def function_of(definition: Definition, types: Sequence[Any], attributes: Attributes, regions: tuple[Function, ...] = (),
                name: str = "body") -> Function:  # fmt: skip
    """The function that applies one op to its arguments."""
    builder = Builder(types, name=name)
    results = builder.emit(definition, tuple(builder.argument_handles()), attributes, regions)
    return builder.build(results)
