"""The early end of a loop in machine code: by a signal (Ctrl-C), or by a Python error of its own.

Loops count the work that they have done (see `costs`). Each time that a budget of it is spent,
Python is asked to handle the signals that have come; if a handler raises, the run ends with that
error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from llvmlite import ir

from polyad.ir import Op

from .. import costs
from ..llvm.codes import RAISED, TOO_MANY_STEPS
from ..llvm.module import Module
from ..llvm.types import I32, I64, POINTER, Value
from ..llvm.writer import NULL, VOID, Writer
from .program import BUDGET, Program


def spend(p: Program, op: Op) -> None:
    """Take the work of an iteration from the budget; look for signals when it is spent."""
    if p.module.standalone:
        return
    b, budget = p.b, p.budget()
    left = b.sub(b.load(budget), p.quantity(op, min(costs.work(op), BUDGET), "work"))
    b.store(left, budget)
    with b.if_then(b.icmp_signed("<", left, I64(0)), likely=False):
        b.store(I64(BUDGET), budget)
        look(p)


def look(p: Program) -> None:
    """Handle the signals that have come; leave if a handler raises."""
    if p.module.standalone:
        return
    raised = p.b.call(handle_signals(p.module), [])
    with p.b.if_then(p.b.icmp_signed("!=", raised, I32(0)), likely=False):
        p.leave(RAISED)


def handle_signals(module: Module) -> ir.Function:
    """Run Python's handlers of signals, if this is the thread for it. The result is not 0 if one
    raises.
    """

    def body(b: Writer, _: Sequence[Value]) -> Value:
        with python_held(b):
            raised = b.slot(I32, b.extern("PyErr_CheckSignals", I32))
            with b.if_then(b.icmp_unsigned("==", b.load(raised), I32(0))):
                done = b.extern("PyObject_CallNoArgs", POINTER, module.object("checkpoint"))
                with b.if_else(b.icmp_unsigned("==", done, NULL)) as (failed, fine):
                    with failed:
                        b.store(I32(-1), raised)
                    with fine:
                        b.extern("Py_DecRef", VOID, done)
            return b.load(raised)

    # Writes of a handler to the arrays of the loop may be lost: their elements may be in registers.
    attributes = ("noinline", "cold", "inaccessiblememonly")
    return module.define("handle_signals", ir.FunctionType(I32, []), body, *attributes)


@contextmanager
def python_held(b: Writer) -> Iterator[None]:
    """Hold the interpreter's lock; the thread may hold it already."""
    state = b.extern("PyGILState_Ensure", I32)
    yield
    b.extern("PyGILState_Release", VOID, state)


def fail(p: Program, op: Op) -> None:
    """Leave because a loop reached its limit: with a Python error, or a code where there is no
    Python.
    """
    if p.module.standalone:
        return p.leave(TOO_MANY_STEPS)
    with python_held(p.b):
        p.b.extern("PyObject_CallNoArgs", POINTER, p.object_of(op))
    p.leave(RAISED)
