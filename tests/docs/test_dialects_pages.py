"""docs/dialects.md and docs/passes.md are what docs/dialects.py writes, and leave nothing out."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from polyad.ir import Definition, parse, verify
from polyad.lowering.pipeline import PASSES
from polyad.passes import pipeline

DOCS = Path(__file__).parents[2] / "docs"
SPEC = importlib.util.spec_from_file_location("dialects_pages", DOCS / "dialects.py")
assert SPEC is not None and SPEC.loader is not None
script = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(script)
OPS, STEPS = ((DOCS / f"{name}.md").read_text("utf-8") for name in ("dialects", "passes"))


@pytest.mark.parametrize(("stored", "page"), [(OPS, "dialects_page"), (STEPS, "passes_page")])
def test_the_pages_are_up_to_date(stored: str, page: str) -> None:
    # In a process of its own: other tests define ops of theirs.
    text = f"import runpy; print(runpy.run_path({str(DOCS / 'dialects.py')!r})[{page!r}](), end='')"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, check=True)
    if stored != done.stdout.decode("utf-8"):
        pytest.fail("run `make reference`, or python docs/dialects.py")


def test_each_op_has_a_meaning_and_a_line() -> None:
    parts = {part.split("\n", 1)[0]: part for part in re.split(r"\n### ", OPS)[1:]}
    wanted = {d.name for dialect in script.DIALECTS for d in script.definitions(dialect)}
    assert parts.keys() == wanted and len(wanted) > 300
    for name, part in parts.items():
        _, about = part.split("\n\n", 1)
        assert re.match(r"`[^`]+` \S", about), name
        assert "```" in part or name in WITHOUT, name
        array = "." not in name
        assert ("- derivative: " in part) is array, name


WITHOUT = ("kernel.insert",)
"""Ops that only programs larger than those of the page come to."""


def test_each_pass_has_a_function_before_and_after() -> None:
    parts = {part.split("\n", 1)[0]: part for part in re.split(r"\n### ", STEPS)[1:]}
    names = {"jvp", "transpose", "batch", "products", *pipeline.PASSES, *(n for n, _ in PASSES)}
    assert names <= parts.keys()
    for name, part in parts.items():
        before, after = re.findall(r"```\n(.*?)```", part, re.DOTALL)
        assert before != after, name
        for text in (before, after):
            assert str(verify(parse(text))) + "\n" == text


def test_ops_that_are_defined_elsewhere_are_left_out() -> None:
    made = Definition("test.of_the_page", lambda x: x)
    try:
        assert not script.is_polyads(made)
    finally:
        del Definition.registry["test.of_the_page"]
