"""The loops of one `kernel.generic`, from the outermost in, inside loops that may be there
already.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from polyad.ir import Handle, Op

from ..dialects import kernel
from ..dialects.affine import Linear
from ..dialects.memory import type_of
from .body import LoopBody, Point
from .loop_builder import Body, LoopBuilder, accumulate, neutral
from .loop_nest import LoopNest


class KernelLoops:
    """Builds the loops of one kernel, from the outermost in."""

    def __init__(self, op: Op, nest: LoopNest) -> None:
        self.body = LoopBody(op, nest)
        self.cuts = self.body.cuts()
        combine: tuple[str, ...] = op.attrs["combine"]
        self.combine = combine
        self.nest = nest
        self.inputs = len(self.body.region.arguments)
        self.totals = [i for i, kind in enumerate(combine) if kind in kernel.REDUCTIONS]

    def outer(self, here: LoopBuilder, level: int) -> Sequence[Handle]:
        """The loops over elements of the results."""
        if level < self.nest.outer:
            self.loop(here, level, (), lambda at, _: self.outer(at, level + 1))
        elif self.nest.in_registers:
            totals = self.reduce(here, level, [self.start(here, i) for i in self.totals])
            for i, total in zip(self.totals, totals, strict=True):
                here.store(total, self.inputs + i, self.position(i))
        else:
            self.clear(here)
            self.accumulate(here, level)
        return ()

    def loop(
        self, here: LoopBuilder, level: int, carried: Sequence[Handle], body: Body
    ) -> list[Handle]:
        """A loop of the nest, in pieces where the body is cut."""
        ends = (0, *self.cuts.get(level, ()), self.nest.extents[level])
        for start, stop in itertools.pairwise(ends):
            carried = here.loop(stop - start, carried, body, start)
        return list(carried)

    def start(self, here: LoopBuilder, i: int) -> Handle:
        return neutral(here.builder, self.combine[i], type_of(self.body.region.results[i]))

    def position(self, i: int) -> Linear:
        return self.nest.accesses[self.inputs + i]

    def reduce(self, here: LoopBuilder, level: int, totals: list[Handle]) -> list[Handle]:
        """The reduced loops, carrying the totals."""
        if level < len(self.nest.extents):
            return self.loop(
                here, level, totals, lambda at, carried: self.reduce(at, level + 1, carried)
            )
        values = self.point(here)
        return [
            accumulate(here, self.combine[i], t, values[i])
            for i, t in zip(self.totals, totals, strict=True)
        ]

    def clear(self, here: LoopBuilder) -> None:
        """Set the totals of the last loop to their neutral elements."""
        skipped = len(self.nest.extents) - 1 - self.nest.outer

        def step(at: LoopBuilder, _: list[Handle]) -> Sequence[Handle]:
            for i in self.totals:
                c = self.position(i).coefficients
                around = self.nest.base + self.nest.outer
                position = Linear((*c[:around], c[-1]), self.position(i).offset)
                at.store(self.start(at, i), self.inputs + i, position)
            return ()

        assert skipped > 0
        here.loop(self.nest.extents[-1], (), step)

    def accumulate(self, here: LoopBuilder, level: int) -> Sequence[Handle]:
        """The reduced loops and the last one, adding to totals in memory."""
        if level < len(self.nest.extents):
            self.loop(here, level, (), lambda at, _: self.accumulate(at, level + 1))
            return ()
        values = self.point(here)
        for i in self.totals:
            self.take_up(here, i, self.combine[i], values[i])
        return ()

    def point(self, here: LoopBuilder) -> list[Handle]:
        """The body at one point of the domain; stores its stored results and adds its carried
        ones.
        """
        values = Point(self.body, here).values()
        for i, kind in enumerate(self.combine):
            if kind == "store":
                here.store(values[i], self.inputs + i, self.position(i))
            elif kind in kernel.CARRIED:
                self.take_up(here, i, kernel.CARRIED[kind], values[i])
        return values

    def take_up(self, here: LoopBuilder, i: int, kind: str, value: Handle) -> None:
        """Add a value to a total in memory."""
        total = here.load(self.inputs + i, self.position(i))
        here.store(accumulate(here, kind, total, value), self.inputs + i, self.position(i))
