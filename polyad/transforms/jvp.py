"""Forward mode: a function and its directional derivative, in one function.

`jvp(f, active)` maps (x1, …, xn, tangents of the active xi) to (y1, …, ym, tangents of the active
yj). A tangent that is known to be zero (symbolically) is never computed: that is what `active`
says. One that is zero in places carries a gate (see `gates`), which is applied where the tangent
leaves the element-wise ops after it.
"""

from __future__ import annotations

import operator
from collections.abc import Container, Sequence
from typing import NamedTuple

from ..ir import ArrayType, Builder, Function, Op
from ..ops import elementwise as e
from ..ops.definition import OpDefinition
from ..ops.types import Operand, Tangent
from ..passes.dce import dce
from ..passes.flags import filled
from ..passes.roots import without_squares_of_roots
from ..passes.widen import widened
from . import gates
from ._pass import argument_hints, build_pass, definition, finished, memoised, replay
from .gates import Gate, Join
from .kinds import GatedForward, Kinds, flattened, kinds_of, types_of, unflattened
from .linear import (
    FORWARD_MODE,
    PLAIN,
    SELECTS,
    Linear,
    Mode,
    linear_groups,
    moves,
    seeds,
    spread_over,
)
from .moving_gates import Bare, is_moving_gate
from .moving_gates import without as without_moving_gates
from .sums import added
from .tangents import (
    Tangents,
    by_linearity,
    literal_of,
    of_contraction,
    of_guard,
    of_moves,
    of_product,
    plain_jvp,
)


class Jvp(NamedTuple):
    """The transformed function, and which results have a tangent."""

    function: Function
    active: tuple[bool, ...]


def jvp(
    function: Function,
    active: Sequence[bool],
    seeded: bool = False,
    known: Sequence[object] | None = None,
) -> Jvp:
    """The JVP of `function` with respect to its `active` arguments. If `seeded`, a tangent that is
    given as 0 stays 0. `known` are the values of the first arguments. Only a user's rules ask for
    them, and a function with such rules is one call's alone, so the result is remembered without.
    """
    active = tuple(active)
    key = ("jvp", active, seeded)
    return memoised(function, key, lambda: _jvp(function, active, seeded, known))


def _jvp(
    function: Function, active: tuple[bool, ...], seeded: bool, known: Sequence[object] | None
) -> Jvp:
    if any("rule" in op.attrs for op in function.ops):
        function = dce(function)  # a user's rule may refuse, and is asked for what is used alone
    types = function.argument_types
    tangent_types = [t for t, a in zip(types, active, strict=True) if a]
    with build_pass([*types, *tangent_types], f"jvp of {function.name}", known) as builder:
        handles = builder.argument_handles()
        tangents = handles[len(types) :]
        given = filled(active, seeds(tangents) if seeded else tangents)
        primals_out, tangents_out = interpret(builder, function, handles[: len(types)], given)
        out_active = tuple(t is not None for t in tangents_out)
        results = [*primals_out, *(t for t in tangents_out if t is not None)]
        hints = argument_hints(function)
        dotted = [f"{h}_dot" if h else None for h, a in zip(hints, active, strict=True) if a]
        return Jvp(
            finished(builder, results, f"{function.name}_jvp", [*hints, *dotted]), out_active
        )


class Pushed(NamedTuple):
    """A JVP with gates: arguments and their tangents to results and tangents of these `kinds`."""

    function: Function
    kinds: Kinds


def pushed(function: Function, kinds: Kinds, mode: Mode = FORWARD_MODE) -> Pushed:
    """The JVP of `function` along tangents of these kinds; in a rule, where it is linear in the
    arguments that have tangents, which are these, itself.
    """
    return memoised(function, ("pushed", kinds, mode), lambda: _pushed(function, kinds, mode))


def _pushed(function: Function, kinds: Kinds, mode: Mode) -> Pushed:
    types, count = function.argument_types, len(function.arguments)
    given = [*types, *types_of(types, kinds)]
    with build_pass(given, f"jvp of {function.name}") as builder:
        handles = builder.argument_handles()
        primals, ts = handles[:count], unflattened(handles[count:], kinds, raw=True)
        if mode.rule:
            pairs = zip(primals, ts, strict=True)
            moved = [(x, None) if t is None else (t.value, t) for x, t in pairs]
            found = push(builder, function, moved, mode.kind)
            outs, tangents = [x for x, _ in found], [t for _, t in found]
        else:
            outs, tangents = _interpret(builder, function, primals, ts)
        tangents = [None if t is None else t.settled(mode.kind) for t in tangents]
        own = kinds_of(tangents)
        results = [*outs, *flattened(builder, function.result_types, tangents, own)]
        return Pushed(finished(builder, results, f"{function.name}_jvp"), own)


def interpret(
    builder: Builder,
    function: Function,
    primals: Sequence[Operand],
    tangents: Sequence[Operand | Linear | None],
) -> tuple[list[Operand], list[Tangent]]:
    """Append the JVP of `function` at `primals` along `tangents` (None: zero) to `builder`."""
    given = [t if t is None or isinstance(t, Linear) else Linear(t, raw=True) for t in tangents]
    outs, found = _interpret(builder, function, primals, given)
    return outs, [None if t is None else t.settled(e.shield).value for t in found]


def _interpret(
    builder: Builder,
    function: Function,
    primals: Sequence[Operand],
    tangents: Sequence[Linear | None],
) -> tuple[list[Operand], Tangents]:
    function = memoised(function, "roots", lambda: without_squares_of_roots(widened(function)))
    env = dict(zip(function.arguments, zip(primals, tangents, strict=True), strict=True))
    bare: Bare = {}
    start = builder.location
    for op in function.ops:
        at = op.location
        builder.location = at if at is None else at.in_derivative(op.name)
        xs = [env[v][0] for v in op.operands]
        ts = [env[v][1] for v in op.operands]
        outs, out_tangents = _through_moving_gates(builder, op, xs, ts, bare)
        for value, out, tangent in zip(op.results, outs, out_tangents, strict=True):
            env[value] = (out, tangent if value.type.dtype.is_inexact else None)
    builder.location = start
    pairs = [env[v] for v in function.results]
    return [p for p, _ in pairs], [t for _, t in pairs]


def _through_moving_gates(
    builder: Builder, op: Op, xs: list[Operand], ts: Tangents, bare: Bare
) -> tuple[Sequence[Operand], Tangents]:
    """Results and tangents of one op. Tangents are computed with values that no moving gate guards
    (see `moving_gates`).
    """
    free = [bare.get(x.number, x) for x in xs]
    bare_op = without_moving_gates(op, ts)
    if op.has_effects or (bare_op is op and all(map(operator.is_, xs, free))):
        outs, tangents = _op_jvp(builder, op, xs, ts)
    else:
        outs = replay(builder, op, xs)
        found, tangents = _op_jvp(builder, bare_op, free, ts)
        bare.update((x.number, y) for x, y in zip(outs, found, strict=True) if x.number != y.number)
    if is_moving_gate(op, [t is not None for t in ts]):
        bare[outs[0].number] = free[1]
    return outs, tangents


def _op_jvp(
    builder: Builder, op: Op, xs: list[Operand], ts: Tangents, mode: Mode = FORWARD_MODE
) -> tuple[Sequence[Operand], Tangents]:
    """Results and tangents of one op."""
    rules = definition(op)
    discrete = not any(v.type.dtype.is_inexact for v in op.results)
    if all(t is None for t in ts) or discrete or not rules.differentiable:
        return replay(builder, op, xs), [None] * len(op.results)
    if rules.region_rules is not None:
        return _of_regions(builder, rules, op, xs, ts, mode)
    if op.name in ("guard", "shield"):
        return of_guard(builder, op, xs, ts)
    if op.name == "where" or op.name in PLAIN or moves(op):
        return of_moves(builder, rules, op, xs, ts, mode.kind)
    if sum(t is not None for t in ts) > 1:  # no factor stands still
        mode = mode._replace(rule=True)
    groups: dict[int, tuple[Gate | None, Tangents]] = {}
    for i, t in enumerate(ts):
        if t is not None:
            kept = groups.setdefault(id(t.gate), (t.gate, [None] * len(ts)))[1]
            kept[i] = t
    totals: Tangents = [None] * len(op.results)
    outs: Sequence[Operand] = ()
    for gate, part in groups.values():
        found, tangents = _of_one_gate(builder, rules, op, xs, gate, part, mode)
        outs = outs or found
        totals = [added(a, b, mode.kind) for a, b in zip(totals, tangents, strict=True)]
    return outs, totals


def _of_one_gate(
    builder: Builder,
    rules: OpDefinition,
    op: Op,
    xs: list[Operand],
    gate: Gate | None,
    ts: Tangents,
    mode: Mode,
) -> tuple[Sequence[Operand], Tangents]:
    """Results and tangents of one op for tangents of the same gate."""
    if op.name == "dot_general":
        return of_contraction(builder, op, xs, ts, mode)
    if not mode.rule and op.name == "multiply" and (ts[0] is None) != (ts[1] is None):
        return of_product(builder, op, xs, ts)
    moving = [i for i, t in enumerate(ts) if t is not None]
    linear = any(all(i in group for i in moving) for group in linear_groups(op))
    selects = op.name in SELECTS or not (gate is None or rules.elementwise)
    if rules.jvp is not None and not linear and selects:
        return _through_rule(builder, rules, op, xs, ts, mode)
    if not rules.elementwise:
        ts = [None if t is None else t.settled(mode.kind) for t in ts]
    values = [None if t is None else t.value for t in ts]
    rule = by_linearity if linear else plain_jvp
    outs, found = rule(builder, rules, op, xs, values)
    if gate is None or rules.elementwise:
        return outs, [None if t is None else Linear(t, gate, gate is None) for t in found]
    shape = next(t.value.type.shape for t in ts if t is not None)
    return outs, [
        None if t is None else Linear(t, spread_over(op, rules, gate, shape, t.type.shape), False)
        for t in found
    ]


def _through_rule(
    builder: Builder, rules: OpDefinition, op: Op, xs: list[Operand], ts: Tangents, mode: Mode
) -> tuple[Sequence[Operand], Tangents]:
    """By the op's rule, whose linear ops carry the gates on."""
    given = [t for t in ts if t is not None]
    types = [v.type for v in (*xs, *(t.value for t in given))]
    with build_pass(types, f"jvp of {op.name}") as inner:
        handles = inner.argument_handles()
        own, dotted = handles[: len(xs)], filled([t is not None for t in ts], handles[len(xs) :])
        outs, tangents = plain_jvp(inner, rules, op, own, dotted)
        there = [t is not None for t in tangents]
        rule = inner.build([*outs, *(t for t in tangents if t is not None)], name=op.name)
    pairs = push(
        builder, rule, [*((x, None) for x in xs), *((t.value, t) for t in given)], mode.kind
    )
    dots = [Linear(x) if t is None else t for x, t in pairs[len(outs) :]]
    return [x for x, _ in pairs[: len(outs)]], filled(there, dots)


Given = tuple[Operand, Linear | None]
"""A known value, or a linear one, twice."""


def push(
    builder: Builder, function: Function, given: Sequence[Given], kind: Join = e.shield
) -> list[Given]:
    """Append `function`, which is linear in the arguments that are given as linear. A value that is
    not, as a user's rule may have, has no gate.
    """
    mode = Mode(True, kind)
    env = dict(zip(function.arguments, given, strict=True))
    for op in function.ops:
        xs, ts = [env[v][0] for v in op.operands], [env[v][1] for v in op.operands]
        moving = [i for i, t in enumerate(ts) if t is not None]
        group = linear_in(op, moving)
        if group is None:
            settled = [
                x if t is None else t.settled(kind).value for x, t in zip(xs, ts, strict=True)
            ]
            outs = replay(builder, op, settled)
            found: tuple[Sequence[Operand], Tangents] = outs, [Linear(x) for x in outs]
        else:
            ts = [
                Linear(x) if t is None and i in group and literal_of(x) != 0 else t
                for i, (x, t) in enumerate(zip(xs, ts, strict=True))
            ]
            found = _op_jvp(builder, op, xs, ts, mode)
        for v, x, t in zip(op.results, *found, strict=True):
            env[v] = (x if t is None else t.value, t if v.type.dtype.is_inexact else None)
    return [env[v] for v in function.results]


def linear_in(op: Op, moving: Sequence[int]) -> Container[int] | None:
    """Operands, these among them, in which `op` is jointly linear; None if there are none."""
    if not moving or definition(op).region_rules is not None:
        return ()
    return next((group for group in linear_groups(op) if all(i in group for i in moving)), None)


def seeded(function: Function, linear: int) -> Function:
    """`function`, linear in its first arguments: one that is given as 0 stays 0."""

    def make() -> Function:
        with build_pass(function.argument_types, function.name) as builder:
            handles = builder.argument_handles()
            given = [(t.value, t) for t in seeds(handles[:linear])]
            found = push(builder, function, [*given, *((x, None) for x in handles[linear:])])
            results = [x if t is None else t.settled(e.shield).value for x, t in found]
            return finished(builder, results, function.name)

    return memoised(function, ("seeded", linear), make)


# -- Ops with regions ------------------------------------------------------------------------------


def _of_regions(
    builder: Builder, rules: OpDefinition, op: Op, xs: list[Operand], ts: Tangents, mode: Mode
) -> tuple[Sequence[Operand], Tangents]:
    """Gates go through branches, loops and calls. Other results are closed if all tangents are, in
    all places.
    """
    region_rules = rules.region_rules
    assert region_rules is not None
    gated = any(t is not None and t.gate is not None for t in ts)
    if gated and inlined(op):
        if not mode.rule:
            return _interpret(builder, op.regions[0], xs, ts)
        pairs = push(builder, op.regions[0], list(zip(xs, ts, strict=True)), mode.kind)
        return [x for x, _ in pairs], [t for _, t in pairs]
    if op.name == "custom_jvp_call" and not mode.rule:
        rule, active = region_rules.tangent_rule(op, xs, [t and t.value for t in ts])
        moving = [(t.value, t) for t in ts if t is not None]
        pairs = push(builder, rule, [*((x, None) for x in xs), *moving], mode.kind)
        count = len(op.results)
        dots = [Linear(x) if t is None else t for x, t in pairs[count:]]
        return [x for x, _ in pairs[:count]], filled(active, dots)
    given = [None if t is None else t.settled(mode.kind) for t in ts]
    if isinstance(region_rules.rules, GatedForward):
        return region_rules.rules.push(builder, op, xs, given, mode)
    if mode.rule:
        operands = [x if t is None else t.value for x, t in zip(xs, given, strict=True)]
        outs = found = replay(builder, op, operands)
    else:
        values = [None if t is None else t.value for t in given]
        outs, found = region_rules.jvp(builder, op, xs, values)
    return outs, closed(found, closed_in_all(given) if gated else None)


def closed(found: Sequence[Operand], gate: Gate | None) -> Tangents:
    """Values (None: zero) that are closed in all places where the gate of no axes is."""
    return [
        None
        if x is None
        else Linear(x, gates.spread(gate, x.type.shape), False)
        if gate is not None and isinstance(x.type, ArrayType)
        else Linear(x)
        for x in found
    ]


def inlined(op: Op) -> bool:
    """Whether an op is a call, which is its region and no more."""
    return op.name == "call"


def closed_in_all(given: Sequence[Linear | None]) -> Gate | None:
    """A gate of no axes: open if one of the values is, somewhere."""
    found: Gate | None = None
    for t in given:
        if t is None:
            continue
        if t.gate is None:
            return None
        whole = gates.somewhere(t.gate, t.value.type.shape)
        if whole is None:
            return None
        found = whole if found is None else gates.either(found, whole)
        if found is None:
            return None
    return found
