"""Effects under transformations: each happens as often as it would without them.

Computations that are repeated for a reverse pass are silent. In a batch, an effect under a
condition that differs along it happens for the elements for which the condition holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..ir import Builder, Definition, Function, Op
from ..ops import control, implicit, region
from ..ops import elementwise as e
from ..ops.control import zero_of_type
from ..ops.types import Operand
from ..ops.views import Call, Scan, While, emit_cond, emit_while
from ..passes.flags import merged
from ._pass import build_pass, finished, replay
from .partial_eval import Split


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
        left = builder.inline(split.unknown, [*given.get(False, []), *made[count:]])
        return finished(builder, merged(split.out_known, made, left), function.name)


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


def _as_it_is(
    builder: Builder, op: Op, live: Operand, operands: list[Operand]
) -> Sequence[Operand]:
    return replay(builder, op, operands)


def guard_op(builder: Builder, op: Op, live: Operand, operands: list[Operand]) -> Sequence[Operand]:
    """A branch that runs the op, and one that gives zeros."""

    def branch(runs: bool) -> Function:
        with build_pass([v.type for v in op.operands], op.name) as inner:
            handles = inner.argument_handles()
            zeros = [] if runs else [zero_of_type(inner, v.type) for v in op.results]
            return finished(inner, replay(inner, op, handles) if runs else zeros, op.name)

    index: Operand = e.astype(live, dtype=control.INDEX.dtype)
    return emit_cond(builder, index, operands, (branch(False), branch(True)))


def guard_regions(
    builder: Builder, op: Op, live: Operand, operands: list[Operand]
) -> Sequence[Operand]:
    """A branch, loop or call with guarded regions, to which `live` is handed on."""
    rule = GUARD.get(op.definition, _as_it_is)
    return rule(builder, op, live, operands)


def guard_cond(
    builder: Builder, op: Op, live: Operand, operands: list[Operand]
) -> Sequence[Operand]:
    index, *given = operands
    return emit_cond(builder, index, [live, *given], map(guarded, op.regions))


def guard_scan(
    builder: Builder, op: Op, live: Operand, operands: list[Operand]
) -> Sequence[Operand]:
    loop = Scan(op)
    consts, carry, xs = loop.split(operands)
    return loop.emit(builder, [live, *consts], carry, xs, guarded(loop.body))


def guard_while(
    builder: Builder, op: Op, live: Operand, operands: list[Operand]
) -> Sequence[Operand]:
    loop = While(op)
    tests, steps, carry = loop.split(operands)
    condition, body = guarded(loop.condition), guarded(loop.body)
    return loop.emit(builder, [live, *tests], [live, *steps], carry, condition, body)


def guard_call(
    builder: Builder, op: Op, live: Operand, operands: list[Operand]
) -> Sequence[Operand]:
    """`live` is the last argument, as all values are that the function closes over."""
    body = with_first_last(guarded(Call(op).body))
    return builder.emit(op.definition, (*operands, live), op.attributes, (body,))


def with_first_last(function: Function) -> Function:
    """`function`, its first argument being the last one."""
    first, *others = function.arguments
    return function.with_(arguments=(*others, first))


def ahead(loop: While) -> Function:
    """A `while`, of the same operands and results, whose condition has no effects: it is asked
    ahead of the loop, and at the end of each iteration.
    """
    condition, body, op = loop.condition, loop.body, loop.op
    types = [v.type for v in op.operands]
    tests, steps, carry = loop.split(types)

    def step(inner: Builder, handles: list[Operand]) -> list[Operand]:
        at = iter(handles)
        asked, given, _, carried = (
            [next(at) for _ in group] for group in (tests, steps, [0], carry)
        )
        results = inner.inline(body, [*given, *carried])
        (goes_on,) = inner.inline(condition, [*asked, *loop.split_results(results).carry])
        return [goes_on, *results]

    with build_pass([*tests, *steps, control.BOOL, *carry], body.name) as inner:
        new_body = finished(inner, step(inner, inner.argument_handles()), body.name)
    with build_pass([control.BOOL, *carry], condition.name) as inner:
        test = finished(inner, inner.argument_handles()[:1], condition.name)
    with build_pass(types, op.name) as builder:
        builder.location = op.location
        asked, given, start = loop.split(builder.argument_handles())
        (first,) = builder.inline(condition, [*asked, *start])
        results = emit_while(builder, [], [*asked, *given], [first, *start], test, new_body)
        return finished(builder, results[1:], op.name)


GUARD: dict[Definition, Callable[[Builder, Op, Operand, list[Operand]], Sequence[Operand]]] = {
    control.cond: guard_cond,
    control.scan: guard_scan,
    control.while_: guard_while,
    region.call: guard_call,
    region.checkpoint: guard_call,
    region.custom_jvp_call: guard_call,
    region.custom_vjp_call: guard_call,
    region.custom_vmap_call: guard_call,
    region.transposed_call: _as_it_is,
    implicit.linear_solve: _as_it_is,
    implicit.root: _as_it_is,
}
"""How effects in the regions of an op are guarded. Those in equations and transposed maps stay."""
