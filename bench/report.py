"""The tables and the files of a run."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import statistics
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from .rows import Row

RESULTS = Path(__file__).parent / "results"
PEER = "jax"  # the one of the geometric mean
WANTED_MEAN = 4.0

Measured = list[tuple[Row, dict[str, Any]]]


def verdict(row: Row, measured: dict[str, Any], peer: str) -> str:
    """Whether the target against a peer is met; or why that is not known."""
    if "error" in measured:
        return "failed"
    times = measured["times"].get(peer)
    if times is None:
        return f"{peer} is not installed"
    if "error" in times:
        return f"{peer} failed"
    return "met" if times["ratio"] <= row.targets[peer] else "missed"


def print_table(rows: Measured, console: Console) -> None:
    """One line per row, with the times of every contender below each other."""
    table = Table(title="Seconds per call: medians of interleaved rounds", show_lines=True)
    for heading in ("workload", "who", "time", "first", "memory", "polyad / who", "target", ""):
        left = heading in ("workload", "who", "")
        table.add_column(
            heading, justify="left" if left else "right", no_wrap=heading != "workload"
        )
    for row, measured in rows:
        lines = [cells(row, measured, who, t) for who, t in measured.get("times", {}).items()]
        columns = zip(*lines or [["[red]failed"]], strict=True)
        table.add_row(row.what, *("\n".join(column) for column in columns))
    table.caption = (
        "The first call counts what each library does once; in rows named so, and for the peak of "
        "memory, after it started up."
    )
    console.print(table)


def cells(row: Row, measured: dict[str, Any], who: str, times: dict[str, Any]) -> list[str]:
    """A contender's line in the table."""
    if "error" in times:
        return [who, "[red]failed", "", "", "", "", ""]
    found = verdict(row, measured, who) if who in row.targets else ""
    colour = {"met": "green", "missed": "yellow"}.get(found, "red")
    return [
        who,
        seconds(times["seconds"]),
        seconds(times["first_call"]),
        f"{times['peak'] / 1e6:.3g} MB" if "peak" in times else "",
        "" if who == "polyad" else f"{times['ratio']:.3g}",
        f"<= {row.targets[who]:.3g}" if who in row.targets else "",
        f"[{colour}]{found}[/]" if found else "",
    ]


def summary(rows: Measured) -> list[str]:
    """How polyad stands against JAX over all rows, and which targets are missed."""
    against = [
        (row, measured["times"][PEER]["ratio"])
        for row, measured in rows
        if "ratio" in measured.get("times", {}).get(PEER, {})
    ]
    lines = []
    if ratios := [ratio for row, ratio in against if not row.sweep]:
        mean = 1 / statistics.geometric_mean(ratios)
        found = "met" if mean >= WANTED_MEAN else "missed"
        lines.append(
            f"Geometric mean over the {len(ratios)} rows with {PEER} as a peer: polyad is "
            f"{mean:.3g} times as fast (target {WANTED_MEAN:g}: {found}); sweeps are not counted."
        )
    slower = [f"{row.name} ({ratio:.3g})" for row, ratio in against if ratio > 1]
    lines.append(f"Rows slower than {PEER}, points of sweeps included: {len(slower)}")
    lines[-1] += f": {', '.join(slower)}." if slower else "."
    missed = [
        f"{row.name} / {peer}"
        for row, measured in rows
        for peer in row.targets
        if verdict(row, measured, peer) == "missed"
    ]
    lines.append(f"Targets missed: {', '.join(missed) or 'none'}.")
    return lines


def print_summary(rows: Measured, console: Console) -> None:
    """The summary, a line for each of its statements."""
    for line in summary(rows):
        console.print(line, highlight=False)


def usable_cores() -> int:
    """How many cores this process, and those it starts, may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def seconds(value: float) -> str:
    """A time in the unit that suits it.

    >>> seconds(0.0000123)
    '12.3 us'
    """
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
        if value * factor >= 1:
            return f"{value * factor:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"


def markdown(rows: Measured) -> str:
    """The table as docs/benchmarks.md shows it: a line for each target."""
    lines = ["| workload | polyad | peer | ratio | target | |", "|---|---|---|---|---|---|"]
    for row, measured in rows:
        for peer, target in row.targets.items():
            times = measured.get("times", {})
            found = verdict(row, measured, peer)
            if found in ("met", "missed"):
                mine, theirs = seconds(times["polyad"]["seconds"]), seconds(times[peer]["seconds"])
                figures = f"{mine} | {peer}: {theirs} | {times[peer]['ratio']:.3g}"
            else:
                figures = f"| {peer} |"
            lines.append(f"| {row.what} | {figures} | ≤ {target:.3g} | {found} |")
    return "\n".join(lines + ["", *summary(rows)])


def save(rows: Measured) -> list[Path]:
    """Write the JSON, the Markdown table and, with matplotlib, the plots; returns their paths."""
    RESULTS.mkdir(exist_ok=True)
    machine = {
        "machine": platform.machine(),
        "system": platform.system(),
        "cores": usable_cores(),
        "load": os.getloadavg(),
        "python": platform.python_version(),
    }
    record = {
        "on": machine,
        "summary": summary(rows),
        "rows": {row.name: {"targets": dict(row.targets), **found} for row, found in rows},
    }
    paths = [RESULTS / "latest.json", RESULTS / "latest.md"]
    paths[0].write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    paths[1].write_text(markdown(rows) + "\n", encoding="utf-8")
    if importlib.util.find_spec("matplotlib"):
        from . import plots

        paths += plots.draw(rows, RESULTS)
    return paths
