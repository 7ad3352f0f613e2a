"""Dead code elimination: ops that no result depends on go, unless they have effects."""

from __future__ import annotations

from ..ir import Function, Op


def dce(function: Function) -> Function:
    """`function` without its dead ops."""
    live = set(function.results)
    kept: list[Op] = []
    for op in reversed(function.ops):
        if op.definition.effects or any(v in live for v in op.results):
            live.update(op.operands)
            kept.append(op)
    if len(kept) == len(function.ops):
        return function
    return Function(function.name, function.arguments, tuple(reversed(kept)), function.results)
