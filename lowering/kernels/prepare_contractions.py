"""kernel -> kernel: products in a form that BLAS takes.

Consumes `kernel.contract` with any index maps. Eliminates maps that BLAS cannot express by strides
and flags. Introduces copies of such operands in the order batch, rows or columns, contracted; and,
where it costs less, the product of the operands in exchanged order with a permutation of the
result.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from polyad.ir import Function, Handle, Op, Shape

from ..dialects import kernel
from ..dialects.affine import Map
from ..regions import has
from ..rewrite import Rewriter, rewrite
from ..table import CONTROL
from .generic import move
from .products import Counts, blas_strides, reordered, size, spans


def prepare_contractions(function: Function) -> Function:
    """`function` with operands of contractions copied where BLAS cannot read them."""
    if not has(function, (kernel.contract.name,)):
        return function
    copies: dict[Any, Handle] = {}

    def prepare(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
        if op.name in CONTROL:
            return r.with_regions(op, operands, prepare_contractions)
        if op.definition is not kernel.contract:
            return r.copy(op, operands)
        attrs, given = op.attrs, list(operands)
        domain, counts, maps = attrs["domain"], attrs["counts"], list(attrs["maps"])
        plan = blas_strides([h.type for h in given], domain, counts, maps)
        batch, rows, columns, inner = spans(counts)
        for i, (one, two) in enumerate(((rows, inner), (columns, inner))):
            if plan[i] is None:
                kept = (*batch, *in_pieces(given[i], domain, maps[i], one, two))
                given[i], maps[i] = copied(r, given[i], domain, maps[i], kept, copies)
        product = Product(given, domain, counts, maps)
        return product.turned(r) if product.is_better_turned() else product.emit(r)

    return rewrite(function, prepare)


class Product:
    """A contraction whose operands BLAS can read without a copy."""

    def __init__(
        self,
        operands: Sequence[Handle],
        domain: Shape,
        counts: Counts,
        maps: Sequence[Map],
    ) -> None:
        self.operands, self.domain, self.counts, self.maps = operands, domain, counts, maps

    def emit(self, r: Rewriter) -> tuple[Handle, ...]:
        return r.emit(
            kernel.contract,
            self.operands,
            domain=self.domain,
            counts=self.counts,
            maps=tuple(self.maps),
        )

    def is_better_turned(self) -> bool:
        """Whether to exchange the operands. y is packed once per product: this is slower than to
        pack x and to permute the result, if y can be read without packing as the first operand.
        """
        _, y = blas_strides([h.type for h in self.operands], self.domain, self.counts, self.maps)
        m, n, k = (size(self.domain, span) for span in spans(self.counts)[1:])
        dtype = kernel.element(self.operands[0].type).dtype
        return y is not None and y[0] == 1 and (n - m) * k > 4 * m * n and not dtype.is_complex

    def turned(self, r: Rewriter) -> Sequence[Handle]:
        """The product of y and x, and the permutation of its result."""
        batch, rows, columns, inner = spans(self.counts)
        order = [*batch, *columns, *rows, *inner]
        x, y, _ = (reordered(map, order) for map in self.maps)
        counts = (len(batch), len(columns), len(rows), len(inner))
        domain = tuple(self.domain[d] for d in order)
        kept = len(order) - len(inner)
        maps = (y, x, Map.select(len(order), range(kept)))
        (product,) = Product(self.operands[::-1], domain, counts, maps).emit(r)
        shape = self.domain[:kept]
        return move(r, product, shape, Map.select(kept, order[:kept]))


def in_pieces(
    x: Handle, domain: Shape, source: Map, one: Sequence[int], two: Sequence[int]
) -> Sequence[int]:
    """Two groups of dimensions, ordered so that a copy of x takes the longer contiguous pieces."""
    strides = source.flatten(x.type.shape).coefficients
    piece = lambda dims: domain[dims[-1]] if dims and strides[dims[-1]] == 1 else 0
    return (*two, *one) if piece(one) > piece(two) else (*one, *two)


def copied(
    r: Rewriter,
    x: Handle,
    domain: Shape,
    source: Map,
    kept: Sequence[int],
    copies: dict[Any, Handle],
) -> tuple[Handle, Map]:
    """A copy of the elements of x that `source` reads, indexed by the dimensions `kept` of the
    domain, and the map to it. Each different copy is made once: see `copies`.
    """
    rank = len(kept)
    results = []
    for result in source.results:
        coefficients = tuple(result.coefficients[d] for d in kept)
        results.append(result._replace(coefficients=coefficients))
    shape, at = tuple(domain[d] for d in kept), Map(rank, results)
    key = (x.number, shape, str(at))
    if key not in copies:
        (copies[key],) = move(r, x, shape, at)
    return copies[key], Map.select(len(domain), kept)
