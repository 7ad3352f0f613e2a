"""A word on compilations that take long: a line of the log, after two seconds, and a bar where a
terminal is attached.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
from collections.abc import Iterator

from ...config import config
from ...execution import now, recording
from ...execution.recording import Phases
from ...ir import Function

log = logging.getLogger("polyad")
PATIENCE = 2.0
"""Seconds until something is said."""
REFRESH = 0.1
"""Seconds between two pictures of the bar."""
MANY = 150
"""Ops of a function that may take so long, at least: smaller ones are not watched."""


@contextlib.contextmanager
def told(function: Function) -> Iterator[None]:
    """A block that compiles `function` and runs it. If it compiles for long, the log has a line
    with the phase under way and those that are done.
    """
    count = sum(1 for _ in function.walk()) if config.tell_long_compiles else 0
    if count < MANY:
        yield
        return
    start = now()
    with recording.watching_phases() as phases:

        def tell() -> None:
            pause = 0.001
            while not (stages := [*phases.under_way]):  # between two, or the code runs
                if ended.wait(pause):
                    return
                pause = min(2 * pause, 1.0)
            done = [p for p in phases.done if p.stop - p.start > 1e8]
            before = ", ".join(f"{p.name} {(p.stop - p.start) / 1e9:.1f} s" for p in done)
            log.warning(
                "compiling %s (%d ops) takes %.1f s so far; now: %s%s",
                function.name,
                count,
                (now() - start) / 1e9,
                stages[-1],
                f"; before: {before}" if before else "",
            )
            if sys.stderr is not None and sys.stderr.isatty():
                show(function.name, phases, ended)

        ended = threading.Event()
        timer = threading.Timer(PATIENCE, tell)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            ended.set()
            if timer.is_alive() and phases.done:  # the bar is wiped before anything else is written
                timer.join(1.0)


def show(name: str, phases: Phases, ended: threading.Event) -> None:
    """Draw a bar on standard error until a compilation has ended: the stage under way, how many are
    done, and the time. How many there will be nobody knows before, so the bar only moves.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}", markup=False), BarColumn(20), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        while not ended.wait(REFRESH) and (stages := [*phases.under_way]):
            stage = stages[-1]
            bar.update(task, description=f"compiling {name}, stage {len(phases.done) + 1}: {stage}")
