"""Gates that move: factors of an inner derivative by which an outer one differentiates.

In an inner derivative a factor w that is 0 guards what it meets: Σ guard(w, t)·w, so that an
infinite t does not count. The derivative by w is t there, for which w is a number like any other.
So forward mode computes tangents with `bare` values, those without the guards whose gate moves.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..ir import ArrayType, Function, Op, Value
from ..ops import control, region
from ..ops.types import Operand
from ..ops.views import Cond, Scan, While
from ._pass import definition, memoised
from .linear import Linear

GUARDS = ("guard", "shield")
Bare = dict[int, Operand]
"""Of values that moving gates guard, by their number, the values without these gates."""


def is_moving_gate(op: Op, moving: Sequence[bool]) -> bool:
    """Whether `op` is a guard whose gate is a number that moves. `moving` says so of its operands;
    booleans do not move.
    """
    return op.name in GUARDS and moving[0]


def without(op: Op, ts: Sequence[Linear | None]) -> Op:
    """`op` with regions without gates that move, if those of its operands move that have a
    tangent.
    """
    return _of_regions(op, [t is not None for t in ts]) if op.regions and any(ts) else op


def _of_regions(op: Op, moving: Sequence[bool]) -> Op:
    if op.definition is control.cond:
        active = [list(moving[1:])] * len(Cond(op).branches)
    elif op.definition is control.scan:
        consts, carry, xs = Scan(op).split(moving)
        active = [[*consts, *[any(moving)] * len(carry), *xs]]
    elif op.definition is control.while_:
        loop = While(op)
        body = [*loop.split(moving).body_consts, *[any(moving)] * loop.n_carry]
        active = [[False] * len(loop.condition.arguments), body]
    elif op.definition in (region.call, region.checkpoint):
        active = [list(moving)]
    else:
        return op
    regions = [_bare(f, tuple(a)) for f, a in zip(op.regions, active, strict=True)]
    if all(new is old for new, old in zip(regions, op.regions, strict=True)):
        return op
    return op.with_(regions=regions)


def _bare(function: Function, active: tuple[bool, ...]) -> Function:
    """The function without guards whose gate depends on the `active` arguments."""
    if not any(op.name in GUARDS for op in function.walk()):
        return function
    return memoised(function, ("bare", active), lambda: _made_bare(function, active))


def _made_bare(function: Function, active: tuple[bool, ...]) -> Function:
    moving = {v for v, a in zip(function.arguments, active, strict=True) if a}
    instead: dict[Value, Value] = {}
    ops: list[Op] = []
    for op in function.ops:
        flags = [v in moving for v in op.operands]
        operands = [instead.get(v, v) for v in op.operands]
        if any(flags) and definition(op).differentiable:
            moving.update(v for v in op.results if _moves(v))
        if is_moving_gate(op, flags):
            instead[op.result] = operands[1]
        else:
            op = _of_regions(op, flags) if op.regions else op
            ops.append(op.with_(operands=operands))
    results = [instead.get(v, v) for v in function.results]
    return function.with_(ops=ops, results=results)


def _moves(value: Value) -> bool:
    return not isinstance(value.type, ArrayType) or value.type.dtype.is_inexact
