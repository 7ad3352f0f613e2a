"""The memory that a run allocates: blocks on one list, the arena, the newest first. So they can be
freed wherever the run ends.

A block begins with a header: the block before it in the list, the one behind it, and a number that
grows with every block made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir

from ..llvm.module import Module
from ..llvm.types import I64, POINTER, Value

NULL = POINTER(None)
HEADER = 32  # bytes of the header of a block
BEFORE, BEHIND, NUMBER = 0, 1, 2  # words of a header
HEAD, LAST = 0, 1  # words of the arena: the newest block, and its number


# -- Words


def word(b: ir.IRBuilder, base: Value, index: int, type: ir.Type = I64) -> Value:
    """The address of a word."""
    typed = b.bitcast(base, type.as_pointer())
    return b.gep(typed, [I64(index)], inbounds=True)


def get(b: ir.IRBuilder, base: Value, index: int, type: ir.Type = I64) -> Value:
    return b.load(word(b, base, index, type))


def put(b: ir.IRBuilder, base: Value, index: int, value: Value) -> None:
    b.store(value, word(b, base, index, value.type))


def is_null(b: ir.IRBuilder, pointer: Value) -> Value:
    return b.icmp_unsigned("==", pointer, NULL)


# -- Blocks


def outlined(
    module: Module, name: str, type: ir.FunctionType, body: Callable[[ir.IRBuilder, Any], None]
) -> ir.Function:
    """The internal function `name`, made on its first use and never inlined."""
    found = module.functions.get(name)
    if found is None:
        found = module.functions[name] = ir.Function(module.module, type, name)
        found.linkage = "internal"
        for attribute in ("noinline", "nounwind", "cold"):
            found.attributes.add(attribute)
        body(ir.IRBuilder(found.append_basic_block("entry")), found.args)
    return found


def extend(module: Module) -> ir.Function:
    """extend(arena, address or null, bytes): the block of that address with another size, or a new
    block; null if there is no room.
    """

    def body(b: ir.IRBuilder, args: Sequence[Value]) -> None:
        arena, old, size = args
        malloc = module.declare("malloc", POINTER, [I64])
        realloc = module.declare("realloc", POINTER, [POINTER, I64])
        size = b.add(size, I64(HEADER))
        with b.if_else(is_null(b, old)) as (fresh, again):
            with fresh:
                block = b.call(malloc, [size])
                with b.if_then(is_null(b, block)):
                    b.ret(NULL)
                number = b.add(get(b, arena, LAST), I64(1))
                behind = get(b, arena, HEAD, POINTER)
                put(b, arena, LAST, number)
                put(b, block, NUMBER, number)
                put(b, block, BEHIND, behind)
                put(b, block, BEFORE, NULL)
                link(b, arena, block, NULL, behind)
                b.ret(b.gep(block, [I64(HEADER)]))
            with again:
                block = b.call(realloc, [b.gep(old, [I64(-HEADER)]), size])
                with b.if_then(is_null(b, block)):
                    b.ret(NULL)
                before, behind = (get(b, block, w, POINTER) for w in (BEFORE, BEHIND))
                link(b, arena, block, before, behind)
                b.ret(b.gep(block, [I64(HEADER)]))
        b.unreachable()

    return outlined(module, "extend", ir.FunctionType(POINTER, [POINTER, POINTER, I64]), body)


def link(b: ir.IRBuilder, arena: Value, block: Value, before: Value, behind: Value) -> None:
    """Let the neighbours of a block know where it is."""
    with b.if_else(is_null(b, before)) as (first, later):
        with first:
            put(b, arena, HEAD, block)
        with later:
            put(b, before, BEHIND, block)
    with b.if_then(b.not_(is_null(b, behind))):
        put(b, behind, BEFORE, block)


def release(module: Module) -> ir.Function:
    """release(arena, number): free the blocks that are newer than the one of that number."""

    def body(b: ir.IRBuilder, args: Sequence[Value]) -> None:
        arena, number = args
        names = ("check", "look", "drop", "done")
        check, look, drop, done = (b.append_basic_block(name) for name in names)
        b.branch(check)
        b.position_at_end(check)
        block = get(b, arena, HEAD, POINTER)
        b.cbranch(is_null(b, block), done, look)
        b.position_at_end(look)
        b.cbranch(b.icmp_unsigned(">", get(b, block, NUMBER), number), drop, done)
        b.position_at_end(drop)
        behind = get(b, block, BEHIND, POINTER)
        b.call(module.declare("free", ir.VoidType(), [POINTER]), [block])
        link(b, arena, behind, NULL, NULL)
        with b.if_then(b.not_(is_null(b, behind))):
            put(b, behind, BEFORE, NULL)
        b.branch(check)
        b.position_at_end(done)
        b.ret_void()

    return outlined(module, "release", ir.FunctionType(ir.VoidType(), [POINTER, I64]), body)
