"""The table, the file and the plot of a run."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from .workloads import Row

RESULTS = Path(__file__).parent / "results"


def verdict(row: Row, measured: dict[str, Any]) -> str:
    """Whether the target is met; or why that is not known."""
    if "error" in measured:
        return "failed"
    peer = measured["times"].get(row.peers[0])
    if peer is None:
        return f"{row.peers[0]} is not installed"
    return "met" if peer["ratio"] <= row.target else "missed"


def print_table(rows: list[tuple[Row, dict[str, Any]]], console: Console) -> None:
    """One line per row, with the times of every contender below each other."""
    table = Table(title="Seconds per call: medians of interleaved rounds", show_lines=True)
    for heading in ("workload", "who", "time", "first call", "polyad / who", "target", "verdict"):
        left = heading in ("workload", "who", "verdict")
        table.add_column(
            heading, justify="left" if left else "right", no_wrap=heading != "workload"
        )
    for row, measured in rows:
        times = measured.get("times", {})
        colour = {"met": "green", "missed": "yellow"}.get(verdict(row, measured), "red")
        table.add_row(
            row.what,
            "\n".join(times) or "[red]" + measured["error"].strip().rpartition("\n")[2],
            "\n".join(seconds(t["seconds"]) for t in times.values()),
            "\n".join(seconds(t["first_call"]) for t in times.values()),
            "\n".join("" if who == "polyad" else f"{t['ratio']:.3g}" for who, t in times.items()),
            f"\n<= {row.target:.2f}",
            f"\n[{colour}]{verdict(row, measured)}",
        )
    table.caption = (
        "The first call counts what each library does once; in rows named so, after it started up."
    )
    console.print(table)


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


def markdown(rows: list[tuple[Row, dict[str, Any]]]) -> str:
    """The table as the README shows it."""
    lines = ["| workload | polyad | peer | ratio | target | |", "|---|---|---|---|---|---|"]
    for row, measured in rows:
        times, peer = measured.get("times", {}), row.peers[0]
        if peer in times:
            mine, theirs = seconds(times["polyad"]["seconds"]), seconds(times[peer]["seconds"])
            ratio = f"{times[peer]['ratio']:.3g}"
            lines.append(
                f"| {row.what} | {mine} | {peer}: {theirs} | {ratio} | ≤ {row.target:.2f} "
                f"| {verdict(row, measured)} |"
            )
    return "\n".join(lines)


def save(rows: list[tuple[Row, dict[str, Any]]]) -> list[Path]:
    """Write the JSON, the Markdown table and, with matplotlib, the plot; returns their paths."""
    RESULTS.mkdir(exist_ok=True)
    machine = {
        "machine": platform.machine(),
        "system": platform.system(),
        "cores": usable_cores(),
        "load": os.getloadavg(),
        "python": platform.python_version(),
    }
    record = {"on": machine, "rows": {row.name: measured for row, measured in rows}}
    paths = [RESULTS / "latest.json", RESULTS / "latest.md"]
    paths[0].write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    paths[1].write_text(markdown(rows) + "\n", encoding="utf-8")
    if importlib.util.find_spec("matplotlib"):
        paths.append(RESULTS / "latest.png")
        plot(rows, paths[-1])
    return paths


def plot(rows: list[tuple[Row, dict[str, Any]]], path: Path) -> None:
    """Each peer's ratio as a dot on a logarithmic axis, each target as a bar."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(10, 0.6 * len(rows) + 1.5), layout="constrained")
    peers = dict.fromkeys(label for _, measured in rows for label in measured.get("times", {}))
    labels = [label for label in peers if label != "polyad"]
    for index, label in enumerate(labels):
        points = [
            (measured["times"][label]["ratio"], -height)
            for height, (_, measured) in enumerate(rows)
            if label in measured.get("times", {})
        ]
        if points:
            axes.plot(*zip(*points, strict=True), "o", color=f"C{index}", label=label)
    for height, (row, _) in enumerate(rows):
        axes.plot([row.target] * 2, [-height - 0.3, -height + 0.3], color="black", linewidth=2)
    axes.axvline(1.0, color="grey", linewidth=0.5)
    axes.set_xscale("log")
    axes.set_yticks([-height for height in range(len(rows))], [row.what for row, _ in rows])
    axes.set_xlabel("polyad's time / the peer's time (left is faster); black: the target")
    if labels:
        figure.legend(loc="outside right upper", fontsize="small")
    figure.savefig(path, dpi=150)
    pyplot.close(figure)
