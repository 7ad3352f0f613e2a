"""Run the rows, each in a process of its own, and print the table."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from rich.console import Console

from .report import print_summary, print_table, save
from .rows import REHEARSAL, Row, rehearsing
from .runner import ROOT, measure
from .workloads import GROUPS, ROWS


def main() -> int:
    """Measure the rows named on the command line, or all; 1 if one could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = [row.name for row in ROWS]
    parser.add_argument("rows", nargs="*", metavar="row", help=f"one of {', '.join(names)}")
    parser.add_argument("--group", action="append", default=[], choices=GROUPS, help="all its rows")
    parser.add_argument("--cores", type=int, help="let every library use only so many (Linux)")
    parser.add_argument("--rehearsal", action="store_true", help="small data: does every row run?")
    arguments = parser.parse_args()
    if unknown := sorted(set(arguments.rows) - set(names)):
        parser.error(f"there is no row {unknown[0]}; the rows are {', '.join(names)}")
    if arguments.cores is not None:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.cores])
    if arguments.rehearsal:
        os.environ[REHEARSAL] = "1"
    chosen = {*arguments.rows, *(row.name for name in arguments.group for row in GROUPS[name])}
    return run([row for row in ROWS if not chosen or row.name in chosen])


def run(rows: list[Row]) -> int:
    """Measure, print and save; a rehearsal is not saved."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    measured: list[tuple[Row, dict[str, Any]]] = []
    try:
        for row in rows:
            with console.status(row.what):
                measured.append((row, measure(row)))
    except KeyboardInterrupt:
        console.print("interrupted; here is what has been measured")
    print_table(measured, console)
    for row, result in measured:
        for who, error in errors(result):
            console.print(f"{row.name}, {who}: {error}", style="red", markup=False)
    if rehearsing():
        console.print("a rehearsal: all ran that has a time here, and the times mean nothing")
    else:
        print_summary(measured, console)
        for path in save(measured):
            console.print(f"wrote {path.relative_to(ROOT)}", highlight=False)
    return int(any("error" in result for _, result in measured))


def errors(result: dict[str, Any]) -> list[tuple[str, str]]:
    """Who failed in a row, and how."""
    if "error" in result:
        return [("polyad", result["error"])]
    return [(who, times["error"]) for who, times in result["times"].items() if "error" in times]


if __name__ == "__main__":
    sys.exit(main())
