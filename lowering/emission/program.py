"""The function `run(arguments, results)` under construction.

The rules that emit ops are handed in, one for each definition (see `run`): rules import this file,
and it imports no rule.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from llvmlite import ir

from polyad.ir import Function, Location, Op
from polyad.ir import Value as IRValue

from ..dialects import control, memory
from ..llvm.module import AS_WRITTEN, Module
from ..llvm.types import I32, I64, POINTER, SLOT, Value, mark
from ..llvm.writer import NULL, Writer
from ..scalars.shared import sharing
from .arena import ARENA, HEAD, LAST, release
from .workspace import Workspace

# Work between two looks for signals (see `interrupt`), in simple ops: some tens of milliseconds.
BUDGET = 1 << 26
Rule = Callable[["Program", Op], None]


class Host(Protocol):
    """The Python objects that machine code calls or reads. The code knows each by a number."""

    def step(self, function: Function, reason: str) -> int:
        """The number of an object that runs `function` on buffers."""

    def second_try(self, function: Function) -> int:
        """The number of an object that runs `function` where a routine found no answer."""

    def too_many_steps(self, limit: int, location: Location | None) -> int:
        """The number of an object that raises the error of a loop which reached its limit."""

    def keep(self, thing: Any) -> int:
        """The number of an object that lives as long as the code."""


class Program:
    """The body of `run`, or of the function that it calls for its loops."""

    def __init__(self, module: Module, b: Writer, rules: Mapping[Any, Rule], host: Host) -> None:
        self.module, self.b, self.rules, self.host = module, b, rules, host
        self.workspace: Workspace | None = None
        self.values: dict[IRValue, Value] = {}
        self.depth = 0
        self._arena: Value | None = None
        self._budget: Value | None = None
        self.exit = b.append_basic_block("exit")
        with b.goto_block(self.exit):
            self.code = b.phi(I32)

    def emit(self, function: Function, inputs: int) -> None:
        """The whole of `run`."""
        given, results = self.b.args
        arguments = [
            self.b.item(given, i) if i < inputs else self.b.item(results, i - inputs)
            for i in range(len(function.arguments))
        ]
        self.bind(function, arguments)
        if not any(op.definition in control.OPS for op in function.ops):
            if not self.module.standalone:
                mark(self.b.function, *AS_WRITTEN)
            self.steps(function.ops)
            self.finish(I32(0))
            return
        ops = list(function.ops)
        if ops and ops[0].definition is memory.workspace:
            self.steps(ops[:1])
            arguments.append(self.values[ops[0].result])
        self.finish(self.b.call(self.apart(function, len(arguments)), arguments))

    def apart(self, function: Function, count: int) -> ir.Function:
        """A function of the buffers. They are marked as overlapping nothing, so that LLVM may keep
        a loop's carry in registers.
        """
        b = self.module.function("program", I32, [POINTER] * count, "noinline")
        for argument in b.args:
            argument.add_attribute("noalias")
        inner = Program(self.module, b, self.rules, self.host)
        arguments = list(b.args)
        inner.bind(function, arguments[: len(function.arguments)])
        ops = function.ops
        if count > len(function.arguments):
            inner.values[ops[0].result] = arguments[-1]
            ops = ops[1:]
        inner.steps(ops)
        inner.finish(I32(0))
        return b.function

    def bind(self, region: Function, arguments: Sequence[Value]) -> None:
        self.values.update(zip(region.arguments, arguments, strict=True))

    def steps(self, ops: Sequence[Op]) -> None:
        for op in ops:
            alone = self.depth == 0 and not self.module.standalone
            with sharing(self.module, [op]) if alone else contextlib.nullcontext():
                self.rules[op.definition](self, op)

    def run(self, region: Function, arguments: Sequence[Value]) -> list[Value]:
        """Emit a region; gives its results."""
        self.bind(region, arguments)
        self.steps(region.ops)
        return [self.values[v] for v in region.results]

    @contextlib.contextmanager
    def in_loop(self) -> Iterator[None]:
        self.depth += 1
        yield
        self.depth -= 1

    def leave(self, code: int) -> None:
        """End the run with `code`."""
        self.code.add_incoming(I32(code), self.b.block)
        self.b.branch(self.exit)

    def finish(self, code: Value) -> None:
        """End the function: give back all memory."""
        self.code.add_incoming(code, self.b.block)
        self.b.branch(self.exit)
        self.b.position_at_end(self.exit)
        if self._arena is not None:
            self.b.call(release(self.module), [self._arena, I64(0)])
        if self.workspace is not None:
            self.workspace.release(self.b)
        self.b.ret(self.code)

    def arena(self) -> Value:
        """The memory that the run has allocated: see `arena`."""
        if self._arena is None:
            self._arena = self.b.room(ARENA, 8)
            with self.b.goto_entry_block():
                self.b.set_field(NULL, self._arena, HEAD)
                self.b.set_field(I64(0), self._arena, LAST)
        return self._arena

    def budget(self) -> Value:
        """The work that is left until the next look for signals: see `interrupt`."""
        if self._budget is None:
            with self.b.goto_entry_block():
                self._budget = self.b.alloca(I64)
                self.b.store(I64(BUDGET), self._budget)
        return self._budget

    def kept(self, number: int) -> Value:
        """The Python object with this number. The loader of the code puts its address into a
        variable.
        """
        return self.b.load(self.module.variable(f"{SLOT}{number}", POINTER, exported=True))

    def operands(self, op: Op) -> list[Value]:
        return [self.values[v] for v in op.operands]
