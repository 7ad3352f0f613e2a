"""The page's data, and the page as text: laws that need no browser."""

from __future__ import annotations

import base64
import hashlib
import html.parser
import itertools
import json
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import errors, explorer
from polyad.explorer.layout import HEIGHT, WIDTH, places
from polyad.explorer.page import LARGEST

from .programs import EXAMPLES, hostile, page_of

SMALL = 300_000


class Elements(html.parser.HTMLParser):
    """The elements of a page, as a browser without scripts sees them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.data = self.packed = ""
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        self._inside = given.get("id") == "data"
        if self._inside:
            self.packed = ("data-packed" in given and "yes") or ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.data += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = False


def data_of(page: str) -> dict[str, Any]:
    found = Elements(page)
    text = found.data
    if found.packed:
        text = zlib.decompress(base64.b64decode(text)).decode()
    data: dict[str, Any] = json.loads(text)
    return data


@pytest.fixture(scope="module", params=EXAMPLES)
def page(request: pytest.FixtureRequest) -> str:
    return page_of(request.param)


def test_the_readmes_examples_are_small_and_the_same_each_time(page: str) -> None:
    assert len(page.encode()) < SMALL
    name = next(n for n in EXAMPLES if data_of(page)["name"] in (n, n + "_sqrt"))
    assert page_of(name) == page


def test_stages_run_from_the_trace_to_assembly(page: str) -> None:
    data = data_of(page)
    titles = [stage["title"] for stage in data["stages"]]
    assert titles[0].startswith("traced")
    assert titles.index("jvp") < titles.index("array") < titles.index("fused")
    assert titles[-3:] == ["llvm", "llvm optimised", "assembly"]
    for stage in data["stages"]:
        count = len(stage["lines"])
        assert count and {len(stage[k]) for k in ("sets", "scopes", "steps")} == {count}
        assert max(stage["sets"]) < len(data["sets"])
        assert max(stage["steps"]) <= len(data["steps"])


def test_a_line_of_the_user_has_lines_in_every_stage_that_has_its_ops(page: str) -> None:
    data = data_of(page)
    places = {p for p, (file, _, _) in enumerate(data["places"]) if data["files"][file]["lines"]}
    for stage in data["stages"]:
        if stage["title"] in ("assembly", "llvm", "llvm optimised", "array", "fused", "parallel"):
            of_stage = {p for s in set(stage["sets"]) for p in data["sets"][s]}
            lines = {tuple(data["places"][p][:2]) for p in of_stage}
            assert lines, stage["title"]
            assert of_stage <= places
    array = next(s for s in data["stages"] if s["title"] == "array")
    ops = [i for i, line in enumerate(array["lines"]) if " = " in line]
    assert ops and all(array["sets"][i] for i in ops)


def test_every_op_stands_once_in_its_stage() -> None:
    lowered = polyad.jit(lambda x: pnp.sum(pnp.sin(x) * 2)).lower(np.ones(50))
    data = data_of(lowered._page())
    array = next(s for s in data["stages"] if s["title"] == "array")
    assert array["lines"] == str(lowered.ir).split("\n")


def test_it_loads_nothing_and_its_policy_allows_its_own_parts_only(page: str) -> None:
    assert not re.search(r"(src|href)\s*=\s*[\"'](?!#)", page.split('id="data"')[0])
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None and policy[1].startswith("default-src 'none'")
    script = page.split("<script>")[1].split("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy[1]
    style = page.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy[1]


def test_hostile_names_make_no_element() -> None:
    page = polyad.jit(hostile).lower(np.ones(30))._page()
    plain = Elements(page_of("newton"))
    found = Elements(page)
    assert sorted(found.tags) == sorted(plain.tags)
    assert "img" not in found.tags and found.tags.count("script") == 2
    assert "onerror" in json.dumps(data_of(page))


def test_paths_are_from_here_or_hidden() -> None:
    f, args = EXAMPLES["curvature"]
    lowered = polyad.jit(f).lower(*args)
    folder = str(Path(__file__).parent)
    shown, hidden = data_of(lowered._page()), data_of(lowered._page(paths=False))
    for data in (shown, hidden):
        assert folder not in json.dumps(data)
    assert {file["name"] for file in hidden["files"]} == {"programs.py"}
    assert " at programs.py:" in hidden["explanation"]


def test_long_programs_are_cut_with_a_word() -> None:
    rng = np.random.default_rng(0)
    names = ["".join(rng.choice(list("abcdefghijklmnop"), 60)) for _ in range(40_000)]
    lines = [f"%{i} = sin %x  // {name}" for i, name in enumerate(names)]
    numbers = dict.fromkeys(("sets", "scopes", "steps"), [0] * len(lines))
    stage = {"title": "array", "about": "", "kind": "ir", "lines": lines, "same": False, **numbers}
    page = explorer.page({"name": "f", "stages": [stage], "sets": [[]]})
    assert len(page.encode()) <= LARGEST
    last = data_of(page)["stages"][0]["lines"][-1]
    assert "more lines are left out" in last


def test_equal_kernels_of_different_lines_are_shown_apart() -> None:
    def f(x: Any, w: Any) -> Any:
        y = pnp.tanh(x @ w)
        z = pnp.tanh(y @ w)
        return z @ w

    data = data_of(polyad.jit(f).lower(np.ones((40, 30)), np.ones((30, 30)))._page())
    loops = next(s for s in data["stages"] if s["title"] == "parallel")
    sets = [s for line, s in zip(loops["lines"], loops["sets"], strict=True) if "= tanh" in line]
    lines = [{data["places"][p][1] for p in data["sets"][s]} for s in sets]
    assert len(lines) == 2 and lines[0].isdisjoint(lines[1]) and all(len(s) == 1 for s in lines)


def test_two_kernels_that_were_not_fused_have_a_reason() -> None:
    def f(x: Any, w: Any) -> Any:
        y = pnp.tanh(x @ w)
        total = pnp.sum(y, axis=0)
        return pnp.sort(y / total, axis=0)

    data = data_of(polyad.jit(f).lower(np.ones((60, 20)), np.ones((20, 20)))._page())
    nodes = [node[0] for node in data["graph"]["nodes"]]
    steps = {step["title"] for step in data["steps"]}
    between = [e for e in data["graph"]["edges"] if {nodes[e[0]], nodes[e[1]]} <= steps]
    assert between and all(reason for *_, reason in between)
    said = " ".join(reason for *_, reason in between)
    assert "is a product, a call of a routine" in said and "is a routine of its own" in said


def test_buffers_that_live_at_once_do_not_meet() -> None:
    f, args = EXAMPLES["loss"]
    data = data_of(polyad.jit(f).lower(*args)._page())
    buffers = data["memory"]["buffers"]
    assert buffers
    for i, (_, _, offset, size, first, last, _) in enumerate(buffers):
        assert offset >= 0 and offset + size <= data["workspace"]
        for _, _, other, more, begin, end, _ in buffers[:i]:
            if first <= end and begin <= last and (begin, end) != (first, last):
                assert offset + size <= other or other + more <= offset


def test_nodes_do_not_overlap_and_follow_what_they_read() -> None:
    names = [f"n{i}" for i in range(40)]
    edges = [(f"n{i}", f"n{j}") for j in range(40) for i in range(j) if (i * j) % 7 == 3]
    at = places(names, edges)
    assert all(at[a].x < at[b].x for a, b in edges)
    corners = sorted(at.values())
    for one, two in itertools.pairwise(corners):
        assert abs(one.x - two.x) >= WIDTH or abs(one.y - two.y) >= HEIGHT


def test_explore_writes_the_file_and_refuses_a_missing_folder(tmp_path: Path) -> None:
    lowered = polyad.jit(lambda x: x * x).lower(1.0)
    path = lowered.explore(tmp_path / "page.html")
    assert path.read_text("utf-8").startswith("<!doctype html>")
    with pytest.raises(errors.PolyadValueError, match=r"(?s)cannot be written: .*Name a file"):
        lowered.explore(tmp_path / "missing" / "page.html")


def test_a_browser_is_asked_to_show_a_temporary_file(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("webbrowser.open", asked.append)
    path = polyad.jit(lambda x: x * x).lower(1.0).explore()
    try:
        assert asked == [path.as_uri()]
    finally:
        path.unlink()


def test_other_backends_show_their_trace() -> None:
    data = data_of(polyad.jit(pnp.sin, backend="numpy").lower(np.ones(3))._page())
    assert [s["title"] for s in data["stages"]][-1] == "array" and not data["graph"]["nodes"]


def test_notebooks_have_a_frame_a_table_and_coloured_ir() -> None:
    jitted = polyad.jit(hostile)
    assert "not compiled yet" in jitted._repr_html_() and "<img" not in jitted._repr_html_()
    jitted(np.ones(30))
    assert "f64[30]" in jitted._repr_html_() and "<img" not in jitted._repr_html_()
    lowered = jitted.lower(np.ones(30))
    frame = lowered._repr_html_()
    assert frame.startswith("<iframe sandbox") and "<img" not in frame
    assert "lowered for 'native'" in repr(lowered) and "f64[30]" in repr(lowered)
    text = lowered.ir._repr_html_()
    assert re.sub(r"<[^>]*>", "", text).count("sin") == 1 and "<img" not in text
