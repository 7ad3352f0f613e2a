"""The pass manager: named passes in a flat list, each of which can be printed, and verified under
`config.verify`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..config import config
from ..ir import Function, verify
from .canonicalize import canonicalize
from .cse import cse
from .dce import dce
from .fold import fold
from .inline import inline
from .peephole import peephole
from .regions import in_regions

Pass = Callable[[Function], Function]


def regions(function: Function) -> Function:
    """`function` with its branches and loops simplified inside."""
    return in_regions(function, simplify)


PASSES: dict[str, Pass] = {
    "regions": regions,
    "inline": inline,
    "canonicalize": canonicalize,
    "fold": fold,
    "cse": cse,
    "peephole": peephole,
    "dce": dce,
}

SIMPLIFY = ("dce", "regions", "peephole", "regions", "dce")
"""After a transformation: cheaper, and as differentiable as before."""

OPTIMIZE = ("inline", *SIMPLIFY)
"""Before execution: no derivative will be taken any more."""


def run_passes(
    function: Function, names: Sequence[str], watch: Callable[[str, Function], None] | None = None
) -> Function:
    """`function` through the passes `names` in order; `watch` is shown the result of each."""
    for name in names:
        function = PASSES[name](function)
        if config.verify:
            verify(function)
        if watch is not None:
            watch(name, function)
    return function


def simplify(function: Function) -> Function:
    """`function` through `SIMPLIFY`, remembered."""
    found = function.remembered("simplified", lambda: run_passes(function, SIMPLIFY))
    return found.remembered("simplified", lambda: found)


def optimize(function: Function) -> Function:
    """`function` through `OPTIMIZE`, remembered."""
    return function.remembered("optimized", lambda: run_passes(function, OPTIMIZE))
