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
from ..ops.views import Scan, While
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
    active = _arguments(op, moving)
    if active is None:
        return op
    regions = [_bare(f, tuple(a)) for f, a in zip(op.regions, active, strict=True)]
    if all(new is old for new, old in zip(regions, op.regions, strict=True)):
        return op
    return op.with_(regions=regions)


def _arguments(op: Op, moving: Sequence[bool]) -> list[Sequence[bool]] | None:
    """Which arguments of the regions move; None for an op whose regions stay as they are."""
    if op.definition is control.cond:
        return [moving[1:]] * len(op.regions)
    if op.definition in (region.call, region.checkpoint):
        return [moving]
    if op.definition is control.scan:
        consts, carry, xs = Scan(op).split(moving)
        return [_of_body(Scan(op).body, consts, carry, xs)]
    if op.definition is control.while_:
        loop = While(op)
        _, consts, carry = loop.split(moving)
        return [
            [False] * len(loop.condition.arguments),
            _of_body(loop.body, consts, carry, ()),
        ]
    return None


def _of_body(
    body: Function, consts: Sequence[bool], carry: Sequence[bool], xs: Sequence[bool]
) -> Sequence[bool]:
    """Which arguments of the body of a loop move in some iteration."""
    while True:
        active = (*consts, *carry, *xs)
        results = _results(body, active)
        grown = [a or b for a, b in zip(carry, results, strict=False)]
        if grown == list(carry):
            return active
        carry = grown


def _results(function: Function, active: tuple[bool, ...]) -> list[bool]:
    """Which results move with the `active` arguments."""

    def find() -> list[bool]:
        moving = {v for v, a in zip(function.arguments, active, strict=True) if a}
        for op in function.ops:
            moving.update(_moved(op, [v in moving for v in op.operands]))
        return [v in moving for v in function.results]

    return memoised(function, ("moving results", active), find)


def _moved(op: Op, flags: Sequence[bool]) -> list[Value]:
    """The results of `op` that move with the operands flagged."""
    if not any(flags) or not definition(op).differentiable:
        return []
    active = _arguments(op, flags) if op.regions else None
    if active is None:
        return [v for v in op.results if _moves(v)]
    each = [_results(f, tuple(a)) for f, a in zip(op.regions, active, strict=True)]
    if op.definition is control.while_:
        del each[0]  # of the condition
    found = map(any, zip(*each, strict=True))
    return [v for v, moves in zip(op.results, found, strict=True) if moves and _moves(v)]


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
        moving.update(_moved(op, flags))
        if is_moving_gate(op, flags):
            instead[op.result] = operands[1]
        else:
            op = _of_regions(op, flags) if op.regions else op
            ops.append(op.with_(operands=operands))
    results = [instead.get(v, v) for v in function.results]
    return function.with_(ops=ops, results=results)


def _moves(value: Value) -> bool:
    return not isinstance(value.type, ArrayType) or value.type.dtype.is_inexact
