"""The backend of docs/writing_a_backend.md, installed as a distribution of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "writing_a_backend.md"
OPS = ("sin", "multiply", "sum", "where", "take", "scatter", "pad", "dot_general", "solve", "sort")


def block(text: str, language: str) -> str:
    """The first block of the page in that language."""
    return text.partition(f"```{language}\n")[2].partition("```")[0]


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> dict[str, str]:
    """The environment of a process that has the page's backend."""
    text, folder = PAGE.read_text(encoding="utf-8"), tmp_path_factory.mktemp("site")
    (folder / "polyad_tally.py").write_text(block(text, "python"))
    info = folder / "polyad_tally-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: polyad-tally\nVersion: 1.0\n")
    group, entry = block(text, "toml").strip().split("\n")
    assert group == '[project.entry-points."polyad.backends"]'
    lines = f"[polyad.backends]\n{entry}\n".replace('"', "")
    (info / "entry_points.txt").write_text(lines)
    return {**os.environ, "PYTHONPATH": str(folder)}


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
