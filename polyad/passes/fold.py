"""Constant folding: an element-wise op on literals is a literal. NumPy computes it, in the op's own
dtype.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..execution import get_backend
from ..ir import ArrayType, Function, Op
from ..ops.definition import OpDefinition
from ..ops.literals import literal
from ..ops.types import Operand
from .rewrite import ArrayRewriter, rewrite


def fold(function: Function) -> Function:
    """`function` with its constant element-wise ops computed."""
    return rewrite(function, folded)


def folded(
    rewriter: ArrayRewriter, op: Op, operands: tuple[Operand, ...]
) -> Sequence[Operand] | None:
    """The result of `op` on literals; None on others."""
    rules = op.definition
    if not operands or len(op.results) != 1 or not isinstance(rules, OpDefinition):
        return None
    if not rules.elementwise or not rules.foldable:
        return None
    if not all(rewriter.is_made_by("full", h) for h in operands):
        return None
    values = [rewriter.literal(h) for h in operands]
    backend = get_backend("numpy")
    types = tuple(ArrayType(h.type.dtype, ()) for h in operands)
    arrays = [backend.asarray(v, t.dtype) for v, t in zip(values, types, strict=True)]
    result = op.result.type
    run = backend.implementation(rules, op.attributes, types, (ArrayType(result.dtype, ()),))
    with backend.quiet():
        value = backend.item(run(*arrays))
    return [literal(rewriter.builder, value, result.dtype, result.shape)]
