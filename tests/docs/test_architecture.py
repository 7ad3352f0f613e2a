"""docs/architecture.md: its table of passes is the pipeline, and the paths that it names exist."""

from __future__ import annotations

import re
from pathlib import Path

from polyad.lowering.pipeline import PASSES

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "architecture.md").read_text("utf-8")


def test_the_table_of_passes_is_the_pipeline():
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)/(\w+)` \|", TEXT, re.MULTILINE)
    modules = [step.__module__.removeprefix("polyad.lowering.") for _, step in PASSES]
    assert [(stage, f"{room}.{file}") for stage, room, file in rows] == [
        (stage, module) for (stage, _), module in zip(PASSES, modules, strict=True)
    ]


def test_each_pass_is_named_after_its_file():
    assert all(step.__module__.endswith(f".{step.__name__}") for _, step in PASSES)


def test_paths_exist():
    folders = [ROOT, ROOT / "lowering", ROOT / "polyad"]
    for path in set(re.findall(r"`([\w./]+/[\w./]*)`", TEXT)):
        found = [f for f in folders for end in ("", ".py") if (f / f"{path}{end}").exists()]
        assert found, f"docs/architecture.md names {path}, which does not exist"
