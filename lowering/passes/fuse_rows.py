"""kernel -> kernel: kernels over the same rows run together, a few rows at a time.

Consumes fused kernels. Introduces `kernel.nest`: kernels whose first dimensions agree, and which
read of each other only what was made at the same index there, share the loops over these dimensions
and keep what they make for each other in a buffer of a few rows. So softmax is one nest: of each
row the maximum, then the exponentials and their sum, then the quotients, while the row is in the
cache. A reduction over everything gives a total for each row, and these are reduced by a kernel of
its own.

The cost model: kernels with an array in common are joined if one of theirs has `LARGE` bytes or
more, and a row of all that they touch stays in the cache (`ROW`). Nothing is computed twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from polyad.ir import Builder, Function, Handle, Op, Value

from ..dialects import kernel
from ..dialects.affine import Map
from ..dialects.memory import type_of
from ..table import CONTROL, is_ordered
from .fuse import fuse_kernels
from .rewrite import emit, without_dead_ops

LARGE = 4096  # bytes of an array that it pays to go through fewer times
ROW = 1 << 18  # bytes that a row of all arrays has at most
LOCAL = 1 << 17  # … and of those that exist for a block only, which are on the stack
BLOCK = 1 << 14  # bytes of a block of rows, where rows are small
LANES = 8  # elements that fill a vector
TOTAL = 8  # elements of a row for each element that its totals have


def fuse_rows(function: Function) -> Function:
    """`function` with kernels over the same rows as one."""
    partition = Partition(function)
    partition.join_all()
    return partition.rebuild()


class Group:
    """Ops that are to run as one. `needs` holds the groups that it depends on."""

    def __init__(self, op: Op, needs: set[Group]) -> None:
        self.ops = [op]
        self.needs = needs
        self.arrays = {*op.operands, *op.results}
        self.joins = op.definition is kernel.generic and 0 not in op.attrs["domain"]
        self.outer = 0  # how many dimensions its ops share


class Partition:
    """The ops of a function in groups."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.groups: list[Group] = []
        self.readers: dict[Value, set[Op]] = {}
        maker: dict[Value, Group] = {}
        effect: Group | None = None
        for op in function.ops:
            needs = {maker[v] for v in op.operands if v in maker}
            if op.has_effects and effect is not None:
                needs.add(effect)
            group = Group(op, needs)
            effect = group if op.has_effects else effect
            self.groups.append(group)
            maker.update(dict.fromkeys(op.results, group))
            for v in op.operands:
                self.readers.setdefault(v, set()).add(op)

    def join_all(self) -> None:
        """Join what may be and pays, until nothing is left to join."""
        joined = True
        while joined:
            joined = False
            for two in list(self.groups):
                for one in self.groups[: self.groups.index(two)]:
                    joined |= self.join(one, two)

    def join(self, one: Group, two: Group) -> bool:
        """Make `one` part of `two`, if that pays and may be."""
        if not (one.joins and two.joins and one.arrays & two.arrays) or depends(one, two):
            return False
        if all(type_of(v).nbytes < LARGE for v in one.arrays | two.arrays):
            return False
        ops = one.ops + two.ops
        outer = rows_in_common(ops)
        if not outer or not self.fits(ops, outer) or depends(two, one, through=True):
            return False
        two.ops, two.outer = ops, outer
        two.arrays |= one.arrays
        two.needs = (one.needs | two.needs) - {one, two}
        self.groups.remove(one)
        for group in self.groups:
            if one in group.needs:
                group.needs = (group.needs - {one}) | {two}
        return True

    def fits(self, ops: Sequence[Op], outer: int) -> bool:
        """Whether a row of everything stays in the cache, and of what is local on the stack."""
        rows = row_sizes(ops, outer)
        return (
            sum(rows.values()) <= ROW
            and sum(rows[v] for v in self.locals(ops) if v in rows) <= LOCAL
        )

    def given(self, ops: Sequence[Op]) -> list[Value]:
        """What others read of what `ops` make."""
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
        """The groups, each after those it depends on."""
        done: dict[Group, None] = {}
        for root in self.groups:
            stack = [(root, False)]
            while stack:
                group, ready = stack.pop()
                if ready:
                    done[group] = None
                elif group not in done:
                    stack.append((group, True))
                    stack += [(g, False) for g in self.groups if g in group.needs and g not in done]
        return done

    def rebuild(self) -> Function:
        function = self.function
        builder = Builder(function.argument_types, name=function.name)
        handles = dict(zip(function.arguments, builder.argument_handles(), strict=True))
        for group in self.in_order():
            if len(group.ops) > 1:
                emit_nest(builder, handles, group.ops, group.outer, self.given(group.ops))
                continue
            (op,) = group.ops
            operands = tuple(handles[v] for v in op.operands)
            regions = tuple(map(fuse_rows, op.regions)) if op.name in CONTROL else op.regions
            results = emit(builder, op.definition, operands, op.attributes, regions, op.location)
            handles.update(zip(op.results, results, strict=True))
        returned = [handles[v] for v in function.results]
        return without_dead_ops(builder.build(returned, [v.name for v in function.arguments]))


def depends(one: Group, two: Group, *, through: bool = False) -> bool:
    """Whether `one` depends on `two`; `through`: by way of a third one."""
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
    """How many of their first dimensions `ops` can share; 0 if they cannot run row by row."""
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
    points = max(prod(op.attrs["domain"][outer:]) for op in ops)
    by_row: dict[Value, bool] = {}
    for op in ops:
        maps = op.attrs["maps"]
        if any(
            v in by_row and not (by_row[v] and at.is_by_row(outer))
            for v, at in zip(op.operands, maps, strict=False)
        ):
            return False
        for v, at, kind in zip(
            op.results, maps[len(op.operands) :], op.attrs["combine"], strict=True
        ):
            by_row[v] = at.is_by_row(outer)
            if not by_row[v] and not is_total(v, at, kind, outer, points):
                return False
    return True


def is_total(value: Value, at: Map, kind: str, outer: int, points: int) -> bool:
    """Whether a result is a reduction over all rows, with few totals for each of them beside the
    points of a row.
    """
    return (
        kind != "store"
        and not is_ordered(type_of(value).dtype, kind)
        and not any(any(r.coefficients[:outer]) for r in at.results)
        and type_of(value).size * TOTAL <= points
    )


def row_sizes(ops: Sequence[Op], outer: int) -> dict[Value, int]:
    """The bytes of a row of each array that has one."""
    sizes = {}
    for op in ops:
        for v, at in zip((*op.operands, *op.results), op.attrs["maps"], strict=True):
            if at.is_by_row(outer):
                type = type_of(v)
                sizes[v] = prod(type.shape[outer:]) * type.dtype.itemsize
    return sizes


def block_of(ops: Sequence[Op], outer: int) -> int:
    """How many rows to run at a time: a divisor of their number, if one is not much smaller, and
    whole vectors, if it can be: what is left over takes as much code again.
    """
    rows = ops[0].attrs["domain"][outer - 1]
    most = max(1, min(rows, BLOCK // max(1, sum(row_sizes(ops, outer).values()))))
    found = [n for n in range(most, most // 4, -1) if rows % n == 0]
    return next((n for n in found if n % LANES == 0), found[0] if found else most)


def emit_nest(
    builder: Builder, handles: dict[Value, Handle], ops: list[Op], outer: int, given: list[Value]
) -> None:
    """A `kernel.nest`, and a kernel for each of its results that is a total over all rows."""
    made = {v for op in ops for v in op.results}
    inputs = list(dict.fromkeys(v for op in ops for v in op.operands if v not in made))
    inner = Builder([v.type for v in inputs], name="rows")
    inside = dict(zip(inputs, inner.argument_handles(), strict=True))
    totals: dict[Value, str] = {}
    for op in ops:
        totals |= emit_by_row(inner, inside, op, outer)
    body = fuse_kernels(inner.build([inside[v] for v in given]))
    attributes = (("block", block_of(body.ops, outer)), ("outer", outer))
    operands = tuple(handles[v] for v in inputs)
    location = next((op.location for op in ops if op.location is not None), None)
    results = emit(builder, kernel.nest, operands, attributes, (body,), location)
    handles.update(zip(given, results, strict=True))
    for v in given:
        if v in totals:
            handles[v] = sum_rows(builder, handles[v], totals[v], outer)


def emit_by_row(
    builder: Builder, handles: dict[Value, Handle], op: Op, outer: int
) -> dict[Value, str]:
    """`op`, with reductions over all rows as totals for each row; gives how these are reduced."""
    attrs, count = op.attrs, len(op.operands)
    rank, maps, totals = len(attrs["domain"]), list(attrs["maps"]), {}
    for i, v in enumerate(op.results, count):
        if not maps[i].is_by_row(outer):
            totals[v] = attrs["combine"][i - count]
            maps[i] = Map(rank, [*Map.select(rank, range(outer)).results, *maps[i].results])
    iterators = ("parallel",) * outer + attrs["iterators"][outer:]
    changed = {"maps": tuple(maps), "iterators": iterators}
    operands = tuple(handles[v] for v in op.operands)
    attributes = tuple((k, changed.get(k, v)) for k, v in op.attributes)
    made = emit(builder, op.definition, operands, attributes, op.regions, op.location)
    handles.update(zip(op.results, made, strict=True))
    return totals


def sum_rows(builder: Builder, array: Handle, kind: str, outer: int) -> Handle:
    """The reduction of `array` over its first `outer` dimensions."""
    shape = array.type.shape
    rank = len(shape)
    same = Builder([array.type.with_shape(())], name="body")
    attributes = (
        ("combine", (kind,)),
        ("domain", shape),
        ("iterators", ("reduction",) * outer + ("parallel",) * (rank - outer)),
        ("maps", (Map.identity(rank), Map.select(rank, range(outer, rank)))),
    )
    body = same.build(same.argument_handles())
    return emit(builder, kernel.generic, (array,), attributes, (body,))[0]
