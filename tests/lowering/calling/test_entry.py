"""The entry point: arguments that it takes, prepares, or refuses."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import timeit

import numpy as np
import pytest

import polyad
from polyad.api.calls import settings
from polyad.caches import remembered
from polyad.errors import BackendNotFoundError, PolyadTypeError, ShapeError
from polyad.lowering import availability
from polyad.lowering.backend import native
from polyad.lowering.llvm.workspace import ON_STACK


@pytest.fixture
def double(make):
    function = make(["f64[3,4]", "f64[]"], lambda e, x, s: (e("add", x, x), e("multiply", s, s)))
    return native().compile(function)


X = np.arange(12.0).reshape(3, 4)


def read_only():
    x = X.copy()
    x.flags.writeable = False
    return x


GOOD = {
    "contiguous": X,
    "read-only": read_only(),
    "strided": np.repeat(X, 2, axis=1)[:, ::2],
    "Fortran": np.asfortranarray(X),
    "negative strides": X[::-1, ::-1].copy()[::-1, ::-1],
    "unaligned": np.frombuffer(b"\0" + X.tobytes(), np.uint8)[1:].view("f8").reshape(3, 4),
}
PREPARED = {
    "foreign-endian": X.astype(">f8"),
    "subclass": X.view(np.matrix),
    "list": X.tolist(),
}


@pytest.mark.parametrize("x", GOOD.values(), ids=GOOD)
def test_taken_as_it_is(double, x):
    y, z = double.entry(x, 3.0)
    np.testing.assert_array_equal(y, 2 * X)
    assert type(y) is np.ndarray
    assert type(z) is np.float64
    assert z == 9.0


@pytest.mark.parametrize("x", PREPARED.values(), ids=PREPARED)
def test_prepared(double, x):
    assert double.entry(x, 3.0) is NotImplemented
    y, _ = double(x, 3.0)
    np.testing.assert_array_equal(y, 2 * X)


@pytest.mark.parametrize(
    "scalar", [3.0, np.float64(3), np.array(3.0)], ids=["Python", "NumPy", "0-d"]
)
def test_scalars_go_the_fast_way(double, scalar):
    assert double.entry(X, scalar)[1] == 9.0


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((X,), PolyadTypeError, "compiled for 2 arrays, not 1"),
        ((X, 1.0, 1.0), PolyadTypeError, "compiled for 2 arrays, not 3"),
        (
            (X.T, 1.0),
            ShapeError,
            r"argument 0 of main has shape \(4, 3\); it was compiled for f64\[3,4\]",
        ),
        ((X.astype("f4"), 1.0), PolyadTypeError, "argument 0 of main has dtype float32"),
        ((X, 1), PolyadTypeError, "argument 1 of main has dtype int64"),
    ],
)
def test_refused(double, arguments, error, message):
    assert double.entry(*arguments) is NotImplemented
    with pytest.raises(error, match=message):
        double(*arguments)


def test_zero_size(make):
    function = make(
        ["f64[0,3]"], lambda e, x: (e("exp", x), e("sum", x, axes=(0,)), e("sum", x, axes=(0, 1)))
    )
    y, s, t = native().compile(function)(np.empty((0, 3)))
    assert y.shape == (0, 3)
    np.testing.assert_array_equal(s, np.zeros(3))
    assert t == 0.0


def test_every_dtype_as_scalar_and_array(make):
    for short, dtype in {
        "bool": "?",
        "i8": "i1",
        "u16": "u2",
        "i32": "i4",
        "u64": "u8",
        "f32": "f4",
        "c64": "c8",
        "c128": "c16",
    }.items():
        function = make([f"{short}[]", f"{short}[2]"], lambda e, s, x: (s, x))
        for scalar in (np.array(1, dtype)[()], np.array(1, dtype)):
            s, x = native().compile(function).entry(scalar, np.ones(2, dtype))
            assert (s, s.dtype, x.dtype) == (1, np.dtype(dtype), np.dtype(dtype))


def test_results_are_fresh(make):
    compiled = native().compile(
        make(["f64[3]"], lambda e, x: (x, x, e("reshape", x, shape=(3, 1))))
    )
    x = np.ones(3)
    results = compiled(x)
    for i, result in enumerate(results):
        assert not np.shares_memory(result, x)
        assert not any(np.shares_memory(result, other) for other in results[i + 1 :])


def test_arguments_may_overlap(make):
    x = np.arange(6.0)
    compiled = native().compile(make(["f64[5]", "f64[5]"], lambda e, a, b: e("subtract", a, b)))
    np.testing.assert_array_equal(compiled(x[1:], x[:-1])[0], np.ones(5))


def test_no_arguments(make):
    compiled = native().compile(
        make([], lambda e: e("full", value="-0.0", shape=(2,), dtype="f64"))
    )
    assert np.signbit(compiled()[0]).all()


def test_references_are_balanced(double):
    x = X.copy()
    before = sys.getrefcount(x), sys.getrefcount(NotImplemented)
    for _ in range(100):
        double.entry(x, 1.0)
        double.entry(x.T, 1.0)
    y, _ = double.entry(x, 1.0)
    assert sys.getrefcount(x) == before[0]
    assert abs(sys.getrefcount(NotImplemented) - before[1]) < 10
    assert sys.getrefcount(y) == 2


def test_entry_outlives_its_maker(make):
    entry = (
        native()
        .compile(make(["f64[2]"], lambda e, x: e("sort", e("exp", x), axis=0, descending=False)))
        .entry
    )
    gc.collect()
    np.testing.assert_array_equal(entry(np.zeros(2))[0], np.ones(2))


def test_threads_share_a_compiled_function(make):
    """Large enough for a workspace off the stack, and for other threads to run meanwhile."""

    def program(e, x):
        y = e("exp", x)
        return e("divide", y, e("broadcast_to", e("sum", y, axes=(0,)), shape=(50000,)))

    compiled = native().compile(make(["f64[50000]"], program))
    assert compiled.plan[0].memory > ON_STACK
    failures = []

    def run(seed):
        x = np.random.default_rng(seed).standard_normal(50000)
        wanted = np.exp(x) / np.exp(x).sum()
        for _ in range(20):
            if not np.allclose(compiled(x)[0], wanted, rtol=1e-12):
                failures.append(seed)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, f"wrong results in the threads with seeds {sorted(set(failures))}"


def test_a_call_is_cheap(make):
    compiled = native().compile(make(["f64[5]", "f64[5]"], lambda e, x, y: e("add", x, y)))
    x = np.ones(5)
    seconds = min(timeit.repeat(lambda: compiled.entry(x, x), number=2000, repeat=20)) / 2000
    assert seconds < 1e-6


def test_an_unknown_object_layout_is_refused(make, monkeypatch):
    monkeypatch.setattr("polyad.lowering.availability.objects_are_plain", lambda: False)
    assert not native().is_available()
    with pytest.raises(BackendNotFoundError, match="lays out its objects"):
        native().compile(make(["f64[2]"], lambda e, x: x))


@pytest.mark.parametrize("library", ["llvmlite", "scipy"])
def test_a_library_that_is_too_old_is_refused(make, monkeypatch, library):
    monkeypatch.setattr("importlib.metadata.version", lambda name: "0.40.1rc1")
    availability.installed_version.cache_clear()
    if library == "scipy":
        monkeypatch.setitem(availability.NEEDED, "llvmlite", (0, 1))
    try:
        with pytest.raises(BackendNotFoundError) as caught:
            native().compile(make(["f64[2]"], lambda e, x: x))
        needed = {"llvmlite": "llvmlite 0.45", "scipy": "scipy 1.15"}[library]
        assert f"is too old: {needed} or newer, not 0.40; `pip install" in str(caught.value)
        f = polyad.jit(lambda x: x + 1)
        monkeypatch.setattr(settings, "warn_once", remembered(settings.warn_once.__wrapped__))
        with pytest.warns(RuntimeWarning, match="jit compiles nothing, and runs op by op instead"):
            assert f(np.ones(2)).tolist() == [2, 2]
    finally:
        availability.installed_version.cache_clear()


def test_without_llvmlite_the_error_names_the_remedy():
    program = """
import sys
sys.modules["llvmlite"] = None
import polyad.ops
import polyad.lowering.backend as backend
from polyad.errors import BackendNotFoundError
from polyad.ir import parse
assert not backend.native().is_available()
try:
    backend.native().compile(parse("function @f(%x: f64[]) -> (f64[]) { return %x }"))
except BackendNotFoundError as error:
    assert "not installed: llvmlite 0.45 or newer; `pip install --upgrade llvmlite`" in str(error)
else:
    raise AssertionError("compiled without llvmlite")
"""
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize(("size", "marked"), [(8, False), (4096, True)])
def test_only_short_loops_are_unrolled(size, marked, make):
    function = make([f"f64[{size}]"], lambda e, x: e("multiply", x, x))
    compiled = native().compile(function)
    (result,) = compiled(np.arange(float(size)))
    assert np.array_equal(result, np.arange(float(size)) ** 2)
    assert ("llvm.loop.unroll.disable" in compiled.stages()["llvm"]) is marked
    assert not marked or " x double>" in compiled.llvm_ir()
