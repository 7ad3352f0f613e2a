"""The shortest ways of calls: from arguments like those of an earlier call to its machine code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import execution
from ..config import config
from ..ops import dispatch

WAYS = 8  # the latest; the first that fits is taken


class Way:
    """A call of machine code, which looks at the arguments itself: at their structure, at what the
    leaves are, at static ones. It gives `NotImplemented` for those that are not like the arguments
    that it was made for.
    """

    __slots__ = ("origin", "code", "call", "bare", "version")

    def __init__(
        self, entry: Any, code: Any, leaves: Sequence[Any], call: Callable[..., Any]
    ) -> None:
        self.origin, self.code, self.call = entry, code, call
        self.bare = all(map(execution.is_scalar, leaves))  # which do not say what the backend is
        self.version = config.version

    def is_for_its_arrays(self) -> bool:
        """Whether Python scalars are here computed with by the backend whose arrays it takes."""
        takes = self.origin.backend.takes_arrays_of
        return not dispatch.active_builders() and execution.default_backend().name == takes


def with_way(
    ways: Sequence[Way], entry: Any, leaves: Sequence[Any], structure: Any, static: Any
) -> list[Way]:
    """The ways as settings are, and first among them one for a call like this, if there is any."""
    ways = [way for way in ways if way.version == config.version]
    if fits(entry, leaves):
        code = entry.run.code_for((*leaves, *entry.captures))
        if not any(way.code is code and way.origin is entry for way in ways):
            call = code.caller(leaves, entry.captures, structure, dict(static), entry.out_tree)
            if call is not None:
                return [Way(entry, code, leaves, call), *ways[: WAYS - 1]]
    return ways


def first_of(ways: Sequence[Way], otherwise: Callable[..., Any]) -> Callable[..., Any]:
    """A call that tries the ways, as long as settings are as they are, and is then one of
    `otherwise`. Of Python scalars alone it tries none while anything is traced.
    """
    always = [way.call for way in ways if not way.bare]
    default = config.default_backend
    quiet = [w.call for w in ways if w.bare and w.origin.backend.takes_arrays_of == default]
    if not always and not quiet:
        return otherwise
    return ways[0].code.first_of(always, quiet, execution.UNDER_WAY, otherwise)


def fits(entry: Any, leaves: Sequence[Any]) -> bool:
    """Whether results are to be arrays like those that the code takes, and no effects are to be
    seen to.
    """
    arrays = execution.common_backend(leaves, "jit") or execution.default_backend()
    return (
        hasattr(entry.run, "caller")
        and not entry.run.interpreted
        and not entry.function.has_effects
        and arrays.name == entry.backend.takes_arrays_of
        and all(type(x) in execution.SCALARS or arrays.owns(x) for x in leaves)
    )
