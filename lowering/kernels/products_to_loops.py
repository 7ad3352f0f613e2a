"""kernel -> kernel: products without BLAS, for exported code.

Consumes `kernel.contract`, a call of BLAS later on. Eliminates it. Introduces a `kernel.generic`
that sums over the contracted dimensions. Where its loops would stride through both operands in any
order, the first operand is copied.
"""

from __future__ import annotations

from collections.abc import Sequence

from polyad.ir import Function, Handle, Op

from ..dialects import kernel
from ..regions import has
from ..rewrite import Rewriter, function_of, rewrite
from ..table import CONTROL, array_op
from .prepare_contractions import copied
from .products import blas_strides, spans


def products_to_loops(function: Function) -> Function:
    """`function` with products as sums, which need no BLAS."""
    if not has(function, (kernel.contract.name,)):
        return function
    return rewrite(function, convert)


def convert(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    if op.name in CONTROL:
        return r.with_regions(op, operands, products_to_loops)
    if op.definition is not kernel.contract:
        return r.copy(op, operands)
    domain, counts, maps = op.attrs["domain"], op.attrs["counts"], list(op.attrs["maps"])
    given = list(operands)
    batch, rows, _, inner = spans(counts)
    x, y = blas_strides([h.type for h in given], domain, counts, maps)
    if x is not None and y is not None and x[1] != 1 and y[1] != 1:
        kept = (*batch, *rows, *inner)
        given[0], maps[0] = copied(r, given[0], domain, maps[0], kept, {})
    return r.emit(
        kernel.generic,
        given,
        (function_of(array_op("multiply"), [kernel.element(h.type) for h in given], ()),),
        domain=domain,
        iterators=("parallel",) * inner.start + ("reduction",) * len(inner),
        maps=tuple(maps),
        combine=("sum",),
    )
