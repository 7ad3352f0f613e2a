"""loop -> LLVM IR: the function `run(arguments, results)`, and one internal function per kernel.

Consumes the `loop`, `control`, `stack` and `memory` dialects. A `loop.kernel` becomes a function
whose results are marked as overlapping nothing else, which is what lets LLVM vectorise without
checks. `run` gets the workspace, calls the kernels and host steps in order, and gives 0, or 1 when
a host step raised a Python error, or 2 when there was no memory for a stack.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import Any

import numpy as np
from llvmlite import ir

from polyad.execution import get_backend
from polyad.ir import Function, Op
from polyad.ir import Value as IRValue

from .. import costs
from ..dialects import control, kernel, loop, memory
from ..dialects.memory import type_of
from ..items.frame import call_host, emit_routine
from ..scalars.context import Doubt
from ..scalars.shared import share_functions
from . import blas
from .control import RULES as CONTROL_RULES
from .interrupt import BUDGET
from .module import Module
from .nest import Nest
from .stack import HEAD, LAST, NULL, OUT_OF_MEMORY, put, release
from .stack import RULES as STACK_RULES
from .types import I8, I32, I64, POINTER, SLOT, Value, as_it_stands
from .width import widen
from .workspace import Workspace

RUN = "run"
LOOPS = (loop.for_, loop.parallel)
# Work of a kernel that is taken as it stands, at most. In simple ops.
LIGHT = 256
# Work of a kernel that is inlined in the loop around it, at most. In simple ops.
INLINED = 8192
HostNumber = Callable[[Function, str], int]
Keep = Callable[[Any], int]


def emit_program(
    module: Module, function: Function, inputs: int, host_step: HostNumber, keep: Keep
) -> ir.Function:
    """Add `run` for a function of the loop dialect with so many `inputs`, the other arguments being
    results.

    `host_step` gives the number of the Python object that does a host step, `keep` that of any
    object, under which the code finds it: see `Program.kept`.
    """
    if not module.standalone:
        share_functions(module, function)
    table = POINTER.as_pointer()
    run = ir.Function(module.module, ir.FunctionType(I32, [table, table]), RUN)
    builder = ir.IRBuilder(run.append_basic_block("entry"))
    Program(module, builder, host_step, keep).emit(function, inputs, run)
    if module.shared is not None:
        module.shared.keep()
    return run


class Program:
    """The body of `run`, or of the function with the loops that it calls."""

    def __init__(
        self, module: Module, builder: ir.IRBuilder, host_step: HostNumber, keep: Keep
    ) -> None:
        self.module, self.b, self.host_step, self.keep = module, builder, host_step, keep
        self.workspace: Workspace | None = None
        self.values: dict[IRValue, Value] = {}
        self.depth = 0
        self._arena: Value | None = None
        self._budget: Value | None = None
        self.exit = builder.append_basic_block("exit")
        with builder.goto_block(self.exit):
            self.code = builder.phi(I32)

    def emit(self, function: Function, inputs: int, run: ir.Function) -> None:
        """The whole of `run`."""
        arguments = []
        for i in range(len(function.arguments)):
            table, slot = (run.args[0], i) if i < inputs else (run.args[1], i - inputs)
            arguments.append(self.b.load(self.b.gep(table, [I64(slot)])))
        self.bind(function, arguments)
        if not any(op.definition in control.OPS for op in function.ops):
            if not self.module.standalone:
                as_it_stands(run)
            self.steps(function.ops)
            self.finish(I32(0))
            return
        ops = list(function.ops)
        if ops and ops[0].definition is memory.workspace:
            self.steps(ops[:1])
            arguments.append(self.values[ops[0].result])
        self.finish(self.b.call(self.apart(function, len(arguments)), arguments))

    def apart(self, function: Function, count: int) -> ir.Function:
        """A function of the buffers, which are marked as overlapping nothing: so LLVM may keep in
        registers what a loop carries.
        """
        made = ir.Function(self.module.module, ir.FunctionType(I32, [POINTER] * count), "program")
        made.linkage = "internal"
        made.attributes.add("noinline")
        for argument in made.args:
            argument.add_attribute("noalias")
        entry = ir.IRBuilder(made.append_basic_block("entry"))
        inner = Program(self.module, entry, self.host_step, self.keep)
        arguments = list(made.args)
        inner.bind(function, arguments[: len(function.arguments)])
        ops = function.ops
        if count > len(function.arguments):
            inner.values[ops[0].result] = arguments[-1]
            ops = ops[1:]
        inner.steps(ops)
        inner.finish(I32(0))
        return made

    def bind(self, region: Function, arguments: Sequence[Value]) -> None:
        self.values.update(zip(region.arguments, arguments, strict=True))

    def steps(self, ops: Sequence[Op]) -> None:
        for op in ops:
            RULES[op.definition](self, op)

    def run(self, region: Function, arguments: Sequence[Value]) -> list[Value]:
        """Emit a region; its results."""
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
        """The end of the function: give everything back."""
        self.code.add_incoming(code, self.b.block)
        self.b.branch(self.exit)
        self.b.position_at_end(self.exit)
        if self._arena is not None:
            self.b.call(release(self.module), [self._arena, I64(0)])
        if self.workspace is not None:
            self.workspace.release(self.b)
        self.b.ret(self.code)

    def alloca(self, size: int, align: int) -> Value:
        """Room on the stack, the same in each iteration of a loop."""
        with self.b.goto_entry_block():
            slot = self.b.alloca(ir.ArrayType(I8, max(size, 1)))
            slot.align = align
            return self.b.bitcast(slot, POINTER)

    def arena(self) -> Value:
        """What the run has allocated: see `stack`."""
        if self._arena is None:
            self._arena = self.alloca(16, 8)
            with self.b.goto_entry_block():
                put(self.b, self._arena, HEAD, NULL)
                put(self.b, self._arena, LAST, I64(0))
        return self._arena

    def budget(self) -> Value:
        """How much is left until the next look for signals: see `interrupt`."""
        if self._budget is None:
            with self.b.goto_entry_block():
                self._budget = self.b.alloca(I64)
                self.b.store(I64(BUDGET), self._budget)
        return self._budget

    def kept(self, number: int) -> Value:
        """The Python object with this number, of which whoever loads the code gives the address."""
        slot = ir.GlobalVariable(self.module.module, POINTER, f"{SLOT}{number}")
        slot.initializer = POINTER(None)
        return self.b.load(slot)

    def operands(self, op: Op) -> list[Value]:
        return [self.values[v] for v in op.operands]


def emit_workspace(p: Program, op: Op) -> None:
    p.workspace = Workspace(p.module, p.b, op.attrs["bytes"])
    missing = p.workspace.missing(p.b)
    if missing is not None:
        with p.b.if_then(missing, likely=False):
            p.leave(OUT_OF_MEMORY)
    p.values[op.result] = p.workspace.base


def emit_local(p: Program, op: Op) -> None:
    type = op.attrs["type"]
    p.values[op.result] = p.alloca(type.nbytes, 64 if type.nbytes >= 64 else 16)


def emit_load(p: Program, op: Op) -> None:
    Nest(p.module, p.b, None).run_op(op, p.values)


def emit_view(p: Program, op: Op) -> None:
    p.values[op.result] = p.b.gep(p.values[op.operands[0]], [I64(op.attrs["offset"])])


def emit_copy(p: Program, op: Op) -> None:
    source, target = p.operands(op)
    move(p, target, source, type_of(op.operands[0]).array.nbytes)


def move(p: Program, target: Value, source: Value, size: int) -> None:
    """Copy so many bytes, which may overlap."""
    if size:
        copy = p.module.module.declare_intrinsic("llvm.memmove", [POINTER, POINTER, I64])
        p.b.call(copy, [target, source, I64(size), ir.IntType(1)(0)])


def emit_kernel(p: Program, op: Op) -> None:
    """A call of a function of its own for the region. A small one inside a loop is inlined, and
    outside one that has little to do is taken as it stands. Large products are for polyad's
    threads, not BLAS's.
    """
    work = costs.work(op)
    inline = p.depth > 0 and work <= INLINED
    light = p.depth == 0 and work <= LIGHT and not p.module.standalone
    made = kernel_function(p.module, op, op.attrs["name"], inline=inline, light=light)
    threaded = any(
        inner.definition is loop.gemm
        and type_of(inner.operands[0]).dtype.is_complex
        and prod(inner.attrs["sizes"]) > blas.BY_ONE_THREAD
        for inner in op.regions[0].walk()
    )
    if threaded:
        p.b.call(p.module.library("blas_threads.alone", ir.VoidType(), []), [])
    p.b.call(made, p.operands(op))
    if threaded:
        p.b.call(p.module.library("blas_threads.as_before", ir.VoidType(), []), [])


def kernel_function(
    module: Module,
    op: Op,
    name: str,
    *,
    exact: bool = False,
    inline: bool = False,
    light: bool = False,
) -> ir.Function:
    """The function of a kernel. If a fast formula may be out of its range it ends by checking that
    none was, and otherwise runs the `exact` version, which calls libm, over the same buffers. An
    inlined one without loops branches instead, so that its buffers can be registers.
    """
    function = ir.Function(
        module.module, ir.FunctionType(ir.VoidType(), [POINTER] * len(op.operands)), name
    )
    function.linkage = "internal"
    function.attributes.add("nounwind")
    function.attributes.add("alwaysinline" if inline else "noinline")
    widen(function, op.regions[0].ops)
    if exact or light:
        as_it_stands(function)
    exclusive = function.args[len(function.args) - op.attrs["distinct"] :]
    for argument in exclusive:
        argument.add_attribute("noalias")
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    region = op.regions[0]
    branches = inline and not any(inner.definition in LOOPS for inner in region.ops)
    doubt = None if exact else Doubt(builder, branches)
    Nest(module, builder, doubt, exclusive).run(
        region, dict(zip(region.arguments, function.args, strict=True))
    )
    if doubt is not None and doubt.used:
        again = kernel_function(module, op, f"{name}_exact", exact=True)
        with builder.if_then(
            builder.icmp_unsigned("!=", builder.load(doubt.slot), I8(0)), likely=False
        ):
            builder.call(again, function.args)
    builder.ret_void()
    return function


def emit_host(p: Program, op: Op) -> None:
    """Call a Python object with the address of a table of all buffers; leave if it raises."""
    step = p.host_step(op.regions[0], op.attrs["reason"])
    result = call_host(p, p.kept(step), p.operands(op))
    with p.b.if_then(p.b.icmp_unsigned("==", result, POINTER(None)), likely=False):
        p.leave(1)


def emit_constant(p: Program, op: Op) -> None:
    """Copy the array from where it is, which code that outlives this process has in itself. Its
    function's text has it by a number, so that other processes have no use for the code.
    """
    type = op.attrs["array"].type
    array = np.ascontiguousarray(get_backend("numpy").asarray(op.attrs["array"].array, type.dtype))
    if p.module.standalone:
        source = p.module.bytes("closed_over", array.tobytes())
    else:
        p.keep(array)
        p.module.only_here = True
        source = I64(array.ctypes.data).inttoptr(POINTER)
    move(p, p.operands(op)[0], source, type.nbytes)


RULES: dict[Any, Callable[[Program, Op], None]] = {
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
