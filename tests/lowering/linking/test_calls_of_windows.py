"""The calls of Windows for threads and time, run here with functions made of POSIX's."""

import ctypes
import functools
import threading

import llvmlite.binding as llvm
import pytest

from polyad.execution import now
from polyad.lowering.linking.engine import Engine, object_code_in_haste
from polyad.lowering.runtime.clock import Clock
from polyad.lowering.runtime.pool import Pool
from polyad.system import SYSTEM, WINDOWS

TICKS, RATE = 30_000_000_000_000_007, 3_579_545
SHIMS = """
declare i32 @pthread_mutex_init(i8*, i8*)
declare i32 @pthread_mutex_lock(i8*)
declare i32 @pthread_mutex_unlock(i8*)
declare i32 @pthread_cond_init(i8*, i8*)
declare i32 @pthread_cond_wait(i8*, i8*)
declare i32 @pthread_cond_signal(i8*)
declare i32 @pthread_cond_broadcast(i8*)
declare i32 @pthread_create(i8*, i8*, i8*, i8*)
declare i32 @pthread_detach(i8*)

define void @InitializeSRWLock(i8* %lock) {
  call i32 @pthread_mutex_init(i8* %lock, i8* null)
  ret void
}
define void @AcquireSRWLockExclusive(i8* %lock) {
  call i32 @pthread_mutex_lock(i8* %lock)
  ret void
}
define void @ReleaseSRWLockExclusive(i8* %lock) {
  call i32 @pthread_mutex_unlock(i8* %lock)
  ret void
}
define void @InitializeConditionVariable(i8* %condition) {
  call i32 @pthread_cond_init(i8* %condition, i8* null)
  ret void
}
define i32 @SleepConditionVariableSRW(i8* %condition, i8* %lock, i32 %patience, i32 %flags) {
  call i32 @pthread_cond_wait(i8* %condition, i8* %lock)
  ret i32 1
}
define void @WakeConditionVariable(i8* %condition) {
  call i32 @pthread_cond_signal(i8* %condition)
  ret void
}
define void @WakeAllConditionVariable(i8* %condition) {
  call i32 @pthread_cond_broadcast(i8* %condition)
  ret void
}
@left = global i64 2
define i8* @CreateThread(i8* %a, i64 %stack, i8* %worker, i8* %argument, i32 %b, i8* %c) {
  %before = atomicrmw sub i64* @left, i64 1 seq_cst
  %some = icmp sgt i64 %before, 0
  br i1 %some, label %make, label %none
make:
  %place = alloca i8*
  %at = bitcast i8** %place to i8*
  call i32 @pthread_create(i8* %at, i8* null, i8* %worker, i8* %argument)
  %made = load i8*, i8** %place
  ret i8* %made
none:
  ret i8* null
}
define i32 @CloseHandle(i8* %handle) {
  call i32 @pthread_detach(i8* %handle)
  ret i32 1
}
define i32 @QueryPerformanceCounter(i64* %place) {
  store i64 TICKS, i64* %place
  ret i32 1
}
define i32 @QueryPerformanceFrequency(i64* %place) {
  store i64 RATE, i64* %place
  ret i32 1
}
"""


@functools.cache
def on_windows():
    """The engines of the pool and the clock with the calls of Windows; they are never freed."""
    shims = Engine(
        object_code_in_haste(SHIMS.replace("TICKS", str(TICKS)).replace("RATE", str(RATE)))
    )
    for call in (*WINDOWS.threads.calls, WINDOWS.clock, WINDOWS.ticks):
        llvm.add_symbol(call.name, shims.address(call.name))
    texts = str(Pool(WINDOWS.threads)), str(Clock(WINDOWS))
    engines = [Engine(object_code_in_haste(text)) for text in texts]
    for engine in (shims, *engines):
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(engine))
    return engines


posix_only = pytest.mark.skipif(SYSTEM is WINDOWS, reason="the real calls are tested elsewhere")


@posix_only
def test_the_pool_of_windows_runs_on_the_threads_that_it_gets():
    """Three chunks that wait for each other need three threads; more than there are do not hang."""
    pool = on_windows()[0]
    ctypes.CFUNCTYPE(None)(pool.address("polyad_reset"))()
    ctypes.c_int64.from_address(pool.global_address("polyad_threads")).value = 5
    kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)
    parallel = ctypes.CFUNCTYPE(None, kind, ctypes.c_void_p, ctypes.c_int64)(
        pool.address("polyad_parallel")
    )
    barrier, done, lock = threading.Barrier(3), [], threading.Lock()

    def task(context, index):
        if barrier is not None:
            barrier.wait(60)
        with lock:
            done.append((context, index, threading.get_ident()))

    task = kind(task)
    for _ in range(20):
        parallel(task, 7, 3)
        assert {(c, i) for c, i, _ in done} == {(7, 0), (7, 1), (7, 2)}
        assert len(done) == len({who for *_, who in done}) == 3
        done.clear()
    barrier = None
    parallel(task, 7, 1000)
    assert sorted(i for _, i, _ in done) == [*range(1000)]
    assert len({who for *_, who in done}) <= 3


@posix_only
def test_the_clock_of_windows_gives_nanoseconds_of_large_counts():
    assert noted(on_windows()[1]) == TICKS * 10**9 // RATE


def noted(engine):
    time = ctypes.c_int64()
    table = (ctypes.c_int64 * 2)(ctypes.addressof(time), 0)
    ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(engine.address("polyad_note"))(
        ctypes.addressof(table)
    )
    return time.value


def test_the_clock_of_this_system_is_pythons():
    engine = Engine(object_code_in_haste(str(Clock())))
    before = now()
    assert before <= noted(engine) <= now()
