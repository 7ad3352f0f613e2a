"""`python -m polyad conformance`: its messages, the pages it writes, its exit status."""

from __future__ import annotations

from polyad.__main__ import main
from polyad.conformance import matrix, run_cell
from polyad.conformance.page import page
from polyad.conformance.report import markdown


def command(*arguments):
    return main(["conformance", "--jobs", "1", *arguments])


def test_a_part_of_the_matrix(capsys, tmp_path):
    chosen = ["--op", "sin", "--op", "sort", "--backend", "numpy", "--backend", "dask"]
    assert command(*chosen, "--dtype", "float64", "--output", str(tmp_path)) == 0
    said = capsys.readouterr().out
    assert "0 fails" not in said and "holds" in said and "refused" in said
    text = (tmp_path / "conformance.md").read_text()
    assert "| `sin` | f64 | ✓✓✓✓✓✓✓ | ✓✓✓✓✓✓✓ |" in text
    assert "| `sort` | f64 | ✓✓✓✓✓✓✓ | ○○○○○○○ |" in text
    assert "backend 'dask' cannot run this op" in text
    pages = (tmp_path / "conformance_matrix.html").read_text()
    assert pages.count('class="refused"><a') == 7 and "<code>sort</code>" in pages


def test_a_reason_for_each_law_with_nothing_to_say(capsys, tmp_path):
    chosen = ["--op", "signbit", "--op", "stop_gradient", "--backend", "numpy"]
    assert command(*chosen, "--output", str(tmp_path)) == 0
    text = (tmp_path / "conformance.md").read_text()
    assert "- no derivative (jvp, vjp, second order): `signbit`" in text
    assert "- derivative by decree (jvp, vjp, second order): `stop_gradient`" in text


def test_unknown_names(capsys):
    assert command("--op", "sinn") == 2
    assert "no op is named 'sinn'; near it are sin" in capsys.readouterr().err.replace("\n", " ")
    assert command("--backend", "cupyy") == 2
    assert "no backend is named 'cupyy'" in capsys.readouterr().err.replace("\n", " ")
    assert command("--op", "sin", "--dtype", "bool") == 2
    assert "no cell is of those ops" in capsys.readouterr().err


def test_a_part_does_not_replace_a_larger_matrix(capsys, tmp_path):
    part, output = ["--backend", "numpy", "--dtype", "float64"], ["--output", str(tmp_path)]
    assert command("--op", "sin", "--op", "cos", *part, *output) == 0
    before = (tmp_path / "conformance.md").read_text()
    capsys.readouterr()
    assert command("--op", "sin", *part, *output) == 2
    said = "".join(capsys.readouterr().err.split())
    assert "conformance.mdholds14cells,andthisrunhas7" in said
    assert "Giveanotherfolderto--output" in said
    assert (tmp_path / "conformance.md").read_text() == before
    assert command("--op", "sin", "--op", "exp", *part, *output) == 0
    assert "`exp`" in (tmp_path / "conformance.md").read_text()


def test_a_law_that_is_broken_fails_the_run(monkeypatch, capsys):
    from polyad.conformance import laws

    def always_wrong(case):
        raise AssertionError("3 where 4 is expected; pip install 'polyad[cupy]' [/red]")

    monkeypatch.setitem(laws.LAWS, "value", always_wrong)
    assert command("--op", "sin", "--backend", "numpy", "--dtype", "float64") == 1
    said = capsys.readouterr().out
    assert "✗ sin float64, value on numpy" in said and "3 where 4 is expected" in said
    assert "'polyad[cupy]' [/red]" in said.replace("\n", " ")
    cell = run_cell(matrix.Cell("sin", "sin", "float64", "value", "numpy"))
    assert "✗" in markdown([cell]) and 'class="fails"' in page([cell])


def test_expected_failures_are_exact_on_both_sides(monkeypatch):
    cell = matrix.Cell("sin", "sin", "float64", "value", "numpy")
    monkeypatch.setitem(matrix.EXPECTED, ("sin", "value", "numpy"), "a known weakness")
    found = run_cell(cell)
    assert found.outcome == matrix.FAILS and "holds, though listed as failing" in found.reason
    from polyad.conformance import laws

    def wrong(case):
        raise AssertionError("wrong")

    monkeypatch.setitem(laws.LAWS, "value", wrong)
    found = run_cell(cell)
    assert (found.outcome, found.reason) == (matrix.NOTHING, "a known weakness")


def test_an_op_listed_as_missing_must_be_refused(monkeypatch):
    from polyad.execution import get_backend

    cell = matrix.Cell("sin", "sin", "float64", "value", "numpy")
    assert run_cell(cell).outcome == matrix.HOLDS  # the backend keeps how it runs the op
    monkeypatch.setattr(type(get_backend("numpy")), "missing", {"sin": "it has none"})
    found = run_cell(cell)
    assert found.outcome == matrix.FAILS and "listed as missing" in found.reason
