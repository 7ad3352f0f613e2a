"""Element-wise ops of a scan that only its ys need, done on all ys at once, after the loop.

For executors that run a loop by Python, where an op on one array costs less than on its rows. The
loop gives what these ops read in place of what they make, so it records no more than before.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..ir import ArrayType, Function, Op, Value
from ..ir.builder import emit_at
from ..ops import control
from ..ops.creation import full
from ..ops.definition import OpDefinition
from ..ops.types import Operand
from ..ops.views import Scan
from .dce import dce
from .rewrite import ArrayRewriter, rewrite


def postpone(function: Function) -> Function:
    """`function` with such ops after its scans."""
    if all(op.definition is not control.scan for op in function.ops):
        return function
    return rewrite(function, scan_step)


def scan_step(r: ArrayRewriter, op: Op, operands: tuple[Operand, ...]) -> Sequence[Operand] | None:
    if op.definition is not control.scan or op.attrs["length"] is None:
        return None
    loop = Scan(op)
    literals = {
        v: inner for inner in loop.body.ops if inner.definition is full for v in inner.results
    }
    late = late_ops(loop, literals)
    made = {v for inner in late for v in inner.results}
    outs = loop.split_results(loop.body.results)
    kept = list(dict.fromkeys(v for v in outs.ys if v not in made))
    given = dict(zip(loop.arguments.xs, loop.split(operands).xs, strict=True))
    read = dict.fromkeys(v for inner in late for v in inner.operands)
    roots = [v for v in read if not (v in made or v in literals or v in given or v in kept)]
    if not late or len(kept) + len(roots) > len(set(outs.ys)):
        return None
    body = dce(loop.body.with_(results=[*outs.carry, *kept, *roots]))
    results = r.emit(op.definition, operands, (body,), **op.attrs)
    stacked = {**given, **dict(zip([*kept, *roots], results[loop.n_carry :], strict=True))}
    again(r, late, literals, stacked, op.attrs["length"])
    return [*results[: loop.n_carry], *(stacked[v] for v in outs.ys)]


def late_ops(loop: Scan, literals: dict[Value, Op]) -> list[Op]:
    """Those of the body on whose results nothing but ys depends."""
    outs, consts = loop.split_results(loop.body.results), set(loop.arguments.consts)
    early, found = set(outs.carry), []
    for op in reversed(loop.body.ops):
        if (
            isinstance(op.definition, OpDefinition)
            and op.definition.elementwise
            and len(op.results) == 1
            and op.result not in early
            and all(
                v in literals or (v not in consts and _shape(v) == _shape(op.result))
                for v in op.operands
            )
        ):
            found.append(op)
        elif op.definition is not full:
            early.update(op.operands)
    return found[::-1]


def _shape(value: Value) -> tuple[int, ...] | None:
    return value.type.shape if isinstance(value.type, ArrayType) else None


def again(
    r: ArrayRewriter,
    ops: Sequence[Op],
    literals: dict[Value, Op],
    stacked: dict[Value, Operand],
    length: int,
) -> None:
    """Append `ops`, on `length` rows at once, to what is `stacked`."""
    for op in ops:
        for v in op.operands:
            if v in literals and v not in stacked:
                attributes = literals[v].attrs
                shape = (length, *attributes["shape"])
                stacked[v] = r.array("full", **{**attributes, "shape": shape})
        given = [stacked[v] for v in op.operands]
        made = emit_at(r.builder, op.definition, given, op.attributes, (), op.location)
        stacked[op.result] = made[0]
