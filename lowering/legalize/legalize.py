"""array -> array: to the ops that have a native form.

Consumes the array dialect. Eliminates calls (inlined, or their transposes), equations (inlined, by
their solvers), ops that do nothing, ops without a native form that have a decomposition (in their
definition, or in `compositions`), arithmetic of 16 bits, and sorts along any axis but the last.
Introduces simpler ops of the array dialect.
"""

from __future__ import annotations

from collections.abc import Sequence

from polyad.ir import ArrayType, Function, Handle, Op
from polyad.ops.region import meaning
from polyad.passes.cse import merging
from polyad.passes.decompose import composed, decomposed
from polyad.passes.widen import in_wide_form

from ..dialects import kernel
from ..dialects.memory import type_of
from ..native_ops import is_native
from ..rewrite import Rewriter, rewrite, without_dead_ops
from ..table import CONTROL, array_op
from .compositions import COMPOSITIONS

# Ops that mean something to other passes only; their result is their operand.
TRANSPARENT = frozenset({"stop_gradient", "checkpoint_name"})


def legalize(function: Function) -> Function:
    """`function` with each op that has no native form, but one in simpler ops, expanded."""
    legal = rewrite(function, legalize_op)
    return without_dead_ops(legal if legal is function else rewrite(legal, merging()))


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
    rule = RULES.get(op.name)
    wide = in_wide_form(op)
    if wide is not None:
        return r.inline(wide, operands, legalize_op)
    if rule is not None:
        return rule(r, op, operands)
    simpler = in_simpler_ops(op, tuple([h.type for h in operands]))
    return r.copy(op, operands) if simpler is None else r.inline(simpler, operands, legalize_op)


def is_legalized(name: str) -> bool:
    """Whether an op of this name is expanded, for some operands at least."""
    if name in RULES or name in COMPOSITIONS or name in TRANSPARENT:
        return True
    return getattr(array_op(name), "decomposition", None) is not None


def in_simpler_ops(op: Op, types: tuple[ArrayType, ...]) -> Function | None:
    """The op as a function of simpler ops; None if it is native, or left to the host."""
    rule = COMPOSITIONS.get(op.name)
    if rule is not None:
        return composed(op.definition, rule, types, op.attributes, op.location)
    if is_native(op.name, types, [type_of(v) for v in op.results]):
        return None
    return decomposed(op.definition, types, op.attributes, op.location)


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


def constant(r: Rewriter, value: bool | int | float, type: ArrayType) -> Handle:
    """`value` everywhere, in the dtype and shape of `type`."""
    return r.array("full", value=type.dtype.python_type(value), shape=type.shape, dtype=type.dtype)


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
    "sort": sort,
    "argsort": sort,
}
