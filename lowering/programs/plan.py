"""The plan of a program: the calls that make a run of it, on buffers at known places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polyad.ir import Function, Op, Value

from ..dialects import kernel, memory
from ..dialects.memory import type_of
from .rows import ARENA, COPY, GIVEN, HOST, MEMORY, NULL, Object, Place, Plan, Row
from .units import PLACES, Unit, ends_of, is_place, parts_of, unit_of

LINE = 64  # bytes: where buffers in the scratch memory begin


def plan(function: Function, settings: Mapping[str, object]) -> tuple[Plan, dict[str, Unit]]:
    """The plan of a function of loops, whose arguments are those of the program and its results;
    and its units by their digests.
    """
    ranges, size = placed(function)
    local = {op.result for op in function.ops if op.definition is memory.local}
    rows, asking, units = list[Row](), list[Op](), dict[str, Unit]()
    parts = list[tuple[Op, ...]]()

    def objects(ops: Sequence[Op]) -> list[Place | Object]:
        asking.extend(ops)
        return [Object(len(asking) - len(ops) + i) for i in range(len(ops))]

    def at(values: Sequence[Value]) -> list[Place | Object]:
        return [ranges[v][:2] for v in values]

    for ops in parts_of(function):
        (op, *more) = ops
        if not more and op.definition is kernel.host:
            rows.append(Row(HOST, (*objects(ops), *at(op.operands))))
        elif not more and op.definition in (memory.copy, kernel.constant):
            target = op.operands[-1]
            source = at(op.operands[:1]) if op.definition is memory.copy else objects(ops)
            count = type_of(target).array.nbytes
            if not count:
                continue
            rows.append(Row(COPY, (*at([target]), *source, (NULL, count))))
        else:
            unit = unit_of(ops, ranges, local)
            digest = unit.digest(settings)
            units.setdefault(digest, unit)
            arena: list[Place | Object] = [(ARENA, 0)] if unit.allocates else []
            numbers = [(NULL, number) for number in unit.numbers]
            given = (*at(unit.function.arguments), *arena, *objects(unit.asking), *numbers)
            rows.append(Row(digest, given))
        parts.append(ops)
    return Plan(rows, size, asking, parts), units


def placed(function: Function) -> tuple[dict[Value, tuple[int, int, int]], int]:
    """The place of each buffer of a program, as its slot and its first and last byte there; and the
    bytes of scratch memory.
    """
    ranges = {
        value: (GIVEN + i, 0, type_of(value).array.nbytes)
        for i, value in enumerate(function.arguments)
    }
    ends, size = ends_of(function), 0
    for i, op in enumerate(function.ops):
        if not is_place(op, ends, i):
            continue
        length = type_of(op.result).array.nbytes
        if op.definition is memory.view:
            slot, start, _ = ranges[op.operands[0]]
            start += op.attrs["offset"]
        else:
            assert op.definition in PLACES
            slot, start = MEMORY, size
            size += -(-length // LINE) * LINE
        ranges[op.result] = slot, start, start + length
    return ranges, size
