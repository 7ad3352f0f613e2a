"""Sums of tangents and cotangents, arrays or stacks, with their gates."""

from __future__ import annotations

from ..ops import elementwise as e
from ..ops.control import BOOL, StackType, empty_stack, unstacked
from ..ops.types import Operand
from ..ops.views import emit_scan
from . import gates
from ._pass import build_pass, finished
from .gates import Join
from .kinds import Kinds, flattened, kind_of, kinds_of, types_of, unflattened
from .linear import Linear


def added(a: Linear | None, b: Linear | None, kind: Join) -> Linear | None:
    """The sum; None is zero. Closed gates let the zeros of `kind` through."""
    if a is None or b is None:
        return b if a is None else a
    if a.gate is not b.gate:
        a, b = a.settled(kind), b.settled(kind)
    if isinstance(a.value.type, StackType):
        return _of_rows(a, b, kind)
    clean = a.clean and b.clean
    return Linear(
        e.add(a.value, b.value), gates.either(a.gate, b.gate), clean, clean and a.raw and b.raw
    )


def _of_rows(a: Linear, b: Linear, kind: Join) -> Linear:
    """The sum of two stacks, one row after the other. A stack without rows is zero."""
    builder, each = a.value.builder, a.value.type
    rows: Kinds = tuple(kind_of(x).row(None) for x in (a, b))
    element = unstacked(each, None)
    types = [element] * 2
    with build_pass([BOOL, *types_of(types, rows)], "sum of stacks") as inner:
        inner.location = builder.location
        given = unflattened(inner.argument_handles()[1:], rows)
        total = added(given[0], given[1], kind)
        own = kinds_of([total])
        body = finished(inner, flattened(inner, [element], [total], own), "sum")
    xs = flattened(builder, [each] * 2, [a, b], kinds_of([a, b]))
    none: Operand = empty_stack(element=BOOL)  # there is no carry that an iteration could leave
    (found,) = unflattened(emit_scan(builder, (), (), [none, *xs], body, length=None), own)
    assert found is not None
    return found
