"""Operating systems, a row for each: Linux, macOS, Windows.

All that polyad asks of an operating system stands here: how its threads are made and wait, the
clock, the C library, forks, files of libraries, the folder of the cache. Another system that has
POSIX is taken for Linux. No other file of polyad asks which system it runs on.

Machine code passes no complex number to a C function and gets none: the two parts are numbers of
their own, or in memory. So the rows have no word on how a system returns them.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import ctypes


class Call(NamedTuple):
    """A call of a C function by machine code. Its result is `void`, `i32` or `pointer`; an argument
    is a constant (`null`, `i32 -1`), or the name of a value that the caller has.
    """

    name: str
    result: str
    arguments: tuple[str, ...]


class Threads(NamedTuple):
    """Calls for threads, locks and conditions, each of at most 128 bytes. `create` has made a
    thread if it gives 0; or, of a result that is a pointer, the handle, if that is not null.
    """

    make_lock: Call
    lock: Call
    unlock: Call
    make_condition: Call
    wait: Call
    wake_one: Call
    wake_all: Call
    create: Call
    detach: Call

    @property
    def calls(self) -> tuple[Call, ...]:
        """All of them."""
        return tuple(self)


POSIX_THREADS = Threads(
    make_lock=Call("pthread_mutex_init", "i32", ("lock", "null")),
    lock=Call("pthread_mutex_lock", "i32", ("lock",)),
    unlock=Call("pthread_mutex_unlock", "i32", ("lock",)),
    make_condition=Call("pthread_cond_init", "i32", ("condition", "null")),
    wait=Call("pthread_cond_wait", "i32", ("condition", "lock")),
    wake_one=Call("pthread_cond_signal", "i32", ("condition",)),
    wake_all=Call("pthread_cond_broadcast", "i32", ("condition",)),
    create=Call("pthread_create", "i32", ("place", "null", "worker", "null")),
    detach=Call("pthread_detach", "i32", ("handle",)),
)
# Slim locks and condition variables: learn.microsoft.com/windows/win32/sync. -1 is no time limit.
WINDOWS_THREADS = Threads(
    make_lock=Call("InitializeSRWLock", "void", ("lock",)),
    lock=Call("AcquireSRWLockExclusive", "void", ("lock",)),
    unlock=Call("ReleaseSRWLockExclusive", "void", ("lock",)),
    make_condition=Call("InitializeConditionVariable", "void", ("condition",)),
    wait=Call("SleepConditionVariableSRW", "i32", ("condition", "lock", "i32 -1", "i32 0")),
    wake_one=Call("WakeConditionVariable", "void", ("condition",)),
    wake_all=Call("WakeAllConditionVariable", "void", ("condition",)),
    create=Call("CreateThread", "pointer", ("null", "i64 0", "worker", "null", "i32 0", "null")),
    detach=Call("CloseHandle", "i32", ("handle",)),
)


class System(NamedTuple):
    """A row. `name` is that of `sys.platform`; `format` the form of its object files."""

    name: str
    format: str
    threads: Threads
    clock: Call
    """It writes a time that only goes forward to `place`: seconds and nanoseconds, or ticks."""
    ticks: Call | None
    """Of a clock of ticks: it writes their number in a second to `place`."""
    library_of_c: str | None
    """The file of the C library; None if the process gives its functions by name."""
    libm: str | None
    """The name of the library of mathematics, for a process without it; None if C's has it."""
    given: tuple[tuple[str, str], ...]
    """Files of libraries, each with a function that machine code calls and LLVM does not find."""
    markers: tuple[str, ...]
    """Symbols that object files ask for, and that nothing reads."""
    aligned: str
    """The function with the arguments of `posix_memalign`, for memory that `free` takes; "" if
    there is none, and PyTorch's tensors are passed as arrays.
    """
    forks: bool
    """Whether a process can be forked, and Python calls functions then."""
    owners: bool
    """Whether files have an owner and a mode, by which a private folder is told."""
    symbol_prefix: str
    """It stands before the name of each C function in an object file."""
    exported: str
    """LLVM's word for a function that a shared library is to give."""
    compilers: tuple[str, ...]
    """The C compilers to look for, which link."""
    libraries: tuple[str, ...]
    """Their options for the libraries of an exported function."""
    suffix: str
    """Of the file of a shared library."""
    cache: tuple[str, str]
    """The variable with the folder of users' caches, and that folder where it is not set."""
    resident_unit: int
    """The bytes that `getrusage` counts memory in; 0 if there is no such function."""


LINUX = System(
    name="linux",
    format="ELF",
    threads=POSIX_THREADS,
    clock=Call("clock_gettime", "i32", ("i32 1", "place")),  # CLOCK_MONOTONIC
    ticks=None,
    library_of_c=None,
    libm="m",
    given=(),
    markers=(),
    aligned="posix_memalign",
    forks=True,
    owners=True,
    symbol_prefix="",
    exported="",
    compilers=("cc", "gcc", "clang"),
    libraries=("-lm",),
    suffix=".so",
    cache=("XDG_CACHE_HOME", "~/.cache"),
    resident_unit=1 << 10,
)
MACOS = LINUX._replace(
    name="darwin",
    format="Mach-O",
    clock=Call("clock_gettime", "i32", ("i32 6", "place")),  # CLOCK_MONOTONIC
    symbol_prefix="_",
    suffix=".dylib",
    cache=("XDG_CACHE_HOME", "~/Library/Caches"),
    resident_unit=1,
)
WINDOWS = System(
    name="win32",
    format="COFF",
    threads=WINDOWS_THREADS,
    clock=Call("QueryPerformanceCounter", "i32", ("place",)),
    ticks=Call("QueryPerformanceFrequency", "i32", ("place",)),
    library_of_c="ucrtbase.dll",
    libm=None,
    given=(
        *(("ucrtbase.dll", name) for name in ("malloc", "realloc", "free", "rintf")),
        # A function with a frame of more than a page calls __chkstk first, which touches each page.
        *(("ntdll.dll", name) for name in ("memcpy", "memmove", "memset", "__chkstk")),
        *(("kernel32.dll", call.name) for call in WINDOWS_THREADS.calls),
        ("kernel32.dll", "QueryPerformanceCounter"),
        ("kernel32.dll", "QueryPerformanceFrequency"),
    ),
    markers=("_fltused",),
    aligned="",
    forks=False,
    owners=False,
    symbol_prefix="",
    exported="dllexport",
    compilers=("clang", "gcc"),
    libraries=(),
    suffix=".dll",
    cache=("LOCALAPPDATA", "~/AppData/Local"),
    resident_unit=0,
)
SYSTEMS = {system.name: system for system in (LINUX, MACOS, WINDOWS)}
SYSTEM = SYSTEMS.get(sys.platform) or LINUX._replace(name=sys.platform)


def system_of(triple: str) -> System:
    """The system that LLVM's `triple` names; Linux for one that has no row."""
    if any(word in triple for word in ("windows", "win32", "mingw")):
        return WINDOWS
    return MACOS if any(word in triple for word in ("apple", "darwin", "macos")) else LINUX


def at_fork(**calls: Callable[[], Any]) -> None:
    """Register `before`, `after_in_parent` and `after_in_child`, where a process can be forked."""
    if SYSTEM.forks and hasattr(os, "register_at_fork"):
        os.register_at_fork(**calls)


def processors() -> int:
    """The number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@functools.cache
def c_library() -> ctypes.CDLL:
    """The library with C's functions."""
    import ctypes

    return ctypes.CDLL(SYSTEM.library_of_c)


def math_library(names: Collection[str]) -> ctypes.CDLL:
    """The library with the functions of mathematics `names`: C's, if the process is linked with
    them. The search for another starts a process.
    """
    import ctypes.util

    known = c_library()
    if SYSTEM.libm is None or all(hasattr(known, name) for name in names):
        return known
    return ctypes.CDLL(ctypes.util.find_library(SYSTEM.libm))


@functools.cache
def outside_functions() -> dict[str, int]:
    """The addresses of the functions of threads, and of the others, that LLVM has to be told."""
    import ctypes

    def address(library: ctypes.CDLL, name: str) -> int:
        found = ctypes.cast(getattr(library, name), ctypes.c_void_p).value
        assert found is not None
        return found

    given = {name: file for file, name in SYSTEM.given}
    names = [call.name for call in SYSTEM.threads.calls if call.name not in given]
    found = {name: address(c_library(), name) for name in names}
    found |= {name: address(ctypes.CDLL(file), name) for name, file in given.items()}
    return found | {name: ctypes.addressof(_read_by_nobody()) for name in SYSTEM.markers}


@functools.cache
def _read_by_nobody() -> ctypes.c_int64:
    import ctypes

    return ctypes.c_int64(0)


def resident() -> int:
    """The bytes of memory that this process has, or has had at most where that is not known; 0 on
    a system that does not say.
    """
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        pass
    if not SYSTEM.resident_unit:
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * SYSTEM.resident_unit
