"""The loops of a `kernel.nest`: the shared loops over rows, with the loops of each kernel inside.

The shared loops run over blocks of rows, of which the last may be smaller. Carried totals are
filled with neutral elements ahead of the shared loops; kernels that read totals come after them.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from polyad.ir import ArrayType, Function, Handle, Op, Shape, Value

from ..dialects import kernel, memory
from ..dialects.affine import Linear, Map, dimension
from ..dialects.memory import type_of
from ..rewrite import emit
from .kernel_loops import KernelLoops
from .loop_builder import LoopBuilder, fill
from .loop_nest import LoopNest, indices_of, loads_of, merged, nest_over, reduced_of


class SharedLoops:
    """Builds the loops of one nest. `buffers` numbers the buffers at hand: arguments and results of
    the region, then `totals` and the results of kernels that read totals. Other values get a buffer
    of one block.
    """

    def __init__(self, op: Op) -> None:
        self.body: Function = op.regions[0]
        self.outer: int = op.attrs["outer"]
        self.block: int = op.attrs["block"]
        self.rows: Shape = self.body.ops[0].attrs["domain"][: self.outer]
        self.behind = kernel.behind_rows(self.body, self.outer)
        self.by_row = self.body.ops[: len(self.body.ops) - len(self.behind)]
        given = (*self.body.arguments, *self.body.results)
        self.buffers: dict[Value, int] = {v: i for i, v in enumerate(given)}
        totals = [v for op in self.by_row for v in kernel.carried_of(op)]
        totals += [v for op in self.behind for v in op.results]
        self.totals = [v for v in totals if v not in self.buffers]
        self.buffers |= {v: i for i, v in enumerate(self.totals, len(given))}
        self.locals = [v for op in self.by_row for v in op.results if v not in self.buffers]
        self.groups = self.shared_loops()

    def shared_loops(self) -> list[list[int]]:
        """The shared dimensions, grouped into loops, without the one that runs in blocks."""
        dims = [d for d in range(self.outer) if self.rows[d] > 1]
        if self.block > 1:
            dims.pop()
        linear = [
            Linear(a.coefficients[: self.outer])
            for op in self.by_row
            for a in (*self.positions(op, 1), *indices_of(op))
        ]
        return merged(self.rows, linear, (), dims)

    def positions(self, op: Op, block: int) -> list[Linear]:
        """The positions of the operands, results and loads of `op`, as expressions over its
        domain.
        """
        found = []
        for v, at in zip((*op.operands, *op.results), op.attrs["maps"], strict=True):
            if v not in self.buffers:
                at = Map(at.rank, (dimension(self.outer - 1, at.rank), *at.results[self.outer :]))
            found.append(at.flatten(self.shape(v, block)))
        return found + loads_of(op)

    def shape(self, value: Value, block: int) -> Shape:
        """The shape of the buffer of `value`."""
        shape: Shape = type_of(value).shape
        return shape if value in self.buffers else (block, *shape[self.outer :])

    def build(self, here: LoopBuilder) -> None:
        """Emit everything: totals, the shared loops, the kernels after them."""
        types = [type_of(v) for v in self.totals]
        rooms = [emit(here.builder, memory.local, (), (("type", t),))[0] for t in types]
        here = LoopBuilder(here.builder, [*here.buffers, *rooms], [])
        for op in self.by_row:
            kinds = dict(zip(op.results, op.attrs["combine"], strict=True))
            for v in kernel.carried_of(op):
                fill(here, self.buffers[v], kernel.CARRIED[kinds[v]])
        if self.by_row:
            self.loops(here)
        for op in self.behind:
            buffers = [here.buffers[self.buffers[v]] for v in (*op.operands, *op.results)]
            KernelLoops(op, self.nest_of_whole(op)).outer(LoopBuilder(here.builder, buffers, []), 0)

    def nest_of_whole(self, op: Op) -> LoopNest:
        """The nest of a kernel that runs once, on whole arrays."""
        positions = self.positions(op, 1)
        return nest_over(op.attrs["domain"], positions, indices_of(op), reduced_of(op))

    def loops(self, here: LoopBuilder, level: int = 0) -> Sequence[Handle]:
        """The shared loops from `level` on, and in them the kernels."""
        if level < len(self.groups):
            extent = prod(self.rows[d] for d in self.groups[level])
            here.loop(extent, (), lambda at, _: self.loops(at, level + 1))
        elif self.in_parts:
            number = -(-self.rows[-1] // self.block)
            here.loop(number, (), lambda at, _: self.kernels(at))
        else:
            self.kernels(here)
        return ()

    @property
    def in_parts(self) -> bool:
        """Whether there is a loop over blocks, maybe of one."""
        return self.block > 1 and self.block != self.rows[-1]

    def kernels(self, here: LoopBuilder) -> Sequence[Handle]:
        """Buffers of one block for local values, and the loops of each kernel."""
        handles = {v: here.buffers[i] for v, i in self.buffers.items()}
        for v in self.locals:
            type = ArrayType(type_of(v).dtype, self.shape(v, self.block))
            (handles[v],) = emit(here.builder, memory.local, (), (("type", type),))
        for op in self.by_row:
            buffers = [handles[v] for v in (*op.operands, *op.results)]
            self.kernel(op, LoopBuilder(here.builder, buffers, here.indices, here.spans))
        return ()

    def kernel(self, op: Op, here: LoopBuilder) -> None:
        domain: Shape = op.attrs["domain"][self.outer :]
        reduced = {d - self.outer for d in reduced_of(op)}
        if self.block > 1:
            domain, reduced = (self.block, *domain), {d + 1 for d in reduced}
        positions = self.positions(op, self.block)
        accesses = [
            self.over(a, v not in self.buffers)
            for v, a in zip((*op.operands, *op.results), positions, strict=False)
        ]
        accesses += [self.over(a, False) for a in positions[len(accesses) :]]
        indices = [self.over(a, False) for a in indices_of(op)]
        short = self.in_parts and self.rows[-1] % self.block  # the last block, that is
        rows = self.rows[-1] if short else None
        nest = nest_over(domain, accesses, indices, reduced, len(here.indices), rows)
        KernelLoops(op, nest).outer(here, 0)

    def over(self, position: Linear, local: bool) -> Linear:
        """An expression over the domain as one over the shared loops, the row in the block, and the
        other dimensions. The position in a local buffer is the same for all blocks.
        """
        c = position.coefficients
        shared = [0 if local else c[g[-1]] for g in self.groups]
        inside = [c[self.outer - 1]] if self.block > 1 else []
        if self.in_parts:
            shared.append(0 if local else c[self.outer - 1] * self.block)
        return Linear((*shared, *inside, *c[self.outer :]), position.offset)
