"""loop -> LLVM IR: the function of a unit, or for export `run(arguments, results)` of a whole
program; and one internal function per kernel.

Consumes the `loop`, `control`, `stack` and `memory` dialects. The function of a unit takes the
address of a table with its buffers, the run's arena and Python objects. `run` gets the workspace
and calls the kernels in order. Both give 0 or a code (see `llvm.codes`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from polyad.ir import Function, Op

from ..dialects import kernel, loop, memory
from ..llvm.codes import OUT_OF_MEMORY
from ..llvm.module import Module
from ..llvm.types import I32, I64, POINTER, Value
from ..llvm.workspace import Workspace
from ..llvm.writer import Writer
from .control import RULES as CONTROL_RULES
from .form import Form, Key
from .host import emit_constant, emit_host
from .kernel import emit_kernel
from .nest import NEST_RULES, Nest, local
from .program import Given, Program, Rule
from .routine import emit_routine
from .stack import RULES as STACK_RULES
from .steps import bytes_of_copy

RUN = "run"
TABLE = POINTER.as_pointer()


def emit_run(module: Module, function: Function, inputs: int) -> ir.Function:
    """Add `run` for a function of the loop dialect. Its first `inputs` arguments are arguments of
    `run`, the others results.
    """
    b = module.function(RUN, I32, [TABLE, TABLE], exported=True)
    given, results = b.args
    buffers = [
        b.item(given, i) if i < inputs else b.item(results, i - inputs)
        for i in range(len(function.arguments))
    ]
    Program(module, b, RULES, Given(buffers)).emit(function)
    return b.function


def emit_unit(
    module: Module,
    name: str,
    function: Function,
    kinds: tuple[tuple[int, ...], tuple[int, ...]],
    allocates: bool,
    asking: Sequence[Op],
    form: Form | None,
) -> None:
    """Add the function `name` of a unit (see `programs.units`); `kinds` are the numbers of its
    buffers that overlap others, and of those that it copies; its last operands are the numbers of
    its `form`.
    """
    b = module.function(name, I32, [TABLE], exported=True)
    count = len(function.arguments) + allocates + len(asking)
    items = [b.item(b.args[0], i) for i in range(count)]
    buffers, objects = items[: len(function.arguments)], items[count - len(asking) :]
    arena = items[len(buffers)] if allocates else None
    keys = () if form is None else form.keys
    numbers = {key: number_of(b, count + i, key) for i, key in enumerate(keys)}
    said = None if form is None else form.said
    given = Given(buffers, *kinds, arena, asking, objects, numbers, said)
    Program(module, b, RULES, given).emit(function)


def number_of(b: Writer, place: int, key: Key) -> Value:
    """The number of a form that a call hands over at a place."""
    return b.ptrtoint(b.item(b.args[0], place), I64)


def emit_workspace(p: Program, op: Op) -> None:
    p.workspace = Workspace(p.b, op.attrs["bytes"])
    missing = p.workspace.missing(p.b)
    if missing is not None:
        with p.b.if_then(missing, likely=False):
            p.leave(OUT_OF_MEMORY)
    p.values[op.result] = p.workspace.base


def emit_local(p: Program, op: Op) -> None:
    p.values[op.result] = local(p.b, op.attrs["type"].nbytes)


def emit_load(p: Program, op: Op) -> None:
    Nest(p.b, None, NEST_RULES).run_op(op, p.values)


def emit_view(p: Program, op: Op) -> None:
    p.values[op.result] = p.b.gep(p.values[op.operands[0]], [I64(op.attrs["offset"])])


def emit_copy(p: Program, op: Op) -> None:
    source, target = p.operands(op)
    size, role = bytes_of_copy(op, p.depth)
    if size:
        p.b.move(target, source, p.quantity(op, size, role))


RULES: dict[Any, Rule] = {
    memory.workspace: emit_workspace,
    memory.local: emit_local,
    memory.view: emit_view,
    memory.load: emit_load,
    memory.copy: emit_copy,
    loop.kernel: emit_kernel,
    kernel.routine: emit_routine,
    kernel.host: emit_host,
    kernel.constant: emit_constant,
    **CONTROL_RULES,
    **STACK_RULES,
}
