"""The forms of `forms.py` run, and pyright sees their types too, where it is installed."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BESIDE = str(Path(sys.executable).parent)
CHECKER = shutil.which("basedpyright", path=BESIDE) or shutil.which("pyright")


def test_the_forms_run() -> None:
    made = runpy.run_path(str(HERE / "forms.py"))
    assert callable(made["jitted"])


@pytest.mark.skipif(CHECKER is None, reason="there is no pyright")
def test_pyright_sees_the_types_and_refuses_each_wrong_call(tmp_path: Path) -> None:
    assert CHECKER is not None
    text = (HERE / "wrong_calls.py").read_text("utf-8")
    wrong = {n for n, line in enumerate(text.splitlines(), 1) if "# type: ignore" in line}
    bare = tmp_path / "wrong_calls.py"
    bare.write_text(re.sub(r"  # type: ignore.*", "", text), "utf-8")
    command = [CHECKER, "--outputjson", "--pythonpath", sys.executable]
    done = subprocess.run(
        [*command, str(HERE / "forms.py"), str(bare)], capture_output=True, text=True, check=False
    )
    found = json.loads(done.stdout)["generalDiagnostics"]
    errors = [d for d in found if d["severity"] == "error"]
    lines = {d["range"]["start"]["line"] + 1 for d in errors if Path(d["file"]).name == bare.name}
    assert lines == wrong
    assert [d for d in errors if Path(d["file"]).name == "forms.py"] == []
