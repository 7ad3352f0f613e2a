"""Names for the buffers of a function, and titles for its steps."""

from __future__ import annotations

from collections import Counter

from polyad.ir import Function, Op, Value

from ..dialects import control, kernel, memory, stack
from .loops import has_index, is_step

ROWS = {stack.row: "row of", stack.push: "new element of"}


class Names:
    """The names of the buffers of a function, its arguments first, and the titles of its steps.

    `roots` maps an argument of a region to the buffer outside; `workspace` is in bytes.
    """

    def __init__(self, function: Function, inputs: int) -> None:
        self.names: dict[Value, str] = {}
        self.roots: dict[Value, Value] = {}
        self.temporaries: set[Value] = set()
        self.titles: dict[Op, str] = {}
        self.workspace = 0
        self.stacks = 0
        self.counts: Counter[str] = Counter()
        for i, v in enumerate(function.arguments):
            made = f"result {(v.name or '').removeprefix('out')}"
            self.names[v] = v.name or f"argument {i}" if i < inputs else made
        self.enter(function)

    def enter(self, function: Function) -> None:
        """Name the buffers and the steps of a function, and of the regions in it."""
        for op in function.ops:
            if op.definition is memory.workspace:
                self.workspace = op.attrs["bytes"]
            elif op.definition in ROWS:
                self.names[op.result] = f"{ROWS[op.definition]} {self.names[op.operands[0]]}"
            elif op.definition is stack.filled:
                self.names[op.result] = self.names[op.operands[0]]
            elif op.definition is stack.new:
                self.names[op.result] = f"stack {self.stacks}"
                self.stacks += 1
            elif op.definition is memory.view and op.operands[0] in self.names:
                self.names[op.result] = self.names[op.operands[0]]
            elif op.definition in (memory.view, memory.local):
                self.names[op.result] = f"temporary {len(self.temporaries)}"
                self.temporaries.add(op.result)
            elif is_step(op):
                self.titles[op] = self.title(op)
            if op.definition in control.OPS:
                self.enter_regions(op)

    def enter_regions(self, op: Op) -> None:
        for region in op.regions:
            outside = op.operands[len(op.operands) - len(region.arguments) + has_index(op) :]
            for inner, outer in zip(region.arguments[has_index(op) :], outside, strict=True):
                self.roots[inner] = self.roots.get(outer, outer)
                if outer in self.names:
                    self.names[inner] = self.names[outer]
            self.enter(region)

    def title(self, op: Op) -> str:
        """The name of a step, equal to its name in the `loop` stage if it has one."""
        if op.definition in (kernel.host, memory.copy):
            return "host call" if op.definition is kernel.host else "copy"
        kind = "loop" if op.definition in control.OPS else "kernel"
        number = self.counts[kind]
        self.counts[kind] += 1
        if kind == "loop":
            return f"{op.name.removeprefix('control.')}_{number}"
        return f"{op.name.removeprefix('kernel.').replace('generic', 'kernel')}_{number}"
