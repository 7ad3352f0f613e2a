"""Operating systems: one file knows them, and object files for each ask for what it exports."""

import ast
import functools
import os
import platform
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax, lowering, system
from polyad.backends import plan
from polyad.lowering.calling import tensor_library
from polyad.lowering.calling.entry import Entry
from polyad.lowering.linking import object_cache, symbols
from polyad.lowering.linking.target import Machine
from polyad.lowering.runtime.blas_threads import Switch
from polyad.lowering.runtime.clock import Clock
from polyad.lowering.runtime.gemm import module_text
from polyad.lowering.runtime.pool import Pool
from polyad.lowering.runtime.programs import Programs
from polyad.lowering.runtime.results import Results
from polyad.system import SYSTEMS, WINDOWS, system_of

from .c_libraries import EXPORTS
from .object_files import undefined

settings = sys.modules["polyad.config"]
TRIPLES = (
    "x86_64-pc-windows-msvc",
    "arm64-apple-macosx",
    "x86_64-apple-macosx",
    "aarch64-unknown-linux-gnu",
)

# -- One file

ROOTS = [Path(module.__file__).parent for module in (polyad, lowering, plan)]
ASKED = {
    *("sys.platform", "os.name", "os.uname", "os.fork", "os.sysconf", "os.register_at_fork"),
    *("os.sched_getaffinity", "platform.system", "resource.getrusage", "ctypes.util.find_library"),
    *("ctypes.windll", "ctypes.WinDLL", "ctypes.cdll"),
}
FUNCTIONS = re.compile(
    "|".join(
        (r"pthread_\w+", "posix_memalign", "clock_gettime", r"\w*chkstk\w*", "_fltused")
        + tuple(call.name for call in WINDOWS.threads.calls)
    )
)


IMPORTS = r"from (os|sys|platform|ctypes|ctypes\.util) import"
WORDS = re.compile("|".join((r"CDLL\(", IMPORTS, FUNCTIONS.pattern, *map(re.escape, ASKED))))


def questions(source):
    """What a source asks of the system: attributes, names of functions, the process as a library.
    Docstrings do not count.
    """
    for node in ast.walk(ast.parse(source)) if WORDS.search(source) else ():
        text = ast.unparse(node) if isinstance(node, ast.Attribute | ast.Call) else ""
        if text in ASKED or text == "ctypes.CDLL(None)":
            yield text
        if isinstance(node, ast.ImportFrom) and node.module in {
            name.rpartition(".")[0] for name in ASKED
        }:
            yield from (
                f"{node.module}.{a.name}" for a in node.names if f"{node.module}.{a.name}" in ASKED
            )
        if isinstance(node, ast.Constant) and FUNCTIONS.fullmatch(str(node.value)):
            yield node.value


def test_one_file_knows_the_systems():
    own = Path(system.__file__)
    files = {file for root in ROOTS for file in root.rglob("*.py")} - {own}
    assert len(files) > 400
    found = {str(f): asked for f in files if (asked := [*questions(f.read_text("utf-8"))])}
    assert not found
    assert {"sys.platform", "os.register_at_fork", "pthread_create"} <= {
        *questions(own.read_text("utf-8"))
    }


@pytest.mark.parametrize(
    "source",
    [
        "import sys\nif sys.platform == 'win32': pass",
        "from sys import platform",
        "from ctypes.util import find_library",
        "import ctypes\nctypes.CDLL(None).free",
        "b.extern('pthread_mutex_lock', I32, mutex)",
        "import os\nif hasattr(os, 'x'): os.register_at_fork(before=f)",
    ],
)
def test_a_question_is_found(source):
    assert [*questions(source)] and not [*questions(f'"""{source[-20:]!r}"""')]


@pytest.mark.parametrize(
    ("triple", "name"),
    [
        *zip(TRIPLES, ("win32", "darwin", "darwin", "linux"), strict=True),
        ("x86_64-w64-mingw32", "win32"),
        ("arm64-apple-darwin", "darwin"),
        ("riscv64-linux-gnu", "linux"),
        ("wasm32", "linux"),
    ],
)
def test_the_system_of_a_triple(triple, name):
    assert system_of(triple) is SYSTEMS[name]


# -- What object files ask for


def kernels():
    x, z = np.ones((50, 60)), np.ones(50) * (1 + 2j)
    many = lambda x: pnp.power(x, x) + pnp.fmod(x, x) + pnp.hypot(x, x) + pnp.arctan2(x, x)
    step = lambda c, row: (pnp.tanh(c + row), c.sum())
    return {
        "product": (lambda x: x @ x.T @ x, x),
        "sin": (lambda x: pnp.sin(x) * pnp.cos(x) + pnp.exp(x), x),
        "complex": (lambda z: pnp.exp(z) * pnp.sin(z) / pnp.sqrt(z), z),
        "scan": (lambda x: lax.scan(step, x[0], x), x),
        "gradient": (polyad.grad(lambda x: pnp.sum(pnp.tanh(x @ x.T) ** 2)), x),
        "sort": (lambda x: pnp.sort(x, axis=0), x),
        "sums": (lambda x: pnp.cumsum(x, axis=0), x),
        "many": (many, x),
        "float32": (many, x.astype("float32")),
    }


def needed(row, triple, data):
    """The symbols that an object file for `triple` asks for, as C names them."""
    format, found = undefined(data)
    assert format == row.format
    assert all(name.startswith(row.symbol_prefix) for name in found)
    return {name.removeprefix(row.symbol_prefix) for name in found}


EXPORTED = ("product", "sin", "scan", "many")


@pytest.mark.parametrize("triple", TRIPLES)
def test_an_exported_function_asks_for_what_the_system_has(triple, tmp_path):
    check_exported(triple, tmp_path, EXPORTED)


@pytest.mark.full
@pytest.mark.parametrize("triple", TRIPLES)
def test_all_exported_functions_ask_for_what_the_system_has(triple, tmp_path):
    check_exported(triple, tmp_path, kernels())


def check_exported(triple, folder, names):
    row, table = system_of(triple), kernels()
    found = set()
    for name in names:
        function, x = table[name]
        files = polyad.jit(function).lower(x).export("f", folder, target=triple)
        data = files.object.read_bytes()
        assert (b"/EXPORT:f" in data) == (row is WINDOWS)  # for the linker, in .drectve
        found |= needed(row, triple, data)
    assert {"malloc", "sin", "fmod"} <= found <= EXPORTS[row.name]


@functools.cache
def own_modules(name, machine):
    """The modules of a process of that system, beside kernels."""
    row = SYSTEMS[name]
    texts = (Pool(row.threads, machine), Switch(row.threads), Clock(row), Programs(), Entry())
    return (*map(str, texts), str(Results(1 << 17)), module_text("float64"))


@pytest.mark.parametrize("triple", TRIPLES)
def test_a_process_knows_all_that_its_code_asks_for(triple):
    """Of the C library, Python and polyad; on Windows LLVM is told every name."""
    row, machine = system_of(triple), Machine(triple, None)
    texts = own_modules(row.name, triple.partition("-")[0])
    found = set().union(*(needed(row, triple, machine.emit_object(text)) for text in texts))
    c = {name for name in found if not name.startswith(("polyad.", "Py"))}
    assert {call.name for call in (*row.threads.calls, row.clock)} <= c <= EXPORTS[row.name]
    assert {name for name in found if name.startswith("Py")} <= set(symbols.PYTHON)
    if row is WINDOWS:
        assert "__chkstk" in c  # so a large frame is in the test
        assert c <= told(row)


def told(row):
    return {*(name for _, name in row.given), *row.markers, *symbols.LIBM}


@pytest.mark.full
@pytest.mark.parametrize("triple", TRIPLES)
def test_kernels_of_a_process_ask_for_what_it_knows(triple):
    row, machine = system_of(triple), Machine(triple, None)
    for function, x in kernels().values():
        text = polyad.jit(function).lower(x).llvm_ir()
        found = needed(row, triple, machine.emit_object(text))
        c = {name for name in found if not name.startswith(("polyad.", "Py"))}
        assert c <= EXPORTS[row.name]
        assert row is not WINDOWS or c <= told(row)


def test_no_complex_number_is_passed_to_c_or_from_it():
    """Systems differ in how they pass one; its parts are numbers of their own."""
    texts = [*own_modules("linux", platform.machine())]
    for function, x in kernels().values():
        texts.append(polyad.jit(function).lower(x).llvm_ir())
    declared = [line for text in texts for line in text.splitlines() if line.startswith("declare")]
    of_c = [line for line in declared if "@llvm." not in line and '@"llvm.' not in line]
    assert len(of_c) > 20
    assert not [line for line in of_c if "{" in line or "<" in line]


# -- What Windows lacks


def test_a_system_without_forks_owners_and_aligned_memory_goes_without(monkeypatch, tmp_path):
    torch = pytest.importorskip("torch")

    def refused(**calls):
        raise AssertionError

    monkeypatch.setattr(os, "register_at_fork", refused, raising=False)
    for module in (system, object_cache, tensor_library, settings):
        monkeypatch.setattr(module, "SYSTEM", WINDOWS)
    system.at_fork(before=refused)
    tmp_path.chmod(0o777)
    assert object_cache.ObjectCache(tmp_path, 1 << 20)._is_private()
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert settings._user_cache() == str(tmp_path / "polyad")
    assert tensor_library.tensor_library.__wrapped__(torch, torch.float32) is None


def test_memory_that_nobody_tells_is_zero(monkeypatch):
    monkeypatch.setattr("builtins.open", lambda *_, **__: (_ for _ in ()).throw(OSError()))
    monkeypatch.setattr(system, "SYSTEM", WINDOWS)
    assert system.resident() == 0
