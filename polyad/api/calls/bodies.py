"""The functions that become regions of an op: their traces, and the arrays that they capture, which
become arguments, since regions are closed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ... import execution, trace_stack
from ...concrete import Context
from ...ir import ArrayType, Handle
from ...ops import dispatch
from ...ops import elementwise as e
from ...tracing import Trace
from . import constants, pytrees, traces
from .traces import Traced

F = Callable[..., Any]


def trace_body(
    fun: F,
    types: Sequence[Any],
    structure: Any,
    what: str,
    leaves: Sequence[Any] = (),
    finish: Callable[[Any], Any] = lambda result: result,
) -> Traced:
    """The trace of a function of pytrees of that structure; `finish` is applied to its result."""
    return traces.trace(
        fun,
        lambda tracers: finish(fun(*pytrees.unflatten(structure, tracers))),
        types,
        transform=what,
        leaves=leaves,
        names=pytrees.names_of(fun, pytrees.unflatten(structure, list(types))),
    )


def types_of(leaves: Sequence[Any], what: str) -> list[ArrayType]:
    """The types of leaves that have no names in messages."""
    return pytrees.leaf_types(leaves, what, list)


def emit(op: Any, operands: Sequence[Any], attributes: dict[str, Any], *regions: Any) -> list[Any]:
    """The results of an op with these regions, in a list."""
    results = dispatch.apply(op, tuple(operands), attributes, regions)
    return list(results) if isinstance(results, tuple) else [results]


def is_known(leaves: Sequence[Any]) -> bool:
    """Whether the values of `leaves` are known and nothing is traced around: run it in Python. Not
    so with NumPy's arrays of bfloat16, whose operators make float32 of them beside a number.
    """
    if trace_stack.active_builders() or pytrees.is_traced(leaves):
        return False
    return not any(getattr(x, "dtype", None) == "bfloat16" for x in leaves)


def taking(x: Any, found: Any, t: Any) -> Any:
    """A weak `x` of type `t` in the dtype of `found`, if that has the same shape."""
    if found.shape != t.shape or found is t:
        return x
    if isinstance(x, Handle):
        return e.astype(x, dtype=found.dtype)
    return constants.filled(x, found.dtype, (), None)


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
