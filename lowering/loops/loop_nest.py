"""The loop nest of a kernel: the order of its dimensions, and dimensions that become one loop."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from polyad.ir import Function, Op, Shape

from ..dialects import kernel
from ..dialects.affine import Linear, Map, constant
from ..dialects.indexing import is_of_point
from ..dialects.memory import type_of


@dataclass
class LoopNest:
    """A kernel's loops, outermost first: extents, and accesses and indices as expressions over the
    loops. Accesses are of operands, then of results, then the affine parts of the body's loads.

    All are inside `base` loops that are there already. Loops `[0, outer)` run over elements of the
    results. If `in_registers`, the others are all reduced, and carry totals from one iteration to
    the next; if not, reduced loops are around the last loop, and totals are in the buffer of the
    result. `part` is the number of a loop that may be shorter in the last iteration of the loop
    around all of these, and the iterations of both together.
    """

    extents: tuple[int, ...]
    accesses: tuple[Linear, ...]
    indices: tuple[Linear, ...]
    base: int
    outer: int
    in_registers: bool
    part: tuple[int, int] | None = None

    def left(self, level: int) -> tuple[int, int] | None:
        """`left` of a loop (see `loop.for`)."""
        if self.part is None or self.part[0] != level:
            return None
        return self.base - 1, self.part[1]


def nest_of(op: Op) -> LoopNest:
    """The loop nest of a `kernel.generic` on memrefs."""
    attrs: dict[str, Any] = op.attrs
    accesses = [
        m.flatten(type_of(v).shape) for m, v in zip(attrs["maps"], op.operands, strict=True)
    ]
    accesses += loads_of(op)
    return nest_over(attrs["domain"], accesses, indices_of(op), reduced_of(op))


def reduced_of(op: Op) -> set[int]:
    """The dimensions that a `kernel.generic` reduces."""
    return {i for i, kind in enumerate(op.attrs["iterators"]) if kind == "reduction"}


def indices_of(op: Op) -> list[Linear]:
    """The affine indices that the body of a `kernel.generic` uses for more than loads."""
    return [inner.attrs["at"].results[0] for inner in asked(op.regions[0])]


def asked(body: Function) -> list[Op]:
    """The affine indices of a body that have a use other than a load."""
    used = {v for op in body.ops if op.definition is not kernel.load for v in op.operands}
    used.update(body.results)
    return [op for op in body.ops if is_of_point(op) and op.result in used]


def loads_of(op: Op) -> list[Linear]:
    """For each load in the body of a `kernel.generic` the part of its position that is affine in
    the point.
    """
    body, rank = op.regions[0], len(op.attrs["domain"])
    lines = {o.result: o.attrs["at"].results[0] for o in body.ops if is_of_point(o)}
    found = []
    for load in body.ops:
        if load.definition is kernel.load:
            array, *indices = load.operands
            at = Map(rank, [lines.get(v, constant(0, rank)) for v in indices])
            found.append(at.flatten(type_of(array).shape))
    return found


def nest_over(
    domain: Shape,
    accesses: Sequence[Linear],
    indices: Sequence[Linear],
    reduced: Collection[int],
    base: int = 0,
    rows: int | None = None,
) -> LoopNest:
    """The loop nest over `domain` inside `base` loops; accesses and indices are expressions over
    these loops, then over the dimensions of the domain. The first dimension may be a part of
    `rows`, of which the last loop around has the others.
    """
    inner = [Linear(a.coefficients[base:], a.offset) for a in accesses]
    order, in_registers = loop_order(domain, inner, reduced)
    linear = [*inner, *(Linear(a.coefficients[base:]) for a in indices)]
    groups = merged(domain, linear, reduced, order, None if rows is None else 0)
    extents = tuple(prod(domain[d] for d in group) for group in groups)
    level = next((i for i, group in enumerate(groups) if rows is not None and group[0] == 0), None)

    def over(a: Linear) -> Linear:
        return Linear(
            (*a.coefficients[:base], *(a.coefficients[base + g[-1]] for g in groups)), a.offset
        )

    inside = sum(g[0] in reduced for g in groups) + (0 if in_registers else 1)
    return LoopNest(
        extents,
        tuple(map(over, accesses)),
        tuple(map(over, indices)),
        base,
        len(groups) - inside,
        in_registers,
        None if level is None or rows is None else (level, extents[level] // domain[0] * rows),
    )


def loop_order(
    domain: Shape, accesses: Sequence[Linear], reduced: Collection[int]
) -> tuple[list[int], bool]:
    """The dimensions with more than one point, outermost first; most accesses step by one element
    along the last. And whether totals are carried in registers.
    """
    dims = [d for d in range(len(domain)) if domain[d] > 1]
    if not dims:
        return [], True
    last = max(dims, key=lambda d: (unit_steps(d, accesses), d))
    rest = [d for d in dims if d != last]
    if not any(d in reduced for d in dims):
        return [*rest, last], True
    parallel, summed = [d for d in rest if d not in reduced], [d for d in rest if d in reduced]
    return [*parallel, *summed, last], last in reduced


def unit_steps(d: int, accesses: Sequence[Linear]) -> int:
    """The number of accesses that step by one element along `d`, less those that step by more."""
    return sum(
        1 if abs(a.coefficients[d]) == 1 else 0 if a.coefficients[d] == 0 else -1 for a in accesses
    )


def merged(
    domain: Shape,
    accesses: Sequence[Linear],
    reduced: Collection[int],
    order: list[int],
    first: int | None = None,
) -> list[list[int]]:
    """Groups of dimensions, one per loop: all accesses step through the dimensions of a group as
    through one. Dimension `first` is the first of its group.
    """
    groups: list[list[int]] = []
    for d in order:
        if (
            groups
            and d != first
            and (groups[-1][-1] in reduced) == (d in reduced)
            and all(
                a.coefficients[groups[-1][-1]] == a.coefficients[d] * domain[d] for a in accesses
            )
        ):
            groups[-1].append(d)
        else:
            groups.append([d])
    return groups
