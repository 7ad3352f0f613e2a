"""The reach of a campaign's programs: ops by transformation and by dtype."""

from __future__ import annotations

import collections
import contextlib
from collections.abc import Iterator

from .. import watching
from ..ir import Function
from ..ops import OpDefinition

WATCHED = 10  # of so many programs the functions that they make are looked at


class Cells:
    """Counts of "op, what made it, dtype"."""

    def __init__(self) -> None:
        self.found = collections.Counter[str]()

    @contextlib.contextmanager
    def watched(self, seed: int) -> Iterator[None]:
        """A block whose functions are counted, for some of the seeds."""
        if seed % WATCHED:
            yield
            return
        with watching.watched() as watch:
            yield
        for made_by, function in watch.seen:
            self.count(made_by, function)

    def count(self, made_by: str, function: Function) -> None:
        """Count the ops of a function, and of the functions in it."""
        for op in function.ops:
            dtype = op.results[0].type.dtype.name if op.results else ""
            self.found[f"{op.name}, {made_by}, {dtype}"] += 1
            for region in op.regions:
                self.count(made_by, region)


def table(cells: collections.Counter[str]) -> list[str]:
    """For each transformation, and each dtype, how many ops of the array dialect it has met; and
    the ops that none has.
    """
    ops = {name for name, x in OpDefinition.registry.items() if isinstance(x, OpDefinition)}
    met: dict[str, set[str]] = collections.defaultdict(set)
    for cell in cells:
        name, made_by, dtype = cell.split(", ")
        if name in ops:
            for key in (made_by, dtype, "all"):
                met[key].add(name)
    lines = [f"{len(found):4} of {len(ops)} ops: {key}" for key, found in sorted(met.items())]
    return [*lines, f"ops of no program: {', '.join(sorted(ops - met['all']))}"]
