"""The pool of threads that run the chunks of parallel loops: one for the process, in LLVM IR.

`polyad_parallel(task, context, count)` calls `task(context, i)` once for each i < count. The caller
takes chunks one by one until there is none, and so does each other thread that wakes up in time. So
a late thread costs nothing, and results do not depend on which thread computes a chunk. If the pool
is busy with another job, the caller does all its chunks itself.

The threads are made for the first job, and never end. Before they sleep they watch for the next job
for a moment. A forked child has none of them, and begins anew.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from llvmlite import ir

from polyad.system import SYSTEM, Call, Threads

from ..llvm.module import AS_WRITTEN, TASK, Module
from ..llvm.types import I8, I32, I64, POINTER, Value
from ..llvm.writer import NULL, VOID, Writer
from .calls import call

PARALLEL, RESET, THREADS = "polyad_parallel", "polyad_reset", "polyad_threads"
SYNC_BYTES = 128  # of a mutex or condition variable, on every platform at most
PATIENCE = 2000  # looks for work before a thread sleeps: some tens of microseconds

PAUSE = ("llvm.x86.sse2.pause", ())
HINT = ("llvm.aarch64.hint", (I32(1),))
PAUSES: dict[str, tuple[str, tuple[Value, ...]]] = {
    "x86_64": PAUSE,
    "amd64": PAUSE,
    "aarch64": HINT,
    "arm64": HINT,
}

# A job, its progress, and the threads that work on it.
COUNTERS = ("busy", "task", "context", "count", "next", "seats", "active", "generation", "made")
SYNCS = ("mutex", "wake", "done")


class Pool(Module):
    """The module of the pool."""

    def __init__(
        self, threads: Threads = SYSTEM.threads, machine: str = platform.machine()
    ) -> None:
        super().__init__("pool")
        self.calls, self.machine = threads, machine.lower()
        self.counters = {name: self.variable(name, I64, align=64) for name in COUNTERS}
        self.threads = self.variable(THREADS, I64, exported=True, align=64)
        size = ir.ArrayType(I8, SYNC_BYTES)
        self.syncs = {name: self.variable(name, size, align=64).bitcast(POINTER) for name in SYNCS}
        self.chunks = self.emit_chunks()
        self.worker = self.emit_worker()
        self.emit_reset()
        self.run = self.emit_run()
        self.emit_parallel()

    def begin(self, name: str, result: ir.Type, *arguments: ir.Type) -> Writer:
        exported = name.startswith("polyad_")
        self.b = self.function(name, result, arguments, *AS_WRITTEN, exported=exported)
        return self.b

    def call(self, what: Call, condition: Value = None, **values: Value) -> Value:
        """A call of the system's for threads. The lock is the pool's."""
        return call(self.b, what, lock=self.syncs["mutex"], condition=condition, **values)

    def get(self, name: str) -> Value:
        return self.b.load_atomic(self.counters[name], "acquire", 8)

    def put(self, name: str, value: Value) -> None:
        self.b.store_atomic(value, self.counters[name], "release", 8)

    def add(self, name: str, amount: int) -> Value:
        """Add atomically; the value before."""
        return self.b.atomic_rmw("add", self.counters[name], I64(amount), "seq_cst")

    @contextmanager
    def locked(self) -> Iterator[None]:
        self.call(self.calls.lock)
        yield
        self.call(self.calls.unlock)

    def watch(self, holds: Callable[[], Value]) -> None:
        """Look, for a while and without a lock, whether `holds()`."""
        b = self.b
        with b.loop(I64(0)) as loop:
            loop.leave_if(holds())
            (looks,) = loop.values
            loop.leave_if(b.icmp_unsigned(">=", looks, I64(PATIENCE)))
            loop.next = [b.add(looks, I64(1))]
            self.pause()

    def pause(self) -> None:
        """Tell the processor that this thread waits for another."""
        name, arguments = PAUSES.get(self.machine, ("", ()))
        if name:
            self.b.extern(name, VOID, *arguments)

    def wait(self, sync: str, holds: Callable[[], Value]) -> None:
        """Sleep, under the lock, until `holds()`."""
        with self.b.loop() as loop:
            loop.leave_if(holds())
            self.call(self.calls.wait, self.syncs[sync])

    def emit_chunks(self) -> ir.Function:
        """chunks(): do the chunks that are left, one after another."""
        b = self.begin("chunks", VOID)
        task = b.inttoptr(self.get("task"), TASK.as_pointer())
        context = b.inttoptr(self.get("context"), POINTER)
        count = self.get("count")
        with b.loop() as loop:
            index = self.add("next", 1)
            loop.leave_if(b.icmp_unsigned(">=", index, count))
            b.call(task, [context, index])
        b.ret_void()
        return b.function

    def emit_worker(self) -> ir.Function:
        """worker(_): the life of a thread. It joins each job that has a seat left."""
        b = self.begin("worker", POINTER, POINTER)
        seen = b.slot(I64, I64(0))
        news = lambda: b.icmp_unsigned("!=", self.get("generation"), b.load(seen))
        with b.loop():
            self.watch(news)
            with self.locked():
                self.wait("wake", news)
                b.store(self.get("generation"), seen)
                seats = self.get("seats")
                joins = b.icmp_signed(">", seats, I64(0))
                with b.if_then(joins):
                    self.put("seats", b.sub(seats, I64(1)))
                    self.add("active", 1)
            with b.if_then(joins):
                b.call(self.chunks, [])
                with self.locked():
                    last = b.icmp_unsigned("==", self.add("active", -1), I64(1))
                    with b.if_then(last):
                        self.call(self.calls.wake_one, self.syncs["done"])
        b.ret(NULL)
        return b.function

    def emit_reset(self) -> None:
        """polyad_reset(): a pool without threads or work."""
        b = self.begin(RESET, VOID)
        for name in COUNTERS:
            self.put(name, I64(0))
        self.call(self.calls.make_lock)
        self.call(self.calls.make_condition, self.syncs["wake"])
        self.call(self.calls.make_condition, self.syncs["done"])
        b.ret_void()

    def emit_run(self) -> ir.Function:
        """run(task, context, count, helpers): a job, by the caller and `helpers` threads. The pool
        is the caller's.
        """
        b = self.begin("run", VOID, TASK.as_pointer(), POINTER, I64, I64)
        task, context, count, helpers = b.args
        thread = b.slot(I64)
        with b.loop() as enough:
            enough.leave_if(b.icmp_unsigned(">=", self.get("made"), helpers))
            worker, place = b.bitcast(self.worker, POINTER), b.bitcast(thread, POINTER)
            made = self.call(self.calls.create, place=place, worker=worker)
            is_handle = made.type == POINTER
            enough.leave_if(b.is_null(made) if is_handle else b.icmp_unsigned("!=", made, I32(0)))
            self.call(self.calls.detach, handle=made if is_handle else b.load(thread))
            self.add("made", 1)
        with self.locked():
            self.put("task", b.ptrtoint(task, I64))
            self.put("context", b.ptrtoint(context, I64))
            self.put("count", count)
            self.put("next", I64(0))
            self.put("seats", helpers)
            self.add("generation", 1)
            self.call(self.calls.wake_all, self.syncs["wake"])
        b.call(self.chunks, [])
        idle = lambda: b.icmp_unsigned("==", self.get("active"), I64(0))
        self.watch(idle)
        with self.locked():
            self.put("seats", I64(0))
            self.wait("done", idle)
        b.ret_void()
        return b.function

    def emit_parallel(self) -> None:
        """polyad_parallel(task, context, count): by the pool, or by the caller alone."""
        b = self.begin(PARALLEL, VOID, TASK.as_pointer(), POINTER, I64)
        task, context, count = b.args
        wanted = b.load_atomic(self.threads, "acquire", 8)
        with b.if_then(b.icmp_signed(">", wanted, I64(1))):
            had = b.atomic_rmw("xchg", self.counters["busy"], I64(1), "acquire")
            with b.if_then(b.icmp_unsigned("==", had, I64(0))):
                helpers = b.sub(b.least(count, wanted), I64(1))
                b.call(self.run, [task, context, count, helpers])
                self.put("busy", I64(0))
                b.ret_void()
        with b.repeat(count) as index:
            b.call(task, [context, index])
        b.ret_void()
