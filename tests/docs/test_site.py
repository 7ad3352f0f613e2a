"""The sources of the site: its navigation has every page, and every link goes somewhere."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from polyad import errors

ROOT = Path(__file__).parents[2]
SITE = ROOT / "docs" / "site"


@pytest.fixture(scope="module")
def build() -> Iterator[Any]:
    sys.path.insert(0, str(SITE))
    import build

    yield build
    sys.path.remove(str(SITE))


@pytest.fixture(scope="module")
def staged(build: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    build.stage(folder)
    return folder


def entries(nav: Any) -> Iterator[str]:
    """The pages that a navigation names."""
    for entry in nav:
        if isinstance(entry, str):
            yield entry
        else:
            for inner in entry.values():
                yield from [inner] if isinstance(inner, str) else entries(inner)


def test_the_navigation_has_every_page_once(staged: Path):
    config = tomllib.loads((staged / "zensical.toml").read_text("utf-8"))["project"]
    named = list(entries(config["nav"]))
    assert len(named) == len(set(named))
    pages = {str(p.relative_to(staged / "pages")) for p in (staged / "pages").rglob("*.md")}
    assert set(named) == pages
    assert len(pages) > 80


def test_every_page_of_docs_is_a_page_of_the_site(staged: Path):
    for page in (ROOT / "docs").rglob("*.md"):
        assert (staged / "pages" / page.relative_to(ROOT / "docs")).exists()


def slugs(text: str) -> set[str]:
    """The anchors of a page's headings."""
    found = set()
    for line in re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S).splitlines():
        if heading := re.match(r"#+ (.*?)(?: \{ #(\S+) \})?$", line):
            plain = re.sub(r"[^\w\s-]", "", heading[1].replace("`", "")).strip().lower()
            found.add(heading[2] or re.sub(r"[-\s]+", "-", plain))
    return found


def test_links_of_the_sources_go_somewhere(build: Any, staged: Path):
    pages = {p.resolve(): p.read_text("utf-8") for p in (staged / "pages").rglob("*.md")}
    count = 0
    for path, text in pages.items():
        plain = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
        for _, _, address in re.findall(build.LINK, plain):
            if "://" in address or not address:
                continue
            where, _, anchor = address.partition("#")
            target = (path.parent / where).resolve() if where else path
            assert target.exists(), f"{path.name} links to {address}"
            if anchor and target in pages:
                assert anchor in slugs(pages[target]), f"{path.name} links to {address}"
            count += 1
    assert count > 1000


def test_each_error_has_the_anchor_that_its_note_names(staged: Path):
    page = (staged / "pages" / "errors.md").read_text("utf-8")
    raised = [
        e for e in vars(errors).values()
        if isinstance(e, type) and issubclass(e, errors.PolyadError)
    ]  # fmt: skip
    assert len(raised) > 15
    for error in raised:
        made = error("m", 1, 2) if error is errors.ParseError else error("m")
        [note] = made.__notes__
        anchor = re.search(r"errors\.html#(\w+)", note)
        assert anchor and anchor[1] in slugs(page), error
        assert f"help(polyad.errors.{error.__name__})" in note


def test_sections_of_a_docstring_are_tables(staged: Path):
    page = (staged / "pages" / "reference" / "polyad.numpy.md").read_text("utf-8")
    section = page.partition("{ #polyad.numpy.sum }")[2].partition("\n## ")[0]
    assert "```python\nsum(a, axis=None, dtype=None" in section
    assert "| `keepdims` | keep the reduced axes, with size 1. |" in section
    assert "| `PolyadValueError` | an axis that `a` has not. |" in section
    assert "| `PolyadTypeError` | what is no array of numbers. |" in section
    assert "```pycon\n>>> sum([1.0, 2.0])\nnp.float64(3.0)\n```" in section


def test_an_error_of_somebody_elses_has_no_note():
    class Mine(errors.PolyadError):
        pass

    assert not hasattr(Mine("m"), "__notes__")


def test_a_page_that_names_what_is_no_page_is_an_error(build: Any, tmp_path: Path):
    with pytest.raises(ValueError, match="Makefile, which is not a page"):
        build.place(ROOT / "Makefile")


def test_the_site_has_the_matrix_that_its_page_names(staged: Path):
    pages = staged / "pages"
    assert 'id="matrix"' in (pages / "conformance_matrix.html").read_text("utf-8")
    assert "(conformance_matrix.html)" in (pages / "conformance.md").read_text("utf-8")


def test_a_page_that_another_would_replace_is_an_error(
    build: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.md").write_text("# a\n")
    (docs / "a.html").write_text("<p>a")
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "DOCS", docs)
    monkeypatch.setattr(build, "OUTSIDE", {})
    with pytest.raises(ValueError, match=r"a\.html of docs/ would be lost"):
        build.stage(tmp_path / "site")


def test_a_number_of_a_table_and_its_unit_stay_on_one_line(staged: Path):
    text = (staged / "pages" / "index.md").read_text("utf-8")
    assert len(re.findall(r"\d\u00a0(?:ns|us|ms) \|", text)) > 10
    assert re.findall(r"\d (?:ns|us|ms) \|", text) == []
