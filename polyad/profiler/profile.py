"""Profiles: measured calls, and what is to be said of them."""

from __future__ import annotations

import contextlib
import functools
import html
import json
import os
import pathlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ParamSpec

from .. import api, explorer
from ..errors import PolyadValueError
from ..execution import Compiled
from ..execution.recording import Compilation, Recorder, Run, recording
from ..explorer.files import explore
from ..ir import user_location, where
from ..texts import shown
from . import words
from .machine import peaks
from .rows import ELSE, Account, FunctionRow, KernelRow, LineRow, MemoryRow
from .trace import events

SHOWN = 20
"""Rows of a table, at most, when a profile is printed."""


P = ParamSpec("P")


class Profile:
    """Measured calls of compiled functions. `print` shows tables; times are in nanoseconds.

    `result` is what the function gave, `compile` has a record for each compilation: its reason, and
    the times of its phases.
    """

    def __init__(self, recorder: Recorder, first: int = 0, result: Any = None) -> None:
        self.result = result
        self._recorder, self._first = recorder, first

    @property
    def runs(self) -> Sequence[Run]:
        """The measured calls, in order, each with the times of its steps."""
        return self._recorder.runs[self._first :]

    @property
    def compile(self) -> Sequence[Compilation]:
        return tuple(self._recorder.compilations)

    @property
    def _account(self) -> Account:
        return Account(self.runs)

    def by_function(self) -> list[FunctionRow]:
        """The functions, the one that takes the most time first."""
        return self._account.functions()

    def by_kernel(self) -> list[KernelRow]:
        """The steps of all functions, the one that takes the most time first."""
        return self._account.kernels()

    def by_line(self) -> list[LineRow]:
        """The source lines, with the time of their values and that of their derivatives. The time
        of a kernel is shared among the lines that it comes from, by the work of their operations.
        """
        return self._account.lines()

    def memory(self) -> list[MemoryRow]:
        """The memory of each compiled function, and what it keeps for the reverse pass."""
        return self._account.memory()

    def trace(self, path: str | os.PathLike[str]) -> pathlib.Path:
        """Write the calls, their steps and the compilations as a trace that ui.perfetto.dev and
        chrome://tracing show; its path. Raises `PolyadValueError` for a folder that is not there.
        """
        target = pathlib.Path(path)
        data = {"traceEvents": events(self._recorder, self._account), "displayTimeUnit": "ns"}
        try:
            target.write_text(json.dumps(data), "utf-8")
        except OSError as error:
            raise PolyadValueError(
                f"trace: {str(target)!r} cannot be written: {error.strerror}"
                f"{where(user_location())}\n  Name a file in a folder that is there."
            ) from None
        return target

    def explore(
        self, path: str | os.PathLike[str] | None = None, *, paths: bool = True
    ) -> pathlib.Path:
        """Write the explorer's page of the function that takes the most time, with what was
        measured; its path. See `Lowered.explore`.
        """
        slowest = self._slowest()
        found = slowest.exploration()
        function = slowest.function
        data = explorer.collect(function.name, found, [], paths=paths, profile=self._data(slowest))
        return explore(explorer.page(data), path)

    def _slowest(self) -> Compiled:
        times: dict[Compiled, int] = {}
        for run in self.runs:
            if run.compiled is not None:
                times[run.compiled] = times.get(run.compiled, 0) + run.stop - run.start
        if not times:
            raise PolyadValueError(
                f"explore: no compiled function ran{where(user_location())}\n"
                "  Call a function that jit has made."
            )
        return max(times, key=lambda compiled: times[compiled])

    def _data(self, compiled: Compiled) -> dict[str, Any]:
        """The part of the page about the calls of one function."""
        account = Account([run for run in self.runs if run.compiled is compiled])
        best, runs = peaks(), account.runs
        last = runs[-1]
        kernels = [row for row in account.kernels() if row.step != ELSE]
        return {
            "total": words.duration(min(run.stop - run.start for run in runs)),
            "kernels": [kernel_cells(row) for row in account.kernels()],
            "lines": [line_cells(row) for row in account.lines()],
            "peaks": [best.bandwidth, best.arithmetic],
            "points": [[k.step, k.flops / k.moved, k.rate] for k in kernels if k.moved and k.flops],
            "bars": [[s.title, s.start - last.start, s.stop - last.start] for s in last.steps],
            "length": last.stop - last.start,
        }

    # -- Text

    def __str__(self) -> str:
        account = self._account
        parts = [
            words.table(FUNCTION_HEAD, [function_cells(r) for r in account.functions()[:SHOWN]]),
            words.table(KERNEL_HEAD, [kernel_cells(row) for row in account.kernels()[:SHOWN]]),
            words.table(LINE_HEAD, [line_cells(row) for row in account.lines()[:SHOWN]]),
            "\n".join(filter(None, map(memory_text, account.memory()))),
            "\n".join(f"compiled {words.compiled(made)}" for made in self.compile),
        ]
        return "\n\n".join(part for part in parts if part) or "nothing ran"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


FUNCTION_HEAD = ("function", "calls", "total", "least", "median", "in steps")
KERNEL_HEAD = ("step", "calls", "median", "share", "moves", "GB/s", "Gflop/s", "of peak")
LINE_HEAD = ("line", "forward", "derivative", "share", "")


def function_cells(row: FunctionRow) -> list[str]:
    """A row of the table of functions."""
    times = map(words.duration, (row.total, row.least, row.median))
    return [row.function, str(row.calls), *times, f"{row.in_steps:.0%}"]


def kernel_cells(row: KernelRow) -> list[str]:
    """A row of the table of steps; of the machine's peaks, the part of the nearer one."""
    best = peaks()
    part = max(row.bandwidth / best.bandwidth, row.rate / best.arithmetic)
    return [
        row.step, str(row.calls), words.duration(row.median), f"{row.share:.0%}",
        words.size(row.moved) if row.moved else "",
        f"{row.bandwidth:.3g}" if row.moved else "", f"{row.rate:.3g}" if row.flops else "",
        f"{part:.0%}" if row.moved else "",
    ]  # fmt: skip


def line_cells(row: LineRow) -> list[str]:
    """A row of the table of source lines."""
    forward = words.duration(row.forward) if row.forward else ""
    derivative = words.duration(row.derivative) if row.derivative else ""
    where = f"{words.near(row.file)}:{row.line}"
    return [where, forward, derivative, f"{row.share:.0%}", words.source(row.file, row.line)]


def memory_text(row: MemoryRow) -> str:
    """A line on a function's memory, and one on each line that keeps some of it."""
    given, made, room = map(words.size, (row.arguments, row.results, row.workspace))
    text = f"{row.function}: arguments {given}, results {made}, workspace {room}"
    if row.peak:
        text += f"; temporaries take {words.size(row.peak)} at once, in {row.peak_at}"
    lines = [
        f"    kept for the reverse pass: {words.size(k.nbytes)} of {words.near(k.file)}:{k.line}"
        f"  {words.source(k.file, k.line)}"
        for k in row.kept
    ]
    return "\n".join([text, *lines])


# -- The ways in


def profile(fun: Callable[P, Any], *, repeat: int = 5) -> Callable[P, Profile]:
    """A function that calls `fun`, compiled, once to make it ready and `repeat` times measured, and
    gives a `Profile`: times by kernel and by source line, memory, and the compilation if there was
    one. What `fun` gives is its `result`. Donated arguments cannot be given away so often: measure
    a block with `profiling` instead. Raises `PolyadValueError` for a `repeat` below 1.

    >>> import polyad, numpy as np
    >>> found = polyad.profile(lambda x: polyad.numpy.sum(x * x))(np.arange(4.0))
    >>> float(found.result), [row.step for row in found.by_kernel() if row.moved]
    (14.0, ['kernel_0'])
    """
    if type(repeat) is not int or repeat < 1:
        raise PolyadValueError(
            f"profile: repeat is a number from 1 on, not {shown(repeat)}{where(user_location())}"
        )
    compiled = fun if hasattr(fun, "lower") else api.jit(fun)

    @functools.wraps(fun, updated=())
    def measured(*args: Any, **kwargs: Any) -> Profile:
        with recording() as recorder:
            compiled(*args, **kwargs)
            first = len(recorder.runs)
            for _ in range(repeat):
                result = compiled(*args, **kwargs)
        return Profile(recorder, first, result)

    return measured


@contextlib.contextmanager
def profiling() -> Iterator[Profile]:
    """A block of which all calls of compiled functions are measured, on all threads, with their
    compilations. The `Profile` is complete at its end.

    >>> import polyad, numpy as np
    >>> double = polyad.jit(lambda x: 2 * x)
    >>> with polyad.profiling() as found:
    ...     for n in (10, 11):
    ...         _ = double(np.ones(n))
    >>> [made.reason for made in found.compile]
    ['the first call', 'argument x: f64[10] → f64[11]']
    """
    with recording() as recorder:
        yield Profile(recorder)
