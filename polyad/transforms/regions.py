"""The rules of ops with regions. Each transforms the region and calls the result."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

from ..errors import NotDifferentiableError
from ..ir import Attributes, Builder, Function, Op, Value, where
from ..ops import manipulation as m
from ..ops import region
from ..ops.control import zero_of_type
from ..ops.creation import zeros_like
from ..ops.definition import OpDefinition, Unknown
from ..ops.region_rules import RegionRules
from ..ops.types import Operand, Tangent
from ..ops.views import TransposedCall
from ..passes.dce import dce
from ..passes.flags import filled, merged
from ..passes.pipeline import simplify
from ._pass import build_pass, emit_like, finished, memoised
from .batching import batch
from .effects import silent
from .jvp import interpret, jvp
from .linear import Kinds, Linear, parted, types_of
from .partial_eval import Split, into, partial_eval, postponed
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
        self, builder: Builder, op: Op, operands: list[Operand], batched: list[bool], size: int
    ) -> tuple[list[Operand], list[bool]]:
        spread = batch(op.regions[0], batched, size)
        attributes = self.batched_attributes(op, batched, size)
        results = emit_like(builder, op, operands, spread.function, attributes=attributes)
        return results, list(spread.batched)

    def batched_attributes(self, op: Op, batched: list[bool], size: int) -> Attributes:
        return op.attributes


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


# -- Custom rules ----------------------------------------------------------------------------------


def check_captures(op: Op, rule: region.UserRule, ts: Sequence[Tangent]) -> None:
    """Raise if a derivative is asked by a value that a function with a rule of its own closes
    over.
    """
    if any(t is not None for t in ts[rule.count :]):
        raise NotDifferentiableError(
            f"{rule.name} has a derivative rule of its own, and is differentiated by a value it "
            "closes "
            f"over, of which the rule says nothing{where(op.location)}\n  Pass the value as an "
            "argument."
        )


class CustomJvpRules(CallRules):
    """The user's rule is the JVP; other transformations see the function itself."""

    def tangent_rule(self, op: Op, ts: Sequence[Tangent]) -> Function:
        """(primals, tangents) to (results, tangents)."""
        rule: region.UserRule = op.attrs["rule"]
        check_captures(op, rule, ts)
        function: Function = rule.jvp_function(op.regions[0])
        return function

    def jvp(
        self, builder: Builder, op: Op, xs: list[Operand], ts: list[Tangent]
    ) -> tuple[list[Operand], list[Tangent]]:
        given = [*xs, *(zeros_like(x) if t is None else t for x, t in zip(xs, ts, strict=True))]
        results = builder.inline(self.tangent_rule(op, ts), given)
        count = len(op.results)
        return results[:count], results[count:]

    def partial_eval(
        self, outer: Builder, inner: Builder, op: Op, operands: list[Operand]
    ) -> list[Operand]:
        return postponed(inner, op, operands)

    def transpose(
        self, builder: Builder, op: Op, cts: list[Tangent], operands: list[Operand]
    ) -> list[Tangent]:
        plain = op.with_(definition=region.call, attributes=(("backend", None), ("name", "custom")))
        return CallRules().transpose(builder, plain, cts, operands)

    def batched_attributes(self, op: Op, batched: list[bool], size: int) -> Attributes:
        return (("rule", BatchedRule(op.attrs["rule"], op.regions[0], tuple(batched), size)),)


class CustomVjpRules(CustomJvpRules):
    """The user's forward pass gives results and residuals; the tangent map is the transpose of the
    backward pass.
    """

    def jvp(
        self, builder: Builder, op: Op, xs: list[Operand], ts: list[Tangent]
    ) -> tuple[list[Operand], list[Tangent]]:
        rule: region.UserRule = op.attrs["rule"]
        check_captures(op, rule, ts)
        forward, backward = rule.vjp_functions(op.regions[0])
        results = builder.inline(forward, xs)
        count = len(op.results)
        outs, residuals = results[:count], results[count:]
        inexact = [i for i, x in enumerate(xs) if x.type.dtype.is_inexact]
        tangents = [zeros_like(xs[i]) if ts[i] is None else ts[i] for i in inexact]
        kept = backward.with_(results=[backward.results[i] for i in inexact])
        attributes: Attributes = (("residuals", len(residuals)),)
        given = (*residuals, *tangents)
        return outs, list(builder.emit(region.transposed_call, given, attributes, (kept,)))


class BatchedRule(region.Rule):
    """A user's rule over a batch: its functions, batched."""

    def __init__(
        self, base: region.UserRule, body: Function, batched: tuple[bool, ...], size: int
    ) -> None:
        super().__init__(f"{base.name}_batched")
        self.base, self.body, self.batched, self.size = base, body, batched, size
        self.pure = base.pure
        self.count = base.count

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BatchedRule) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> Hashable:
        return (self.base, self.body, self.batched, self.size)

    def jvp_function(self, region_: Function) -> Function:
        """(primals, tangents) of the batch to results and tangents, each carrying the batch if the
        body's does.
        """
        base = self.base.jvp_function(self.body)
        spread = batch(base, self.batched * 2, self.size)
        wanted = batch(self.body, self.batched, self.size).batched * 2
        return _with_batches(spread.function, spread.batched, wanted, self.size)

    def vjp_functions(self, region_: Function) -> tuple[Function, Function]:
        """The batched passes; the cotangent of an argument without the batch is the sum over it."""
        forward, backward = self.base.vjp_functions(self.body)
        spread = batch(forward, self.batched, self.size)
        wanted = batch(self.body, self.batched, self.size).batched
        count = len(wanted)
        residuals = spread.batched[count:]
        ahead = _with_batches(spread.function, spread.batched, (*wanted, *residuals), self.size)
        back = batch(backward, (*residuals, *wanted), self.size)
        return ahead, _with_batches(
            back.function, back.batched, self.batched, self.size, total=True
        )


def _with_batches(
    function: Function,
    batched: Sequence[bool],
    wanted: Sequence[bool],
    size: int,
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
                h = m.broadcast_to(h, shape=(size, *h.type.shape))
            elif b and not w:
                h = (
                    m.sum(h, axes=(0,))
                    if total
                    else m.reshape(m.slice_axis(h, 0, 0, 1), shape=h.type.shape[1:])
                )
            elif not b and total:
                h = h * size  # one cotangent, the same for every element of the batch
            results.append(h)
        return finished(builder, results, function.name)


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
        residuals = TransposedCall(op).residuals
        results = builder.inline(
            op.regions[0], [*operands[:residuals], *instantiate(builder, op.results, cts)]
        )
        return [None] * residuals + results

    def batch(
        self, builder: Builder, op: Op, operands: list[Operand], batched: list[bool], size: int
    ) -> tuple[list[Operand], list[bool]]:
        full = [
            h if b else m.broadcast_to(h, shape=(size, *h.type.shape))
            for h, b in zip(operands, batched, strict=True)
        ]
        body = op.regions[0]
        spread = batch(body, [True] * len(body.arguments), size)
        every = [True] * len(spread.batched)
        spread_body = _with_batches(spread.function, spread.batched, every, size)
        return emit_like(builder, op, full, spread_body), [True] * len(op.results)


given: tuple[tuple[OpDefinition, RegionRules], ...] = (
    (region.call, CallRules()),
    (region.checkpoint, CheckpointRules()),
    (region.custom_jvp_call, CustomJvpRules()),
    (region.custom_vjp_call, CustomVjpRules()),
    (region.transposed_call, TransposedCallRules()),
)
for definition, rules in given:
    definition.set_region_rules(rules)
