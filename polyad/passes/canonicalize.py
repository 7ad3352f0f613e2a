"""Canonicalization: ops without effect on their operand go, and each op gets its simplest form.

Never needed for correctness, and never in the way of a later derivative: `stop_gradient` and the
calls of custom rules stay.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from ..ir import DType, Function, Op
from ..ir.symbolic import Real, as_float, is_finite
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..ops.linalg import dot_general, free_axes
from ..ops.literals import literal
from ..ops.types import Axes, Operand
from .forwarding import forwarded
from .rewrite import ArrayRewriter, rewrite


def canonicalize(function: Function) -> Function:
    """`function` with each op in its simplest form."""
    return rewrite(function, canonical)


def canonical(
    rewriter: ArrayRewriter, op: Op, operands: tuple[Operand, ...]
) -> Sequence[Operand] | None:
    """The results of `op` in its simplest form, or None if it has it."""
    if op.regions:
        return forwarded(rewriter, op, operands)
    pattern = PATTERNS.get(op.name)
    found = None if pattern is None else pattern(rewriter, op, *operands)
    if found is None:
        found = before_broadcast(rewriter, op, operands)
    return None if found is None else [found]


def before_broadcast(r: ArrayRewriter, op: Op, operands: tuple[Operand, ...]) -> Operand | None:
    """An element-wise op on broadcasts of one shape is the broadcast of the op: values
    that are constant along an axis are computed once.
    """
    if not operands or not getattr(op.definition, "elementwise", False) or len(op.results) != 1:
        return None
    if not any(r.is_made_by("broadcast_to", x) for x in operands):
        return None
    shape, values = op.result.type.shape, [r.literal(x) for x in operands]
    sources = {
        i: r.producer(x)[1][0]
        for i, (x, value) in enumerate(zip(operands, values, strict=True))
        if value is None and r.producer(x)[0] == "broadcast_to" and x.type.shape == shape
    }
    shapes = {source.type.shape for source in sources.values()}
    if len(shapes) != 1 or any(v is None and i not in sources for i, v in enumerate(values)):
        return None
    (narrow,) = shapes
    if math.prod(narrow) >= math.prod(shape):
        return None
    arguments: list[Operand] = [
        sources[i] if value is None else literal(r.builder, value, x.type.dtype, narrow)
        for i, (x, value) in enumerate(zip(operands, values, strict=True))
    ]
    (result,) = r.builder.emit(op.definition, tuple(arguments), op.attributes)
    return m.broadcast_to(result, shape=shape)


# -- Arithmetic with literals ----------------------------------------------------------------------


def is_zero(value: object, sign: float) -> bool:
    """Whether a literal is 0; of floating zeros, only the one of that sign."""
    if isinstance(value, float | Real):
        return value == 0 and math.copysign(1.0, value) == sign
    return value is not None and not isinstance(value, complex) and value == 0


def add(r: ArrayRewriter, op: Op, x: Operand, y: Operand) -> Operand | None:
    """x + 0 = x (of floats: x + -0.0 = x, since -0.0 + 0.0 = 0.0); x + (-y) = x - y."""
    if is_zero(r.literal(y), -1.0):
        return x
    if is_zero(r.literal(x), -1.0):
        return y
    name, operands = r.producer(y)
    if name == "negative":
        return e.subtract(x, operands[0])
    return None


def subtract(r: ArrayRewriter, op: Op, x: Operand, y: Operand) -> Operand | None:
    """x - 0 = x."""
    return x if is_zero(r.literal(y), 1.0) else None


def multiply(r: ArrayRewriter, op: Op, x: Operand, y: Operand) -> Operand | None:
    """x · 1 = x; x · (-1) = -x."""
    for a, b in ((x, y), (y, x)):
        value = r.literal(b)
        if value == 1:
            return a
        if value == -1:
            return e.negative(a)
    return None


def guard(r: ArrayRewriter, op: Op, gate: Operand, x: Operand) -> Operand | None:
    """A literal gate is open or closed; one gate after itself is one, and so is a factor after a
    finite multiple of itself.
    """
    value = r.literal(gate)
    if value is not None:
        return x if value else literal(r.builder, 0, x.type.dtype, x.type.shape)
    name, operands = r.producer(x)
    if name == "multiply":
        numbers = [r.literal(y) for y in operands]
        scaled = [n is not None and is_finite(n) for n in numbers]
        if any(s and y.number == gate.number for s, y in zip(scaled[::-1], operands, strict=True)):
            return x
    same = name == op.name and operands[0].number == gate.number
    return x if same or x.number == gate.number else None


def divide(r: ArrayRewriter, op: Op, x: Operand, y: Operand) -> Operand | None:
    """x / 1 = x."""
    return x if r.literal(y) == 1 else None


def negative(r: ArrayRewriter, op: Op, x: Operand) -> Operand | None:
    """-(-x) = x."""
    name, operands = r.producer(x)
    return operands[0] if name == "negative" else None


def integer_pow(r: ArrayRewriter, op: Op, x: Operand) -> Operand | None:
    """x⁰ = 1, x¹ = x, x² = square(x)."""
    exponent = op.attrs["exponent"]
    if exponent == 0:
        return literal(r.builder, 1, x.type.dtype, x.type.shape)
    return x if exponent == 1 else e.square(x) if exponent == 2 else None


def where(r: ArrayRewriter, op: Op, condition: Operand, x: Operand, y: Operand) -> Operand | None:
    """A literal condition decides."""
    value = r.literal(condition)
    return None if value is None else x if value else y


# -- Moves -----------------------------------------------------------------------------------------


def astype(r: ArrayRewriter, op: Op, x: Operand) -> Operand | None:
    """No conversion to the same dtype; a converted literal is a literal."""
    dtype = op.attrs["dtype"]
    if dtype is x.type.dtype:
        return x
    value = r.literal(x)
    if value is None:
        return None
    kept = value.real if isinstance(value, complex) and not dtype.is_complex else value
    if not isinstance(kept, complex) and not _fits(kept, dtype):
        return None
    return literal(r.builder, dtype.scalar(kept), dtype, x.type.shape)


def _fits(value: int | float, dtype: DType) -> bool:
    """Whether converting the literal is exact enough to be done here (floats round when they are
    made).
    """
    if not dtype.is_inexact and not is_finite(value):
        return False
    if dtype.is_integer:
        bits = dtype.bits - (dtype.family == "int")
        return bool((0 if dtype.family == "uint" else -(2**bits)) <= value < 2**bits)
    return True


def moved_literal(rule: Callable[..., Operand | None]) -> Callable[..., Operand | None]:
    """A moved literal is a literal of the new shape; else `rule`."""

    def pattern(r: ArrayRewriter, op: Op, x: Operand) -> Operand | None:
        value = r.literal(x)
        if value is not None:
            return literal(r.builder, value, x.type.dtype, op.result.type.shape)
        return rule(r, op, x)

    return pattern


def reshape(r: ArrayRewriter, op: Op, x: Operand) -> Operand | None:
    """No reshape to the same shape; two in a row are one."""
    if op.result.type.shape == x.type.shape:
        return x
    name, operands = r.producer(x)
    if name == "reshape":
        shape = op.attrs["shape"]
        return (
            operands[0] if operands[0].type.shape == shape else m.reshape(operands[0], shape=shape)
        )
    return None


def broadcast_to(r: ArrayRewriter, op: Op, x: Operand) -> Operand | None:
    """No broadcast to the same shape; two in a row are one."""
    if op.result.type.shape == x.type.shape:
        return x
    name, operands = r.producer(x)
    return m.broadcast_to(operands[0], shape=op.attrs["shape"]) if name == "broadcast_to" else None


def permute_dims(r: ArrayRewriter, op: Op, x: Operand) -> Operand | None:
    """No identity permutation; two in a row are one."""
    axes = op.attrs["axes"]
    if axes == tuple(range(len(axes))):
        return x
    made = r.maker(x)
    if made is not None and made[0].name == "permute_dims":
        first, operands = made
        both = tuple(first.attrs["axes"][i] for i in axes)
        return (
            operands[0]
            if both == tuple(range(len(both)))
            else m.permute_dims(operands[0], axes=both)
        )
    return None


def slice(r: ArrayRewriter, op: Op, x: Operand) -> Operand | None:
    """No slice that takes all; of a product with no other reader, only the taken part is made."""
    if any(s != 1 for s in op.attrs["step"]):
        return None
    if op.result.type.shape == x.type.shape:
        return x
    made = r.maker(x)
    if made is not None and made[0].name == "dot_general" and r.readers(op.operands[0]) == 1:
        product, operands = made
        windows = list(zip(op.attrs["start"], op.attrs["stop"], strict=True))
        return _product_of_slices(windows, *operands, **product.attrs)
    return None


Window = tuple[int, int]
"""Start and stop along an axis."""
Pairs = tuple[Axes, Axes]
"""Axes of the first and of the second operand."""


def _product_of_slices(
    windows: Sequence[Window], x: Operand, y: Operand, *, contracting: Pairs, batch: Pairs
) -> Operand:
    """The product of x and y within `windows`, a (start, stop) for each of its axes: those of the
    batch, those of x alone, those of y alone.
    """
    shared, own = windows[: len(batch[0])], windows[len(batch[0]) :]
    of_x = free_axes(x.ndim, contracting[0], batch[0])
    of_y = free_axes(y.ndim, contracting[1], batch[1])
    rows, columns = own[: len(of_x)], own[len(of_x) :]
    x = _within(x, zip((*batch[0], *of_x), (*shared, *rows), strict=True))
    y = _within(y, zip((*batch[1], *of_y), (*shared, *columns), strict=True))
    return dot_general(x, y, contracting=contracting, batch=batch)


def _within(x: Operand, windows: Iterable[tuple[int, Window]]) -> Operand:
    """`x` between start and stop along each axis given."""
    start, stop = [0] * x.ndim, list(x.shape)
    for axis, window in windows:
        start[axis], stop[axis] = window
    if stop == list(x.shape) and not any(start):
        return x
    return m.slice(x, start=tuple(start), stop=tuple(stop), step=(1,) * x.ndim)


def pad(r: ArrayRewriter, op: Op, x: Operand) -> Operand | None:
    """No padding by nothing."""
    return x if op.result.type.shape == x.type.shape else None


def sum(r: ArrayRewriter, op: Op, x: Operand) -> Operand | None:
    """No sum over no axes; the sum of a literal is a literal; axes of size 1 are dropped by a
    reshape.
    """
    axes = op.attrs["axes"]
    if not axes:
        return x
    count = 1
    for i in axes:
        count *= x.type.shape[i]
    value = r.literal(x)
    if value is not None and x.type.dtype.is_inexact and (count == 0 or is_finite(value)):
        total = value * as_float(count) if count else 0.0
        return literal(r.builder, total, x.type.dtype, op.result.type.shape)
    return m.reshape(x, shape=op.result.type.shape) if count == 1 and x.type.size else None


def concat(r: ArrayRewriter, op: Op, *arrays: Operand) -> Operand | None:
    """No concatenation of one array."""
    return arrays[0] if len(arrays) == 1 else None


def flip(r: ArrayRewriter, op: Op, x: Operand) -> Operand | None:
    """No reversal of no axes, or of axes of one element."""
    return x if all(x.type.shape[i] <= 1 for i in op.attrs["axes"]) else None


PATTERNS: dict[str, Callable[..., Operand | None]] = {
    "add": add,
    "subtract": subtract,
    "multiply": multiply,
    "guard": guard,
    "shield": guard,
    "divide": divide,
    "negative": negative,
    "integer_pow": integer_pow,
    "where": where,
    "astype": astype,
    "reshape": moved_literal(reshape),
    "broadcast_to": moved_literal(broadcast_to),
    "permute_dims": moved_literal(permute_dims),
    "slice": moved_literal(slice),
    "flip": moved_literal(flip),
    "pad": pad,
    "sum": sum,
    "concat": concat,
}
