"""The body of a kernel at one point of its loops: only the ops that are needed there.

A question that a body asks of its indices has one answer in all of a loop, or in a piece of it. So
loops are cut where an answer changes, and each piece has one branch of a `where`, no clamp of an
index in range, and loads at affine positions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from polyad.ir import HERE, Definition, Handle, Op, Value, together

from ..dialects import kernel, loop
from ..dialects.affine import Linear, Map
from ..dialects.indexing import Range, bounds, clamped, is_of_point
from ..dialects.memory import INDEX, type_of
from ..fusion.cuts import OPS, PIECES, changes, ends_of, lines_of
from ..rewrite import emit
from .loop_builder import LoopBuilder
from .loop_nest import LoopNest, asked


class LoopBody:
    """A body in its loops: affine indices as expressions over the loops, and for each load the
    affine part of its position.
    """

    def __init__(self, op: Op, nest: LoopNest) -> None:
        self.region, self.nest = op.regions[0], nest
        ops = self.region.ops
        self.makers = {o.result: o for o in ops}
        self.affine = dict(zip((o.result for o in asked(self.region)), nest.indices, strict=True))
        loads = [o.result for o in ops if o.definition is kernel.load]
        self.loads = dict(zip(loads, nest.accesses[len(nest.accesses) - len(loads) :], strict=True))

    def cuts(self) -> dict[int, Sequence[int]]:
        """The indices at which to cut each loop; innermost loops first, as long as there are few
        pieces.
        """
        nest, found = self.nest, dict[int, Sequence[int]]()
        most = min(PIECES, OPS // max(1, len(self.region.ops)))
        lines = dict(self.affine)
        lines_of(
            ((o.definition, o.operands, o.attributes, o.result) for o in self.region.ops), lines
        )
        asking = [o for o in self.region.ops if o.definition in (kernel.within, kernel.clamp)]
        for level in reversed(range(len(nest.extents)) if asking else ()):
            if nest.left(level) is not None:
                continue
            cuts = {
                at
                for o in asking
                if o.operands[0] in lines
                for at in changes(
                    lines[o.operands[0]], ends_of(o.definition, o.attrs), nest.base + level
                )
            }
            inside = sorted(at for at in cuts if 0 < at < nest.extents[level])
            if inside and prod(len(c) + 1 for c in found.values()) * (len(inside) + 1) <= most:
                found[level] = inside
        return found


class Point:
    """Builds a body at one point of its loops."""

    def __init__(self, body: LoopBody, here: LoopBuilder) -> None:
        self.body, self.here = body, here
        self.made: dict[Value, Handle] = {}

    def values(self) -> list[Handle]:
        """The results of the body at this point."""
        region = self.body.region
        results = [self.taken(v) for v in region.results]
        live, readers = set(results), dict[Value, list[Op]]()
        for op in reversed(region.ops):
            if op.result in live:
                needed = self.needed(op)
                live.update(needed)
                for v in needed:
                    readers.setdefault(v, []).append(op)
        around = HERE.location
        for number, v in enumerate(region.arguments):
            if v in live:
                reading = together(op.location for op in readers.get(v, ()))
                HERE.location = reading or around
                self.made[v] = self.here.load(number, self.body.nest.accesses[number])
        for op in region.ops:
            if op.result in live:
                HERE.location = op.location or around
                self.made[op.result] = self.built(op)
        HERE.location = around
        return [self.made[v] for v in results]

    def needed(self, op: Op) -> list[Value]:
        """The values that `built` uses."""
        if op.definition is kernel.load:
            return [v for v, _ in self.moving(op)]
        if self.line(op.result) is not None:
            return []
        return [self.taken(v) for v in op.operands]

    def built(self, op: Op) -> Handle:
        rule = RULES.get(op.definition)
        line = self.line(op.result)
        if line is not None:
            return self.here.index(line)
        if rule is not None:
            return rule(self, op)
        operands = tuple(self.made[self.taken(v)] for v in op.operands)
        return emit(self.here.builder, op.definition, operands, op.attributes)[0]

    # Facts about a value at this point

    def line(self, v: Value) -> Linear | None:
        """`v` as an expression over the loops, if it is affine."""
        if v in self.body.affine:
            return self.body.affine[v]
        op = self.body.makers.get(v)
        if op is None or is_of_point(op):
            return None
        if op.definition is kernel.clamp:
            known = self.range(op.operands[0])
            inside = known is not None and known[0] >= 0 and known[1] < op.attrs["size"]
            return self.line(op.operands[0]) if inside else None
        if op.definition is kernel.index:
            lines = [self.line(u) for u in op.operands]
            terms = [line for line in lines if line is not None]
            rank = self.body.nest.base + len(self.body.nest.extents)
            at = op.attrs["at"].results[0]
            return at.substitute(terms, rank) if len(terms) == len(lines) else None
        return None

    def range(self, v: Value) -> Range | None:
        """The least and the greatest value of an index, if known."""
        op = self.body.makers.get(v)
        if v in self.body.affine:
            spans = [s and (s[0], s[1] - 1) for s in self.here.spans]
            return bounds(self.body.affine[v], spans)
        if op is not None and op.definition is kernel.clamp:
            return clamped(self.range(op.operands[0]), op.attrs["size"])
        if op is not None and op.definition is kernel.index:
            return bounds(op.attrs["at"].results[0], [self.range(u) for u in op.operands])
        return None

    def truth(self, v: Value) -> bool | None:
        """The answer to a question on indices, if all points of this piece have it."""
        op = self.body.makers.get(v)
        if op is not None and op.definition is kernel.within:
            known, start, stop = self.range(op.operands[0]), op.attrs["start"], op.attrs["stop"]
            if known is None:
                return None
            if known[1] < start or known[0] >= stop:
                return False
            return True if known[0] >= start and known[1] < stop else None
        if op is not None and op.name == "logical_and":
            answers = {self.truth(u) for u in op.operands}
            return False if False in answers else None if None in answers else True
        return None

    def moving(self, op: Op) -> list[tuple[Value, int]]:
        """The indices of a load that are not affine, with the elements of one step of each."""
        return [(v, n) for v, n in steps(op) if not self.has_position(v) and self.line(v) is None]

    def has_position(self, v: Value) -> bool:
        """Whether index `v` is part of the position that the loop nest has for the load."""
        return v in self.body.makers and is_of_point(self.body.makers[v])

    def taken(self, v: Value) -> Value:
        """The value equal to `v` in this piece: the chosen branch of a `where`, the undecided side
        of an `and`.
        """
        op = self.body.makers.get(v)
        if op is None or op.name not in ("where", "logical_and"):
            return v
        if op.name == "logical_and":
            certain = [self.truth(u) is True for u in op.operands]
            return self.taken(op.operands[0 if certain[1] else 1]) if any(certain) else v
        answer = self.truth(op.operands[0])
        return v if answer is None else self.taken(op.operands[1 if answer else 2])


def steps(op: Op) -> list[tuple[Value, int]]:
    """The indices of a load, each with the elements of one step."""
    array, *indices = op.operands
    strides = Map.identity(len(indices)).flatten(type_of(array).shape).coefficients
    return list(zip(indices, strides, strict=True))


def load(point: Point, op: Op) -> Handle:
    position = point.body.loads[op.result]
    for v, step in steps(op):
        line = None if point.has_position(v) else point.line(v)
        if line is not None:
            position = added(position, line, step)
    number = point.body.region.arguments.index(op.operands[0])
    moving = [(point.made[v], step) for v, step in point.moving(op)]
    return point.here.load(number, position, moving)


def added(one: Linear, other: Linear, times: int) -> Linear:
    """`one + times * other`."""
    pairs = zip(one.coefficients, other.coefficients, strict=True)
    return Linear(tuple(a + times * b for a, b in pairs), one.offset + times * other.offset)


def clamp(point: Point, op: Op) -> Handle:
    return point.here.clamped(point.made[op.operands[0]], op.attrs["size"])


def within(point: Point, op: Op) -> Handle:
    here, at = point.here, point.made[op.operands[0]]
    start, stop = (here.constant(op.attrs[name], INDEX) for name in ("start", "stop"))
    after = here.scalar("greater_equal", at, start)
    return here.scalar("logical_and", after, here.scalar("less", at, stop))


def index(point: Point, op: Op) -> Handle:
    """An affine function of indices that are not all affine in the loops."""
    indices = tuple(point.made[v] for v in op.operands)
    return emit(point.here.builder, loop.affine, indices, op.attributes)[0]


RULES: dict[Definition, Callable[[Point, Op], Handle]] = {
    kernel.load: load,
    kernel.clamp: clamp,
    kernel.within: within,
    kernel.index: index,
}
