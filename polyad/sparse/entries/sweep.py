"""The sweep that gives entries.

A coefficient goes backward from each result, beside a table of the rows that its elements stand
for. Through element-wise ops and reductions, where an operand's element is in one element of the
result, it goes on by the ops' own transposes: one reverse pass of a kernel's scalar body gives its
entries by all of its reads. Where a gather is read, the entries of what is gathered are gathered
like it and multiplied with the coefficient. What no pass gives is left to colours, as far as it
goes: the derivative of that value alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...api import vjp
from ...api.calls import traces
from ...ir import Function, Op, Value
from ...ops import creation, dispatch, linalg
from ...ops import elementwise as e
from ...ops import indexing as ix
from ...ops import manipulation as m
from ...ops.definition import OpDefinition
from ...ops.literals import literal
from ...ops.sparsity import From, Into, Link, Numbers, Several, numbers
from ..detection.index_sets import chosen
from ..detection.propagate import Step
from .parts import Part
from .places import Interned, back, joined, rows_behind
from .products import other_factor

MOST_PIECES = 2000
MOVES = frozenset(
    ["reshape", "permute_dims", "broadcast_to", "concat", "flip", "slice", "pad", "take", "windows"]
)
SUMS = frozenset(["sum", "cumulative_sum", "scatter", "overlap_add"])


class NotDirect(Exception):
    """More work than colours are likely to be."""


class Piece(NamedTuple):
    """Entries (rows[e], cols[e]) with the elements of a coefficient as values; None for ones."""

    rows: Numbers
    cols: Numbers
    coefficient: Any


States = dict[Value, list[tuple[Numbers, Any]]]


class Sweep:
    """The entries of `function` by its first arguments, whose columns are `blocks`.

    `steps` are what the detection pass found at each op, `handles` the traced values of all of the
    function's. `colored(value)` gives the entries of a value by colours. `limit` bounds the number
    of entries that are made.
    """

    def __init__(
        self,
        function: Function,
        blocks: Sequence[slice],
        steps: Mapping[Op, Step],
        handles: dict[Value, Any],
        colored: Callable[[Value], Piece],
        limit: int,
    ) -> None:
        self.makers = {r: op for op in function.ops for r in op.results}
        self.positions = {op: i for i, op in enumerate(function.ops)}
        self.inputs = dict(zip(function.arguments, blocks, strict=False))
        self.steps, self.handles, self.limit = steps, handles, limit
        self.colored = colored
        self.by_colors = 0  # entries that the last pass of all has by colours
        self.interned = Interned()
        self._known: dict[Value, list[Piece]] = {}
        self._reads: dict[Value, Numbers | None] = {}

    # -- The entries of values -------------------------------------------------------------------

    def entries(self, parts: Sequence[Part]) -> list[Piece]:
        """The entries of parts of the results."""
        states: States = {}
        for value, first in parts:
            if self.is_active(value):
                rows = numbers(value.type.size) + np.int32(first)
                self._add(states, value, self.interned(rows), None)
        return self._merged(self._swept(states))

    def _entries_of(self, value: Value) -> list[Piece]:
        found = self._known.get(value)
        if found is None:
            rows = self.interned(numbers(value.type.size))
            found = self._known[value] = self._merged(self._swept({value: [(rows, None)]}))
        return found

    def _swept(self, states: States) -> list[Piece]:
        found: list[Piece] = []
        while states:
            latest = max(states, key=self._position)
            for rows, coefficient in states.pop(latest):
                read = self.read(latest)
                if read is not None:
                    found.append(Piece(rows, read, coefficient))
                else:
                    self._step(latest, rows, coefficient, states, found)
            if len(found) > MOST_PIECES or sum(len(p.rows) for p in found) > self.limit:
                raise NotDirect("too many entries")
        return found

    def _merged(self, pieces: Sequence[Piece]) -> list[Piece]:
        """Pieces of the same places added."""
        found: dict[tuple[int, int], Piece] = {}
        for piece in pieces:
            rows, cols = self.interned(piece.rows), self.interned(piece.cols)
            key = id(rows), id(cols)
            coefficient = piece.coefficient
            if key in found:
                both = [self._ones(found[key]), self._ones(piece)]
                coefficient = e.add(*(_vector(x) for x in both))
            found[key] = Piece(rows, cols, coefficient)
        return list(found.values())

    def _ones(self, piece: Piece) -> Any:
        if piece.coefficient is not None:
            return piece.coefficient
        like = next(self.handles[x] for x in self.inputs)
        return literal(like.builder, 1, like.type.dtype, (len(piece.rows),))

    def _one(self, value: Value) -> Any:
        return literal(self.handles[value].builder, 1, value.type.dtype, value.type.shape)

    def _position(self, value: Value) -> int:
        return self.positions[self.makers[value]] if value in self.makers else -1

    def is_active(self, value: Value) -> bool:
        """Whether `value` depends on an input."""
        op = self.makers.get(value)
        if op is None:
            return value in self.inputs
        step = self.steps.get(op)
        return step is not None and not step.results[op.results.index(value)].is_empty

    def read(self, value: Value) -> Numbers | None:
        """For a value that is moved from inputs, the input that each element is, or -1."""
        if value not in self._reads:
            self._reads[value] = self._read(value)
        return self._reads[value]

    def _read(self, value: Value) -> Numbers | None:
        block = self.inputs.get(value)
        if block is not None:
            return numbers(block.stop)[block.start :]
        op = self.makers[value]
        step = self.steps.get(op)
        if op.name not in MOVES or step is None or step.links is None or not step.links.exact:
            return None
        found = np.full(value.type.size, -1, np.int32)
        for x, link in zip(op.operands, step.links.of[0], strict=True):
            if link is None or not self.is_active(x):
                continue
            inner = self.read(x)
            if inner is None:
                return None
            moved = chosen(inner, link.source) if isinstance(link, From) else inner
            found = moved if len(op.operands) == 1 else np.maximum(found, moved)
        return found

    def _add(self, states: States, value: Value, rows: Numbers, coefficient: Any) -> None:
        """Add to the coefficient of `value` that stands for the same rows, if there is one."""
        own = states.setdefault(value, [])
        for k, (others, known) in enumerate(own):
            if others is rows:
                both = [self._one(value) if x is None else x for x in (known, coefficient)]
                own[k] = (rows, e.add(*both))
                return
        own.append((rows, coefficient))

    # -- One step back ---------------------------------------------------------------------------

    def _step(
        self, value: Value, rows: Numbers, coefficient: Any, states: States, found: list[Piece]
    ) -> None:
        op = self.makers[value]
        if is_pointwise(op):
            kernel, reads, beside = self._kernel(value)
            given = self._one(value) if coefficient is None else coefficient
            for read, partial in self._pulled(kernel, reads, beside, given):
                self._add(states, read, rows, None if _repeats(partial) == 1 else partial)
            return
        links = self._links(op)
        if links is None:
            piece = self._known.setdefault(value, [self.colored(value)])[0]
            self.by_colors += len(piece.rows)
            everywhere = numbers(value.type.size)
            found.append(self._joined(everywhere, value.type.size, rows, coefficient, piece))
            return
        for i, (x, link) in enumerate(zip(op.operands, links, strict=True)):
            if link is None or not self.is_active(x):
                continue
            way = back(link, x.type.size)
            number = 1 if coefficient is None else _repeats(coefficient)
            if way is not None and (number is not None or not isinstance(link, From)):
                pulled = None
                if coefficient is not None and number is not None and _is_unit(op):
                    pulled = literal(coefficient.builder, number, x.type.dtype, x.type.shape)
                elif coefficient is not None or not _is_unit(op):
                    given = self._one(value) if coefficient is None else coefficient
                    pulled = self._pulled_op(op, i, given)
                self._add(states, x, self.interned(rows_behind(rows, way)), pulled)
            elif isinstance(link, From):
                found += self._gathered(op, x, link.source, rows, coefficient)
            else:
                assert isinstance(link, Several)
                found += self._multiplied(op, i, rows, coefficient, link)

    def _links(self, op: Op) -> Sequence[Link] | None:
        """The links of an op that a pass goes through; None for another."""
        step = self.steps.get(op)
        if step is None or step.links is None or len(op.results) != 1 or not step.links.exact:
            return None
        links = [
            link
            for x, link in zip(op.operands, step.links.of[0], strict=True)
            if link is not None and self.is_active(x)
        ]
        if any(isinstance(link, Several) for link in links):
            contracted = (
                op.definition is linalg.dot_general and op.operands[0] is not op.operands[1]
            )
            if not contracted and not _is_unit(op):
                return None
            if sum(len(link.results) for link in links if isinstance(link, Several)) > self.limit:
                return None
        elif op.name not in MOVES and op.name not in SUMS:
            active = [x for x in op.operands if self.is_active(x)]
            into = all(isinstance(link, Into) for link in links)
            if not into or len(active) != 1:
                return None
        if op.name == "scatter" and op.attrs["mode"] not in ("set", "add"):
            return None
        return step.links.of[0]

    def _kernel(self, value: Value) -> tuple[Function, list[Value], list[Value]]:
        """The element-wise ops behind `value`, as a function of the active values that they read
        and of the others.
        """
        ops: set[Op] = set()
        reads: dict[Value, None] = {}
        beside: dict[Value, None] = {}
        todo = [value]
        while todo:
            current = todo.pop()
            op = self.makers.get(current)
            if not self.is_active(current):
                beside[current] = None
            elif op is None or not is_pointwise(op):
                reads[current] = None
            elif op not in ops:
                ops.add(op)
                todo += op.operands
        ordered = tuple(sorted(ops, key=self.positions.__getitem__))
        return Function("kernel", (*reads, *beside), ordered, (value,)), [*reads], [*beside]

    def _pulled(
        self, kernel: Function, reads: list[Value], beside: list[Value], coefficient: Any
    ) -> list[tuple[Value, Any]]:
        others = [self.handles[x] for x in beside]

        def run(*given: Any) -> Any:
            return traces.execute(kernel, [*given, *others], [], "jacobian")[0]

        _, pull = vjp(run, *[self.handles[x] for x in reads])
        return [(x, self._lifted(t)) for x, t in zip(reads, pull(coefficient), strict=True)]

    def _lifted(self, x: Any) -> Any:
        """A coefficient as a traced array, also where it depends on nothing."""
        return dispatch.lift(next(iter(self.handles.values())).builder, x)

    def _pulled_op(self, op: Op, index: int, coefficient: Any) -> Any:
        """The coefficient of an operand: the transpose of the op's derivative."""
        arguments = tuple(Value(x.type) for x in op.operands)
        results = tuple(Value(r.type) for r in op.results)
        alone = Function(
            op.name, arguments, (op.with_(operands=arguments, results=results),), results
        )
        given = [self.handles[x] for x in op.operands]

        def run(x: Any) -> Any:
            inputs = [x if i == index else y for i, y in enumerate(given)]
            return traces.execute(alone, inputs, [], "jacobian")[0]

        _, pull = vjp(run, given[index])
        return self._lifted(pull(coefficient)[0])

    # -- Gathers ---------------------------------------------------------------------------------

    def _gathered(
        self, op: Op, x: Value, source: Numbers, rows: Numbers, coefficient: Any
    ) -> list[Piece]:
        """The entries of a gather of x: the coefficients by the entries of x."""
        found = []
        own = self.interned(numbers(x.type.size))
        alone = op.operands[0] is x and (len(op.operands) == 1 or op.name == "take")
        for piece in self._entries_of(x):
            if piece.rows is not own or not (alone or piece.coefficient is None):
                found.append(self._joined(source, x.type.size, rows, coefficient, piece))
                continue
            moved = piece.coefficient
            if moved is not None:
                operands = [self.handles[v] for v in op.operands]
                operands[0] = m.reshape(moved, shape=x.type.shape)
                moved = op.definition(*operands, **op.attrs)  # type: ignore[operator]
            found.append(Piece(rows, chosen(piece.cols, source), _product(coefficient, moved)))
        return found

    def _joined(
        self, source: Numbers, size: int, rows: Numbers, coefficient: Any, piece: Piece
    ) -> Piece:
        """The products of a coefficient's elements with the entries in the rows that `source`
        names.
        """
        pairs = joined(source, piece.rows, size, self.limit)
        if pairs is None:
            raise NotDirect("too many entries")
        left, right = coefficient, piece.coefficient
        if left is not None:
            left = _taken(left, pairs.left)
        if right is not None:
            right = _taken(right, pairs.right)
        return Piece(chosen(rows, pairs.left), piece.cols[pairs.right], _product(left, right))

    def _multiplied(
        self, op: Op, index: int, rows: Numbers, coefficient: Any, link: Several
    ) -> list[Piece]:
        """The entries of a contraction by one factor, the elements of the other; or of a sum."""
        x, product = op.operands[index], None
        if not _is_unit(op):
            other = self.handles[op.operands[1 - index]]
            product = _taken(other, other_factor(op, index, link))
        if coefficient is not None:
            product = _product(_taken(coefficient, link.results), product)
        own = chosen(rows, link.results)
        read = self.read(x)
        if read is not None:
            return [Piece(own, chosen(read, link.operands), product)]
        return [
            self._joined(link.operands, x.type.size, own, product, piece)
            for piece in self._entries_of(x)
        ]


def is_pointwise(op: Op) -> bool:
    """Whether an op is element-wise, so that it may be part of a kernel."""
    definition = op.definition
    return isinstance(definition, OpDefinition) and definition.elementwise and not op.regions


def _is_unit(op: Op) -> bool:
    """Whether each dependence of the op has the coefficient 1."""
    return op.name in MOVES or op.name in SUMS


def _product(a: Any, b: Any) -> Any:
    if a is None or b is None:
        return b if a is None else a
    if a.type.shape != b.type.shape:
        a, b = _vector(a), _vector(b)
    return e.multiply(a, b)


def _repeats(x: Any) -> Any:
    """The number that a coefficient is everywhere; None for another."""
    row = x.builder.row_of(x.number)
    if row is None or row[0] is not creation.full:
        return None
    number = dict(row[2])["value"]
    return None if isinstance(number, str) else number


def _taken(x: Any, table: Any) -> Any:
    """The elements that a table names: a number again, a slice, or a gather."""
    number = _repeats(x)
    if number is not None:
        return literal(x.builder, number, x.type.dtype, (len(table),))
    first, last = (int(table[0]), int(table[-1])) if len(table) else (0, -1)
    if last - first == len(table) - 1 and bool((np.diff(table) == 1).all()):
        return m.slice_axis(_vector(x), 0, first, last + 1)
    return ix.take(_vector(x), table, axis=0)


def _vector(x: Any) -> Any:
    return m.reshape(x, shape=(x.type.size,))
