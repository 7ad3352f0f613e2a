"""Ops on float16 and bfloat16, by ops on float32: these are dtypes for storage (`DType.compute`).

An op with such operands or results is, by definition, its operands converted to the dtype that is
computed in, the op there, and the results rounded back, to nearest: sums and products accumulate
in float32, and an op rounds once. Ops that only move elements (`MOVES`) take them as they are. So
no executor and no derivative rule has arithmetic of 16 bits: backends run an op in this way,
native code expands it, and `jvp`, `transpose` and `taylor` take the expanded function.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..ir import ArrayType, Attributes, Builder, Definition, DType, Function, Handle, Op, Type
from ..ir.builder import emit_at
from ..ir.core import infer_or_explain
from ..ops.definition import OpDefinition
from ..ops.elementwise import astype
from .rewrite import H, Rewriter, rewrite

# fmt: off
MOVES = frozenset((
    "full", "reshape", "permute_dims", "broadcast_to", "concat", "flip", "slice", "pad", "take",
    "windows", "where", "astype", "bitcast", "stop_gradient", "checkpoint_name", "real", "conj",
    "nextafter", "constant", "pure_callback", "debug_callback", "empty_stack", "unrecorded",
))
# fmt: on
"""Ops that compute nothing with numbers: their elements may be of any dtype."""


class Wide(NamedTuple):
    """An op as it is computed: the types of its operands and results, and its attributes."""

    operands: tuple[ArrayType, ...]
    attributes: Attributes
    results: tuple[Type, ...]


def wide_form(
    definition: Definition,
    types: Sequence[Type],
    attributes: Attributes,
    results: Sequence[Type],
) -> Wide | None:
    """The op in the dtypes that are computed in; None for one that runs in its own."""
    stored = any(isinstance(t, ArrayType) and t.dtype.is_stored for t in (*types, *results))
    if not stored or _keeps(definition, attributes, results):
        return None
    wide = tuple([_computed(t) for t in types])
    attrs = tuple([(name, _compute_dtype(value)) for name, value in attributes])
    return Wide(wide, attrs, infer_or_explain(definition, wide, attrs, (), lambda: None))


def _keeps(definition: Definition, attributes: Attributes, results: Sequence[Type]) -> bool:
    """Whether an op is run on elements of 16 bits as they are. One with regions is: its regions
    are expanded. A conversion is but to integers.
    """
    if definition is astype:
        (to,) = results
        return isinstance(to, ArrayType) and to.dtype.is_inexact
    if definition.name in MOVES:
        return True
    if not isinstance(definition, OpDefinition) or definition.region_rules is not None:
        return True
    return definition.name == "scatter" and ("mode", "set") in attributes


def _computed(type: Type) -> ArrayType:
    assert isinstance(type, ArrayType)
    return type.with_dtype(type.dtype.compute)


def _compute_dtype(value: object) -> object:
    return value.compute if isinstance(value, DType) else value


def widened(function: Function) -> Function:
    """`function` with each op that is computed in another dtype expanded; its regions stay."""
    return rewrite(function, widen_op) if _has_stored(function) else function


def _has_stored(function: Function) -> bool:
    return any(map(_touches_stored, function.ops))


def _touches_stored(op: Op) -> bool:
    """Whether an operand or result has elements of 16 bits: asked of each op of each program."""
    for v in (*op.operands, *op.results):
        type_ = v.type
        if isinstance(type_, ArrayType) and type_.dtype.is_stored:
            return True
    return False


def widen_op(r: Rewriter[H], op: Op, operands: tuple[H, ...]) -> Sequence[H] | None:
    """The results of `op` by way of the dtype that it is computed in; None for an op that runs in
    its own.
    """
    expanded = None if op.regions else in_wide_form(op)
    return None if expanded is None else r.inline(expanded, operands)


def in_wide_form(op: Op) -> Function | None:
    """The op as a function of conversions and of itself in the dtype that it is computed in; None
    for an op that runs in its own.
    """
    if not _touches_stored(op):
        return None
    types, results = [v.type for v in op.operands], [v.type for v in op.results]
    wide = wide_form(op.definition, types, op.attributes, results)
    if wide is None:
        return None
    builder = Builder(types, name=op.name)

    def converted(handles: Sequence[Handle], wanted: Sequence[Type]) -> list[Handle]:
        return [
            h
            if h.type is t or not isinstance(t, ArrayType)
            else emit_at(builder, astype, (h,), (("dtype", t.dtype),), (), op.location)[0]
            for h, t in zip(handles, wanted, strict=True)
        ]

    given = converted(builder.argument_handles(), wide.operands)
    found = emit_at(builder, op.definition, given, wide.attributes, (), op.location)
    return builder.build(converted(found, results))
