"""Common subexpression elimination: two equal ops on the same operands are one."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from ..ir import Function, Op
from ..ops.types import Operand
from .rewrite import ArrayRewriter, ArrayStep, rewrite


def cse(function: Function) -> Function:
    """`function` with equal ops merged. Ops with effects stay apart."""
    return rewrite(function, merging())


def merging() -> ArrayStep:
    """The step of one walk: an op equal to an earlier one has the earlier one's results."""
    seen: dict[Hashable, Sequence[Operand]] = {}

    def merge(
        rewriter: ArrayRewriter, op: Op, operands: tuple[Operand, ...]
    ) -> Sequence[Operand] | None:
        if op.has_effects or not getattr(op.definition, "mergeable", True):
            return None
        key = (op.definition, tuple([h.number for h in operands]), op.attributes, op.regions)
        if key not in seen:
            seen[key] = rewriter.copy(op, operands)
        elif seen[key]:
            rewriter.builder.stands_for(seen[key][0].number, op.location)
        return seen[key]

    return merge
