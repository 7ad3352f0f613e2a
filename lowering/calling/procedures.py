"""Procedures of polyad's own that work on Python's objects, in LLVM IR: fields, rows of integers
and addresses that are read one by one, loops, cases.

What such a procedure reads is a *program*, a row of integers. A *cursor* is a struct of pointers
into rows; each moves on when what it points at is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir

from polyad.config import config

from ..llvm.module import Module
from ..llvm.types import I32, I64, POINTER, Value
from .objects import TYPE

BYTES = bytes.__basicsize__ - 1  # where the bytes of an object of type `bytes` begin
TUPLE_ITEMS = tuple.__basicsize__
NUMBERS = I64.as_pointer()


class Procedures:
    """A module of them under construction; `f` is the one that is being written."""

    f: ir.Function
    b: ir.IRBuilder

    def __init__(self, name: str) -> None:
        self.module = Module(name, config.of_code())

    def function(self, name: str, type: ir.FunctionType, exported: bool = False) -> ir.Function:
        self.f = ir.Function(self.module.module, type, name)
        self.f.linkage = "" if exported else "internal"
        self.b = ir.IRBuilder(self.f.append_basic_block("entry"))
        return self.f

    def python(self, name: str, result: ir.Type, *arguments: Value) -> Value:
        function = self.module.declare(name, result, [a.type for a in arguments])
        return self.b.call(function, arguments)

    # -- Reading

    def field(self, thing: Value, offset: int | Value, type: ir.Type) -> Value:
        """A field of a C struct."""
        place = self.b.gep(thing, [I64(offset) if isinstance(offset, int) else offset])
        return self.b.load(self.b.bitcast(place, type.as_pointer()))

    def head(self) -> Value:
        """The numbers in the `bytes` that `self` begins with."""
        return self.b.gep(self.field(self.f.args[0], TUPLE_ITEMS, POINTER), [I64(BYTES)])

    def next(self, cursor: Value, which: int) -> Value:
        """What a pointer of a cursor points at; it then points behind."""
        place = self.b.gep(cursor, [I32(0), I32(which)])
        pointer = self.b.load(place)
        self.b.store(self.b.gep(pointer, [I64(1)]), place)
        return self.b.load(pointer)

    def put(self, cursor: Value, which: int, value: Value) -> None:
        """Store a value where a pointer of a cursor points at; it then points behind."""
        place = self.b.gep(cursor, [I32(0), I32(which)])
        pointer = self.b.load(place)
        self.b.store(value, pointer)
        self.b.store(self.b.gep(pointer, [I64(1)]), place)

    def point(self, cursor: Value, which: int, pointer: Value) -> None:
        self.b.store(pointer, self.b.gep(cursor, [I32(0), I32(which)]))

    def skip(self, cursor: Value, which: int, count: Value) -> Value:
        """Move a pointer of a cursor on; where it was."""
        place = self.b.gep(cursor, [I32(0), I32(which)])
        pointer = self.b.load(place)
        self.b.store(self.b.gep(pointer, [count]), place)
        return pointer

    def pointer(self, number: Value) -> Value:
        return self.b.inttoptr(number, POINTER)

    def is_object(self, thing: Value, name: str) -> Value:
        return self.b.icmp_unsigned("==", thing, self.module.object(name))

    # -- Control

    def require(self, condition: Value) -> None:
        """Return 0 unless it holds."""
        with self.b.if_then(self.b.not_(condition), likely=False):
            self.b.ret(ir.Constant(self.f.ftype.return_type, None))

    def require_type(self, thing: Value, name: str) -> None:
        self.require(self.is_object(self.field(thing, TYPE, POINTER), name))

    def unless(self, condition: Value, refuse: ir.Block) -> None:
        """Go to `refuse` unless it holds."""
        going = self.b.append_basic_block("going")
        self.b.cbranch(condition, going, refuse)
        self.b.position_at_end(going)

    def repeat(self, count: Value, step: Callable[[Value], Any]) -> None:
        """`step(i)` for i < count."""
        b = self.b
        before = b.block
        head, body, after = (b.append_basic_block(n) for n in ("head", "body", "after"))
        b.branch(head)
        b.position_at_end(head)
        index = b.phi(I64)
        index.add_incoming(I64(0), before)
        b.cbranch(b.icmp_unsigned("<", index, count), body, after)
        b.position_at_end(body)
        step(index)
        index.add_incoming(b.add(index, I64(1)), b.block)
        b.branch(head)
        b.position_at_end(after)

    def cases(self, kind: Value, emit: dict[int, Callable[[], None]]) -> None:
        """A branch on a kind. Each case returns."""
        blocks = {k: self.b.append_basic_block("case") for k in emit}
        none = self.b.append_basic_block("none")
        switch = self.b.switch(kind, none)
        for k, step in emit.items():
            switch.add_case(I64(k), blocks[k])
            self.b.position_at_end(blocks[k])
            step()
        self.b.position_at_end(none)
        self.b.ret(ir.Constant(self.f.ftype.return_type, None))
