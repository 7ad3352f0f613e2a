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
from ..table import CONTROL
from .array_to_kernel import move, spans
from .rewrite import Rewriter, rewrite

Strides = tuple[int, int]


def prepare_contractions(function: Function) -> Function:
    """`function` with operands of contractions copied where BLAS cannot read them."""
    return rewrite(function, prepare)


def prepare(r: Rewriter, op: Op, operands: list[Handle]) -> Sequence[Handle]:
    if op.name in CONTROL:
        return r.with_regions(op, operands, prepare_contractions)
    if op.definition is not kernel.contract:
        return r.copy(op, operands)
    attrs = op.attrs
    domain, counts, maps = attrs["domain"], attrs["counts"], list(attrs["maps"])
    plan = blas_plan([h.type for h in operands], domain, counts, maps)
    batch, rows, columns, inner = spans(counts)
    for i, kept in enumerate(((*batch, *rows, *inner), (*batch, *columns, *inner))):
        if plan[i] is None:
            operands[i], maps[i] = copied(r, operands[i], domain, maps[i], kept)
    return r.emit(kernel.contract, operands, domain=domain, counts=counts, maps=tuple(maps))


def copied(
    r: Rewriter, x: Handle, domain: Shape, source: Map, kept: Sequence[int]
) -> tuple[Handle, Map]:
    """A copy of what `source` reads of x, indexed by the dimensions `kept` of the domain."""
    rank = len(kept)
    results = []
    for result in source.results:
        coefficients = tuple(result.coefficients[d] for d in kept)
        results.append(result._replace(coefficients=coefficients))
    (copy,) = move(r, x, tuple(domain[d] for d in kept), Map(rank, results))
    return copy, Map.select(len(domain), kept)


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
