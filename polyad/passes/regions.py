"""A pass over the regions of branches, loops and calls."""

from __future__ import annotations

from collections.abc import Callable

from ..ir import Function, Op
from .pruning import PRUNE


def in_regions(function: Function, step: Callable[[Function], Function]) -> Function:
    """`function` with `step` applied to the regions of its branches, loops and calls."""

    def op_of(op: Op) -> Op:
        if not op.regions or op.definition not in PRUNE:
            return op
        regions = tuple([step(region) for region in op.regions])
        if all(new is old for new, old in zip(regions, op.regions, strict=True)):
            return op
        return op.with_(regions=regions)

    ops = tuple([op_of(op) for op in function.ops])
    if all(new is old for new, old in zip(ops, function.ops, strict=True)):
        return function
    return function.with_(ops=ops)
