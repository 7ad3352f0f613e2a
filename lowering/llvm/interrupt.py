"""How a loop in machine code ends early: by a signal (Ctrl-C), or by a Python error of its own.

Loops count the work that they have done (see `costs`). Each time that a budget of it is spent,
Python is asked to handle the signals that have come; if a handler raises, the run ends with that
error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir

from .module import Module
from .types import I32, I64, POINTER, Value

if TYPE_CHECKING:
    from .program import Program

# Work between two looks for signals, in simple ops: some tens of milliseconds.
BUDGET = 1 << 26
# What a run without Python gives when a `while` has reached its limit, or a routine has no answer.
TOO_MANY_STEPS, NO_ANSWER = 3, 4


def spend(p: Program, work: int) -> None:
    """Take `work` from the budget; look for signals when it is spent."""
    if p.module.standalone:
        return
    b, budget = p.b, p.budget()
    left = b.sub(b.load(budget), I64(min(work, BUDGET)))
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
        p.leave(1)


def handle_signals(module: Module) -> ir.Function:
    """Python's handlers of signals, if this is the thread they run in; other than 0 if one
    raises.
    """
    found = module.functions.get("handle_signals")
    if found is not None:
        return found
    found = ir.Function(module.module, ir.FunctionType(I32, []), "handle_signals")
    module.functions["handle_signals"] = found
    found.linkage = "internal"
    # What a handler does to the arrays at hand is its own affair: they may be kept in registers.
    for attribute in ("noinline", "nounwind", "cold", "inaccessiblememonly"):
        found.attributes.add(attribute)
    b = ir.IRBuilder(found.append_basic_block("entry"))
    state = hold_python(module, b)
    raised = b.call(module.declare("PyErr_CheckSignals", I32, []), [])
    release_python(module, b, state)
    b.ret(raised)
    return found


def hold_python(module: Module, b: ir.IRBuilder) -> Value:
    """Take the interpreter's lock, which this thread may hold already."""
    return b.call(module.declare("PyGILState_Ensure", I32, []), [])


def release_python(module: Module, b: ir.IRBuilder, state: Value) -> None:
    b.call(module.declare("PyGILState_Release", ir.VoidType(), [I32]), [state])


def fail(p: Program, failure: int) -> None:
    """Leave with the error that the Python object number `failure` raises when called."""
    if p.module.standalone:
        return p.leave(TOO_MANY_STEPS)
    b, declare = p.b, p.module.declare
    state = hold_python(p.module, b)
    b.call(declare("PyObject_CallNoArgs", POINTER, [POINTER]), [p.kept(failure)])
    release_python(p.module, b, state)
    p.leave(1)
