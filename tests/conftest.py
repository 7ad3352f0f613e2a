"""Fixtures of all tests: golden texts, the verifier switched on, settings that do not leak."""

from __future__ import annotations

import difflib
import gc
import itertools
import os
import random
import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import hypothesis
import pytest

hypothesis.settings.register_profile("polyad", deadline=None, derandomize=True)
hypothesis.settings.load_profile("polyad")

REGENERATE = "--regenerate"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("polyad")
    group.addoption(REGENERATE, action="store_true", help="rewrite the golden texts")
    group.addoption("--slow", action="store_true", help="run the tests marked slow, too")
    group.addoption("--full", action="store_true", help="run those marked slow or full, too")
    group.addoption("--order", type=int, help="run in an order of chance, drawn from this number")


def pytest_configure(config: pytest.Config) -> None:
    os.environ["POLYAD_CACHE_DIR"] = ""  # of the processes that tests start
    config.addinivalue_line("markers", "golden: compares with a stored text (set by the fixture)")
    config.addinivalue_line("markers", "slow: takes more than some seconds; runs under --slow")
    config.addinivalue_line("markers", "full: takes some tens of seconds; runs under --full")
    config.addinivalue_line("markers", "needs(*requirements): skips beside older libraries")
    config.addinivalue_line("markers", "share(n): one case in n runs; under --full all of them")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if "golden" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.golden)
        for requirement in itertools.chain(*(m.args for m in item.iter_markers("needs"))):
            if is_older(requirement):
                item.add_marker(pytest.mark.skip(reason=f"compares with {requirement}"))
    if (seed := config.getoption("--order")) is not None:
        random.Random(seed).shuffle(items)
    if config.getoption("--full"):
        return
    names = ["full"] if config.getoption("--slow") else ["full", "slow"]
    late = {item for item in items if any(map(item.get_closest_marker, names))}
    late.update(outside_shares([item for item in items if item not in late]))
    config.hook.pytest_deselected(items=list(late))
    items[:] = [item for item in items if item not in late]


def is_older(requirement: str) -> bool:
    """Whether the installed library is older than the version of `name>=version`."""
    name, _, version = requirement.partition(">=")
    found = re.findall(r"\d+", metadata.version(name))
    return list(map(int, found)) < list(map(int, version.split(".")))


def outside_shares(items: list[pytest.Item]) -> Iterator[pytest.Item]:
    """The cases that do not run without `--full`. Their names decide, so that the same ones are
    left out each time and by every worker; of each test at least one case runs.
    """
    tests = defaultdict(list)
    for item in items:
        if marker := item.get_closest_marker("share"):
            tests[item.nodeid.partition("[")[0], marker.args].append(item)
    for (_, (n,)), cases in tests.items():
        cases.sort(key=lambda item: zlib.crc32(item.nodeid.encode()))
        yield from cases[-(-len(cases) // n) :]


@pytest.fixture(autouse=True)
def settings() -> Iterator[None]:
    """Every pass of every test is verified, nothing is kept on disk, and what a test sets ends
    with it.
    """
    from polyad.config import config

    before = {name: getattr(config, name) for name in config.__slots__}
    with config(**{**before, "verify": True, "cache_dir": None}):
        yield


@pytest.fixture
def small_heap() -> Iterator[None]:
    """The collector sees what a test makes, and not what all tests before it have left."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


_read_back: set[Any] = set()


def kind(op: Any) -> Any:
    """The parts of an op that its text depends on: all but sizes, values and names."""
    attributes = tuple((name, type(value)) for name, value in op.attributes)
    types = tuple(getattr(v.type, "dtype", type(v.type)) for v in (*op.operands, *op.results))
    return op.name, attributes, types, len(op.regions)


@pytest.fixture(autouse=True)
def text_is_an_interface(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Every function that a test builds prints to a text that parses back to an equal function.

    Read back is what has an op of a new kind; the rest would repeat what has been seen. A module
    whose functions are printed and parsed by another says so: `TEXTS = "test_other.py"`.
    """
    if hasattr(request.module, "TEXTS"):
        yield
        return
    from polyad.ir import builder, parse

    built = []
    build = builder.build

    def building(*args: Any, **kwargs: Any) -> Any:
        built.append(build(*args, **kwargs))
        return built[-1]

    monkeypatch.setattr(builder, "build", building)
    yield
    for function in built:
        kinds = {kind(op) for op in function.ops}  # regions are functions that have been built, too
        if kinds <= _read_back:
            continue
        _read_back.update(kinds)
        text = str(function)
        again = parse(text)
        assert again == function, f"reads back as another function:\n{text}"
        assert str(again) == text


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """`golden(text, name)` compares `text` with `golden/<name>.txt` beside the test's file."""
    folder = request.path.parent / "golden"
    test = request.node.nodeid.partition("[")[0]
    regenerate = request.config.getoption(REGENERATE)

    def check(text: str, name: str) -> None:
        compare(text, folder / f"{name}.txt", test, regenerate)

    return check


def compare(text: str, path: Path, test: str, regenerate: bool) -> None:
    """Fail with a unified diff unless the file at `path` holds `text`; or write it."""
    text = text.rstrip("\n") + "\n"
    if regenerate:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return
    remedy = f"pytest {REGENERATE} '{test}'"
    if not path.exists():
        pytest.fail(
            f"there is no golden text {path.name}; write it with\n  {remedy}", pytrace=False
        )
    expected = path.read_text(encoding="utf-8")
    if text != expected:
        lines = difflib.unified_diff(
            expected.splitlines(), text.splitlines(), f"golden/{path.name}", "now", lineterm=""
        )
        message = "\n".join(
            [*lines, "", "if this is the text you mean, write it with", f"  {remedy}"]
        )
        pytest.fail(message, pytrace=False)
