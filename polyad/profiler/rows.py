"""The rows of a record: by kernel, by source line, by function, of memory."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..execution import Compiled, Exploration, Step
from ..execution.recording import Run
from ..ir import ArrayType, Location

ELSE = "(arguments, results, Python)"
"""The time of a call in which no step runs."""


class KernelRow(NamedTuple):
    """A step of a function in all calls. Times are in nanoseconds, `moved` and `flops` are those of
    one call; `share` is the part of the time of all calls.
    """

    function: str
    step: str
    calls: int
    total: int
    least: int
    median: float
    moved: int
    flops: int
    share: float

    @property
    def bandwidth(self) -> float:
        """GB/s in the quickest call."""
        return self.moved / self.least if self.least else 0.0

    @property
    def rate(self) -> float:
        """Gflop/s in the quickest call; an elementary function counts as one operation."""
        return self.flops / self.least if self.least else 0.0


class LineRow(NamedTuple):
    """A source line: the nanoseconds of all calls for its own values, and for its derivative."""

    file: str
    line: int
    forward: float
    derivative: float
    share: float

    @property
    def total(self) -> float:
        return self.forward + self.derivative


class FunctionRow(NamedTuple):
    """A function: its calls, their time, and the part of it that its steps take."""

    function: str
    calls: int
    total: int
    least: int
    median: float
    in_steps: float


class Kept(NamedTuple):
    """Bytes that a line makes in the forward pass and the reverse pass reads."""

    file: str
    line: int
    nbytes: int


class MemoryRow(NamedTuple):
    """The bytes of a function's arguments, results and workspace; the most that temporaries take at
    once, and the step at which they do; and what is kept for the reverse pass.
    """

    function: str
    arguments: int
    results: int
    workspace: int
    peak: int
    peak_at: str
    kept: Sequence[Kept]


class Account:
    """The runs of a record, each compiled function with its exploration."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self.runs = runs
        self.explorations: dict[Compiled, Exploration] = {}
        for run in runs:
            if run.compiled is not None and run.compiled not in self.explorations:
                self.explorations[run.compiled] = run.compiled.exploration(code=False)
        self.time = sum(run.stop - run.start for run in runs)

    def steps_of(self, run: Run, title: str) -> list[Step]:
        """The steps that a row of a program does."""
        found = {} if run.compiled is None else self._known(run.compiled)
        return [found[t] for t in title.split(" + ") if t in found]

    def _known(self, compiled: Compiled) -> dict[str, Step]:
        return {step.title: step for step in self.explorations[compiled].steps}

    def functions(self) -> list[FunctionRow]:
        times: dict[str, list[int]] = {}
        inside: Counter[str] = Counter()
        for run in self.runs:
            times.setdefault(run.name, []).append(run.stop - run.start)
            inside[run.name] += sum(step.stop - step.start for step in run.steps)
        rows = [
            FunctionRow(name, len(t), sum(t), min(t), statistics.median(t),
                        inside[name] / max(1, sum(t)))
            for name, t in times.items()
        ]  # fmt: skip
        return sorted(rows, key=lambda row: -row.total)

    def kernels(self) -> list[KernelRow]:
        times: dict[tuple[str, str], list[int]] = {}
        costs: dict[tuple[str, str], tuple[int, int]] = {}
        for run in self.runs:
            left = run.stop - run.start
            for step in run.steps:
                key = run.name, step.title or f"{run.name}, op by op"
                times.setdefault(key, []).append(step.stop - step.start)
                left -= step.stop - step.start
                if key not in costs:
                    made = self.steps_of(run, step.title)
                    costs[key] = sum(s.moved for s in made), sum(sum(s.work) for s in made)
            if not run.steps:
                times.setdefault((run.name, f"{run.name}, op by op"), []).append(left)
            else:
                times.setdefault((run.name, ELSE), []).append(left)
        rows = [
            KernelRow(*key, len(t), sum(t), min(t), statistics.median(t), *costs.get(key, (0, 0)),
                      sum(t) / max(1, self.time))
            for key, t in times.items()
        ]  # fmt: skip
        return sorted(rows, key=lambda row: -row.total)

    def lines(self) -> list[LineRow]:
        forward: Counter[tuple[str, int]] = Counter()
        backward: Counter[tuple[str, int]] = Counter()
        for run in self.runs:
            for timed in run.steps:
                shares = self._shares(run, timed.title)
                whole = sum(shares.values())
                for place, weight in shares.items():
                    to = forward if place.derivative_of is None else backward
                    to[place.file, place.line] += (timed.stop - timed.start) * weight / whole  # type: ignore[assignment]
        rows = [
            LineRow(file, line, forward[file, line], backward[file, line],
                    (forward[file, line] + backward[file, line]) / max(1, self.time))
            for file, line in dict.fromkeys((*forward, *backward))
        ]  # fmt: skip
        return sorted(rows, key=lambda row: -row.total)

    def _shares(self, run: Run, title: str) -> Counter[Location]:
        found: Counter[Location] = Counter()
        for step in self.steps_of(run, title):
            found.update(dict(step.shares))
        return found

    def memory(self) -> list[MemoryRow]:
        names: dict[Compiled, str] = {}
        for run in self.runs:
            if run.compiled is not None:
                names.setdefault(run.compiled, run.name)
        return [memory_of(name, c, self.explorations[c]) for c, name in names.items()]


def memory_of(name: str, compiled: Compiled, found: Exploration) -> MemoryRow:
    """The memory of one compiled function."""
    function = compiled.function
    size = lambda types: sum(t.nbytes for t in types if isinstance(t, ArrayType))
    live = [
        sum(b.nbytes for b in found.memory if b.first <= step <= b.last)
        for step in range(len(found.order))
    ]
    peak = max(live, default=0)
    at = found.order[live.index(peak)] if live else ""
    return MemoryRow(
        name, size(function.argument_types), size(function.result_types), found.workspace, peak, at,
        kept(found),
    )  # fmt: skip


def kept(found: Exploration) -> list[Kept]:
    """The buffers that steps of the forward pass write, and steps of the reverse pass read last, by
    the first line that they come from.
    """
    steps = {step.title: step for step in found.steps}
    sizes: Counter[tuple[str, int]] = Counter()
    for buffer in found.memory:
        maker = steps.get(found.order[buffer.first])
        reader = steps.get(found.order[buffer.last])
        if maker is None or reader is None or maker is reader:
            continue
        made = [p for p in places(maker) if p.derivative_of is None]
        if made and all(p.derivative_of is not None for p in places(reader)):
            sizes[made[-1].file, made[-1].line] += buffer.nbytes
    return [Kept(*place, nbytes) for place, nbytes in sizes.most_common()]


def places(step: Step) -> Iterable[Location]:
    """The places that a step comes from."""
    return () if step.location is None else step.location.parts
