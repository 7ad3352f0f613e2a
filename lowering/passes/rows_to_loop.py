"""The loops of a `kernel.nest`: those that its kernels share, around those of each.

The shared loops run over blocks of rows. Where the number of rows is no multiple of the block, the
last block begins early, and some rows are computed twice, to the same end.
"""

from __future__ import annotations

from collections.abc import Sequence

from polyad.ir import ArrayType, Function, Handle, Op, Shape, Value

from ..dialects import loop, memory
from ..dialects.affine import Linear, Map, dimension
from ..dialects.memory import type_of
from .nest import indices_of, merged, plan_loops, reduced_of
from .nest_emitter import NestEmitter
from .place import Place
from .rewrite import emit


class Rows:
    """Builds the loops of one nest. `buffers` numbers the arguments and results of its region,
    which are the buffers of the place to build at; the other values get buffers of a block.
    """

    def __init__(self, op: Op) -> None:
        self.body: Function = op.regions[0]
        self.outer: int = op.attrs["outer"]
        self.block: int = op.attrs["block"]
        self.rows: Shape = self.body.ops[0].attrs["domain"][: self.outer]
        values = (*self.body.arguments, *self.body.results)
        self.buffers: dict[Value, int] = {v: i for i, v in enumerate(values)}
        self.locals = [v for op in self.body.ops for v in op.results if v not in self.buffers]
        self.in_blocks = 1 < self.block < self.rows[-1]
        self.groups = self.shared_loops()

    def shared_loops(self) -> list[list[int]]:
        """The outer dimensions, in groups that are one loop each. A loop over blocks is the last,
        and by itself.
        """
        dims = [d for d in range(self.outer) if self.rows[d] > 1]
        if self.block > 1:
            dims.pop()
        linear = [
            Linear(a.coefficients[: self.outer])
            for op in self.body.ops
            for a in (*self.positions(op), *indices_of(op))
        ]
        groups = merged(self.rows, linear, (), dims)
        return [*groups, [self.outer - 1]] if self.in_blocks else groups

    def positions(self, op: Op) -> list[Linear]:
        """Where `op` accesses its operands and results, over the dimensions of its domain."""
        found = []
        for v, at in zip((*op.operands, *op.results), op.attrs["maps"], strict=True):
            if v not in self.buffers:
                at = Map(at.rank, (dimension(self.outer - 1, at.rank), *at.results[self.outer :]))
            found.append(at.flatten(self.shape(v)))
        return found

    def shape(self, value: Value) -> Shape:
        """The shape of the buffer of `value`."""
        shape: Shape = type_of(value).shape
        return shape if value in self.buffers else (self.block, *shape[self.outer :])

    def loops(self, place: Place, level: int = 0) -> Sequence[Handle]:
        """The shared loops from `level` on, and in them the kernels."""
        if level == len(self.groups):
            self.kernels(place)
            return ()
        extent = 1
        for d in self.groups[level]:
            extent *= self.rows[d]
        if self.in_blocks and level == len(self.groups) - 1:
            place.loop(-(-extent // self.block), (), lambda at, _: self.one_block(at, extent))
        else:
            place.loop(extent, (), lambda at, _: self.loops(at, level + 1))
        return ()

    def one_block(self, place: Place, extent: int) -> Sequence[Handle]:
        """The kernels on a block; its first row takes the place of its number."""
        at = Map(1, [Linear((self.block,))])
        (start,) = emit(place.builder, loop.affine, (place.indices[-1],), (("at", at),))
        if extent % self.block:
            last = place.constant(extent - self.block, memory.INDEX)
            start = place.scalar("minimum", start, last)
        self.kernels(Place(place.builder, place.buffers, [*place.indices[:-1], start]))
        return ()

    def kernels(self, place: Place) -> None:
        """Room for what stays inside, and the loops of each kernel."""
        handles = {v: place.buffers[i] for v, i in self.buffers.items()}
        for v in self.locals:
            type = ArrayType(type_of(v).dtype, self.shape(v))
            (handles[v],) = emit(place.builder, memory.local, (), (("type", type),))
        for op in self.body.ops:
            buffers = [handles[v] for v in (*op.operands, *op.results)]
            self.kernel(op, Place(place.builder, buffers, place.indices))

    def kernel(self, op: Op, place: Place) -> None:
        domain: Shape = op.attrs["domain"][self.outer :]
        reduced = {d - self.outer for d in reduced_of(op)}
        if self.block > 1:
            domain, reduced = (self.block, *domain), {d + 1 for d in reduced}
        values = (*op.operands, *op.results)
        accesses = [
            self.over(a, v not in self.buffers)
            for v, a in zip(values, self.positions(op), strict=True)
        ]
        indices = [self.over(a, False) for a in indices_of(op)]
        nest = plan_loops(domain, accesses, indices, reduced, len(self.groups))
        NestEmitter(op, nest).outer(place, 0)

    def over(self, position: Linear, local: bool) -> Linear:
        """An expression over the domain as one over the shared loops, the block, and the rest.
        Where something is local, it is at the same place for all blocks.
        """
        c = position.coefficients
        shared = tuple(0 if local else c[g[-1]] for g in self.groups)
        inside = (c[self.outer - 1],) if self.block > 1 else ()
        return Linear((*shared, *inside, *c[self.outer :]), position.offset)
