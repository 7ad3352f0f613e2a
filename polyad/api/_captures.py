"""What the functions that become regions have captured, handed to them as arguments: regions are
closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import execution
from ..concrete import Context
from ..ir import Handle
from ..tracing import Trace
from ._call import Traced


def with_captures(traced: Sequence[Traced], n_args: int) -> tuple[list[Any], list[Any]]:
    """The captures of several functions, each once, and the functions with all of them as
    arguments: captures first, then their own.
    """
    captures = {_identity(thing): thing for t in traced for thing in t.captures}
    positions = {key: i for i, key in enumerate(captures)}
    types = [_type_of(thing) for thing in captures.values()]
    regions = []
    for t in traced:
        own = [positions[_identity(thing)] for thing in t.captures]
        regions.append(_reordered(t.function, n_args, own, types))
    return list(captures.values()), regions


def _identity(thing: Any) -> Any:
    return (id(thing.builder), thing.number) if isinstance(thing, Handle) else id(thing)


def _type_of(thing: Any) -> Any:
    if isinstance(thing, Handle):
        return thing.type
    backend = execution.backend_of(thing)
    assert backend is not None
    return backend.type_of(thing)


def _reordered(function: Any, n_args: int, own: Sequence[int], types: Sequence[Any]) -> Any:
    with Trace(
        [*types, *function.argument_types[:n_args]], Context("a region"), function.name
    ) as b:
        handles = b.argument_handles()
        given = [*handles[len(types) :], *(handles[k] for k in own)]
        return b.build(b.inline(function, given))
