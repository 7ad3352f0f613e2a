"""The rules of `scan`: loops over arrays of known length, or over stacks of a length known at
run time.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

from ...ir import Builder, Function, Op
from ...ops import control
from ...ops import elementwise as e
from ...ops import manipulation as m
from ...ops.definition import Unknown
from ...ops.types import BatchAxis, Operand
from ...ops.views import Scan, emit_scan
from ...passes.flags import Flags, chosen, merged
from ...passes.pipeline import simplify
from ..batching import batch
from ..effects import known_half_silent
from ..kinds import (
    OPEN,
    ZERO,
    GatedForward,
    GatedReverse,
    Kinds,
    count_of,
    fixed_kinds,
    flattened,
    kinds_of,
    standing,
    types_of,
    unflattened,
)
from ..linear import Linear, Mode, makes_gates
from ..partial_eval import into, partial_eval, postponed
from ..regions import with_arguments
from ..sums import added
from ..transpose import Turned, turned
from .chains import with_short_chains
from .checkpointing import forward_half, split_loop, transpose_scan
from .recording import RecordedLoop, known_carry, transpose_split
from .residuals import recording_less
from .shared import (
    apart,
    broadcast_results,
    choose_where,
    define,
    fixed_point,
    pushed_body,
    split_forcing,
    spread,
)


class ScanRules(GatedForward, GatedReverse):
    """Loops over arrays of known length, or over stacks of a length known at run time."""

    # -- forward

    def push(
        self, builder: Builder, op: Op, xs: list[Operand], ts: list[Linear | None], mode: Mode
    ) -> tuple[list[Operand], list[Linear | None]]:
        """The tangents ride along: in consts, carry and xs, each behind its primals."""
        loop = Scan(op)
        c, k, x = loop.split(kinds_of(ts))
        rows = tuple(kind.row(loop.length) for kind in x)
        body = pushed_body(
            loop, loop.split(loop.body.argument_types), (tuple(c), tuple(k), rows), mode
        )
        c_dots, k_dots, x_dots = loop.split(ts)
        k_dots = standing(k_dots, loop.split(xs)[1], body.carry, mode)
        given = (
            [*own, *flattened(builder, [h.type for h in own], dots, tuple(kinds))]
            for own, dots, kinds in zip(
                loop.split(xs), (c_dots, k_dots, x_dots), (c, body.carry, x), strict=True
            )
        )
        consts, carry, stacks = given
        results = loop.emit(builder, consts, carry, stacks, body.function)
        return apart(results, body.carry, body.ys)

    # -- partial_eval

    def partial_eval(
        self, outer: Builder, inner: Builder, op: Op, operands: list[Operand]
    ) -> list[Operand]:
        """A loop over the known values that records residuals, and a loop over the rest that reads
        them.
        """
        loop = Scan(op)
        body, n = simplify(loop.body), loop.n_carry
        c_known, k_start, x_known = (
            tuple(h.builder is outer for h in part) for part in loop.split(operands)
        )
        if loop.length is None and not x_known[0]:
            return postponed(inner, op, operands)
        k_known = known_carry(
            k_start, lambda k: partial_eval(body, (*c_known, *k, *x_known)).out_known[:n]
        )
        known = (*c_known, *k_known, *x_known)
        forced = tuple(not k for k in k_known) + (False,) * (len(body.results) - n)
        split = recording_less(split_forcing(body, known, forced), sum(c_known), sum(k_known))
        c, k, x = loop.split(operands)
        seen_k, seen_x = chosen(k, k_known), chosen(x, x_known)
        if loop.checkpoint and loop.length:
            half = loop.emit(outer, chosen(c, c_known), seen_k, seen_x, forward_half(split))
            again = known_half_silent(body, split, known)
            return split_loop(inner, op, operands, split.out_known, half, again)
        halves = RecordedLoop(split, sum(c_known), sum(k_known), sum(split.out_known))
        hoisted = outer.inline(halves.hoisted, chosen(c, c_known))
        live = x[:1] if loop.length is None else []
        done = loop.emit(outer, [*chosen(c, c_known), *hoisted], seen_k, seen_x, halves.known)
        ready, recorded = done[: sum(split.out_known)], done[sum(split.out_known) :]
        unknown_c = [h for h, f in zip(c, c_known, strict=True) if not f]
        unknown_k = [into(inner, h) for h, f in zip(k, k_known, strict=True) if not f]
        unknown_x = [h for h, f in zip(x, x_known, strict=True) if not f]
        consts = [*unknown_c, *(into(inner, h) for h in halves.invariant_of(hoisted))]
        xs = [*(into(inner, h) for h in [*live, *recorded]), *unknown_x]
        rest = halves.unknown(len(unknown_c), len(unknown_k), len(unknown_x), live)
        left = loop.emit(inner, consts, unknown_k, xs, rest)
        return merged(split.out_known, ready, left)

    # -- reverse

    def pull(
        self, builder: Builder, op: Op, cts: list[Linear | None], operands: list[Operand]
    ) -> list[Linear | None]:
        """The loop run the other way: it carries the cotangents of the carry, and those of the
        consts add up.
        """
        loop = Scan(op)
        n = loop.n_carry
        c, k, x = loop.split(operands)
        c_lin, k_lin, x_lin = (tuple(isinstance(v, Unknown) for v in part) for part in (c, k, x))
        fixed = [tuple(not f for f in part) for part in (c_lin, k_lin, x_lin)]
        known = known_carry(
            fixed[1],
            lambda flags: partial_eval(loop.body, (*fixed[0], *flags, *fixed[2])).out_known[:n],
        )
        if any(known) and loop.checkpoint and loop.length:
            return transpose_scan(builder, loop, cts, (c, k, x))
        if any(known):
            return transpose_split(builder, op, cts, operands)
        body = backward_body(loop, (c_lin, x_lin), kinds_of(cts))
        sums: list[Linear | None] = [None] * sum(c_lin)
        totals = [v.type for v in [*chosen(loop.consts, c_lin), *loop.results.carry]]
        ys = [v.type for v in loop.results.ys]
        results = emit_scan(
            builder,
            chosen(c, fixed[0]),
            flattened(builder, totals, [*sums, *cts[:n]], body.carry),
            [*chosen(x, fixed[2]), *flattened(builder, ys, cts[n:], kinds_of(cts[n:]))],
            body.function,
            length=loop.length,
            reverse=not loop.reverse,
        )
        last = count_of(body.carry)
        carried = unflattened(results[:last], body.carry)
        rows = unflattened(results[last:], body.xs)
        nothing: list[Linear | None] = [None] * len(operands)
        return [
            *merged(c_lin, carried[: len(sums)], nothing),
            *carried[len(sums) :],
            *merged(x_lin, rows, nothing),
        ]

    # -- batch

    def batch(
        self,
        builder: Builder,
        op: Op,
        operands: list[Operand],
        batched: list[bool],
        axis: BatchAxis,
    ) -> tuple[list[Operand], list[bool]]:
        loop = Scan(op)
        body, n, length = loop.body, loop.n_carry, loop.length
        c_flags, k_start, x_flags = (tuple(part) for part in loop.split(batched))
        masked = length is None and x_flags[0]

        def step(carry: Flags) -> Sequence[bool]:
            return batch(body, (*c_flags, *carry, *x_flags), axis).batched[:n]

        k_flags = (True,) * n if masked else fixed_point(k_start, step)
        spread_body = batch(body, (*c_flags, *k_flags, *x_flags), axis)
        wanted = (*k_flags, *spread_body.batched[n:])
        new_body = broadcast_results(spread_body.function, spread_body.batched, wanted, axis)
        if masked:
            new_body = masked_body(new_body, len(c_flags), n)
        c, k, x = loop.split(operands)
        k = [spread(h, b, axis) if f else h for h, b, f in zip(k, k_start, k_flags, strict=True)]
        if length is not None:
            x = [_moved(h, 0, 1) if f else h for h, f in zip(x, x_flags, strict=True)]
        results = loop.emit(builder, c, k, x, new_body)
        if length is not None:
            results[n:] = [
                _moved(h, 1, 0) if f else h for h, f in zip(results[n:], wanted[n:], strict=True)
            ]
        return results, list(wanted)


class BackwardBody(NamedTuple):
    """(consts, sums and cotangents of the carry, xs, cotangents of the ys) to (sums and cotangents
    of the carry, cotangents of the xs), of these kinds.
    """

    function: Function
    carry: Kinds
    xs: Kinds


def backward_body(loop: Scan, linear: tuple[Flags, Flags], cts: Kinds) -> BackwardBody:
    """The transpose of a body, for cotangents of these kinds of the loop's results.

    `linear` flags the consts and the xs that have cotangents; so has all of the carry, since a
    value that starts known, as a zero, and goes on unknown is linear from the start.
    """
    body, n = loop.body, loop.n_carry
    c_lin, x_lin = linear
    flags = (*c_lin, *(True,) * n, *x_lin)
    order = [i for i, f in enumerate(flags) if f] + [i for i, f in enumerate(flags) if not f]
    short = with_short_chains(with_arguments(body, order), sum(flags))
    count = sum(c_lin)
    ys = tuple(kind.row(loop.length) for kind in cts[n:])
    closes = makes_gates(short, sum(flags)) or any(kind.parts for kind in cts)
    zero = ZERO if closes else OPEN  # without gates one pass does
    start = (*(zero,) * count, *(kind if kind.there else zero for kind in cts[:n]))

    def moved(carry: Kinds) -> Turned:
        return turned(short, sum(flags), (*carry[count:], *ys))

    carry = fixed_kinds(start, lambda now: moved(now).kinds[: count + n])
    back = moved(carry)
    c_types, k_types, x_types = loop.split(body.argument_types)
    totals = [*chosen(c_types, c_lin), *k_types]
    outs = body.result_types
    known_c, known_x = (
        chosen(types, [not f for f in own]) for types, own in ((c_types, c_lin), (x_types, x_lin))
    )
    given = [*known_c, *types_of(totals, carry), *known_x, *types_of(outs[n:], ys)]

    def step(b: Builder, handles: list[Operand]) -> list[Operand]:
        at = iter(handles)
        rc, state, rx = (
            list(itertools.islice(at, size))
            for size in (len(known_c), count_of(carry), len(known_x))
        )
        before = unflattened(state, carry)
        after = [*before[count:], *unflattened(list(at), ys)]
        moving = flattened(b, outs, after, (*carry[count:], *ys))
        found = unflattened(b.inline(back.function, [*rc, *rx, *moving]), back.kinds)
        sums = [added(a, d, e.guard) for a, d in zip(before[:count], found, strict=False)]
        rows = flattened(b, chosen(x_types, x_lin), found[count + n :], back.kinds[count + n :])
        return [*flattened(b, totals, [*sums, *found[count : count + n]], carry), *rows]

    function = define(given, f"{body.name}_transpose", step)
    return BackwardBody(function, carry, back.kinds[count + n :])


def _moved(h: Operand, source: int, target: int) -> Operand:
    """The batch axis of stacked values moved; in stacks it is where it should be."""
    return h if isinstance(h.type, control.StackType) else m.move_axis(h, source, target)


def masked_body(body: Function, consts: int, carry: int) -> Function:
    """`body`, whose carry stays as it is in the batch elements that the first x does not count."""

    def step(builder: Builder, handles: list[Operand]) -> list[Operand]:
        results = builder.inline(body, handles)
        live, before = handles[consts + carry], handles[consts : consts + carry]
        kept = [
            choose_where(live, new, old) for new, old in zip(results[:carry], before, strict=True)
        ]
        return [*kept, *results[carry:]]

    return define(body.argument_types, body.name, step)
