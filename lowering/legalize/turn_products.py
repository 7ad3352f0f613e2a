"""array -> array: (x y)ᵀ as yᵀ xᵀ.

Consumes `permute_dims` of a `dot_general` that has no other reader. Eliminates the permutation
where it moves the axes of y ahead of those of x: the product of y and x has them in that order,
without a copy. Where it moves an axis of x to the end, among others, the operands are exchanged
too: the permutation that is left copies longer contiguous pieces. Introduces no new kind of op.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from polyad.ir import Function, Handle, Op, Value

from ..dialects.memory import type_of
from ..regions import has
from ..rewrite import Rewriter, rewrite, without_dead_ops
from ..table import CONTROL


def turn_products(function: Function) -> Function:
    """`function` without transposes of products."""
    if not has(function, ("dot_general",)):
        return function
    uses = Counter(v for op in function.ops for v in op.operands) + Counter(function.results)
    products: dict[Value, tuple[Op, Sequence[Handle]]] = {}

    def turn(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
        if op.name in CONTROL:
            return r.with_regions(op, operands, turn_products)
        if op.name == "dot_general" and uses[op.result] == 1:
            products[op.result] = op, operands
        if op.name != "permute_dims" or op.operands[0] not in products:
            return r.copy(op, operands)
        product, (x, y) = products[op.operands[0]]
        turned, axes = turned_axes(product), op.attrs["axes"]
        if turned[-1] != axes[-1]:
            return r.copy(op, operands)
        batch, contracting = (product.attrs[name][::-1] for name in ("batch", "contracting"))
        found = r.emit(product.definition, (y, x), batch=batch, contracting=contracting)
        if axes == turned:
            return found
        return r.emit(op.definition, found, axes=tuple(map(turned.index, axes)))

    return without_dead_ops(rewrite(function, turn))


def turned_axes(product: Op) -> tuple[int, ...]:
    """The axes of a product, those of y ahead of those of x."""
    x, y = (type_of(v).ndim for v in product.operands)
    (batch, _), (contracted, _) = product.attrs["batch"], product.attrs["contracting"]
    before, one = len(batch), x - len(batch) - len(contracted)
    two = y - len(batch) - len(contracted)
    axes = range(before + one + two)
    return (*axes[:before], *axes[before + one :], *axes[before : before + one])
