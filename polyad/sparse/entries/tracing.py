"""The sweep in a traced function: the coefficients of pieces, as results behind those of a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ...api.calls import traces
from ...ir import ArrayType, DType, Function, Op, Value
from ...ops import dispatch
from ...ops import elementwise as e
from ...ops import manipulation as m
from ...passes.pipeline import simplify
from .._traced import TracedCall
from ..coloring import coloring
from ..compressed import Compressed
from ..detection.propagate import Step
from ..pattern import Pattern
from .sweep import NotDirect, Piece, Sweep

Steps = Mapping[Op, Step]
Collect = Callable[[Sweep], list[Piece]]


class Traced(NamedTuple):
    """Pieces, and the function that gives the call's results and the coefficients of those pieces
    that have one; `captures` are behind its arguments and what the call captured.
    """

    pieces: list[Piece]
    function: Function
    captures: Sequence[Any]


def trace_pieces(
    call: TracedCall,
    steps: Steps,
    dtype: DType,
    limit: int,
    collect: Collect,
) -> Traced:
    """The pieces that `collect` asks of a sweep that makes `limit` entries at most."""
    pieces: list[Piece] = []

    def run(tracers: Sequence[Any]) -> Any:
        values = [*call.function.arguments, *(r for op in call.function.ops for r in op.results)]
        every = call.function.with_(results=values)
        handles = dict(zip(values, traces.execute(every, tracers, [], "jacobian"), strict=True))
        colored = lambda value: by_products(call, steps, value, tracers)
        pieces.extend(collect(Sweep(call.function, call.blocks, steps, handles, colored, limit)))
        given = [p.coefficient for p in pieces if p.coefficient is not None]
        given = [e.astype(m.reshape(x, shape=(x.type.size,)), dtype=dtype) for x in given]
        return [*(handles[r] for r in call.function.results), *given]

    types = list(call.function.argument_types)
    traced = traces.trace(call.arguments.fun, run, types, transform="jacobian")
    return Traced(pieces, simplify(traced.function), traced.captures)


def by_products(call: TracedCall, steps: Steps, value: Value, leaves: Sequence[Any]) -> Piece:
    """The entries of a value by products with its derivative."""
    pattern = pattern_of(steps, value)
    program = Compressed(call.of_results([value]), coloring(pattern), 1, None)
    tables = [dispatch.lift(leaves[0].builder, table) for table in program.tables]
    values, _ = program.values(tables, leaves)
    return Piece(pattern.rows, pattern.cols, values)


def pattern_of(steps: Steps, value: Value) -> Pattern:
    """The pattern of the derivative of a value that depends on inputs."""
    op = next(op for op in steps if value in op.results)
    if not isinstance(value.type, ArrayType):
        raise NotDirect(op.name)
    sets = steps[op].results[op.results.index(value)]
    rows = sets.rows()
    return Pattern((sets.size, sets.width), rows.indptr, rows.indices)
