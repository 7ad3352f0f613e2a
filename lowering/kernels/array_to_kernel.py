"""array -> kernel: each op by itself as a structured op.

Consumes the legalized array dialect; an argument that is not contiguous is read by a
`kernel.generic` already (see `calling/layouts`). Eliminates all array ops, save as scalar bodies of
`kernel.generic` (on 0-d arrays) and in the regions of `kernel.routine` and `kernel.host`.
Introduces `kernel.generic` (element-wise ops, reductions, movement by index maps and loads),
`kernel.contract` (products), `kernel.assemble`, `kernel.insert` (see `writes`), `kernel.reshape`,
`kernel.scatter`, `kernel.constant`, `kernel.add_at`, `kernel.scan`, `kernel.arg`, `kernel.search`,
`kernel.routine` (LAPACK, sorting), and `kernel.host` for ops without a native form. `cond`, `scan`,
`while` and `empty_stack` stay; the regions are converted likewise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from polyad.ir import Builder, Function, Handle, Op, Shape
from polyad.ir.types import int64
from polyad.ops.callback import CALLBACKS
from polyad.ops.views import loop_of

from ..dialects import kernel
from ..dialects.affine import Map
from ..dialects.memory import type_of
from ..items.chunks import chunks
from ..items.layout import layout, offsets
from ..native_ops import is_native
from ..rewrite import Rewriter, emit, function_of, rewrite, without_dead_ops
from ..table import CONTROL, REDUCTIONS, SCANS, array_op, native_reduction
from .generic import generic
from .movement import MOVEMENT_RULES
from .products import Counts, size, spans
from .writes import writes_of, written

# Multiplications of a product that is loops, which can fuse, at most; larger ones are routines.
SMALL_PRODUCT = 1024


def array_to_kernel(function: Function) -> Function:
    """`function` as structured ops."""
    return rewrite(function, convert)


def convert(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    """The structured op for `op`."""
    if op.name in CONTROL:
        return r.with_regions(op, operands, lambda region: region_to_kernel(op, region))
    if op.name == "empty_stack" or op.definition is kernel.generic:
        return r.copy(op, operands)
    if op.definition in CALLBACKS:
        reason = f"it is the {op.attrs['callback'].description}"
        return r.emit(kernel.host, operands, (region_of(op),), reason=reason)
    types = [type_of(v) for v in op.operands]
    if op.name in RULES:
        found = RULES[op.name](r, op, operands)
        if found is not None:
            return found
    elif op.name in REDUCTIONS and native_reduction(op.name, types[0]):
        return reduction(r, op, operands)
    elif is_native(op.name, types, [type_of(v) for v in op.results]):
        return elementwise(r, op, operands)
    return routine(r, op, operands) or r.emit(
        kernel.host, operands, (region_of(op),), reason=host_reason(op)
    )


def region_to_kernel(op: Op, region: Function) -> Function:
    """A region of a branch or loop as structured ops."""
    loop = loop_of(op)
    if loop is None or region is not loop.body:
        return rewrite(region, convert)
    writes = writes_of(region, loop.n_consts, loop.n_carry)

    def rule(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
        return written(r, op, writes[op]) if op in writes else convert(r, op, operands)

    found = rewrite(region, rule)
    return without_dead_ops(found) if writes else found


def routine(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle] | None:
    """The `kernel.routine` for `op`, if machine code has one."""
    types = [type_of(v) for v in op.operands]
    found = layout(op.definition, types, op.attrs)
    if found is None:
        return None
    _, each = offsets(found)
    scratch = each * chunks(op.definition, types, each)
    return r.emit(kernel.routine, operands, (region_of(op),), scratch=scratch)[:-1]


def region_of(op: Op) -> Function:
    types = [v.type for v in op.operands]
    return function_of(op.definition, types, op.attributes, op.regions, op.name, op.location)


def host_reason(op: Op) -> str:
    dtypes = sorted({type_of(v).dtype.name for v in op.operands})
    return f"{op.name} has no native form for {', '.join(dtypes) or 'no operands'}"


def elementwise(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    shape = type_of(op.result).shape
    attributes = op.attributes_with(shape=()) if "shape" in op.attrs else op.attributes
    body = function_of(op.definition, [h.type.with_shape(()) for h in operands], attributes)
    return generic(r, operands, shape, [Map.identity(len(shape))] * (len(operands) + 1), body)


def iota(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    type = type_of(op.result)
    builder = Builder(name="body")
    (index,) = emit(builder, kernel.index, (), (("at", Map.identity(1)),))
    if type.dtype is not int64:
        (index,) = emit(builder, array_op("astype"), (index,), (("dtype", type.dtype),))
    return generic(r, [], type.shape, [Map.identity(1)], builder.build([index]))


def reduction(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    type = operands[0].type
    reduced = set(op.attrs["axes"])
    kept = [i for i in range(type.ndim) if i not in reduced]
    builder = Builder([type.with_shape(())], name="body")
    body = builder.build(builder.argument_handles())
    maps = [Map.identity(type.ndim), Map.select(type.ndim, kept)]
    return generic(r, operands, type.shape, maps, body, op.name, tuple(reduced))


def dot_general(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    """A contraction over the domain (batch, free of x, free of y, contracted). A small one, one of
    integers, and one of a vector, which reads each number once, is a `kernel.generic`, which can
    fuse.
    """
    domain, counts, maps = domain_of_product(op)
    _, rows, columns, inner = spans(counts)
    m, n, depth = (size(domain, group) for group in (rows, columns, inner))
    element = operands[0].type.with_shape(())
    worthwhile = min(m, n, depth) > 1 and m * n * depth > SMALL_PRODUCT and 0 not in domain
    if worthwhile and element.dtype.is_inexact:
        return r.emit(kernel.contract, operands, domain=domain, counts=counts, maps=maps)
    body = function_of(array_op("multiply"), [element, element], ())
    if depth == 1:
        return generic(r, operands, domain, maps, body)
    return generic(r, operands, domain, maps, body, "sum", inner)


def domain_of_product(op: Op) -> tuple[Shape, Counts, tuple[Map, Map, Map]]:
    """The domain of a `dot_general`, its groups of dimensions, and the maps of x, y and result."""
    x, y = (type_of(v) for v in op.operands)
    (bx, by), (cx, cy) = op.attrs["batch"], op.attrs["contracting"]
    fx = [i for i in range(x.ndim) if i not in (*bx, *cx)]
    fy = [i for i in range(y.ndim) if i not in (*by, *cy)]
    domain = (*(x.shape[i] for i in (*bx, *fx)), *(y.shape[i] for i in fy))
    domain = (*domain, *(x.shape[i] for i in cx))
    counts = (len(bx), len(fx), len(fy), len(cx))
    batch, rows, columns, inner = spans(counts)
    in_x = dict(zip((*bx, *fx, *cx), (*batch, *rows, *inner), strict=True))
    in_y = dict(zip((*by, *fy, *cy), (*batch, *columns, *inner), strict=True))
    rank = len(domain)
    of_x = Map.select(rank, [in_x[i] for i in range(x.ndim)])
    of_y = Map.select(rank, [in_y[i] for i in range(y.ndim)])
    return domain, counts, (of_x, of_y, Map.select(rank, range(rank - len(cx))))


def take(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    """Each element is loaded from the place of its index, clamped into range."""
    (x, indices), axis, shape = operands, op.attrs["axis"], type_of(op.result).shape
    rank, size = len(shape), max(x.type.shape[axis], 1)
    builder = Builder([x.type, indices.type.with_shape(())], name="body")
    whole, number = builder.argument_handles()
    (index,) = emit(builder, kernel.clamp, (as_index(builder, number, size),), (("size", size),))
    point = [
        index if i == axis else emit(builder, kernel.index, (), (("at", at),))[0]
        for i, at in enumerate(Map.select(rank, [i]) for i in range(rank))
    ]
    body = builder.build(emit(builder, kernel.load, (whole, *point)))
    maps = [Map.nowhere(rank), Map.select(rank, [axis]), Map.identity(rank)]
    return generic(r, operands, shape, maps, body)


def as_index(builder: Builder, number: Handle, size: int) -> Handle:
    """An integer as an i64; if it is in range of an axis of `size` elements, so is the i64."""
    if number.type.dtype.name == "uint64":
        attributes = (("dtype", number.type.dtype), ("shape", ()), ("value", size - 1))
        (last,) = emit(builder, array_op("full"), (), attributes)
        (number,) = emit(builder, array_op("minimum"), (number, last))
    if number.type.dtype is int64:
        return number
    return emit(builder, array_op("astype"), (number,), (("dtype", int64),))[0]


def scatter(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle] | None:
    """Native unless its combination has no scalar form for the dtype."""
    mode = op.attrs["mode"]
    if not is_native(SCATTER[mode], [type_of(op.operands[0])] * 3, [type_of(op.result)]):
        return None
    return r.emit(kernel.scatter, operands, axis=op.attrs["axis"], mode=mode)


def cumulative(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle] | None:
    combine = op.name.removeprefix("cumulative_")
    type = type_of(op.operands[0])
    if not is_native(SCANS[combine], [type, type], [type]):
        return None
    return r.emit(kernel.scan, operands, axis=op.attrs["axis"], combine=combine)


def extremum_index(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle] | None:
    if (
        type_of(op.operands[0]).dtype.is_complex
        or type_of(op.operands[0]).shape[op.attrs["axis"]] == 0
    ):
        return None
    return r.emit(kernel.arg, operands, axis=op.attrs["axis"], extremum=op.name.removeprefix("arg"))


def searchsorted(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    return r.emit(kernel.search, operands, side=op.attrs["side"])


def captured(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    return r.emit(kernel.constant, operands, array=op.attrs["array"])


def full(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    return elementwise(r, op, operands)


SCATTER = {"set": "where", "add": "add", "multiply": "multiply", "min": "minimum", "max": "maximum"}

RULES: dict[str, Callable[[Rewriter, Op, Sequence[Handle]], Sequence[Handle] | None]] = {
    **MOVEMENT_RULES,
    "iota": iota,
    "dot_general": dot_general,
    "full": full,
    "constant": captured,
    "take": take,
    "scatter": scatter,
    **{f"cumulative_{name}": cumulative for name in SCANS},
    "argmax": extremum_index,
    "argmin": extremum_index,
    "searchsorted": searchsorted,
}
