"""Loops that are left from inside, in LLVM IR."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from llvmlite import ir

from .types import Value


@contextmanager
def endless(b: ir.IRBuilder) -> Iterator[ir.Block]:
    """A loop without end; gives the block to branch to in order to leave it."""
    body, after = b.append_basic_block("loop"), b.append_basic_block("after")
    b.branch(body)
    b.position_at_end(body)
    yield after
    b.branch(body)
    b.position_at_end(after)


def leave_if(b: ir.IRBuilder, condition: Value, after: ir.Block) -> None:
    """Go to `after` where the condition holds."""
    stay = b.append_basic_block("stay")
    b.cbranch(condition, after, stay)
    b.position_at_end(stay)
