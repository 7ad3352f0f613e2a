"""The loops of one `kernel.generic`, from the outermost in, inside loops that may be there
already.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from polyad.config import config
from polyad.ir import HERE, DType, Handle, Op
from polyad.ir.types import float32, float64

from ..costs import BLOCK
from ..dialects import kernel
from ..dialects.affine import Linear
from ..dialects.memory import type_of
from .body import LoopBody, Point
from .loop_builder import Body, LoopBuilder, accumulate, neutral
from .loop_nest import LoopNest


def in_blocks(nest: LoopNest) -> LoopNest:
    """The nest with its innermost loop as two, over blocks and inside a block."""

    def split(line: Linear) -> Linear:
        *outer, last = line.coefficients
        return Linear((*outer, last * BLOCK, last), line.offset)

    *around, length = nest.extents
    return LoopNest(
        (*around, -(-length // BLOCK), BLOCK),
        tuple(map(split, nest.accesses)),
        tuple(map(split, nest.indices)),
        nest.base,
        nest.outer,
        nest.in_registers,
        nest.part,
    )


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
        self.length = nest.extents[-1] if nest.extents else 1
        self.blocked = self.is_blocked()
        if self.blocked:
            self.nest = in_blocks(nest)
            self.body = LoopBody(op, self.nest)

    def is_blocked(self) -> bool:
        """Whether the innermost loop is long and adds up single precision only: blocks of it are
        added up one by one, and their totals in double precision.
        """
        last = len(self.nest.extents) - 1
        if not config.reassociate_reductions:
            return False
        if not (self.nest.in_registers and self.nest.outer <= last and self.length >= 4 * BLOCK):
            return False
        return last not in self.cuts and all(
            self.combine[i] == "sum" and self.dtype(i) is float32 for i in self.totals
        )

    def dtype(self, i: int) -> DType:
        return type_of(self.body.region.results[i]).dtype

    def outer(self, here: LoopBuilder, level: int) -> Sequence[Handle]:
        """The loops over elements of the results."""
        if level < self.nest.outer:
            self.loop(here, level, (), lambda at, _: self.outer(at, level + 1))
        elif self.nest.in_registers:
            wide = float64 if self.blocked else None
            totals = self.reduce(here, level, [self.start(here, i, wide) for i in self.totals])
            for i, total in zip(self.totals, totals, strict=True):
                if self.blocked:
                    total = here.scalar("astype", total, dtype=self.dtype(i))
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
            carried = here.loop(stop - start, carried, body, start, self.nest.left(level))
        return list(carried)

    def start(self, here: LoopBuilder, i: int, dtype: DType | None = None) -> Handle:
        type = type_of(self.body.region.results[i])
        type = type if dtype is None else type.with_dtype(dtype)
        return neutral(here.builder, self.combine[i], type)

    def position(self, i: int) -> Linear:
        return self.nest.accesses[self.inputs + i]

    def reduce(self, here: LoopBuilder, level: int, totals: list[Handle]) -> list[Handle]:
        """The reduced loops, carrying the totals."""
        if self.blocked and level == len(self.nest.extents) - 2:
            return self.reduce_blocks(here, level, totals)
        if level < len(self.nest.extents):
            return self.loop(
                here, level, totals, lambda at, carried: self.reduce(at, level + 1, carried)
            )
        values = self.point(here)
        return [
            accumulate(here, self.combine[i], t, values[i])
            for i, t in zip(self.totals, totals, strict=True)
        ]

    def reduce_blocks(self, here: LoopBuilder, level: int, totals: list[Handle]) -> list[Handle]:
        """The innermost loop as blocks, and a shorter one for the rest."""

        def blocks(size: int) -> Body:
            def block(at: LoopBuilder, carried: list[Handle]) -> Sequence[Handle]:
                starts = [self.start(at, i) for i in self.totals]
                inside = lambda at, within: self.reduce(at, level + 2, within)
                sums = at.loop(size, starts, inside)
                wide = [at.scalar("astype", s, dtype=float64) for s in sums]
                return [accumulate(at, "sum", *both) for both in zip(carried, wide, strict=True)]

            return block

        count, rest = divmod(self.length, BLOCK)
        totals = here.loop(count, totals, blocks(BLOCK))
        return here.loop(1, totals, blocks(rest), count) if rest else totals

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
        last = len(self.nest.extents) - 1
        here.loop(self.nest.extents[last], (), step, left=self.nest.left(last))

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
        around, makers = HERE.location, self.body.makers
        for i, kind in enumerate(self.combine):
            maker = makers.get(self.body.region.results[i])
            HERE.location = (None if maker is None else maker.location) or around
            if kind == "store":
                here.store(values[i], self.inputs + i, self.position(i))
            elif kind in kernel.CARRIED:
                self.take_up(here, i, kernel.CARRIED[kind], values[i])
        HERE.location = around
        return values

    def take_up(self, here: LoopBuilder, i: int, kind: str, value: Handle) -> None:
        """Add a value to a total in memory."""
        total = here.load(self.inputs + i, self.position(i))
        here.store(accumulate(here, kind, total, value), self.inputs + i, self.position(i))
