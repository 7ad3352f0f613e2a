"""Loops split in two: one runs forward and records residuals, the other reads them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...ir import Builder, Function, Op, Value
from ...ops import control
from ...ops.definition import Unknown
from ...ops.types import Operand
from ...passes.flags import Flags, chosen, merged
from ..linear import Linear
from ..partial_eval import Split, partial_eval
from ..transpose import pull
from .shared import define, fixed_point, split_forcing


def known_carry(start: Flags, step: Callable[[Flags], Sequence[bool]]) -> Flags:
    """Which of the carry is known in every iteration."""
    unknown = fixed_point(
        tuple(not k for k in start),
        lambda flags: [not k for k in step(tuple(not f for f in flags))],
    )
    return tuple(not f for f in unknown)


def transpose_split(
    builder: Builder, op: Op, cts: list[Linear | None], operands: list[Operand]
) -> list[Linear | None]:
    """The transpose of a loop of which part of the carry is known: run that part first, then
    turn the rest.
    """
    unknown = [i for i, x in enumerate(operands) if isinstance(x, Unknown)]
    arguments = tuple(Value(v.type) for v in op.operands)
    results = tuple(Value(v.type) for v in op.results)
    alone = Function(op.name, arguments, (op.with_(operands=arguments, results=results),), results)
    split = partial_eval(alone, [i not in unknown for i in range(len(arguments))])
    done = builder.inline(split.known, [x for x in operands if not isinstance(x, Unknown)])
    residuals = done[len(done) - split.residuals :]
    linear = split.unknown.arguments[: len(unknown)]
    known = dict(zip(split.unknown.arguments[len(unknown) :], residuals, strict=True))
    given = chosen(cts, [not k for k in split.out_known])
    found = dict(zip(unknown, pull(builder, split.unknown, known, linear, given), strict=True))
    return [found.get(i) for i in range(len(operands))]


class RecordedLoop:
    """The known half of a body, with values that do not change in the loop hoisted out of it.

    `hoisted` maps the known consts to values of use in every iteration; `known` is the body that is
    left, (consts, hoisted, carry, xs) to (results, residuals); of the residuals that the unknown
    half needs, those that are invariant are among the hoisted and the others are recorded.
    """

    def __init__(self, split: Split, consts: int, carry: int, results: int) -> None:
        self.split = split
        body = split.known
        count = len(body.arguments)
        of_consts = tuple(i < consts for i in range(count))
        invariant = partial_eval(body, of_consts, hoists=True)
        fixed = [k and i >= results for i, k in enumerate(invariant.out_known)]
        lifted = split_forcing(body, of_consts, tuple(not f for f in fixed), hoists=True)
        self.fixed = fixed[results:]
        self.n_fixed = sum(self.fixed)
        self.hoisted = lifted.known
        types = [
            *body.argument_types[:consts],
            *lifted.known.result_types,
            *body.argument_types[consts:],
        ]

        def step(builder: Builder, handles: list[Operand]) -> list[Operand]:
            lift = handles[consts : consts + len(lifted.known.results)]
            rest = handles[consts + len(lifted.known.results) :]
            return builder.inline(lifted.unknown, [*rest, *lift[self.n_fixed :]])

        self.known = define(types, f"{body.name}", step)

    def invariant_of(self, hoisted: Sequence[Operand]) -> list[Operand]:
        return list(hoisted[: self.n_fixed])

    def unknown(self, consts: int, carry: int, xs: int, live: Sequence[Operand]) -> Function:
        """The unknown half: (consts, invariant residuals, carry, [live], recorded residuals,
        xs).
        """
        body = self.split.unknown
        types = body.argument_types
        first = consts + carry + xs
        residual_types = types[first:]
        fixed = chosen(residual_types, self.fixed)
        recorded = chosen(residual_types, [not f for f in self.fixed])
        flag = [control.unstacked(h.type, None) for h in live]
        order = [*types[:consts], *fixed, *types[consts : consts + carry], *flag, *recorded]

        def step(builder: Builder, handles: list[Operand]) -> list[Operand]:
            at = iter(handles)
            c, f, k, _, r = (
                [next(at) for _ in group]
                for group in (range(consts), fixed, range(carry), flag, recorded)
            )
            residuals = merged(self.fixed, f, r)
            return builder.inline(body, [*c, *k, *at, *residuals])

        return define([*order, *types[consts + carry : first]], body.name, step)
