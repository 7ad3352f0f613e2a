"""The page of the conformance matrix in a browser: its filter, its anchors, and reasons by key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ..explorer.browser import Browser, installed

PAGE = Path(__file__).parents[2] / "docs" / "conformance_matrix.html"
PROGRAM = installed()
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium to show the page")
ROWS = "[...document.querySelectorAll('tr[data-op]')].filter(e => !e.hidden)"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    assert PROGRAM is not None
    made = Browser(PROGRAM, tmp_path_factory.mktemp("profile"))
    made.size(1400, 900)
    made.open(PAGE)
    yield made
    made.close()


def test_the_filter_shows_the_ops_of_a_name(browser: Browser):
    everything = browser.value(f"{ROWS}.length")
    browser.value("find.focus()")
    for letter in "sin":
        browser.press(letter)
    names = browser.value(f"{ROWS}.map(e => e.dataset.op)")
    assert 0 < len(names) < everything and all("sin" in name for name in names)
    assert browser.value("document.getElementById('count').textContent") == f"{len(names)} ops"
    assert browser.value("find.value = ''; choose(); " + f"{ROWS}.length") == everything


def test_the_filter_shows_the_ops_with_a_mark(browser: Browser):
    browser.click("document.querySelector('[name=refused]')")
    assert browser.value(f"{ROWS}.every(e => e.querySelector('.refused'))")
    assert 0 < browser.value(f"{ROWS}.length") < 100
    browser.click("document.querySelector('[name=refused]')")


def test_a_mark_leads_to_its_reasons_by_the_keyboard(browser: Browser):
    browser.value("document.querySelector('#svd .refused a').focus()")
    browser.press("Enter")
    assert browser.value("location.hash") == "#why-svd"
    assert "dask" in browser.value("document.getElementById('why-svd').innerText")
    assert not browser.faults()


def test_tab_goes_through_the_page_in_order_and_shows_where_it_is(browser: Browser):
    browser.open(PAGE)
    stops = browser.tabs(25)
    wanted = browser.value("reachable()")
    assert [stop["at"] for stop in stops] == wanted[: len(stops)] and len(stops) == 25
    assert all(stop["shown"] for stop in stops)
    assert {"INPUT", "DIV", "A"} <= {stop["tag"] for stop in stops}


@pytest.mark.parametrize("width", [480, 900, 1400])
def test_the_page_is_no_wider_than_the_screen_where_it_is_narrow(browser: Browser, width: int):
    browser.size(width, 900)
    wide = browser.value("document.documentElement.scrollWidth")
    assert wide <= width or width >= 1200
