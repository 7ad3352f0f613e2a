"""A word on compilations that take long: a line of the log, after two seconds."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator

from ...config import config
from ...execution import now, recording
from ...ir import Function

log = logging.getLogger("polyad")
PATIENCE = 2.0
"""Seconds until something is said."""
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
            if phases.under_way:
                done = [p for p in phases.done if p.stop - p.start > 1e8]
                before = ", ".join(f"{p.name} {(p.stop - p.start) / 1e9:.1f} s" for p in done)
                log.warning(
                    "compiling %s (%d ops) takes %.1f s so far; now: %s%s",
                    function.name,
                    count,
                    (now() - start) / 1e9,
                    phases.under_way[-1],
                    f"; before: {before}" if before else "",
                )

        timer = threading.Timer(PATIENCE, tell)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
