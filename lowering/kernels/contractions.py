"""kernel -> kernel: contractions in a form that BLAS takes.

Consumes `kernel.contract` with any index maps. Eliminates those BLAS cannot express by strides and
flags, introducing copies of their operands in the order batch, rows or columns, contracted.
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
from .array_to_kernel import move, spans

Strides = tuple[int, int]


def prepare_contractions(function: Function) -> Function:
    """`function` with operands of contractions copied where BLAS cannot read them."""
    if not has(function, (kernel.contract.name,)):
        return function
    copies: dict[Any, Handle] = {}

    def prepare(r: Rewriter, op: Op, operands: list[Handle]) -> Sequence[Handle]:
        if op.name in CONTROL:
            return r.with_regions(op, operands, prepare_contractions)
        if op.definition is not kernel.contract:
            return r.copy(op, operands)
        attrs = op.attrs
        domain, counts, maps = attrs["domain"], attrs["counts"], list(attrs["maps"])
        plan = blas_plan([h.type for h in operands], domain, counts, maps)
        batch, rows, columns, inner = spans(counts)
        for i, (one, two) in enumerate(((rows, inner), (columns, inner))):
            if plan[i] is None:
                kept = (*batch, *in_pieces(operands[i], domain, maps[i], one, two))
                operands[i], maps[i] = copied(r, operands[i], domain, maps[i], kept, copies)
        product = Product(operands, domain, counts, maps)
        return product.turned(r) if product.is_better_turned() else product.emit(r)

    return rewrite(function, prepare)


class Product:
    """A contraction with operands that can be read as they are."""

    def __init__(
        self,
        operands: Sequence[Handle],
        domain: Shape,
        counts: tuple[int, int, int, int],
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
        """Whether y, which is to be packed for each product, costs more than packing x would and
        transposing the result, and can be read as it is if it comes first.
        """
        _, y = blas_plan([h.type for h in self.operands], self.domain, self.counts, self.maps)
        m, n, k = (size(self.domain, span) for span in spans(self.counts)[1:])
        dtype = kernel.element(self.operands[0].type).dtype
        return y is not None and y[0] == 1 and (n - m) * k > 4 * m * n and not dtype.is_complex

    def turned(self, r: Rewriter) -> Sequence[Handle]:
        """The product the other way round, and its transpose."""
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


def reordered(map: Map, order: Sequence[int]) -> Map:
    """A map of a domain whose dimensions stand in another order."""
    return Map(
        map.rank,
        [r._replace(coefficients=tuple(r.coefficients[d] for d in order)) for r in map.results],
    )


def in_pieces(
    x: Handle, domain: Shape, source: Map, one: Sequence[int], two: Sequence[int]
) -> Sequence[int]:
    """Two groups of dimensions in the order in which the copy takes longer pieces of x."""
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
    """A copy of what `source` reads of x, indexed by the dimensions `kept` of the domain; one of
    the `copies` that there are, if it is the same.
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


def blas_plan(
    types: Sequence[Any], domain: Shape, counts: tuple[int, int, int, int], maps: Sequence[Map]
) -> list[Strides | None]:
    """For x the strides over (rows, contracted), for y over (contracted, columns); None where BLAS
    cannot.
    """
    _, rows, columns, inner = spans(counts)
    plan: list[Strides | None] = []
    for i, (outer, first) in enumerate(((rows, True), (columns, False))):
        strides = maps[i].flatten(types[i].shape).coefficients
        one, two = collapse(domain, strides, outer), collapse(domain, strides, inner)
        pair = None if one is None or two is None else (one, two) if first else (two, one)
        sizes = (
            (size(domain, outer), size(domain, inner))
            if first
            else (size(domain, inner), size(domain, outer))
        )
        plan.append(None if pair is None else leading(pair, sizes))
    return plan


def size(domain: Shape, dims: Sequence[int]) -> int:
    result = 1
    for d in dims:
        result *= domain[d]
    return result


def collapse(domain: Shape, strides: Sequence[int], dims: Sequence[int]) -> int | None:
    """The one stride of dimensions that step through memory as one, or None; 0 if there is nothing
    to step.
    """
    stride = None
    expected = None
    for d in reversed(dims):
        if domain[d] == 1:
            continue
        if expected is not None and strides[d] != expected:
            return None
        if strides[d] <= 0:
            return None
        stride = strides[d] if stride is None else stride
        expected = strides[d] * domain[d]
    return stride or 0


def leading(strides: Strides, sizes: Strides) -> Strides | None:
    """The strides as BLAS wants them: one is 1, the other at least the size that the first steps
    through.
    """
    a, b = strides
    if b in (0, 1) and (a == 0 or a >= sizes[1]):
        return (a or max(sizes[1], 1), 1)
    if a in (0, 1) and (b == 0 or b >= sizes[0]):
        return (1, b or max(sizes[0], 1))
    return None
