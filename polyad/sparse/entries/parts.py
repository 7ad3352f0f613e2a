"""The parts that results consist of, each of which may be differentiated in its own way."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from ...ir import Function, Op, Value
from ...ops import manipulation as m

MOST_PARTS = 32


class Part(NamedTuple):
    """A value whose elements are rows of the derivative, from row `first` on."""

    value: Value
    first: int

    @property
    def stop(self) -> int:
        """The row behind the last."""
        return self.first + int(self.value.type.size)


def parts_of(function: Function, count: int) -> list[Part]:
    """The parts of the first `count` results: the results, or what lies end to end in them."""
    makers = {r: op for op in function.ops for r in op.results}
    parts, first = [], 0
    for value in function.results[:count]:
        parts.append(Part(value, first))
        first = parts[-1].stop
    at = 0
    while at < len(parts):
        inner = _inside(makers.get(parts[at].value))
        if inner is None or len(parts) + len(inner) > MOST_PARTS:
            at += 1
            continue
        first = parts[at].first
        found = []
        for value in inner:
            found.append(Part(value, first))
            first = found[-1].stop
        parts[at : at + 1] = found
    return [part for part in parts if part.value.type.size]


def _inside(op: Op | None) -> tuple[Value, ...] | None:
    """The operands whose elements are those of the op's result, one operand after the other."""
    if op is None:
        return None
    if op.definition is m.reshape:
        return op.operands
    if op.definition is m.concat and prod(op.results[0].type.shape[: op.attrs["axis"]]) == 1:
        return op.operands
    return None
