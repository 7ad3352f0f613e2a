"""The rules of `cond`. Each branch is transformed; a result that one branch gives, all give."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from ...ir import Builder, Function, Op, Value
from ...ops import control
from ...ops import elementwise as e
from ...ops.definition import Unknown
from ...ops.types import BatchAxis, Operand
from ...ops.views import emit_cond
from ...passes.flags import chosen, merged
from ...passes.pipeline import simplify
from .._pass import definition
from ..batching import batch, check_together
from ..effects import guarded
from ..jvp import Pushed, pushed
from ..kinds import (
    GatedForward,
    GatedReverse,
    all_joined,
    flattened,
    kinds_of,
    standing,
    unflattened,
)
from ..linear import Linear, Mode
from ..partial_eval import into, partial_eval, postponed
from ..regions import with_arguments
from ..transpose import Turned, turned
from .shared import (
    as_kinds,
    broadcast_results,
    choose_where,
    define,
    split_forcing,
    spread,
)


class CondRules(GatedForward, GatedReverse):
    """Each branch is transformed; a tangent or residual that one branch gives, all give."""

    def push(
        self, builder: Builder, op: Op, xs: list[Operand], ts: list[Linear | None], mode: Mode
    ) -> tuple[list[Operand], list[Linear | None]]:
        kinds = kinds_of(ts[1:])
        each = [pushed(r, kinds, mode) for r in op.regions]
        wanted = all_joined([p.kinds for p in each])
        n = len(op.results)

        def branch(made: Pushed) -> Function:
            def body(b: Builder, handles: list[Operand]) -> list[Operand]:
                results = b.inline(made.function, handles)
                values, dots = results[:n], unflattened(results[n:], made.kinds)
                moving = standing(dots, values, wanted, mode)
                return [*values, *flattened(b, types, moving, wanted)]

            return define(made.function.argument_types, "branch", body)

        types = [v.type for v in op.results]
        given = [*xs[1:], *flattened(builder, [x.type for x in xs[1:]], ts[1:], kinds)]
        results = emit_cond(builder, xs[0], given, map(branch, each))
        return results[:n], unflattened(results[n:], wanted)

    def partial_eval(
        self, outer: Builder, inner: Builder, op: Op, operands: list[Operand]
    ) -> list[Operand]:
        if operands[0].builder is not outer:
            return postponed(inner, op, operands)
        known = tuple(h.builder is outer for h in operands[1:])
        bodies = [simplify(r) for r in op.regions]
        flags = [partial_eval(r, known).out_known for r in bodies]
        out_known = tuple(all(each) for each in zip(*flags, strict=True))
        splits = [split_forcing(r, known, tuple(not k for k in out_known)) for r in bodies]
        n_known = sum(out_known)
        residual_types = [s.known.result_types[n_known:] for s in splits]
        every = [t for types in residual_types for t in types]
        starts = [sum(map(len, residual_types[:i])) for i in range(len(splits))]

        def ahead(i: int) -> Function:
            def body(builder: Builder, handles: list[Operand]) -> list[Operand]:
                results = builder.inline(splits[i].known, handles)
                own = range(starts[i], starts[i] + len(residual_types[i]))
                rest = iter(results[n_known:])
                saved = [next(rest) if k in own else control.filler(t) for k, t in enumerate(every)]
                return [*results[:n_known], *saved]

            return define(splits[i].known.argument_types, "branch", body)

        def behind(i: int) -> Function:
            unknown = splits[i].unknown
            count = len(unknown.arguments) - splits[i].residuals
            types = [*unknown.argument_types[:count], *every]

            def body(builder: Builder, handles: list[Operand]) -> list[Operand]:
                own = handles[count + starts[i] : count + starts[i] + splits[i].residuals]
                return builder.inline(unknown, [*handles[:count], *own])

            return define(types, "branch", body)

        numbers = range(len(splits))
        index, given = operands[0], chosen(operands[1:], known)
        done = emit_cond(outer, index, given, map(ahead, numbers))
        rest = [h for h, k in zip(operands[1:], known, strict=True) if not k]
        residuals = [into(inner, h) for h in done[n_known:]]
        left = emit_cond(inner, into(inner, index), [*rest, *residuals], map(behind, numbers))
        return merged(out_known, done, left)

    def pull(
        self, builder: Builder, op: Op, cts: list[Linear | None], operands: list[Operand]
    ) -> list[Linear | None]:
        linear = [i for i, x in enumerate(operands[1:]) if isinstance(x, Unknown)]
        rest = [i for i in range(len(operands) - 1) if i not in linear]
        kinds = kinds_of(cts)
        each = [turned(with_arguments(r, [*linear, *rest]), len(linear), kinds) for r in op.regions]
        wanted = all_joined([t.kinds for t in each])
        in_kinds = functools.partial(as_kinds, [operands[1 + i].type for i in linear])

        def branch(made: Turned) -> Function:
            def body(b: Builder, handles: list[Operand]) -> list[Operand]:
                return in_kinds(b, made.kinds, b.inline(made.function, handles), wanted)

            return define(made.function.argument_types, "branch", body)

        types = [v.type for v in op.results]
        given = [*(operands[1 + i] for i in rest), *flattened(builder, types, cts, kinds)]
        results = emit_cond(builder, operands[0], given, map(branch, each))
        found: list[Linear | None] = [None] * len(operands)
        for i, ct in zip(linear, unflattened(results, wanted), strict=True):
            found[1 + i] = ct
        return found

    def batch(
        self,
        builder: Builder,
        op: Op,
        operands: list[Operand],
        batched: list[bool],
        axis: BatchAxis,
    ) -> tuple[list[Operand], list[bool]]:
        """One index for all: a branch of batches. An index for each: every branch, and a choice;
        or, where there are effects, one element after the other.
        """
        if batched[0]:
            check_together(op, axis)
        stacks = any(isinstance(v.type, control.StackType) for v in op.results)
        if batched[0] and op.has_effects and not stacks:
            results = control.in_turn(definition(op), operands, batched, op.attrs, op.regions)
            results = results if isinstance(results, tuple) else (results,)
            return list(results), [True] * len(results)
        if batched[0]:
            return self._select(builder, op, operands, batched, axis)
        spreads = [batch(r, batched[1:], axis) for r in op.regions]
        wanted = tuple(any(flags) for flags in zip(*(s.batched for s in spreads), strict=True))
        branches = [broadcast_results(s.function, s.batched, wanted, axis) for s in spreads]
        return emit_cond(builder, operands[0], operands[1:], branches), list(wanted)

    def _select(
        self,
        builder: Builder,
        op: Op,
        operands: list[Operand],
        batched: list[bool],
        axis: BatchAxis,
    ) -> tuple[list[Operand], list[bool]]:
        passed = _passed_on(op, batched[1:])
        last = len(op.regions) - 1
        index = e.maximum(e.minimum(operands[0], last), 0)
        results: list[tuple[Operand, bool]] = []
        found: list[bool] = []
        for i, region in enumerate(op.regions):
            here: Operand = e.equal(index, i)
            if region.has_effects:
                s = batch(guarded(region), (True, *batched[1:]), axis)
                outs = builder.inline(s.function, [here, *operands[1:]])
            else:
                s = batch(region, batched[1:], axis)
                outs = builder.inline(s.function, operands[1:])
            made = [_spread(h, b, axis) for h, b in zip(outs, s.batched, strict=True)]
            recorded = [_is_recorded(v, region) for v in region.results]
            if i == 0:
                results, found = made, recorded
                continue
            results = [
                _choose(here, new, old, *whose)
                for new, old, *whose in zip(made, results, recorded, found, strict=True)
            ]
            found = [a or b for a, b in zip(recorded, found, strict=True)]
        outs = [
            x if i is None else operands[1 + i] for (x, _), i in zip(results, passed, strict=True)
        ]
        over = [b and i is None for (_, b), i in zip(results, passed, strict=True)]
        return outs, over


def _spread(h: Operand, batched: bool, axis: BatchAxis) -> tuple[Operand, bool]:
    """A result with the batch. A stack stays as it is: one branch alone gives it, and a loop in it
    may have recorded the same for all.
    """
    if isinstance(h.type, control.StackType):
        return h, batched
    return spread(h, batched, axis), True


def _passed_on(op: Op, batched: Sequence[bool]) -> list[int | None]:
    """For each result the operand without the batch that every branch gives as it is; None for
    another.
    """
    at = [{v: i for i, v in enumerate(r.arguments) if not batched[i]} for r in op.regions]
    columns = zip(*(r.results for r in op.regions), strict=True)
    found = [{where.get(v) for where, v in zip(at, column, strict=True)} for column in columns]
    return [which.pop() if len(which) == 1 else None for which in found]


def _choose(
    here: Operand,
    new: tuple[Operand, bool],
    old: tuple[Operand, bool],
    new_is_recorded: bool,
    old_is_recorded: bool,
) -> tuple[Operand, bool]:
    """A residual belongs to the one branch that recorded it; only that branch's reverse pass reads
    it, and so it is computed from residuals in all elements, and never from a filler.
    """
    if not new_is_recorded:
        return old
    if not old_is_recorded or isinstance(new[0].type, control.StackType):
        return new
    return choose_where(here, new[0], old[0]), True


def _is_recorded(value: Value, region: Function) -> bool:
    """Whether a branch computes `value`, rather than fill in for another branch."""
    for op in region.ops:
        if value in op.results:
            return op.name not in ("empty_stack", "unrecorded")
    return True
