"""The mutable graph of fusion: kernels as lists of scalar ops, and their dependences."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator
from typing import Any

from polyad.ir import ArrayType, Attributes, Definition, Function, Location, Op, Shape, Value

from .. import costs
from ..dialects import kernel
from ..dialects.affine import Map
from ..dialects.memory import type_of


class Scalar:
    """A scalar value in the body of a kernel; `location` is that of the op that makes it."""

    __slots__ = ("type", "location")

    def __init__(self, type: ArrayType, location: Location | None = None) -> None:
        self.type, self.location = type, location


NOBODY: set[Node] = set()
EQUALITIES = ("equal", "not_equal")
ScalarOp = tuple[Definition, tuple[Scalar, ...], Attributes, Scalar]
Load = tuple[Value, Map]


class Output:
    """A result of a kernel: the `scalar` of the body, the op that combines its values, and the
    index map.
    """

    __slots__ = ("array", "map", "combine", "scalar")

    def __init__(self, array: Value, map: Map, combine: str, scalar: Scalar) -> None:
        self.array, self.map, self.combine, self.scalar = array, map, combine, scalar

    @property
    def is_of_points(self) -> bool:
        """Whether it has one value of the body per point."""
        return self.combine == "store" and self.map.is_identity


class Node:
    """A kernel under fusion, or any other op (`op` is set). `bits` is its bit in sets of ancestors;
    `chooses` says that the body has a `kernel.within`.
    """

    def __init__(self, bit: int, op: Op | None, inputs: tuple[Value, ...]) -> None:
        self.bits = 1 << bit
        self.position = bit
        self.after: Node | None = None  # the effect before this one
        self.next: Node | None = None  # and behind it
        self.ancestors = 0
        self.op = op
        self.inputs = inputs
        self.domain: Shape = ()
        self.reduced: frozenset[int] = frozenset()
        self.loads: dict[Load, Scalar] = {}
        self.ops: list[ScalarOp] = []
        self.outputs: list[Output] = []
        self.location: Location | None = None
        self.chooses = False  # by where its indices are
        self.hard_of: tuple[list[ScalarOp], set[Scalar]] = ([], set())  # ops, and `hard` of them
        self.sought_of: tuple[list[ScalarOp], set[Scalar]] = ([], set())

    @property
    def is_kernel(self) -> bool:
        return self.op is None

    @property
    def hard(self) -> set[Scalar]:
        """The results of expensive ops."""
        if self.hard_of[0] is not self.ops:
            self.hard_of = self.ops, {op[3] for op in self.ops if is_expensive(op)}
        return self.hard_of[1]

    @property
    def sought(self) -> set[Scalar]:
        """The elements that are loaded at an index that depends on data."""
        if self.sought_of[0] is not self.ops:
            loads = [op for op in self.ops if op[0] is kernel.load]
            known = self.affine_indices() if loads else set()
            sought = {op[3] for op in loads if not known.issuperset(op[1][1:])}
            self.sought_of = self.ops, sought
        return self.sought_of[1]

    def has_costly(self, ops: Iterable[ScalarOp]) -> bool:
        """Whether one of its ops takes longer than to read its result back."""
        costly = self.hard | self.sought
        return bool(costly) and any(op[3] in costly for op in ops)

    def sources(self) -> set[Value]:
        """The arrays it reads."""
        return {array for array, _ in self.loads} if self.is_kernel else set(self.inputs)

    def stored(self, array: Value) -> Scalar | None:
        """The scalar that this kernel stores, one per point, in `array`."""
        for output in self.outputs:
            if output.array is array and output.is_of_points:
                return output.scalar
        return None

    def affine_indices(self) -> set[Scalar]:
        """The indices that depend on the point alone, clamped or not."""
        found: set[Scalar] = set()
        for definition, operands, _, result in self.ops:
            if definition in (kernel.index, kernel.clamp) and found.issuperset(operands):
                found.add(result)
        return found

    def back_from(self, scalar: Scalar) -> Iterator[ScalarOp]:
        """The ops that `scalar` depends on, from the last to the first."""
        needed = {scalar}
        for op in reversed(self.ops):
            if op[3] in needed:
                needed.update(op[1])
                yield op

    def slice(self, scalar: Scalar) -> tuple[list[Load], list[ScalarOp]]:
        """The loads and ops that `scalar` depends on."""
        ops = [*self.back_from(scalar)]
        needed = {scalar}.union(*(op[1] for op in ops))
        return [load for load, s in self.loads.items() if s in needed], ops[::-1]


def lowest_bit(bits: int) -> int:
    """The position of the first bit that is set."""
    return (bits & -bits).bit_length() - 1


def attributes_of(op: ScalarOp) -> dict[str, Any]:
    return dict(op[2])


def is_expensive(op: ScalarOp) -> bool:
    """Whether an op costs more to compute again than to read back from memory. One on integers,
    which index arithmetic is made of, does not.
    """
    return op[3].type.dtype.is_inexact and costs.is_hard(op[0].name)


class Graph:
    """The nodes of a function in order, with the producer and the readers of each array.

    Ancestors are known of the nodes that fusion has reached, because it merges each node with
    earlier ones only: see `reach`.
    """

    def __init__(self, function: Function) -> None:
        self.function = function
        self.nodes: list[Node] = []
        self.positions: list[int] = []  # of the nodes
        self.producer: dict[Value, Node] = {}
        self.users: dict[Value, set[Node]] = {}
        self.results = set(function.results)
        self.reached = -1  # the position up to which ancestors are known
        last: Node | None = None
        for bit, op in enumerate(function.ops):
            node = node_of(bit, op)
            if op.has_effects:
                node.after = last
                if last is not None:
                    last.next = node
                last = node
            self._add(node, op)
        self.compared = self._compared()
        self.weavers = {v: node for node in self.nodes for v in woven_parts(node)}

    def _add(self, node: Node, op: Op) -> None:
        self.nodes.append(node)
        self.positions.append(node.position)
        for array in op.results:
            self.producer[array] = node
        for array in node.sources():
            self.users.setdefault(array, set()).add(node)

    def _compared(self) -> set[Value]:
        """The arrays that are compared for equality, directly or after moves of elements. The
        gradient of a maximum does so to find the largest element.
        """
        found: set[Value] = set()
        pending = [a for node in self.nodes for a in self.equated(node)]
        while pending:
            array = pending.pop()
            if array not in found:
                found.add(array)
                maker = self.producer.get(array)
                if maker is not None and (
                    maker.op is None or maker.op.definition is kernel.reshape
                ):
                    pending += maker.sources() if not maker.ops else ()
        return found

    def equated(self, node: Node) -> set[Value]:
        """The arrays that `node` compares for equality with another array."""
        found: set[Value] = set()
        for definition, operands, _, _ in node.ops:
            if definition.name in EQUALITIES and operands[0].type.dtype.is_inexact:
                arrays = {a for (a, _), scalar in node.loads.items() if scalar in operands}
                makers = [self.producer.get(a) for a in arrays]
                if all(m is None or m.op is not None or m.loads for m in makers):
                    found |= arrays
        return found

    def interleaved(self, arrays: set[Value]) -> dict[Value, Node]:
        """Those of `arrays` that are interleaved with others in one array, and read for nothing
        else; with the node that makes it.
        """
        found = self.weavers.keys() & arrays - self.results
        return {v: self.weavers[v] for v in found if len(self.users.get(v, NOBODY)) == 1}

    def reach(self, node: Node) -> None:
        """Compute the ancestors of a node; all earlier nodes have theirs."""
        mask = 0
        for maker in (*map(self.producer.get, node.sources()), node.after):
            if maker is not None and maker is not node:
                mask |= maker.ancestors | maker.bits
        node.ancestors, self.reached = mask, node.position

    def is_read(self, array: Value, but_for: set[Node]) -> bool:
        """Whether the function returns `array`, or any node not in `but_for` reads it."""
        return array in self.results or not self.users.get(array, NOBODY) <= but_for

    def read_at_most(self, most: int, arrays: Iterable[Value], but_for: set[Node]) -> bool:
        """Whether at most so many of the arrays are results, or read by other nodes."""
        results, users = self.results, self.users
        for array in arrays:
            if array in results or not users.get(array, NOBODY) <= but_for:
                most -= 1
                if most < 0:
                    return False
        return True

    def detour(self, first: Node, second: Node) -> bool:
        """Whether a path leads from `first` through a third node to `second`."""
        for array in second.sources():
            maker = self.producer.get(array)
            if maker is not None and maker is not first and maker.ancestors & first.bits:
                return True
        return False

    def change_loads(self, node: Node, loads: dict[Load, Scalar]) -> None:
        """Give `node` other loads."""
        for array in node.sources():
            self.users[array].discard(node)
        node.loads = loads
        for array in node.sources():
            self.users.setdefault(array, set()).add(node)

    def views_below(self, view: Node) -> list[Node]:
        """The reshapes that feed a reshape."""
        below = self.producer.get(view.inputs[0])
        if below is None or below.op is None or below.op.definition is not kernel.reshape:
            return []
        return [below, *self.views_below(below)]

    def drop_unread(self, nodes: list[Node]) -> list[Node]:
        """Drop nodes without readers, from the last of a chain to the first; the dropped ones."""
        dropped = []
        for node in nodes:
            if node.op is None or any(self.is_read(v, set()) for v in node.op.results):
                break
            self._remove(node)
            for array in node.sources():
                self.users[array].discard(node)
            dropped.append(node)
        return dropped

    def restore(self, dropped: list[Node]) -> None:
        """Undo `drop_unread`."""
        for node in dropped:
            at = bisect.bisect_left(self.positions, node.position)
            self.positions.insert(at, node.position)
            self.nodes.insert(at, node)
            for array in node.sources():
                self.users[array].add(node)

    def absorb(self, node: Node, other: Node, loads: dict[Load, Scalar]) -> None:
        """Make `other` part of `node`, whose loads are now `loads`."""
        for array in other.sources():
            self.users[array].discard(other)
        self.change_loads(node, loads)
        for output in other.outputs:
            self.producer[output.array] = node
        self._remove(other)
        node.bits |= other.bits
        node.ancestors = (node.ancestors | other.ancestors) & ~node.bits
        self._pass_on(node)

    def _pass_on(self, node: Node) -> None:
        """Let the nodes that depend on `node` have its ancestors. Those may be ahead of it, if it
        was merged with a later one.
        """
        above, pending = node.ancestors | node.bits, [node]
        while pending:
            for each in self._behind(pending.pop()):
                reached = each.position <= self.reached and each is not node
                if reached and above & ~each.ancestors:
                    each.ancestors |= above
                    pending.append(each)

    def _behind(self, node: Node) -> Iterator[Node]:
        """The nodes that read what a node makes, and the next effect."""
        made = node.op.results if node.op is not None else [o.array for o in node.outputs]
        for array in made:
            yield from self.users.get(array, NOBODY)
        if node.next is not None:
            yield node.next

    def _remove(self, node: Node) -> None:
        at = bisect.bisect_left(self.positions, node.position)
        del self.nodes[at], self.positions[at]

    def in_order(self) -> list[Node]:
        """The nodes, each after the nodes that it depends on."""
        done: list[Node] = []
        seen: set[Node] = set()
        for root in sorted(self.nodes, key=lambda n: n.position):
            stack: list[tuple[Node, bool]] = [(root, False)]
            while stack:
                node, ready = stack.pop()
                if ready:
                    done.append(node)
                elif node not in seen:
                    seen.add(node)
                    makers = {self.producer[a] for a in node.sources() if a in self.producer}
                    makers = (makers | ({node.after} if node.after else set())) - {node}
                    stack.append((node, True))
                    stack += [(m, False) for m in sorted(makers - seen, key=lambda n: -n.position)]
        return done


def node_of(bit: int, op: Op) -> Node:
    """The node for an op of the kernel dialect."""
    node = Node(bit, None if op.definition is kernel.generic else op, op.operands)
    node.location = op.location
    if not node.is_kernel:
        return node
    attrs: dict[str, Any] = op.attrs
    (body,) = op.regions
    node.domain = attrs["domain"]
    node.reduced = frozenset(i for i, kind in enumerate(attrs["iterators"]) if kind == "reduction")
    scalars = {}
    for value, array, map in zip(body.arguments, op.operands, attrs["maps"], strict=False):
        scalars[value] = node.loads.setdefault((array, map), Scalar(type_of(value)))
    for inner in body.ops:
        scalars[inner.result] = Scalar(type_of(inner.result), inner.location)
        operands = tuple(scalars[v] for v in inner.operands)
        node.ops.append((inner.definition, operands, inner.attributes, scalars[inner.result]))
        node.chooses |= inner.definition is kernel.within
    maps = attrs["maps"][len(op.operands) :]
    for array, map, combine, value in zip(
        op.results, maps, attrs["combine"], body.results, strict=True
    ):
        node.outputs.append(Output(array, map, combine, scalars[value]))
    return node


def woven_parts(node: Node) -> tuple[Value, ...]:
    """The parts that a node assembles to an array of which no two neighbours are from one part."""
    op = node.op
    if op is None or op.definition is not kernel.assemble or len(op.operands) == 1:
        return ()
    last = [at.results[-1]._replace(offset=0) for at in op.attrs["maps"] if at.results]
    pairs = zip(last, op.operands, strict=False)
    woven = last and all(at.bounds(type_of(v).shape) == (0, 0) for at, v in pairs)
    return op.operands if woven else ()
