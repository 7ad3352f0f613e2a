"""`python -m polyad fuzz`: random programs against oracles, until one disagrees."""

from __future__ import annotations

import argparse
import collections
import math
import os
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..fuzz.campaign import DEEP, Campaign
from ..fuzz.coverage import table
from .arguments import count, folder, natural

FEW = 10  # refusals that are printed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--programs", type=count, default=1000, help="how many programs (1000)")
    parser.add_argument("--first", type=natural, default=0, help="the seed of the first (0)")
    parser.add_argument("--jobs", type=count, default=os.cpu_count() or 1, help="processes")
    parser.add_argument(
        "--deep",
        type=count,
        default=DEEP,
        help=f"one of so many programs is long, compiled, and asked about by all oracles ({DEEP})",
    )
    parser.add_argument("--coverage", action="store_true", help="print the ops that were reached")
    parser.add_argument(
        "--seconds", type=count, default=None, help="begin no more programs after this time"
    )
    parser.add_argument(
        "--folder",
        type=folder,
        default=Path("fuzz"),
        help="the campaign's folder: its journal and the faults found, as programs (fuzz). The "
        "programs that the journal has are not run again",
    )


def main(options: argparse.Namespace) -> int:
    """0 if no program is a fault, 1 if one is."""
    console = Console()
    campaign = Campaign(options.folder, options.deep)
    columns = (TextColumn("fuzz"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    shown = sys.stderr.isatty()
    with Progress(*columns, console=console, transient=True, disable=not shown) as bar:
        task = bar.add_task("fuzz", total=options.programs)
        seconds = options.seconds or math.inf
        for event in campaign.run(options.first, options.programs, options.jobs, seconds):
            if "done" in event:
                bar.advance(task, event["done"][1])
            if "fault" in event:
                fault = campaign.faults[-1]
                console.print(
                    f"{fault.seed} {fault.oracle}: {fault.told}", highlight=False, markup=False
                )
    report(campaign, console, options.coverage)
    return 1 if campaign.faults else 0


def report(campaign: Campaign, console: Console, cells: bool) -> None:
    """Print the figures of a campaign: programs, faults by kind, programs by oracle and tier,
    refusals, and the `cells`.
    """
    refused = campaign.counts["refused"]
    kinds = collections.Counter(fault.kind for fault in campaign.faults)
    lines = [
        f"{campaign.programs} programs ({campaign.deep_programs} deep), "
        f"{len(campaign.faults)} faults of {len(kinds)} kinds; "
        f"{len(campaign.counts['rows'])} rows of the grammar used",
        *(f"  {n} {kind}" for kind, n in kinds.most_common()),
        f"{'oracle':15} {'plain':>8} {'deep':>8}",
        *(f"{name:15} {plain:8} {deep:8}" for name, (plain, deep) in campaign.asked()),
        f"{sum(refused.values())} refusals",
        *(f"  {n} {text}" for text, n in refused.most_common(FEW)),
        *(table(campaign.counts["cells"]) if cells else []),
        f"faults as programs, and the journal: {campaign.folder}",
    ]
    for line in lines:
        console.print(line, highlight=False, markup=False)
