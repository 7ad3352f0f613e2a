"""Forward mode: a function and its directional derivative, in one function.

`jvp(f, active)` maps (x1, …, xn, tangents of the active xi) to (y1, …, ym, tangents of the active
yj). A tangent that is known to be zero (symbolically) is never computed: that is what `active`
says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..ir import Function, Op
from ..ops import elementwise as e
from ..ops.creation import zeros_like
from ..ops.definition import OpDefinition
from ..passes.flags import filled
from ._pass import argument_hints, build_pass, definition, finished, memoised, replay


class Jvp(NamedTuple):
    """The transformed function, and which results have a tangent."""

    function: Function
    active: tuple[bool, ...]


def jvp(function: Function, active: Sequence[bool]) -> Jvp:
    """The JVP of `function` with respect to its `active` arguments."""
    active = tuple(active)
    return memoised(function, ("jvp", active), lambda: _jvp(function, active))


def _jvp(function: Function, active: tuple[bool, ...]) -> Jvp:
    types = function.argument_types
    tangent_types = [t for t, a in zip(types, active, strict=True) if a]
    with build_pass([*types, *tangent_types], f"jvp of {function.name}") as builder:
        handles = builder.argument_handles()
        given = filled(active, handles[len(types) :])
        primals_out, tangents_out = interpret(builder, function, handles[: len(types)], given)
        out_active = tuple(t is not None for t in tangents_out)
        results = [*primals_out, *(t for t in tangents_out if t is not None)]
        hints = argument_hints(function)
        dotted = [f"{h}_dot" if h else None for h, a in zip(hints, active, strict=True) if a]
        return Jvp(
            finished(builder, results, f"{function.name}_jvp", [*hints, *dotted]), out_active
        )


def interpret(
    builder: Any, function: Function, primals: Sequence[Any], tangents: Sequence[Any]
) -> tuple[list[Any], list[Any]]:
    """Append the JVP of `function` at `primals` along `tangents` (None: zero) to `builder`."""
    env = dict(zip(function.arguments, zip(primals, tangents, strict=True), strict=True))
    for op in function.ops:
        builder.location = op.location
        xs = [env[v][0] for v in op.operands]
        ts = [env[v][1] for v in op.operands]
        outs, out_tangents = op_jvp(builder, op, xs, ts)
        for value, out, tangent in zip(op.results, outs, out_tangents, strict=True):
            env[value] = (out, tangent if value.type.dtype.is_inexact else None)
    builder.location = None
    pairs = [env[v] for v in function.results]
    return [p for p, _ in pairs], [t for _, t in pairs]


def op_jvp(
    builder: Any, op: Op, xs: list[Any], ts: list[Any]
) -> tuple[Sequence[Any], Sequence[Any]]:
    """Results and tangents of one op."""
    rules = definition(op)
    discrete = not any(v.type.dtype.is_inexact for v in op.results)
    if all(t is None for t in ts) or discrete or not rules.differentiable:
        return replay(builder, op, xs), [None] * len(op.results)
    if rules.region_rules is not None:
        return rules.region_rules.jvp(builder, op, xs, ts)  # type: ignore[no-any-return]
    if rules.jvp is not None:
        found: Any = rules.jvp(tuple(xs), tuple(ts), **op.attrs)
        out, tangent = found
        return (out, tangent) if len(op.results) > 1 else ([out], [tangent])
    if rules.partials is not None:
        return _by_partials(builder, rules, op, xs, ts)
    return _by_linearity(builder, rules, op, xs, ts)


def _by_partials(
    builder: Any, rules: OpDefinition, op: Op, xs: list[Any], ts: list[Any]
) -> tuple[Sequence[Any], Sequence[Any]]:
    """Sum of tangent times partial; times, in the strong sense, where a partial can be infinite."""
    (out,) = replay(builder, op, xs)
    times = e.strong_multiply if rules.singular else e.multiply
    total = None
    for partial, t in zip(rules.partials or (), ts, strict=True):
        if t is None or partial is None:
            continue
        term = times(t, partial(*xs, out, **op.attrs))
        total = term if total is None else e.add(total, term)
    return [out], [total]


def _by_linearity(
    builder: Any, rules: OpDefinition, op: Op, xs: list[Any], ts: list[Any]
) -> tuple[Sequence[Any], Sequence[Any]]:
    """For each group of jointly linear operands, the op itself with tangents in their places."""
    out = replay(builder, op, xs)
    total = None
    for group in rules.linear:
        if all(t is None for i, t in enumerate(ts) if i in group):
            continue
        given = [i for i, t in enumerate(ts) if i in group and t is not None]
        if rules.alone and len(given) == 1:
            term = rules.alone[given[0]](ts[given[0]])
        else:
            moved = [
                x if i not in group else zeros_like(x) if t is None else t
                for i, (x, t) in enumerate(zip(xs, ts, strict=True))
            ]
            (term,) = replay(builder, op, moved)
        total = term if total is None else e.add(total, term)
    return out, [total]
