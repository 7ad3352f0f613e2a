"""Helpers of the rules of branches and loops: fixed points, flags, and bodies made to measure."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ...ir import Builder, Function, Type, Value
from ...ops import control
from ...ops import elementwise as e
from ...ops import manipulation as m
from ...ops.creation import zeros_like
from ...ops.types import BatchAxis, Operand
from ...ops.views import Loop
from ...passes.flags import Flags
from ...passes.pipeline import simplify
from .._pass import build_pass, finished
from ..jvp import pushed
from ..kinds import OPEN, Kinds, count_of, fixed_kinds, flattened, standing, types_of, unflattened
from ..linear import Linear, Mode
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


def as_kinds(
    types: Sequence[control.Element],
    builder: Builder,
    own: Kinds,
    handles: Sequence[Operand],
    wanted: Kinds,
) -> list[Operand]:
    """Linear values of these types and of kinds of their own as values of the kinds `wanted`."""
    return flattened(builder, types, unflattened(handles, own), wanted)


def split_forcing(
    function: Function, known: Flags, unknown_results: Flags, hoists: bool = False
) -> Split:
    """`partial_eval`, with the results flagged computed by the unknown part even if they are
    known.
    """
    split = partial_eval(function, known, hoists)
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


class PushedBody(NamedTuple):
    """The JVP of a body: each of consts, carry, xs and ys is followed by its tangents."""

    function: Function
    carry: Kinds
    ys: Kinds


def pushed_body(
    loop: Loop, parts: Sequence[Sequence[control.Element]], start: Sequence[Kinds], mode: Mode
) -> PushedBody:
    """The JVP of the body of a loop. `parts` are the types of its consts, carry and rows of xs, and
    `start` the kinds of their tangents; those of the carry grow until they hold in all iterations.
    A tangent that comes in without a gate has none in the loop.
    """
    body, n = loop.body, loop.n_carry
    consts, carry, xs = start

    def step(now: Kinds) -> Kinds:
        found = pushed(body, (*consts, *now, *xs), mode).kinds[:n]
        return tuple(a if a == OPEN else b for a, b in zip(carry, found, strict=True))

    carried = fixed_kinds(carry, step)
    every = (*consts, *carried, *xs)
    made = pushed(body, every, mode)
    groups = list(zip(parts, (consts, carried, xs), strict=True))
    types = [t for own, kinds in groups for t in (*own, *types_of(own, kinds))]
    outs = loop.split_results(body.result_types)
    wanted = loop.split_results(carried + made.kinds[n:])

    def push(builder: Builder, handles: list[Operand]) -> list[Operand]:
        at = iter(handles)
        primals: list[Operand] = []
        tangents: list[Linear | None] = []
        for own, kinds in groups:
            primals += itertools.islice(at, len(own))
            tangents += unflattened(list(itertools.islice(at, count_of(kinds))), kinds)
        moved = flattened(builder, body.argument_types, tangents, every)
        results = builder.inline(made.function, [*primals, *moved])
        values, dots = results[: len(body.results)], results[len(body.results) :]
        wide = (*carried, *made.kinds[n:])
        found = loop.split_results(standing(unflattened(dots, made.kinds), values, wide, mode))
        return [
            x
            for own, types, linear, kinds in zip(
                loop.split_results(values), outs, found, wanted, strict=True
            )
            for x in (*own, *flattened(builder, types, linear, tuple(kinds)))
        ]

    return PushedBody(define(types, f"{body.name}_jvp", push), carried, made.kinds[n:])


def apart(
    results: list[Operand], carry: Kinds, ys: Kinds
) -> tuple[list[Operand], list[Linear | None]]:
    """The results of a loop over a `PushedBody`: values and tangents."""
    first, n = len(carry), len(carry) + count_of(carry)
    last = n + len(ys)
    tangents = (*unflattened(results[first:n], carry), *unflattened(results[last:], ys))
    return [*results[:first], *results[n:last]], list(tangents)
