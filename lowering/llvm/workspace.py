"""Scratch memory of one call: on the stack when small; else a block that is kept between calls.

The kept block changes hands by an atomic exchange: a call that finds none (the first, or one that
runs while another has it) allocates its own, so calls may overlap. On return the block is kept, and
one that was kept meanwhile is freed.
"""

from __future__ import annotations

from llvmlite import ir

from .types import I8, I64, POINTER, Value
from .writer import VOID, Writer, number

ON_STACK = 16384  # bytes
ALIGNMENT = 64  # bytes
KEPT = "kept_workspace"


def take(b: Writer, kept: Value, size: int | Value) -> Value:
    """The block whose address is kept in a variable, or a new one; null if there is no memory."""
    found = b.atomic_rmw("xchg", kept, I64(0), "acquire")
    room = b.add(number(size), I64(ALIGNMENT))
    none = b.icmp_unsigned("==", found, I64(0))
    fresh = lambda: b.extern("malloc", POINTER, room)
    return b.either(none, fresh, lambda: b.inttoptr(found, POINTER))


def keep(b: Writer, kept: Value, block: Value) -> None:
    """Keep a block for the next call."""
    other = b.atomic_rmw("xchg", kept, b.ptrtoint(block, I64), "release")
    with b.if_then(b.icmp_unsigned("!=", other, I64(0)), likely=False):
        b.extern("free", VOID, b.inttoptr(other, POINTER))


def aligned(b: Writer, block: Value) -> Value:
    """The first aligned address in a block."""
    end = b.add(b.ptrtoint(block, I64), I64(ALIGNMENT - 1))
    return b.inttoptr(b.and_(end, I64(-ALIGNMENT)), POINTER)


class Workspace:
    """The workspace of a function for export: its address, and how to give it back."""

    def __init__(self, b: Writer, size: int) -> None:
        self.kept: ir.GlobalVariable | None = None
        if size <= ON_STACK:
            room = b.alloca(I8, size=I64(size))
            room.align = ALIGNMENT
            self.base: Value = room
            return
        self.kept = b.module.variable(KEPT, I64)
        self.block = take(b, self.kept, size)
        self.base = aligned(b, self.block)

    def missing(self, b: Writer) -> Value | None:
        """Whether there was no memory; None for a workspace on the stack."""
        return None if self.kept is None else b.is_null(self.block)

    def release(self, b: Writer) -> None:
        """Keep the block for the next call."""
        if self.kept is not None:
            keep(b, self.kept, self.block)
