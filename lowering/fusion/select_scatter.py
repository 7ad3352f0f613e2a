"""kernel -> kernel: a scatter of one update per row into zeros is a choice at each element.

Consumes `kernel.scatter`. Eliminates a scatter into zeros of which update i can only go to row i,
at a column that a kernel computes. Introduces a kernel whose element (i, j) is the update if j is
that column, else zero. So the gradient of a cross-entropy by integer labels needs no zeros in
memory: kernels that read it compare j with the label.
"""

from __future__ import annotations

from collections.abc import Sequence

from polyad.ir import Builder, Function, Handle, Op, Value

from ..dialects import kernel
from ..dialects.affine import Map, dimension
from ..dialects.memory import INDEX, type_of
from ..kernels.generic import generic
from ..regions import has
from ..rewrite import Rewriter, emit, rewrite, without_dead_ops
from ..table import CONTROL, array_op
from .graph import Output, node_of
from .rebuild import emit_kernel
from .reshapes import Sums, indices_of_source, unflatten


def select_scatter(function: Function) -> Function:
    """`function` with choices in place of scatters; itself if it has no such scatter."""
    if not has(function, (kernel.scatter.name,)):
        return function
    makers = {v: op for op in function.ops for v in op.results}
    found = {op: row for op in function.ops if (row := row_length(op, makers)) is not None}
    regions = {op: tuple(map(select_scatter, op.regions)) for op in function.ops if is_control(op)}
    if not found and all(op.regions == inside for op, inside in regions.items()):
        return function

    def rule(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
        if op in regions:
            return r.emit(op.definition, operands, regions[op], **op.attrs)
        if op not in found:
            return r.copy(op, operands)
        column = column_of(r, makers[op.operands[1]], op.operands[1], found[op])
        return chosen(r, op, column, operands[2], found[op])

    return without_dead_ops(rewrite(function, rule))


def is_control(op: Op) -> bool:
    return op.name in CONTROL


def row_length(op: Op, makers: dict[Value, Op]) -> int | None:
    """The number of elements of a row, for a scatter of one update per row into zeros; else
    None.
    """
    if op.definition is not kernel.scatter or op.attrs["axis"] != 0:
        return None
    x, indices, _ = op.operands
    many, size = type_of(indices).shape[0], type_of(x).shape[0]
    if op.attrs["mode"] not in ("add", "set") or many < 2 or size % many:
        return None
    if type_of(x).size == 0 or not is_zeros(x, makers) or indices not in makers:
        return None
    maker, length = makers[indices], size // many
    if maker.definition is not kernel.generic or type_of(indices).dtype is not INDEX.dtype:
        return None
    node = node_of(0, maker)
    scalar = node.stored(indices)
    if scalar is None or node.domain != (many,):
        return None
    sums = Sums(node)
    line = sums.linear(sums.get(scalar))
    point = unflatten(line, sums.ranges, (many, length))
    return length if point and point[0] == dimension(0, len(sums.ranges)) else None


def is_zeros(x: Value, makers: dict[Value, Op]) -> bool:
    """Whether a kernel fills `x` with zeros."""
    maker = makers.get(x)
    if maker is None or maker.definition is not kernel.generic:
        return False
    body = maker.regions[0]
    value = body.results[maker.results.index(x)]
    return any(
        op.result is value and op.name == "full" and not op.attrs["value"] for op in body.ops
    )


def column_of(r: Rewriter, maker: Op, indices: Value, length: int) -> Handle:
    """The columns of `indices` in rows of this length."""
    node = node_of(0, maker)
    scalar = node.stored(indices)
    assert scalar is not None
    many = node.domain[0]
    found = indices_of_source(Sums(node), (scalar,), (many, length), (many * length,))
    assert found is not None
    node.ops = [*node.ops, *found[0]]
    output = Output(indices, Map.identity(1), "store", found[1][1])
    return emit_kernel(r.builder, r.handles, node, [output])[0]


def chosen(r: Rewriter, op: Op, column: Handle, updates: Handle, length: int) -> Sequence[Handle]:
    """The kernel whose element is the update of its row in `column`, else zero, in the shape of the
    scatter.
    """
    many, *rest = updates.type.shape
    domain = (many, length, *rest)
    rank, element = len(domain), updates.type.with_shape(())
    builder = Builder([INDEX, element], name="body")
    wanted, update = builder.argument_handles()
    at, zero = Map.select(rank, [1]), element.dtype.python_type(0)
    (index,) = emit(builder, kernel.index, (), (("at", at),))
    (here,) = emit(builder, array_op("equal"), (index, wanted))
    attributes = (("dtype", element.dtype), ("shape", ()), ("value", zero))
    (none,) = emit(builder, array_op("full"), (), attributes)
    body = builder.build(emit(builder, array_op("where"), (here, update, none)))
    maps = [
        Map.select(rank, [0]),
        Map.select(rank, [0, *range(2, rank)]),
        Map.identity(rank),
    ]
    (made,) = generic(r, [column, updates], domain, maps, body)
    return r.emit(kernel.reshape, [made], shape=type_of(op.result).shape)
