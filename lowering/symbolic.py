"""Compiled functions with symbolic sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from polyad.execution import Compiled, SymbolicCode
from polyad.ir import Function
from polyad.ir.symbolic import LEAST, Scope
from polyad.passes.numbered import numbered, symbolic_numbers

from .linking import keys
from .programs.build import codes_of
from .programs.template import Instance, Template

OfSizes = Callable[["NativeTemplate", Instance, tuple[int, ...]], Compiled]


def compiled(code: Any, scope: Scope, of_sizes: OfSizes) -> SymbolicCode | str:
    """The function of a `NativeCode` for all sizes that its guards allow; or the reason why it is
    to be compiled for its sizes. `of_sizes` makes the code for some sizes.
    """
    symbolic_numbers(code.function)  # raises where these are not known
    if code.interpreted:
        return "it takes or gives stacks"
    plan, _ = code.plan
    if plan.asking:
        names = ", ".join(sorted({op.name for op in plan.asking}))
        return f"it has steps that ask for Python objects ({names})"
    return NativeTemplate(code, scope, of_sizes)


class NativeTemplate(SymbolicCode):
    """Machine code for all sizes that the guards of a scope allow."""

    def __init__(self, code: Any, scope: Scope, of_sizes: OfSizes) -> None:
        self.function, self.donated, self.settings = code.function, code.donated, code.settings
        self.scope, self.of_sizes, self.facts = scope, of_sizes, code.facts()
        plan, units = code.plan
        codes, _ = codes_of(units, code.settings, keys.cache())
        types = self.function.argument_types, self.function.result_types
        self.template = Template(scope, plan, codes, types)

    def instance(self, sizes: Sequence[int]) -> Compiled | None:
        found = self.template.instance(sizes)
        return None if found is None else self.of_sizes(self, found, tuple(sizes))

    def guards(self) -> list[str]:
        return [f"{LEAST} ≤ each", *map(str, self.scope.guards)]

    def function_for(self, sizes: Sequence[int]) -> Function:
        """The function with numbers in place of symbols."""
        return numbered(self.function, self.scope, sizes)
