"""The threads that run the chunks of a parallel loop: a pool of them for the process, in LLVM IR.

`polyad_parallel(task, context, count)` calls `task(context, i)` once for each i < count. The caller
takes part, and takes chunks one by one until there is none; each of the other threads does as much
when it wakes up in time. So a thread that is late costs nothing, and what a chunk computes does not
depend on who does. A caller that finds the pool at work for another one does all its chunks itself.

The threads are made when there is first work for them, and never end. They watch for a next job for
a moment before they sleep. After a fork the child, which has none of them, begins anew.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import contextmanager

from llvmlite import ir

from ..llvm.blocks import endless, leave_if
from ..llvm.types import I8, I32, I64, POINTER, Value, as_it_stands

PARALLEL, RESET, THREADS = "polyad_parallel", "polyad_reset", "polyad_threads"
SYNC_BYTES = 128  # of a mutex or condition variable, on every platform at most
PATIENCE = 2000  # looks for work before a thread sleeps: some tens of microseconds
TASK = ir.FunctionType(ir.VoidType(), [POINTER, I64])
VOID = ir.VoidType()

HINT = ("llvm.aarch64.hint", (I32(1),))
PAUSES: dict[str, tuple[str, tuple[Value, ...]]] = {
    "x86_64": ("llvm.x86.sse2.pause", ()),
    "aarch64": HINT,
    "arm64": HINT,
}

# What a job is, how far it is, and who works on it.
COUNTERS = ("busy", "task", "context", "count", "next", "seats", "active", "generation", "made")
SYNCS = ("mutex", "wake", "done")


class Pool:
    """The module of the pool under construction."""

    def __init__(self) -> None:
        self.module = ir.Module("pool")
        self.counters = {name: self.variable(name, I64, 64) for name in COUNTERS}
        self.threads = self.variable(THREADS, I64, 64, "")
        self.syncs = {name: self.variable(name, ir.ArrayType(I8, SYNC_BYTES), 64) for name in SYNCS}
        self.emit_chunks()
        self.emit_worker()
        self.emit_reset()
        self.emit_run()
        self.emit_parallel()

    def variable(
        self, name: str, type: ir.Type, align: int, linkage: str = "internal"
    ) -> ir.GlobalVariable:
        made = ir.GlobalVariable(self.module, type, name)
        made.initializer, made.linkage, made.align = ir.Constant(type, None), linkage, align
        return made

    def function(self, name: str, result: ir.Type, *arguments: ir.Type) -> ir.Function:
        made = ir.Function(self.module, ir.FunctionType(result, arguments), name)
        made.linkage = "" if name.startswith("polyad_") else "internal"
        as_it_stands(made)
        self.b = ir.IRBuilder(made.append_basic_block("entry"))
        return made

    def call(self, name: str, *arguments: Value) -> Value:
        """A function of POSIX threads, which gives 0 where it succeeds."""
        known = self.module.globals.get(name)
        if known is None:
            type = ir.FunctionType(I32, [a.type for a in arguments])
            known = ir.Function(self.module, type, name)
        return self.b.call(known, arguments)

    def sync(self, name: str) -> Value:
        return self.b.bitcast(self.syncs[name], POINTER)

    def get(self, name: str) -> Value:
        return self.b.load_atomic(self.counters[name], "acquire", 8)

    def put(self, name: str, value: Value) -> None:
        self.b.store_atomic(value, self.counters[name], "release", 8)

    def add(self, name: str, amount: int) -> Value:
        """Add atomically; the value before."""
        return self.b.atomic_rmw("add", self.counters[name], I64(amount), "seq_cst")

    @contextmanager
    def locked(self) -> Iterator[None]:
        self.call("pthread_mutex_lock", self.sync("mutex"))
        yield
        self.call("pthread_mutex_unlock", self.sync("mutex"))

    def watch(self, holds: Value) -> None:
        """Look for a while whether `holds()` does, without a lock."""
        with self.b.goto_entry_block():
            looks = self.b.alloca(I64)
        self.b.store(I64(0), looks)
        with endless(self.b) as after:
            leave_if(self.b, holds(), after)
            seen = self.b.load(looks)
            leave_if(self.b, self.b.icmp_unsigned(">=", seen, I64(PATIENCE)), after)
            self.b.store(self.b.add(seen, I64(1)), looks)
            self.pause()

    def pause(self) -> None:
        """Tell the processor that this thread waits for another."""
        name, arguments = PAUSES.get(platform.machine(), ("", ()))
        if name:
            known = self.module.globals.get(name)
            if known is None:
                type = ir.FunctionType(VOID, [a.type for a in arguments])
                known = ir.Function(self.module, type, name)
            self.b.call(known, arguments)

    def emit_chunks(self) -> None:
        """chunks(): do what is left of the job, one chunk after another."""
        self.chunks = self.function("chunks", VOID)
        task = self.b.inttoptr(self.get("task"), TASK.as_pointer())
        context = self.b.inttoptr(self.get("context"), POINTER)
        count = self.get("count")
        with endless(self.b) as after:
            index = self.add("next", 1)
            leave_if(self.b, self.b.icmp_unsigned(">=", index, count), after)
            self.b.call(task, [context, index])
        self.b.ret_void()

    def emit_worker(self) -> None:
        """worker(_): the life of a thread. It joins each job that has a seat left."""
        self.worker = self.function("worker", POINTER, POINTER)
        b = self.b
        seen = b.alloca(I64)
        b.store(I64(0), seen)
        news = lambda: b.icmp_unsigned("!=", self.get("generation"), b.load(seen))
        with endless(self.b):
            self.watch(news)
            with self.locked():
                with endless(self.b) as awake:
                    leave_if(self.b, news(), awake)
                    self.call("pthread_cond_wait", self.sync("wake"), self.sync("mutex"))
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
                        self.call("pthread_cond_signal", self.sync("done"))
        b.ret(POINTER(None))

    def emit_reset(self) -> None:
        """polyad_reset(): a pool without threads or work."""
        self.function(RESET, VOID)
        null = POINTER(None)
        for name in COUNTERS:
            self.put(name, I64(0))
        self.call("pthread_mutex_init", self.sync("mutex"), null)
        self.call("pthread_cond_init", self.sync("wake"), null)
        self.call("pthread_cond_init", self.sync("done"), null)
        self.b.ret_void()

    def emit_run(self) -> None:
        """run(task, context, count, helpers): a job, by the pool, which is the caller's."""
        self.run = self.function("run", VOID, TASK.as_pointer(), POINTER, I64, I64)
        b, (task, context, count, helpers) = self.b, self.run.args
        thread = b.bitcast(b.alloca(I64), POINTER)
        with endless(self.b) as enough:
            leave_if(self.b, b.icmp_unsigned(">=", self.get("made"), helpers), enough)
            worker = b.bitcast(self.worker, POINTER)
            code = self.call("pthread_create", thread, POINTER(None), worker, POINTER(None))
            leave_if(self.b, b.icmp_unsigned("!=", code, I32(0)), enough)
            self.call("pthread_detach", b.load(b.bitcast(thread, I64.as_pointer())))
            self.add("made", 1)
        with self.locked():
            self.put("task", b.ptrtoint(task, I64))
            self.put("context", b.ptrtoint(context, I64))
            self.put("count", count)
            self.put("next", I64(0))
            self.put("seats", helpers)
            self.add("generation", 1)
            self.call("pthread_cond_broadcast", self.sync("wake"))
        b.call(self.chunks, [])
        idle = lambda: b.icmp_unsigned("==", self.get("active"), I64(0))
        self.watch(idle)
        with self.locked():
            self.put("seats", I64(0))
            with endless(self.b) as over:
                leave_if(self.b, idle(), over)
                self.call("pthread_cond_wait", self.sync("done"), self.sync("mutex"))
        b.ret_void()

    def emit_parallel(self) -> None:
        function = self.function(PARALLEL, VOID, TASK.as_pointer(), POINTER, I64)
        b, (task, context, count) = self.b, function.args
        wanted = b.load_atomic(self.threads, "acquire", 8)
        several = b.icmp_signed(">", wanted, I64(1))
        with b.if_then(several):
            had = b.atomic_rmw("xchg", self.counters["busy"], I64(1), "acquire")
            with b.if_then(b.icmp_unsigned("==", had, I64(0))):
                fewer = b.icmp_signed("<", count, wanted)
                helpers = b.sub(b.select(fewer, count, wanted), I64(1))
                b.call(self.run, [task, context, count, helpers])
                self.put("busy", I64(0))
                b.ret_void()
        emit_serial(b, task, context, count)
        b.ret_void()


def emit_serial(b: ir.IRBuilder, task: Value, context: Value, count: Value) -> None:
    """All chunks of a job, in order; there is at least one."""
    before, body, after = b.block, b.append_basic_block("chunk"), b.append_basic_block("after")
    b.branch(body)
    b.position_at_end(body)
    index = b.phi(I64)
    index.add_incoming(I64(0), before)
    b.call(task, [context, index])
    following = b.add(index, I64(1))
    index.add_incoming(following, body)
    b.cbranch(b.icmp_unsigned("<", following, count), body, after)
    b.position_at_end(after)
