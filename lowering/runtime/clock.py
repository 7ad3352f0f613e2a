"""The clock of programs under the profiler: a call of it is a row of the program."""

from __future__ import annotations

from llvmlite import ir

from polyad.system import SYSTEM, System

from ..llvm.module import Module
from ..llvm.types import I32, I64, POINTER
from .calls import call
from .programs import UNIT

SECOND = 10**9


class Clock(Module):
    """The module: `polyad_note(table)` writes the time in nanoseconds, of the system's clock that
    only goes forward, to the address that the table begins with.
    """

    def __init__(self, system: System = SYSTEM) -> None:
        super().__init__("clock")
        b = self.function("polyad_note", I32, UNIT.args, exported=True)
        place = b.bitcast(b.item(b.args[0], 0), I64.as_pointer())
        found = b.alloca(ir.ArrayType(I64, 2))
        address = b.bitcast(found, POINTER)
        call(b, system.clock, place=address)
        first = b.load(b.gep(found, [I32(0), I32(0)]))
        if system.ticks is None:
            seconds, rest = first, b.load(b.gep(found, [I32(0), I32(1)]))
        else:
            call(b, system.ticks, place=address)
            rate = b.load(b.gep(found, [I32(0), I32(0)]))
            seconds = b.sdiv(first, rate)
            left = b.mul(b.sub(first, b.mul(seconds, rate)), I64(SECOND))
            rest = b.sdiv(left, rate)
        b.store(b.add(b.mul(seconds, I64(SECOND)), rest), place)
        b.ret(I32(0))
