"""Values of a function's arrays that are known before it is called with others: those made of
captured arrays, of integer arguments and of literals.

What is known is computed when a rule asks for it, and the arrays that it came from are then
*watched*: the pattern holds as long as they stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...execution import get_backend
from ...ir import Function, Op, Value
from ...ops import dispatch

Array = NDArray[Any]
Sources = frozenset[int]
NONE: Sources = frozenset()


class KnownValues:
    """The values of a function's arrays, as far as `arguments` (None: unknown) determine them."""

    def __init__(
        self, function: Function, arguments: Sequence[tuple[Array, Sources] | None]
    ) -> None:
        self._makers: dict[Value, Op] = {r: op for op in function.ops for r in op.results}
        self._found: dict[Value, tuple[Array, Sources] | None] = dict(
            zip(function.arguments, arguments, strict=True)
        )

    def get(self, value: Value) -> tuple[Array, Sources] | None:
        """The value and the numbers of the arrays that it was made from; None if unknown."""
        todo = [value]
        while todo:
            current = todo[-1]
            if current in self._found:
                todo.pop()
                continue
            op = self._makers[current]
            waiting = [x for x in op.operands if x not in self._found]
            if waiting:
                todo += waiting
                continue
            self._found.update(self._computed(op))
        return self._found[value]

    def _computed(self, op: Op) -> Mapping[Value, tuple[Array, Sources] | None]:
        given = [self._found[x] for x in op.operands]
        if op.has_effects or op.named_axes or any(g is None for g in given):
            return dict.fromkeys(op.results)
        known = [g for g in given if g is not None]
        arrays = [array for array, _ in known]
        sources = NONE.union(*(s for _, s in known))
        try:
            answers = run(op, arrays)
        except Exception:  # the op's own errors are told when it runs
            return dict.fromkeys(op.results)
        return {r: (a, sources) for r, a in zip(op.results, answers, strict=True)}


def run(op: Op, arrays: Sequence[Array]) -> list[Array]:
    """The results of an op on NumPy arrays."""
    with get_backend("numpy").quiet():
        found = dispatch.apply_eagerly(op.definition, tuple(arrays), op.attributes, op.regions)  # type: ignore[arg-type]
    return [np.asarray(x) for x in (found if len(op.results) > 1 else (found,))]
