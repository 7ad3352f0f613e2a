"""The rules of `scan`: loops over arrays of known length, or over stacks of a length known at
run time.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...ir import Builder, Function, Op
from ...ops import control
from ...ops import elementwise as e
from ...ops import manipulation as m
from ...ops.control import zero_of_type
from ...ops.definition import Unknown
from ...ops.types import BatchAxis, Operand, Tangent
from ...ops.views import Scan, emit_scan
from ...passes.flags import Flags, chosen, merged, present
from ...passes.pipeline import simplify
from ..batching import batch
from ..effects import known_half_silent
from ..jvp import jvp
from ..linear import Kind, Kinds, Linear, parted, types_of
from ..partial_eval import into, partial_eval, postponed
from ..regions import instantiate, with_arguments
from ..transpose import transpose
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
    interleaved,
    split_forcing,
    spread,
    zeros_of,
)


class ScanRules:
    """Loops over arrays of known length, or over stacks of a length known at run time."""

    # -- jvp

    def jvp(
        self, builder: Builder, op: Op, xs: list[Operand], ts: list[Tangent]
    ) -> tuple[list[Operand], list[Tangent]]:
        """The tangents ride along: in consts, carry and xs, each behind its primals."""
        loop = Scan(op)
        body, n = loop.body, loop.n_carry
        c_active, start, x_active = (tuple(t is not None for t in part) for part in loop.split(ts))

        def step(carry: Flags) -> Sequence[bool]:
            return jvp(body, (*c_active, *carry, *x_active)).active[:n]

        k_active = fixed_point(start, step)
        active = (*c_active, *k_active, *x_active)
        wanted = (*k_active, *jvp(body, active).active[n:])
        new_body, _ = interleaved(body, active, wanted, len(c_active), n)
        (c, k, x), (ct, kt, xt) = loop.split(xs), loop.split(ts)
        kt = [
            zeros_of(p) if t is None and a else t for p, t, a in zip(k, kt, k_active, strict=True)
        ]
        results = loop.emit(
            builder,
            [*c, *present(ct)],
            [*k, *present(kt)],
            [*x, *present(xt)],
            new_body,
        )
        return apart(results, n, k_active, wanted[n:])

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

    # -- transpose

    def transpose(
        self, builder: Builder, op: Op, cts: list[Tangent], operands: list[Operand]
    ) -> list[Tangent]:
        given = [None if ct is None else Linear(ct) for ct in cts]
        return self.transpose_gated(builder, op, given, operands)

    def transpose_gated(
        self, builder: Builder, op: Op, given: list[Linear | None], operands: list[Operand]
    ) -> list[Tangent]:
        """The loop run the other way: it carries the cotangents of the carry, and those of the
        consts add up. The gates of those of the ys are further xs.
        """
        loop = Scan(op)
        n = loop.n_carry
        cts: list[Tangent] = [None if ct is None else ct.value for ct in given]
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
        y_given = tuple(ct is not None for ct in cts[n:])
        stacked, parts = parted([ct for ct in given[n:] if ct is not None])
        if loop.length is None:
            stacked, parts = (), []
        body = transposed_body(loop, (c_lin, x_lin), y_given, stacked)
        residuals_c, residuals_x = chosen(c, fixed[0]), chosen(x, fixed[2])
        sums: list[Operand] = [zero_of_type(builder, v.type) for v in chosen(c, c_lin)]
        carried = instantiate(builder, loop.results.carry, cts[:n])
        results = emit_scan(
            builder,
            residuals_c,
            [*sums, *carried],
            [*residuals_x, *present(cts[n:]), *parts],
            body,
            length=loop.length,
            reverse=not loop.reverse,
        )
        return [
            *merged(c_lin, results[: len(sums)], [None] * len(residuals_c)),
            *results[len(sums) : len(sums) + n],
            *merged(x_lin, results[len(sums) + n :], [None] * len(residuals_x)),
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


def transposed_body(
    loop: Scan, linear: tuple[Flags, Flags], y_given: Flags, stacked: Kinds
) -> Function:
    """(consts, sums, carry cotangents, xs, y cotangents, their gates) to (sums, carry cotangents, x
    cotangents).

    `linear` flags the consts and the xs that have cotangents; so has all of the carry, since a
    value that starts known, as a zero, and goes on unknown is linear from the start.
    """
    body, n, length = loop.body, loop.n_carry, loop.length
    c_lin, x_lin = linear
    flags = (*c_lin, *(True,) * n, *x_lin)
    order = [i for i, f in enumerate(flags) if f] + [i for i, f in enumerate(flags) if not f]
    gated: Kinds = ()
    if stacked:
        single = iter(stacked)
        gated = (*[_NO_GATE] * n, *(_row(next(single)) if g else _NO_GATE for g in y_given))
    short = with_short_chains(with_arguments(body, order), sum(flags))
    turned = transpose(short, sum(flags), gated=gated)
    c_types, k_types, x_types = loop.split(body.argument_types)
    residual_c, sums = chosen(c_types, [not f for f in c_lin]), chosen(c_types, c_lin)
    residual_x = chosen(x_types, [not f for f in x_lin])
    y_types = [control.unstacked(v.type, length) for v in loop.results.ys]

    def step(b: Builder, handles: list[Operand]) -> list[Operand]:
        at = iter(handles)
        rc, total, carried, rx = (
            [next(at) for _ in group] for group in (residual_c, sums, k_types, residual_x)
        )
        ys = [next(at) if g else zero_of_type(b, t) for g, t in zip(y_given, y_types, strict=True)]
        found = b.inline(turned, [*rc, *rx, *carried, *ys, *at])
        added = [e.add(a, d) for a, d in zip(total, found[: len(sums)], strict=True)]
        return [*added, *found[len(sums) :]]

    given = [*residual_c, *sums, *k_types, *residual_x, *chosen(y_types, y_given)]
    given += types_of(gated)
    return define(given, f"{body.name}_transpose", step)


_NO_GATE: Kind = (None, None)


def _row(kind: Kind) -> Kind:
    """Of the gate of a stacked array, that of one row."""
    condition, factor = (None if t is None else t.with_shape(t.shape[1:]) for t in kind)
    return condition, factor


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
