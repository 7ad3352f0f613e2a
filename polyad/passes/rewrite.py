"""The loop of array passes and of the conversions in lowering: walk the ops in order, append each
to a new function, as it is or rewritten.

A function of which nothing is rewritten is returned itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from ..concrete import Context
from ..ir import HERE, Builder, Definition, Function, Numbered, Op, Value, together
from ..ir.builder import emit_at
from ..ops.types import Operand
from ..tracing import Trace

Literal = int | float | complex
"""The value of a literal; a `bool` is an `int`."""
H = TypeVar("H", bound=Numbered)
"""The values of the new function: traced values in array passes, else handles."""
Step = Callable[["Rewriter[H]", Op, tuple[H, ...]], "Sequence[H] | None"]


class Rewriter(Generic[H]):
    """A function under rewriting: its values so far in the new function are `handles`."""

    __slots__ = ("_made", "_noted", "_readers", "_seen", "appended", "builder", "function",
                 "handles")  # fmt: skip

    def __init__(self, builder: Builder, function: Function) -> None:
        self.builder, self.function = builder, function
        self.handles: dict[Value, H] = {}
        self.appended: Sequence[H] | None = None  # the results of this op, if it stays as it was
        self._made: dict[int, tuple[Op, tuple[H, ...]]] = {}
        self._noted: list[range] = []  # rows that steps appended, not yet in `_made`
        self._readers: Counter[Value] | None = None
        self._seen: list[int] = []  # values whose ops the step for the present op has looked at

    # -- Questions

    def readers(self, value: Value) -> int:
        """The number of ops and results that read `value`, of the function before."""
        if self._readers is None:
            self._readers = Counter(self.function.results)
            for op in self.function.ops:
                self._readers.update(op.operands)
        return self._readers[value]

    def maker(self, handle: H) -> tuple[Op, tuple[H, ...]] | None:
        """The op behind `handle`, if it has one result, and its operands; None for an argument."""
        if self._noted:
            self._note()
        found = self._made.get(handle.number)
        if found is not None:
            self._seen.append(handle.number)
        return found

    def producer(self, handle: H) -> tuple[str, tuple[H, ...]]:
        """Name and operands of the op behind `handle`; an argument has the name ''."""
        found = self.maker(handle)
        return (found[0].name, found[1]) if found else ("", ())

    def is_made_by(self, name: str, handle: H) -> bool:
        """Whether the op behind `handle` has this name."""
        if self._noted:
            self._note()
        found = self._made.get(handle.number)
        return found is not None and found[0].name == name

    def literal(self, handle: H) -> Literal | None:
        """The scalar that fills `handle`, or None if it is not a literal."""
        if self._noted:
            self._note()
        found = self._made.get(handle.number)
        if found is None or found[0].name != "full":
            return None
        attrs = found[0].attrs
        value: Literal = attrs["dtype"].scalar(attrs["value"])
        return value

    # -- Ops of the new function, at the location of the op being rewritten

    def emit(
        self,
        definition: Definition,
        operands: Sequence[H],
        regions: tuple[Function, ...] = (),
        **attributes: Hashable,
    ) -> tuple[H, ...]:
        """Append an op; its results."""
        given = tuple(sorted(attributes.items()))
        builder = self.builder
        return emit_at(builder, definition, operands, given, regions, builder.location)

    def array(self, name: str, *operands: H, **attributes: Hashable) -> H:
        """Append an op of the array dialect with one result."""
        return self.emit(Definition.registry[name], operands, (), **attributes)[0]

    def copy(self, op: Op, operands: Sequence[H]) -> Sequence[H]:
        """Append `op` as it is, on new operands of the same types."""
        builder = self.builder
        numbers = tuple([h.number for h in operands])
        types = [v.type for v in op.results]
        first = builder.append(
            op.definition, numbers, op.attributes, op.regions, op.location, types
        )
        handles = [builder.handle(builder, first + i, t) for i, t in enumerate(types)]
        if len(handles) == 1:
            self._made[first] = (op, tuple(operands))
        self.appended = handles
        return handles

    def with_regions(
        self, op: Op, operands: Sequence[H], step: Callable[[Function], Function]
    ) -> Sequence[H]:
        """Append `op` with `step` applied to its regions."""
        regions = tuple([step(region) for region in op.regions])
        if all(new is old for new, old in zip(regions, op.regions, strict=True)):
            return self.copy(op, operands)
        given = op.attributes
        return emit_at(self.builder, op.definition, operands, given, regions, op.location)

    def inline(self, function: Function, operands: Sequence[H], *steps: Step[H]) -> list[H]:
        """Append the ops of `function`, rewritten by `steps`; its results."""
        self.handles.update(zip(function.arguments, operands, strict=True))
        self.visit(function, steps)
        return [self.handles[v] for v in function.results]

    def visit(self, function: Function, steps: Sequence[Step[H]]) -> bool:
        """Append each op of `function`, as the first step makes it that does not give None, or as
        it is. Whether an op was rewritten.
        """
        around = HERE.location
        try:
            return self._visit(function, steps)
        finally:
            HERE.location = around

    def _visit(self, function: Function, steps: Sequence[Step[H]]) -> bool:
        env, builder, changed, here = self.handles, self.builder, False, HERE
        for op in function.ops:
            operands = tuple([env[v] for v in op.operands])
            builder.location = here.location = op.location
            before, results, self.appended = len(builder.rows), None, None
            self._seen.clear()
            for step in steps:
                results = step(self, op, operands)
                if results is not None:
                    break
            if results is None:
                results = self.copy(op, operands)
            elif results is not self.appended:
                changed = True
                if len(builder.rows) > before:
                    self._noted.append(range(before, len(builder.rows)))
                    if self._seen:
                        self._replace(range(before, len(builder.rows)))
            env.update(zip(op.results, results, strict=True))
        return changed

    def _replace(self, rows: range) -> None:
        """Give the ops of the last step, in these rows, the places of the ops that it looked at and
        went past: they stand for these, too.
        """
        builder = self.builder
        read = {n for index in rows for n in builder.rows[index][1]}
        past = [n for n in self._seen if n not in read]
        places = [None if (row := builder.row_of(n)) is None else row[4] for n in past]
        found = together(places)
        if found is not None:
            for index in rows:
                if builder.rows[index][4] is not found:
                    builder.place(index, found)

    def _note(self) -> None:
        """Take up the rows that steps have appended themselves."""
        builder = self.builder
        for rows in self._noted:
            for definition, numbers, attributes, regions, location, first, count in builder.rows[
                rows.start : rows.stop
            ]:
                if count == 1:
                    operands = [builder.handle(builder, n, builder.types[n]) for n in numbers]
                    op = Op(definition, (), attributes, regions, (), location)
                    self._made[first] = (op, tuple(operands))
        self._noted.clear()


ArrayRewriter = Rewriter[Operand]
ArrayStep = Step[Operand]


def rewritten(builder: Builder, function: Function, *steps: Step[H]) -> Function:
    """`function`, rewritten by `steps` in an empty builder with its arguments."""
    rewriter: Rewriter[H] = Rewriter(builder, function)
    env = rewriter.handles
    env.update(zip(function.arguments, builder.argument_handles(), strict=True))
    if not rewriter.visit(function, steps):
        return function
    names = [v.name for v in function.arguments]
    return builder.build([env[v] for v in function.results], names, function.name)


def rewrite(function: Function, *steps: ArrayStep) -> Function:
    """`function` with each op replaced by the results of the first of `steps` that does not give
    None, or kept where all give None. Steps may use tracers' operators.
    """
    with Trace(function.argument_types, Context("a pass", rules=True), function.name) as builder:
        return rewritten(builder, function, *steps)
