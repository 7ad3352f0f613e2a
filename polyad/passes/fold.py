"""Constant folding: an element-wise op on literals is a literal. NumPy computes it, in the op's own
dtype.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..execution import get_backend
from ..ir import ArrayType, Attributes, DType, Function, Op
from ..ir.symbolic import SYMBOLIC, real
from ..ops.definition import OpDefinition
from ..ops.literals import literal
from ..ops.types import Operand
from .rewrite import ArrayRewriter, rewrite

BASIC = frozenset(
    ("add", "subtract", "multiply", "divide", "negative", "reciprocal", "square", "sqrt", "convert")
)
"""Ops that IEEE 754 defines to the last bit."""


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
    result, dtypes = op.result.type, tuple([h.type.dtype for h in operands])
    compute = Folded(rules, op.attributes, dtypes, result.dtype)
    symbols: list[Any] = [v for v in values if type(v) in SYMBOLIC]
    if any(not v.scope.is_open for v in symbols):
        return None  # the text of the IR has names for sizes, not for ops on them
    if rules.name not in BASIC and any(v.scope.basic for v in symbols):
        return None
    if symbols and result.dtype.family == "float":
        value = real(compute.value, *values)
    else:
        value = compute.value(
            *[dtype.python_type(x) for x, dtype in zip(values, dtypes, strict=True)]
        )
    return [literal(rewriter.builder, value, result.dtype, result.shape)]


class Folded(NamedTuple):
    """An op on scalars of these dtypes, by NumPy."""

    definition: OpDefinition
    attributes: Attributes
    dtypes: tuple[DType, ...]
    result: DType

    def value(self, *values: complex) -> complex:
        """Its result."""
        backend = get_backend("numpy")
        types = tuple([ArrayType(dtype, ()) for dtype in self.dtypes])
        arrays = [backend.asarray(v, t.dtype) for v, t in zip(values, types, strict=True)]
        results = (ArrayType(self.result, ()),)
        run = backend.implementation(self.definition, self.attributes, types, results)
        with backend.quiet():
            found: complex = backend.item(run(*arrays))
            return found
