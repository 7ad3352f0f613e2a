"""The reasons of entries: the operations and the user's lines on the way from input to output."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ..api.calls import pytrees
from ..ir import Location, Op, Value
from ..ops.sparsity import From, Into, Link, Same
from ._traced import TracedCall
from .detection import REGIONS, Detection, of_inputs
from .detection.index_sets import IndexSets
from .detection.propagate import Step


def propagated(call: TracedCall, keep_steps: bool = False) -> tuple[Detection, list[IndexSets]]:
    """The pass over a traced call, and the index sets of its results."""
    detection = Detection(call.width, REGIONS, keep_steps)
    types = call.function.argument_types
    sets = [
        of_inputs(t.size, b.start, call.width) for t, b in zip(types, call.blocks, strict=False)
    ]
    sets += [detection.empty(t) for t in types[len(sets) :]]
    known = [None if x is None else (x, frozenset([i])) for i, x in enumerate(call.known())]
    return detection, detection.run(call.function, sets, known).sets


class Origins:
    """The answers to `Pattern.why` for the pattern of a traced call. The pass runs once more, and
    keeps what it finds at each op.
    """

    def __init__(self, call: TracedCall) -> None:
        self._call = call

    @cached_property
    def _detection(self) -> Detection:
        return propagated(self._call, keep_steps=True)[0]

    @cached_property
    def _steps(self) -> dict[Value, Step]:
        return {r: step for step in self._detection.steps or () for r in step.op.results}

    def path(self, row: int, col: int) -> str:
        """The operations from input `col` to output `row`, one a line."""
        value, element = self._result(row)
        lines = []
        while value in self._steps:
            step = self._steps[value]
            lines.append(self._line(step.op))
            value, element = self._operand(step, value, element, col)
        head = f"entry ({row}, {col}): from {self._input(value, element)}"
        return "\n".join([head, *(f"  {line}" for line in dict.fromkeys(reversed(lines)))])

    def densest(self) -> str:
        """The op with whose results the rows reach their greatest length, and its line."""
        best, most = None, 0
        for step in self._detection.steps or ():
            longest = max((_longest(s) for s in step.results), default=0)
            if longest > most:
                best, most = step, longest
        if best is None:
            return "no entry: nothing depends on the inputs"
        before = max((_longest(s) for s in best.operands), default=0)
        return (
            f"{self._line(best.op)}\n  makes elements that depend on {most} of "
            f"{self._call.width} inputs; its operands depend on {before}"
        )

    def _line(self, op: Op) -> str:
        widened = ", all of its results by all of its operands" if self._is_widened(op) else ""
        name = getattr(op.attrs.get("rule"), "name", None)
        called = f" of {name}" if name else ""
        return f"{op.name}{called}{widened}{_at(op.location)}"

    def _is_widened(self, op: Op) -> bool:
        return any(op is other for other in self._detection.widened)

    def _result(self, row: int) -> tuple[Value, int]:
        for value in self._call.function.results:
            if row < value.type.size:
                return value, row
            row -= value.type.size
        raise AssertionError("the pattern has no such row")

    def _operand(self, step: Step, value: Value, element: int, col: int) -> tuple[Value, int]:
        """The operand, and the element of it, by which an element depends on input `col`."""
        links: Sequence[Link] = [None] * len(step.op.operands)
        if step.links is not None:
            links = step.links.of[step.op.results.index(value)]
        for x, sets, link in zip(step.op.operands, step.operands, links, strict=True):
            if sets.is_empty or (link is None and step.links is not None):
                continue
            for j in _elements(link, element, sets.size):
                rows = sets.rows()
                if col in rows.indices[rows.indptr[j] : rows.indptr[j + 1]]:
                    return x, j
        raise AssertionError("an element depends on inputs by its operands")

    def _input(self, value: Value, element: int) -> str:
        call = self._call
        names = pytrees.names_of(
            call.arguments.fun, call.arguments.args, positions=call.arguments.positions
        )
        number = call.function.arguments.index(value)
        at = np.unravel_index(element, value.type.shape)
        index = f"[{', '.join(map(str, at))}]" if at else ""
        return f"{pytrees.describe_leaf(names(), number)}{index}"


def _longest(sets: IndexSets) -> int:
    return 0 if sets.is_empty else int(sets.counts().max(initial=0))


def _elements(link: Link, element: int, size: int) -> Any:
    """The operand's elements that a result's element depends on."""
    if isinstance(link, Same):
        return [element]
    if isinstance(link, From):
        return [s for s in [int(link.source[element])] if s >= 0]
    if isinstance(link, Into):
        return np.flatnonzero(link.target == element)
    if link is None:  # within a region
        return range(size)
    return link.operands[link.results == element]


def _at(location: Location | None) -> str:
    return f"\n    at {location.describe()}" if location is not None else ""
