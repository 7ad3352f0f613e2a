"""A compilation that takes long says so, once, unless it is told not to."""

from __future__ import annotations

import logging
import os
import pty
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.api.calls import long_compiles

X = np.ones(50)


def many(x: Any) -> Any:
    for _ in range(100):
        x = pnp.sin(x) * 1.0078125
    return x


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(long_compiles, "PATIENCE", 0.002)
    caplog.set_level(logging.WARNING, "polyad")


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if "compiling" in r.getMessage()]


def test_it_says_what_is_under_way(caplog: pytest.LogCaptureFixture) -> None:
    polyad.clear_caches()
    with polyad.config(cache_dir=""):
        polyad.jit(many)(X)
    (line,) = said(caplog)
    assert re.match(r"compiling many \(201 ops\) takes \d+\.\d s so far; now: \w", line)


def test_it_is_quiet_when_told_and_of_small_functions(caplog: pytest.LogCaptureFixture) -> None:
    with polyad.config(tell_long_compiles=False):
        polyad.jit(lambda x: many(x) + 1)(X)
    polyad.jit(pnp.cos)(X)
    assert said(caplog) == []


PROGRAM = """
import numpy as np, polyad, polyad.numpy as pnp
from polyad.api.calls import long_compiles
long_compiles.PATIENCE, long_compiles.REFRESH = 0.03, 0.002
def many(x):
    for _ in range(100):
        x = pnp.sin(x) * 1.0078125
    return x
polyad.jit(many)(np.ones(50))
"""


def test_a_terminal_has_a_bar_that_is_wiped() -> None:
    parent, child = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    run = subprocess.Popen([sys.executable, "-c", PROGRAM], stderr=child, env=environment)
    os.close(child)
    seen = b""
    try:
        while part := os.read(parent, 1 << 16):
            seen += part
    except OSError:
        pass  # the other end is closed
    os.close(parent)
    assert run.wait() == 0
    text = seen.decode()
    assert re.search(r"compiling many, stage \d+: \w", text)
    assert "\x1b[2K" in text.rpartition("stage")[2]  # the line is erased


def test_a_file_has_no_bar() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert "stage" not in done.stderr and done.stderr.startswith("compiling many (201 ops) takes")
