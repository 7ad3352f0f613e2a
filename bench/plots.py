"""The plots of a run: every row's ratios, and the curves of the sweeps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
from matplotlib import pyplot

from .rows import Row

matplotlib.use("Agg")

Measured = list[tuple[Row, dict[str, Any]]]


def draw(rows: Measured, folder: Path) -> list[Path]:
    """Write the plots there is something for; returns their paths."""
    paths = []
    if single := [(row, m["times"]) for row, m in rows if "times" in m and not row.sweep]:
        paths.append(folder / "latest.png")
        draw_ratios(single, paths[-1])
    if points := [(row, m["times"]) for row, m in rows if "times" in m and row.sweep]:
        paths.append(folder / "sweeps.png")
        draw_sweeps(points, paths[-1])
    return paths


def draw_ratios(rows: Measured, path: Path) -> None:
    """Each peer's ratio as a dot on a logarithmic axis, each target as a bar of its colour."""
    figure, axes = pyplot.subplots(figsize=(11, 0.3 * len(rows) + 1.5), layout="constrained")
    peers = dict.fromkeys(label for _, times in rows for label, t in times.items() if "ratio" in t)
    labels = [label for label in peers if label != "polyad"]
    for index, label in enumerate(labels):
        colour, marker = f"C{index % 10}", "o^sD"[index // 10]
        points = [
            (times[label]["ratio"], -height)
            for height, (_, times) in enumerate(rows)
            if "ratio" in times.get(label, {})
        ]
        axes.plot(*zip(*points, strict=True), marker, color=colour, label=label)
        for height, (row, _) in enumerate(rows):
            if label in row.targets:
                ends = [-height - 0.4, -height + 0.4]
                axes.plot([row.targets[label]] * 2, ends, color=colour, linewidth=2)
    axes.axvline(1.0, color="grey", linewidth=0.5)
    axes.set_xscale("log")
    axes.set_ylim(-len(rows) + 0.3, 0.7)
    axes.set_yticks([-height for height in range(len(rows))], [row.name for row, _ in rows])
    axes.grid(axis="y", linewidth=0.3)
    axes.set_xlabel("polyad's time / the peer's time: left is faster; bars are targets")
    if labels:
        figure.legend(loc="outside right upper", fontsize="small")
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def draw_sweeps(points: Measured, path: Path) -> None:
    """Seconds over the size, one panel a sweep, both axes logarithmic."""
    sweeps = list(dict.fromkeys(row.sweep for row, _ in points))
    figure, panels = pyplot.subplots(
        1, len(sweeps), figsize=(6 * len(sweeps), 4.5), layout="constrained", squeeze=False
    )
    for name, axes in zip(sweeps, panels[0], strict=True):
        own = [(row, times) for row, times in points if row.sweep == name]
        for label in dict.fromkeys(label for _, times in own for label in times):
            curve = [
                (row.size, times[label]["seconds"])
                for row, times in own
                if "seconds" in times.get(label, {})
            ]
            if curve:
                axes.loglog(*zip(*curve, strict=True), "o-", markersize=4, label=label)
        axes.set_title(own[0][0].what.rpartition(", ")[0], fontsize="small")
        axes.set_xlabel("numbers")
        axes.set_ylabel("seconds")
        axes.grid(which="major", linewidth=0.3)
        axes.legend(fontsize="small")
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
