"""The rules of ops with regions. Each transforms the region and calls the result."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TypeVar

from ..ir import Builder, Function, Op, Value
from ..ops import region
from ..ops.control import zero_of_type
from ..ops.definition import OpDefinition, Unknown
from ..ops.region_rules import RegionRules
from ..ops.types import BatchAxis, Operand, Tangent
from ..passes.dce import dce
from ..passes.flags import merged
from ..passes.pipeline import simplify
from ._pass import build_pass, emit_like, finished, memoised
from .batching import batch
from .effects import silent
from .jvp import pushed
from .kinds import GatedForward, GatedReverse, Kinds, flattened, kinds_of, types_of, unflattened
from .linear import Linear, Mode
from .partial_eval import Split, into, partial_eval
from .transpose import Turned, turned

T = TypeVar("T")


def with_arguments(function: Function, order: Sequence[int]) -> Function:
    """`function` with the arguments of these numbers, in this order."""
    return function.with_(arguments=[function.arguments[i] for i in order])


def unknowns_first(operands: Sequence[Operand]) -> tuple[list[int], list[int]]:
    """Positions of the unknown operands, and of the known."""
    unknown = [i for i, x in enumerate(operands) if isinstance(x, Unknown)]
    return unknown, [i for i in range(len(operands)) if i not in unknown]


def instantiate(
    builder: Builder, values: Sequence[Value | Operand], cts: Sequence[Tangent]
) -> list[Operand]:
    """The cotangents of `values`, with zeros for those that are None."""
    return [
        zero_of_type(builder, v.type) if ct is None else ct
        for v, ct in zip(values, cts, strict=True)
    ]


# -- call ------------------------------------------------------------------------------------------


class Meaning:
    """Ops that stand for their region."""

    def meaning(self, op: Op, operands: Sequence[T]) -> tuple[Function, Sequence[T]]:
        return op.regions[0], operands


class CallRules(Meaning, GatedForward, GatedReverse):
    """A call of a transformed function is the transformed call."""

    def push(
        self, builder: Builder, op: Op, xs: list[Operand], ts: list[Linear | None], mode: Mode
    ) -> tuple[list[Operand], list[Linear | None]]:
        kinds = kinds_of(ts)
        made = pushed(op.regions[0], kinds, mode)
        given = [*xs, *flattened(builder, [x.type for x in xs], ts, kinds)]
        results = emit_like(builder, op, given, simplify(made.function))
        count = len(op.results)
        return results[:count], unflattened(results[count:], made.kinds)

    def partial_eval(
        self, outer: Builder, inner: Builder, op: Op, operands: list[Operand]
    ) -> list[Operand]:
        known = [h.builder is outer for h in operands]
        split = partial_eval(simplify(op.regions[0]), known)
        done = emit_like(outer, op, [h for h in operands if h.builder is outer], split.known)
        residuals = [into(inner, h) for h in done[len(done) - split.residuals :]]
        rest = [h for h in operands if h.builder is inner]
        left = emit_like(inner, op, [*rest, *residuals], split.unknown)
        return merged(split.out_known, done, left)

    def pull(
        self, builder: Builder, op: Op, cts: list[Linear | None], operands: list[Operand]
    ) -> list[Linear | None]:
        unknown, known = unknowns_first(operands)
        kinds = kinds_of(cts)
        made = self.turned(self.linear_first(op, unknown, known), len(unknown), kinds)
        types = [v.type for v in op.results]
        given = [*(operands[i] for i in known), *flattened(builder, types, cts, kinds)]
        results = emit_like(builder, op, given, simplify(made.function))
        found = dict(zip(unknown, unflattened(results, made.kinds), strict=True))
        return [found.get(i) for i in range(len(operands))]

    def turned(self, function: Function, linear: int, kinds: Kinds) -> Turned:
        return turned(function, linear, kinds)

    def linear_first(self, op: Op, unknown: list[int], known: list[int]) -> Function:
        key = ("linear_first", tuple(unknown))
        return memoised(
            op.regions[0], key, lambda: with_arguments(op.regions[0], [*unknown, *known])
        )

    def batch(
        self,
        builder: Builder,
        op: Op,
        operands: list[Operand],
        batched: list[bool],
        axis: BatchAxis,
    ) -> tuple[list[Operand], list[bool]]:
        spread = batch(op.regions[0], batched, axis)
        return emit_like(builder, op, operands, spread.function), list(spread.batched)


# -- checkpoint ------------------------------------------------------------------------------------


class CheckpointRules(CallRules):
    """Its residuals are its operands; the backward pass computes all other values again."""

    def partial_eval(
        self, outer: Builder, inner: Builder, op: Op, operands: list[Operand]
    ) -> list[Operand]:
        known = tuple(h.builder is outer for h in operands)
        body = simplify(op.regions[0])
        policy = op.attrs.get("policy")
        split = memoised(
            body, ("recomputed", known, policy), lambda: recomputing(body, known, policy)
        )
        given = [h for h, k in zip(operands, known, strict=True) if k]
        done = emit_like(outer, op, given, split.known)
        count = len(done) - split.residuals
        given = [into(inner, h) for h in (*operands, *done[count:])]
        left = emit_like(inner, op, given, split.unknown)
        return merged(split.out_known, done, left)

    def turned(self, function: Function, linear: int, kinds: Kinds) -> Turned:
        key = ("recompute and transpose", linear, kinds)
        return memoised(function, key, lambda: _recompute(function, linear, kinds))


def recomputing(body: Function, known: tuple[bool, ...], policy: region.Policy | None) -> Split:
    """`body` split in two; the second half takes all arguments and the values that the policy
    keeps, and computes all others again.
    """
    split = partial_eval(body, known)
    count = len(split.known.results) - split.residuals
    results, residuals = split.known.results[:count], split.known.results[count:]
    kept = [] if policy is None else kept_values(split.known, residuals, policy)
    again = simplify(silent(without_ops(split.known, kept, residuals)))
    forward = simplify(split.known.with_(results=[*results, *kept]))
    types = [*body.argument_types, *(v.type for v in kept)]
    with build_pass(types, "checkpoint") as builder:
        handles = builder.argument_handles()
        own, saved = handles[: len(known)], handles[len(known) :]
        needed = builder.inline(again, [*(h for h, k in zip(own, known, strict=True) if k), *saved])
        unknown = [h for h, k in zip(own, known, strict=True) if not k]
        left = builder.inline(split.unknown, [*unknown, *needed])
        rest = simplify(finished(builder, left, body.name))
    return Split(forward, rest, split.out_known, len(kept))


def kept_values(
    function: Function, residuals: Sequence[Value], policy: region.Policy
) -> list[Value]:
    """The values of a function that the policy keeps and the residuals depend on."""
    kept = [v for op in function.ops if policy.saves(op) for v in op.results]
    again = without_ops(function, kept, residuals)
    used = {v for op in dce(again).ops for v in op.operands} | set(residuals)
    return [v for v in kept if v in used]


def without_ops(function: Function, given: Sequence[Value], results: Sequence[Value]) -> Function:
    """The function of its arguments and of `given`, values of its own, to `results`."""
    found = set(given)
    ops = [op for op in function.ops if found.isdisjoint(op.results)]
    return function.with_(arguments=(*function.arguments, *given), ops=ops, results=results)


def _recompute(function: Function, linear: int, kinds: Kinds) -> Turned:
    """As `turned`, of known arguments, the residuals computed inside. A result that the linear
    arguments do not reach passes nothing on.
    """
    split = partial_eval(function, [i >= linear for i in range(len(function.arguments))])
    reached = [not known for known in split.out_known]
    made = turned(split.unknown, linear, tuple(itertools.compress(kinds, reached)))
    passed = [f for f, kind in zip(reached, kinds, strict=True) if kind.there]
    passed += [f for f, kind in zip(reached, kinds, strict=True) for _ in kind.parts]
    known = function.argument_types[linear:]
    types = [*known, *types_of(function.result_types, kinds)]
    with build_pass(types, "checkpoint") as builder:
        handles = builder.argument_handles()
        done = builder.inline(split.known, handles[: len(known)])
        residuals = done[len(done) - split.residuals :]
        given = itertools.compress(handles[len(known) :], passed)
        results = builder.inline(made.function, [*residuals, *given])
        backward = simplify(finished(builder, results, f"{function.name}_recomputed"))
        return Turned(backward, made.kinds)


given: tuple[tuple[OpDefinition, RegionRules], ...] = (
    (region.call, CallRules()),
    (region.checkpoint, CheckpointRules()),
)
for definition, rules in given:
    definition.set_region_rules(rules)
