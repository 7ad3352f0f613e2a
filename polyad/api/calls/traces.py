"""The trace of a callable for a call, and the execution of the function that comes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ... import execution, trace_stack
from ...concrete import Context
from ...execution import Placement, now, recording
from ...ir import ArrayType, Builder, Function, Handle
from ...ops import dispatch, promotion
from ...tracer import Tracer
from ...tracing import Trace, callable_name, finish, lift_result
from .pytrees import admitted, flatten, names_of, unflatten


class Traced(NamedTuple):
    """A traced callable: its function (arguments, then captures), what it captured, and its
    results' structure.
    """

    function: Function
    captures: list[Any]
    out_tree: Any
    originals: Sequence[Any] = ()
    """Arrays of which copies were captured."""


def trace(
    fun: Callable[..., Any],
    run: Callable[[list[Tracer]], Any],
    types: Sequence[ArrayType],
    *,
    transform: str,
    leaves: Sequence[Any] = (),
    placed: Placement | None = None,
    names: Callable[[], Sequence[str | None]] = list,
    values: Sequence[Any] | None = None,
    check: Callable[[Sequence[Any], Any], None] | None = None,
    passes: bool = False,
) -> Traced:
    """Trace `run`, which calls `fun` on tracers of `types`.

    `leaves` say which arguments are weak scalars, and `placed` is their placement; `values`, if
    given, are the values of the arguments, which the trace `passes` on if it does not itself
    differentiate; `check` is called with the result's leaves and structure.
    """
    name = callable_name(fun)
    if placed is None:
        placed = execution.placement(leaves, transform)
    backend, like = placed
    known = None if like is None else backend
    context = Context(transform, names, values, known, passes=passes)  # type: ignore[arg-type]
    with Trace(types, context, name) as builder:
        tracers = builder.argument_handles()
        for tracer, leaf in zip(tracers, leaves, strict=False):
            tracer.weak = promotion.is_weak(leaf)
        if like is None or backend.on_host((like,)):
            result = run(tracers)
        else:
            with placed.on_device():
                result = run(tracers)
        out_leaves, out_tree = flatten(result)
        results = [lift_result(builder, leaf, name) for leaf in out_leaves]
        if check is not None:
            check(results, out_tree)
        function = finish(builder, results, names)
        return Traced(function, builder.captures, out_tree, builder.captures_of)


def placement_among(
    leaves: Sequence[Any], args: Sequence[Any], kwargs: dict[str, Any], what: str
) -> Placement:
    """The placement of `leaves`; if those are a guest's or scalars, that of all arguments, among
    which there may be arrays that they go with.
    """
    placed = execution.placement(leaves, what)
    if len(args) + len(kwargs) > 1 and (placed.like is None or placed.backend.is_guest):
        among = [x for x in flatten((args, kwargs))[0] if is_foreign(x)]
        return execution.placement(among, what, placed) if among else placed
    return placed


def is_foreign(x: Any) -> bool:
    """Whether a value is an array that no guest owns."""
    owner = execution.backend_of(x)
    return owner is not None and not owner.is_guest


def execute(
    function: Function,
    leaves: Sequence[Any],
    others: Sequence[Any],
    what: str,
    placed: Placement | None = None,
) -> Sequence[Any]:
    """The results of `function` on `leaves`, then `others`: appended to the innermost trace among
    them, or computed. `placed` is the placement of `leaves`, where it is known.
    """
    inputs = [*leaves, *others]
    builder = trace_stack.innermost_builder(inputs, function.stays)
    if builder is not None:
        return builder.inline(function, lifted(builder, function, inputs))
    if placed is None:
        placed = execution.placement(inputs, what)
    elif others:
        placed = execution.placement(others, what, placed)
    given = placed.ready(inputs, function)
    if placed.backend.records:
        given = [placed.backend.without_history(x) for x in given]
    recorder = recording.recorder()
    if recorder is None:
        return placed.backend.evaluate(function, given)
    start = now()
    results = placed.backend.evaluate(function, given)
    recorder.evaluation(function, start)
    return results


def lifted(builder: Builder, function: Function, inputs: Sequence[Any]) -> list[Any]:
    """`inputs` as handles of `builder`, scalars in the dtypes of the function's arguments."""
    return [
        dispatch.lift(builder, x, v.type.dtype)
        for x, v in zip(inputs, function.arguments, strict=True)
    ]


def as_captured(tracers: Sequence[Tracer], leaf: Any) -> Any:
    """An array that is not mapped or differentiated, traced beside those that are: its value is
    known, it can be indexed by theirs, and code that asks arrays for their namespace finds one.
    What is written into it stays inside.
    """
    if not tracers:
        return leaf
    if isinstance(leaf, Handle):
        return dispatch.lift(tracers[0].builder, leaf)
    if execution.backend_of(leaf) is None or execution.is_scalar(leaf):
        return leaf
    return dispatch.lift(tracers[0].builder, leaf)


def beside_traced(
    tracers: Sequence[Tracer], arg: Any, names: Callable[[], Sequence[str | None]]
) -> Any:
    """An argument that is not differentiated, its arrays traced beside those that are; its leaves
    have `names`.
    """
    if isinstance(arg, bool | int | float | complex | str | None):
        return arg
    leaves, structure = flatten(arg)
    leaves = admitted(leaves, "grad", names)
    traced = [as_captured(tracers, leaf) for leaf in leaves]
    for i, leaf in enumerate(traced):
        if isinstance(leaf, Handle) and leaf.builder is tracers[0].builder:
            leaf.builder.context.beside[leaf.number] = (names, i)
    return unflatten(structure, traced)


def keywords_beside(tracers: Sequence[Tracer], kwargs: dict[str, Any]) -> dict[str, Any]:
    """`beside_traced` of arguments that are given by name."""
    return {
        name: beside_traced(tracers, arg, names_of(None, (), {name: arg}))
        for name, arg in kwargs.items()
    }
