"""Runs rows in processes of their own, and gathers what these measure."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .peers import installed
from .rows import Row, rehearsing

ROOT = Path(__file__).parent.parent
FIRST_CALLS = 3
LIMIT_SECONDS = 300  # of a process: beyond, something hangs
# Of these the peak of memory is of interest, and there is time for no more.
MEMORY = ("polyad", "jax", "C")


class MeasurementError(Exception):
    """A row that failed, or whose contenders disagree."""


def measure(row: Row) -> dict[str, Any]:
    """The row's times by contender, or the error that stopped it."""
    try:
        if row.first_call:
            return {"times": first_calls(row)}
        times = in_process(row.name)
        if row.memory:
            labels = [label for label in MEMORY if "seconds" in times.get(label, {})]
            with ThreadPoolExecutor(2) as pool:  # nothing is timed now
                peaks = pool.map(lambda label: in_process(row.name, "memory", label), labels)
                for label, peak in zip(labels, peaks, strict=True):
                    times[label] |= peak
        return {"times": times}
    except MeasurementError as error:
        return {"error": str(error)}


def first_calls(row: Row) -> dict[str, Any]:
    """Medians of first calls, each in a fresh process that finds no compiled code on disk; of
    polyad in a warm row, that of a process before.
    """
    labels = [label for label in row.contenders if installed(label)]
    runs: dict[str, list[dict[str, Any]]] = {label: [] for label in labels}
    with tempfile.TemporaryDirectory() as cache:
        if row.warm:
            in_process(row.name, "first", "polyad", cache=cache)
        for _ in range(1 if rehearsing() else FIRST_CALLS):
            for label in labels:
                kept = cache if row.warm and label == "polyad" else None
                runs[label].append(in_process(row.name, "first", label, cache=kept))
    reference = [run["seconds"] for run in runs["polyad"]]
    times = {}
    for label, found in runs.items():
        own = [run["seconds"] for run in found]
        median = statistics.median(own)
        ratio = statistics.median([a / b for a, b in zip(reference, own, strict=True)])
        times[label] = {"seconds": median, "first_call": median, "ratio": ratio}
        times[label]["version"] = found[0]["version"]
        check_sums(row, label, found[0]["sum"], runs["polyad"][0]["sum"])
    return times


def check_sums(row: Row, label: str, found: float, expected: float) -> None:
    """A first call whose result differs from polyad's stops the row."""
    if abs(found - expected) > row.rtol * max(abs(expected), 1.0):
        raise MeasurementError(f"{label} gives a sum of {found}, polyad gives {expected}")


def usual_environment() -> dict[str, str]:
    """This process's, in which Python keeps the modules that it has compiled."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def in_process(*arguments: str, cache: str | None = None) -> dict[str, Any]:
    """The report of `python -m bench.measure`; its cache directory is `cache`, or an empty one."""
    with tempfile.TemporaryDirectory() as empty:
        folder = cache or empty
        settings = {
            "XDG_CACHE_HOME": folder,
            "POLYAD_CACHE_DIR": f"{folder}/polyad",
            "TORCHINDUCTOR_CACHE_DIR": f"{folder}/torch",
            "TORCHINDUCTOR_COMPILE_THREADS": "1",  # a pool takes longer to start than to help
        }
        try:
            done = subprocess.run(
                [sys.executable, "-m", "bench.measure", *arguments],
                capture_output=True,
                text=True,
                cwd=ROOT,
                env={**usual_environment(), **settings},
                timeout=LIMIT_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise MeasurementError(f"no result in {LIMIT_SECONDS} seconds") from None
    if done.returncode:
        raise MeasurementError(done.stderr or f"the process ended with {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])
