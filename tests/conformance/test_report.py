"""The written matrix: a row for each op, a column for each backend, no empty cell, and a reason for
each cell that is refused or has nothing to say.

The outcomes are invented: the pages are tested, not the laws.
"""

from __future__ import annotations

import re

import pytest

from polyad.conformance import BACKENDS, LAWS, SAMPLES, Cell, cells
from polyad.conformance.laws import why_not
from polyad.conformance.matrix import FAILS, HOLDS, NOTHING, REFUSED, sample_named
from polyad.conformance.page import page
from polyad.conformance.report import cells_written, markdown
from polyad.execution import get_backend
from polyad.ir import DType


def invented(cell: Cell) -> Cell:
    nothing = why_not(sample_named(cell.sample), cell.dtype, cell.law)
    if nothing:
        return cell._replace(outcome=NOTHING, reason=nothing)
    missing = getattr(get_backend(cell.backend), "missing", {})
    if cell.op in missing:
        reason = f"{cell.op}: backend {cell.backend!r} cannot run this op"
        return cell._replace(outcome=REFUSED, reason=reason)
    return cell._replace(outcome=HOLDS)


CELLS = [invented(cell) for cell in cells(BACKENDS)]
TEXT = markdown(CELLS)
ROWS = re.findall(r"^\| `(\w+)` \| ([\w ]+) \| (.*) \|$", TEXT, re.MULTILINE)


def test_every_op_has_a_row_with_all_backends():
    assert {op for op, _, _ in ROWS} == {s.op for s in SAMPLES}
    assert f"| op | dtypes | {' | '.join(BACKENDS)} |" in TEXT
    assert cells_written(TEXT) == len(CELLS)
    for op, dtypes, row in ROWS:
        tested = {DType.by_name[d].short for s in SAMPLES if s.op == op for d in s.dtypes}
        assert set(dtypes.split()) == tested, op
        marks = row.split(" | ")
        assert len(marks) == len(BACKENDS), op
        assert all(re.fullmatch(f"[✓○–]{{{len(LAWS)}}}", m) for m in marks), f"{op}: {marks}"


def test_each_refusal_and_each_silence_has_a_reason():
    table, _, rest = TEXT.partition("\n## ")
    refused, _, silent = rest.partition("\n## ")
    for op, _, row in ROWS:
        assert "–" not in row or f"`{op}`" in silent, op
    named = set(re.findall(r"^- (\w+): backend '(\w+)' cannot", refused, re.MULTILINE))
    column = {backend: i for i, backend in enumerate(BACKENDS)}
    for op, backend in named:
        (marks,) = [row for name, _, row in ROWS if name == op]
        assert "○" in marks.split(" | ")[column[backend]], f"{op} on {backend}"
    assert named and "○" in table


PAGE = page(CELLS)


def test_the_html_page_has_the_same_squares():
    assert re.findall(r'<tr id="(\w+)"', PAGE) == [op for op, _, _ in ROWS]
    for mark in "✓○–":
        count = len(re.findall(f'<td class="\\w+">(?:<a href="#why-\\w+">)?{mark}<', PAGE))
        assert count == sum(row.count(mark) for _, _, row in ROWS), mark
    assert 'class="fails"' not in PAGE and "<td></td>" not in PAGE


def test_each_reason_of_the_html_page_is_where_its_link_goes():
    linked = set(re.findall(r'<a href="#why-(\w+)">', PAGE))
    sections = dict(re.findall(r'<section id="why-(\w+)"[^>]*>(.*?)</section>', PAGE))
    assert linked == sections.keys() and len(linked) > 50
    for op, _, row in ROWS:
        if "–" in row or "○" in row:
            assert "<li>" in sections[op], op
    assert "title=" not in PAGE  # which only a mouse would show


def test_the_totals_of_the_html_page_are_those_of_the_table():
    for column, backend in enumerate(BACKENDS):
        for mark, outcome in (("✓", HOLDS), ("○", REFUSED), ("–", NOTHING)):
            count = sum(row.split(" | ")[column].count(mark) for _, _, row in ROWS)
            said = re.search(f">{backend} {mark} {outcome}</td><td>(\\d+)</td>", PAGE)
            assert int(said[1] if said else 0) == count, (backend, mark)


@pytest.mark.parametrize("law", LAWS)
def test_a_failure_is_marked_and_told(law: str):
    cell = Cell("sin", "sin", "float64", law, "numpy", FAILS, "AssertionError: 3 is not 4")
    text = markdown([cell])
    assert "| `sin` | f64 | ✗ |" in text
    assert f"- sin float64, {law} on numpy: AssertionError: 3 is not 4" in text
    assert 'class="fails"><a href="#why-sin">✗' in page([cell])
    assert f"sin float64: fails (AssertionError: 3 is not 4) — {law} on numpy" in page([cell])
