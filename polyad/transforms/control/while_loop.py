"""The rules of `while`. The reverse pass of such a loop is a scan over the stacks that it
recorded.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...ir import Builder, Function, Op
from ...ops import control, reduction
from ...ops import elementwise as e
from ...ops.control import zero_of_type
from ...ops.literals import literal
from ...ops.types import BatchAxis, Operand
from ...ops.views import While, emit_scan, emit_while
from ...passes.flags import Flags, chosen, merged
from ...passes.pipeline import simplify
from ..batching import batch, check_together
from ..effects import ahead, guarded, known_half_silent, silent
from ..kinds import GatedForward, GatedReverse, flattened, kinds_of, standing
from ..linear import Linear, Mode
from ..partial_eval import into, partial_eval, postponed
from .checkpointing import forward_half, split_loop, transpose_while
from .recording import RecordedLoop, known_carry, transpose_split
from .residuals import recording_less
from .shared import (
    apart,
    beside,
    broadcast_results,
    choose_where,
    define,
    fixed_point,
    pushed_body,
    split_forcing,
    spread,
)


class WhileRules(GatedForward, GatedReverse):
    """Loops whose length is known at run time. Their reverse pass is a scan over recorded
    stacks.
    """

    def push(
        self, builder: Builder, op: Op, xs: list[Operand], ts: list[Linear | None], mode: Mode
    ) -> tuple[list[Operand], list[Linear | None]]:
        loop = While(op)
        condition = loop.condition
        (cc, *parts), (_, *dots) = loop.split(xs), loop.split(ts)
        consts, start = map(kinds_of, dots)
        types: list[list[control.Element]] = [*loop.split_body(loop.body.argument_types), []]
        body = pushed_body(loop, types, (consts, start, ()), mode)
        moving = (dots[0], standing(dots[1], parts[1], body.carry, mode))
        bc, k = (
            [*own, *flattened(builder, [h.type for h in own], ts, kinds)]
            for own, ts, kinds in zip(parts, moving, (consts, body.carry), strict=True)
        )
        new_condition = define(
            [*condition.argument_types, *(h.type for h in k[loop.n_carry :])],
            condition.name,
            lambda b, handles: b.inline(condition, handles[: len(condition.arguments)]),
        )
        results = loop.emit(builder, cc, bc, k, new_condition, body.function)
        return apart(results, body.carry, body.ys)

    def partial_eval(
        self, outer: Builder, inner: Builder, op: Op, operands: list[Operand]
    ) -> list[Operand]:
        loop = While(op)
        condition, body = simplify(loop.condition), simplify(loop.body)
        cc, bc, k = loop.split(operands)
        n = len(k)
        bc_known = tuple(h.builder is outer for h in bc)
        k_known = known_carry(
            tuple(h.builder is outer for h in k),
            lambda flags: partial_eval(body, (*bc_known, *flags)).out_known[:n],
        )
        cc_known = [h.builder is outer for h in cc]
        decided = partial_eval(condition, (*cc_known, *k_known)).out_known[0]
        if not decided or all(h.builder is inner for h in operands):
            return postponed(inner, op, operands)
        forced = tuple(not f for f in k_known) + (False,) * (len(body.results) - n)
        split = split_forcing(body, (*bc_known, *k_known), forced)
        seen_c, seen_k = chosen(bc, bc_known), chosen(k, k_known)
        if loop.checkpoint and len(op.results) == n:
            head = self._of_known(condition, len(cc), k_known)
            half = loop.emit(outer, cc, seen_c, seen_k, head, forward_half(split))
            again = silent(condition), known_half_silent(body, split, (*bc_known, *k_known))
            return split_loop(inner, op, operands, split.out_known, half, *again)
        split = recording_less(split, sum(bc_known), sum(k_known))
        halves = RecordedLoop(split, sum(bc_known), sum(k_known), sum(split.out_known))
        hoisted = outer.inline(halves.hoisted, seen_c)
        new_condition = self._of_known(condition, len(cc), k_known)
        recorded_before = len(op.results) > n
        recording = halves.known
        if not recorded_before:
            recording = self._recording(halves.known, sum(k_known))
        done = emit_while(outer, cc, [*seen_c, *hoisted], seen_k, new_condition, recording)
        live = done[sum(k_known)] if recorded_before else done.pop(sum(k_known))
        ready, recorded = done[: sum(split.out_known)], done[sum(split.out_known) :]
        unknown_c = [h for h, f in zip(bc, bc_known, strict=True) if not f]
        unknown_k = [into(inner, h) for h, f in zip(k, k_known, strict=True) if not f]
        consts = [*unknown_c, *(into(inner, h) for h in halves.invariant_of(hoisted))]
        xs = [into(inner, h) for h in [live, *recorded]]
        rest = halves.unknown(len(unknown_c), len(unknown_k), 0, [live])
        left = emit_scan(inner, consts, unknown_k, xs, rest, length=None)
        return merged(split.out_known, ready, left)

    def _of_known(self, condition: Function, consts: int, known: Flags) -> Function:
        """The condition, of the known carry alone."""
        kept = [*range(consts), *(consts + i for i, f in enumerate(known) if f)]
        types = [condition.argument_types[i] for i in kept]

        def body(builder: Builder, handles: list[Operand]) -> list[Operand]:
            found = dict(zip(kept, handles, strict=True))
            given = [
                found[i] if i in found else zero_of_type(builder, v.type)
                for i, v in enumerate(condition.arguments)
            ]
            return builder.inline(condition, given)

        return define(types, condition.name, body)

    def _recording(self, body: Function, carry: int) -> Function:
        """`body` with one more record, the first: true, since the iteration counts.

        One that records anything does so already: the first stack of a `while` is always this one.
        """

        def step(builder: Builder, handles: list[Operand]) -> list[Operand]:
            results = builder.inline(body, handles)
            live = literal(builder, True, control.BOOL.dtype)
            return [*results[:carry], live, *results[carry:]]

        return define(body.argument_types, body.name, step)

    def pull(
        self, builder: Builder, op: Op, cts: list[Linear | None], operands: list[Operand]
    ) -> list[Linear | None]:
        loop = While(op)
        if not loop.checkpoint:
            return transpose_split(builder, op, cts, operands)
        parts, condition = loop.split(operands), loop.condition
        return transpose_while(
            builder, loop, cts, parts, lambda known: self._of_known(condition, len(parts[0]), known)
        )

    def batch(
        self,
        builder: Builder,
        op: Op,
        operands: list[Operand],
        batched: list[bool],
        axis: BatchAxis,
    ) -> tuple[list[Operand], list[bool]]:
        """One condition for all, if it can be: else the loop goes on until all are done."""
        loop = While(op)
        condition, body = loop.condition, loop.body
        cc_flags, bc_flags, start = (tuple(part) for part in loop.split(batched))
        n = len(start)

        def step(carry: Flags) -> Sequence[bool]:
            return batch(body, (*bc_flags, *carry), axis).batched[:n]

        k_flags = fixed_point(start, step)
        each = batch(condition, (*cc_flags, *k_flags), axis)
        cc, bc, k = loop.split(operands)
        if not each.batched[0]:
            s = batch(body, (*bc_flags, *k_flags), axis)
            wanted = (*k_flags, *s.batched[n:])
            new_body = broadcast_results(s.function, s.batched, wanted, axis)
            k = [spread(h, b, axis) if f else h for h, b, f in zip(k, start, k_flags, strict=True)]
            return loop.emit(builder, cc, bc, k, each.function, new_body), list(wanted)
        check_together(op, axis)
        if condition.has_effects:
            found = batch(ahead(loop), tuple(batched), axis)
            return builder.inline(found.function, operands), list(found.batched)
        k = [spread(h, b, axis) for h, b in zip(k, start, strict=True)]
        return self._until_all_are_done(builder, loop, cc, bc, k, (cc_flags, bc_flags), axis)

    def _until_all_are_done(
        self,
        builder: Builder,
        loop: While,
        cc: list[Operand],
        bc: list[Operand],
        k: list[Operand],
        flags: tuple[Flags, Flags],
        axis: BatchAxis,
    ) -> tuple[list[Operand], list[bool]]:
        condition, body = loop.condition, loop.body
        cc_flags, bc_flags = flags
        n = len(k)
        every = (True,) * n
        each = batch(condition, (*cc_flags, *every), axis)
        effects = body.has_effects
        if effects:
            s = batch(guarded(body), (True, *bc_flags, *every), axis)
        else:
            s = batch(body, (*bc_flags, *every), axis)
        recorded = tuple(b or i == 0 for i, b in enumerate(s.batched[n:]))
        full = broadcast_results(s.function, s.batched, (*every, *recorded), axis)

        def any_left(b: Builder, handles: list[Operand]) -> list[Operand]:
            return [reduction.any(b.inline(each.function, handles)[0], axes=(0,))]

        types = [*each.function.argument_types[: len(cc)], *full.argument_types[effects:]]

        def masked(b: Builder, handles: list[Operand]) -> list[Operand]:
            ccs, rest = handles[: len(cc)], handles[len(cc) :]
            before = rest[len(bc) :]
            (left,) = b.inline(each.function, [*ccs, *before])
            results = b.inline(full, [left, *rest] if effects else rest)
            kept = [
                choose_where(left, new, old) for new, old in zip(results[:n], before, strict=True)
            ]
            recorded = results[n:]
            if recorded:  # the first says of each iteration whether it counts
                recorded = [e.logical_and(recorded[0], beside(left, recorded[0])), *recorded[1:]]
            return [*kept, *recorded]

        new_condition = define(each.function.argument_types, condition.name, any_left)
        new_body = define(types, body.name, masked)
        results = loop.emit(builder, cc, [*cc, *bc], k, new_condition, new_body)
        return results, [*every, *recorded]
