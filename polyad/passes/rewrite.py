"""The loop that passes share: walk the ops in order, append each to a fresh function, as it is or
rewritten.

A function of which nothing is rewritten is given back itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from ..concrete import Context
from ..ir import Attributes, Builder, Function, Op, Value
from ..tracing import Trace

Step = Callable[["Rewriter", Op, tuple[Any, ...]], "Sequence[Any] | None"]


class Rewriter:
    """A function being rewritten. `producer` tells which op, on which operands, made a handle."""

    __slots__ = ("_readers", "appended", "builder", "function", "made")

    def __init__(self, builder: Builder, function: Function) -> None:
        self.builder, self.function = builder, function
        self.made: dict[int, tuple[Op, tuple[Any, ...]]] = {}
        self.appended: Sequence[Any] | None = None  # the results of this op, if it stays as it was
        self._readers: Counter[Value] | None = None

    def readers(self, value: Value) -> int:
        """How often `value`, of the function before, is an operand or a result."""
        if self._readers is None:
            self._readers = Counter(self.function.results)
            for op in self.function.ops:
                self._readers.update(op.operands)
        return self._readers[value]

    def producer(self, handle: Any) -> tuple[str, dict[str, Any], tuple[Any, ...]]:
        """Name, attributes and operands of the op behind `handle`; an argument has the name ''."""
        found = self.made.get(handle.number)
        return (found[0].name, found[0].attrs, found[1]) if found else ("", {}, ())

    def is_made_by(self, name: str, handle: Any) -> bool:
        """Whether the op behind `handle` has this name."""
        found = self.made.get(handle.number)
        return found is not None and found[0].name == name

    def literal(self, handle: Any) -> Any:
        """The scalar that fills `handle`, or None if it is not a literal."""
        found = self.made.get(handle.number)
        if found is None or found[0].name != "full":
            return None
        value = found[0].attrs["value"]
        return handle.type.dtype.python_type(value)

    def emit(
        self, op: Op, operands: Sequence[Any], attributes: Attributes, regions: Sequence[Function]
    ) -> Sequence[Any]:
        """`op` with other operands, attributes and regions."""
        return self.builder.emit(op.definition, tuple(operands), attributes, tuple(regions))

    def append(self, op: Op, operands: tuple[Any, ...]) -> Sequence[Any]:
        """`op` as it is, on the new operands."""
        builder = self.builder
        numbers = tuple([h.number for h in operands])
        types = [v.type for v in op.results]
        first = builder.append(
            op.definition, numbers, op.attributes, op.regions, op.location, types
        )
        handles = [builder.handle(builder, first + i, t) for i, t in enumerate(types)]
        if len(handles) == 1:
            self.made[first] = (op, operands)
        self.appended = handles
        return handles


def rewrite(function: Function, *steps: Step) -> Function:
    """`function` with each op replaced by what the first of `steps` gives that does not give None,
    or kept where all do.
    """
    changed = False
    with Trace(function.argument_types, Context("a pass"), function.name) as builder:
        rewriter = Rewriter(builder, function)
        env = dict(zip(function.arguments, builder.argument_handles(), strict=True))
        for op in function.ops:
            operands = tuple([env[v] for v in op.operands])
            builder.location = op.location
            before, results, rewriter.appended = len(builder.rows), None, None
            for step in steps:
                results = step(rewriter, op, operands)
                if results is not None:
                    break
            if results is None:
                results = rewriter.append(op, operands)
            elif results is not rewriter.appended:
                changed = True
                if len(builder.rows) > before:
                    _note(rewriter, before)
            env.update(zip(op.results, results, strict=True))
        if not changed:
            return function
        return builder.build(
            [env[v] for v in function.results], [v.name for v in function.arguments], function.name
        )


def _note(rewriter: Rewriter, before: int) -> None:
    """Remember the producers of what a step appended itself."""
    builder = rewriter.builder
    for definition, numbers, attributes, regions, location, first, count in builder.rows[before:]:
        if count == 1:
            operands = tuple([builder.handle(builder, n, builder.types[n]) for n in numbers])
            rewriter.made[first] = (Op(definition, (), attributes, regions, (), location), operands)
