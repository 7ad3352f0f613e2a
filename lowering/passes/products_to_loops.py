"""kernel on memory -> kernel on memory: products as loops of their own.

Consumes any kernels. Eliminates `kernel.contract`, which would become calls of BLAS, introducing a
`kernel.generic` that sums over what is contracted: for code that is to run where no BLAS is.
"""

from __future__ import annotations

from collections.abc import Sequence

from polyad.ir import Function, Handle, Op

from ..dialects import control, kernel
from ..table import array_op
from .rewrite import Rewriter, function_of, rewrite


def products_to_loops(function: Function) -> Function:
    """`function` with products as sums, which need no BLAS."""
    return rewrite(function, convert)


def convert(r: Rewriter, op: Op, operands: list[Handle]) -> Sequence[Handle]:
    if op.definition in control.OPS:
        return r.with_regions(op, operands, products_to_loops)
    if op.definition is not kernel.contract:
        return r.copy(op, operands)
    attrs = op.attrs
    domain, inner = attrs["domain"], attrs["counts"][3]
    kept = len(domain) - inner
    elements = [kernel.element(h.type) for h in operands[:2]]
    return r.emit(
        kernel.generic,
        operands,
        (function_of(array_op("multiply"), elements, ()),),
        domain=domain,
        iterators=("parallel",) * kept + ("reduction",) * inner,
        maps=attrs["maps"],
        combine=("sum",),
    )
