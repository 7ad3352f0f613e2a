"""Calls of the operating system's functions by polyad's own machine code."""

from __future__ import annotations

from llvmlite import ir

from polyad.system import Call

from ..llvm.types import I32, I64, POINTER, Value
from ..llvm.writer import NULL, VOID, Writer

RESULTS: dict[str, ir.Type] = {"void": VOID, "i32": I32, "pointer": POINTER}
INTEGERS = {"i32": I32, "i64": I64}


def call(b: Writer, what: Call, **values: Value) -> Value:
    """A call with `values` for the names among its arguments."""
    arguments = [values[word] if word in values else constant(word) for word in what.arguments]
    return b.extern(what.name, RESULTS[what.result], *arguments)


def constant(word: str) -> Value:
    """The constant `null`, or an integer: `i32 -1`."""
    if word == "null":
        return NULL
    type, number = word.split()
    return INTEGERS[type](int(number))
