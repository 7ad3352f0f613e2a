"""A record as a trace for Perfetto (ui.perfetto.dev) and chrome://tracing: the Trace Event Format,
`ph` X for bars, C for counters, M for names, times in microseconds.
"""

from __future__ import annotations

from typing import Any

from ..execution.recording import Recorder, Run
from .rows import Account
from .words import near

COMPILER = 0
"""The row of compilations; those of threads come after it."""


def events(recorder: Recorder, account: Account) -> list[dict[str, Any]]:
    """All events, in the order of their starts."""
    threads = {t: i for i, t in enumerate(dict.fromkeys(r.thread for r in account.runs), 1)}
    found: list[dict[str, Any]] = []
    for run in account.runs:
        found += of_run(run, account, threads[run.thread], recorder.start)
    for made in recorder.compilations:
        args = {"reason": made.reason}
        name = f"compile {made.name}"
        found.append(bar(name, made.start, made.stop, COMPILER, recorder.start, args))
        for phase in made.phases:
            found.append(bar(phase.name, phase.start, phase.stop, COMPILER, recorder.start, {}))
    found.sort(key=lambda event: (event["ts"], -event.get("dur", 0)))
    rows = {COMPILER: "compiler", **{i: f"thread {i}" for i in threads.values()}}
    named = [
        {"ph": "M", "name": "thread_name", "pid": 1, "tid": tid, "ts": 0, "args": {"name": name}}
        for tid, name in rows.items()
    ]
    return [*named, *found]


def of_run(run: Run, account: Account, thread: int, start: int) -> list[dict[str, Any]]:
    """The bar of a call, those of its steps in it, and its workspace as a counter."""
    found = [bar(run.name, run.start, run.stop, thread, start, {})]
    for timed in run.steps:
        steps = account.steps_of(run, timed.title)
        args: dict[str, Any] = {
            "bytes": sum(s.moved for s in steps),
            "flops": sum(sum(s.work) for s in steps),
        }
        if steps and steps[0].location is not None:
            place = steps[0].location
            args["line"] = f"{near(place.file)}:{place.line}"
        found.append(bar(timed.title or run.name, timed.start, timed.stop, thread, start, args))
    if run.compiled is not None:
        nbytes = account.explorations[run.compiled].workspace
        for time, value in ((run.start, nbytes), (run.stop, 0)):
            found.append(
                {"ph": "C", "name": "workspace", "pid": 1, "tid": thread,
                 "ts": (time - start) / 1000, "args": {"bytes": value}}
            )  # fmt: skip
    return found


def bar(
    name: str, first: int, last: int, thread: int, start: int, args: dict[str, Any]
) -> dict[str, Any]:
    """The event of a bar."""
    return {
        "ph": "X", "name": name, "cat": "polyad", "pid": 1, "tid": thread,
        "ts": (first - start) / 1000, "dur": (last - first) / 1000, "args": args,
    }  # fmt: skip
