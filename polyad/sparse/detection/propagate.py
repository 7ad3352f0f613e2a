"""The pass that finds patterns: the index sets of each array, op by op, by the ops' own rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import SparsityError
from ...ir import ArrayType, Function, Op, Value, where
from ...ops import sparsity
from ...ops.control import StackType
from ...ops.definition import OpDefinition
from ...ops.sparsity import Link, Links
from .declared import declared_links
from .index_sets import IndexSets, union
from .known import Array, KnownValues, Sources, run

MOST_LINKS = 1 << 31

Known = tuple[Array, Sources] | None


class Found(NamedTuple):
    """The sets of a function's results, and their values, as far as these are known."""

    sets: list[IndexSets]
    known: Callable[[int], Known]


class Step(NamedTuple):
    """A step of the pass: at one op."""

    op: Op
    links: Links | None
    operands: Sequence[IndexSets]
    results: Sequence[IndexSets]


def array_type(t: Any) -> ArrayType:
    """The type of an array, or of an element of a stack of arrays."""
    while isinstance(t, StackType):
        t = t.element
    assert isinstance(t, ArrayType)
    return t


class Detection:
    """One run of the pass over functions of `width` inputs; `rules` are those of ops with regions.

    `widened` are the ops at which there may be more entries than the function has; `watched` the
    numbers of the arrays whose values decided on entries. `steps`, if kept, are for `Pattern.why`.
    """

    def __init__(
        self, width: int, rules: Mapping[str, RegionRule], keep_steps: bool = False
    ) -> None:
        self.width, self._rules = width, rules
        self.widened: list[Op] = []
        self.watched: set[int] = set()
        self.steps: list[Step] | None = [] if keep_steps else None

    def empty(self, t: Any) -> IndexSets:
        """The sets of an array without any input."""
        return IndexSets(array_type(t).size, self.width, ())

    def run(self, function: Function, given: Sequence[IndexSets], known: Sequence[Known]) -> Found:
        """The sets of `function`'s results from those of its arguments."""
        values = KnownValues(function, known)
        sets: dict[Value, IndexSets] = dict(zip(function.arguments, given, strict=True))
        for op in function.ops:
            operands = [sets[x] for x in op.operands]
            if all(s.is_empty for s in operands):
                sets.update((r, self.empty(r.type)) for r in op.results)
                continue
            found, links = self._results(op, operands, values)
            if self.steps is not None:
                self.steps.append(Step(op, links, operands, found))
            sets.update(zip(op.results, found, strict=True))
        results = [sets[r] for r in function.results]
        return Found(results, lambda k: values.get(function.results[k]))

    def _results(
        self, op: Op, operands: Sequence[IndexSets], values: KnownValues
    ) -> tuple[list[IndexSets], Links | None]:
        rule = self._rules.get(op.name)
        types = [array_type(x.type) for x in op.operands], [array_type(x.type) for x in op.results]
        declared = declared_links(op, *types)
        if declared is not None:
            return self.linked(op, operands, declared), None if op.regions else declared
        if rule is not None:
            found = rule(self, op, operands, values)
            return [s if _is_inexact(r) else self.empty(r.type)
                    for r, s in zip(op.results, found, strict=True)], None  # fmt: skip
        case = OpCase(self, op, operands, values)
        links = _links(op, case)
        if not links.exact:
            self.widened.append(op)
        return self.linked(op, operands, links), links

    def linked(self, op: Op, operands: Sequence[IndexSets], links: Links) -> list[IndexSets]:
        """The sets of an op's results, by its links with its operands."""
        found = []
        for result, row in zip(op.results, links.of, strict=True):
            size = array_type(result.type).size
            if not _is_inexact(result):
                found.append(self.empty(result.type))
                continue
            parts = [
                s.through(link, size)
                for s, link in zip(operands, row, strict=True)
                if not s.is_empty
            ]
            found.append(union(parts, size, self.width))
        return found

    def watch(self, known: Known) -> Array | None:
        """A value that decides on entries."""
        if known is None:
            return None
        self.watched |= known[1]
        return known[0]


RegionRule = Callable[[Detection, Op, Sequence[IndexSets], KnownValues], list[IndexSets]]
"""The sets of an op's results from those of its operands."""


def _is_inexact(value: Value) -> bool:
    return array_type(value.type).dtype.is_inexact


def _links(op: Op, case: OpCase) -> Links:
    """The links by the op's rule, or by what its definition says of its derivative."""
    definition = op.definition
    if not isinstance(definition, OpDefinition):
        return sparsity.everything(case)
    if not definition.differentiable:
        return sparsity.nowhere(case)
    if definition.sparsity is not None:
        return definition.sparsity(case)
    if not definition.elementwise:
        return sparsity.everything(case)
    links: list[Link] = [sparsity.SAME] * len(op.operands)
    for i, partial in enumerate(definition.partials or ()):
        if partial is None:
            links[i] = None
    return Links([links] * len(op.results))


class OpCase:
    """An op, for its rule (`polyad.ops.sparsity.Case`)."""

    def __init__(
        self, detection: Detection, op: Op, sets: Sequence[IndexSets], values: KnownValues
    ) -> None:
        self._detection, self._op, self._sets, self._values = detection, op, sets, values
        self.operands = [array_type(x.type) for x in op.operands]
        self.results = [array_type(x.type) for x in op.results]

    @property
    def attributes(self) -> Mapping[str, Any]:
        return self._op.attrs

    def value(self, index: int) -> Array | None:
        """The value of an operand, by which the pattern is then determined."""
        return self._detection.watch(self._known(index))

    def nonzero(self, index: int) -> NDArray[np.bool_] | None:
        """The places where the value of an operand is not zero, if it is zero anywhere."""
        known = self._known(index)
        if known is None:
            return None
        nonzero: NDArray[np.bool_] = known[0] != 0
        if nonzero.all():
            return None
        self._detection.watch(known)
        return nonzero

    def _known(self, index: int) -> Known:
        return self._values.get(self._op.operands[index]) if self._sets[index].is_empty else None

    def run(self, *operands: Array) -> Array:
        """The op on other operands."""
        return run(self._op, operands)[0]

    def check_size(self, count: int) -> None:
        """Raise `SparsityError` for a pattern that would not fit in memory."""
        if count > MOST_LINKS:
            raise SparsityError(
                f"{self._op.name} makes {count} dependences: its results depend on all of its "
                f"operands{where(self._op.location)}"
            )
