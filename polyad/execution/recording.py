"""A record of what runs and what is compiled, for the profiler: off, unless somebody records."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..config import config
from ..ir import Function
from .compiled import Compiled, Timed, now


class Run(NamedTuple):
    """A call of a compiled function, or of one that runs op by op, with the times of its steps. All
    times are in nanoseconds, of one clock.
    """

    name: str
    start: int
    stop: int
    steps: Sequence[Timed]
    compiled: Compiled | None
    function: Function
    thread: int


class Phase(NamedTuple):
    """A part of a compilation."""

    name: str
    start: int
    stop: int


class Compilation(NamedTuple):
    """A trace and compilation of `name`, the `reason` for it, and its phases; a phase may be in
    another.
    """

    name: str
    reason: str
    start: int
    stop: int
    phases: Sequence[Phase]


class Recorder:
    """A record: runs and compilations, in the order of their ends."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self.compilations: list[Compilation] = []
        self.start = now()
        self.stop = self.start

    def run(self, name: str, compiled: Compiled, arrays: Sequence[object]) -> Sequence[object]:
        """The results of a call of a compiled function, recorded."""
        call = compiled.timed(*arrays)
        thread = threading.get_ident()
        made = Run(name, call.start, call.stop, call.steps, compiled, compiled.function, thread)
        self.runs.append(made)
        return call.results

    def evaluation(self, function: Function, start: int) -> None:
        """Note a function that ran op by op, from `start` until now."""
        thread = threading.get_ident()
        self.runs.append(Run(function.name, start, now(), (), None, function, thread))


class Phases:
    """The phases of a compilation: those that are done, and the names of those under way."""

    def __init__(self) -> None:
        self.done: list[Phase] = []
        self.under_way: list[str] = []


class _Here(threading.local):
    """The compilation under way on each thread, if somebody watches it."""

    phases: Phases | None = None


_HERE = _Here()
_RECORDERS: list[Recorder] = []


def recorder() -> Recorder | None:
    """The recorder of this process, if one records."""
    return _RECORDERS[-1] if _RECORDERS else None


@contextlib.contextmanager
def recording() -> Iterator[Recorder]:
    """A block of which all calls are recorded, those of other threads too. Fast paths of jitted
    functions rest meanwhile.
    """
    made = Recorder()
    _RECORDERS.append(made)
    config.version += 1
    try:
        yield made
    finally:
        _RECORDERS.remove(made)
        config.version += 1
        made.stop = now()


def compilation(name: str, reason: str) -> contextlib.AbstractContextManager[None]:
    """A block that traces, compiles and runs for the first time; recorded, if somebody records."""
    found = recorder()
    return _NOTHING if found is None else _compilation(found, name, reason)


@contextlib.contextmanager
def _compilation(found: Recorder, name: str, reason: str) -> Iterator[None]:
    start = now()
    with watching_phases() as phases:
        done = len(phases.done)
        try:
            yield
        finally:
            made = Compilation(name, reason, start, now(), phases.done[done:])
            found.compilations.append(made)


@contextlib.contextmanager
def watching_phases() -> Iterator[Phases]:
    """A block of which the phases on this thread are noted."""
    before = _HERE.phases
    _HERE.phases = phases = before or Phases()
    try:
        yield phases
    finally:
        _HERE.phases = before


_NOTHING = contextlib.nullcontext()


def phase(name: str) -> contextlib.AbstractContextManager[None]:
    """A block that is a phase of the compilation under way, if somebody watches it."""
    return _NOTHING if _HERE.phases is None else _phase(name, _HERE.phases)


@contextlib.contextmanager
def _phase(name: str, phases: Phases) -> Iterator[None]:
    start = now()
    phases.under_way.append(name)
    try:
        yield
    finally:
        phases.under_way.pop()
        phases.done.append(Phase(name, start, now()))
