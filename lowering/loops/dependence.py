"""Dependence between the iterations of a loop.

Each access to a buffer is at a position that is an affine function of loop indices. Iterations are
independent if the positions that one of them writes, and those that it reads of a written buffer,
belong to it alone: i * c + rest, where the rest spans fewer than |c| elements.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from polyad.ir import Function, Op, Value

from ..dialects import loop, memory
from ..dialects.affine import Map
from ..dialects.memory import MemRef


@dataclass
class Access:
    """A load or store, at `offset` plus the sum of coefficient * index over `terms`; `terms` is
    None if the position is not affine. Indices are numbered by `Accesses`.
    """

    op: Op
    terms: dict[int, int] | None
    offset: int
    writes: bool


class Accesses:
    """The memory accesses of a loop, by the operand that is the buffer.

    Index 0 is that of the loop; `extents` holds the extents of inner loops; other indices are equal
    in all iterations. Buffers that an iteration makes itself (`local`) are left out. `foreign` is
    true if the loop has another kind of effect.
    """

    def __init__(self, op: Op) -> None:
        self.of: dict[int, list[Access]] = defaultdict(list)
        self.extent: int = op.attrs["extent"]
        self.foreign = False
        self.makers: dict[Value, Op] = {}
        self.uses: Counter[Value] = Counter()
        self.extents: dict[int, int] = {}
        self.count = 1  # of indices
        self.buffers: dict[Value, int] = {}
        self.local: set[Value] = set()
        self.indices: dict[Value, int] = {op.regions[0].arguments[0]: 0}
        for i, argument in enumerate(captured(op)):
            if isinstance(argument.type, MemRef):
                self.buffers[argument] = i
            elif argument.type is memory.INDEX:
                self.indices[argument] = self.new_index()
        self.enter(op.regions[0])

    def new_index(self) -> int:
        self.count += 1
        return self.count - 1

    def enter(self, region: Function) -> None:
        for op in region.ops:
            self.makers.update((v, op) for v in op.results)
            self.uses.update(op.operands)
            if op.definition is loop.for_:
                self.enter_loop(op)
            elif op.definition is memory.load:
                self.note(op, op.operands[0], op.operands[1:], op.attrs["at"], False)
            elif op.definition is memory.store:
                self.note(op, op.operands[1], op.operands[2:], op.attrs["at"], True)
            elif op.definition is loop.gemm:
                self.enter_gemm(op)
            elif op.definition is memory.local:
                self.local.update(op.results)
            elif op.has_effects or op.regions:
                self.foreign = True
        self.uses.update(region.results)

    def enter_loop(self, op: Op) -> None:
        region = op.regions[0]
        for argument in region.arguments:  # which another loop with this region may have left
            self.indices.pop(argument, None)
            self.local.discard(argument)
        index = self.indices[region.arguments[0]] = self.new_index()
        self.extents[index] = op.attrs["extent"]
        for argument, operand in zip(captured(op), op.operands, strict=False):
            if operand in self.buffers:
                self.buffers[argument] = self.buffers[operand]
            elif operand in self.local:
                self.local.add(argument)
            elif operand in self.indices:
                self.indices[argument] = self.indices[operand]
        self.enter(region)

    def enter_gemm(self, op: Op) -> None:
        """Accesses of a product: two matrices read and one written, in loops over rows, columns and
        products.
        """
        new = [self.new_index() for _ in op.attrs["sizes"]]
        self.extents.update(zip(new, op.attrs["sizes"], strict=True))
        rows, columns, inner = new
        pairs = ((rows, inner), (inner, columns), (rows, columns))
        for i, (pair, strides) in enumerate(zip(pairs, op.attrs["strides"], strict=True)):
            extra = dict(zip(pair, strides, strict=True))
            self.note(op, op.operands[i], op.operands[3:], op.attrs["at"][i], i == 2, extra)

    def note(
        self,
        op: Op,
        buffer: Value,
        indices: tuple[Value, ...],
        at: Map,
        writes: bool,
        extra: Mapping[int, int] | None = None,
    ) -> None:
        """Record an access at `at` of the indices, plus the `extra` terms."""
        if buffer in self.local:
            return
        position = at.results[0]
        terms: dict[int, int] | None = None
        if all(i in self.indices for i in indices):
            terms = Counter(extra or {})
            for index, c in zip(indices, position.coefficients, strict=True):
                terms[self.indices[index]] += c
        self.of[self.buffers[buffer]].append(Access(op, terms, position.offset, writes))

    def written(self) -> list[int]:
        """The operands that the loop stores to."""
        return [i for i, all in self.of.items() if any(a.writes for a in all)]

    def apart(self, operand: int) -> bool:
        """Whether different iterations access different elements of this operand: of each of the
        regions that its accesses lie in.
        """
        return all(self.in_ranges(a) or self.one_by_one(a) for a in self.regions(operand))

    def regions(self, operand: int) -> list[list[Access]]:
        """The accesses by regions of the operand that do not overlap, in all iterations together;
        all of them in one where that is not known.
        """
        accesses = self.of[operand]
        around = [self.fixed_terms(a, of_loop=False) for a in accesses]
        if None in around or any(terms != around[0] for terms in around):
            return [accesses]
        found: list[list[Access]] = []
        reached = -1
        for access in sorted(accesses, key=lambda a: self.span(a, of_loop=True)):
            first, last = self.span(access, of_loop=True)
            if not found or first > reached:
                found.append([])
            found[-1].append(access)
            reached = max(reached, last)
        return found

    def one_by_one(self, accesses: Sequence[Access]) -> bool:
        """Whether all accesses are at one position, a different one for each combination of
        indices: like the digits of a number, the smaller terms never add up to one step of the
        next.
        """
        first, *others = accesses
        if first.terms is None or any(
            (a.terms, a.offset) != (first.terms, first.offset) for a in others
        ):
            return False
        extents = {0: self.extent, **self.extents}
        digits = [(abs(c), extents[i]) for i, c in first.terms.items() if c and i in extents]
        below = 0
        for weight, extent in sorted(digits):
            if weight <= below:
                return False
            below += weight * (extent - 1)
        return bool(first.terms.get(0))

    def in_ranges(self, accesses: Sequence[Access]) -> bool:
        """Whether the positions of different iterations are in disjoint ranges."""
        fixed = [self.fixed_terms(a) for a in accesses]
        if None in fixed or any(terms != fixed[0] for terms in fixed):
            return False
        spans = [self.span(a) for a in accesses]
        width = max(high for _, high in spans) - min(low for low, _ in spans)
        return width < abs((fixed[0] or {}).get(0, 0))

    def fixed_terms(self, access: Access, of_loop: bool = True) -> dict[int, int] | None:
        """The terms of the loop's index and of indices from outside."""
        if access.terms is None:
            return None
        terms = {i: c for i, c in access.terms.items() if c and i not in self.extents}
        return terms if of_loop else {i: c for i, c in terms.items() if i}

    def span(self, access: Access, of_loop: bool = False) -> tuple[int, int]:
        """The least and the greatest position of an access over the inner loops of one iteration,
        or of the whole loop.
        """
        extents = {0: self.extent, **self.extents} if of_loop else self.extents
        ends = [c * (extents[i] - 1) for i, c in (access.terms or {}).items() if i in extents]
        return (
            access.offset + sum(min(0, e) for e in ends),
            access.offset + sum(max(0, e) for e in ends),
        )


def captured(op: Op) -> tuple[Value, ...]:
    """The arguments of a loop's region that are equal in all iterations."""
    return op.regions[0].arguments[1 : 1 + len(op.operands) - op.attrs["carried"]]


def private_totals(op: Op) -> tuple[tuple[int, str], ...] | None:
    """The operands that the iterations of a loop add to in memory, each with its reduction. None if
    iterations depend on each other in another way.
    """
    accesses = Accesses(op)
    if accesses.foreign:
        return None
    totals = []
    for operand in accesses.written():
        if not accesses.apart(operand):
            kind = memory_reduction(accesses, operand)
            if kind is None:
                return None
            totals.append((operand, kind))
    return tuple(totals)


def memory_reduction(accesses: Accesses, operand: int) -> str | None:
    """The one reduction by which a loop changes a buffer: each store is of the value loaded from
    the same position, which has no other reader, with another value accumulated.
    """
    if any(a.op.definition is loop.gemm for a in accesses.of[operand]):
        return None
    stores = [a.op for a in accesses.of[operand] if a.writes]
    loads = {a.op.result: a.op for a in accesses.of[operand] if not a.writes}
    kinds = set()
    for store in stores:
        step = accesses.makers.get(store.operands[0])
        if step is None or step.definition is not loop.accumulate:
            return None
        load = loads.pop(step.operands[0], None)
        if load is None or accesses.uses[load.result] != 1 or accesses.uses[step.result] != 1:
            return None
        if (load.operands, load.attributes) != (store.operands[1:], store.attributes):
            return None
        kinds.add(step.attrs["kind"])
    return kinds.pop() if len(kinds) == 1 and not loads else None
