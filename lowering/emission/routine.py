"""`kernel.routine` in LLVM: a call of the function that does one item after another, by one thread
or by all.

If the function finds no answer for an item, the NumPy backend does the op on the same buffers, and
raises if there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext

from llvmlite import ir

from polyad.ir import Op

from ..items.frame import Frame
from ..items.item_loop import routine_function
from ..items.layout import batch
from ..llvm import blas
from ..llvm.codes import NO_ANSWER
from ..llvm.module import TASK, Module
from ..llvm.types import I32, I64, POINTER, Value
from ..llvm.writer import VOID
from .host import call_host, leave_if_null
from .interrupt import python_held
from .program import Program


def emit_routine(p: Program, op: Op) -> None:
    """Call the routine; where it finds no answer, call Python."""
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
        with python_held(p.b):
            result = call_host(p, p.object_of(op), buffers[:-1])
        leave_if_null(p, result)


def split(p: Program, f: Frame, function: ir.Function, buffers: Sequence[Value]) -> Value | None:
    """Do the items in chunks, by all threads; gives whether a chunk failed. None where the items
    are too few.
    """
    count, scratch = f.chunks
    if count == 1 or p.module.standalone:
        return None
    b, module = p.b, p.module
    code = b.slot(I32, I32(0))
    context, type = b.packed([*buffers, b.bitcast(code, POINTER)])
    task = task_function(module, f, function, type, (count, scratch))
    calls = any(name.startswith(("lapack.", "blas.")) for name in module.outside)
    with blas.alone(b) if calls else nullcontext():
        b.call(module.parallel(), [task, context, I64(count)])
    return b.load(code)


def task_function(
    module: Module, f: Frame, function: ir.Function, type: ir.Type, sizes: tuple[int, int]
) -> ir.Function:
    """task(context, i): chunk i. `sizes` are the number of chunks, and the bytes of scratch memory
    of each.
    """
    count, scratch = sizes
    b = module.function("items", VOID, TASK.args)
    context, index = b.args
    items = I64(batch(f.types[0], f.rank))
    *values, room, code = b.unpacked(context, type)
    room = b.gep(room, [b.mul(index, I64(scratch))])
    start, stop = (b.udiv(b.mul(i, items), I64(count)) for i in (index, b.add(index, I64(1))))
    found = b.call(function, [*values, room, start, stop])
    with b.if_then(b.icmp_unsigned("!=", found, I32(0)), likely=False):
        b.store_atomic(found, b.bitcast(code, I32.as_pointer()), "monotonic", 4)
    b.ret_void()
    return b.function
