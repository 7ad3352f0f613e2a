"""The `stack` dialect in LLVM: a stack is described by three words, address, count and capacity.

The room for its elements is a block of the arena.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from polyad.ir import Op, Type

from ..dialects import stack
from ..dialects.memory import MemRef
from ..dialects.stack import StackRef
from ..llvm.codes import OUT_OF_MEMORY
from ..llvm.types import I8, I64, POINTER, Value
from .arena import NULL, extend, get, is_null, put
from .program import Program, Rule

DESCRIPTION = 24  # bytes of the description of a stack
ADDRESS, COUNT, CAPACITY = 0, 1, 2  # its words
FIRST_BYTES = 1024  # room that a stack starts with, if that holds an element


def stride(element: Any) -> int:
    """Bytes from one element to the next."""
    return DESCRIPTION if isinstance(element, StackRef) else element.array.nbytes


def element_of(type: Type) -> Any:
    """The type of the place of an element."""
    if isinstance(type, StackRef):
        return stack.reference_to(type.element)
    assert isinstance(type, MemRef)
    return MemRef(type.array.with_shape(type.shape[1:]))


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


RULES: dict[Any, Rule] = {
    stack.new: emit_new,
    stack.resize: emit_resize,
    stack.push: emit_push,
    stack.row: emit_row,
    stack.count: emit_count,
    stack.filled: emit_filled,
    stack.copy: emit_copy,
}
