"""Index sets through ops with regions: branches are united, loops followed one iteration after the
other, and from `config.sparse_unroll` iterations on, or where their number is not known, until
nothing is added any more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ...config import config
from ...ir import Function, Op, Value
from ...ops import sparsity
from ...ops.sparsity import From, numbers
from ...ops.views import Scan, While
from ...transforms.jvp import jvp
from .index_sets import IndexSets, Rows, union
from .known import KnownValues
from .propagate import Detection, Known, OpCase, RegionRule

PATIENCE = 64  # iterations of a fixed point before arrays are taken as a whole

Sets = list[IndexSets]


# -- Calls -----------------------------------------------------------------------------------------


def called(
    detection: Detection, op: Op, operands: Sequence[IndexSets], values: KnownValues
) -> Sets:
    """The function that is called."""
    known = _known(values, op.operands, operands)
    return detection.run(op.regions[0], operands, known).sets


def by_tangents(
    detection: Detection, op: Op, operands: Sequence[IndexSets], values: KnownValues
) -> Sets:
    """A user's forward rule: the dependence of its tangents on those that it is given."""
    arguments = tuple(Value(x.type, x.name) for x in op.operands)
    results = tuple(Value(r.type, r.name) for r in op.results)
    alone = Function(op.name, arguments, (op.with_(operands=arguments, results=results),), results)
    active = [not s.is_empty for s in operands]
    pushed = jvp(alone, active)
    none = [detection.empty(x.type) for x in op.operands]
    tangents = [s for s in operands if not s.is_empty]
    known = [*_known(values, op.operands, operands), *[None] * len(tangents)]
    found = iter(detection.run(pushed.function, [*none, *tangents], known).sets[len(results) :])
    return [
        next(found) if moves else detection.empty(r.type)
        for r, moves in zip(results, pushed.active, strict=True)
    ]


def everything(
    detection: Detection, op: Op, operands: Sequence[IndexSets], values: KnownValues
) -> Sets:
    """All of the results by all of the operands: of equations, and users' backward passes."""
    detection.widened.append(op)
    return detection.linked(
        op, operands, sparsity.everything(OpCase(detection, op, operands, values))
    )


def _known(
    values: KnownValues, operands: Sequence[Value], sets: Sequence[IndexSets]
) -> list[Known]:
    return [values.get(x) if s.is_empty else None for x, s in zip(operands, sets, strict=True)]


# -- Branches --------------------------------------------------------------------------------------


def branched(
    detection: Detection, op: Op, operands: Sequence[IndexSets], values: KnownValues
) -> Sets:
    """The union of the branches, or the one that a known index selects."""
    index = detection.watch(values.get(op.operands[0]))
    regions = op.regions
    if index is not None:
        regions = (regions[min(max(int(index), 0), len(regions) - 1)],)
    known = _known(values, op.operands[1:], operands[1:])
    found = [detection.run(region, operands[1:], known).sets for region in regions]
    return [_union(sets, detection.width) for sets in zip(*found, strict=True)]


def _union(sets: Sequence[IndexSets], width: int) -> IndexSets:
    return union(sets, sets[0].size, width)


# -- Loops -----------------------------------------------------------------------------------------


def scanned(
    detection: Detection, op: Op, operands: Sequence[IndexSets], values: KnownValues
) -> Sets:
    """The body on each slice in turn, or until nothing is added."""
    loop = Scan(op)
    length = loop.length
    if length is None or length > config.sparse_unroll:
        return _scan_fixed(detection, loop, operands, values)
    known = loop.split(_known(values, op.operands, operands))
    sets = loop.split(list(operands))
    carry, carried = list(sets.carry), list(known.carry)
    rows: list[Sets] = []
    for i in range(length) if not loop.reverse else range(length - 1, -1, -1):
        xs = [_slice(s, i, length) for s in sets.xs]
        ks = [k and (k[0][i], k[1]) for k in known.xs]
        found = detection.run(
            loop.body, [*sets.consts, *carry, *xs], [*known.consts, *carried, *ks]
        )
        carry = found.sets[: loop.n_carry]
        carried = [_counter(loop.body, found.known, k, carry[k]) for k in range(loop.n_carry)]
        rows.append(found.sets[loop.n_carry :])
    if loop.reverse:
        rows.reverse()
    stacks = [_concatenated(column, detection.width) for column in zip(*rows, strict=True)]
    if not rows:
        stacks = [detection.empty(r.type) for r in op.results[loop.n_carry :]]
    return [*carry, *stacks]


def _counter(body: Function, known: Callable[[int], Known], k: int, sets: IndexSets) -> Known:
    """The next value of what a loop carries, if it is a number or array of integers."""
    exact = not body.results[k].type.dtype.is_inexact
    return known(k) if exact and sets.is_empty else None


def _slice(sets: IndexSets, i: int, length: int) -> IndexSets:
    size = sets.size // length
    return sets.through(From(numbers(sets.size)[i * size : (i + 1) * size]), size)


def _concatenated(sets: Sequence[IndexSets], width: int) -> IndexSets:
    """The sets of arrays end to end."""
    size = sum(s.size for s in sets)
    if all(s.is_empty for s in sets):
        return IndexSets(size, width, ())
    rows = [s.rows() for s in sets]
    counts = np.concatenate([np.diff(r.indptr) for r in rows])
    indptr = np.zeros(size + 1, np.int64)
    np.cumsum(counts, out=indptr[1:])
    return IndexSets(size, width, [Rows(indptr, np.concatenate([r.indices for r in rows]))])


def _scan_fixed(
    detection: Detection, loop: Scan, operands: Sequence[IndexSets], values: KnownValues
) -> Sets:
    """Any iteration: its slices are the union of all, and so are those that it gives."""
    detection.widened.append(loop.op)
    sets = loop.split(list(operands))
    known = _known(values, loop.consts, sets.consts)
    body = loop.body
    xs = [_any_row(s, v.type.size) if loop.length is not None else s
          for s, v in zip(sets.xs, loop.arguments.xs, strict=True)]  # fmt: skip
    unknown: list[Known] = [None] * (len(body.arguments) - len(known))

    def step(carry: Sets) -> Sets:
        return detection.run(body, [*sets.consts, *carry, *xs], [*known, *unknown]).sets

    carry, found = _fixed_point(step, list(sets.carry), detection.width)
    length = loop.length
    ys = [s if length is None else _repeated(s, length) for s in found[loop.n_carry :]]
    return [*carry, *ys]


def whiled(
    detection: Detection, op: Op, operands: Sequence[IndexSets], values: KnownValues
) -> Sets:
    """One iteration after the other while the condition is known to hold, then until nothing is
    added.
    """
    loop = While(op)
    known = loop.split(_known(values, op.operands, operands))
    sets = loop.split(list(operands))
    carry, carried = list(sets.carry), list(known.carry)
    stacks: list[Sets] = []

    def step(carry: Sets, carried: Sequence[Known]) -> Sets:
        found = detection.run(
            loop.body, [*sets.body_consts, *carry], [*known.body_consts, *carried]
        )
        latest.append(found.known)
        return found.sets

    latest: list[Callable[[int], Known]] = []
    for _ in range(config.sparse_unroll):
        goes_on = KnownValues(loop.condition, [*known.cond_consts, *carried])
        holds = detection.watch(goes_on.get(loop.condition.results[0]))
        if holds is None:
            break
        if not holds:
            return [*carry, *_united(stacks, op, loop.n_carry, detection)]
        found = step(carry, carried)
        carry = found[: loop.n_carry]
        carried = [_counter(loop.body, latest[-1], k, carry[k]) for k in range(loop.n_carry)]
        stacks.append(found[loop.n_carry :])
    detection.widened.append(op)
    none: list[Known] = [None] * loop.n_carry
    carry, found = _fixed_point(lambda carry: step(carry, none), carry, detection.width)
    return [*carry, *_united([*stacks, found[loop.n_carry :]], op, loop.n_carry, detection)]


def _united(stacks: Sequence[Sets], op: Op, first: int, detection: Detection) -> Sets:
    """The sets of an element of each stack, of whichever iteration."""
    if not stacks:
        return [detection.empty(r.type) for r in op.results[first:]]
    return [_union(sets, detection.width) for sets in zip(*stacks, strict=True)]


def _fixed_point(step: Callable[[Sets], Sets], carry: Sets, width: int) -> tuple[Sets, Sets]:
    """The carried values after any number of iterations, none included, and the results of one."""
    for count in range(4 * PATIENCE):
        found = step(carry)
        merged = [_union([a, b], width) for a, b in zip(carry, found, strict=False)]
        if all(_entries(a) == _entries(b) for a, b in zip(carry, merged, strict=True)):
            return carry, found
        carry = [_whole(s) for s in merged] if count >= PATIENCE else merged
    raise AssertionError("arrays taken as a whole have no more sets than there are inputs")


def _entries(sets: IndexSets) -> int:
    return 0 if sets.is_empty else len(sets.rows().indices)


def _any_row(sets: IndexSets, size: int) -> IndexSets:
    """For each element of a row, the union over all rows of an array of rows."""
    if sets.is_empty:
        return IndexSets(size, sets.width, ())
    rows = np.tile(numbers(size), sets.size // size if size else 0)
    return sets.through(sparsity.Into(rows), size)


def _repeated(sets: IndexSets, length: int) -> IndexSets:
    return sets.through(From(np.tile(numbers(sets.size), length)), sets.size * length)


def _whole(sets: IndexSets) -> IndexSets:
    """Every element with the union of all."""
    if sets.is_empty:
        return sets
    inputs = np.unique(sets.rows().indices)
    indptr = np.arange(sets.size + 1, dtype=np.int64) * len(inputs)
    return IndexSets(sets.size, sets.width, [Rows(indptr, np.tile(inputs, sets.size))])


REGIONS: dict[str, RegionRule] = {
    "call": called,
    "checkpoint": called,
    "custom_vmap_call": called,
    "custom_jvp_call": by_tangents,
    "custom_vjp_call": everything,
    "transposed_call": everything,
    "linear_solve": everything,
    "root": everything,
    "cond": branched,
    "scan": scanned,
    "while": whiled,
}
"""The rule of each op with regions."""
