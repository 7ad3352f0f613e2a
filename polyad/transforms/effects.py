"""Effects under transformations: each happens as often as it would without them.

What is computed again for a reverse pass is silent. In a batch, an effect under a condition that
differs along it happens for the elements for which the condition holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..ir import Builder, Function, Op
from ..ops import control
from ..ops import elementwise as e
from ..ops.control import zero_of_type
from ._pass import build_pass, finished, replay
from .partial_eval import Split

CALLS = ("call", "checkpoint", "custom_jvp_call", "custom_vjp_call")


def silent(function: Function) -> Function:
    """`function` without its effects."""
    if not function.has_effects:
        return function
    ops = []
    for op in function.ops:
        if op.has_effects and op.regions:
            op = op.with_(regions=map(silent, op.regions))
        if not op.has_effects:
            ops.append(op)
    return function.with_(ops=ops)


def known_half_silent(function: Function, split: Split, known: Sequence[bool]) -> Function:
    """`function`, put together from its halves, the known one without its effects."""
    if not split.known.has_effects:
        return function
    with build_pass(function.argument_types, function.name) as builder:
        handles = builder.argument_handles()
        given = {k: [h for h, f in zip(handles, known, strict=True) if f is k] for k in known}
        made = builder.inline(silent(split.known), given.get(True, []))
        count = len(made) - split.residuals
        left = iter(builder.inline(split.unknown, [*given.get(False, []), *made[count:]]))
        found = iter(made[:count])
        results = [next(found) if k else next(left) for k in split.out_known]
        return finished(builder, results, function.name)


def guarded(function: Function) -> Function:
    """`function` with a boolean as one more argument, the first: its effects happen where that is
    true.
    """
    with build_pass([control.BOOL, *function.argument_types], function.name) as builder:
        live, *arguments = builder.argument_handles()
        env = dict(zip(function.arguments, arguments, strict=True))
        for op in function.ops:
            builder.location = op.location
            operands = [env[v] for v in op.operands]
            rule = guard_regions if op.regions else guard_op
            results = (rule if op.has_effects else _as_it_is)(builder, op, live, operands)
            env.update(zip(op.results, results, strict=True))
        builder.location = None
        return finished(builder, [env[v] for v in function.results], function.name)


def _as_it_is(builder: Builder, op: Op, live: Any, operands: list[Any]) -> Sequence[Any]:
    return replay(builder, op, operands)


def guard_op(builder: Builder, op: Op, live: Any, operands: list[Any]) -> Sequence[Any]:
    """A branch that runs the op, and one that gives zeros."""

    def branch(runs: bool) -> Function:
        with build_pass([v.type for v in op.operands], op.name) as inner:
            handles = inner.argument_handles()
            zeros = [] if runs else [zero_of_type(inner, v.type) for v in op.results]
            return finished(inner, replay(inner, op, handles) if runs else zeros, op.name)

    index = e.astype(live, dtype=control.INDEX.dtype)
    branches = (branch(False), branch(True))
    return builder.emit(control.cond, (index, *operands), (), branches)


def guard_regions(builder: Builder, op: Op, live: Any, operands: list[Any]) -> Sequence[Any]:
    """A branch, loop or call with guarded regions, to which `live` is handed on."""
    regions = tuple(map(guarded, op.regions))
    attributes, given = op.attributes, [live, *operands]
    if op.name == "cond":
        given = [operands[0], live, *operands[1:]]
    elif op.name == "scan":
        attributes = op.attributes_with(consts=op.attrs["consts"] + 1)
    elif op.name == "while":
        tests, steps = op.attrs["cond_consts"], op.attrs["body_consts"]
        given = [live, *operands[:tests], live, *operands[tests:]]
        attributes = op.attributes_with(cond_consts=tests + 1, body_consts=steps + 1)
    elif op.name in CALLS:  # what they close over comes last
        given = [*operands, live]
        regions = tuple(map(with_first_last, regions))
    else:
        return replay(builder, op, operands)
    return builder.emit(op.definition, tuple(given), attributes, regions)


def with_first_last(function: Function) -> Function:
    """`function`, its first argument being the last one."""
    first, *others = function.arguments
    return function.with_(arguments=(*others, first))


def ahead(op: Op) -> Function:
    """A `while`, of the same operands and results, whose condition has no effects: it is asked
    ahead of the loop, and at the end of each iteration.
    """
    condition, body = op.regions
    a, b = op.attrs["cond_consts"], op.attrs["cond_consts"] + op.attrs["body_consts"]
    n = len(op.operands) - b
    types = [v.type for v in op.operands]

    def step(inner: Builder, handles: list[Any]) -> list[Any]:
        tests, (_, *carry) = handles[:b], handles[b:]
        results = inner.inline(body, [*tests[a:], *carry])
        (goes_on,) = inner.inline(condition, [*tests[:a], *results[:n]])
        return [goes_on, *results]

    with build_pass([*types[:b], control.BOOL, *types[b:]], body.name) as inner:
        new_body = finished(inner, step(inner, inner.argument_handles()), body.name)
    with build_pass([control.BOOL, *types[b:]], condition.name) as inner:
        test = finished(inner, inner.argument_handles()[:1], condition.name)
    with build_pass(types, op.name) as builder:
        builder.location = op.location
        handles = builder.argument_handles()
        (first,) = builder.inline(condition, [*handles[:a], *handles[b:]])
        attributes = (("body_consts", b), ("cond_consts", 0))
        given = (*handles[:b], first, *handles[b:])
        results = builder.emit(control.while_, given, attributes, (test, new_body))
        return finished(builder, results[1:], op.name)
