"""A program with symbolic sizes: its table for each of the sizes that it is right for.

The program was lowered with dims in place of sizes (see `polyad.ir.symbolic`). What depends on them
in its table are the numbers that calls hand over, the places of buffers and the bytes of scratch
memory; the code of its units does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from polyad.ir import ArrayType
from polyad.ir.symbolic import Scope

from .linked import Linked
from .rows import Object, Plan, Row
from .store import Code


class Template:
    """The plan of a program in a scope, the code of its units, and the types of its arguments and
    results. The scope takes no more guards.
    """

    def __init__(
        self,
        scope: Scope,
        plan: Plan,
        codes: Mapping[str, Code],
        types: tuple[Sequence[ArrayType], Sequence[ArrayType]],
    ) -> None:
        self.plan, self.codes, self.types = plan, codes, types
        numbers: list[Any] = [plan.memory]
        for row in plan.rows:
            numbers += [place[1] for place in row.operands if not isinstance(place, Object)]
        for type in (*types[0], *types[1]):
            numbers += type.shape
        self.evaluate = scope.program(numbers)

    def instance(self, sizes: Sequence[int]) -> Instance | None:
        """The program for these values of the symbols; None if a guard excludes them."""
        numbers = self.evaluate(*sizes)
        return None if numbers is None else Instance(self, numbers)


class Instance:
    """The plan of a template for some sizes, and the types of its arguments and results."""

    def __init__(self, template: Template, numbers: Sequence[int]) -> None:
        self.template = template
        memory, *rest = numbers
        left = iter(rest)
        made = template.plan
        rows = [
            Row(
                row.target,
                tuple([p if isinstance(p, Object) else (p[0], next(left)) for p in row.operands]),
            )
            for row in made.rows
        ]
        self.plan = made._replace(rows=rows, memory=memory)
        self.arguments, self.results = (
            tuple([ArrayType(t.dtype, tuple([next(left) for _ in t.shape])) for t in types])
            for types in template.types
        )

    def linked(self) -> Linked:
        """The program in memory."""
        return Linked(self.plan, self.template.codes, ())
