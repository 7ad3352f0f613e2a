"""array -> array: (x y)ᵀ as yᵀ xᵀ.

Consumes the array dialect. Eliminates permutations of a product that nothing else reads, where they
put the axes of its second operand ahead of those of its first: the product of its operands the
other way round is the result as it is wanted, and no array is to be copied. Where they put an axis
of the first operand last, among others, the product is turned too: then what is to be copied stands
in longer pieces.
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
    products: dict[Value, tuple[Op, list[Handle]]] = {}

    def turn(r: Rewriter, op: Op, operands: list[Handle]) -> Sequence[Handle]:
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
    """The axes of a product, those of its second operand ahead of those of its first."""
    x, y = (type_of(v).ndim for v in product.operands)
    (batch, _), (contracted, _) = product.attrs["batch"], product.attrs["contracting"]
    before, one = len(batch), x - len(batch) - len(contracted)
    two = y - len(batch) - len(contracted)
    axes = range(before + one + two)
    return (*axes[:before], *axes[before + one :], *axes[before : before + one])
