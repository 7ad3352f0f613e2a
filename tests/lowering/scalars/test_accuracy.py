"""Errors of the elementary functions against mpmath: docs/accuracy.py says how, this is its bound.

The slow tier looks at as many points as docs/accuracy.md, and prints its rows.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from .formulas import FORMULAS

ROOT = Path(__file__).parents[3]
SPEC = importlib.util.spec_from_file_location("accuracy", ROOT / "docs" / "accuracy.py")
assert SPEC is not None and SPEC.loader is not None
accuracy = importlib.util.module_from_spec(SPEC)
sys.modules["accuracy"] = accuracy  # dataclasses look their module up
SPEC.loader.exec_module(accuracy)
FUNCTIONS = {f.name: f for f in accuracy.FUNCTIONS}
DTYPES = ("float64", "float32")


def within_bound(name: str, dtype: str, count: int) -> None:
    function = FUNCTIONS[name]
    found = accuracy.measure(function, dtype, count)
    assert found.count >= count
    print(f"{name} {dtype}: {found.worst:.2f} ulp at {found.at}, {found.count} points")
    assert found.worst <= function.bound, f"{name}{found.at}: {found.worst} ulp"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_error(name: str, dtype: str):
    within_bound(name, dtype, 1000)


@pytest.mark.full
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_error_at_many_points(name: str, dtype: str):
    within_bound(name, dtype, 100_000)


def test_every_function_is_measured():
    assert set(FORMULAS) <= set(FUNCTIONS)


def test_page_lists_every_function_within_its_bound():
    rows = [r.split("|") for r in accuracy.PAGE.read_text().splitlines() if r.startswith("| `")]
    assert [r[1].strip(" `") for r in rows] == list(FUNCTIONS)
    assert all(float(r[2]) <= float(r[4]) and float(r[3]) <= float(r[4]) for r in rows)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_wrong_digit_is_seen(dtype: str, monkeypatch: pytest.MonkeyPatch):
    """The measurement itself: results that are some units off are reported as that."""

    def off(op: object, **options: object):
        def call(x: np.ndarray) -> np.ndarray:
            with np.errstate(all="ignore"):
                y = np.exp(x.astype(np.longdouble)).astype(dtype)
            for _ in range(5):
                y = np.nextafter(y, y.dtype.type(np.inf))
            return y

        return call

    monkeypatch.setattr(accuracy.polyad, "jit", off)
    assert accuracy.measure(FUNCTIONS["exp"], dtype, 1000).worst >= 4.4
