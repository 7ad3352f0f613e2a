"""Run the rows, each in a process of its own, and print the table."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console

from .peers import installed
from .report import print_table, save
from .workloads import ROWS, Row

ROOT = Path(__file__).parent.parent
FIRST_CALLS = 5


def main() -> int:
    """Measure the rows named on the command line, or all; 1 if one could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = [row.name for row in ROWS]
    parser.add_argument("rows", nargs="*", metavar="row", help=f"one of {', '.join(names)}")
    parser.add_argument("--cores", type=int, help="let every library use only so many (Linux)")
    arguments = parser.parse_args()
    chosen, cores = arguments.rows, arguments.cores
    if unknown := sorted(set(chosen) - set(names)):
        parser.error(f"there is no row {unknown[0]}; the rows are {', '.join(names)}")
    if cores is not None:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    console = Console(width=None if sys.stdout.isatty() else 130)
    measured: list[tuple[Row, dict[str, Any]]] = []
    for row in ROWS:
        if not chosen or row.name in chosen:
            with console.status(row.what):
                measured.append((row, measure(row)))
    print_table(measured, console)
    for path in save(measured):
        console.print(f"wrote {path.relative_to(ROOT)}", highlight=False)
    for row, result in measured:
        if "error" in result:
            console.print(f"{row.name}:\n{result['error']}", style="red", markup=False)
    return int(any("error" in result for _, result in measured))


class MeasurementError(Exception):
    """A row that failed, or whose contenders disagree."""


def measure(row: Row) -> dict[str, Any]:
    """The row's times by contender, or the error that stopped it."""
    try:
        return {"times": first_calls(row) if row.first_call else in_process(row.name)}
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
            in_process(row.name, "polyad", cache=cache)
        for _ in range(FIRST_CALLS):
            for label in labels:
                kept = cache if row.warm and label == "polyad" else None
                runs[label].append(in_process(row.name, label, cache=kept))
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


def in_process(*arguments: str, cache: str | None = None) -> dict[str, Any]:
    """What `python -m bench.measure` says; its cache directory is `cache`, or an empty one."""
    with tempfile.TemporaryDirectory() as empty:
        folder = cache or empty
        done = subprocess.run(
            [sys.executable, "-m", "bench.measure", *arguments],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, "XDG_CACHE_HOME": folder, "POLYAD_CACHE_DIR": f"{folder}/polyad"},
        )
    if done.returncode:
        raise MeasurementError(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    sys.exit(main())
