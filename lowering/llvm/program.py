"""loop -> LLVM IR: the function `run(arguments, results)`, and one internal function per kernel.

Consumes the `loop` and `memory` dialects. Every `loop.kernel` becomes a function whose results are
marked as overlapping nothing else, which is what lets LLVM vectorise without checks. `run` gets the
workspace, calls the kernels and host steps in order, and gives 0, or 1 when a host step raised a
Python error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir

from polyad.ir import Function, Op
from polyad.ir import Value as IRValue

from ..dialects import kernel, loop, memory
from ..dialects.affine import Linear
from ..dialects.memory import MemRef, type_of
from . import blas, scalar
from .context import Context, Doubt
from .module import Module
from .types import I32, I64, POINTER, Value, load_element, store_element
from .workspace import Workspace

RUN = "run"
HostAddress = Callable[[Function, str], int]


def emit_program(
    module: Module, function: Function, inputs: int, host_address: HostAddress
) -> ir.Function:
    """Add `run` for a function of the loop dialect with so many `inputs`, the other arguments being
    results.

    `host_address` gives the Python object that does a host step.
    """
    table = POINTER.as_pointer()
    run = ir.Function(module.module, ir.FunctionType(I32, [table, table]), RUN)
    builder = ir.IRBuilder(run.append_basic_block("entry"))
    Program(module, builder, host_address).emit(function, inputs, run)
    return run


class Program:
    """The body of `run`."""

    def __init__(self, module: Module, builder: ir.IRBuilder, host_address: HostAddress) -> None:
        self.module, self.b, self.host_address = module, builder, host_address
        self.workspace: Workspace | None = None
        self.values: dict[IRValue, Value] = {}

    def emit(self, function: Function, inputs: int, run: ir.Function) -> None:
        for i, value in enumerate(function.arguments):
            table, slot = (run.args[0], i) if i < inputs else (run.args[1], i - inputs)
            self.values[value] = self.b.load(self.b.gep(table, [I64(slot)]))
        for op in function.ops:
            RULES[op.definition](self, op)
        self.leave(0)

    def leave(self, code: int) -> None:
        if self.workspace is not None:
            self.workspace.release(self.b)
        self.b.ret(I32(code))

    def operands(self, op: Op) -> list[Value]:
        return [self.values[v] for v in op.operands]


def emit_workspace(p: Program, op: Op) -> None:
    p.workspace = Workspace(p.module, p.b, op.attrs["bytes"])
    p.values[op.result] = p.workspace.base


def emit_view(p: Program, op: Op) -> None:
    p.values[op.result] = p.b.gep(p.values[op.operands[0]], [I64(op.attrs["offset"])])


def emit_copy(p: Program, op: Op) -> None:
    source, target = p.operands(op)
    size = type_of(op.operands[0]).array.nbytes
    if size:
        copy = p.module.module.declare_intrinsic("llvm.memmove", [POINTER, POINTER, I64])
        p.b.call(copy, [target, source, I64(size), ir.IntType(1)(0)])


def emit_kernel(p: Program, op: Op) -> None:
    """A call of a function of its own for the region."""
    p.b.call(kernel_function(p.module, op, op.attrs["name"], exact=False), p.operands(op))


def kernel_function(module: Module, op: Op, name: str, exact: bool) -> ir.Function:
    """The function of a kernel. If a fast formula may be out of its range it ends by checking that
    none was, and otherwise runs the `exact` version, which calls libm, over the same buffers.
    """
    function = ir.Function(
        module.module, ir.FunctionType(ir.VoidType(), [POINTER] * len(op.operands)), name
    )
    function.linkage = "internal"
    function.attributes.add("nounwind")
    function.attributes.add("noinline")
    for argument in function.args[len(function.args) - op.attrs["distinct"] :]:
        argument.add_attribute("noalias")
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    region = op.regions[0]
    doubt = None if exact else Doubt(builder)
    Nest(module, builder, doubt).run(
        region, dict(zip(region.arguments, function.args, strict=True))
    )
    if doubt is not None and doubt.used:
        again = kernel_function(module, op, f"{name}_exact", exact=True)
        with builder.if_then(
            builder.icmp_unsigned("!=", builder.load(doubt.slot), I64(0)), likely=False
        ):
            builder.call(again, function.args)
    builder.ret_void()
    return function


def emit_host(p: Program, op: Op) -> None:
    """Call a Python object with the address of a table of all buffers; leave if it raises."""
    buffers = p.operands(op)
    table = p.b.alloca(POINTER, size=I64(len(buffers)))
    for i, buffer in enumerate(buffers):
        p.b.store(buffer, p.b.gep(table, [I64(i)]))
    declare = p.module.declare
    step = I64(p.host_address(op.regions[0], op.attrs["reason"])).inttoptr(POINTER)
    address = p.b.call(
        declare("PyLong_FromVoidPtr", POINTER, [POINTER]), [p.b.bitcast(table, POINTER)]
    )
    result = p.b.call(declare("PyObject_CallOneArg", POINTER, [POINTER, POINTER]), [step, address])
    p.b.call(declare("Py_DecRef", ir.VoidType(), [POINTER]), [address])
    with p.b.if_then(p.b.icmp_unsigned("==", result, POINTER(None)), likely=False):
        p.leave(1)
    p.b.call(declare("Py_DecRef", ir.VoidType(), [POINTER]), [result])


RULES: dict[Any, Callable[[Program, Op], None]] = {
    memory.workspace: emit_workspace,
    memory.view: emit_view,
    memory.copy: emit_copy,
    loop.kernel: emit_kernel,
    kernel.host: emit_host,
}


class Nest:
    """Emits the region of a kernel: loops, loads and stores, scalars, BLAS."""

    def __init__(self, module: Module, builder: ir.IRBuilder, doubt: Doubt | None) -> None:
        self.module, self.b, self.doubt = module, builder, doubt

    def run(self, region: Function, values: dict[IRValue, Value]) -> list[Value]:
        """Emit the ops of a region; its results."""
        for op in region.ops:
            operands = [values[v] for v in op.operands]
            if op.definition is loop.for_:
                results: Sequence[Value] = self.loop(op, operands)
            elif op.definition in NEST_RULES:
                results = NEST_RULES[op.definition](self, op, operands)
            else:
                results = [self.scalar(op, operands)]
            values.update(zip(op.results, results, strict=True))
        return [values[v] for v in region.results]

    def scalar(self, op: Op, operands: Sequence[Value]) -> Value:
        dtypes = [type_of(v).dtype for v in op.operands]
        context = Context(self.module, self.b, dtypes, type_of(op.result).dtype, self.doubt)
        return scalar.emit(context, op.name, op.attrs, operands)

    def loop(self, op: Op, operands: Sequence[Value]) -> list[Value]:
        """A counted loop; its carried values are phis of the header."""
        extent, carried = op.attrs["extent"], op.attrs["carried"]
        b, region = self.b, op.regions[0]
        captured, initial = operands[: len(operands) - carried], operands[len(operands) - carried :]
        before, body, after = b.block, b.append_basic_block("loop"), b.append_basic_block("after")
        b.branch(body)
        b.position_at_end(body)
        index = b.phi(I64)
        index.add_incoming(I64(0), before)
        phis = [self.phi(value, before) for value in initial]
        current = [tuple(p) if len(p) == 2 else p[0] for p in phis]
        results = self.run(
            region, dict(zip(region.arguments, [index, *captured, *current], strict=True))
        )
        following = b.add(index, I64(1), flags=("nuw", "nsw"))
        index.add_incoming(following, b.block)
        for parts, value in zip(phis, results, strict=True):
            for phi, part in zip(
                parts, value if isinstance(value, tuple) else (value,), strict=True
            ):
                phi.add_incoming(part, b.block)
        b.cbranch(b.icmp_unsigned("<", following, I64(extent)), body, after)
        b.position_at_end(after)
        return results

    def phi(self, value: Value, before: ir.Block) -> list[Any]:
        phis = []
        for part in value if isinstance(value, tuple) else (value,):
            phi = self.b.phi(part.type)
            phi.add_incoming(part, before)
            phis.append(phi)
        return phis

    def position(self, expression: Linear, indices: Sequence[Value]) -> Value:
        """The value of an affine expression."""
        total = None
        for c, index in zip(expression.coefficients, indices, strict=True):
            term = index if c == 1 else self.b.mul(index, I64(c), flags=("nsw",))
            total = term if total is None else self.b.add(total, term, flags=("nsw",))
        if total is None:
            return I64(expression.offset)
        return (
            self.b.add(total, I64(expression.offset), flags=("nsw",))
            if expression.offset
            else total
        )


def emit_load(n: Nest, op: Op, operands: Sequence[Value]) -> Sequence[Value]:
    base, *indices = operands
    position = n.position(op.attrs["at"].results[0], indices)
    return [load_element(n.b, base, type_of(op.result).dtype, position)]


def emit_store(n: Nest, op: Op, operands: Sequence[Value]) -> Sequence[Value]:
    value, base, *indices = operands
    position = n.position(op.attrs["at"].results[0], indices)
    target = op.operands[1].type
    assert isinstance(target, MemRef)
    store_element(n.b, value, base, target.dtype, position)
    return []


def emit_affine(n: Nest, op: Op, operands: Sequence[Value]) -> Sequence[Value]:
    return [n.position(op.attrs["at"].results[0], operands)]


STEP = {
    "sum": "add",
    "prod": "multiply",
    "max": "maximum",
    "min": "minimum",
    "any": "logical_or",
    "all": "logical_and",
}


def emit_accumulate(n: Nest, op: Op, operands: Sequence[Value]) -> Sequence[Value]:
    """The op of the reduction; floating sums and products may be regrouped."""
    dtype, kind = type_of(op.result).dtype, op.attrs["kind"]
    if dtype.is_floating and kind in ("sum", "prod"):
        emit = n.b.fadd if kind == "sum" else n.b.fmul
        return [emit(operands[0], operands[1], flags=("reassoc", "contract"))]
    if dtype.is_complex and kind == "sum":
        return [
            tuple(
                n.b.fadd(a, b, flags=("reassoc", "contract"))
                for a, b in zip(*operands, strict=True)
            )
        ]
    context = Context(n.module, n.b, [dtype, dtype], dtype)
    return [scalar.emit(context, STEP[kind], {}, operands)]


def emit_gemm(n: Nest, op: Op, operands: Sequence[Value]) -> Sequence[Value]:
    x, y, out, *indices = operands
    dtype, attrs = type_of(op.operands[0]).dtype, op.attrs
    addresses = []
    for base, at in zip((x, y, out), attrs["at"], strict=True):
        position = n.position(at.results[0], indices)
        bytes = n.b.mul(position, I64(dtype.itemsize))
        addresses.append(n.b.gep(base, [bytes]))
    blas.multiply(n.module, n.b, dtype, addresses, attrs["sizes"], attrs["strides"])
    return []


NEST_RULES: dict[Any, Callable[[Nest, Op, Sequence[Value]], Sequence[Value]]] = {
    memory.load: emit_load,
    memory.store: emit_store,
    loop.affine: emit_affine,
    loop.accumulate: emit_accumulate,
    loop.gemm: emit_gemm,
}
