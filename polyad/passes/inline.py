"""Inlining: `call`, and, once no derivative is to be taken of them, the calls of custom rules and
what solves equations become their bodies.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..ir import Function, Op
from .rewrite import Rewriter, rewrite

TRANSPARENT = (
    "call",
    "custom_jvp_call",
    "custom_vjp_call",
    "transposed_call",
    "linear_solve",
    "root",
)


def inline(function: Function, names: Sequence[str] = TRANSPARENT) -> Function:
    """`function` with the regions of ops named in `names` in place of those ops, nested ones
    too.
    """

    def step(rewriter: Rewriter, op: Op, operands: tuple[Any, ...]) -> Sequence[Any] | None:
        if op.name not in names:
            return None
        return op.definition.region_rules.expand(rewriter.builder, op, list(operands))  # type: ignore[attr-defined]

    while any(op.name in names for op in function.ops):
        function = rewrite(function, step)
    return function
