"""Python objects in machine code: host steps that it calls, arrays that a rule closes over."""

from __future__ import annotations

from collections.abc import Sequence

from polyad.ir import Op

from ..llvm.codes import RAISED
from ..llvm.types import POINTER, Value
from ..llvm.writer import VOID
from ..runtime.constants import closed_over
from .program import Program


def call_host(p: Program, step: Value, buffers: Sequence[Value]) -> Value:
    """Call the Python object `step` with the address of a table of buffers; null if it raises."""
    b = p.b
    table, _ = b.packed(buffers)
    address = b.extern("PyLong_FromVoidPtr", POINTER, table)
    result = b.extern("PyObject_CallOneArg", POINTER, step, address)
    b.extern("Py_DecRef", VOID, address)
    with b.if_then(b.is_there(result), likely=True):
        b.extern("Py_DecRef", VOID, result)
    return result


def emit_host(p: Program, op: Op) -> None:
    """Call a Python object with the address of a table of all buffers; leave if it raises."""
    leave_if_null(p, call_host(p, p.object_of(op), p.operands(op)))


def leave_if_null(p: Program, result: Value) -> None:
    with p.b.if_then(p.b.is_null(result), likely=False):
        p.leave(RAISED)


def emit_constant(p: Program, op: Op) -> None:
    """Copy a closed-over array. Standalone code holds its bytes; other code gets its address."""
    if p.module.standalone:
        source = p.module.bytes("closed_over", closed_over(op).tobytes())
    else:
        source = p.object_of(op)
    if size := op.attrs["array"].type.nbytes:
        p.b.move(p.operands(op)[0], source, size)
