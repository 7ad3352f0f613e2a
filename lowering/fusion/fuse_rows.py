"""kernel -> kernel: kernels over the same rows run together, a few rows at a time.

Consumes fused kernels. Eliminates arrays between kernels whose first dimensions agree, if each
reads the results of the others only at its own index in these dimensions (its row). Introduces
`kernel.nest`, in which such kernels share the loops over rows, with a buffer of a few rows in place
of each array. So softmax is one nest: for each row the maximum, then the exponentials and their
sum, then the quotients, while the row is in the cache. A reduction over all rows carries its total
from row to row. A small kernel that reads totals, such as the division of a mean, runs after the
rows.

Kernels with an array in common are joined if one of their arrays has `LARGE` bytes or more, and one
row of all their arrays stays in the cache (`ROW`), as do totals (`TOTALS`), of which each chunk of
rows has its own. Nothing is computed twice. A kernel that makes parts of a larger array, and only
reads the same as another, is left alone: it writes to their places there (`fuse_parts`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from math import prod

from polyad.ir import Builder, Function, Op, Value

from ..dialects import kernel
from ..dialects.affine import Map
from ..dialects.memory import type_of
from ..rewrite import emit, without_dead_ops
from ..table import CONTROL, is_ordered
from .cuts import questions
from .fuse_parts import readers_of_parts
from .graph import node_of
from .nests import TOTAL, emit_nest, row_sizes, turned

# An array that is worth reading fewer times, at least. In bytes.
LARGE = 4096
# One row of all arrays of a nest, at most. In bytes.
ROW = 1 << 18
# One row of its arrays on the stack, which exist for a block only, at most. In bytes.
LOCAL = 1 << 17
# Points of the longest loop over a row in a nest that carries totals, at least.
WIDE = 32
# A total that is carried from row to row, at most. In bytes.
TOTALS = 1 << 15
# Points of a kernel that runs after the rows, at most.
FEW = 4096


def fuse_rows(function: Function) -> Function:
    """`function` with kernels over the same rows in one nest."""
    partition = Partition(function)
    partition.join_all()
    return partition.rebuild()


class Group:
    """Ops that are to run together. `needs` are the groups that it depends on, `outer` the number
    of dimensions that its ops share, `behind` the kernels that read its totals.
    """

    def __init__(self, position: int, op: Op) -> None:
        self.position = position
        self.ops = [op]
        self.needs: set[Group] = set()
        self.needed_by: set[Group] = set()
        self.arrays = {*op.operands, *op.results}
        self.joins = op.definition is kernel.generic and 0 not in op.attrs["domain"]
        self.outer = 0
        self.behind: list[Op] = []

    @functools.cached_property
    def large(self) -> bool:
        """Whether it has a large array."""
        return self.joins and any(type_of(v).nbytes >= LARGE for v in self.arrays)

    def made(self) -> set[Value]:
        return {v for op in self.ops + self.behind for v in op.results}


class Partition:
    """The ops of a function in groups."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.groups: dict[Group, None] = {}
        self.by_array: dict[Value, set[Group]] = {}
        self.readers: dict[Value, set[Op]] = {}
        self.parts = readers_of_parts(function).keys()
        maker: dict[Value, Group] = {}
        effect: Group | None = None
        for op in map(turned, function.ops):
            needs = {maker[v] for v in op.operands if v in maker}
            if op.has_effects and effect is not None:
                needs.add(effect)
            group = Group(len(self.groups), op)
            effect = group if op.has_effects else effect
            self.groups[group] = None
            for v in group.arrays:
                self.by_array.setdefault(v, set()).add(group)
            link(group, needs)
            maker.update(dict.fromkeys(op.results, group))
            for v in op.operands:
                self.readers.setdefault(v, set()).add(op)

    def join_all(self) -> None:
        """Join groups where it can be done and pays, until none is left to join."""
        joined = len(self.groups) > 1 and any(group.large for group in self.groups)
        while joined:
            joined = False
            for two in list(self.groups):
                joined |= two.joins and self.join_earlier(two)
        for two in list(self.groups):
            for one in in_place(two.needs):
                if self.finishes(one, two):
                    self.absorb(two, one)
                    one.behind += two.ops + two.behind
                    break

    def join_earlier(self, two: Group) -> bool:
        """Join the earlier groups to `two` that can be joined; whether one was."""
        joined, pending = False, self.earlier(two, -1)
        while pending:
            one = pending.pop()
            if self.join(one, two):
                joined, pending = True, self.earlier(two, one.position)
        return joined

    def earlier(self, two: Group, behind: int) -> list[Group]:
        """The groups that have an array in common with `two`, between the position `behind` and
        that of `two`, the last one first.
        """
        near = {g for v in two.arrays for g in self.by_array[v]}
        found = [
            g
            for g in near
            if g.joins and (g.large or two.large) and behind < g.position < two.position
        ]
        return in_place(found)[::-1]

    def finishes(self, one: Group, two: Group) -> bool:
        """Whether `two` computes a few elements from the finished totals of `one`."""
        if not (one.joins and two.joins) or two.outer:
            return False
        most = min(FEW, max(prod(op.attrs["domain"]) for op in one.ops) // TOTAL)
        if any(prod(op.attrs["domain"]) > max(1, most) for op in two.ops):
            return False
        read = {v for op in two.ops for v in op.operands}
        return (
            bool(read & totals_of(one))
            and not read & (one.made() - totals_of(one))
            and not depends(two, one, through=True)
        )

    def absorb(self, one: Group, two: Group) -> None:
        """Make `two` read and make the arrays of `one` too, and drop `one`."""
        two.arrays |= one.arrays
        for v in one.arrays:
            self.by_array[v] -= {one}
            self.by_array[v].add(two)
        del self.groups[one]
        for needed in one.needs:
            needed.needed_by -= {one}
        for group in one.needed_by:
            group.needs -= {one}
        link(two, (one.needs | two.needs) - {one, two})
        for group in one.needed_by - {two}:
            link(group, {two})

    def join(self, one: Group, two: Group) -> bool:
        """Join `one` to `two`, if it can be done and pays; whether it was."""
        if not (one.large or two.large) or depends(one, two):
            return False
        if one not in two.needs and (self.makes_parts(one) or self.makes_parts(two)):
            return False
        ops = one.ops + two.ops
        outer = rows_in_common(ops)
        if not outer or not self.fits(ops, outer) or depends(two, one, through=True):
            return False
        two.ops, two.outer, two.large = ops, outer, True
        self.absorb(one, two)
        return True

    def makes_parts(self, group: Group) -> bool:
        """Whether it is a kernel that makes parts of larger arrays, and nothing else."""
        return len(group.ops) == 1 and self.parts >= {*group.ops[0].results}

    def fits(self, ops: Sequence[Op], outer: int) -> bool:
        """Whether one row of all arrays stays in the cache, and of local arrays on the stack."""
        rows = row_sizes(ops, outer)
        return (
            sum(rows.values()) <= ROW
            and sum(rows[v] for v in self.locals(ops) if v in rows) <= LOCAL
        )

    def given(self, ops: Sequence[Op]) -> list[Value]:
        """The results of `ops` that other ops read, or the function returns."""
        inside, results = set(ops), set(self.function.results)
        return [
            v
            for op in ops
            for v in op.results
            if v in results or self.readers.get(v, set()) - inside
        ]

    def locals(self, ops: Sequence[Op]) -> set[Value]:
        return {v for op in ops for v in op.results}.difference(self.given(ops))

    def in_order(self) -> Iterable[Group]:
        """The groups, each after the groups that it depends on."""
        done: dict[Group, None] = {}
        for root in self.groups:
            stack = [(root, False)]
            while stack:
                group, ready = stack.pop()
                if ready:
                    done[group] = None
                elif group not in done:
                    stack.append((group, True))
                    stack += [(g, False) for g in in_place(group.needs) if g not in done]
        return done

    def rebuild(self) -> Function:
        function = self.function
        builder = Builder(function.argument_types, name=function.name)
        handles = dict(zip(function.arguments, builder.argument_handles(), strict=True))
        for group in self.in_order():
            if len(group.ops) + len(group.behind) > 1:
                given = self.given(group.ops + group.behind)
                emit_nest(builder, handles, group.ops, group.behind, group.outer, given)
                continue
            (op,) = group.ops
            operands = tuple(handles[v] for v in op.operands)
            regions = tuple(map(fuse_rows, op.regions)) if op.name in CONTROL else op.regions
            results = emit(builder, op.definition, operands, op.attributes, regions, op.location)
            handles.update(zip(op.results, results, strict=True))
        returned = [handles[v] for v in function.results]
        return without_dead_ops(builder.build(returned, [v.name for v in function.arguments]))


def in_place(groups: Iterable[Group]) -> list[Group]:
    """`groups` in the order of the function."""
    return sorted(groups, key=lambda group: group.position)


def link(group: Group, needs: Iterable[Group]) -> None:
    """Note that `group` depends on `needs`."""
    for needed in needs:
        group.needs.add(needed)
        needed.needed_by.add(group)


def depends(one: Group, two: Group, *, through: bool = False) -> bool:
    """Whether `one` depends on `two`; with `through`, by way of a third group."""
    stack = [g for g in one.needs if not (through and g is two)]
    seen = set(stack)
    while stack:
        group = stack.pop()
        if group is two:
            return True
        new = group.needs - seen
        seen |= new
        stack += new
    return False


def rows_in_common(ops: Sequence[Op]) -> int:
    """The number of first dimensions that `ops` can share; 0 if they cannot run row by row."""
    domains = [op.attrs["domain"] for op in ops]
    outer = min(map(len, domains))
    while outer and not can_share(ops, domains[0][:outer]):
        outer -= 1
    return outer


def can_share(ops: Sequence[Op], rows: tuple[int, ...]) -> bool:
    """Whether `ops` agree in the dimensions `rows`, and no index of one leads to another there."""
    outer = len(rows)
    if any(op.attrs["domain"][:outer] != rows for op in ops):
        return False
    wide = max(prod(op.attrs["domain"][outer:]) for op in ops) >= WIDE
    by_row: dict[Value, bool] = {}
    for op in ops:
        maps = op.attrs["maps"]
        if decides_by_row(op, outer):
            return False
        if any(
            v in by_row and not (by_row[v] and at.is_by_row(outer))
            for v, at in zip(op.operands, maps, strict=False)
        ):
            return False
        for v, at, kind in zip(
            op.results, maps[len(op.operands) :], op.attrs["combine"], strict=True
        ):
            by_row[v] = at.is_by_row(outer)
            if not by_row[v] and not (wide and is_total(v, at, kind, outer)):
                return False
    return True


def decides_by_row(op: Op, outer: int) -> bool:
    """Whether the index of a row decides whether something dear is computed: the loops over rows
    are not cut.
    """
    if not any(o.definition is kernel.within for o in op.regions[0].ops):
        return False
    node = node_of(0, op)
    lines = [q.line for q in questions(node) if q.decides]
    by_row = any(line is None or any(line.coefficients[:outer]) for line in lines)
    return by_row and bool(node.hard)


def is_total(value: Value, at: Map, kind: str, outer: int) -> bool:
    """Whether a result is a reduction over all rows that can be carried from one to the next."""
    return (
        kind != "store"
        and not is_ordered(type_of(value).dtype, kind)
        and not any(any(r.coefficients[:outer]) for r in at.results)
        and type_of(value).nbytes <= TOTALS
    )


def totals_of(group: Group) -> set[Value]:
    """The results of a group that are complete when all else is done."""
    found = {v for op in group.behind for v in op.results}
    for op in group.ops:
        maps = op.attrs["maps"][len(op.operands) :]
        for v, at, kind in zip(op.results, maps, op.attrs["combine"], strict=True):
            if kind != "store" and not (group.outer and at.is_by_row(group.outer)):
                found.add(v)
    return found
