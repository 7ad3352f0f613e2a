"""The shortest ways of calls: from arguments like those of an earlier call to its machine code."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from .. import execution
from ..config import config
from ..ops import dispatch
from ._readers import Reader

WAYS = 8  # the latest; the first that fits is taken


class Way:
    """The machine code for calls with leaves like these, which checks that they are; `read` finds
    them. Python scalars must be where they were, since they are weak.
    """

    __slots__ = ("origin", "code", "read", "entry", "wrap", "captures", "alone", "bare", "version")

    def __init__(self, entry: Any, code: Any, leaves: Sequence[Any], read: Reader) -> None:
        self.origin, self.code, self.read = entry, code, read
        self.captures = tuple(entry.captures)
        self.alone = not self.captures
        weak = [type(x) in execution.SCALARS for x in (*leaves, *self.captures)]
        self.entry = code.entry_for(weak)
        self.wrap = wrapping(entry.out_tree)
        self.bare = all(map(execution.is_scalar, leaves))  # which do not say what the backend is
        self.version = config.version

    @staticmethod
    def fits(entry: Any, leaves: Sequence[Any]) -> bool:
        """Whether results are to be NumPy arrays, and no effects are to be seen to."""
        arrays = execution.common_backend(leaves, "jit") or execution.default_backend()
        return (
            hasattr(entry.run, "code_for")
            and not getattr(entry.run, "interpreted", False)
            and not entry.function.has_effects
            and arrays.name == "numpy"
            and all(type(x) in execution.SCALARS or arrays.owns(x) for x in leaves)
        )

    def is_for_numpy(self) -> bool:
        """Whether Python scalars are computed with by NumPy here."""
        return not dispatch.active_builders() and execution.default_backend().name == "numpy"


def wrapping(out_tree: Any) -> Callable[[Sequence[Any]], Any]:
    """What makes the result of the tuple of its leaves."""
    if out_tree.is_leaf():
        return operator.itemgetter(0)
    if out_tree.type is tuple and all(child.is_leaf() for child in out_tree.children()):
        return tuple
    unflatten: Callable[[Sequence[Any]], Any] = out_tree.unflatten
    return unflatten
