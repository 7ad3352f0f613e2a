"""Fusion through loads by index: a kernel computes the producer's value instead of loading it.

The loads of the producer become loads at that index. They stay in range, since the index is in
range of the producer's domain, and its maps are in range for each point of the domain.
"""

from __future__ import annotations

from math import prod

from polyad.ir import ArrayType, Attributes, Definition

from .. import costs
from ..dialects import kernel
from ..dialects.affine import Linear, Map, constant, dimensions
from ..dialects.memory import INDEX, type_of
from .cuts import lines_of, stay_cut
from .graph import Graph, Load, Node, Scalar, ScalarOp, attributes_of


def is_whole(load: Load) -> bool:
    """Whether a kernel takes in the operand as a whole, and loads from it by index."""
    return kernel.is_whole(load[0].type, load[1])


def uses_of(node: Node, load: Load) -> list[ScalarOp]:
    """The loads from an operand that is whole."""
    array = node.loads[load]
    return [op for op in node.ops if op[0] is kernel.load and op[1][0] is array]


def worth_computing(
    graph: Graph, producer: Node, node: Node, load: Load, scalar: Scalar, cheap_ops: int
) -> bool:
    """Whether to compute the producer's value in place of the load: it is cheap, or has no other
    use and is computed hardly more often than in the producer.
    """
    _, ops = producer.slice(scalar)
    uses = uses_of(node, load)
    hard = producer.has_costly(ops)
    if not hard and costs.count(ops) * len(uses) <= cheap_ops:
        return True
    alone = not graph.is_read(load[0], but_for={node}) and all(
        o.array is load[0] or not graph.is_read(o.array, but_for={producer})
        for o in producer.outputs
    )
    if not alone or len(uses) != 1:
        return False
    if node.has_costly(uses):
        return prod(node.domain) <= prod(producer.domain)
    return stay_cut(producer, node, [lines_at(node).get(s) for s in uses[0][1][1:]])


def lines_at(node: Node) -> dict[Scalar, Linear]:
    """The expressions of indices that depend on the point alone, clamps left out."""
    lines = {
        op[3]: attributes_of(op)["at"].results[0]
        for op in node.ops
        if op[0] is kernel.index and not op[1]
    }
    lines_of(node.ops, lines)
    return lines


def compute_instead(graph: Graph, producer: Node, node: Node, load: Load, scalar: Scalar) -> None:
    """Replace each load from `load` by the ops and loads of `scalar`."""
    uses = uses_of(node, load)
    needed, ops = producer.slice(scalar)
    node.chooses |= producer.chooses
    loads = dict(node.loads)
    del loads[load]
    result: list[ScalarOp] = []
    replaced: dict[Scalar, Scalar] = {}
    for op in node.ops:
        definition, operands, attributes, made = op
        operands = tuple(replaced.get(s, s) for s in operands)
        if op in uses:
            copy = Copy(node, loads, operands[1:])
            for each in needed:
                copy.load(producer, each)
            for inner in ops:
                copy.op(inner)
            result += copy.ops
            replaced[made] = copy.made[scalar]
        else:
            result.append((definition, operands, attributes, made))
    node.ops = result
    for output in node.outputs:
        output.scalar = replaced.get(output.scalar, output.scalar)
    graph.change_loads(node, loads)


class Copy:
    """The ops of a producer at the point `indices` of its domain, in the body of another kernel."""

    def __init__(self, node: Node, loads: dict[Load, Scalar], indices: tuple[Scalar, ...]) -> None:
        self.rank, self.loads, self.indices = len(node.domain), loads, indices
        self.lines = {
            op[3]: attributes_of(op)["at"].results[0]
            for op in node.ops
            if op[0] is kernel.index and not op[1]
        }
        self.ops: list[ScalarOp] = []
        self.made: dict[Scalar, Scalar] = {}

    def load(self, producer: Node, load: Load) -> None:
        """Copy a load of the producer, of an element or of the whole array."""
        array, at = load
        type = type_of(array)
        if at.results and all(self.is_line(r) for r in at.results):
            zero = constant(0, self.rank)
            lines = [self.lines.get(s, zero) for s in self.indices]
            at_point = Map(self.rank, [r.substitute(lines, self.rank) for r in at.results])
            element = Scalar(type.with_shape(()))
            self.made[producer.loads[load]] = self.loads.setdefault((array, at_point), element)
            return
        whole = self.loads.setdefault((array, Map.nowhere(self.rank)), Scalar(type))
        if at.results:
            indices = tuple(self.index(line) for line in at.results)
            whole = self.emit(kernel.load, (whole, *indices), (), type.with_shape(()))
        self.made[producer.loads[load]] = whole

    def is_line(self, line: Linear) -> bool:
        """Whether an expression over the producer's domain is affine in the point of the other
        domain.
        """
        pairs = zip(line.coefficients, self.indices, strict=True)
        return all(s in self.lines for c, s in pairs if c)

    def op(self, op: ScalarOp) -> None:
        definition, operands, attributes, result = op
        if definition is kernel.index and not operands:
            self.made[result] = self.index(attributes_of(op)["at"].results[0])
            return
        given = tuple(self.made[s] for s in operands)
        self.made[result] = self.emit(definition, given, attributes, result.type)
        self.made[result].location = result.location

    def index(self, line: Linear) -> Scalar:
        """The value of an expression over the producer's domain at the point."""
        if line in dimensions(len(self.indices)):
            return self.indices[dimensions(len(self.indices)).index(line)]
        if not any(line.coefficients):
            at = Map(self.rank, [constant(line.offset, self.rank)])
            return self.emit(kernel.index, (), (("at", at),), INDEX)
        at = Map(len(self.indices), [line])
        return self.emit(kernel.index, self.indices, (("at", at),), INDEX)

    def emit(
        self,
        definition: Definition,
        operands: tuple[Scalar, ...],
        attributes: Attributes,
        type: ArrayType,
    ) -> Scalar:
        made = Scalar(type)
        self.ops.append((definition, operands, attributes, made))
        return made
