"""Building a `kernel.nest` of kernels over the same rows: see `fuse_rows`."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable, Sequence
from math import prod

from polyad.ir import Builder, Function, Handle, Location, Op, Shape, Value, together

from .. import costs
from ..dialects import kernel
from ..dialects.affine import Map
from ..dialects.indexing import is_of_point
from ..dialects.memory import type_of
from ..kernels.products import reordered
from ..rewrite import emit
from .fuse import fuse

# A block of small rows, at most. In bytes.
BLOCK = 1 << 14
# Rows that fit into a block, at least, if they are to run in blocks; rows of a block then, at
# least; and rows that are one block in any case, whose number the code may know: loops over so few
# are written out. Of an intricate nest the code knows its numbers anyway.
LEAST, MANY, FEW = 4, 16, 8
# Points of a row per element of a total, from which on a row is reduced by itself.
TOTAL = 8


def emit_nest(
    builder: Builder,
    handles: dict[Value, Handle],
    first: Sequence[Op],
    behind: Sequence[Op],
    outer: int,
    given: Sequence[Value],
) -> None:
    """A `kernel.nest` of the kernels `first`, which share `outer` dimensions, and of the kernels
    `behind`, which read their totals.
    """
    ops = [*first, *behind]
    made = {v for op in ops for v in op.results}
    inputs = list(dict.fromkeys(v for op in ops for v in op.operands if v not in made))
    rows, kept = rows_of(first, behind, outer, inputs, given)
    block = block_of(rows.ops, outer) if outer else 1
    whole = Builder([v.type for v in inputs], name="rows")
    values = dict(zip(inputs, whole.argument_handles(), strict=True))
    values.update(zip(kept, whole.inline(rows, [values[v] for v in inputs]), strict=True))
    for op in behind:
        copy_op(whole, values, op)
    body = whole.build([values[v] for v in given])
    attributes = (("block", block), ("outer", outer))
    operands = tuple(handles[v] for v in inputs)
    location = together(op.location for op in ops)
    results = emit(builder, kernel.nest, operands, attributes, (body,), location)
    handles.update(zip(given, results, strict=True))


def rows_of(
    first: Sequence[Op],
    behind: Sequence[Op],
    outer: int,
    inputs: Sequence[Value],
    given: Sequence[Value],
) -> tuple[Function, list[Value]]:
    """The kernels `first` in a function of `inputs`, fused, and the values that it returns: those
    of `given` that it makes, and totals that the kernels `behind` read.
    """
    builder = Builder([v.type for v in inputs], name="rows")
    inside = dict(zip(inputs, builder.argument_handles(), strict=True))
    for op in first:
        if outer:
            emit_by_row(builder, inside, op, outer)
        else:
            copy_op(builder, inside, op)
    kept = [v for v in given if v in inside]
    made = [v for v in inside if v not in inputs and v not in kept and reads(behind, v)]
    return fuse(builder.build([inside[v] for v in (*kept, *made)])), [*kept, *made]


def reads(ops: Iterable[Op], value: Value) -> bool:
    return any(value in op.operands for op in ops)


def copy_op(builder: Builder, handles: dict[Value, Handle], op: Op, **changed: Hashable) -> None:
    """`op` on the values of `handles`, with some attributes changed."""
    operands = tuple(handles[v] for v in op.operands)
    attributes = op.attributes_with(**changed)
    made = emit(builder, op.definition, operands, attributes, op.regions, op.location)
    handles.update(zip(op.results, made, strict=True))


def emit_by_row(builder: Builder, handles: dict[Value, Handle], op: Op, outer: int) -> None:
    """`op`, with reductions over all rows carried from row to row. Where a row has many points per
    element of a total, the row is reduced first, and its total is carried.
    """
    attrs, count = op.attrs, len(op.operands)
    domain, maps, kinds = attrs["domain"], list(attrs["maps"]), list(attrs["combine"])
    points, rank = prod(domain[outer:]), len(domain)
    by_row: dict[Shape, list[tuple[Value, str]]] = {}
    for i, v in enumerate(op.results, count):
        if maps[i].is_by_row(outer):
            continue
        if type_of(v).size * TOTAL > points:
            kinds[i - count] = f"carried {kinds[i - count]}"
        else:
            by_row.setdefault(type_of(v).shape, []).append((v, kinds[i - count]))
            maps[i] = Map(rank, [*Map.select(rank, range(outer)).results, *maps[i].results])
    iterators = ("parallel",) * outer + attrs["iterators"][outer:]
    if not any(kind in kernel.REDUCTIONS for kind in kinds):
        iterators = ("parallel",) * rank
    copy_op(builder, handles, op, maps=tuple(maps), iterators=iterators, combine=tuple(kinds))
    for pairs in by_row.values():
        values = [v for v, _ in pairs]
        arrays, wanted = [handles[v] for v in values], [k for _, k in pairs]
        totals = carry_rows(builder, arrays, wanted, outer, op.location)
        handles.update(zip(values, totals, strict=True))


def carry_rows(
    builder: Builder,
    arrays: Sequence[Handle],
    kinds: Sequence[str],
    outer: int,
    location: Location | None,
) -> tuple[Handle, ...]:
    """The reductions of `arrays`, all of one shape, over their first `outer` dimensions, carried
    from row to row.
    """
    shape = arrays[0].type.shape
    rank = len(shape)
    same = Builder([array.type.with_shape(()) for array in arrays], name="body")
    attributes = (
        ("combine", tuple(f"carried {kind}" for kind in kinds)),
        ("domain", shape),
        ("iterators", ("parallel",) * rank),
        (
            "maps",
            (
                *(Map.identity(rank) for _ in arrays),
                *(Map.select(rank, range(outer, rank)) for _ in arrays),
            ),
        ),
    )
    body = same.build(same.argument_handles())
    return emit(builder, kernel.generic, tuple(arrays), attributes, (body,), location)


def turned(op: Op) -> Op:
    """A reduction over the first axes of its largest operand, with these as first dimensions, so
    that it runs row by row and may join others.
    """
    if op.definition is not kernel.generic or not set(kernel.REDUCTIONS).issuperset(
        op.attrs["combine"]
    ):
        return op
    attrs, rank = op.attrs, len(op.attrs["domain"])
    pairs = [(v, at) for v, at in zip(op.operands, attrs["maps"], strict=False) if at.results]
    if not pairs:
        return op
    _, largest = max(pairs, key=lambda pair: type_of(pair[0]).size)
    used = [i for r in largest.results for i, c in enumerate(r.coefficients) if c]
    reduced = lambda i: attrs["iterators"][i] == "reduction"
    first = list(dict.fromkeys(itertools.takewhile(reduced, used)))
    order = [*first, *(i for i in range(rank) if i not in first)]
    if order == list(range(rank)):
        return op
    attributes = op.attributes_with(
        maps=tuple(reordered(at, order) for at in attrs["maps"]),
        domain=tuple(attrs["domain"][i] for i in order),
        iterators=tuple(attrs["iterators"][i] for i in order),
    )
    return op.with_(attributes=attributes, regions=(of_point_in_order(op.regions[0], order),))


def of_point_in_order(body: Function, order: Sequence[int]) -> Function:
    """A body for a domain whose dimensions are now in another order."""

    def op_of(op: Op) -> Op:
        if not is_of_point(op):
            return op
        return op.with_(attributes=op.attributes_with(at=reordered(op.attrs["at"], order)))

    return body.with_(ops=map(op_of, body.ops))


def row_sizes(ops: Sequence[Op], outer: int) -> dict[Value, int]:
    """The bytes of one row of each array that has rows."""
    sizes = {}
    for op in ops:
        for v, at in zip((*op.operands, *op.results), op.attrs["maps"], strict=True):
            if at.is_by_row(outer):
                type = type_of(v)
                sizes[v] = prod(type.shape[outer:]) * type.dtype.itemsize
    return sizes


def block_of(ops: Sequence[Op], outer: int) -> int:
    """The number of rows to run at a time: a power of two, or all if they are few; 1 if they are
    long.
    """
    rows: int = ops[0].attrs["domain"][outer - 1]
    most = BLOCK // max(1, sum(row_sizes(ops, outer).values()))
    if most < LEAST:
        return 1
    least = FEW if len(ops) >= costs.INTRICATE else MANY
    return rows if rows <= FEW else max(least, 1 << (most.bit_length() - 1))
