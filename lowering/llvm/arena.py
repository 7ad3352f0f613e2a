"""The memory that a run allocates: blocks on one list, the arena, the newest first. So they can be
freed wherever the run ends.

A block begins with a header: the block before it in the list, the one behind it, and a number that
grows with every block made.
"""

from __future__ import annotations

from collections.abc import Sequence

from llvmlite import ir

from .module import Module
from .types import I64, POINTER, Value
from .writer import NULL, VOID, Writer

# Fields of the header of a block, and its size. In bytes.
BEFORE, BEHIND, NUMBER = 0, 8, 16
HEADER = 32
# Fields of the arena, and its size: the newest block, and its number. In bytes.
HEAD, LAST = 0, 8
ARENA = 16


def extend(module: Module) -> ir.Function:
    """extend(arena, address or null, bytes): the block of that address with another size, or a new
    block; null if there is no room.
    """

    def body(b: Writer, args: Sequence[Value]) -> None:
        arena, old, size = args
        size = b.add(size, I64(HEADER))
        with b.if_else(b.is_null(old)) as (fresh, again):
            with fresh:
                block = b.extern("malloc", POINTER, size)
                with b.if_then(b.is_null(block)):
                    b.ret(NULL)
                number = b.add(b.field(arena, LAST), I64(1))
                behind = b.field(arena, HEAD, POINTER)
                b.set_field(number, arena, LAST)
                b.set_field(number, block, NUMBER)
                b.set_field(behind, block, BEHIND)
                b.set_field(NULL, block, BEFORE)
                link(b, arena, block, NULL, behind)
                b.ret(b.gep(block, [I64(HEADER)]))
            with again:
                block = b.extern("realloc", POINTER, b.gep(old, [I64(-HEADER)]), size)
                with b.if_then(b.is_null(block)):
                    b.ret(NULL)
                before, behind = (b.field(block, at, POINTER) for at in (BEFORE, BEHIND))
                link(b, arena, block, before, behind)
                b.ret(b.gep(block, [I64(HEADER)]))
        b.unreachable()

    type = ir.FunctionType(POINTER, [POINTER, POINTER, I64])
    return module.define("extend", type, body, "noinline", "cold")


def link(b: Writer, arena: Value, block: Value, before: Value, behind: Value) -> None:
    """Let the neighbours of a block know where it is."""
    with b.if_else(b.is_null(before)) as (first, later):
        with first:
            b.set_field(block, arena, HEAD)
        with later:
            b.set_field(block, before, BEHIND)
    with b.if_then(b.is_there(behind)):
        b.set_field(block, behind, BEFORE)


def release(module: Module) -> ir.Function:
    """release(arena, number): free the blocks that are newer than the one of that number."""

    def body(b: Writer, args: Sequence[Value]) -> None:
        arena, number = args
        with b.loop() as loop:
            block = b.field(arena, HEAD, POINTER)
            loop.leave_if(b.is_null(block))
            loop.leave_unless(b.icmp_unsigned(">", b.field(block, NUMBER), number))
            behind = b.field(block, BEHIND, POINTER)
            b.extern("free", VOID, block)
            link(b, arena, behind, NULL, NULL)
            with b.if_then(b.is_there(behind)):
                b.set_field(NULL, behind, BEFORE)

    return module.define("release", ir.FunctionType(VOID, [POINTER, I64]), body, "noinline", "cold")
