"""The `stack` dialect in LLVM. The description of a stack has three fields: the address of its
elements, in a block of the arena, their number, and the number for which there is room.
"""

from __future__ import annotations

from typing import Any

from polyad.ir import Op, Type

from ..dialects import stack
from ..dialects.memory import MemRef
from ..dialects.stack import StackRef
from ..llvm.arena import extend
from ..llvm.codes import OUT_OF_MEMORY
from ..llvm.types import I64, POINTER, Value
from ..llvm.writer import NULL, UP, Writer
from .program import Program, Rule

# Fields of the description of a stack, and its size. In bytes.
ADDRESS, COUNT, CAPACITY = 0, 8, 16
DESCRIPTION = 24
FIRST_ROOM = 1024  # bytes that a stack starts with, if they hold an element


def stride(element: Any) -> int:
    """Bytes from one element to the next."""
    return DESCRIPTION if isinstance(element, StackRef) else element.array.nbytes


def element_of(type: Type) -> Any:
    """The type of a stack's element in memory."""
    if isinstance(type, StackRef):
        return stack.reference_to(type.element)
    assert isinstance(type, MemRef)
    return MemRef(type.array.with_shape(type.shape[1:]))


def room(p: Program, address: Value, size: Value) -> Value:
    """A block of `size` bytes. If `address` is not null, it replaces the block there."""
    found = p.b.call(extend(p.module), [p.arena(), address, size])
    with p.b.if_then(p.b.is_null(found), likely=False):
        p.leave(OUT_OF_MEMORY)
    return found


# -- Ops


def emit_new(p: Program, op: Op) -> None:
    p.values[op.result] = p.b.room(DESCRIPTION, 8)


def describe(b: Writer, target: Value, address: Value, count: Value) -> None:
    b.set_field(address, target, ADDRESS)
    b.set_field(count, target, COUNT)
    b.set_field(count, target, CAPACITY)


def emit_resize(p: Program, op: Op) -> None:
    target, *count = p.operands(op)
    size = count[0] if count else p.number(op, op.attrs["size"])
    if op.attrs["size"] == 0:
        describe(p.b, target, NULL, size)
        return
    bytes = p.b.mul(size, I64(stride(element_of(op.operands[0].type))))
    describe(p.b, target, room(p, NULL, bytes), size)


def emit_push(p: Program, op: Op) -> None:
    (target,), b = p.operands(op), p.b
    step = stride(element_of(op.operands[0].type))
    count, capacity = b.field(target, COUNT), b.field(target, CAPACITY)
    with b.if_then(b.icmp_unsigned("==", count, capacity), likely=False):
        first = max(4, FIRST_ROOM // max(step, 1))
        more = b.select(b.icmp_unsigned("==", count, I64(0)), I64(first), b.shl(count, I64(1)))
        address = b.field(target, ADDRESS, POINTER)
        b.set_field(room(p, address, b.mul(more, I64(step))), target, ADDRESS)
        b.set_field(more, target, CAPACITY)
    b.set_field(b.add(count, I64(1), flags=UP), target, COUNT)
    p.values[op.result] = element(b, b.field(target, ADDRESS, POINTER), count, step)


def element(b: Writer, base: Value, index: Value, step: int) -> Value:
    return b.gep(base, [b.mul(index, I64(step), flags=UP)], inbounds=True)


def emit_row(p: Program, op: Op) -> None:
    source, index = p.operands(op)
    type = op.operands[0].type
    if isinstance(type, StackRef):
        source = p.b.field(source, ADDRESS, POINTER)
    p.values[op.result] = element(p.b, source, index, stride(element_of(type)))


def emit_count(p: Program, op: Op) -> None:
    first, *others = (p.b.field(source, COUNT) for source in p.operands(op))
    for other in others:
        first = p.b.select(p.b.icmp_unsigned("<", first, other), other, first)
    p.values[op.result] = first


def emit_filled(p: Program, op: Op) -> None:
    (source, *count), b = p.operands(op), p.b
    wanted = count[0] if count else p.number(op, op.attrs["size"])
    target = p.values[op.result] = p.b.room(DESCRIPTION, 8)
    copy(b, source, target)
    empty = b.icmp_unsigned("==", b.field(source, COUNT), I64(0))
    needed = b.and_(empty, b.icmp_unsigned("!=", wanted, I64(0)))
    with b.if_then(needed, likely=False):
        size = b.mul(wanted, I64(stride(element_of(op.operands[0].type))))
        address = room(p, NULL, size)
        b.clear(address, size)
        describe(b, target, address, wanted)


def copy(b: Writer, source: Value, target: Value) -> None:
    b.set_field(b.field(source, ADDRESS, POINTER), target, ADDRESS)
    for at in (COUNT, CAPACITY):
        b.set_field(b.field(source, at), target, at)


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
