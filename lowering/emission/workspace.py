"""Scratch memory of one call: on the stack when small; else a block that the module keeps between
calls.

The kept block changes hands by an atomic exchange: a call that finds none (the first, or one that
runs while another has it) allocates its own, so calls may overlap. On return the block is kept, and
one that was kept meanwhile is freed.
"""

from __future__ import annotations

from llvmlite import ir

from ..llvm.module import Module
from ..llvm.types import I8, I64, POINTER, Value

ON_STACK = 16384  # bytes
ALIGNMENT = 64
KEPT = "kept_workspace"


class Workspace:
    """The workspace of `run`: its address, and how to give it back."""

    def __init__(self, module: Module, builder: ir.IRBuilder, size: int) -> None:
        self.kept: ir.GlobalVariable | None = None
        if size <= ON_STACK:
            room = builder.alloca(I8, size=I64(size))
            room.align = ALIGNMENT
            self.base: Value = room
            return
        self.free = module.declare("free", ir.VoidType(), [POINTER])
        self.kept = ir.GlobalVariable(module.module, I64, KEPT)
        self.kept.initializer = I64(0)
        found = builder.atomic_rmw("xchg", self.kept, I64(0), "acquire")
        before = builder.block
        with builder.if_then(builder.icmp_unsigned("==", found, I64(0))):
            malloc = module.declare("malloc", POINTER, [I64])
            fresh = builder.ptrtoint(builder.call(malloc, [I64(size + ALIGNMENT)]), I64)
            allocating = builder.block
        self.block = builder.phi(I64)
        self.block.add_incoming(found, before)
        self.block.add_incoming(fresh, allocating)
        aligned = builder.and_(builder.add(self.block, I64(ALIGNMENT - 1)), I64(-ALIGNMENT))
        self.base = builder.inttoptr(aligned, POINTER)

    def missing(self, builder: ir.IRBuilder) -> Value | None:
        """Whether there was no room; None where there always is."""
        if self.kept is None:
            return None
        return builder.icmp_unsigned("==", self.block, I64(0))

    def release(self, builder: ir.IRBuilder) -> None:
        """Keep the block for the next call."""
        if self.kept is None:
            return
        other = builder.atomic_rmw("xchg", self.kept, self.block, "release")
        with builder.if_then(builder.icmp_unsigned("!=", other, I64(0)), likely=False):
            builder.call(self.free, [builder.inttoptr(other, POINTER)])
