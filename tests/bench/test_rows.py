"""Every workload of the bench, on small data: compiled and eager results agree."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from polyad import config

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench import cliffs, cosmology, npbench_matrices, npbench_networks, npbench_physics
from bench.measure import agree, copied
from bench.report import summary
from bench.rows import REHEARSAL, Row
from bench.workloads import GROUPS, ROWS

# Not those that are others at another size or with a warm cache, or time what only `jit` does.
WORKLOADS = {row.build: row for row in ROWS if not row.sweep and row.name != "scan-compile"}
MORE = (npbench_matrices, npbench_networks, npbench_physics, cliffs, cosmology)
FULL = {row.name for module in MORE for row in module.ROWS}


@pytest.mark.share(4)
@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, id=row.name, marks=[pytest.mark.full] if row.name in FULL else [])
        for row in WORKLOADS.values()
    ],
)
def test_a_compiled_workload_agrees_with_the_eager_one(
    row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(REHEARSAL, "1")
    config.update("default_float", "float64" if row.float64 else "float32")
    expected = copied(row.thunk("polyad un-jitted")())
    agree("jitted", row.thunk("polyad")(), expected, row.rtol)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("gcc") is None, reason="without gcc")
@pytest.mark.parametrize("row", [r for r in ROWS if "C" in r.others], ids=lambda row: row.name)
def test_c_agrees_with_polyad(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(REHEARSAL, "1")
    config.update("default_float", "float64" if row.float64 else "float32")
    agree("C", row.thunk("C")(), copied(row.thunk("polyad")()), row.rtol)
    assert np.float64(5e-324) * np.float64(1.0) > 0.0  # as before: a library can change that


def test_every_row_has_a_name_of_its_own_and_a_target() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS) == sum(map(len, GROUPS.values()))
    assert all(row.targets for row in ROWS)


def test_results_that_differ_have_no_time() -> None:
    with pytest.raises(ValueError, match="jax gives"):
        agree("jax", [1.0, 2.0], copied([1.0, 3.0]), 1e-9)


def test_the_summary_names_slower_rows_and_missed_goals() -> None:
    row = next(row for row in ROWS if row.name == "logistic")
    times = {"polyad": {"seconds": 2.0}, "jax": {"seconds": 1.0, "ratio": 2.0}}
    mean, slower, missed = summary([(row, {"times": times})])
    assert "polyad is 0.5 times as fast (target 4: missed)" in mean
    assert slower.endswith("included: 1: logistic (2).")
    assert missed == "Targets missed: logistic / jax."
