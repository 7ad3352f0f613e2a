"""Inlining of the ops with regions that stand for other ops: calls, custom rules, equations.

It comes when no derivative is to be taken any more: the call of a custom rule becomes the function
itself, an equation the region that solves it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..ir import Function, Op
from ..ops import control, region
from ..ops.types import Operand
from .rewrite import ArrayRewriter, rewrite

KEPT = frozenset([control.cond, control.scan, control.while_, region.checkpoint])
"""The ops with regions that stay: branches and loops, which executors run, and checkpoints, which
the optimizer must not see through."""


def is_transparent(op: Op) -> bool:
    """Whether `op` is to be replaced by the function that it stands for."""
    return bool(op.regions) and op.definition not in KEPT


def inline(function: Function, inlined: Callable[[Op], bool] = is_transparent) -> Function:
    """`function` with the ops that are `inlined` replaced by the functions that they stand for,
    nested ones too.
    """

    def step(
        rewriter: ArrayRewriter, op: Op, operands: tuple[Operand, ...]
    ) -> Sequence[Operand] | None:
        if not inlined(op):
            return None
        return rewriter.builder.inline(*region.meaning(op, operands))

    while any(map(inlined, function.ops)):
        function = rewrite(function, step)
    return function
