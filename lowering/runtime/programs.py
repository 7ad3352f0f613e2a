"""The machine code that runs a compiled program: a loop over a table of calls.

The program is a row of integers: a header, then a record for each call, with the address of the
function, the number of its operands, and of each operand a slot of the run's frame and an offset in
bytes from the address there. A record of null ends it. A function takes the address of a table of
its operands, and gives 0 or a code (see `llvm.codes`).
"""

from __future__ import annotations

from llvmlite import ir

from ..llvm.arena import ARENA as ARENA_SIZE
from ..llvm.arena import HEAD, LAST, release
from ..llvm.codes import OUT_OF_MEMORY, RAISED
from ..llvm.module import Module
from ..llvm.types import I8, I32, I64, POINTER, Value
from ..llvm.workspace import ALIGNMENT, ON_STACK, aligned, keep, take
from ..llvm.writer import NULL, VOID, Writer

# The header: the kept block, the bytes of scratch memory, the most operands of a call; then the
# calls.
KEPT, MEMORY, MOST, CALLS = range(4)
GIVEN = 3  # slots of a frame ahead of the arguments: null, the arena, the scratch memory

TABLE, NUMBERS = POINTER.as_pointer(), I64.as_pointer()
UNIT = ir.FunctionType(I32, [TABLE])


class Programs(Module):
    """The module: `polyad_run(frame, program)`, and two functions for its calls. The frame has the
    arguments and the results; `polyad_run` fills the slots ahead of them.
    """

    def __init__(self) -> None:
        super().__init__("programs")
        self.emit_copy()
        self.emit_host()
        self.emit_run()

    def emit_copy(self) -> None:
        """copy(target, source, size): copy bytes."""
        b = self.function("polyad_copy", I32, UNIT.args, exported=True)
        target, source, size = (b.item(b.args[0], i) for i in range(3))
        b.move(target, source, b.ptrtoint(size, I64))
        b.ret(I32(0))

    def emit_host(self) -> None:
        """host(step, buffers…): call a Python object with the address of a table of buffers."""
        b = self.function("polyad_host", I32, UNIT.args, exported=True)
        step = b.item(b.args[0], 0)
        table = b.bitcast(b.gep(b.args[0], [I64(1)]), POINTER)
        address = b.extern("PyLong_FromVoidPtr", POINTER, table)
        result = b.extern("PyObject_CallOneArg", POINTER, step, address)
        b.extern("Py_DecRef", VOID, address)
        with b.if_then(b.is_null(result), likely=False):
            b.ret(I32(RAISED))
        b.extern("Py_DecRef", VOID, result)
        b.ret(I32(0))

    def emit_run(self) -> None:
        b = self.function("polyad_run", I32, [TABLE, NUMBERS], exported=True)
        frame, program = b.args
        number = lambda which: b.load(b.gep(program, [I64(which)]))
        table = b.alloca(POINTER, size=number(MOST))
        arena = b.alloca(I8, size=I64(ARENA_SIZE))
        arena.align = 8
        b.set_field(NULL, arena, HEAD)
        b.set_field(I64(0), arena, LAST)
        size, kept = number(MEMORY), b.gep(program, [I64(KEPT)])
        large = b.icmp_unsigned(">", size, I64(ON_STACK))
        room = lambda: b.alloca(I8, size=b.add(size, I64(ALIGNMENT)))
        block = b.either(large, lambda: take(b, kept, size), room)
        with b.if_then(b.is_null(block), likely=False):
            b.ret(I32(OUT_OF_MEMORY))
        for slot, address in enumerate((NULL, arena, aligned(b, block))):
            b.store(address, b.gep(frame, [I64(slot)]))
        code = self.calls(b, b.gep(program, [I64(CALLS)]), frame, table)
        with b.if_then(b.is_there(b.field(arena, HEAD, POINTER)), likely=False):
            b.call(release(self), [arena, I64(0)])
        with b.if_then(large):
            keep(b, kept, block)
        b.ret(code)

    def calls(self, b: Writer, start: Value, frame: Value, table: Value) -> Value:
        """Do the calls, up to one that gives a code; gives the code."""
        code = b.slot(I32, I32(0))
        with b.loop(start) as calls:
            (record,) = calls.values
            function = b.load(record)
            calls.leave_if(b.icmp_unsigned("==", function, I64(0)))
            count = b.load(b.gep(record, [I64(1)]))
            operands = b.gep(record, [I64(2)])
            with b.over(count) as i:
                place = b.gep(operands, [b.shl(i, I64(1))])
                address = b.item(frame, b.load(place))
                offset = b.load(b.gep(place, [I64(1)]))
                b.store(b.gep(address, [offset]), b.gep(table, [i]))
            found = b.call(b.inttoptr(function, UNIT.as_pointer()), [table])
            b.store(found, code)
            calls.leave_if(b.icmp_unsigned("!=", found, I32(0)))
            calls.next = [b.gep(operands, [b.shl(count, I64(1))])]
        return b.load(code)
