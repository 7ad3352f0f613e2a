"""`python -m polyad conformance`: run the matrix, say how far it is, write it down."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from .. import execution
from ..conformance.laws import LAWS
from ..conformance.matrix import BACKENDS, FAILS, Cell, cells, run_cell
from ..conformance.page import page
from ..conformance.report import cells_written, markdown, summary
from ..conformance.sample import SAMPLES
from ..errors import PolyadError
from ..ir import as_dtype
from .arguments import count, folder

BATCH = 40  # cells that a process takes at a time


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument(
        "--backend", action="append", help="a backend; again for more (all that are installed)"
    )
    parser.add_argument(
        "--op", action="append", help="an op, or a row of the table; again for more (all)"
    )
    parser.add_argument(
        "--law", action="append", choices=list(LAWS), help="a law; again for more (all)"
    )
    parser.add_argument("--dtype", action="append", help="a dtype; again for more (all)")
    parser.add_argument("--jobs", type=count, default=os.cpu_count() or 1, help="processes")
    parser.add_argument(
        "--output",
        type=folder,
        default=None,
        help="a folder for conformance.md and conformance_matrix.html (nothing is written)",
    )


def main(options: argparse.Namespace) -> int:
    """0 if every cell is as it should be, 1 if one is not, 2 for a bad request."""
    console, complaints = Console(), Console(stderr=True)
    try:
        chosen = list(wanted(options))
        if options.output is not None:
            keeps_the_rest(options, len(chosen))
    except PolyadError as error:
        complaints.print(f"conformance: {error}", style="red", highlight=False, markup=False)
        return 2
    done = list(watched(chosen, options.jobs, console))
    failed = [c for c in done if c.outcome == FAILS]
    for cell in failed:
        place = f" {cell.sample} {cell.dtype}, {cell.law} on {cell.backend}: "
        console.print(Text.assemble(("✗", "red"), place, cell.reason))
    if options.output is not None:
        (options.output / "conformance.md").write_text(markdown(done), encoding="utf-8")
        (options.output / "conformance_matrix.html").write_text(page(done), encoding="utf-8")
        written = f"written to {options.output}/conformance.md and conformance_matrix.html"
        console.print(written, highlight=False, markup=False)
    console.print(f"{len(done)} cells: {summary(done)}", highlight=False)
    return 1 if failed else 0


def wanted(options: argparse.Namespace) -> Iterator[Cell]:
    """The cells that are asked for. Raises `PolyadError` for names that there are not."""
    known = execution.backends()
    backends = options.backend or [b for b in BACKENDS if b in known]
    for name in backends:
        execution.get_backend(name)
    names = {s.op for s in SAMPLES} | {s.name for s in SAMPLES}
    for op in options.op or ():
        if op not in names:
            close = sorted(n for n in names if op in n or n in op)
            raise PolyadError(
                f"no op is named {op!r}" + (f"; near it are {', '.join(close)}" if close else "")
            )
    found = list(cells(backends, options.op or (), options.law or tuple(LAWS), options.dtype or ()))
    for dtype in options.dtype or ():
        as_dtype(dtype)
    if not found:
        raise PolyadError("no cell is of those ops in those dtypes")
    yield from found


def keeps_the_rest(options: argparse.Namespace, count: int) -> None:
    """Raises `PolyadError` if a part of the matrix would replace a larger one in the folder."""
    path = options.output / "conformance.md"
    if not (options.backend or options.op or options.law or options.dtype) or not path.exists():
        return
    written = cells_written(path.read_text(encoding="utf-8"))
    if written > count:
        raise PolyadError(
            f"{path} holds {written} cells, and this run has {count} of the matrix: it would "
            "replace the larger matrix with the smaller one. Give another folder to --output, or "
            "run the whole matrix: leave out --backend, --op, --law and --dtype"
        )


def watched(chosen: Sequence[Cell], jobs: int, console: Console) -> Iterator[Cell]:
    """The cells run, in order, under a bar that shows how far they are."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not sys.stderr.isatty()
    ) as bar:
        task = bar.add_task("conformance", total=len(chosen))
        for cell in executed(chosen, jobs):
            bar.advance(task)
            yield cell


def executed(chosen: Sequence[Cell], jobs: int) -> Iterator[Cell]:
    """The cells run, in order, by that number of processes."""
    if jobs <= 1 or len(chosen) <= BATCH:
        yield from map(run_cell, chosen)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        yield from pool.map(run_cell, chosen, chunksize=BATCH)
