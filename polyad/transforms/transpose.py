"""Turning a linear function around: the half of reverse mode that runs backward.

`transpose(f, n)` takes a function linear in its first n arguments (the others are residuals) and
maps (residuals, cotangents of the results) to the cotangents of the n arguments. Cotangents add up
where a value is used more than once; a value that no result depends on has a symbolic zero. A
cotangent that comes through a selection carries its gate (see `gates`), which is applied where it
leaves the element-wise ops before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..errors import NotDifferentiableError
from ..ir import Builder, Function, Op, Value, where
from ..ops import elementwise as e
from ..ops.control import zero_of_type
from ..ops.definition import OpDefinition, Unknown
from ..ops.types import Operand
from ..ops.views import TransposedCall
from ..passes.widen import widened
from . import gates
from ._pass import build_pass, definition, finished, memoised, replay
from .gates import Gate, Rule
from .jvp import closed, closed_in_all, inlined, push
from .kinds import GatedReverse, Kinds, flattened, kinds_of, types_of, unflattened
from .linear import (
    BACKWARD,
    FILLS,
    ONE_TO_ONE,
    PLAIN,
    Linear,
    contracted_backward,
    linear_groups,
    moves,
    seeds,
    spread_over,
    static_backward,
)
from .sums import added

Known = dict[Value, Operand]
Cotangent = Linear | None
"""None is zero."""
Cotangents = dict[Value, Linear]


def transpose(function: Function, linear: int, seeded: bool = False) -> Function:
    """The transpose of `function` in its first `linear` arguments. If `seeded`, a cotangent that is
    given as 0 stays 0.

    Raises `NotDifferentiableError` if the function is not linear in them, naming the op that is
    not.
    """
    key = ("transpose", linear, seeded)
    return memoised(function, key, lambda: _transpose(function, linear, seeded))


def _transpose(function: Function, linear: int, seeded: bool) -> Function:
    function = widened(function)
    types = function.argument_types
    with build_pass(
        [*types[linear:], *function.result_types], f"transpose of {function.name}"
    ) as builder:
        handles = builder.argument_handles()
        count = len(types) - linear
        cts = handles[count:]
        given = seeds(cts) if seeded else [Linear(ct, raw=True) for ct in cts]
        found = _pulled(builder, function, handles[:count], given)
        results = [
            zero_of_type(builder, t) if ct is None else ct.value
            for t, ct in zip(types, found, strict=False)
        ]
        return finished(builder, results, f"{function.name}_transpose")


class Turned(NamedTuple):
    """A transpose with gates: (residuals, cotangents of the results) to the cotangents of the
    linear arguments, of these `kinds`.
    """

    function: Function
    kinds: Kinds


def turned(function: Function, linear: int, kinds: Kinds) -> Turned:
    """The transpose of `function` in its first `linear` arguments, of cotangents of these kinds."""
    key = ("turned", linear, kinds)
    return memoised(function, key, lambda: _turned(function, linear, kinds))


def _turned(function: Function, linear: int, kinds: Kinds) -> Turned:
    function = widened(function)
    types = function.argument_types
    given = [*types[linear:], *types_of(function.result_types, kinds)]
    with build_pass(given, f"transpose of {function.name}") as builder:
        handles = builder.argument_handles()
        count = len(types) - linear
        cts = unflattened(handles[count:], kinds, raw=True)
        found = _pulled(builder, function, handles[:count], cts)
        own = kinds_of(found)
        results = flattened(builder, types[:linear], found, own)
        return Turned(finished(builder, results, f"{function.name}_transpose"), own)


def _pulled(
    builder: Builder, function: Function, residuals: Sequence[Operand], given: Sequence[Cotangent]
) -> list[Cotangent]:
    """The cotangents of the first arguments, with zeros where their gates are closed."""
    linear = len(function.arguments) - len(residuals)
    known = dict(zip(function.arguments[linear:], residuals, strict=True))
    found = pull(builder, function, known, function.arguments[:linear], given)
    start = builder.location
    last = next((op for op in function.ops if op.location is not None), None)
    if last is not None and last.location is not None:
        builder.location = last.location.in_derivative(last.name)
    settled = [None if ct is None else ct.settled(e.guard) for ct in found]
    builder.location = start
    return settled


def pull(
    builder: Builder,
    function: Function,
    known: Known,
    unknown: Sequence[Value],
    given: Sequence[Linear | None],
) -> list[Linear | None]:
    """Append the transpose of `function` at `known` values of its arguments; the cotangents of its
    `unknown` arguments for those `given` of its results.
    """
    backward = forward(builder, function, known, set(unknown))
    cotangents: Cotangents = {}
    for value, ct in zip(function.results, given, strict=True):
        if value not in known and ct is not None:
            _accumulate(cotangents, value, ct)
    start = builder.location
    for op in reversed(backward):
        at = op.location
        builder.location = at if at is None else at.in_derivative(op.name)
        _transpose_op(builder, op, known, cotangents)
    builder.location = start
    return [cotangents.get(v) for v in unknown]


def forward(builder: Builder, function: Function, known: Known, unknown: set[Value]) -> list[Op]:
    """Append the ops that depend on residuals only; the others, all linear, in order."""
    linear = []
    for op in function.ops:
        if any(v in unknown for v in op.operands):
            unknown.update(op.results)
            linear.append(op)
        else:
            known.update(
                zip(op.results, replay(builder, op, [known[v] for v in op.operands]), strict=True)
            )
    return linear


def _transpose_op(builder: Builder, op: Op, known: Known, cotangents: Cotangents) -> None:
    cts = [cotangents.pop(v, None) for v in op.results]
    if all(ct is None for ct in cts):
        if op.has_effects:
            raise NotDifferentiableError(
                "debug.print or debug.callback of a tangent: in reverse mode there are none"
                f"{where(op.location)}\n  See tangents by jvp, and cotangents in the backward pass "
                "of a custom_vjp function."
            )
        return
    operands: list[Any] = [known[v] if v in known else Unknown(v.type) for v in op.operands]
    rules = definition(op)
    found: Sequence[Linear | None]
    if rules.region_rules is not None:
        found = _of_regions(builder, rules, op, cts, operands)
    elif op.name in ("guard", "shield") and isinstance(operands[0], Unknown):
        found = [None, cts[0]]  # the gate is a tangent that a user gave, not the function's
    else:
        check_linear(rules, op, operands)
        assert cts[0] is not None
        found = [
            _of_operand(rules, op, cts[0], operands, i) if isinstance(x, Unknown) else None
            for i, x in enumerate(operands)
        ]
    for value, ct in zip(op.operands, found, strict=True):
        if ct is not None and value not in known:
            _accumulate(cotangents, value, ct)


def check_linear(rules: OpDefinition, op: Op, operands: Sequence[Operand]) -> None:
    """Raise unless `op` is jointly linear in its unknown operands."""
    unknown = [i for i, x in enumerate(operands) if isinstance(x, Unknown)]
    linear = any(all(i in group for i in unknown) for group in linear_groups(op))
    if not linear or any(rules.transpose(i) is None for i in unknown):
        raise NotDifferentiableError(
            f"the function is not linear: {op.name} is not linear in operand"
            f"{'s' if len(unknown) > 1 else ''} {', '.join(map(str, unknown))}{where(op.location)}"
        )


def _accumulate(cotangents: Cotangents, value: Value, ct: Linear) -> None:
    found = added(cotangents.get(value), ct, e.guard)
    assert found is not None
    cotangents[value] = found


# -- One op ----------------------------------------------------------------------------------------


def _of_regions(
    builder: Builder, rules: OpDefinition, op: Op, cts: list[Linear | None], operands: list[Operand]
) -> Sequence[Linear | None]:
    """Gates go through branches, loops and calls. What another op makes is closed if all
    cotangents that come in are, in all places.
    """
    region_rules = rules.region_rules
    assert region_rules is not None
    gated = any(ct is not None and ct.gate is not None for ct in cts)
    if gated and inlined(op):
        body = op.regions[0]
        pairs = list(zip(body.arguments, operands, strict=True))
        known = {v: x for v, x in pairs if not isinstance(x, Unknown)}
        unknown = [v for v, x in pairs if isinstance(x, Unknown)]
        pulled = iter(pull(builder, body, known, unknown, cts))
        return [next(pulled) if isinstance(x, Unknown) else None for x in operands]
    if gated and op.name == "transposed_call":
        return _of_user_rule(builder, op, cts, operands)
    given = [None if ct is None else ct.settled(e.guard) for ct in cts]
    if isinstance(region_rules.rules, GatedReverse):
        return region_rules.rules.pull(builder, op, given, operands)
    values = [None if ct is None else ct.value for ct in given]
    found: Sequence[Operand] = region_rules.transpose(builder, op, values, operands)
    return closed(found, closed_in_all(given) if gated else None)


def _of_user_rule(
    builder: Builder, op: Op, cts: list[Linear | None], operands: list[Operand]
) -> Sequence[Linear | None]:
    """The backward pass of a custom rule, which maps cotangents forward."""
    call = TransposedCall(op)
    known = [(x, None) for x in operands[: call.residuals]]
    full = [
        Linear(zero_of_type(builder, v.type), gates.everywhere(builder, v.type.shape, False))
        if ct is None
        else ct
        for v, ct in zip(op.results, cts, strict=True)
    ]
    backward = call.backward_of(tuple(ct is not None for ct in cts))
    pairs = push(builder, backward, [*known, *((ct.value, ct) for ct in full)], e.guard)
    found = [Linear(x) if ct is None else ct for x, ct in pairs]
    return [*[None] * call.residuals, *found]


def _of_operand(
    rules: OpDefinition, op: Op, ct: Linear, operands: Sequence[Operand], index: int
) -> Linear | None:
    """The cotangent of one operand."""
    if op.name == "guard":
        return Linear(ct.value, gates.both(ct.gate, gates.of(operands[0])), False, ct.raw)
    rule = rules.transpose(index)
    assert rule is not None

    def turned(value: Operand, others: Sequence[Operand] = operands) -> Operand:
        found = rule(value, *others, **op.attrs)
        assert found is not None
        return found

    if op.name == "dot_general":
        return _contracted(op, ct, operands, index, turned)
    if op.name == "where":
        chosen = operands[0] if index == 1 else e.logical_not(operands[0])
        gate = gates.both(ct.gate, gates.selected(chosen))
        return Linear(turned(ct.value), gate, ct.clean, ct.raw)
    if op.name in PLAIN or op.name == "shield":
        return ct._replace(value=turned(ct.value))
    if moves(op):
        return _moved(op, ct, index, turned)
    if rules.elementwise:
        value = turned(ct.value)
        if ct.raw and op.name == "multiply" and _weighs(ct.gate, operands[1 - index]):
            return Linear(value, ct.gate)
        return Linear(value, ct.gate, ct.gate is None)
    settled = ct.settled(e.guard)
    value = turned(settled.value)
    gate = spread_over(op, rules, ct.gate, op.result.type.shape, op.operands[index].type.shape)
    return Linear(value, gate, gate is None)


def _weighs(gate: Gate | None, factor: Operand) -> bool:
    """Whether the gate is that of `factor` alone: a number times 0 is 0."""
    if gate is None or gate.static is not None or gate.selection is not None:
        return gate is None
    assert gate.factor is not None
    return bool(gate.factor().number == factor.number)


def _moved(op: Op, ct: Linear, index: int, turned: Rule) -> Linear:
    if op.name not in BACKWARD and op.name != "pad":
        ct = ct.settled(e.guard)
    gate = ct.gate
    if gate is None and op.name in FILLS[1]:
        gate = gates.everywhere(ct.value.builder, op.result.type.shape)
    boolean = op.name in ONE_TO_ONE or op.name == "sum"
    dtype = None if boolean else ct.value.type.dtype
    moved = gates.moved(gate, turned, dtype, static_backward(op, index))
    return Linear(turned(ct.value), moved, ct.clean, ct.raw)


def _contracted(
    op: Op, ct: Linear, operands: Sequence[Operand], index: int, turned: Rule
) -> Linear:
    """Entries of the partner that meet zeros alone do not count."""
    if ct.gate is None:
        return Linear(turned(ct.value))
    ct = ct.settled(e.guard)
    found = contracted_backward(op, index, ct.gate)
    others = list(operands)
    others[1 - index] = gates.through(e.guard, found.partner, operands[1 - index])
    return Linear(turned(ct.value, others), found.out, found.out is None)
