"""Machine code of polyad's own, loaded once in a process: the pool of threads, the memory of large
results, products of real matrices, the switch of BLAS's threads.

Each is a module of LLVM IR, built by a file of its own. That file is imported only if the module's
object code is not in the cache, since the import takes longer than the loading.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import time
from collections.abc import Callable, Iterable

from polyad.config import config
from polyad.execution import recording
from polyad.system import at_fork

from ..linking import keys, symbols
from ..linking.engine import Engine, object_code_as_written, object_code_in_haste
from ..linking.object_cache import ObjectCache

Built = tuple[str, tuple[str, ...]]  # a module's text, and the outside names in it (`addresses`)

# The names of `int get(void)` and `void set(int)` in OpenBLAS (SciPy's, others), MKL and BLIS.
SWITCHES = (
    *(
        (f"{prefix}openblas_get_num_threads{suffix}", f"{prefix}openblas_set_num_threads{suffix}")
        for prefix in ("scipy_", "")
        for suffix in ("", "64_")
    ),
    ("MKL_Get_Max_Threads", "MKL_Set_Num_Threads"),
    ("bli_thread_get_num_threads", "bli_thread_set_num_threads"),
)
MOST_THREADS = 256
LARGE = 1 << 17  # bytes of a kept result, at least: the C library keeps smaller ones
MEM_HANDLER = b"mem_handler"  # the name of a capsule with a handler, by NEP 49


def loaded(name: str, build: Callable[[], Built], compile: Callable[[str], bytes]) -> Engine:
    """The module `name`. Its code is from the cache, or `compile` makes it of the text that
    `build()` gives. It must hold no address of this process.
    """
    stored = keys.cache()
    key = hashlib.sha256(f"{keys.environment()}\n{name}".encode()).hexdigest()
    engine = found(stored, key) if stored is not None else None
    if engine is not None:
        return engine
    with recording.phase(f"polyad's own code: {name}"):
        text, names = build()
        code = compile(text)
    if stored is not None:
        stored.put(key, keys.pack(names, code))
    return Engine(code, addresses(names))


def found(stored: ObjectCache, key: str) -> Engine | None:
    """The engine with the code that is stored under `key`; None where there is none that loads."""
    entry = stored.get(key)
    if entry is None:
        return None
    try:
        names, code = keys.unpack(entry)
        return Engine(code, addresses(names))
    except (LookupError, ValueError, TypeError, RuntimeError):
        return None


def addresses(names: Iterable[str]) -> dict[str, int]:
    """The addresses of outside functions and objects: a routine of BLAS (`blas.dgemm`) or LAPACK
    (`lapack.dgetrf`), a special function (`special.gamma`), a Python object (`object.ndarray`), a
    function of these modules (`pool.parallel`). Raises `LookupError` or `TypeError` for others.
    """
    return {name: address_of(name) for name in names}


@functools.cache
def address_of(name: str) -> int:
    library, _, entry = name.partition(".")
    return {**symbols.ADDRESSES, **OWN}[library](entry)


@functools.cache
def pool() -> Engine:
    """The pool. It follows `config.num_threads`, and begins anew after a fork."""

    def build() -> Built:
        from .pool import Pool

        return str(Pool()), ()

    engine = loaded("pool", build, object_code_in_haste)
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(engine))  # its threads outlive the interpreter
    threads = ctypes.c_int64.from_address(engine.global_address("polyad_threads"))
    _reset_now_and_in_children(engine, "polyad_reset")

    def set_threads(number: int) -> None:
        threads.value = min(number, MOST_THREADS)

    config.listen("num_threads", set_threads)
    return engine


@functools.cache
def programs(often: bool) -> Engine:
    """The code that runs compiled programs: compiled in haste for first calls, or better."""

    def build() -> Built:
        from .programs import Programs

        made = Programs()
        return str(made), tuple(made.outside)

    name, effort = ("programs", object_code_in_haste)
    if often:
        name, effort = ("programs, often", object_code_as_written)
    engine = loaded(name, build, effort)
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(engine))
    return engine


@functools.cache
def clock() -> Engine:
    """The code by which a program under the profiler notes the time."""

    def build() -> Built:
        from .clock import Clock

        return str(Clock()), ()

    return loaded("clock", build, object_code_in_haste)


@functools.cache
def products(dtype: str) -> Engine:
    """The products of matrices of a dtype, `float32` or `float64`."""

    def build() -> Built:
        from .gemm import module_text

        return module_text(dtype), ("pool.parallel",)

    return loaded(f"gemm {dtype}", build, object_code_as_written)


class Handler(ctypes.Structure):
    """NumPy's `PyDataMem_Handler`, version 1 (NEP 49)."""

    _fields_ = [
        ("name", ctypes.c_char * 127),
        ("version", ctypes.c_uint8),
        *((name, ctypes.c_void_p) for name in ("context", "malloc", "calloc", "realloc", "free")),
    ]


@functools.cache
def results() -> Engine:
    """The memory of large results. It follows `config.kept_results`, and uses NumPy's handler."""

    def build() -> Built:
        from .results import Results

        made = Results(LARGE)
        return str(made), tuple(made.outside)

    engine = loaded("results", build, object_code_in_haste)
    functions = (
        engine.address(f"polyad_{n}") for n in ("allocate", "clear", "reallocate", "release")
    )
    own = Handler(b"polyad", 1, None, *functions)
    new = ctypes.pythonapi.PyCapsule_New
    new.restype = ctypes.py_object
    new.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    capsule = new(ctypes.addressof(own), MEM_HANDLER, None)
    for kept in (engine, own, capsule):  # arrays may outlive the interpreter's modules
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(kept))
    numpys, address = symbols.numpy_handler()
    handler = Handler.from_address(address)
    known = {"default": numpys, "own": id(capsule)}
    known |= {name: getattr(handler, name) for name in ("context", "malloc", "free")}
    for name, value in known.items():
        ctypes.c_void_p.from_address(engine.global_address(f"polyad_{name}")).value = value
    limit = ctypes.c_int64.from_address(engine.global_address("polyad_limit"))
    trim = ctypes.CFUNCTYPE(ctypes.c_int)(engine.address("polyad_trim"))

    def set_limit(size: int) -> None:
        limit.value = size
        while not trim():
            time.sleep(0)

    config.listen("kept_results", set_limit)
    return engine


@functools.cache
def blas_threads() -> Engine:
    """The switch of BLAS's threads, with the addresses of SciPy's functions for that."""

    def build() -> Built:
        from .blas_threads import Switch

        return str(Switch()), ()

    engine = loaded("blas_threads", build, object_code_in_haste)
    for name, address in zip(("polyad_get", "polyad_set"), blas_switch(), strict=True):
        ctypes.c_void_p.from_address(engine.global_address(name)).value = address
    _reset_now_and_in_children(engine, "polyad_reset_blas")
    return engine


def blas_switch() -> tuple[int | None, int | None]:
    """The addresses of the functions that get and set BLAS's number of threads, or None, None."""
    library = ctypes.CDLL(symbols.extension("scipy.linalg", "cython_blas").__file__)
    for names in SWITCHES:
        if all(hasattr(library, name) for name in names):
            get, set = (ctypes.cast(getattr(library, n), ctypes.c_void_p).value for n in names)
            return get, set
    return None, None


def _reset_now_and_in_children(engine: Engine, name: str) -> None:
    """Call the function `name` of a module, now and in each forked child."""
    reset = ctypes.CFUNCTYPE(None)(engine.address(name))
    reset()
    at_fork(after_in_child=reset)


OWN: dict[str, Callable[[str], int]] = {
    "gemm": lambda dtype: products(dtype).address(f"polyad_gemm_{dtype}"),
    "pool": lambda name: pool().address(f"polyad_{name}"),
    "programs": lambda name: programs(often=False).address(f"polyad_{name}"),
    "often": lambda name: programs(often=True).address(f"polyad_{name}"),
    "clock": lambda name: clock().address(f"polyad_{name}"),
    "results": lambda name: results().address(f"polyad_{name}"),
    "blas_threads": lambda name: blas_threads().address(f"polyad_{name}"),
}
