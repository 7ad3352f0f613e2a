"""kernel on memory -> loop: explicit loops, loads and stores.

Consumes kernel ops on memrefs. Eliminates all of them, save `kernel.routine`, `kernel.host` and
`kernel.constant`. Introduces `loop.kernel`, one for each, with a nest of `loop.for` for its
iteration domain, positions of `memory.load` and `memory.store` for index maps, and `loop.gemm` for
contractions. `memory.workspace`, `memory.view` and `memory.copy` stay. Equal ops on operands of
equal types get one and the same region: a repeated layer is lowered once.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

from polyad.ir import Builder, Function, Handle, Op
from polyad.ir.builder import Row

from ..dialects import control, kernel, loop
from ..dialects.kernel import code_key
from ..rewrite import Rewriter, rewrite
from .axis import AXIS_RULES
from .contract import contract_to_loop
from .kernel_loops import KernelLoops
from .loop_builder import LoopBuilder, fill
from .loop_nest import nests_of
from .shared_loops import SharedLoops


def kernel_to_loop(function: Function, apart: bool = False) -> Function:
    """`function` as loops. Where kernels are to be `apart`, equal ones of different places have
    regions of their own: so each op of them has its own lines.
    """
    numbers = itertools.count()
    made: dict[Hashable, list[Lowered]] = {}

    def convert(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
        if op.definition in control.OPS:
            return r.with_regions(op, operands, lambda region: rewrite(region, convert))
        rule = RULES.get(op.definition)
        if rule is None:
            if op.definition in (kernel.routine, kernel.constant):
                next(numbers)  # which `explain` counts with the others
            return r.copy(op, operands)
        name = f"{op.name.removeprefix('kernel.').replace('generic', 'kernel')}_{next(numbers)}"
        key = code_key(op, [h.number for h in operands])
        key = (key, op.location) if apart else key
        if key not in made:
            first = len(r.builder.rows)
            results = rule(r, op, operands, name)
            made[key] = [Lowered.of(row, operands, name) for row in r.builder.rows[first:]]
            return results
        for lowered in made[key]:
            lowered.emit(r, operands, name)
        return ()

    return rewrite(function, convert)


class Lowered(NamedTuple):
    """A `loop.kernel` that can be appended again: its region, how many of its operands overlap
    nothing, the end of its name, and the places of its operands among those of the op before.
    """

    region: Function
    distinct: int
    suffix: str
    places: tuple[int, ...]

    @classmethod
    def of(cls, row: Row, operands: Sequence[Handle], name: str) -> Lowered:
        """The kernel of a builder's row, made for an op on `operands`."""
        _, numbers, given, (region,), *_ = row
        attributes: dict[str, Any] = dict(given)
        places = {h.number: i for i, h in enumerate(operands)}
        suffix = attributes["name"].removeprefix(name)
        return cls(region, attributes["distinct"], suffix, tuple([places[n] for n in numbers]))

    def emit(self, r: Rewriter, operands: Sequence[Handle], name: str) -> None:
        """Append the kernel on other operands."""
        given = [operands[i] for i in self.places]
        name += self.suffix
        r.emit(loop.kernel, given, (self.region,), name=name, distinct=self.distinct)


def generic_to_loop(r: Rewriter, op: Op, operands: Sequence[Handle], name: str) -> Sequence[Handle]:
    """One `loop.kernel` around the nest of a `kernel.generic`."""

    def build(here: LoopBuilder) -> None:
        first = len(op.operands) - len(op.attrs["combine"])
        for number, kind in enumerate(op.attrs["combine"], first):
            if kind in kernel.CARRIED or (kind != "store" and 0 in op.attrs["domain"]):
                fill(here, number, kernel.CARRIED.get(kind, kind))
        if 0 not in op.attrs["domain"]:
            for nest in nests_of(op):
                KernelLoops(op, nest).outer(here, 0)

    return kernel_of(r, operands, len(op.attrs["combine"]), name, build)


def nest_to_loop(r: Rewriter, op: Op, operands: Sequence[Handle], name: str) -> Sequence[Handle]:
    """One `loop.kernel` around the shared loops of a `kernel.nest`."""
    return kernel_of(r, operands, len(op.regions[0].results), name, SharedLoops(op).build)


def kernel_of(
    r: Rewriter,
    operands: Sequence[Handle],
    results: int,
    name: str,
    build: Callable[[LoopBuilder], object],
) -> Sequence[Handle]:
    """A `loop.kernel` that writes to the last `results` of its operands."""
    written = {h.number: h for h in operands[len(operands) - results :]}
    outside = [*{h.number: h for h in operands if h.number not in written}.values()]
    outside += written.values()  # a donated argument may be read too
    builder = Builder([h.type for h in outside], name=name)
    inside = dict(zip([h.number for h in outside], builder.argument_handles(), strict=True))
    build(LoopBuilder(builder, [inside[h.number] for h in operands], []))
    return r.emit(loop.kernel, outside, (builder.build(()),), name=name, distinct=len(written))


RULES = {
    kernel.generic: generic_to_loop,
    kernel.nest: nest_to_loop,
    kernel.contract: contract_to_loop,
    **AXIS_RULES,
}
