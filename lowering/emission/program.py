"""The function of a unit under construction, or `run(arguments, results)` of code for export.

The rules that emit ops are handed in, one for each definition (see `run`): rules import this file,
and it imports no rule.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from polyad.ir import Function, Op
from polyad.ir import Value as IRValue

from .. import costs
from ..dialects import control, loop, memory
from ..dialects.memory import type_of
from ..llvm.arena import ARENA, HEAD, LAST, release
from ..llvm.module import AS_WRITTEN, Module
from ..llvm.types import I32, I64, POINTER, Value, mark
from ..llvm.workspace import Workspace
from ..llvm.writer import NULL, Writer
from ..scalars.shared import sharing
from .form import Key, Said
from .nest import NONE, Numbered, assume_large

BUDGET = costs.LOOK
Rule = Callable[["Program", Op], None]


class Given(NamedTuple):
    """The operands of a function of steps: its buffers, the numbers of those that overlap another
    one, and of those that a function with loops copies to its stack and back; an arena; an object
    for each of the ops that ask for one; the numbers of its form, and what the form says.
    """

    buffers: Sequence[Value]
    overlapping: tuple[int, ...] = ()
    own: tuple[int, ...] = ()
    arena: Value | None = None
    asking: Sequence[Op] = ()
    objects: Sequence[Value] = ()
    numbers: Mapping[Key, Value] = NONE
    said: Said | None = None


class Program(Numbered):
    """The body of a function of steps, or of the function that it calls for its loops."""

    def __init__(self, module: Module, b: Writer, rules: Mapping[Any, Rule], given: Given) -> None:
        self.module, self.b, self.rules, self.given = module, b, rules, given
        self.workspace: Workspace | None = None
        self.values: dict[IRValue, Value] = {}
        self.objects = dict(zip(map(id, given.asking), given.objects, strict=True))
        self.depth = 0
        self.numbers, self.said = given.numbers, given.said
        self.is_kernel = False
        self._arena = given.arena
        self._budget: Value | None = None
        self.exit = b.append_basic_block("exit")
        with b.goto_block(self.exit):
            self.code = b.phi(I32)

    def emit(self, function: Function) -> None:
        """The whole of the function."""
        self.bind(function, self.given.buffers)
        self.is_kernel = [op.definition for op in function.ops] == [loop.kernel]
        if not any(op.definition in control.OPS for op in function.ops):
            if not self.module.standalone:
                mark(self.b.function, *AS_WRITTEN)
            self.steps(function.ops)
            self.finish(I32(0))
            return
        buffers, ops = list(self.given.buffers), list(function.ops)
        if ops[0].definition is memory.workspace:
            self.steps(ops[:1])
            buffers.append(self.values[ops[0].result])
        self.finish(self.apart(function, buffers))

    def apart(self, function: Function, buffers: list[Value]) -> Value:
        """Call a function of the buffers. They are marked as overlapping nothing, so that LLVM may
        keep a loop's carry in registers.
        """
        given = self.given
        rest = [*([] if given.arena is None else [given.arena]), *given.objects]
        values = [*buffers, *rest, *given.numbers.values()]
        types = [*[POINTER] * (len(buffers) + len(rest)), *[I64] * len(given.numbers)]
        b = self.module.function("program", I32, types, "noinline")
        for i, argument in enumerate(b.args[: len(buffers)]):
            if i not in given.overlapping:
                argument.add_attribute("noalias")
        numbers = dict(zip(given.numbers, b.args[len(buffers) + len(rest) :], strict=True))
        assume_large(b, numbers)
        inside, arguments = list(b.args[: len(buffers)]), b.args[: len(buffers) + len(rest)]
        objects = arguments[len(arguments) - len(given.objects) :]
        sizes = [type_of(v).array.nbytes for v in function.arguments]
        for i in given.own:
            inside[i] = b.room(sizes[i], 8)
            b.copy(inside[i], b.args[i], sizes[i])
        arena = None if given.arena is None else b.args[len(buffers)]
        named = given._replace(buffers=inside, arena=arena, objects=objects, numbers=numbers)
        inner = Program(self.module, b, self.rules, named)
        inner.bind(function, inside[: len(function.arguments)])
        ops = function.ops
        if len(buffers) > len(function.arguments):
            inner.values[ops[0].result] = inside[-1]
            ops = ops[1:]
        inner.steps(ops)
        for i in given.own:
            b.copy(b.args[i], inside[i], sizes[i])
        inner.finish(I32(0))
        return self.b.call(b.function, values)

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
        """End the function: give back the memory that it has got."""
        self.code.add_incoming(code, self.b.block)
        self.b.branch(self.exit)
        self.b.position_at_end(self.exit)
        if self._arena is not None and self.given.arena is None:
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

    def object_of(self, op: Op) -> Value:
        """The Python object of an op that asks for one, or the address of its array."""
        return self.objects[id(op)]

    def operands(self, op: Op) -> list[Value]:
        return [self.values[v] for v in op.operands]


def chunk_of(op: Op) -> int:
    """The iterations of a `control.for` between two looks for signals."""
    return max(1, BUDGET // max(1, costs.of_region(op.regions[0])))
