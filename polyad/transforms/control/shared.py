"""Helpers of the rules of branches and loops: fixed points, flags, and bodies made to measure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...ir import Builder, Function, Type, Value
from ...ops import control
from ...ops import elementwise as e
from ...ops import manipulation as m
from ...ops.creation import zeros_like
from ...ops.types import BatchAxis, Operand, Tangent
from ...passes.flags import Flags, filled
from ...passes.pipeline import simplify
from .._pass import build_pass, finished
from ..jvp import jvp
from ..partial_eval import Split, partial_eval


def define(
    types: Sequence[Type], name: str, body: Callable[[Builder, list[Operand]], Sequence[Operand]]
) -> Function:
    """The function of arguments of `types` that `body` writes."""
    with build_pass(types, name) as builder:
        return simplify(finished(builder, list(body(builder, builder.argument_handles())), name))


def fixed_point(flags: Flags, step: Callable[[Flags], Sequence[bool]]) -> Flags:
    """Raise flags by `step` until nothing more is raised."""
    while True:
        grown = tuple(a or b for a, b in zip(flags, step(flags), strict=True))
        if grown == flags:
            return flags
        flags = grown


def zeros_of(h: Operand) -> Operand:
    """Zeros like the value `h`; a stack without elements reads as zeros."""
    if isinstance(h.type, control.StackType):
        return control.empty_stack(element=h.type.element)
    return zeros_like(h)


def pushed_to(function: Function, active: Flags, wanted: Flags, order: Sequence[int]) -> Function:
    """The JVP of `function`, its results the primals and exactly the tangents `wanted` (zeros, if
    it has none), its arguments (primals and active tangents) in `order`.
    """
    pushed = jvp(function, active)
    types = [pushed.function.argument_types[i] for i in order]
    count = len(function.results)

    def body(builder: Builder, handles: list[Operand]) -> list[Operand]:
        given = [h for _, h in sorted(zip(order, handles, strict=True), key=lambda pair: pair[0])]
        results = builder.inline(pushed.function, given)
        full = filled(pushed.active, results[count:])
        kept = [
            zeros_of(primal) if t is None else t
            for primal, t, w in zip(results, full, wanted, strict=False)
            if w
        ]
        return [*results[:count], *kept]

    return define(types, f"{function.name}_jvp", body)


def split_forcing(
    function: Function, known: Flags, unknown_results: Flags, effects_known: bool = True
) -> Split:
    """`partial_eval`, with the results flagged computed by the unknown part even if they are
    known.
    """
    split = partial_eval(function, known, effects_known)
    forced = [k and u for k, u in zip(split.out_known, unknown_results, strict=True)]
    if not any(forced):
        return split
    known_values = iter(split.known.results)
    found = {i: next(known_values) for i, k in enumerate(split.out_known) if k}
    residuals = list(known_values)
    moved = [found[i] for i, f in enumerate(forced) if f]
    kept = [found[i] for i, k in enumerate(split.out_known) if k and not forced[i]]
    fresh = [Value(v.type) for v in moved]
    unknown_values = iter(split.unknown.results)
    renamed = iter(fresh)
    results = []
    for k, f in zip(split.out_known, forced, strict=True):
        if f:
            results.append(next(renamed))
        elif not k:
            results.append(next(unknown_values))
    rest = split.unknown
    unknown = rest.with_(arguments=(*rest.arguments, *fresh), results=results)
    known_part = split.known.with_(results=[*kept, *residuals, *moved])
    out_known = tuple(k and not f for k, f in zip(split.out_known, forced, strict=True))
    return Split(known_part, unknown, out_known, len(residuals) + len(moved))


def broadcast_results(
    function: Function, batched: Flags, wanted: Flags, axis: BatchAxis
) -> Function:
    """`function` with the batch added to the results that lack it."""
    if batched == wanted:
        return function

    def body(builder: Builder, handles: list[Operand]) -> list[Operand]:
        results = builder.inline(function, handles)
        return [
            spread(h, b or not w, axis) for h, b, w in zip(results, batched, wanted, strict=True)
        ]

    return define(function.argument_types, function.name, body)


def spread(h: Operand, batched: bool, axis: BatchAxis) -> Operand:
    """`h` with the batch as axis 0, whether it had it or not."""
    if batched:
        return h
    if isinstance(h.type, control.StackType):  # of a branch not taken: no other lacks a batch
        return control.empty_stack(element=h.type.element.with_batch(axis.size))
    return m.broadcast_to(h, shape=(axis.size, *h.type.shape))


def choose_where(flags: Operand, x: Operand, y: Operand) -> Operand:
    """`x` in the batch elements that `flags` names, `y` in the others."""
    return e.where(beside(flags, x), x, y)


def beside(flags: Operand, x: Operand) -> Operand:
    """`flags`, of the leading axes of `x`, with axes of size 1 for the others."""
    shape = flags.type.shape + (1,) * (len(x.type.shape) - len(flags.type.shape))
    return m.reshape(flags, shape=shape)


def interleaved(
    body: Function, active: Flags, wanted: Flags, consts: int, carry: int
) -> tuple[Function, int]:
    """The JVP of a body with arguments (consts, their tangents, carry, …) and results (carry,
    tangents, ys, …).
    """
    count = len(body.arguments)
    tangent_at = {i: count + k for k, i in enumerate(i for i, a in enumerate(active) if a)}
    order: list[int] = []
    for group in (range(consts), range(consts, consts + carry), range(consts + carry, count)):
        order += [*group, *(tangent_at[i] for i in group if i in tangent_at)]
    pushed = pushed_to(body, active, wanted, order)
    n_out = len(body.results)
    at = {i: n_out + k for k, i in enumerate(i for i, w in enumerate(wanted) if w)}
    results: list[int] = []
    for group in (range(carry), range(carry, n_out)):
        results += [*group, *(at[i] for i in group if i in at)]
    return pushed.with_(results=[pushed.results[i] for i in results]), len(at)


def apart(
    results: list[Operand], carry: int, k_wanted: Flags, y_wanted: Flags
) -> tuple[list[Operand], list[Tangent]]:
    """The results (carry, its tangents, ys, their tangents): values, a tangent or None each."""
    first = carry + sum(k_wanted)
    last = first + len(y_wanted)
    tangents = (*filled(k_wanted, results[carry:first]), *filled(y_wanted, results[last:]))
    return [*results[:carry], *results[first:last]], list(tangents)
