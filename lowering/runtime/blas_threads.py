"""BLAS with one thread while compiled code calls it: products are split over polyad's threads.

BLAS's own threads would be as many again beside these, and wait for work by keeping a processor
busy. `polyad_alone()` before a product and `polyad_as_before()` behind it count the runs that are
at a product; the first one notes how many threads BLAS has, and the last one gives them back. They
do nothing with a BLAS that cannot be told.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from llvmlite import ir

from ..llvm.types import I8, I32, I64, POINTER, Value, as_it_stands

ALONE, AS_BEFORE = "polyad_alone", "polyad_as_before"
GET, SET, RESET = "polyad_get", "polyad_set", "polyad_reset_blas"
SYNC_BYTES = 128  # of a mutex, on every platform at most


class Switch:
    """The module under construction."""

    def __init__(self) -> None:
        self.module = ir.Module("blas_threads")
        self.get, self.set = self.variable(GET, POINTER, ""), self.variable(SET, POINTER, "")
        self.runs, self.before = self.variable("runs", I64), self.variable("before", I32)
        self.mutex = self.variable("mutex", ir.ArrayType(I8, SYNC_BYTES)).bitcast(POINTER)
        self.emit_alone()
        self.emit_as_before()
        self.emit_reset()

    def variable(self, name: str, type: ir.Type, linkage: str = "internal") -> ir.GlobalVariable:
        made = ir.GlobalVariable(self.module, type, name)
        made.initializer, made.linkage, made.align = ir.Constant(type, None), linkage, 64
        return made

    def function(self, name: str) -> ir.IRBuilder:
        made = ir.Function(self.module, ir.FunctionType(ir.VoidType(), []), name)
        as_it_stands(made)
        return ir.IRBuilder(made.append_basic_block("entry"))

    def pthread(self, b: ir.IRBuilder, name: str, *arguments: Value) -> None:
        known = self.module.globals.get(name)
        if known is None:
            known = ir.Function(self.module, ir.FunctionType(I32, [POINTER] * len(arguments)), name)
        b.call(known, arguments)

    @contextmanager
    def counted(self, b: ir.IRBuilder, amount: int) -> Iterator[tuple[Value, Value]]:
        """Under the lock, if BLAS can be told: the number of runs, before and after."""
        known = b.icmp_unsigned("!=", b.load(self.get), POINTER(None))
        with b.if_then(known):
            self.pthread(b, "pthread_mutex_lock", self.mutex)
            runs = b.load(self.runs)
            changed = b.add(runs, I64(amount))
            b.store(changed, self.runs)
            yield runs, changed
            self.pthread(b, "pthread_mutex_unlock", self.mutex)

    def tell(self, b: ir.IRBuilder, threads: Value) -> None:
        """Let BLAS have so many threads, unless it had one before."""
        function = ir.FunctionType(ir.VoidType(), [I32]).as_pointer()
        with b.if_then(b.icmp_signed(">", b.load(self.before), I32(1))):
            b.call(b.bitcast(b.load(self.set), function), [threads])

    def emit_alone(self) -> None:
        b = self.function(ALONE)
        with self.counted(b, 1) as (runs, _), b.if_then(b.icmp_signed("==", runs, I64(0))):
            get = b.bitcast(b.load(self.get), ir.FunctionType(I32, []).as_pointer())
            b.store(b.call(get, []), self.before)
            self.tell(b, I32(1))
        b.ret_void()

    def emit_as_before(self) -> None:
        b = self.function(AS_BEFORE)
        with self.counted(b, -1) as (_, runs), b.if_then(b.icmp_signed("==", runs, I64(0))):
            self.tell(b, b.load(self.before))
        b.ret_void()

    def emit_reset(self) -> None:
        """No run is at a product: also after a fork, in a child that has one thread."""
        b = self.function(RESET)
        b.store(I64(0), self.runs)
        self.pthread(b, "pthread_mutex_init", self.mutex, POINTER(None))
        b.ret_void()
