"""A program under the profiler: the rows of another, each between two looks at the clock. The code
of its units is the other's.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from polyad.execution import Timed, TimedCall, now
from polyad.ir import Op

from ..dialects import control, loop, stack
from ..runtime.modules import address_of
from .linked import Linked
from .rows import NULL, Plan, Row
from .store import Code

NOTE = "note"


class TimedProgram:
    """A program that notes the time after each row; `titles` are the names of the rows. `callable`
    makes a Python function of the program at an address, which keeps some objects alive.
    """

    def __init__(
        self,
        plan: Plan,
        codes: Mapping[str, Code],
        objects: Sequence[Any],
        titles: Sequence[str],
        callable: Callable[[int, tuple[Any, ...]], Callable[..., Any]],
    ) -> None:
        self.titles, self.lock = titles, threading.Lock()
        self.times = (ctypes.c_int64 * (len(plan.rows) + 1))()
        start = ctypes.addressof(self.times)
        rows = [self.note(start, 0)]
        for number, row in enumerate(plan.rows, 1):
            rows += [row, self.note(start, number)]
        noted = Plan(rows, plan.memory, plan.asking)
        linked = Linked(noted, codes, objects, {NOTE: address_of(f"clock.{NOTE}")})
        self.entry = callable(linked.address, (linked, self.times))

    def note(self, start: int, number: int) -> Row:
        return Row(NOTE, ((NULL, start + number * ctypes.sizeof(ctypes.c_int64)),))

    def __call__(self, prepared: Sequence[Any]) -> TimedCall | None:
        """A call, timed; None if a call of it is under way already, in another thread or around
        this one.
        """
        if not self.lock.acquire(blocking=False):
            return None
        try:
            start = now()
            results = self.entry(*prepared)
            stop = now()
            times = list(self.times)
        finally:
            self.lock.release()
        rows = zip(self.titles, times, times[1:], strict=False)
        return TimedCall(results, start, stop, [Timed(*row) for row in rows])


def titles_of(
    parts: Sequence[tuple[Op, ...]], order: Iterable[str], kinds: Mapping[str, str]
) -> list[str]:
    """The names of the rows of a program by their ops: those of the steps in `order`, whose `kinds`
    are known, and of kernels by their own.
    """
    others = iter([title for title in order if kinds[title] in OTHERS])
    found = []
    for ops in parts:
        names = []
        for op in ops:
            if op.definition is loop.kernel:
                name = str(op.attrs["name"])
                names.append(name if name in kinds else name.rpartition("_")[0])
            elif not op.results and op.definition not in (stack.resize, stack.copy):
                names.append(next(others, op.name))
        found.append(" + ".join(dict.fromkeys(names)) or ops[0].name)
    return found


OTHERS = frozenset(["host", "copy", "routine", *(d.name.rpartition(".")[2] for d in control.OPS)])
"""The kinds of steps that are no kernels when a program is planned."""
