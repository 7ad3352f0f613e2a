"""kernel -> kernel: moves of elements become part of a store or a sum.

Consumes `kernel.generic`s that only move elements from axis to axis, as products need for their
operands and transposed windows for their sums. Eliminates such a move of another kernel's result
that has no other reader: the kernel stores its result in the new order, if it still stores
neighbours next to each other. Eliminates such a move ahead of `kernel.add_at`, which reads the
array in the old order. Introduces nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from polyad.ir import ArrayType, Function, Op, Shape, Value

from ..dialects import kernel
from ..dialects.affine import Linear, Map, constant, dimension
from ..dialects.memory import type_of
from ..rewrite import without_dead_ops
from ..table import CONTROL
from .products import collapse, size, spans


def fold_moves(function: Function) -> Function:
    """`function` without moves that a store or a sum can do."""
    ops = [
        op.with_(regions=map(fold_moves, op.regions)) if op.name in CONTROL else op
        for op in function.ops
    ]
    uses = Counter(v for op in ops for v in op.operands) + Counter(function.results)
    makers = {v: i for i, op in enumerate(ops) for v in op.results}
    for i, op in enumerate(ops):
        if op.definition is kernel.add_at:
            ops[i] = read_where_it_is(op, ops, makers)
        elif is_view(op) and uses[op.operands[0]] == 1 and op.operands[0] in makers:
            at = makers[op.operands[0]]
            stored = stored_where_it_goes(ops[at], op)
            if stored is not None:
                ops[at] = stored
                makers[op.result] = at
    kept = [op for i, op in enumerate(ops) if all(makers[v] == i for v in op.results)]
    return without_dead_ops(function.with_(ops=kept))


def is_view(op: Op) -> bool:
    """Whether an op only moves elements, and a reader could do so itself."""
    return (
        op.definition is kernel.generic
        and len(op.operands) == 1
        and not op.regions[0].ops
        and op.attrs["combine"] == ("store",)
    )


def inverse(at: Map, domain: Shape, shape: Shape) -> Map | None:
    """The map from an array of `shape` back to `domain`, if `at` pairs dimensions and axes one by
    one.
    """
    back: list[Linear] = [constant(0, len(shape))] * len(domain)
    for axis, line in enumerate(at.results):
        used = [i for i, c in enumerate(line.coefficients) if c and domain[i] > 1]
        if len(used) > 1 or line.offset:
            return None
        for i in used:
            if line.coefficients[i] != 1 or shape[axis] != domain[i] or any(back[i].coefficients):
                return None
            back[i] = dimension(axis, len(shape))
        if not used and shape[axis] > 1:
            return None
    whole = all(n == 1 or any(line.coefficients) for n, line in zip(domain, back, strict=True))
    return Map(len(shape), back) if whole else None


def stored_where_it_goes(maker: Op, move: Op) -> Op | None:
    """`maker` with a result stored in the order in which `move` gives it, if its loops stay the
    same; else None.
    """
    number, old = maker.results.index(move.operands[0]), move.operands[0]
    if maker.definition is kernel.nest and not maker.attrs["outer"]:
        return stored_in_nest(maker, number, move)
    if maker.definition not in (kernel.generic, kernel.contract) or 0 in maker.attrs["domain"]:
        return None
    at_result = len(maker.operands) + number
    back = inverse(move.attrs["maps"][0], move.attrs["domain"], type_of(old).shape)
    if back is None:
        return None
    here = maker.attrs["maps"][at_result]
    there = move.attrs["maps"][1].after(back).after(here)
    if not may_store(maker, number, here.flatten(type_of(old).shape), there, type_of(move.result)):
        return None
    maps = tuple(there if i == at_result else at for i, at in enumerate(maker.attrs["maps"]))
    return with_result(maker, number, move.result, maps)


def may_store(maker: Op, number: int, here: Linear, there: Map, type: ArrayType) -> bool:
    """Whether a kernel may store at `there` in place of `here`: it must store neighbours next to
    each other along the same dimensions. A product must also store whole rows.
    """
    line, domain = there.flatten(type.shape), maker.attrs["domain"]
    if maker.definition is kernel.generic:
        return maker.attrs["combine"][number] == "store" and steps(line, domain) == steps(
            here, domain
        )
    _, rows, columns, _ = spans(maker.attrs["counts"])
    row, column = (collapse(domain, line.coefficients, dims) for dims in (rows, columns))
    wide = row is not None and (row >= size(domain, columns) or size(domain, rows) == 1)
    return wide and column in (0, 1) and not type.dtype.is_complex


def steps(line: Linear, domain: Shape) -> Sequence[int]:
    """The dimensions along which neighbours are stored next to each other."""
    pairs = zip(line.coefficients, domain, strict=True)
    return [i for i, (c, n) in enumerate(pairs) if abs(c) == 1 and n > 1]


def with_result(op: Op, number: int, result: Value, maps: tuple[Map, ...]) -> Op:
    results = (result if i == number else v for i, v in enumerate(op.results))
    return op.with_(attributes=op.attributes_with(maps=maps), results=results)


def stored_in_nest(nest: Op, number: int, move: Op) -> Op | None:
    """`stored_where_it_goes` for a nest whose kernels run one after another; None if one of them
    reads the result.
    """
    (body,) = nest.regions
    value = body.results[number]
    if body.results.count(value) > 1 or any(value in op.operands for op in body.ops):
        return None
    at = next(i for i, op in enumerate(body.ops) if value in op.results)
    inner = move.with_(operands=(value,), results=(Value(move.result.type),))
    stored = stored_where_it_goes(body.ops[at], inner)
    if stored is None:
        return None
    ops = (*body.ops[:at], stored, *body.ops[at + 1 :])
    results = tuple(inner.result if v is value else v for v in body.results)
    outside = (move.result if i == number else v for i, v in enumerate(nest.results))
    return nest.with_(regions=(body.with_(ops=ops, results=results),), results=outside)


def read_where_it_is(op: Op, ops: Sequence[Op], makers: dict[Value, int]) -> Op:
    """A `kernel.add_at` that reads its operand ahead of the moves."""
    (x,) = op.operands
    at = op.attrs["at"]
    while x in makers and is_view(ops[makers[x]]):
        move = ops[makers[x]]
        source = type_of(move.operands[0]).shape
        back = inverse(move.attrs["maps"][0], move.attrs["domain"], source)
        if back is None:
            break
        x, at = move.operands[0], at.after(back)
    return op.with_(operands=(x,), attributes=op.attributes_with(at=at))
