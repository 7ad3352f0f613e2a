"""The bounds of the memory of compiled functions."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from ...caches import Recent
from ...execution import Compiled
from ...ir import Function

BYTES_OF_OP = 500

_LATEST: Recent[tuple[int, int], tuple[Function, Compiled]] = Recent("kept_code")
"""The latest compiled functions, whether somebody holds them or not: another `jit` that traces an
equal function finds its code.
"""
_LIVE: Recent[int, tuple[weakref.ref[Any], Callable[[], None]]] = Recent(
    "live_code", lambda gone: gone[1]()
)
"""The entries of jitted functions that somebody holds, and what takes each out of its function."""


def keep(entry: Any, traced: Function, run: Compiled, forget: Callable[[], None]) -> None:
    """Count an entry as the one that was used last; `forget` takes it out of its function."""
    nbytes = run.nbytes + BYTES_OF_OP * (len(traced.ops) + len(entry.function.ops))
    _LATEST.put((id(traced), id(run)), (traced, run), nbytes)
    number = id(entry)
    live = _LIVE  # at the interpreter's end it outlives the module's names
    gone = weakref.ref(entry, lambda _: live.remove(number))
    _LIVE.put(number, (gone, forget), nbytes)
