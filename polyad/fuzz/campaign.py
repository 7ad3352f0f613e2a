"""Campaigns: many programs, in processes of their own, with a journal.

A campaign lives in a folder. `journal.jsonl` has a line for each chunk of programs that is done,
and for each fault; so a campaign that was stopped goes on where it was. `covered.json` has the uses
of each row, and of each op by what made it and its dtype. A process that dies or hangs is a fault
of the program it was at; one that has grown too large is followed by another.
"""

from __future__ import annotations

import collections
import contextlib
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from .. import api
from ..system import resident
from . import coverage
from .builder import Broken, Builder
from .cases import Case
from .minimize import minimized
from .oracles import ORACLES, asked, verdict
from .program import HEAD, Program

CHUNK = 2000  # programs that one process runs
DEEP = 500  # of so many programs one is deep
CLEAR = 100  # programs after which the caches are cleared
LARGEST = 1500 << 20  # bytes in memory, with which a process ends
PATIENCE = 600  # seconds without a word from a process, after which it hangs
REFUSED = "refused: "
TIERS = ("plain", "deep")
COUNTED = ("rows", "cells", "refused", "asked")
WORKER = ["-m", f"{__package__}.worker"]
Event = dict[str, Any]
"""A message of a process: the program it is `at`, a `fault`, or the end of a chunk (`done`)."""


class Fault(NamedTuple):
    """A program that an oracle finds wrong, made small."""

    seed: int
    oracle: str
    told: str
    source: str

    @property
    def kind(self) -> str:
        """Faults of one kind look alike: the oracle, and the error's type or a wrong value."""
        error = self.told.partition(":")[0]
        return f"{self.oracle}, {error if error.endswith('Error') else 'value'}"


def is_deep(seed: int, every: int = DEEP) -> bool:
    """Whether the program of a seed is a deep one, as one of so `every` programs is."""
    return seed % every == 0


def programs(first: int, count: int, every: int = DEEP) -> Iterator[Program]:
    """The programs of some seeds, each of which depends on its own alone."""
    return (made(seed, is_deep(seed, every)) for seed in range(first, first + count))


def made(seed: int, deep: bool) -> Program:
    """The program of a seed; one of a single line if that is broken."""
    try:
        return Builder(seed, deep).program()
    except Broken as error:
        return error.program


def chunk(first: int, count: int, every: int, report: Callable[[Event], None]) -> None:
    """Run the programs of some seeds; `report` takes an event for each step. Fewer are run if the
    process grows too large.
    """
    rows, refused, asks = (collections.Counter[str]() for _ in range(3))
    cells = coverage.Cells()
    report({"at": first})
    seed = first
    for seed in range(first, first + count):
        program = made(seed, deep := is_deep(seed, every))
        rows.update(program.block.rules())
        report({"at": seed, "source": program.text})
        case = Case(program)
        with cells.watched(seed):
            for name in asked(program, deep):
                report({"at": seed, "oracle": name})
                asks[f"{TIERS[deep]}, {name}"] += 1
                told = verdict(case, name)
                if told.startswith(REFUSED):
                    refused[f"{name}: {told.removeprefix(REFUSED)}"] += 1
                elif told:
                    report({"fault": small_fault(program, name, told)._asdict()})
        report({"at": seed + 1})
        if deep or not seed % CLEAR:
            api.clear_caches()
            if resident() > LARGEST:
                break
    counts = {"refused": refused, "rows": rows, "asked": asks, "cells": cells.found}
    report({"done": [first, seed + 1 - first], **counts})


def small_fault(program: Program, oracle: str, told: str) -> Fault:
    """The fault that an oracle told of, with the smallest program found that has it."""
    small = minimized(program, lambda candidate: alike(candidate, oracle, told))
    return Fault(program.seed, oracle, verdict(small, oracle), small.source())


def alike(program: Program, oracle: str, told: str) -> bool:
    """Whether the oracle finds a fault of the same kind in the program."""
    found = verdict(program, oracle)
    one, other = (Fault(0, oracle, text, "").kind for text in (found, told))
    return bool(found) and not found.startswith(REFUSED) and one == other


class Campaign:
    """A folder with a journal: the chunks that are done, the faults, and what was covered."""

    def __init__(self, folder: Path, deep: int = DEEP) -> None:
        self.folder, self.deep = folder, deep
        self.done: dict[int, int] = {}
        self.faults: list[Fault] = []
        self.counts = {name: collections.Counter[str]() for name in COUNTED}
        self.journal, self.covered = folder / "journal.jsonl", folder / "covered.json"
        folder.mkdir(parents=True, exist_ok=True)
        if self.journal.exists():
            for line in self.journal.read_text("utf-8").splitlines():
                self.take(json.loads(line))
        if self.covered.exists():
            for name, found in json.loads(self.covered.read_text("utf-8")).items():
                self.counts[name].update(found)

    @property
    def programs(self) -> int:
        """The number of programs that have been run."""
        return sum(self.done.values())

    def asked(self) -> Iterator[tuple[str, list[int]]]:
        """Each oracle with the numbers of programs of each tier that it was asked about."""
        for name in ORACLES:
            yield name, [self.counts["asked"][f"{tier}, {name}"] for tier in TIERS]

    @property
    def deep_programs(self) -> int:
        """How many of them were deep."""
        return sum(
            is_deep(seed, self.deep)
            for first, count in self.done.items()
            for seed in range(first, first + count)
        )

    def take(self, event: Event) -> None:
        """Take note of an event."""
        if "done" in event:
            first, count = event["done"]
            self.done[first] = count
            for name, counter in self.counts.items():
                counter.update(event.get(name, {}))
        if "fault" in event:
            self.faults.append(Fault(**event["fault"]))

    def note(self, event: Event) -> None:
        """Take note of an event and write it down; a fault as a program, too."""
        self.take(event)
        with self.journal.open("a", encoding="utf-8") as file:
            file.write(
                json.dumps({k: x for k, x in event.items() if k in ("done", "fault")}) + "\n"
            )
        if "done" in event:
            self.covered.write_text(json.dumps(self.counts), encoding="utf-8")
        if "fault" in event:
            fault = self.faults[-1]
            path = self.folder / f"{fault.seed}_{fault.oracle.replace(' ', '_')}.py"
            path.write_text(f"# {fault.oracle}: {fault.told}\n{fault.source}", encoding="utf-8")

    def todo(self, first: int, programs: int) -> Iterator[tuple[int, int]]:
        """The chunks, by first seed and number of programs, that are not done."""
        seed, end = first, first + programs
        while seed < end:
            if seed in self.done:
                seed += self.done[seed]
                continue
            stop = min([end, seed + CHUNK, *(s for s in self.done if s > seed)])
            yield seed, stop - seed
            seed = stop

    def run(self, first: int, programs: int, jobs: int, seconds: float) -> Iterator[Event]:
        """Run so many programs from seed `first` on, in `jobs` processes; no chunk is begun after
        so many seconds. The events, as they come.
        """
        events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        chunks = list(self.todo(first, programs))
        until = time.monotonic() + seconds

        def work() -> None:
            with contextlib.suppress(IndexError):
                while time.monotonic() < until:
                    watched(*chunks.pop(0), self.deep, events.put)
            events.put(None)

        for _ in range(jobs):
            threading.Thread(target=work, daemon=True).start()
        for _ in range(jobs):
            while (event := events.get()) is not None:
                self.note(event)
                yield event


class Watchdog:
    """Ends a process that says nothing for too long."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process, self.heard, self.over = process, time.monotonic(), threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while not self.over.wait(1):
            if time.monotonic() - self.heard > PATIENCE:
                return self.process.kill()


def watched(first: int, count: int, every: int, report: Callable[[Event], None]) -> None:
    """Run a chunk in a process of its own. A program that ends the process, or makes it hang, is
    reported, and the rest of the chunk is run by another process.
    """
    seed = first
    while seed < first + count:
        seed += _run(seed, first + count - seed, every, report)


def _run(first: int, count: int, every: int, report: Callable[[Event], None]) -> int:
    """Run programs in one process; gives how many."""
    command = [sys.executable, *WORKER, str(first), str(count), str(every)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    event: Event = {}
    at: Event = {"at": first}
    dog = Watchdog(process)
    source = ""
    for line in process.stdout:
        dog.heard = time.monotonic()
        event = json.loads(line)
        if "at" in event:
            at, source = event, event.get("source", source)
        else:
            report(event)
        if "done" in event:
            break
    status = process.wait()
    dog.over.set()
    if "done" in event:
        done: int = event["done"][1]
        return done
    seed = at["at"]
    told = f"Death: the process ends with status {status}"
    oracle = at.get("oracle", "construction")
    report({"fault": Fault(seed, oracle, told, HEAD + source + "\n")._asdict()})
    report({"done": [first, seed - first + 1]})
    return int(seed) - first + 1
