"""Every allocation of a compiled call fails in turn: a MemoryError or the right result, and after
it all is as before. The allocations are those of machine code (malloc), of NumPy (the memory of
arrays, by NEP 49's handler) and of Python (objects).
"""

from __future__ import annotations

import subprocess
import sys

import pytest

ALLOCATORS = """
@count = global i64 0
@failing = global i64 0

declare ptr @malloc(i64)
declare ptr @calloc(i64, i64)
declare ptr @realloc(ptr, i64)
declare void @free(ptr)

define private i1 @fails() {
  %before = load i64, ptr @count
  %now = add i64 %before, 1
  store i64 %now, ptr @count
  %which = load i64, ptr @failing
  %answer = icmp eq i64 %now, %which
  ret i1 %answer
}
"""
ALLOCATORS += "".join(
    f"""
define ptr @{name}({parameters}) {{
  %fails = call i1 @fails()
  br i1 %fails, label %no, label %yes
no:
  ret ptr null
yes:
  %block = call ptr @{function}({arguments})
  ret ptr %block
}}
"""
    for name, function, parameters, arguments in [
        ("plain", "malloc", "i64 %n", "i64 %n"),
        ("new", "malloc", "ptr %_, i64 %n", "i64 %n"),
        ("cleared", "calloc", "ptr %_, i64 %n, i64 %m", "i64 %n, i64 %m"),
        ("grown", "realloc", "ptr %_, ptr %p, i64 %n", "ptr %p, i64 %n"),
    ]
)
ALLOCATORS += """
define void @given_back(ptr %_, ptr %p, i64 %n) {
  call void @free(ptr %p)
  ret void
}
"""
PROGRAMS = """
import os
import numpy as np
import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.lowering.linking.symbols import numpy_address

polyad.config.update("cache_dir", None)
rng = np.random.default_rng(0)
A, v = rng.random((40, 40)) + 40 * np.eye(40), rng.random(400)
PROGRAMS = {
    "product": (lambda a: (a @ a @ a, a[0]), A),
    "solve": (polyad.grad(lambda a: pnp.sum(pnp.linalg.solve(a, a[0]))), A),
    "eigenvalues": (lambda a: pnp.linalg.eigh(a + a.T), A),
    "singular": (lambda a: pnp.linalg.svd(a)[1], A),
    "sort": (polyad.grad(lambda v: pnp.sum(pnp.sort(v)[:5] ** 2)), v),
    "large": (lambda v: {"a": pnp.sin(v[:, None] * v), "b": (v + 1, v[0])}, v),
    "scan": (lambda v: lax.scan(lambda c, x: (pnp.sin(c) * x, c[0]), v, v), v),
    "while": (
        polyad.grad(
            lambda v: pnp.sum(
                lax.while_loop(
                    lambda c: c[0] < 500, lambda c: (c[0] + 1, pnp.sin(c[1]) * v), (0, v)
                )[1]
            )
        ),
        v,
    ),
}

def same(x, y):
    pairs = zip(polyad.tree.leaves(x), polyad.tree.leaves(y), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)
"""
INJECTION = """
import ctypes
import llvmlite.binding as llvm

llvm.initialize_native_target()
llvm.initialize_native_asmprinter()
engine = llvm.create_mcjit_compiler(
    llvm.parse_assembly(ALLOCATORS), llvm.Target.from_default_triple().create_target_machine()
)
count, failing = (
    ctypes.c_int64.from_address(engine.get_global_value_address(n)) for n in ("count", "failing")
)
llvm.add_symbol("malloc", engine.get_function_address("plain"))

class Handler(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char * 127), ("version", ctypes.c_uint8)] + [
        (n, ctypes.c_void_p) for n in ("context", "new", "cleared", "grown", "given_back")
    ]

addresses = [engine.get_function_address(n) for n, _ in Handler._fields_[3:]]
handler = Handler(b"failing", 1, None, *addresses)
capsule_of = ctypes.pythonapi.PyCapsule_New
capsule_of.restype = ctypes.py_object
capsule_of.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
capsule = capsule_of(ctypes.addressof(handler), b"mem_handler", None)
set_handler = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(
    numpy_address("PyDataMem_SetHandler")
)
set_handler(capsule)
"""
MEMORY = """
failures = 0
for name, (f, x) in PROGRAMS.items():
    run = polyad.jit(f, backend="native")
    expected = run(x)
    run(x)
    count.value = 0
    result = run(x)
    total = count.value
    assert total > 0 and same(result, expected), name
    for k in range(1, total + 1):
        count.value, failing.value = 0, k
        try:
            result = run(x)
        except MemoryError:
            failures += 1
        finally:
            failing.value = 0
        assert same(result, expected), (name, k)
        assert same(run(x), expected), (name, k)
assert failures > 10, failures
print("as before", flush=True)
os._exit(0)  # arrays may still need the allocators
"""
OBJECTS = """
import _testcapi
for name, (f, x) in PROGRAMS.items():
    run = polyad.jit(f, backend="native")
    expected = run(x)
    run(x)
    for k in range(40):
        result = None
        _testcapi.set_nomemory(k, k + 1)
        try:
            try:
                result = run(x)
            finally:
                _testcapi.remove_mem_hooks()
        except MemoryError:
            pass
        else:
            assert same(result, expected), (name, k)
        assert same(run(x), expected), (name, k)
print("as before", flush=True)
os._exit(0)  # arrays may still need the allocators
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="replaces functions of Linux' C")
@pytest.mark.parametrize("kind", ["MEMORY", "OBJECTS"])
def test_every_allocation_fails_in_turn(kind: str):
    if kind == "OBJECTS":
        pytest.importorskip("_testcapi")
    allocators = f"ALLOCATORS = {ALLOCATORS!r}"
    source = PROGRAMS + (allocators + INJECTION + MEMORY if kind == "MEMORY" else OBJECTS)
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("as before\n", 0), done.stderr
