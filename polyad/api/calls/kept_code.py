"""The bounds of the memory of compiled functions."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from ...caches import Recent
from ...execution import Compiled
from ...ir import Function

BYTES_OF_ENTRY = 4000
BYTES_OF_OP = 500
FIRST = 1024
"""So many entries of one function stay as long as `live_code` lets them; what comes after them is
bounded by `kept_shapes`.
"""

Live = Recent[int, tuple[weakref.ref[Any], Callable[[], None]]]
"""Entries of jitted functions that somebody holds, and what takes each out of its function."""

_LATEST: Recent[tuple[int, int], tuple[Function, Compiled]] = Recent("kept_code")
"""The latest compiled functions, whether somebody holds them or not: another `jit` that traces an
equal function finds its code.
"""
_LIVE: Live = Recent("live_code", lambda gone: gone[1]())
_FURTHER: Live = Recent("kept_shapes", lambda gone: gone[1]())


def keep(
    entry: Any, traced: Function, run: Compiled, forget: Callable[[], None], entries: int
) -> None:
    """Count an entry as the one that was used last; `forget` takes it out of its function, which
    has so many `entries`.
    """
    nbytes = run.nbytes + BYTES_OF_ENTRY
    nbytes += BYTES_OF_OP * (len(traced.ops) + len(entry.function.ops))
    _LATEST.put((id(traced), id(run)), (traced, run), nbytes)
    number = id(entry)
    # A name of this call, since at the interpreter's end the module's names go first.
    live = _LIVE if number in _LIVE or entries <= FIRST else _FURTHER
    gone = weakref.ref(entry, lambda _: live.remove(number))
    live.put(number, (gone, forget), nbytes)
