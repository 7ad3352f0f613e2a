"""The cost model: the work of programs, counted from their ops, by which values come as entries or
by products.

The unit is a simple op on one element, such as an addition. Moves of elements at places that the
code knows are part of the loops that read them, and count for nothing; those at places in a table
count for what they read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from math import log2, prod
from typing import Any

from ..ir import ArrayType, Function, Op, Value
from ..ops import control, creation, linalg
from ..ops import elementwise as e
from ..ops import indexing as ix
from ..ops import manipulation as m
from ..ops.definition import OpDefinition
from ..ops.views import Scan
from .pattern import Pattern

HARD = 16  # simple ops for an elementary function, or a division
GATHER = 2  # simple ops for an element that is read at a place in a table
PRODUCT_RATE = 4  # multiplications of a matrix product that take as long as a simple op
UNKNOWN = 16  # iterations of a loop of unknown length
FREE = frozenset(
    [m.reshape, m.permute_dims, m.broadcast_to, m.flip, m.slice, m.pad, m.concat, creation.full]
)
SIMPLE = frozenset([e.abs, e.integer_pow, e.square, e.maximum, e.minimum, e.sign])
"""Ops that are linear in no operand, and yet as quick as an addition."""


def work(ops: Sequence[Op]) -> int:
    """The work of ops, in all iterations of their loops."""
    return sum(map(work_of, ops))


def work_of(op: Op) -> int:
    """The work of an op."""
    definition: Any = op.definition
    if definition in FREE:
        return 0
    rule = RULES.get(definition)
    if rule is not None:
        return rule(op)
    if op.regions:
        return sum(work(region.ops) for region in op.regions)
    if isinstance(definition, OpDefinition) and definition.elementwise:
        return _results(op) * (1 if is_simple(op) else HARD)
    return max(_results(op), *(_size(x) for x in op.operands), 0)


def is_simple(op: Op) -> bool:
    """Whether an element-wise op takes as long as an addition: it is linear in an operand, has no
    derivative, or chooses.
    """
    definition = op.definition
    assert isinstance(definition, OpDefinition)
    simple = definition.linear or not definition.differentiable or definition in SIMPLE
    return bool(simple) and definition is not e.divide


def _of_scan(op: Op) -> int:
    loop = Scan(op)
    length = UNKNOWN if loop.length is None else loop.length
    return int(length) * work(loop.body.ops)


def _of_while(op: Op) -> int:
    return UNKNOWN * sum(work(region.ops) for region in op.regions)


def _of_branches(op: Op) -> int:
    return max(work(region.ops) for region in op.regions)


def _of_contraction(op: Op) -> int:
    x = op.operands[0].type
    return _results(op) * prod(x.shape[c] for c in op.attrs["contracting"][0]) // PRODUCT_RATE


def _of_take(op: Op) -> int:
    return GATHER * _results(op)


def _of_scatter(op: Op) -> int:
    return _results(op) + GATHER * _size(op.operands[-1])


def _of_sort(op: Op) -> int:
    length = op.operands[0].type.shape[op.attrs["axis"]]
    return HARD * int(_results(op) * log2(max(length, 2)))


RULES: dict[Any, Callable[[Op], int]] = {
    control.scan: _of_scan,
    control.while_: _of_while,
    control.cond: _of_branches,
    linalg.dot_general: _of_contraction,
    ix.take: _of_take,
    ix.scatter: _of_scatter,
    ix.sort: _of_sort,
    ix.argsort: _of_sort,
}


# -- Programs --------------------------------------------------------------------------------------


def behind(function: Function, values: Sequence[Value]) -> list[Op]:
    """The ops that values come from, in order."""
    wanted = set(values)
    found = []
    for op in reversed(function.ops):
        if not wanted.isdisjoint(op.results):
            found.append(op)
            wanted.update(op.operands)
    return found[::-1]


def of_products(
    function: Function, values: Sequence[Value], is_active: Callable[[Value], bool], count: int
) -> int:
    """The work of `count` products with the derivative of values: what they come from, the factors
    of that once, and the products.
    """
    ops = behind(function, values)
    once, each = work(ops), 0
    for op in ops:
        active = [x for x in op.operands if is_active(x)]
        if active:
            linear = _of_tangents(op, active)
            each += linear
            once += 0 if _is_jointly_linear(op, active) else work_of(op)
    return once + count * each


def fewest(pattern: Pattern) -> int:
    """A number of products that no colouring is below: each has at most one entry of each row, or
    of each column; of a symmetric matrix half are enough.
    """
    height, width = pattern.shape
    most = max(height, width, 1)
    return -(-pattern.nnz // most)


def _of_tangents(op: Op, active: Collection[Value]) -> int:
    """The work of an op's derivative on one tangent."""
    definition = op.definition
    if isinstance(definition, OpDefinition) and definition.elementwise and not op.regions:
        each = 1 if _is_jointly_linear(op, active) else 2
        return each * len(active) * _results(op)
    if op.definition is linalg.dot_general:
        return len(active) * work_of(op)
    return (
        work_of(op) if isinstance(definition, OpDefinition) and not op.regions else 2 * work_of(op)
    )


def _is_jointly_linear(op: Op, active: Collection[Value]) -> bool:
    definition = op.definition
    if not isinstance(definition, OpDefinition):
        return False
    places = {i for i, x in enumerate(op.operands) if x in active}
    return any(all(i in group for i in places) for group in definition.linear)


def _results(op: Op) -> int:
    return sum(_size(r) for r in op.results)


def _size(value: Value) -> int:
    return value.type.size if isinstance(value.type, ArrayType) else 1
