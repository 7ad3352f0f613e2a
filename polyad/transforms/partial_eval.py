"""Splitting a function into known and unknown: the half of reverse mode that runs forward.

`partial_eval(f, known)` gives two functions. The first maps the known arguments to the results that
depend on nothing else, and to *residuals*; the second maps the unknown arguments and the residuals
to the other results. After `jvp`, with primals known and tangents unknown, the second is linear.

The second function is built inside the first: a known value it uses is captured, as an outer value
of any nested trace is, and the captures are the residuals. Literals are made again rather than
captured.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..ir import Builder, Function, Op
from ..ops.types import Operand
from ._pass import build_pass, definition, finished, memoised, replay


class Split(NamedTuple):
    """`known`: known arguments to known results, then residuals. `unknown`: unknown arguments, then
    residuals, to the other results. `out_known` says which result is which.
    """

    known: Function
    unknown: Function
    out_known: tuple[bool, ...]
    residuals: int


def partial_eval(function: Function, known: Sequence[bool], hoists: bool = False) -> Split:
    """Split `function` by which of its arguments are known. If it `hoists`, the known half is for
    all iterations of a loop, and has no effects.
    """
    known = tuple(known)
    key = ("partial_eval", known, hoists)
    return memoised(function, key, lambda: _partial_eval(function, known, hoists))


def _partial_eval(function: Function, known: tuple[bool, ...], hoists: bool) -> Split:
    types = list(zip(function.argument_types, known, strict=True))
    with (
        build_pass([t for t, k in types if k], "partial evaluation") as outer,
        build_pass([t for t, k in types if not k], "partial evaluation") as inner,
    ):
        handles = {True: iter(outer.argument_handles()), False: iter(inner.argument_handles())}
        env = {v: next(handles[k]) for v, k in zip(function.arguments, known, strict=True)}
        for op in function.ops:
            outer.location = inner.location = op.location
            operands = [env[v] for v in op.operands]
            rules = definition(op).region_rules
            stays = hoists and op.has_effects
            if all(h.builder is outer for h in operands) and not stays:
                results: Sequence[Operand] = replay(outer, op, operands)
            elif rules is not None and not stays:
                results = rules.partial_eval(outer, inner, op, operands)
            else:
                results = postponed(inner, op, operands)
            env.update(zip(op.results, results, strict=True))
        outs = [env[v] for v in function.results]
        out_known = tuple(h.builder is outer for h in outs)
        unknown = finished(
            inner, [h for h in outs if h.builder is inner], f"{function.name}_unknown"
        )
        outs_known = [h for h in outs if h.builder is outer]
        residuals = list(inner.captures)
        return Split(
            finished(outer, [*outs_known, *residuals], f"{function.name}_known"),
            unknown,
            out_known,
            len(residuals),
        )


def postponed(inner: Builder, op: Op, operands: Sequence[Operand]) -> list[Operand]:
    """The results of `op` in the inner function, which gets the known operands as residuals."""
    return list(replay(inner, op, [into(inner, h) for h in operands]))


def into(inner: Builder, handle: Operand) -> Operand:
    """A handle of either builder as one of the inner: a residual, or a literal made again."""
    if handle.builder is inner:
        return handle
    row = handle.builder.row_of(handle.number)
    if row is not None and row[6] == 1 and not row[1]:
        literal, _, attributes, regions, location, first, _ = row
        key = (id(handle.builder), first)
        if key not in inner.constants:
            at = inner.append(literal, (), attributes, regions, location, [handle.type])
            inner.constants[key] = inner.handle(inner, at, handle.type)
        made: Operand = inner.constants[key]
        return made
    captured: Operand = inner.capture(handle, handle.type, (id(handle.builder), handle.number))
    return captured
