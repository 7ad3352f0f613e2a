"""Fusion through reshapes: a kernel that reads a reshaped array reads the array itself.

An index into the reshaped array is a position in memory, a sum of multiples of indices. It is an
index into the array too if the multiples of each axis' size can be told apart from the rest. So a
kernel over (32, 50) that reads a row of 1600 elements reads element 50*d0 + d1.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

from polyad.ir import Definition, Shape, Value

from .. import costs
from ..dialects import kernel
from ..dialects.affine import Linear, Map, dimension
from ..dialects.indexing import Range, bounds, clamped
from ..dialects.memory import INDEX, type_of
from .graph import Graph, Load, Node, Scalar, ScalarOp, attributes_of

INT64: Range = (-(2**63), 2**63 - 1)


class Reading:
    """The loads and ops of a kernel, to restore them."""

    def __init__(self, node: Node) -> None:
        self.node, self.loads, self.ops = node, dict(node.loads), node.ops
        self.outputs = [output.scalar for output in node.outputs]

    def restore(self, graph: Graph) -> None:
        self.node.ops = self.ops
        for output, scalar in zip(self.node.outputs, self.outputs, strict=True):
            output.scalar = scalar
        graph.change_loads(self.node, self.loads)


def read_source(graph: Graph, source: Value, node: Node, load: Load) -> Load | None:
    """Make `node` read `source` instead of a reshape of it; the new load, or None if the index
    cannot be split.
    """
    array, at = load
    old, new = type_of(source).shape, type_of(array).shape
    whole = kernel.is_whole(array.type, at)
    if 0 in node.domain or 0 in old:
        return None
    seen = at if whole else map_of_source(at, node.domain, old, new)
    if seen is None or (whole and not old):
        return None
    loads = dict(node.loads)
    scalar = loads.pop(load)
    found = loads.setdefault((source, seen), Scalar(kernel.seen(source.type, seen)))
    ops = load_from_source(node, scalar, found, old, new) if whole else node.ops
    if ops is None:
        return None
    replaced = {scalar: found}
    node.ops = [(d, tuple(replaced.get(s, s) for s in given), a, r) for d, given, a, r in ops]
    for output in node.outputs:
        output.scalar = replaced.get(output.scalar, output.scalar)
    graph.change_loads(node, loads)
    return source, seen


def load_from_source(
    node: Node, array: Scalar, source: Scalar, old: Shape, new: Shape
) -> list[ScalarOp] | None:
    """The ops of a kernel with loads from `source` instead of `array`; None if an index cannot be
    split.
    """
    ops: list[ScalarOp] = []
    sums = Sums(node)
    for op in node.ops:
        definition, operands, attributes, result = op
        if definition is kernel.load and operands[0] is array:
            found = indices_of_source(sums, operands[1:], old, new)
            if found is None:
                return None
            ops += found[0]
            operands = (source, *found[1])
        ops.append((definition, operands, attributes, result))
    return ops


def map_of_source(at: Map, domain: Shape, old: Shape, new: Shape) -> Map | None:
    """The map into an array of shape `old` for `at`, a map into the same elements in shape
    `new`.
    """
    if 0 in domain:
        return None
    ranges = [(0, n - 1) for n in domain]
    lines = unflatten(at.flatten(new), ranges, old)
    return None if lines is None else Map(at.rank, lines)


def unflatten(line: Linear, ranges: list[Range], shape: Shape) -> list[Linear] | None:
    """The index into an array of `shape` for a position in memory; None if it cannot be split."""
    lines = []
    for n in reversed(shape[1:]):
        outer = Linear(
            tuple(c // n if c % n == 0 else 0 for c in line.coefficients), line.offset // n
        )
        pairs = zip(line.coefficients, outer.coefficients, strict=True)
        inner = Linear(tuple(a - n * b for a, b in pairs), line.offset - n * outer.offset)
        low, high = bounds(inner, [*ranges]) or INT64
        if low < 0 or high >= n:
            return None
        lines.append(inner)
        line = outer
    return [line, *reversed(lines)] if shape else []


class Sum(NamedTuple):
    """A sum of multiples of terms, and a number."""

    terms: dict[int, int]
    offset: int


class Sums:
    """The indices that a kernel computes as sums of terms. The first terms are the dimensions of
    its domain, further ones are other computed values.
    """

    def __init__(self, node: Node) -> None:
        self.rank = len(node.domain)
        self.ranges: list[Range] = [(0, n - 1) for n in node.domain]
        self.scalars: list[Scalar] = []  # terms after those of the domain
        self.of: dict[Scalar, Sum] = {}
        for op in node.ops:
            if op[3].type is INDEX:
                self.of[op[3]] = self.found(op) or self.term(op[3], self.limits(op))

    def term(self, scalar: Scalar, range: Range) -> Sum:
        self.scalars.append(scalar)
        self.ranges.append(range)
        return Sum({len(self.ranges) - 1: 1}, 0)

    def get(self, scalar: Scalar) -> Sum:
        if scalar not in self.of:
            self.of[scalar] = self.term(scalar, INT64)
        return self.of[scalar]

    def range(self, sum: Sum) -> Range:
        return bounds(self.linear(sum), [*self.ranges]) or INT64

    def linear(self, sum: Sum) -> Linear:
        return Linear(tuple(sum.terms.get(i, 0) for i in range(len(self.ranges))), sum.offset)

    def found(self, op: ScalarOp) -> Sum | None:
        """The sum that an op computes, if it does and does not overflow."""
        sums = [self.get(s) for s in op[1] if s.type is INDEX]
        made = self.of_index(op, sums) if op[0] in costs.OF_INDICES else self.of_array_op(op, sums)
        if made is None:
            return None
        low, high = self.range(made)
        return made if low >= INT64[0] and high <= INT64[1] else None

    def of_index(self, op: ScalarOp, sums: list[Sum]) -> Sum | None:
        """The sum that an index or clamp computes from `sums`."""
        attrs = attributes_of(op)
        if op[0] is kernel.clamp:
            low, high = self.range(sums[0])
            return sums[0] if low >= 0 and high < attrs["size"] else None
        (line,) = attrs["at"].results
        if op[1]:
            return total(list(zip(line.coefficients, sums, strict=True)), line.offset)
        return Sum({i: c for i, c in enumerate(line.coefficients) if c}, line.offset)

    def of_array_op(self, op: ScalarOp, sums: list[Sum]) -> Sum | None:
        """The sum that an op of the array dialect computes from `sums`."""
        name = op[0].name
        if name == "full":
            return Sum({}, int(attributes_of(op)["value"]))
        if name in ("add", "subtract"):
            return total([(1, sums[0]), (1 if name == "add" else -1, sums[1])], 0)
        if name == "multiply" and any(not s.terms for s in sums):
            number, other = sorted(sums, key=lambda s: len(s.terms))
            return total([(number.offset, other)], 0)
        if name in ("minimum", "maximum"):
            lesser, greater = sorted(sums, key=self.range)
            if self.range(lesser)[1] <= self.range(greater)[0]:
                return lesser if name == "minimum" else greater
        return None

    def limits(self, op: ScalarOp) -> Range:
        """The range of the result of an op that is no sum."""
        definition, operands, _, _ = op
        if definition is kernel.clamp:
            return clamped(self.range(self.get(operands[0])), attributes_of(op)["size"])
        if definition.name in ("minimum", "maximum"):
            pick = min if definition.name == "minimum" else max
            one, two = (self.range(self.get(s)) for s in operands)
            return pick(one[0], two[0]), pick(one[1], two[1])
        return INT64


def total(parts: list[tuple[int, Sum]], offset: int) -> Sum:
    terms: dict[int, int] = {}
    for times, sum in parts:
        offset += times * sum.offset
        for i, c in sum.terms.items():
            terms[i] = terms.get(i, 0) + times * c
    return Sum({i: c for i, c in terms.items() if c}, offset)


def indices_of_source(
    sums: Sums, indices: tuple[Scalar, ...], old: Shape, new: Shape
) -> tuple[list[ScalarOp], tuple[Scalar, ...]] | None:
    """The ops that compute, from `indices` into an array of shape `new`, the indices into the same
    elements in shape `old`, and these indices; None if they cannot be split.
    """
    strides = Map.identity(len(new)).flatten(new).coefficients
    at = total(list(zip(strides, map(sums.get, indices), strict=True)), 0)
    lines = unflatten(sums.linear(at), sums.ranges, old)
    if lines is None:
        return None
    builder = IndexBuilder(sums)
    made = tuple(builder.index(line, n) for line, n in zip(lines, old, strict=True))
    return builder.ops, made


class IndexBuilder:
    """Emits the ops that compute indices from sums of the terms of a kernel."""

    def __init__(self, sums: Sums) -> None:
        self.sums = sums
        self.ops: list[ScalarOp] = []

    def index(self, line: Linear, size: int) -> Scalar:
        """The value of `line`, an index of an axis of `size` elements."""
        used = [i for i, c in enumerate(line.coefficients) if c]
        rank = self.sums.rank
        if all(i < rank for i in used):
            return self.of_point(Linear(line.coefficients[:rank], line.offset))
        terms = [self.term(i) for i in used]
        short = Linear(tuple(line.coefficients[i] for i in used), line.offset)
        index = terms[0]
        if short != Linear((1,)):
            index = self.emit(kernel.index, tuple(terms), "at", Map(len(used), [short]))
        return self.emit(kernel.clamp, (index,), "size", size)

    def term(self, number: int) -> Scalar:
        """The value of one term: a dimension of the domain, or a computed value."""
        rank = self.sums.rank
        if number < rank:
            return self.of_point(dimension(number, rank))
        return self.sums.scalars[number - rank]

    def of_point(self, line: Linear) -> Scalar:
        return self.emit(kernel.index, (), "at", Map(self.sums.rank, [line]))

    def emit(
        self, definition: Definition, operands: tuple[Scalar, ...], name: str, value: Hashable
    ) -> Scalar:
        made = Scalar(INDEX)
        self.ops.append((definition, operands, ((name, value),), made))
        return made
