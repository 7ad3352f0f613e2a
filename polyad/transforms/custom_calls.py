"""The rules of calls with a derivative of the user's, and of the transposed call that a backward
pass of theirs becomes.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

from ..errors import NotDifferentiableError
from ..ir import ArrayType, Attributes, Builder, Function, Op, where
from ..ops import manipulation as m
from ..ops import region
from ..ops.control import StackType
from ..ops.creation import zeros_like
from ..ops.definition import OpDefinition
from ..ops.literals import literal
from ..ops.region_rules import RegionRules
from ..ops.types import BatchAxis, Operand, Tangent
from ..ops.views import TransposedCall
from ..passes.flags import chosen, filled, present
from ._pass import build_pass, emit_like, finished, memoised
from .batching import batch
from .jvp import interpret, jvp
from .kinds import GatedReverse
from .linear import Linear
from .partial_eval import postponed
from .regions import CallRules, Meaning, instantiate, with_arguments
from .transpose import transpose

T = TypeVar("T")


def check_captures(op: Op, rule: region.UserRule, ts: Sequence[Tangent]) -> None:
    """Raise if a derivative is asked by a value that a function with a rule of its own closes
    over.
    """
    used = {v for inner in op.regions[0].ops for v in inner.operands} | {*op.regions[0].results}
    beside = zip(op.regions[0].arguments[rule.count :], ts[rule.count :], strict=True)
    if any(t is not None and v in used for v, t in beside):
        raise NotDifferentiableError(
            f"{rule.name} has a derivative rule of its own, and is differentiated by a value it "
            f"closes over, or takes as one of its nondiff_argnums, of which the rule says nothing"
            f"{where(op.location)}\n  Pass the value as an argument that is differentiated, or "
            "polyad.stop_gradient of it."
        )


def plain_call(op: Op) -> Op:
    """The call of the function alone."""
    return op.with_(definition=region.call, attributes=(("backend", None), ("name", "custom")))


def moving(ts: Sequence[Tangent]) -> tuple[bool, ...]:
    """Which tangents there are."""
    return tuple(t is not None for t in ts)


class CustomJvpRules(Meaning, GatedReverse):
    """The user's rule is the JVP; other transformations see the function itself."""

    def tangent_rule(
        self, op: Op, xs: Sequence[Operand], ts: Sequence[Tangent]
    ) -> tuple[Function, region.Flags]:
        """(primals, tangents that there are) to (results, tangents of those flagged)."""
        rule: region.UserRule = op.attrs["rule"]
        check_captures(op, rule, ts)
        return rule.jvp_function(op.regions[0], moving(ts), [*xs, *present(ts)])

    def jvp(
        self, builder: Builder, op: Op, xs: list[Operand], ts: list[Tangent]
    ) -> tuple[list[Operand], list[Tangent]]:
        function, active = self.tangent_rule(op, xs, ts)
        results = builder.inline(function, [*xs, *present(ts)])
        count = len(op.results)
        return results[:count], filled(active, results[count:])

    def partial_eval(
        self, outer: Builder, inner: Builder, op: Op, operands: list[Operand]
    ) -> list[Operand]:
        return postponed(inner, op, operands)

    def pull(
        self, builder: Builder, op: Op, cts: list[Linear | None], operands: list[Operand]
    ) -> list[Linear | None]:
        return CallRules().pull(builder, plain_call(op), cts, operands)

    def batch(
        self,
        builder: Builder,
        op: Op,
        operands: list[Operand],
        batched: list[bool],
        axis: BatchAxis,
    ) -> tuple[list[Operand], list[bool]]:
        """All results carry the batch: what the rule gives may depend on more than they do."""
        spread = spread_body(op.regions[0], tuple(batched), axis)
        rule = BatchedRule(op.attrs["rule"], op.regions[0], tuple(batched), axis)
        results = emit_like(builder, op, operands, spread, attributes=(("rule", rule),))
        return results, [True] * len(results)


class CustomVjpRules(CustomJvpRules):
    """The user's forward pass gives results and residuals; the tangent map is the transpose of the
    backward pass.
    """

    def jvp(
        self, builder: Builder, op: Op, xs: list[Operand], ts: list[Tangent]
    ) -> tuple[list[Operand], list[Tangent]]:
        rule: region.UserRule = op.attrs["rule"]
        check_captures(op, rule, ts)
        passes = rule.passes(op.regions[0], moving(ts), xs)
        results = builder.inline(passes.forward, xs)
        count = len(op.results)
        outs, residuals = results[:count], results[count:]
        kept = [i for i, t in enumerate(ts) if t is not None]

        def given(nonzero: region.Flags) -> Function:
            return chosen_results(passes.backward(None, nonzero), kept)

        attributes: Attributes = (("residuals", len(residuals)),)
        if rule.symbolic:
            attributes = (("pullback", region.Pullback(rule.name, given)), *attributes)
        if rule.symbolic:  # the backward pass is traced when the cotangents are known
            backward = _of_types(
                [*(x.type for x in (*residuals, *outs))], [xs[i].type for i in kept]
            )
        else:
            backward = chosen_results(passes.backward(residuals), kept)
        operands = (*residuals, *present(ts))
        return outs, list(builder.emit(region.transposed_call, operands, attributes, (backward,)))


def _of_types(types: Sequence[ArrayType], results: Sequence[ArrayType]) -> Function:
    """A function of these types, of which nothing but them is asked."""
    with build_pass(types, "backward pass") as builder:
        zeros = [literal(builder, 0, t.dtype, t.shape) for t in results]
        return finished(builder, zeros, "backward_pass")


def spread_body(body: Function, batched: region.Flags, axis: BatchAxis) -> Function:
    """`body` over a batch, which all of its results carry."""
    spread = batch(body, batched, axis)
    return _with_batches(spread.function, spread.batched, [True] * len(spread.batched), axis)


def chosen_results(function: Function, numbers: Sequence[int]) -> Function:
    """`function` with the results of these numbers."""
    return function.with_(results=[function.results[i] for i in numbers])


class BatchedRule(region.Rule):
    """A user's rule over a batch: its functions, batched."""

    def __init__(
        self, base: region.UserRule, body: Function, batched: tuple[bool, ...], axis: BatchAxis
    ) -> None:
        super().__init__(f"{base.name}_batched")
        self.base, self.body, self.batched, self.axis = base, body, batched, axis
        self.pure = base.pure
        self.count, self.symbolic = base.count, base.symbolic

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BatchedRule) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> Hashable:
        return (self.base, self.body, self.batched, self.axis)

    def jvp_function(
        self, body: Function, active: region.Flags, xs: Sequence[Operand] | None
    ) -> tuple[Function, region.Flags]:
        """(primals, tangents) of the batch to results and tangents that carry it."""
        base, out_active = self.base.jvp_function(self.body, active, None)
        flags = (*self.batched, *chosen(self.batched, active))
        return spread_body(base, flags, self.axis), out_active

    def passes(
        self, body: Function, active: region.Flags, xs: Sequence[Operand] | None
    ) -> region.Passes:
        return BatchedPasses(self, self.base.passes(self.body, active, None))


class BatchedPasses:
    """A user's two passes over a batch."""

    def __init__(self, rule: BatchedRule, base: region.Passes) -> None:
        self.base, self.batched, self.axis = base, rule.batched, rule.axis
        self.results = (True,) * len(rule.body.results)
        spread = batch(base.forward, rule.batched, rule.axis)
        self.residuals = spread.batched[len(self.results) :]
        wanted = (*self.results, *self.residuals)
        self.forward = _with_batches(spread.function, spread.batched, wanted, rule.axis)

    def backward(
        self, residuals: Sequence[Operand] | None = None, nonzero: region.Flags | None = None
    ) -> Function:
        """The cotangent of an argument without the batch is the sum over it."""
        given = (*self.residuals, *self.results)
        back = batch(self.base.backward(None, nonzero), given, self.axis)
        return _with_batches(back.function, back.batched, self.batched, self.axis, total=True)


def _with_batches(
    function: Function,
    batched: Sequence[bool],
    wanted: Sequence[bool],
    axis: BatchAxis,
    total: bool = False,
) -> Function:
    """`function` with the batch added to results that lack it, and summed out of those that should
    not have it.
    """
    if tuple(batched) == tuple(wanted):
        return function
    with build_pass(function.argument_types, "batching of a rule") as builder:
        results = []
        for h, b, w in zip(
            builder.inline(function, builder.argument_handles()), batched, wanted, strict=True
        ):
            if w and not b:
                h = m.broadcast_to(h, shape=(axis.size, *h.type.shape))
            elif b and not w:
                assert total
                h = m.sum(h, axes=(0,))
            elif not b and total:
                h = h * axis.size  # one cotangent, the same for every element of the batch
            results.append(h)
        return finished(builder, results, function.name)


# -- custom_vmap_call ------------------------------------------------------------------------------


class CustomVmapRules(Meaning, GatedReverse):
    """The user's rule is the batching; the derivative along a tangent is batched by the derivative
    of the rule. What reverse mode splits or transposes is batched by the rules of its own ops.
    """

    def jvp(
        self, builder: Builder, op: Op, xs: list[Operand], ts: list[Tangent]
    ) -> tuple[list[Operand], list[Tangent]]:
        body, active = op.regions[0], moving(ts)
        pushed = jvp(body, active)
        rule = PushedBatchRule(op.attrs["rule"], body, active, pushed.active)
        given = [*xs, *present(ts)]
        attributes: Attributes = (("rule", rule),)
        results = emit_like(builder, op, given, pushed.function, attributes=attributes)
        count = len(op.results)
        return results[:count], filled(pushed.active, results[count:])

    def partial_eval(
        self, outer: Builder, inner: Builder, op: Op, operands: list[Operand]
    ) -> list[Operand]:
        return CallRules().partial_eval(outer, inner, plain_call(op), operands)

    def pull(
        self, builder: Builder, op: Op, cts: list[Linear | None], operands: list[Operand]
    ) -> list[Linear | None]:
        return CallRules().pull(builder, plain_call(op), cts, operands)

    def batch(
        self,
        builder: Builder,
        op: Op,
        operands: list[Operand],
        batched: list[bool],
        axis: BatchAxis,
    ) -> tuple[list[Operand], list[bool]]:
        rule: region.BatchRule = op.attrs["rule"]
        function, flags = rule.batched(op.regions[0], tuple(batched), axis)
        return builder.inline(function, operands), list(flags)


class PushedBatchRule(region.Rule):
    """The batching rule of a function's JVP: the JVP of the function's own."""

    def __init__(
        self, base: region.BatchRule, body: Function, active: region.Flags, out: region.Flags
    ) -> None:
        super().__init__(f"{base.name}_jvp")
        self.base, self.body, self.active, self.out = base, body, active, out

    def batched(
        self, function: Function, batched: region.Flags, axis: BatchAxis
    ) -> tuple[Function, region.Flags]:
        """A result carries the batch if it or its tangent does."""
        count = len(self.body.arguments)
        if not any(batched[:count]):
            return self._of_tangents(batched, axis)
        tangents = iter(batched[count:])
        dotted = filled(self.active, tangents)
        either = tuple(b or bool(t) for b, t in zip(batched[:count], dotted, strict=True))
        inner, flags = self.base.batched(self.body, either, axis)
        pushed = jvp(inner, self.active)
        wanted = [*either, *chosen(either, self.active)]
        with build_pass(
            [
                t.with_batch(axis.size) if b else t
                for t, b in zip(function.argument_types, batched, strict=True)
            ],
            f"batching of {self.name}",
        ) as builder:
            given = [
                m.broadcast_to(h, shape=(axis.size, *h.type.shape)) if w and not b else h
                for h, b, w in zip(builder.argument_handles(), batched, wanted, strict=True)
            ]
            found = builder.inline(pushed.function, given)
            outs, dots = found[: len(flags)], filled(pushed.active, found[len(flags) :])
            full = [zeros_like(x) if t is None else t for x, t in zip(outs, dots, strict=True)]
            results = [*outs, *chosen(full, self.out)]
            return finished(builder, results, self.name), (*flags, *chosen(flags, self.out))

    def _of_tangents(self, batched: region.Flags, axis: BatchAxis) -> tuple[Function, region.Flags]:
        """Where tangents alone carry the batch, the rule is asked for one call without it."""
        inner, flags = self.base.batched(self.body, (False,) * len(self.body.arguments), axis)
        if any(flags):
            raise NotDifferentiableError(
                f"{self.name}: the rule of a call without the batch gives results that carry it"
            )
        pushed = jvp(inner, self.active)
        spread = batch(pushed.function, batched, axis)
        count = len(self.body.results)
        with build_pass(spread.function.argument_types, f"batching of {self.name}") as builder:
            found = builder.inline(spread.function, builder.argument_handles())
            there = filled(pushed.active, zip(found[count:], spread.batched[count:], strict=True))
            dots = [
                (zeros_like(x), False) if t is None else t
                for x, t in zip(found[:count], there, strict=True)
            ]
            kept = chosen(dots, self.out)
            results = [*found[:count], *(t for t, _ in kept)]
            carried = (*spread.batched[:count], *(b for _, b in kept))
            return finished(builder, results, self.name), carried


# -- transposed_call -------------------------------------------------------------------------------


class TransposedCallRules:
    """Backward it is the region; forward, the region's transpose."""

    def forward(self, op: Op) -> Function:
        """(residuals, tangents) to tangents."""
        call = TransposedCall(op)
        residuals, body = call.residuals, call.backward
        count = len(body.arguments)
        ordered = with_arguments(body, [*range(residuals, count), *range(residuals)])
        try:
            return memoised(
                body, ("forward", residuals), lambda: transpose(ordered, count - residuals)
            )
        except NotDifferentiableError as error:
            raise NotDifferentiableError(
                "forward mode through a custom_vjp function transposes its backward pass, which "
                "is not linear in "
                f"the cotangent: {error}{where(op.location)}\n  Use reverse mode here, or write "
                "a custom_jvp rule."
            ) from None

    def meaning(self, op: Op, operands: Sequence[T]) -> tuple[Function, Sequence[T]]:
        return self.forward(op), operands

    def jvp(
        self, builder: Builder, op: Op, xs: list[Operand], ts: list[Tangent]
    ) -> tuple[list[Operand], list[Tangent]]:
        return interpret(builder, self.forward(op), xs, ts)

    def partial_eval(
        self, outer: Builder, inner: Builder, op: Op, operands: list[Operand]
    ) -> list[Operand]:
        return postponed(inner, op, operands)

    def transpose(
        self, builder: Builder, op: Op, cts: list[Tangent], operands: list[Operand]
    ) -> list[Tangent]:
        call = TransposedCall(op)
        residuals = call.residuals
        backward = call.backward_of(moving(cts))
        given = [*operands[:residuals], *instantiate(builder, op.results, cts)]
        results = builder.inline(backward, given)
        return [None] * residuals + results

    def batch(
        self,
        builder: Builder,
        op: Op,
        operands: list[Operand],
        batched: list[bool],
        axis: BatchAxis,
    ) -> tuple[list[Operand], list[bool]]:
        call = TransposedCall(op)
        flags = [
            b or not isinstance(h.type, StackType)  # a stack is one for all elements, or has them
            for h, b in zip(operands, batched, strict=True)
        ]
        full = [
            h if b or not flag else m.broadcast_to(h, shape=(axis.size, *h.type.shape))
            for h, b, flag in zip(operands, batched, flags, strict=True)
        ]
        given = [*flags[: call.residuals], *[True] * len(op.results)]
        spread = batch(call.backward, given, axis)
        every = [True] * len(spread.batched)
        spread_body = _with_batches(spread.function, spread.batched, every, axis)
        attributes: Attributes = (("residuals", call.residuals),)
        made = emit_like(builder, op, full, spread_body, attributes=attributes)
        return made, [True] * len(op.results)


given: tuple[tuple[OpDefinition, RegionRules], ...] = (
    (region.custom_jvp_call, CustomJvpRules()),
    (region.custom_vjp_call, CustomVjpRules()),
    (region.custom_vmap_call, CustomVmapRules()),
    (region.transposed_call, TransposedCallRules()),
)
for definition, rules in given:
    definition.set_region_rules(rules)
