"""Coefficients without the moves that they end in: a table finds their elements in what is moved,
and the values are gathered by a table anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...ir import Function, Op, Value
from ...ops import creation
from ...ops.definition import OpDefinition
from ...ops.sparsity import Numbers, numbers
from ..detection.index_sets import chosen
from ..detection.known import KnownValues, run
from .places import Interned

MOVES = frozenset(["reshape", "permute_dims", "broadcast_to", "flip", "slice", "pad", "take"])
LARGER = 2  # times the elements of a coefficient that what it is moved from may have


class Peeled(NamedTuple):
    """Element e is element `table[e]` of `base`, or zero for -1; element e where there is none."""

    base: Value
    table: Numbers | None


class Peeling:
    """The coefficients of `function`, of whose arguments some have `known` values."""

    def __init__(self, function: Function, known: Sequence[Any]) -> None:
        self.function = function
        self.makers = {r: op for op in function.ops for r in op.results}
        self.interned = Interned()
        pairs = [None if x is None else (x, frozenset[int]()) for x in known]
        self._values = KnownValues(function, pairs)
        self._found: dict[Value, Peeled] = {}
        self._made: dict[Any, Value] = {}
        self.ops = list(function.ops)

    def with_results(self, results: Sequence[Value]) -> Function:
        """The function with other results, which may be bases."""
        return self.function.with_(ops=self.ops, results=results)

    def peeled(self, value: Value) -> Peeled:
        """A value without its moves."""
        found = self._found.get(value)
        if found is None:
            found = self._found[value] = self._peeled(value)
        return found

    def _peeled(self, value: Value) -> Peeled:
        op = self.makers.get(value)
        if op is None or value.type.size == 0:
            return Peeled(value, None)
        moved = self._through_move(op) if op.name in MOVES else self._through_kernel(op)
        return moved or Peeled(value, None)

    def _through_move(self, op: Op) -> Peeled | None:
        x, size = op.operands[0], op.result.type.size
        if x.type.size > LARGER * size or x.type.size == 0:
            return None
        inner = self.peeled(x)
        if op.name == "reshape":
            return inner
        given = [(numbers(x.type.size) + 1).reshape(x.type.shape)]
        if op.name == "take":
            known = self._values.get(op.operands[1])
            if known is None:
                return None
            given.append(known[0])
        source = np.ravel(run(op, given)[0]) - 1
        if inner.base.type.size > LARGER * size:
            return Peeled(x, self.interned(source))
        table = source if inner.table is None else chosen(inner.table, source)
        return Peeled(inner.base, self.interned(table))

    def _through_kernel(self, op: Op) -> Peeled | None:
        """An element-wise op of one moved array, or of several that are moved alike, and numbers:
        the op on what is moved.
        """
        if not (isinstance(op.definition, OpDefinition) and op.definition.elementwise):
            return None
        repeated = [self._repeats(x) for x in op.operands]
        moved = [self.peeled(x) for x, r in zip(op.operands, repeated, strict=True) if r is None]
        tables = {id(p.table) for p in moved}
        shapes = {p.base.type.shape for p in moved}
        table = moved[0].table if moved else None
        if table is None or len(tables) > 1 or len(shapes) > 1 or bool((table < 0).any()):
            return None
        shape, rest = moved[0].base.type.shape, iter(moved)
        operands = tuple(
            next(rest).base if r is None else self._again(r, x.type.with_shape(shape))
            for x, r in zip(op.operands, repeated, strict=True)
        )
        return Peeled(self._emitted(op, operands, op.result.type.with_shape(shape)), table)

    def _repeats(self, value: Value) -> Op | None:
        """The op that gives the same number everywhere, if `value` is made by one."""
        op = self.makers.get(value)
        if op is None:
            return None
        if op.definition is creation.full:
            return op
        if op.name in MOVES and op.name != "pad":
            return self._repeats(op.operands[0])
        return None

    def _again(self, op: Op, type: Any) -> Value:
        """The number of `op` in another shape."""
        attributes = op.attributes_with(shape=type.shape)
        return self._emitted(op.with_(attributes=attributes), op.operands, type)

    def _emitted(self, op: Op, operands: tuple[Value, ...], type: Any) -> Value:
        key = (op.definition, op.attributes, operands, type)
        if key not in self._made:
            made = Value(type)
            self.ops.append(op.with_(operands=operands, results=(made,)))
            self.makers[made] = self.ops[-1]
            self._made[key] = made
        return self._made[key]
