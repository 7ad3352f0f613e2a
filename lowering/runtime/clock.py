"""The clock of programs under the profiler: a call of it is a row of the program."""

from __future__ import annotations

import time

from llvmlite import ir

from ..llvm.module import Module
from ..llvm.types import I32, I64, POINTER
from .programs import UNIT

SECOND = 10**9


class Clock(Module):
    """The module: `polyad_note(table)` writes the time in nanoseconds, of POSIX's clock that only
    goes forward, to the address that the table begins with.
    """

    def __init__(self) -> None:
        super().__init__("clock")
        b = self.function("polyad_note", I32, UNIT.args, exported=True)
        place = b.bitcast(b.item(b.args[0], 0), I64.as_pointer())
        found = b.alloca(ir.ArrayType(I64, 2))
        address = b.bitcast(found, POINTER)
        b.extern("clock_gettime", I32, I32(time.CLOCK_MONOTONIC), address)
        seconds, rest = (b.load(b.gep(found, [I32(0), I32(i)])) for i in range(2))
        b.store(b.add(b.mul(seconds, I64(SECOND)), rest), place)
        b.ret(I32(0))
