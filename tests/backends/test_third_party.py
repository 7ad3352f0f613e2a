"""The backends of docs/writing_a_backend.md, installed as distributions of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "writing_a_backend.md"
OPS = ("sin", "multiply", "sum", "where", "take", "scatter", "pad", "dot_general", "solve", "sort")


def blocks(text: str, language: str) -> list[str]:
    """The blocks of the page in that language."""
    return [part.partition("```")[0] for part in text.split(f"```{language}\n")[1:]]


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> dict[str, str]:
    """The environment of a process that has the page's backends."""
    text, folder = PAGE.read_text(encoding="utf-8"), tmp_path_factory.mktemp("site")
    arrays, compiler = blocks(text, "python")
    group, entry = blocks(text, "toml")[0].strip().split("\n")
    assert group == '[project.entry-points."polyad.backends"]'
    assert '`source = "polyad_source:backend"`' in text
    install(folder, "polyad_tally", arrays, entry.replace('"', ""))
    install(folder, "polyad_source", compiler, "source = polyad_source:backend")
    return {**os.environ, "PYTHONPATH": str(folder)}


def install(folder: Path, module: str, source: str, entry: str) -> None:
    """Write a module into `folder` as a distribution with that entry point."""
    (folder / f"{module}.py").write_text(source)
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir()
    metadata = f"Metadata-Version: 2.1\nName: {module.replace('_', '-')}\nVersion: 1.0\n"
    (info / "METADATA").write_text(metadata)
    (info / "entry_points.txt").write_text(f"[polyad.backends]\n{entry}\n")


def python(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_it_is_found_and_its_arrays_stay_its_own(installed):
    code = (
        "import polyad, polyad.numpy as pnp\n"
        "from polyad_tally import Tally\n"
        "found = polyad.grad(lambda x: pnp.sum(pnp.sin(x) * x))(Tally([1.0, 2.0]))\n"
        "print(type(found).__name__, found.data.round(3), Tally.written > 0)\n"
        "with polyad.use_backend('tally'):\n"
        "    print(type(pnp.zeros(3)).__name__)"
    )
    run = python(installed, "-c", code)
    assert run.stdout == "Tally [1.382 0.077] True\nTally\n", run.stderr


def test_the_conformance_command_runs_on_it(installed):
    ops = [part for op in OPS for part in ("--op", op)]
    run = python(
        installed, *("-m", "polyad", "conformance", "--backend", "tally", "--jobs", "1"), *ops
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "holds" in run.stdout and "fails" not in run.stdout


COMPILED = """
import numpy as np, polyad, polyad.numpy as pnp
from polyad import errors
x = np.array([0.5, -1.0])
loss = lambda x: pnp.sum(pnp.sin(x) * x)
f = polyad.jit(polyad.grad(loss), backend="source")
for _ in range(3):
    assert np.allclose(f(x), polyad.grad(loss)(x))
assert np.allclose(f(x[:1]), polyad.grad(loss)(x[:1]))
loop = lambda x: polyad.lax.fori_loop(0, 3, lambda i, c: c * x, 1.0)
assert np.isclose(polyad.jit(polyad.grad(loop), backend="source")(2.0), 12.0)
lowered = polyad.jit(lambda x: pnp.sin(x) * x, backend="source").lower(x)
print(list(lowered.stages()), lowered.explain())
print(lowered.stages()["python"])
print(lowered.compile()(x)[0].round(3))
try:
    lowered.llvm_ir()
except errors.BackendNotFoundError as error:
    print(error)
"""


def test_a_compiler_is_a_backend_that_returns_compiled_functions(installed):
    run = python(installed, "-c", COMPILED)
    assert run.stdout == (
        "['array', 'python'] lambda: 2 lines of Python\n"
        "def run(v0, ):\n"
        "    v1, = sin_0(v0, )\n"
        "    v2, = multiply_1(v1, v0, )\n"
        "    return v2, \n"
        "0.24\n"
        "backend 'source' makes no machine code; use backend='native'\n"
    ), run.stderr


FAST = """
import sys, numpy as np, polyad, polyad.numpy as pnp
f = polyad.jit(lambda x: pnp.sin(x) * x, backend="source")
x = np.ones(3)
f(x), f(x)
called = set()
sys.setprofile(lambda frame, event, arg: called.add(frame.f_code.co_name))
f(x)
sys.setprofile(None)
print("_call" in called, "run" in called)
with polyad.config(default_float="float32"):  # other settings: the fast path is passed by
    print(f(x)[0].round(3), f(np.ones((2, 2))).shape)
"""


def test_the_caller_of_a_compiler_is_the_fast_path(installed):
    run = python(installed, "-c", FAST)
    assert run.stdout == "False True\n0.841 (2, 2)\n", run.stderr
