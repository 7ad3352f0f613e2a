"""Numbers in words, and tables of text."""

from __future__ import annotations

import linecache
import os
from collections.abc import Sequence

from ..execution.recording import Compilation


def duration(nanoseconds: float) -> str:
    """`1.25 ms`."""
    for unit, scale in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if nanoseconds >= scale:
            return f"{nanoseconds / scale:.3g} {unit}"
    return f"{nanoseconds:.0f} ns"


def size(nbytes: float) -> str:
    """`3.2 MB`."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if nbytes >= scale:
            return f"{nbytes / scale:.3g} {unit}"
    return f"{nbytes:.0f} B"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns of text, the first one left-aligned and the others right; the last as it is."""
    if not rows:
        return ""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    lines = []
    for row in (head, *rows):
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(w) for cell, w in zip(row[1:-1], widths[1:-1], strict=True)]
        lines.append("  ".join([*cells, row[-1]]).rstrip())
    return "\n".join(lines)


def source(file: str, line: int) -> str:
    """The text of a line."""
    return linecache.getline(file, line).strip()


def near(file: str) -> str:
    """A file's name from the present folder."""
    try:
        found = os.path.relpath(file)
    except ValueError:  # on another drive
        return file
    return os.path.basename(file) if found.startswith("..") else found


def compiled(made: Compilation) -> str:
    """A line on a compilation: its time, its reason, its longest phases."""
    inside = {p.name: p.stop - p.start for p in made.phases}
    longest = sorted(inside.items(), key=lambda pair: -pair[1])[:6]
    parts = ", ".join(f"{name} {duration(time)}" for name, time in longest)
    return f"{made.name}: {duration(made.stop - made.start)}, because of {made.reason} ({parts})"
