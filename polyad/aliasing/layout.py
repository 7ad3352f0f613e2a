"""The order in memory of traced arrays, as far as their ops tell it.

An array of the trace lies in C order, as its arguments do, unless it is computed from transposed
ones: NumPy and PyTorch give results of element-wise functions, reductions and copies the order of
their operands (NumPy's order "K"), by rules that no documentation promises in full. Whether a
reshape of such an array is a view or a copy is not known here.
"""

from __future__ import annotations

import weakref
from typing import Any

from ..ir import ArrayType, Builder, Handle
from ..ops import manipulation as m

_IN_C_ORDER = frozenset(
    ("dot_general", "convolution", "gather", "take", "scatter", "full", "iota", "eye")
)
"""Names of ops whose results are in C order, whatever their operands' is."""

_KNOWN: weakref.WeakKeyDictionary[Builder, dict[int, bool]] = weakref.WeakKeyDictionary()


def captured(builder: Builder, number: int) -> Handle | None:
    """The value of an outer trace that value `number` stands for; None if it is no such value."""
    at = builder.arguments.index(number) - len(builder.arguments) + len(builder.captures)
    thing = builder.captures[at] if at >= 0 else None
    return thing if isinstance(thing, Handle) else None


def in_c_order(builder: Builder, number: int) -> bool:
    """Whether the array that was made as value `number` is sure to lie in C order."""
    todo = [(builder, number)]
    while todo:
        builder, number = todo[-1]
        known = _KNOWN.setdefault(builder, {})
        if number in known:
            todo.pop()
            continue
        answer = _by_operands(builder, number, todo)
        if answer is not None:
            known[number] = answer
            todo.pop()
    return known[number]


def _by_operands(builder: Builder, number: int, todo: list[tuple[Builder, int]]) -> bool | None:
    """Whether value `number` is in C order; None, with its operands `todo`, if that depends."""
    row = builder.row_of(number)
    if _is_line(builder.types[number]):
        return True
    if row is None:
        outer = captured(builder, number)
        sources = [] if outer is None else [(outer.builder, outer.number)]
    else:
        definition, operands, attributes, *_ = row
        if definition.name in _IN_C_ORDER:
            return True
        axes: Any = dict(attributes).get("axes")
        if definition is m.permute_dims and _moves(builder.types[operands[0]], axes):
            return False
        sources = [(builder, n) for n in operands]
    unknown = [s for s in sources if s[1] not in _KNOWN.setdefault(s[0], {})]
    todo += unknown
    return None if unknown else all(_KNOWN[b][n] for b, n in sources)


def _is_line(t: ArrayType) -> bool:
    """Whether all elements lie along one axis: there is one order only."""
    return sum(n != 1 for n in t.shape) < 2 or t.size == 0


def _moves(t: ArrayType, axes: tuple[int, ...]) -> bool:
    """Whether the permutation changes the order of axes that have more than one place."""
    moved = [i for i in axes if t.shape[i] != 1]
    return moved != sorted(moved)
