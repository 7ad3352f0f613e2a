"""vmap: one function over a batch, instead of a loop over one function.

`batch(f, batched, axis)` maps arguments that carry a batch as axis 0 (where `batched` says so) to
results of which some carry it, and says which. Ops that name the axis are resolved.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..errors import NotDifferentiableError, PolyadTypeError
from ..ir import Builder, Function, Op, where
from ..ops.types import BatchAxis, Operand
from ._pass import argument_hints, build_pass, definition, finished, memoised, replay


class Batched(NamedTuple):
    """The transformed function, and which results carry the batch as axis 0."""

    function: Function
    batched: tuple[bool, ...]


def batch(function: Function, batched: Sequence[bool], axis: BatchAxis) -> Batched:
    """`function` over a batch along `axis` in the arguments flagged `batched`."""
    batched = tuple(batched)
    return memoised(function, ("batch", batched, axis), lambda: _batch(function, batched, axis))


def _batch(function: Function, batched: tuple[bool, ...], axis: BatchAxis) -> Batched:
    types = [
        t.with_batch(axis.size) if b else t
        for t, b in zip(function.argument_types, batched, strict=True)
    ]
    with build_pass(types, f"batching of {function.name}") as builder:
        env = dict(
            zip(
                function.arguments,
                zip(builder.argument_handles(), batched, strict=True),
                strict=True,
            )
        )
        for op in function.ops:
            builder.location = op.location
            pairs = [env[v] for v in op.operands]
            results, flags = op_batch(
                builder, op, [h for h, _ in pairs], [b for _, b in pairs], axis
            )
            env.update(zip(op.results, zip(results, flags, strict=True), strict=True))
        builder.location = None
        outs = [env[v] for v in function.results]
        name = f"{function.name}_batched"
        made = finished(builder, [h for h, _ in outs], name, argument_hints(function))
        return Batched(made, tuple(b for _, b in outs))


def check_together(op: Op, axis: BatchAxis) -> None:
    """Raise for ops over the axis in a branch or loop of which the elements of the batch have ways
    of their own: what an element gives to the others, and their cotangents to it, would depend on
    the way that it takes.
    """
    if axis.name in op.named_axes:
        inner = next(
            o
            for region in op.regions
            for o in region.walk()
            if not o.regions and axis.name in o.named_axes
        )
        kind = (
            "a branch that not all elements take"
            if op.name == "cond"
            else ("a loop that not all elements run as often")
        )
        raise PolyadTypeError(
            f"{inner.name} over axis {axis.name!r} stands in {kind}{where(inner.location)}\n"
            "  Move it out of there, or decide by what is the same for all elements: "
            "psum or pmax of the condition."
        )


def op_batch(
    builder: Builder, op: Op, operands: list[Operand], batched: list[bool], axis: BatchAxis
) -> tuple[Sequence[Operand], Sequence[bool]]:
    """The results of one op over the batch, and which carry it."""
    rules = definition(op)
    named = axis.name is not None and axis.name in op.named_axes
    if named and rules.over_axis is not None:
        found = rules.over_axis(*operands, *batched, **op.attrs)
        return [found.result], [found.batched]
    if not any(batched) and not named:
        return replay(builder, op, operands), [False] * len(op.results)
    if rules.region_rules is not None:
        return rules.region_rules.batch(builder, op, operands, batched, axis)  # type: ignore[no-any-return]
    if rules.batch is None:
        raise NotDifferentiableError(f"{op.name} has no batching rule{where(op.location)}")
    result = rules.batch(tuple(operands), tuple(batched), **op.attrs)
    results = result if isinstance(result, tuple) else (result,)
    return results, [True] * len(results)
