"""The geometry of a product: its groups of dimensions, and the strides by which BLAS reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from polyad.ir import Shape

from ..dialects.affine import Map

# The numbers of batch, row, column and contracted dimensions of a product's domain.
Counts = tuple[int, int, int, int]
# Elements from one row to the next, and from one column to the next.
Strides = tuple[int, int]


def spans(counts: Counts) -> list[range]:
    """The dimensions of the domain of a contraction, group by group."""
    result, at = [], 0
    for n in counts:
        result.append(range(at, at + n))
        at += n
    return result


def reordered(map: Map, order: Sequence[int]) -> Map:
    """A map of a domain whose dimensions are now in another order."""
    return Map(
        map.rank,
        [r._replace(coefficients=tuple(r.coefficients[d] for d in order)) for r in map.results],
    )


def blas_strides(
    types: Sequence[Any], domain: Shape, counts: Counts, maps: Sequence[Map]
) -> list[Strides | None]:
    """The strides of x over (rows, contracted) and of y over (contracted, columns); None for an
    operand that BLAS cannot read without a copy.
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
    """The number of points of some dimensions of a domain."""
    result = 1
    for d in dims:
        result *= domain[d]
    return result


def collapse(domain: Shape, strides: Sequence[int], dims: Sequence[int]) -> int | None:
    """The one stride of several dimensions that step through memory like one; 0 if all have one
    point, None if they do not.
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
    """The strides as BLAS takes them: one is 1, and the other one at least the size of a row or
    column.
    """
    a, b = strides
    if b in (0, 1) and (a == 0 or a >= sizes[1]):
        return (a or max(sizes[1], 1), 1)
    if a in (0, 1) and (b == 0 or b >= sizes[0]):
        return (1, b or max(sizes[0], 1))
    return None
