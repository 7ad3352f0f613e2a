"""The loops of one `kernel.generic`, from the outermost in, at a place where some may stand."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from polyad.ir import Handle, Op

from ..dialects import kernel
from ..dialects.affine import Linear
from ..dialects.memory import type_of
from .body import PlannedBody, Point
from .nest import Nest
from .place import Body, Place, accumulate, neutral


class NestEmitter:
    """Builds the loops of one kernel, from the outermost in."""

    def __init__(self, op: Op, nest: Nest) -> None:
        self.body = PlannedBody(op, nest)
        self.cuts = self.body.cuts()
        combine: tuple[str, ...] = op.attrs["combine"]
        self.combine = combine
        self.nest = nest
        self.inputs = len(self.body.region.arguments)
        self.totals = [i for i, kind in enumerate(combine) if kind in kernel.REDUCTIONS]

    def outer(self, place: Place, level: int) -> Sequence[Handle]:
        """The loops over elements of the results."""
        if level < self.nest.outer:
            self.loop(place, level, (), lambda at, _: self.outer(at, level + 1))
        elif self.nest.in_registers:
            totals = self.reduce(place, level, [self.start(place, i) for i in self.totals])
            for i, total in zip(self.totals, totals, strict=True):
                place.store(total, self.inputs + i, self.position(i))
        else:
            self.clear(place)
            self.accumulate(place, level)
        return ()

    def loop(self, place: Place, level: int, carried: Sequence[Handle], body: Body) -> list[Handle]:
        """A loop of the nest, in pieces where the body does not do the same everywhere."""
        ends = (0, *self.cuts.get(level, ()), self.nest.extents[level])
        for start, stop in itertools.pairwise(ends):
            carried = place.loop(stop - start, carried, body, start)
        return list(carried)

    def start(self, place: Place, i: int) -> Handle:
        return neutral(place.builder, self.combine[i], type_of(self.body.region.results[i]))

    def position(self, i: int) -> Linear:
        return self.nest.accesses[self.inputs + i]

    def reduce(self, place: Place, level: int, totals: list[Handle]) -> list[Handle]:
        """The reduced loops, carrying the totals."""
        if level < len(self.nest.extents):
            return self.loop(
                place, level, totals, lambda at, carried: self.reduce(at, level + 1, carried)
            )
        values = self.point(place)
        return [
            accumulate(place, self.combine[i], t, values[i])
            for i, t in zip(self.totals, totals, strict=True)
        ]

    def clear(self, place: Place) -> None:
        """Set the totals of the last loop to their neutral elements."""
        skipped = len(self.nest.extents) - 1 - self.nest.outer

        def step(at: Place, _: list[Handle]) -> Sequence[Handle]:
            for i in self.totals:
                c = self.position(i).coefficients
                around = self.nest.base + self.nest.outer
                position = Linear((*c[:around], c[-1]), self.position(i).offset)
                at.store(self.start(at, i), self.inputs + i, position)
            return ()

        assert skipped > 0
        place.loop(self.nest.extents[-1], (), step)

    def accumulate(self, place: Place, level: int) -> Sequence[Handle]:
        """The reduced loops and the last one, adding to totals in memory."""
        if level < len(self.nest.extents):
            self.loop(place, level, (), lambda at, _: self.accumulate(at, level + 1))
            return ()
        values = self.point(place)
        for i in self.totals:
            self.take_up(place, i, self.combine[i], values[i])
        return ()

    def point(self, place: Place) -> list[Handle]:
        """The body at one point of the domain; what is stored is stored here, and what is carried
        is taken up.
        """
        values = Point(self.body, place).values()
        for i, kind in enumerate(self.combine):
            if kind == "store":
                place.store(values[i], self.inputs + i, self.position(i))
            elif kind in kernel.CARRIED:
                self.take_up(place, i, kernel.CARRIED[kind], values[i])
        return values

    def take_up(self, place: Place, i: int, kind: str, value: Handle) -> None:
        """Add a value to a total in memory."""
        total = place.load(self.inputs + i, self.position(i))
        place.store(accumulate(place, kind, total, value), self.inputs + i, self.position(i))
