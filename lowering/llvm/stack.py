"""The `stack` dialect in LLVM: a stack is described by three words, address, count and capacity.

All blocks of a run hang on one list (the arena), newest first, so that they can be freed wherever
the run ends. A block begins with a header: the block before it in the list, the one behind it, and
a number that grows with every block made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from llvmlite import ir

from polyad.ir import Op, Type

from ..dialects import stack
from ..dialects.memory import MemRef
from ..dialects.stack import StackRef
from .module import Module
from .types import I8, I64, POINTER, Value

if TYPE_CHECKING:
    from .program import Program

NULL = POINTER(None)
DESCRIPTION, HEADER = 24, 32  # bytes
ADDRESS, COUNT, CAPACITY = 0, 1, 2  # words of a description
BEFORE, BEHIND, NUMBER = 0, 1, 2  # words of a header
HEAD, LAST = 0, 1  # words of the arena: the newest block, and its number
FIRST_BYTES = 1024  # the room that a stack starts with, if that holds an element
OUT_OF_MEMORY = 2  # what a run gives when there is no room


def stride(element: Any) -> int:
    """Bytes from one element to the next."""
    return DESCRIPTION if isinstance(element, StackRef) else element.array.nbytes


def element_of(type: Type) -> Any:
    """The type of the place of an element."""
    if isinstance(type, StackRef):
        return stack.reference_to(type.element)
    assert isinstance(type, MemRef)
    return MemRef(type.array.with_shape(type.shape[1:]))


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


# -- The arena


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


def room(p: Program, address: Value, size: Value) -> Value:
    """A block of `size` bytes, in the place of that at `address` if that is not null."""
    found = p.b.call(extend(p.module), [p.arena(), address, size])
    with p.b.if_then(is_null(p.b, found), likely=False):
        p.leave(OUT_OF_MEMORY)
    return found


# -- Ops


def emit_new(p: Program, op: Op) -> None:
    p.values[op.result] = p.alloca(DESCRIPTION, 8)


def describe(b: ir.IRBuilder, target: Value, address: Value, count: Value) -> None:
    put(b, target, ADDRESS, address)
    put(b, target, COUNT, count)
    put(b, target, CAPACITY, count)


def emit_resize(p: Program, op: Op) -> None:
    target, *count = p.operands(op)
    size = count[0] if count else I64(op.attrs["size"])
    if op.attrs["size"] == 0:
        describe(p.b, target, NULL, size)
        return
    bytes = p.b.mul(size, I64(stride(element_of(op.operands[0].type))))
    describe(p.b, target, room(p, NULL, bytes), size)


def emit_push(p: Program, op: Op) -> None:
    (target,), b = p.operands(op), p.b
    step = stride(element_of(op.operands[0].type))
    count, capacity = get(b, target, COUNT), get(b, target, CAPACITY)
    with b.if_then(b.icmp_unsigned("==", count, capacity), likely=False):
        first = max(4, FIRST_BYTES // max(step, 1))
        more = b.select(b.icmp_unsigned("==", count, I64(0)), I64(first), b.shl(count, I64(1)))
        address = get(b, target, ADDRESS, POINTER)
        put(b, target, ADDRESS, room(p, address, b.mul(more, I64(step))))
        put(b, target, CAPACITY, more)
    put(b, target, COUNT, b.add(count, I64(1), flags=("nuw", "nsw")))
    p.values[op.result] = at(b, get(b, target, ADDRESS, POINTER), count, step)


def at(b: ir.IRBuilder, base: Value, index: Value, step: int) -> Value:
    return b.gep(base, [b.mul(index, I64(step), flags=("nuw", "nsw"))], inbounds=True)


def emit_row(p: Program, op: Op) -> None:
    source, index = p.operands(op)
    type = op.operands[0].type
    if isinstance(type, StackRef):
        source = get(p.b, source, ADDRESS, POINTER)
    p.values[op.result] = at(p.b, source, index, stride(element_of(type)))


def emit_count(p: Program, op: Op) -> None:
    p.values[op.result] = get(p.b, p.operands(op)[0], COUNT)


def emit_filled(p: Program, op: Op) -> None:
    (source, *count), b = p.operands(op), p.b
    wanted = count[0] if count else I64(op.attrs["size"])
    target = p.values[op.result] = p.alloca(DESCRIPTION, 8)
    copy(b, source, target)
    empty = b.icmp_unsigned("==", get(b, source, COUNT), I64(0))
    needed = b.and_(empty, b.icmp_unsigned("!=", wanted, I64(0)))
    with b.if_then(needed, likely=False):
        size = b.mul(wanted, I64(stride(element_of(op.operands[0].type))))
        address = room(p, NULL, size)
        memset = p.module.module.declare_intrinsic("llvm.memset", [POINTER, I64])
        b.call(memset, [address, I8(0), size, ir.IntType(1)(0)])
        describe(b, target, address, wanted)


def copy(b: ir.IRBuilder, source: Value, target: Value) -> None:
    put(b, target, ADDRESS, get(b, source, ADDRESS, POINTER))
    for w in (COUNT, CAPACITY):
        put(b, target, w, get(b, source, w))


def emit_copy(p: Program, op: Op) -> None:
    copy(p.b, *p.operands(op))


RULES: dict[Any, Callable[[Program, Op], None]] = {
    stack.new: emit_new,
    stack.resize: emit_resize,
    stack.push: emit_push,
    stack.row: emit_row,
    stack.count: emit_count,
    stack.filled: emit_filled,
    stack.copy: emit_copy,
}
