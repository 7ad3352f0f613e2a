"""kernel on memory -> loop: explicit loops, loads and stores.

Consumes the ops of `kernel` on memrefs. Eliminates all but `kernel.routine`, `kernel.host` and
`kernel.constant`: iteration domains become nests of `loop.for` inside one `loop.kernel` each, index
maps become positions of `memory.load` and `memory.store`, contractions become `loop.gemm`. Leaves
`memory.workspace`, `memory.view` and `memory.copy`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from polyad.ir import Builder, Function, Handle, Op

from ..dialects import control, kernel, loop
from ..dialects.affine import Linear, Map
from ..dialects.memory import type_of
from .array_to_kernel import spans
from .axis_to_loop import AXIS_RULES
from .contractions import blas_plan, size
from .nest import Nest, plan_nest
from .place import Place, accumulate, neutral
from .rewrite import Rewriter, emit, rewrite


def kernel_to_loop(function: Function) -> Function:
    """`function` as loops."""
    numbers = itertools.count()

    def convert(r: Rewriter, op: Op, operands: list[Handle]) -> Sequence[Handle]:
        if op.definition in control.OPS:
            return r.with_regions(op, operands, lambda region: rewrite(region, convert))
        rule = RULES.get(op.definition)
        if rule is None:
            return r.copy(op, operands)
        name = f"{op.name.removeprefix('kernel.').replace('generic', 'kernel')}_{next(numbers)}"
        return rule(r, op, operands, name)

    return rewrite(function, convert)


def generic_to_loop(r: Rewriter, op: Op, operands: list[Handle], name: str) -> Sequence[Handle]:
    """One `loop.kernel` around the nest of a `kernel.generic`."""
    combine: tuple[str, ...] = op.attrs["combine"]
    written = {h.number: h for h in operands[len(operands) - len(combine) :]}
    outside = [*{h.number: h for h in operands if h.number not in written}.values()]
    outside += written.values()  # among them what is read too, and written over
    builder = Builder([h.type for h in outside], name=name)
    inside = dict(zip([h.number for h in outside], builder.argument_handles(), strict=True))
    place = Place(builder, [inside[h.number] for h in operands], [])
    if 0 in op.attrs["domain"]:
        fill_empty(place, op, combine)
    else:
        NestEmitter(op, combine, plan_nest(op)).outer(place, 0)
    region = builder.build(())
    return r.emit(loop.kernel, outside, (region,), name=name, distinct=len(combine))


def fill_empty(place: Place, op: Op, combine: tuple[str, ...]) -> None:
    """Reductions over nothing: each result is full of the neutral element."""
    first = len(op.operands) - len(combine)
    for i, kind in enumerate(combine):
        buffer = place.buffers[first + i]
        if kind != "store" and buffer.type.array.size:

            def step(at: Place, _: list[Handle], i: int = i, kind: str = kind) -> Sequence[Handle]:
                at.store(
                    neutral(at.builder, kind, at.buffers[first + i].type.element),
                    first + i,
                    Linear((1,)),
                )
                return ()

            place.loop(buffer.type.array.size, (), step)


class NestEmitter:
    """Builds the loops of one kernel, from the outermost in."""

    def __init__(self, op: Op, combine: tuple[str, ...], nest: Nest) -> None:
        self.body: Function = op.regions[0]
        self.combine = combine
        self.nest = nest
        self.inputs = len(op.operands) - len(combine)
        self.totals = [i for i, kind in enumerate(combine) if kind != "store"]

    def outer(self, place: Place, level: int) -> Sequence[Handle]:
        """The loops over elements of the results."""
        if level < self.nest.outer:
            place.loop(self.nest.extents[level], (), lambda at, _: self.outer(at, level + 1))
        elif self.nest.in_registers:
            totals = self.reduce(place, level, [self.start(place, i) for i in self.totals])
            for i, total in zip(self.totals, totals, strict=True):
                place.store(total, self.inputs + i, self.position(i))
        else:
            self.clear(place)
            self.accumulate(place, level)
        return ()

    def start(self, place: Place, i: int) -> Handle:
        return neutral(place.builder, self.combine[i], type_of(self.body.results[i]))

    def position(self, i: int) -> Linear:
        return self.nest.accesses[self.inputs + i]

    def reduce(self, place: Place, level: int, totals: list[Handle]) -> list[Handle]:
        """The reduced loops, carrying the totals."""
        if level < len(self.nest.extents):
            return place.loop(
                self.nest.extents[level],
                totals,
                lambda at, carried: self.reduce(at, level + 1, carried),
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
                position = Linear((*c[: self.nest.outer], c[-1]), self.position(i).offset)
                at.store(self.start(at, i), self.inputs + i, position)
            return ()

        assert skipped > 0
        place.loop(self.nest.extents[-1], (), step)

    def accumulate(self, place: Place, level: int) -> Sequence[Handle]:
        """The reduced loops and the last one, adding to totals in memory."""
        if level < len(self.nest.extents):
            place.loop(self.nest.extents[level], (), lambda at, _: self.accumulate(at, level + 1))
            return ()
        values = self.point(place)
        for i in self.totals:
            total = place.load(self.inputs + i, self.position(i))
            place.store(
                accumulate(place, self.combine[i], total, values[i]),
                self.inputs + i,
                self.position(i),
            )
        return ()

    def point(self, place: Place) -> list[Handle]:
        """The body at one point of the domain; results that are stored are stored here."""
        arguments = [place.load(i, self.nest.accesses[i]) for i in range(self.inputs)]
        handles = dict(zip(self.body.arguments, arguments, strict=True))
        for op in self.body.ops:
            if op.definition is kernel.index:
                expression = op.attrs["at"].results[0]
                over = Linear(
                    tuple(expression.coefficients[d] for d in self.nest.order), expression.offset
                )
                indices, at = place.at(over)
                results = emit(place.builder, loop.affine, indices, (("at", at),))
            else:
                results = emit(
                    place.builder,
                    op.definition,
                    tuple(handles[v] for v in op.operands),
                    op.attributes,
                )
            handles.update(zip(op.results, results, strict=True))
        values = [handles[v] for v in self.body.results]
        for i, kind in enumerate(self.combine):
            if kind == "store":
                place.store(values[i], self.inputs + i, self.position(i))
        return values


def contract_to_loop(r: Rewriter, op: Op, operands: list[Handle], name: str) -> Sequence[Handle]:
    """A call of BLAS inside a loop over the batch."""
    domain, counts, maps = op.attrs["domain"], op.attrs["counts"], op.attrs["maps"]
    plan = blas_plan([h.type for h in operands], domain, counts, maps)
    assert plan[0] is not None and plan[1] is not None
    batch, rows, columns, inner = spans(counts)
    sizes = (size(domain, rows), size(domain, columns), size(domain, inner))
    builder = Builder([h.type for h in operands], name=name)
    firsts = []
    for h, map in zip(operands, maps, strict=True):
        position = map.flatten(h.type.shape)
        firsts.append(
            Map(len(batch), [Linear(position.coefficients[: len(batch)], position.offset)])
        )
    attributes = (("at", tuple(firsts)), ("sizes", sizes), ("strides", tuple(plan)))

    def step(place: Place, _: list[Handle]) -> Sequence[Handle]:
        if len(place.indices) < len(batch):
            place.loop(domain[len(place.indices)], (), step)
        else:
            emit(place.builder, loop.gemm, (*place.buffers, *place.indices), attributes)
        return ()

    step(Place(builder, builder.argument_handles(), []), [])
    return r.emit(loop.kernel, operands, (builder.build(()),), name=name, distinct=1)


RULES = {kernel.generic: generic_to_loop, kernel.contract: contract_to_loop, **AXIS_RULES}
