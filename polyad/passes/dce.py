"""Dead code elimination: of ops that no result depends on, unless they have effects, and of unread
results of branches and loops (see `pruning`).
"""

from __future__ import annotations

from ..ir import Function, Op
from .pruning import pruned


def dce(function: Function) -> Function:
    """`function` without its dead ops."""
    live = set(function.results)
    kept: list[Op] = []
    changed = False
    for op in reversed(function.ops):
        if op.has_effects or any(v in live for v in op.results):
            left = pruned(op, live, dce) if op.regions else op
            changed = changed or left is not op
            live.update(left.operands)
            kept.append(left)
    if len(kept) == len(function.ops) and not changed:
        return function
    return function.with_(ops=reversed(kept))
