"""Scratch memory of one call: on the stack when small; else a block that the module keeps between
calls.

The kept block changes hands by an atomic exchange: a call that finds none (the first, or one that
runs while another has it) allocates its own, so calls may overlap. On return the block is kept, and
one that was kept meanwhile is freed.
"""

from __future__ import annotations

from llvmlite import ir

from ..llvm.types import I8, I64, POINTER, Value
from ..llvm.writer import VOID, Writer

ON_STACK = 16384  # bytes
ALIGNMENT = 64  # bytes
KEPT = "kept_workspace"


class Workspace:
    """The workspace of `run`: its address, and how to give it back."""

    def __init__(self, b: Writer, size: int) -> None:
        self.kept: ir.GlobalVariable | None = None
        if size <= ON_STACK:
            room = b.alloca(I8, size=I64(size))
            room.align = ALIGNMENT
            self.base: Value = room
            return
        self.kept = b.module.variable(KEPT, I64, exported=True)
        found = b.atomic_rmw("xchg", self.kept, I64(0), "acquire")
        fresh = lambda: b.ptrtoint(b.extern("malloc", POINTER, I64(size + ALIGNMENT)), I64)
        self.block = b.either(b.icmp_unsigned("==", found, I64(0)), fresh, lambda: found)
        aligned = b.and_(b.add(self.block, I64(ALIGNMENT - 1)), I64(-ALIGNMENT))
        self.base = b.inttoptr(aligned, POINTER)

    def missing(self, b: Writer) -> Value | None:
        """Whether there was no memory; None for a workspace on the stack."""
        if self.kept is None:
            return None
        return b.icmp_unsigned("==", self.block, I64(0))

    def release(self, b: Writer) -> None:
        """Keep the block for the next call."""
        if self.kept is None:
            return
        other = b.atomic_rmw("xchg", self.kept, self.block, "release")
        with b.if_then(b.icmp_unsigned("!=", other, I64(0)), likely=False):
            b.extern("free", VOID, b.inttoptr(other, POINTER))
