"""The page in a browser: light, pins, keys, differences, search; no request, no error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import polyad

from .browser import Browser, installed
from .programs import EXAMPLES, hostile

PROGRAM = installed()
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium to show the page")


HEARD = """
globalThis.heard = [];
const add = EventTarget.prototype.addEventListener;
EventTarget.prototype.addEventListener = function (kind, ...rest) {
  if ((kind === 'mouseenter' || kind === 'click') && this instanceof Element) heard.push(this);
  return add.call(this, kind, ...rest);
};
"""
"""Keeps the elements that listen to the mouse."""


def found(kind: str, text: str) -> str:
    """The elements of a kind with a text in them."""
    return f"[...document.querySelectorAll('{kind}')].filter(e => e.textContent.includes('{text}'))"


LINE = f"{found('#source .l', 'tanh')}[0]"


def lit(pane: int) -> str:
    return f"document.querySelectorAll('#code-{pane} .l.on').length"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    made = {}
    for name, (f, args) in {**EXAMPLES, "hostile": (hostile, (np.ones(30),))}.items():
        made[name] = polyad.jit(f).lower(*args).explore(folder / f"{name}.html")
    f, args = EXAMPLES["loss"]
    made["profile"] = polyad.profile(f, repeat=1)(*args).explore(folder / "profile.html")
    return made


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    assert PROGRAM is not None
    made = Browser(PROGRAM, tmp_path_factory.mktemp("profile"))
    made.size(1400, 900)
    made.ask("Page.addScriptToEvaluateOnNewDocument", source=HEARD)
    yield made
    made.close()


def test_a_hovered_line_lights_a_line_in_every_later_stage(
    browser: Browser, pages: dict[str, Path]
) -> None:
    browser.open(pages["loss"])
    count = browser.value("D.stages.length")
    browser.hover(LINE)
    for stage in range(count):
        browser.value(f"state.panes[1].show({stage})")
        title = browser.value(f"D.stages[{stage}].title")
        if title == "linear half" or title.startswith("transpose"):
            continue  # which may have no op of this line
        assert browser.value(lit(2)) >= 1, title
    assert browser.value("D.stages[state.panes[1].stage].title") == "assembly"
    assert not browser.faults()


def test_a_click_pins_and_another_lets_go(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["loss"])
    browser.click(LINE)
    browser.hover("document.getElementById('name')")
    assert browser.value("document.querySelectorAll('#code-1 .l.pin').length") >= 1
    browser.click(LINE)
    assert browser.value("document.querySelectorAll('.l.pin').length") == 0


def test_a_value_lights_its_definition_and_its_uses(
    browser: Browser, pages: dict[str, Path]
) -> None:
    browser.open(pages["loss"])
    browser.hover("document.querySelectorAll('#code-1 .v')[0]")
    name = browser.value("document.querySelector('.v.same').textContent")
    shown = browser.value("[...document.querySelectorAll('.v.same')].map(e => e.textContent)")
    assert len(shown) >= 2 and set(shown) == {name}


def test_keys_change_stages_and_lines(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["loss"])
    before = browser.value("state.panes[0].stage")
    browser.press("ArrowRight")
    assert browser.value("state.panes[0].stage") == before + 1
    browser.press("ArrowLeft")
    browser.press("j")
    assert browser.value("document.querySelectorAll('#source .l.on').length") >= 1
    browser.press("p")
    assert browser.value("state.pins.size") >= 1
    browser.press("Escape")
    assert browser.value("state.pins.size") == 0
    browser.press("?")
    assert browser.value("document.getElementById('help').open")
    assert not browser.faults()


def test_keys_light_and_pin_lines_of_the_source(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["loss"])
    while browser.value("state.at") != 0:
        browser.press("o")
    assert browser.value("document.activeElement.id") == "source"
    wanted = browser.value(f"Number(({LINE}).dataset.source)")
    for _ in range(wanted + 1):
        browser.press("j")
    assert browser.value("[...state.light]") == [wanted]
    assert browser.value(lit(1)) >= 1
    browser.press("p")
    assert browser.value("[...state.pins]") == [wanted]
    browser.press("Escape")
    assert not browser.faults()


def test_a_key_lights_the_values_of_a_line(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["loss"])
    same = "[...document.querySelectorAll('.v.same')].map(e => e.textContent)"
    row = "[...state.panes[0].nodes[state.panes[0].row].querySelectorAll('.v')]"
    while browser.value(f"{row}.length") < 2:
        browser.press("j")
    words = browser.value(f"{row}.map(e => e.textContent)")
    for word in words:
        browser.press("v")
        assert set(browser.value(same)) == {word}
    browser.press("v")
    assert browser.value(same) == []


@pytest.mark.parametrize("sheet", ["graph", "memory", "explain", "profile"])
def test_tab_goes_to_all_that_the_mouse_does_and_shows_where_it_is(
    browser: Browser, pages: dict[str, Path], sheet: str
) -> None:
    browser.open(pages["profile"])
    browser.value(f"tab('{sheet}')")
    stops = browser.tabs(300)
    assert [stop["at"] for stop in stops] == browser.value("reachable()")
    assert [stop for stop in stops if not stop["shown"]] == []
    hidden = "heard.filter(e => e.checkVisibility() && e.tabIndex < 0 && e.role !== 'tab')"
    assert browser.value(f"{hidden}.map(e => e.outerHTML)") == []
    assert browser.value("heard.filter(e => e.closest('.sheet') && e.checkVisibility()).length") > 0
    assert not browser.faults()


def test_enter_on_a_kernel_of_the_graph_leads_where_a_click_does(
    browser: Browser, pages: dict[str, Path]
) -> None:
    for key in ("Enter", " "):
        browser.open(pages["loss"])
        browser.value(
            "[...document.querySelectorAll('svg g')]"
            ".find(g => g.textContent.includes('kernel')).focus()"
        )
        browser.press(key)
        titles = browser.value("state.panes.map(p => D.stages[p.stage].title)")
        assert titles == ["parallel", "assembly"]


def test_d_shows_the_difference_to_the_stage_before(
    browser: Browser, pages: dict[str, Path]
) -> None:
    browser.open(pages["loss"])
    browser.value("state.panes[0].show(D.stages.findIndex(s => s.title === 'fused'))")
    whole = browser.value("state.panes[0].rows.length")
    browser.press("d")
    rows = browser.value("state.panes[0].rows.map(r => r[2])")
    assert {"add", "del", ""} >= set(rows) and "del" in rows
    assert sum(change != "del" for change in rows) == whole


def test_search_counts_and_goes_to_hits(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["loss"])
    browser.press("/")
    for letter in "tanh":
        browser.press(letter)
    wanted = browser.value(f"{found('.l', 'tanh')}.length")
    assert browser.value("document.querySelectorAll('.l.hit').length") == wanted > 1
    browser.press("Enter")
    assert browser.value("document.getElementById('found').textContent") == f"1 of {wanted}"


def test_a_kernel_of_the_graph_leads_to_its_loops_and_its_assembly(
    browser: Browser, pages: dict[str, Path]
) -> None:
    browser.open(pages["loss"])
    browser.click(
        "[...document.querySelectorAll('svg g')].find(g => g.textContent.includes('kernel'))"
    )
    titles = browser.value("state.panes.map(p => D.stages[p.stage].title)")
    assert titles == ["parallel", "assembly"]
    assert browser.value(lit(1)) >= 1 and browser.value(lit(2)) >= 1
    assert not browser.faults()


def test_tabs_show_memory_and_explanation(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["loss"])
    for name in ("memory", "explain", "graph"):
        browser.click(f"document.querySelector('[data-tab={name}]')")
        shown = "[...document.querySelectorAll('.sheet')].filter(e => !e.hidden).map(e => e.id)"
        assert browser.value(shown) == [f"sheet-{name}"]
        assert browser.value(f"document.getElementById('sheet-{name}').textContent.length") > 20


def test_hostile_names_are_text(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["hostile"])
    assert browser.value("document.querySelectorAll('img').length") == 0
    assert "onerror" in browser.value("document.getElementById('name').textContent")
    assert "onerror" in browser.value("document.getElementById('source').textContent")
    assert browser.value("document.title").startswith("<img")
    assert not browser.faults()


@pytest.mark.parametrize("width", [480, 900, 1400])
@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_the_window(
    browser: Browser, pages: dict[str, Path], width: int, dark: bool, tmp_path: Path
) -> None:
    browser.size(width, 900)
    browser.dark(dark)
    browser.open(pages["loss"])
    assert browser.value("document.documentElement.scrollWidth") <= width
    shown = browser.value(
        "[...document.querySelectorAll('.pane')].filter(e => e.offsetWidth).length"
    )
    assert shown == (3 if width > 900 else 1)
    browser.picture(tmp_path / f"{width}.png")
    back = browser.value("getComputedStyle(document.body).backgroundColor")
    assert (back == "rgb(255, 255, 255)") != dark
    assert not browser.faults()
    browser.size(1400, 900)
    browser.dark(False)
