"""The loop nest of a kernel: the order of its dimensions, and dimensions that become one loop."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from math import gcd, prod
from typing import Any

from polyad.ir import Function, Op, Shape
from polyad.ir.symbolic import is_symbolic

from ..dialects import kernel
from ..dialects.affine import Linear, Map, constant
from ..dialects.indexing import is_of_point
from ..dialects.memory import type_of

# The innermost iterations of a tile of a nest that transposes an array: as many as LLVM writes out.
# And the points of such a nest, at least.
TILE, POINTS = 8, 1 << 15
# Of a first-level cache in bytes: its size, or more where a second one is nearly as good; a line;
# the distance of lines that share a place.
CACHE, LINE, PAGE = 1 << 16, 64, 4096


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


def nests_of(op: Op) -> Sequence[LoopNest]:
    """The loop nest of a `kernel.generic`; if it transposes an array, the nest in tiles, and
    another one for the rest. So the lines of the cache that are read across are still there when
    the next elements of them are read.
    """
    nest = nest_of(op)
    sizes = [type_of(v).dtype.bits // 8 for v in op.operands]
    turned = turning(nest, sizes) if set(op.attrs["combine"]) == {"store"} else None
    if turned is None:
        return [nest]
    length = nest.extents[-1]
    whole = length - length % TILE
    tiled = in_tiles(part_of(nest, 0, whole), turned)
    return [tiled, part_of(nest, whole, length)] if whole < length else [tiled]


def turning(nest: LoopNest, sizes: Sequence[int]) -> int | None:
    """The loop along which an operand is read by one element after another that is read across
    along the innermost loop, where another access steps by one. None if there is none, or if the
    lines of the cache that the innermost loop reads stay there. `sizes` are the operands' bytes of
    an element.
    """
    if is_symbolic(nest.extents) or len(nest.extents) < 2 or prod(nest.extents) < POINTS:
        return None
    *outer, last = zip(*(a.coefficients[nest.base :] for a in nest.accesses), strict=True)
    if all(abs(c) != 1 for c in last):
        return None
    length, pairs = nest.extents[-1], enumerate(zip(last, sizes, strict=False))
    across = [i for i, (c, size) in pairs if abs(c) > 1 and length > lines_kept(c * size)]
    return next((n for n, line in enumerate(outer) if any(abs(line[i]) == 1 for i in across)), None)


def lines_kept(stride: int) -> int:
    """The lines of a first-level cache that hold bytes so far apart: fewer for powers of two, for
    which they have few places.
    """
    return CACHE // max(LINE, gcd(stride, PAGE))


def part_of(nest: LoopNest, start: int, stop: int) -> LoopNest:
    """The nest for a part of its innermost loop."""

    def moved(line: Linear) -> Linear:
        return Linear(line.coefficients, line.offset + start * line.coefficients[-1])

    return replace(
        nest,
        extents=(*nest.extents[:-1], stop - start),
        accesses=tuple(map(moved, nest.accesses)),
        indices=tuple(map(moved, nest.indices)),
    )


def in_tiles(nest: LoopNest, turned: int) -> LoopNest:
    """The nest with its innermost loop in blocks, and the loop `turned` over those of a block."""
    last, base = len(nest.extents) - 1, nest.base
    order = [n for n in range(last) if n != turned]

    def over(line: Linear) -> Linear:
        *around, step = line.coefficients
        outer = [around[base + n] for n in order]
        return Linear(
            (*around[:base], *outer, step * TILE, around[base + turned], step), line.offset
        )

    extents = [nest.extents[n] for n in (*order, last, turned)]
    extents[-2] //= TILE
    return replace(
        nest,
        extents=(*extents, TILE),
        accesses=tuple(map(over, nest.accesses)),
        indices=tuple(map(over, nest.indices)),
        outer=nest.outer + 1,
    )


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
