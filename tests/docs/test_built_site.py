"""The built site: it builds strictly, no link is dead, and a browser finds things in it."""

from __future__ import annotations

import functools
import http.server
import importlib.util
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..explorer.browser import Browser, installed

ROOT = Path(__file__).parents[2]
PROGRAM = installed()
pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(
        importlib.util.find_spec("zensical") is None, reason="zensical is not installed"
    ),
]
needs_a_browser = pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium")


@pytest.fixture(scope="module")
def build() -> Iterator[Any]:
    sys.path.insert(0, str(ROOT / "docs" / "site"))
    import build

    yield build
    sys.path.remove(str(ROOT / "docs" / "site"))


@pytest.fixture(scope="module")
def site(build: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("site")
    assert build.main(folder) == 0
    return folder / "html"


def test_a_dead_link_is_found(build: Any, tmp_path: Path):
    (tmp_path / "a.html").write_text('<p id="x"><a href="b.html">b</a><a href="#y">y</a>')
    (tmp_path / "c.html").write_text('<a href="a.html#x">x</a><img src="https://e.org/i.png">')
    assert build.links.faults(tmp_path) == [
        "a.html links to #y: the page has no such anchor",
        "a.html links to b.html, which is not there",
        "c.html loads https://e.org/i.png from a network",
    ]


def test_a_page_that_zensical_warns_of_fails(build: Any, tmp_path: Path, monkeypatch: Any):
    staged = build.stage

    def stage(folder: Path) -> None:
        staged(folder)
        (folder / "pages" / "tour.md").write_text("# A tour\n\n[nowhere](nowhere.md)\n")

    monkeypatch.setattr(build, "stage", stage)
    assert build.main(tmp_path / "site") != 0


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(site))
    handler.log_message = lambda *_: None  # type: ignore[attr-defined]
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    assert PROGRAM is not None
    made = Browser(PROGRAM, tmp_path_factory.mktemp("profile"))
    made.size(1400, 900)
    yield made
    made.close()


IN_SEARCH = "[...document.querySelectorAll('*')].map(e => e.shadowRoot).filter(r => r)"
"""The search stands in a tree of its own."""


def wait(browser: Browser, script: str) -> Any:
    """The value of an expression, once it is true."""
    until = time.monotonic() + 60
    while not (found := browser.value(script)):
        assert time.monotonic() < until, script
        time.sleep(0.1)
    return found


def visit(browser: Browser, url: str) -> None:
    browser.events.clear()
    browser.ask("Page.navigate", url=url)
    wait(browser, f"location.href === {url!r} && document.readyState === 'complete'")


@needs_a_browser
@pytest.mark.parametrize(
    ("words", "page"),
    [
        ("stiff equations", "how_to/ode.html"),
        ("NanError", "errors.html"),
        ("cholesky", "reference/polyad.numpy.linalg.html"),
        ("simplex", "how_to/constraints.html"),
    ],
)
def test_a_search_finds_the_page(browser: Browser, address: str, words: str, page: str):
    visit(browser, f"{address}/index.html")
    browser.click("document.querySelector('.md-search__button')")
    wait(browser, f"{IN_SEARCH}.some(r => r.activeElement?.tagName === 'INPUT')")
    browser.ask("Input.insertText", text=words)
    hits = f"{IN_SEARCH}.flatMap(r => [...r.querySelectorAll('a')].map(e => e.href))"
    wait(browser, f"{hits}.some(h => h.includes({page!r}))")
    outside = [
        e["params"]["request"]["url"] for e in browser.events
        if e.get("method") == "Network.requestWillBeSent"
        and not e["params"]["request"]["url"].startswith((address, "data:", "blob:"))
    ]  # fmt: skip
    assert outside == []


@needs_a_browser
@pytest.mark.parametrize("width", [480, 900, 1400])
@pytest.mark.parametrize("page", ["index.html", "how_to/ode.html", "errors.html", "examples.html"])
def test_no_page_is_wider_than_the_screen(browser: Browser, address: str, page: str, width: int):
    browser.size(width, 900)
    visit(browser, f"{address}/{page}")
    assert browser.value("document.documentElement.scrollWidth") <= width
    assert not [e for e in browser.events if e.get("method") == "Runtime.exceptionThrown"]


@needs_a_browser
@pytest.mark.parametrize("page", ["architecture.html", "array-api.html", "command_line.html"])
def test_cells_of_a_table_have_room_for_words_on_a_phone(browser: Browser, address: str, page: str):
    browser.size(480, 900)
    visit(browser, f"{address}/{page}")
    cells = "[...document.querySelectorAll('td')].filter(e => e.innerText.split(' ').length > 4)"
    assert browser.value(f"Math.min(...{cells}.map(e => e.clientWidth))") >= 70
