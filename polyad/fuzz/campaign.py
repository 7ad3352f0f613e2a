"""Campaigns: many programs, in processes of their own, with a journal.

A campaign lives in a folder. `journal.jsonl` has a line for each chunk of programs that is done,
and for each fault; so a campaign that was stopped goes on where it was. A process that dies or
hangs is a fault of the program it was at.
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
from .builder import Builder
from .minimize import minimized
from .oracles import asked, verdict
from .program import Program

CHUNK = 50  # programs that one process runs
PATIENCE = 600  # seconds without a word from a process, after which it hangs
REFUSED = "refused: "
WORKER = ["-m", f"{__package__}.worker"]
Event = dict[str, Any]
"""What a process says: the program it is `at`, a `fault`, `refused`, or that a chunk is `done`."""


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


def programs(
    first: int, count: int, covered: collections.Counter[str] | None = None
) -> Iterator[Program]:
    """The programs of some seeds. Each depends on those before it in its chunk, too: rows of the
    grammar that they have used are drawn less often.
    """
    covered = collections.Counter() if covered is None else covered
    return (Builder(seed, covered).program() for seed in range(first, first + count))


def chunk(first: int, count: int, report: Callable[[Event], None]) -> None:
    """Run the programs of some seeds; `report` takes an event for each step."""
    covered = collections.Counter[str]()
    report({"at": first})
    for program in programs(first, count, covered):
        for name in asked(program):
            report({"at": program.seed, "oracle": name})
            told = verdict(program, name)
            if told.startswith(REFUSED):
                report({"refused": f"{name}: {told.removeprefix(REFUSED)}"})
            elif told:
                report({"fault": small_fault(program, name, told)._asdict()})
        api.clear_caches()
        report({"at": program.seed + 1})
    report({"done": [first, count], "rows": dict(covered)})


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
    """A folder with a journal: the chunks that are done, the faults, the uses of each row."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.done: dict[int, int] = {}
        self.faults: list[Fault] = []
        self.rows = collections.Counter[str]()
        self.refused = collections.Counter[str]()
        self.journal = folder / "journal.jsonl"
        folder.mkdir(parents=True, exist_ok=True)
        if self.journal.exists():
            for line in self.journal.read_text("utf-8").splitlines():
                self.take(json.loads(line))

    @property
    def programs(self) -> int:
        """The number of programs that have been run."""
        return sum(self.done.values())

    def take(self, event: Event) -> None:
        """Take note of an event."""
        if "done" in event:
            first, count = event["done"]
            self.done[first] = count
            self.rows.update(event["rows"])
        if "fault" in event:
            self.faults.append(Fault(**event["fault"]))
        if "refused" in event:
            self.refused[event["refused"]] += 1

    def note(self, event: Event) -> None:
        """Take note of an event and write it down; a fault as a program, too."""
        self.take(event)
        with self.journal.open("a", encoding="utf-8") as file:
            file.write(json.dumps(event) + "\n")
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
                    watched(*chunks.pop(0), events.put)
            events.put(None)

        for _ in range(jobs):
            threading.Thread(target=work, daemon=True).start()
        for _ in range(jobs):
            while (event := events.get()) is not None:
                self.note(event)
                yield event


def watched(first: int, count: int, report: Callable[[Event], None]) -> None:
    """Run a chunk in a process of its own. A program that ends the process, or makes it hang, is
    reported, and the rest of the chunk is run by another process.
    """
    command = [sys.executable, *WORKER, str(first), str(count)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    at: Event = {"at": first}
    timer = threading.Timer(PATIENCE, process.kill)
    for line in process.stdout:
        timer.cancel()
        event = json.loads(line)
        if "done" in event:
            process.wait()
            return report(event)
        if "at" in event:
            at = event
        else:
            report(event)
        timer = threading.Timer(PATIENCE, process.kill)
        timer.start()
    timer.cancel()
    seed, status = at["at"], process.wait()
    told = f"Death: the process ends with status {status}"
    source = list(programs(first, seed - first + 1))[-1].source()
    report({"fault": Fault(seed, at.get("oracle", "construction"), told, source)._asdict()})
    report({"done": [first, seed - first + 1], "rows": {}})
    if rest := first + count - seed - 1:
        watched(seed + 1, rest, report)
