"""The published matrix: a row for every op, a column for every backend, no cell that is empty or
fails, and a reason for each that says nothing or refuses.
"""

from __future__ import annotations

import re
from pathlib import Path

from polyad.conformance import BACKENDS, LAWS, SAMPLES

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "conformance.md").read_text(encoding="utf-8")
PAGE = (DOCS / "conformance.html").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)` \| ([\w ]+) \| (.*) \|$", TEXT, re.MULTILINE)


def test_every_op_is_in_it_on_every_backend():
    assert {op for op, _, _ in ROWS} == {s.op for s in SAMPLES}
    assert f"| op | dtypes | {' | '.join(BACKENDS)} |" in TEXT
    for op, dtypes, cells in ROWS:
        assert set(dtypes.split()) == {d for s in SAMPLES if s.op == op for d in s.dtypes}
        marks = cells.split(" | ")
        assert len(marks) == len(BACKENDS)
        assert all(re.fullmatch(f"[✓○–]{{{len(LAWS)}}}", m) for m in marks), f"{op}: {marks}"


def test_what_is_refused_and_what_says_nothing_is_explained():
    """By the section about it, in which the op's name stands."""
    table, _, rest = TEXT.partition("\n## ")
    refused, _, silent = rest.partition("\n## ")
    for op, _, cells in ROWS:
        assert "–" not in cells or f"`{op}`" in silent, op
    named = set(re.findall(r"^- (\w+): backend '(\w+)' cannot", refused, re.MULTILINE))
    column = {b: i for i, b in enumerate(BACKENDS)}
    for op, backend in named:
        (marks,) = [cells for name, _, cells in ROWS if name == op]
        assert "○" in marks.split(" | ")[column[backend]]
    assert "○" not in table or named


def test_the_page_says_the_same():
    assert PAGE.count("<tr><td><code>") == len(ROWS)
    for mark in "✓○–":
        squares = PAGE.count(f">{mark}</td>")
        assert squares == sum(cells.count(mark) for _, _, cells in ROWS)
    assert 'class="fails"' not in PAGE and "<td></td>" not in PAGE
