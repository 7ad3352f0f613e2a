"""Invalid IR of the dialects of loops and stacks, and the rule that the verifier names."""

from __future__ import annotations

import pytest

import polyad.lowering.pipeline
from polyad.errors import VerificationError
from polyad.ir import parse, verify

assert polyad.lowering.pipeline

NOTHING = "(function @f(%0: memref<f64[3]>) -> () { return })"
TURN = "(function @f(%i: i64[], %0: memref<f64[3]>) -> () { return })"
TRUE = (
    "function @t(%0: memref<f64[3]>) -> (bool[]) "
    "{ %1 = full {dtype = bool, shape = (), value = True} : bool[] return %1 }"
)

INVALID = {
    "region": (
        "control.for %m {extent = 3, reverse = False} "
        "(function @f(%i: i64[], %0: f64[3]) -> () { return })",
        "a region must take",
    ),
    "array": (
        "control.for %x {extent = 3, reverse = False} "
        "(function @f(%i: i64[], %0: f64[3]) -> () { return })",
        "regions take buffers",
    ),
    "extent": (f"control.for %m {{extent = 0, reverse = False}} {TURN}", "at least once, not 0"),
    "count": (f"control.for %m {{extent = None, reverse = False}} {TURN}", "takes its count first"),
    "condition": (
        "control.while %m (function @f(%0: memref<f64[3]>) -> () { return } "
        "function @g(%0: memref<f64[3]>) -> () { return })",
        "a region must take",
    ),
    "body": (
        f"control.while %m ({TRUE} function @g() -> () {{ return }})",
        "a region must take",
    ),
    "index": (f"control.switch %m, %m {NOTHING}", "a switch takes an i64"),
    "resized": ("stack.resize %m {size = 0}", "operand must be a stackref"),
    "size": ("stack.resize %s {size = None}", "give a size, or an i64"),
    "new": (
        "%1 = stack.new {element = !memref<f64[3]>} : stackref<f64[3]>",
        "are arrays or stacks",
    ),
    "filled": ("%1 = stack.filled %s {size = None} : stackref<f64[3]>", "give a size, or an i64"),
    "pushed": ("%1 = stack.push %m : memref<f64[]>", "operand must be a stackref"),
    "row index": ("%1 = stack.row %m, %m : memref<f64[]>", "the index of a row is an i64"),
    "rows": ("%1 = stack.row %o, %i : memref<f64[]>", "has no rows"),
    "counted": ("%1 = stack.count %m : i64[]", "operand must be a stackref"),
    "counted, two": ("%1 = stack.count %s, %m : i64[]", "operand must be a stackref"),
    "copied": ("stack.copy %s, %t", "cannot copy stackref<f64[3]> to stackref<stack<f64[3]>>"),
}


@pytest.mark.parametrize("name", INVALID)
def test_the_verifier_names_the_rule(name):
    op, message = INVALID[name]
    text = (
        "function @f(%m: memref<f64[3]>, %o: memref<f64[]>, %x: f64[3], %i: i64[], "
        f"%s: stackref<f64[3]>, %t: stackref<stack<f64[3]>>) -> () {{ {op} return }}"
    )
    with pytest.raises(VerificationError) as caught:
        verify(parse(text))
    assert message in str(caught.value)
