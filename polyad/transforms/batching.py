"""vmap: one function over a batch, instead of a loop over one function.

`batch(f, batched, size)` maps arguments that carry a batch as axis 0 (where `batched` says so) to
results of which some carry it, and says which.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..errors import NotDifferentiableError
from ..ir import Builder, Function, Op, where
from ..ops.types import Operand
from ._pass import argument_hints, build_pass, definition, finished, memoised, replay


class Batched(NamedTuple):
    """The transformed function, and which results carry the batch as axis 0."""

    function: Function
    batched: tuple[bool, ...]


def batch(function: Function, batched: Sequence[bool], size: int) -> Batched:
    """`function` over a batch of `size` in the arguments flagged `batched`."""
    batched = tuple(batched)
    return memoised(function, ("batch", batched, size), lambda: _batch(function, batched, size))


def _batch(function: Function, batched: tuple[bool, ...], size: int) -> Batched:
    types = [
        t.with_batch(size) if b else t
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
                builder, op, [h for h, _ in pairs], [b for _, b in pairs], size
            )
            env.update(zip(op.results, zip(results, flags, strict=True), strict=True))
        builder.location = None
        outs = [env[v] for v in function.results]
        name = f"{function.name}_batched"
        made = finished(builder, [h for h, _ in outs], name, argument_hints(function))
        return Batched(made, tuple(b for _, b in outs))


def op_batch(
    builder: Builder, op: Op, operands: list[Operand], batched: list[bool], size: int
) -> tuple[Sequence[Operand], Sequence[bool]]:
    """The results of one op over the batch, and which carry it."""
    if not any(batched):
        return replay(builder, op, operands), [False] * len(op.results)
    rules = definition(op)
    if rules.region_rules is not None:
        return rules.region_rules.batch(builder, op, operands, batched, size)  # type: ignore[no-any-return]
    if rules.batch is None:
        raise NotDifferentiableError(f"{op.name} has no batching rule{where(op.location)}")
    result = rules.batch(tuple(operands), tuple(batched), **op.attrs)
    results = result if isinstance(result, tuple) else (result,)
    return results, [True] * len(results)
