"""kernel -> kernel: products read their operands through permutations and slices.

Consumes `kernel.contract`. Eliminates moves of elements ahead of it (`is_view`) that BLAS can
express by strides and flags. Where it cannot, `prepare_contractions` will copy the operand: it is
read from the array behind all moves, so that it is copied once. Introduces nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from polyad.ir import Function, Op, Value

from ..dialects import kernel
from ..dialects.affine import Map
from ..kernels.fold_moves import is_view
from ..kernels.products import blas_strides
from ..regions import has
from ..rewrite import without_dead_ops
from ..table import CONTROL


def fold_views(function: Function) -> Function:
    """`function` with products that read through moves."""
    if not has(function, (kernel.contract.name,)):
        return function
    made = {op.result: op for op in function.ops if is_view(op)}
    ops = []
    for op in function.ops:
        if op.name in CONTROL:
            op = op.with_(regions=map(fold_views, op.regions))
        elif op.definition is kernel.contract:
            op = with_views(op, made)
        ops.append(op)
    return without_dead_ops(function.with_(ops=ops))


def with_views(op: Op, made: dict[Value, Op]) -> Op:
    """A product that reads its operands ahead of the moves `made`, where it can."""
    operands, maps = list(op.operands), list(op.attrs["maps"])
    for i in (0, 1):
        while operands[i] in made:
            source = made[operands[i]]
            map = source.attrs["maps"][0].after(maps[i])
            trial_maps = (*maps[:i], map, *maps[i + 1 :])
            trial = (*operands[:i], source.operands[0], *operands[i + 1 :])
            if is_readable(op, operands, maps, i) and not is_readable(op, trial, trial_maps, i):
                break
            operands[i], maps = source.operands[0], list(trial_maps)
    return op.with_(operands=operands, attributes=op.attributes_with(maps=tuple(maps)))


def is_readable(op: Op, operands: Sequence[Value], maps: Sequence[Map], i: int) -> bool:
    """Whether BLAS can read operand i without a copy."""
    types = [v.type for v in operands]
    return blas_strides(types, op.attrs["domain"], op.attrs["counts"], maps)[i] is not None
