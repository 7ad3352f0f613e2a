"""Machine code that works on Python's objects.

It reads a *script*, a row of integers. A *cursor* is a struct of pointers into rows; each moves on
when the number that it points at is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from llvmlite import ir

from ..llvm.module import Module
from ..llvm.types import I32, I64, POINTER, Value
from ..llvm.writer import VOID, Writer
from .objects import BYTES_ITEMS, TUPLE_ITEMS, TYPE

NUMBERS = I64.as_pointer()
TABLE = POINTER.as_pointer()


class Procedure(Writer):
    """The body of one function."""

    # -- Reading

    def head(self) -> Value:
        """The numbers in the `bytes` that `self` begins with."""
        return self.gep(self.field(self.args[0], TUPLE_ITEMS, POINTER), [I64(BYTES_ITEMS)])

    def next(self, cursor: Value, which: int) -> Value:
        """Take a number at a cursor."""
        return self.load(self.skip(cursor, which, I64(1)))

    def put(self, cursor: Value, which: int, value: Value) -> None:
        """Store a value at a cursor, which moves on."""
        self.store(value, self.skip(cursor, which, I64(1)))

    def point(self, cursor: Value, which: int, pointer: Value) -> None:
        self.store(pointer, self.gep(cursor, [I32(0), I32(which)]))

    def skip(self, cursor: Value, which: int, count: Value) -> Value:
        """Move a pointer of a cursor on; its value before."""
        place = self.gep(cursor, [I32(0), I32(which)])
        pointer = self.load(place)
        self.store(self.gep(pointer, [count]), place)
        return pointer

    def pointer(self, number: Value) -> Value:
        return self.inttoptr(number, POINTER)

    def equal(self, one: Value, two: Value) -> Value:
        return self.icmp_unsigned("==", one, two)

    def is_object(self, thing: Value, name: str) -> Value:
        return self.equal(thing, self.module.object(name))

    # -- References

    def own(self, thing: Value) -> None:
        self.extern("Py_IncRef", VOID, thing)

    def drop(self, thing: Value) -> None:
        self.extern("Py_DecRef", VOID, thing)

    # -- Control

    def require(self, condition: Value) -> None:
        """Return 0 unless it holds."""
        with self.if_then(self.not_(condition), likely=False):
            self.refuse()

    def refuse(self) -> None:
        self.ret(ir.Constant(self.function.ftype.return_type, None))

    def require_type(self, thing: Value, name: str) -> None:
        self.require(self.is_object(self.field(thing, TYPE, POINTER), name))

    def unless(self, condition: Value, otherwise: ir.Block) -> None:
        """Go to a block unless the condition holds."""
        going = self.append_basic_block("going")
        self.cbranch(condition, going, otherwise)
        self.position_at_end(going)

    def return_not_implemented(self) -> None:
        self.own(self.module.object("NotImplemented"))
        self.ret(self.module.object("NotImplemented"))

    def choose(self, case: Value, steps: Mapping[int, Callable[[], Any]]) -> None:
        """A branch on a kind; return 0 for others."""
        self.cases(case, steps, self.refuse)


class Procedures(Module):
    """A module of such functions."""

    writer = Procedure

    def begin(
        self, name: str, result: ir.Type, *arguments: ir.Type, exported: bool = False
    ) -> Procedure:
        made = self.function(name, result, arguments, exported=exported)
        assert isinstance(made, Procedure)
        return made
