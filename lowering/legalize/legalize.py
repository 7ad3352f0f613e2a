"""array -> array: to the ops that have a native form.

Consumes the array dialect. Eliminates calls (inlined, or their transposes), equations (inlined, by
their solvers), ops that do nothing, `integer_pow`, `square`, `reciprocal`, `strong_multiply`,
`threefry_2x32`, the ops of `compositions`, and sorts along any axis but the last. Introduces
simpler ops of the array dialect.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from polyad.ir import ArrayType, Definition, Function, Handle, Op
from polyad.ir.types import uint32
from polyad.ops.definition import OpDefinition
from polyad.ops.region import meaning
from polyad.tracing import Trace, decomposition_of

from ..dialects import kernel
from ..dialects.memory import type_of
from ..rewrite import Rewriter, rewrite, without_dead_ops
from ..table import CONTROL
from .compositions import COMPOSITIONS

# Ops that mean something to other passes only; their result is their operand.
TRANSPARENT = frozenset({"stop_gradient", "checkpoint_name"})


def legalize(function: Function) -> Function:
    """`function` with each op that has no native form, but one in simpler ops, expanded."""
    return without_dead_ops(rewrite(function, legalize_op))


def legalize_op(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    """Emit ops that have a native form in place of `op`; its results."""
    if op.name in CONTROL:
        return r.with_regions(op, operands, legalize)
    if op.definition is kernel.generic:  # an argument in its own layout: see `calling.layouts`
        return r.copy(op, operands)
    if op.regions:
        return r.inline(*meaning(op, operands), legalize_op)
    if does_nothing(op):
        return operands
    if op.name in COMPOSITIONS:
        return composed(r, op, operands)
    rule = RULES.get(op.name)
    if rule is None and is_external(op.definition):
        return expanded(r, op, operands)
    if rule is None or (op.name == "integer_pow" and not expandable(op)):
        return r.copy(op, operands)
    return rule(r, op, operands)


def is_legalized(name: str) -> bool:
    """Whether an op of this name is expanded, for some operands at least."""
    return name in RULES or name in COMPOSITIONS or name in TRANSPARENT


def composed(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    """The traced composition of the op; the op itself where there is none for its attributes."""
    with Trace([h.type for h in operands], name=op.name) as builder:
        builder.location = op.location
        made = COMPOSITIONS[op.name](*builder.argument_handles(), **op.attrs)
        if made is None:
            return r.copy(op, operands)
        region = builder.build([made])
    return r.inline(region, operands, legalize_op)


def is_external(definition: Definition) -> bool:
    """Whether it is an op that is defined outside polyad, by an expression in other ops."""
    return (
        isinstance(definition, OpDefinition)
        and definition.external
        and definition.decomposition is not None
    )


def expanded(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    """Emit the decomposition of an op in its place; its results."""
    definition: Any = op.definition
    region = decomposition_of(definition, [h.type for h in operands], op.attrs)
    return r.inline(region, operands, legalize_op)


def does_nothing(op: Op) -> bool:
    """Whether the result is the operand."""
    if op.name in TRANSPARENT:
        return True
    same = (
        "reshape",
        "broadcast_to",
        "astype",
        "slice",
        "sum",
        "prod",
        "max",
        "min",
        "any",
        "all",
        "flip",
        "pad",
    )
    if op.name in same and op.result.type is op.operands[0].type:
        return op.name != "flip" and not (
            op.name in ("sum", "prod", "max", "min") and op.attrs["axes"]
        )
    if op.name == "permute_dims":
        return tuple(op.attrs["axes"]) == tuple(range(len(op.attrs["axes"])))
    return op.name in ("conj", "real") and not type_of(op.operands[0]).dtype.is_complex


def expandable(op: Op) -> bool:
    return type_of(op.operands[0]).dtype.is_inexact or op.attrs["exponent"] >= 0


def constant(r: Rewriter, value: bool | int | float, type: ArrayType) -> Handle:
    """`value` everywhere, in the dtype and shape of `type`."""
    return r.array("full", value=type.dtype.python_type(value), shape=type.shape, dtype=type.dtype)


def integer_pow(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    """By repeated squaring; a negative exponent is the reciprocal of the positive power."""
    (x,) = operands
    exponent = op.attrs["exponent"]
    result, power, left = None, x, abs(exponent)
    while left:
        if left & 1:
            result = power if result is None else r.array("multiply", result, power)
        left >>= 1
        if left:
            power = r.array("multiply", power, power)
    if result is None:
        return [constant(r, 1, x.type)]
    return [result] if exponent > 0 else [r.array("divide", constant(r, 1, x.type), result)]


def square(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    return [r.array("multiply", operands[0], operands[0])]


def reciprocal(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    return [r.array("divide", constant(r, 1, operands[0].type), operands[0])]


def strong_multiply(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    """0 where the first factor is 0, whatever the second."""
    t, p = operands
    zero = constant(r, 0, t.type)
    return [r.array("where", r.array("equal", t, zero), zero, r.array("multiply", t, p))]


ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
PARITY = 0x1BD11BDA


def threefry_2x32(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    """Twenty rounds of the Threefry-2x32 block cipher (Salmon et al., 2011), four between key
    injections.
    """
    k0, k1, x0, x1 = operands
    type = ArrayType(uint32, x0.type.shape)
    k2 = r.array("bitwise_xor", r.array("bitwise_xor", k0, k1), constant(r, PARITY, type))
    keys = (k0, k1, k2)
    x0, x1 = r.array("add", x0, k0), r.array("add", x1, k1)
    for group in range(5):
        for distance in ROTATIONS[group % 2]:
            x0 = r.array("add", x0, x1)
            x1 = r.array("bitwise_xor", x0, rotate_left(r, x1, distance))
        x0 = r.array("add", x0, keys[(group + 1) % 3])
        injected = r.array("add", keys[(group + 2) % 3], constant(r, group + 1, type))
        x1 = r.array("add", x1, injected)
    return [x0, x1]


def rotate_left(r: Rewriter, x: Handle, distance: int) -> Handle:
    high = r.array("bitwise_left_shift", x, constant(r, distance, x.type))
    low = r.array("bitwise_right_shift", x, constant(r, 32 - distance, x.type))
    return r.array("bitwise_or", high, low)


def sort(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    """Along the last axis, ascending; argsort too. Descending, the reverse of that; of the places
    of elements in reverse, so that equal ones keep their order.
    """
    (x,) = operands
    axis, last = op.attrs["axis"], x.type.ndim - 1
    if x.type.shape[axis] < 2:
        return [x if op.name == "sort" else constant(r, 0, type_of(op.result))]
    order = (*(i for i in range(last + 1) if i != axis), axis)
    back = tuple(order.index(i) for i in range(last + 1))
    x = x if axis == last else r.array("permute_dims", x, axes=order)
    reverse, places = op.attrs["descending"], op.name == "argsort"
    x = r.array("flip", x, axes=(last,)) if reverse and places else x
    x = r.array(op.name, x, axis=last, descending=False)
    x = r.array("flip", x, axes=(last,)) if reverse else x
    if reverse and places:
        x = r.array("subtract", constant(r, x.type.shape[last] - 1, x.type), x)
    return [x if axis == last else r.array("permute_dims", x, axes=back)]


def unrecorded(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    return [constant(r, 0, type_of(op.result))]


RULES = {
    "unrecorded": unrecorded,
    "integer_pow": integer_pow,
    "square": square,
    "reciprocal": reciprocal,
    "strong_multiply": strong_multiply,
    "threefry_2x32": threefry_2x32,
    "sort": sort,
    "argsort": sort,
}
