"""The laws of growth in small: objects and the bytes of caches are counted, not the memory of the
process.
"""

from __future__ import annotations

import gc
import mmap
import subprocess
import sys
from pathlib import Path

import pytest

import polyad
from bench import growth
from polyad import caches
from polyad.api.calls import kept_code
from polyad.ir import Function

pytestmark = pytest.mark.usefixtures("small_heap")
TEXTS = "test_rows.py"  # the fixture would hold the functions
BOUNDS = {
    "kept_traces": 100_000,
    "kept_code": 100_000,
    "kept_kernels": 100_000,
    "kept_memos": 200_000,
    "kept_shapes": 100_000,
}


def counted() -> tuple[int, int]:
    """All objects, and the functions among them, that the collector sees."""
    gc.collect()
    objects = gc.get_objects()
    return len(objects), sum(type(x) is Function for x in objects)


@pytest.mark.parametrize("name", growth.LAWS)
def test_steps_leave_nothing_beyond_the_bounds(name, monkeypatch):
    """With small bounds, the last of many steps has no more objects than the middle one."""
    monkeypatch.setattr(kept_code, "FIRST", 8)
    step = growth.LAWS[name].step
    with polyad.config(**BOUNDS):
        polyad.clear_caches()
        growth.held.clear_cache()
        for k in range(60):
            step(k)
        objects, functions = counted()
        for k in range(60, 120):
            step(k)
        more, more_functions = counted()
        for recent in caches.Recent._all:
            if recent.setting in BOUNDS:
                assert len(recent) <= 1 or recent.nbytes <= BOUNDS[recent.setting]
        assert caches.Memo._entries[0] * caches.Memo.ENTRY <= BOUNDS["kept_memos"] + 100_000
    assert more_functions - functions <= 12
    assert more - objects < 0.1 * objects + 600
    growth.held.clear_cache()


def test_there_are_the_numbers_that_are_promised():
    steps = {name: law.steps for name, law in growth.LAWS.items()}
    assert list(steps.values()) == [100_000, 10_000, 1_000_000, 10_000]
    assert growth.FLAT == 20


@pytest.mark.slow
def test_the_command_tells_what_grows():
    command = [sys.executable, "-m", "bench.growth", "caught errors", "--part=0.01"]
    root = Path(__file__).parents[2]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("      100 caught errors: ") and "MB at most" in run.stdout
    run = subprocess.run([*command[:3], "sizes"], cwd=root, capture_output=True, text=True)
    assert run.returncode == 2 and "there is no law 'sizes'" in run.stderr


def test_memory_that_is_kept_is_seen(monkeypatch):
    """A step that keeps a megabyte: of pages of its own, since a heap has room from before."""
    held = []

    def keep(k: int) -> None:
        held.append(mmap.mmap(-1, 1 << 20))
        held[-1].write(b"x" * (1 << 20))

    law = growth.Law(40, keep)
    warm, most = growth.grown(law, law.steps)
    assert 25 < most - warm < 60
