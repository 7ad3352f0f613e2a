"""One thread for BLAS while polyad's threads call it for parts of a product.

BLAS's own threads would compete with these, and keep processors busy while they wait for work.
`polyad_alone()` before a product and `polyad_as_before()` behind it count the runs that are at a
product. The first run notes BLAS's number of threads, and the last one restores it. They do nothing
with a BLAS whose number cannot be set.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from llvmlite import ir

from polyad.system import SYSTEM, Threads

from ..llvm.module import AS_WRITTEN, Module
from ..llvm.types import I8, I32, I64, POINTER, Value
from ..llvm.writer import VOID, Writer
from .calls import call

ALONE, AS_BEFORE = "polyad_alone", "polyad_as_before"
GET, SET, RESET = "polyad_get", "polyad_set", "polyad_reset_blas"
SYNC_BYTES = 128  # of a mutex, on every platform at most


class Switch(Module):
    """The module of the switch."""

    def __init__(self, threads: Threads = SYSTEM.threads) -> None:
        super().__init__("blas_threads")
        self.calls = threads
        self.get, self.set = (
            self.variable(n, POINTER, exported=True, align=64) for n in (GET, SET)
        )
        self.runs = self.variable("runs", I64, align=64)
        self.before = self.variable("before", I32, align=64)
        self.mutex = self.variable("mutex", ir.ArrayType(I8, SYNC_BYTES), align=64).bitcast(POINTER)
        self.emit_alone()
        self.emit_as_before()
        self.emit_reset()

    def begin(self, name: str) -> Writer:
        return self.function(name, VOID, [], *AS_WRITTEN, exported=True)

    @contextmanager
    def counted(self, b: Writer, amount: int) -> Iterator[tuple[Value, Value]]:
        """Under the lock, if BLAS's number of threads can be set: the number of runs, before and
        after.
        """
        with b.if_then(b.is_there(b.load(self.get))):
            call(b, self.calls.lock, lock=self.mutex)
            runs = b.load(self.runs)
            changed = b.add(runs, I64(amount))
            b.store(changed, self.runs)
            yield runs, changed
            call(b, self.calls.unlock, lock=self.mutex)

    def tell(self, b: Writer, threads: Value) -> None:
        """Give BLAS a number of threads, unless it had one before."""
        function = ir.FunctionType(VOID, [I32]).as_pointer()
        with b.if_then(b.icmp_signed(">", b.load(self.before), I32(1))):
            b.call(b.bitcast(b.load(self.set), function), [threads])

    def emit_alone(self) -> None:
        b = self.begin(ALONE)
        with self.counted(b, 1) as (runs, _), b.if_then(b.icmp_signed("==", runs, I64(0))):
            get = b.bitcast(b.load(self.get), ir.FunctionType(I32, []).as_pointer())
            b.store(b.call(get, []), self.before)
            self.tell(b, I32(1))
        b.ret_void()

    def emit_as_before(self) -> None:
        b = self.begin(AS_BEFORE)
        with self.counted(b, -1) as (_, runs), b.if_then(b.icmp_signed("==", runs, I64(0))):
            self.tell(b, b.load(self.before))
        b.ret_void()

    def emit_reset(self) -> None:
        """No run is at a product: also after a fork, in a child that has one thread."""
        b = self.begin(RESET)
        b.store(I64(0), self.runs)
        call(b, self.calls.make_lock, lock=self.mutex)
        b.ret_void()
