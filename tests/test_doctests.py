"""Every example in a docstring or a page of docs/ runs and gives what it says."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import polyad

PAGES = sorted((Path(__file__).parents[1] / "docs").glob("*.md"))
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def modules():
    names = [m.name for m in pkgutil.walk_packages(polyad.__path__, "polyad.")]
    return ["polyad", *(name for name in names if not name.endswith("__main__"))]


@pytest.mark.parametrize("name", modules())
def test_examples(name):
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, optionflags=FLAGS)
    assert failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages(page):
    failed, attempted = doctest.testfile(str(page), module_relative=False, optionflags=FLAGS)
    assert failed == 0
    assert attempted or ">>>" not in page.read_text(encoding="utf-8")
