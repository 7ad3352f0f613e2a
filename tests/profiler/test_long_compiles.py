"""A compilation that takes long says so, once, unless it is told not to."""

from __future__ import annotations

import logging
import re
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
    polyad.jit(many)(X)
    (line,) = said(caplog)
    assert re.match(r"compiling many \(201 ops\) takes \d+\.\d s so far; now: \w", line)


def test_it_is_quiet_when_told_and_of_small_functions(caplog: pytest.LogCaptureFixture) -> None:
    with polyad.config(tell_long_compiles=False):
        polyad.jit(lambda x: many(x) + 1)(X)
    polyad.jit(pnp.cos)(X)
    assert said(caplog) == []
