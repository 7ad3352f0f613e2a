"""The pages about other libraries' names: each name exists, and none is left out."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    p
    for p in sorted((ROOT / "docs").glob("coming_from_*.md"))
    if "<!-- names: " in p.read_text("utf-8")
]
SPEC = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
assert SPEC is not None and SPEC.loader is not None
generate = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(generate)
NAMESPACES = list(generate.namespaces())
SAME = re.compile(r"^By the same name in `([\w.]+)` \((\d+)\): (.*)\.$", re.MULTILINE)


def claims(text: str) -> list[str]:
    """Each name below polyad that the page's tables say is there."""
    found = []
    for home, count, listed in SAME.findall(text):
        names = re.findall(r"`(\w+)`", listed)
        assert len(names) == int(count)
        found += [f"{home}.{name}" for name in names]
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| `")]
    found += [row[2].strip().strip("`") for row in rows if len(row) == 5]
    return [name for name in found if name not in ("", "here")]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_every_name_that_a_page_says_exists_exists(page: Path):
    names = claims(page.read_text(encoding="utf-8"))
    assert len(names) > 10
    absent = [name for name in names if not generate.exists(name)]
    assert not absent, f"the page names {absent}, which do not exist"


@pytest.mark.parametrize("namespace", NAMESPACES, ids=lambda n: n["peer"])
def test_every_name_of_a_library_is_accounted_for(namespace):
    same, rows, absent = generate.accounted(namespace)
    named = [*same, *(row[0] for row in rows), *(n for group, _ in absent for n in group)]
    assert sorted(named) == sorted(namespace["names"].split())
    assert all(why for _, why in absent)
    assert [row for row in rows if not row[1] and not row[2]] == []


def test_every_namespace_has_its_place_on_one_page():
    places = [
        match[2]
        for page in PAGES
        for match in generate.BLOCK.finditer(page.read_text(encoding="utf-8"))
    ]
    assert sorted(places) == sorted(n["peer"] for n in NAMESPACES)


def test_a_note_about_a_name_that_is_not_there_is_an_error():
    made_up = {"peer": "jax", "polyad": "polyad", "names": "grad", "differs": {"gard": "a slip"}}
    with pytest.raises(ValueError, match="jax has no gard"):
        generate.accounted(made_up)
    assert not generate.exists("polyad.gard") and not generate.exists("numpy.sin")
