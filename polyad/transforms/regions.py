"""The rules of ops with regions. Each transforms the region and calls the result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from ..ir import Builder, Function, Op, Value
from ..ops import region
from ..ops.control import zero_of_type
from ..ops.definition import OpDefinition, Unknown
from ..ops.region_rules import RegionRules
from ..ops.types import BatchAxis, Operand, Tangent
from ..passes.dce import dce
from ..passes.flags import filled, merged
from ..passes.pipeline import simplify
from ._pass import build_pass, emit_like, finished, memoised
from .batching import batch
from .effects import silent
from .jvp import jvp
from .linear import Kinds, Linear, parted, types_of
from .partial_eval import Split, into, partial_eval
from .transpose import transpose

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


class CallRules:
    """A call of a transformed function is the transformed call."""

    def meaning(self, op: Op, operands: Sequence[T]) -> tuple[Function, Sequence[T]]:
        return op.regions[0], operands

    def jvp(
        self, builder: Builder, op: Op, xs: list[Operand], ts: list[Tangent]
    ) -> tuple[list[Operand], list[Tangent]]:
        pushed = jvp(op.regions[0], [t is not None for t in ts])
        given = [*xs, *(t for t in ts if t is not None)]
        results = emit_like(builder, op, given, simplify(pushed.function))
        count = len(op.results)
        return results[:count], filled(pushed.active, results[count:])

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

    def transpose(
        self, builder: Builder, op: Op, cts: list[Tangent], operands: list[Operand]
    ) -> list[Tangent]:
        unknown, known = unknowns_first(operands)
        turned = transpose(self.linear_first(op, unknown, known), len(unknown))
        given = [*(operands[i] for i in known), *instantiate(builder, op.results, cts)]
        results = emit_like(builder, op, given, simplify(turned))
        found = dict(zip(unknown, results, strict=True))
        return [found.get(i) for i in range(len(operands))]

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

    def transpose(
        self, builder: Builder, op: Op, cts: list[Tangent], operands: list[Operand]
    ) -> list[Tangent]:
        given = [None if ct is None else Linear(ct) for ct in cts]
        return self.transpose_gated(builder, op, given, operands)

    def transpose_gated(
        self, builder: Builder, op: Op, cts: list[Linear | None], operands: list[Operand]
    ) -> list[Tangent]:
        """The gates go in, as arguments."""
        unknown, known = unknowns_first(operands)
        ordered = self.linear_first(op, unknown, known)
        kinds, parts = parted(cts)
        body = memoised(
            ordered,
            ("recompute and transpose", kinds),
            lambda: _recompute(ordered, len(unknown), kinds),
        )
        values = instantiate(builder, op.results, [None if ct is None else ct.value for ct in cts])
        given = [*(operands[i] for i in known), *values, *parts]
        found = dict(zip(unknown, emit_like(builder, op, given, body), strict=True))
        return [found.get(i) for i in range(len(operands))]


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


def _recompute(function: Function, linear: int, gated: Kinds) -> Function:
    """(known arguments, cotangents, gates) to cotangents of the linear arguments, residuals
    computed inside.
    """
    split = partial_eval(function, [i >= linear for i in range(len(function.arguments))])
    turned = transpose(split.unknown, linear, gated=gated)
    known = function.argument_types[linear:]
    types = [*known, *function.result_types, *types_of(gated)]
    with build_pass(types, "checkpoint") as builder:
        handles = builder.argument_handles()
        residuals = builder.inline(split.known, handles[: len(known)])
        results = builder.inline(turned, [*residuals, *handles[len(known) :]])
        return simplify(finished(builder, results, f"{function.name}_recomputed"))


given: tuple[tuple[OpDefinition, RegionRules], ...] = (
    (region.call, CallRules()),
    (region.checkpoint, CheckpointRules()),
)
for definition, rules in given:
    definition.set_region_rules(rules)
