"""Memory of large results is kept for the next ones; to who has the arrays nothing changes."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy._core.multiarray import get_handler_name

import polyad
from polyad import config
from polyad.errors import PolyadValueError
from polyad.lowering.linking.symbols import numpy_address, numpy_handler
from polyad.lowering.runtime import modules as runtime
from polyad.lowering.runtime.modules import LARGE
from polyad.lowering.runtime.results import MOST

X = np.arange(100_000.0)
twice = polyad.jit(lambda x: x + x, backend="native")
both = polyad.jit(lambda x: (x + x, x - 1), backend="native")


@pytest.fixture(autouse=True)
def nothing_kept():
    """Each test begins and ends with no memory kept, and with functions that were called."""
    for function in (twice, both):
        function(X), function(X)
    limit = config.kept_results
    config.update("kept_results", 0)
    config.update("kept_results", limit)
    assert kept() == 0
    yield
    config.update("kept_results", 0)
    config.update("kept_results", limit)


def kept() -> int:
    """How many bytes are kept."""
    return ctypes.c_int64.from_address(runtime.results().global_address("polyad_kept")).value


def address(array: np.ndarray) -> int:
    return array.ctypes.data


def test_memory_is_used_again():
    first = both(X)
    places = {address(a) for a in first}
    assert len(places) == 2
    del first
    assert kept() == 2 * X.nbytes
    again = both(X)
    assert {address(a) for a in again} == places
    assert kept() == 0
    np.testing.assert_array_equal(again[0], 2 * X)
    np.testing.assert_array_equal(again[1], X - 1)


def test_arrays_are_as_numpy_makes_them():
    y = twice(X)
    assert y.flags.owndata and y.flags.writeable and y.flags.aligned and y.base is None
    assert not np.shares_memory(y, twice(X))
    assert get_handler_name(y) == "polyad"
    assert get_handler_name(y.copy()) == get_handler_name(X) == get_handler_name(np.empty(10))


def test_small_results_are_left_to_the_c_library():
    for size, name in ((LARGE // 8 - 1, "default_allocator"), (LARGE // 8, "polyad")):
        x = np.ones(size)
        twice(x)
        assert get_handler_name(twice(x)) == name


def test_a_call_that_may_be_the_only_one_does_not_wait_for_the_code():
    once = polyad.jit(lambda x: x * x, backend="native")
    assert get_handler_name(once(X)) == "default_allocator"
    assert get_handler_name(once(X)) == get_handler_name(once(X)) == "polyad"


@pytest.mark.parametrize("size", [10, 50_000, 300_000])
def test_arrays_can_be_resized(size: int):
    y = twice(X)
    y.resize(size, refcheck=False)
    np.testing.assert_array_equal(y, np.resize(2 * X, size) if size < X.size else padded(size))
    del y
    np.testing.assert_array_equal(twice(X), 2 * X)


def padded(size: int) -> np.ndarray:
    """An array that `resize` makes longer ends with zeros."""
    return np.pad(2 * X, (0, size - X.size))


def test_no_more_is_kept_than_the_limit():
    with config(kept_results=2 * X.nbytes + 1):
        arrays = [twice(X) for _ in range(4)]
        newest = [address(a) for a in arrays[-2:]]
        while arrays:
            del arrays[0]
        assert kept() == 2 * X.nbytes
        assert address(twice(X)) in newest
        config.update("kept_results", X.nbytes)
        assert kept() <= X.nbytes
    with config(kept_results=0):
        y = twice(X)
        assert get_handler_name(y) == "default_allocator"


def test_the_table_is_finite():
    arrays = [twice(X) for _ in range(MOST + 6)]
    arrays.clear()
    assert kept() == MOST * X.nbytes


def test_an_array_that_was_made_before_the_limit_became_0():
    y = twice(X)
    with config(kept_results=0):
        del y
        assert kept() == 0


@pytest.mark.parametrize("value", [-1, 1.5, None, True, "1"])
def test_the_limit_is_a_number_of_bytes(value):
    with pytest.raises(PolyadValueError, match=r"config\.kept_results is a number of bytes"):
        config.update("kept_results", value)


def test_threads_get_memory_of_their_own():
    """Arrays made, read and dropped in several threads at once, of several sizes."""
    wrong: list[int] = []

    def work(seed: int) -> None:
        random = np.random.default_rng(seed)
        held: list[tuple[np.ndarray, np.ndarray]] = []
        for _ in range(60):
            x = np.full(int(random.integers(1, 4)) * 20_000, float(seed))
            held.append((x, twice(x)))
            if len(held) > 3:
                x, y = held.pop(int(random.integers(4)))
                if not np.array_equal(y, x + x):
                    wrong.append(seed)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
    assert not wrong, f"wrong sums in the threads with seeds {sorted(set(wrong))}"


def test_arrays_may_die_in_another_thread():
    held = [twice(X)]
    thread = threading.Thread(target=held.clear)
    thread.start()
    thread.join()
    assert kept() == X.nbytes


def test_tracemalloc_sees_them_as_ever():
    for _ in range(2):  # the second call makes its fast path
        twice(X)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        y = twice(X)
        made = tracemalloc.get_traced_memory()[0] - before
        del y
        left = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert X.nbytes <= made < X.nbytes + 10_000
    assert left < 10_000


def test_a_handler_of_the_users_is_used():
    set_handler = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(
        numpy_address("PyDataMem_SetHandler")
    )
    own = runtime.Handler.from_buffer_copy(runtime.Handler.from_address(numpy_handler()[1]))
    own.name = b"user's"
    new = ctypes.pythonapi.PyCapsule_New
    new.restype, new.argtypes = (
        ctypes.py_object,
        [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p],
    )
    before = set_handler(new(ctypes.addressof(own), runtime.MEM_HANDLER, None))
    try:
        y = twice(X)
    finally:
        set_handler(before)
    assert get_handler_name(y) == "user's"
    assert get_handler_name(twice(X)) == "polyad"
    np.testing.assert_array_equal(y, 2 * X)
    del y


def run(program: str) -> str:
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stderr == "" and done.returncode == 0, done
    return done.stdout


OUTLIVE = """
import builtins, sys
import numpy as np
import polyad

twice = polyad.jit(lambda x: x + x, backend="native")
twice(np.ones(100_000))
y = twice(np.ones(100_000))
builtins.kept = [y, twice(y)]
sys.modules["last"] = twice(y)
cycle = [twice(y)]
cycle.append(cycle)
print("done")
"""


def test_arrays_may_outlive_the_interpreters_modules():
    assert run(OUTLIVE) == "done\n"


FORK = """
import os
import numpy as np
import polyad

twice = polyad.jit(lambda x: x + x, backend="native")
x = np.arange(100_000.0)
twice(x)
y, z = twice(x), twice(x)
del z
child = os.fork()
assert np.array_equal(y, 2 * x)
del y
for _ in range(3):
    assert np.array_equal(twice(x), 2 * x)
if child:
    assert os.waitpid(child, 0)[1] == 0
    print("both")
"""


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="forks")
def test_memory_of_the_parent_serves_its_child():
    assert run(FORK) == "both\n"


NO_ROOM = """
import resource
import numpy as np
import polyad
from polyad import config

config.update("num_threads", 1)
config.update("kept_results", 0)
fill = polyad.jit(lambda v, n: polyad.numpy.full((n,), v), backend="native", static_argnums=1)
for size in (1 << 19, 5 << 19, 50 << 19):
    fill(1.0, size), fill(1.0, size)
config.update("kept_results", 100 << 20)
many = [fill(1.0, 1 << 19) for _ in range(6)]
many.clear()
with open("/proc/self/statm") as f:
    size = int(f.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + (8 << 20),) * 2)
assert fill(1.0, 5 << 19).sum() == 5 << 19
try:
    fill(1.0, 50 << 19)
except MemoryError:
    print("no room")
assert fill(1.0, 5 << 19).sum() == 5 << 19
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is limited as Linux does")
def test_kept_memory_makes_room():
    assert run(NO_ROOM) == "no room\n"
