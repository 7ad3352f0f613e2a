"""Every example in a docstring or a page of docs/ runs and gives the result that it shows."""

import doctest
import importlib
import pkgutil
import traceback
import types
from pathlib import Path

import pytest

import polyad

PAGES = sorted((Path(__file__).parents[1] / "docs").rglob("*.md"))
TRACEBACK = "Traceback (most recent call last):\n"
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


@pytest.fixture(autouse=True)
def messages_without_notes(monkeypatch):
    """doctest takes an exception's last line for its message; errors of polyad end with a note."""

    def only(kind, value):
        return [
            line
            for line in traceback.format_exception_only(kind, value)
            if line not in notes(value)
        ]

    def notes(value):
        return {f"{note}\n" for note in getattr(value, "__notes__", ())}

    plain = types.SimpleNamespace(**{**vars(traceback), "format_exception_only": only})
    monkeypatch.setattr(doctest, "traceback", plain)


def modules():
    names = [m.name for m in pkgutil.walk_packages(polyad.__path__, "polyad.")]
    return ["polyad", *(name for name in names if not name.endswith("__main__"))]


@pytest.mark.parametrize("name", modules())
def test_examples(name):
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, optionflags=FLAGS)
    assert failed == 0


class Keeping(doctest.OutputChecker):
    """Compares as doctest does, and keeps what each example printed if not what it should."""

    def __init__(self):
        self.printed = []

    def check_output(self, want, got, optionflags):
        passed = super().check_output(want, got, optionflags)
        self.printed.append(None if passed else got)
        return passed


def run_page(text, name):
    """How many examples fail, their number, and the text with what they print now."""
    parts = doctest.DocTestParser().parse(text)
    examples = [part for part in parts if isinstance(part, doctest.Example)]
    checker = Keeping()
    runner = doctest.DocTestRunner(checker, optionflags=FLAGS)
    failed, attempted = runner.run(
        doctest.DocTest(examples, {"__name__": "__main__"}, name, name, 0, text)
    )
    printed = iter(checker.printed)
    for at, part in enumerate(parts):
        if isinstance(part, doctest.Example):
            lines = "... ".join(part.source.splitlines(keepends=True)).replace("... \n", "...\n")
            got = next(printed)
            header = TRACEBACK if part.exc_msg is not None else ""
            parts[at] = f">>> {lines}{part.want if got is None else header + got}"
    return failed, attempted, "".join(parts)


@pytest.mark.golden
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages(page, request):
    """The pages print IR: `make golden` writes what it is now."""
    text = page.read_text(encoding="utf-8")
    failed, attempted, now = run_page(text, page.name)
    if request.config.getoption("--regenerate"):
        page.write_text(now, encoding="utf-8")
    else:
        assert failed == 0
    assert attempted or ">>>" not in text
