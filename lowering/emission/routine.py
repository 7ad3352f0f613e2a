"""`kernel.routine` in LLVM: a call of the function that does one item after another, or of the
threads for chunks of items.

Where it finds no answer for an item, the NumPy backend does the op, on the same buffers, and raises
where there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from polyad.ir import Op

from ..items.frame import Frame
from ..items.layout import batch
from ..items.routines import routine_function
from ..llvm.codes import NO_ANSWER
from ..llvm.module import Module
from ..llvm.types import I32, I64, POINTER, Value
from .host import call_host, leave_if_null
from .interrupt import python_held
from .program import Program


def emit_routine(p: Program, op: Op) -> None:
    """Call the routine; where it fails, Python, if there is one."""
    buffers = p.operands(op)
    function, f = routine_function(p.module, op)
    code = split(p, f, function, buffers) or p.b.call(
        function, [*buffers, I64(0), I64(batch(f.types[0], f.rank))]
    )
    if not f.fails:
        return
    with p.b.if_then(p.b.icmp_unsigned("!=", code, I32(0)), likely=False):
        if p.module.standalone:
            p.leave(NO_ANSWER)
            return
        step = p.kept(p.host.second_try(op.regions[0]))
        with python_held(p.module, p.b):
            result = call_host(p, step, buffers[:-1])
        leave_if_null(p, result)


def split(p: Program, f: Frame, function: ir.Function, buffers: Sequence[Value]) -> Value | None:
    """The items in chunks, by all threads: whether one of them failed. None where they are few.

    BLAS has one thread in the meantime, if the routine calls it.
    """
    count, scratch = f.chunks
    if count == 1 or p.module.standalone:
        return None
    type = ir.LiteralStructType([POINTER] * (len(buffers) + 1))
    with p.b.goto_entry_block():
        code, context = p.b.alloca(I32), p.b.alloca(type)
    p.b.store(I32(0), code)
    for i, value in enumerate([*buffers, p.b.bitcast(code, POINTER)]):
        p.b.store(value, p.b.gep(context, [I32(0), I32(i)]))
    task = task_function(p.module, f, function, type, (count, scratch))
    calls = any(name.startswith(("lapack.", "blas.")) for name in p.module.outside)
    if calls:
        p.b.call(p.module.library("blas_threads.alone", ir.VoidType(), []), [])
    p.b.call(p.module.parallel(), [task, p.b.bitcast(context, POINTER), I64(count)])
    if calls:
        p.b.call(p.module.library("blas_threads.as_before", ir.VoidType(), []), [])
    return p.b.load(code)


def task_function(
    module: Module, f: Frame, function: ir.Function, context: Any, sizes: tuple[int, int]
) -> ir.Function:
    """task(context, i): chunk i of so many, with its own of so many bytes of scratch memory."""
    count, scratch = sizes
    task = ir.Function(
        module.module,
        ir.FunctionType(ir.VoidType(), [POINTER, I64]),
        module.module.get_unique_name("items"),
    )
    task.linkage = "internal"
    b = ir.IRBuilder(task.append_basic_block("entry"))
    index, items = task.args[1], I64(batch(f.types[0], f.rank))
    table = b.bitcast(task.args[0], context.as_pointer())
    *values, room, code = (
        b.load(b.gep(table, [I32(0), I32(i)])) for i in range(len(context.elements))
    )
    room = b.gep(room, [b.mul(index, I64(scratch))])
    start, stop = (b.udiv(b.mul(i, items), I64(count)) for i in (index, b.add(index, I64(1))))
    found = b.call(function, [*values, room, start, stop])
    with b.if_then(b.icmp_unsigned("!=", found, I32(0)), likely=False):
        b.store_atomic(found, b.bitcast(code, I32.as_pointer()), "monotonic", 4)
    b.ret_void()
    return task
