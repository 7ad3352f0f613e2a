"""Python objects in machine code: host steps that it calls, arrays that a rule closes over."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from llvmlite import ir

from polyad.execution import get_backend
from polyad.ir import Op

from ..llvm.codes import RAISED
from ..llvm.types import I64, POINTER, Value
from .program import Program


def call_host(p: Program, step: Value, buffers: Sequence[Value]) -> Value:
    """Call the Python object `step` with the address of a table of buffers; null if it raises."""
    b, declare = p.b, p.module.declare
    table = b.bitcast(p.alloca(8 * len(buffers), 8), POINTER.as_pointer())
    for i, buffer in enumerate(buffers):
        b.store(buffer, b.gep(table, [I64(i)]))
    address = b.call(declare("PyLong_FromVoidPtr", POINTER, [POINTER]), [b.bitcast(table, POINTER)])
    result = b.call(declare("PyObject_CallOneArg", POINTER, [POINTER, POINTER]), [step, address])
    b.call(declare("Py_DecRef", ir.VoidType(), [POINTER]), [address])
    with b.if_then(b.icmp_unsigned("!=", result, POINTER(None)), likely=True):
        b.call(declare("Py_DecRef", ir.VoidType(), [POINTER]), [result])
    return result


def emit_host(p: Program, op: Op) -> None:
    """Call a Python object with the address of a table of all buffers; leave if it raises."""
    step = p.host.step(op.regions[0], op.attrs["reason"])
    leave_if_null(p, call_host(p, p.kept(step), p.operands(op)))


def leave_if_null(p: Program, result: Value) -> None:
    with p.b.if_then(p.b.icmp_unsigned("==", result, POINTER(None)), likely=False):
        p.leave(RAISED)


def emit_constant(p: Program, op: Op) -> None:
    """Copy the array from where it is, which code that outlives this process has in itself. Its
    function's text has it by a number, so that other processes have no use for the code.
    """
    type = op.attrs["array"].type
    array = np.ascontiguousarray(get_backend("numpy").asarray(op.attrs["array"].array, type.dtype))
    if p.module.standalone:
        source = p.module.bytes("closed_over", array.tobytes())
    else:
        p.host.keep(array)
        p.module.only_here = True
        source = I64(array.ctypes.data).inttoptr(POINTER)
    p.move(p.operands(op)[0], source, type.nbytes)
