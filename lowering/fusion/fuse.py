"""kernel -> kernel: fewer, larger kernels.

Consumes `kernel.generic`. Eliminates intermediate arrays. An element-wise producer joins the kernel
that reads it point by point, and one kernel may have several results. A value that is read through
an index map is computed again at the place of use if that costs less than to store it and read it
back; an expensive value with several readers is computed once. Independent kernels over one domain
become one if they share an input, or make parts of one array whose elements lie between each other.
Introduces nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from math import prod

from polyad.ir import Function, Value

from .. import costs
from ..dialects import kernel
from ..dialects.affine import Map
from ..dialects.memory import type_of
from ..rewrite import without_dead_ops
from .cuts import stay_cut
from .graph import Graph, Load, Node, Scalar, ScalarOp, lowest_bit
from .loads import compute_instead, is_whole, worth_computing
from .rebuild import rebuild
from .reshapes import Reading, read_source

# Ops that are computed again rather than stored and read back, at most.
CHEAP_OPS = 4
# Arrays that such ops read, at most; or they read fewer bytes than would be stored.
CHEAP_LOADS = 2
# Ops of an integer that a row needs once, computed again, at most.
INDEX_OPS = 12
# Arrays that one kernel reads and writes, at most.
STREAMS = 24
# Scalar ops of one kernel, at most.
BODY = 400
# The key of `Function.memo` for functions that are fused.
FUSED = "fused"


def fuse(function: Function) -> Function:
    """`function` with as few `kernel.generic`s as the rules allow; itself if it has been fused."""
    if FUSED in function.memo:
        return function
    graph = Graph(without_dead_ops(function))
    for node in list(graph.nodes):
        graph.reach(node)
        if node.is_kernel:
            fuse_producers(graph, node)
    fuse_siblings(graph)
    fused = rebuild(graph, fuse)
    fused.memo[FUSED] = True
    return fused


def fuse_producers(graph: Graph, node: Node) -> None:
    """Fuse the producers of the inputs of `node` into it, again and again."""
    refused: set[Load] = set()
    changed = True
    while changed:
        changed = False
        for load in [*node.loads]:
            if load in refused:
                continue
            if take_up(graph, node, load):
                changed = True
                break
            refused.add(load)


def take_up(graph: Graph, node: Node, load: Load) -> bool:
    """Fuse the producer of an input into `node`, if it can be done and pays."""
    array, map = load
    producer = graph.producer.get(array)
    if producer is None:
        return False
    if producer.op is not None:
        return producer.op.definition is kernel.reshape and through(graph, producer, node, load)
    scalar = producer.stored(array)
    if scalar is None:
        return False
    if not small_enough(graph, producer, node):
        return False
    if is_to_be_one(graph, producer, array, node, scalar):
        if map.is_identity and can_merge(graph, producer, node):
            merge(graph, producer, node)
            return True
        return False
    if is_whole(load):
        if worth_computing(graph, producer, node, load, scalar, CHEAP_OPS):
            compute_instead(graph, producer, node, load, scalar)
            return True
    elif map.is_identity and can_merge(graph, producer, node):
        merge(graph, producer, node)
        return True
    elif worth_repeating(graph, producer, node, load, scalar):
        repeat(graph, producer, node, load, scalar)
        return True
    return False


def is_to_be_one(graph: Graph, producer: Node, array: Value, node: Node, scalar: Scalar) -> bool:
    """Whether `array` is to be computed once for all readers. It is compared for equality, and a
    second computation might be rounded differently: LLVM forms multiply-adds where it sees fit.
    """
    if array not in graph.compared or not producer.slice(scalar)[1]:
        return False
    others = [o.array for o in producer.outputs if o.array is not array]
    return graph.is_read(array, but_for={node}) or any(
        graph.is_read(other, but_for={producer}) for other in others
    )


def through(graph: Graph, view: Node, node: Node, load: Load) -> bool:
    """Fuse the producer of a reshape's operand, if that pays; load from the operand if it is an
    argument.
    """
    before = Reading(node)
    views = [view, *graph.views_below(view)]
    (source,) = views[-1].inputs
    seen = read_source(graph, source, node, load)
    if seen is None:
        return False
    dropped = graph.drop_unread(views)
    given = is_whole(seen) and source not in graph.producer
    if given or source.type is load[0].type or take_up(graph, node, seen):
        return True
    graph.restore(dropped)
    before.restore(graph)
    return False


def can_merge(graph: Graph, producer: Node, node: Node) -> bool:
    """Whether one loop nest can run both, if it is small enough: the producer's values must be
    computed when `node` needs them.
    """
    if producer.domain != node.domain or (
        producer.reduced and node.reduced and producer.reduced != node.reduced
    ):
        return False
    makes = {output.array for output in producer.outputs}
    at_points = {output.array for output in producer.outputs if output.is_of_points}
    at_hand = all(map.is_identity and a in at_points for a, map in node.loads if a in makes)
    return at_hand and not graph.detour(producer, node) and stay_cut(producer, node)


def small_enough(graph: Graph, one: Node, two: Node) -> bool:
    """Whether one kernel for both is small enough, in ops and in arrays."""
    if len(one.ops) + len(two.ops) > BODY:
        return False
    arrays = len(one.outputs) + len(two.outputs)
    if len(one.loads) + len(two.loads) + arrays <= STREAMS:
        return True
    outputs = {o.array for o in one.outputs}
    outputs.update(o.array for o in two.outputs)
    streams = set(one.loads)  # sets of dicts take the hashes of their keys over
    streams.update(two.loads)
    room = STREAMS - sum(array not in outputs for array, _ in streams)
    woven = graph.interleaved(outputs)
    room -= len(set(woven.values()))
    return room >= 0 and graph.read_at_most(room, outputs - woven.keys(), but_for={one, two})


def merge(graph: Graph, producer: Node, node: Node) -> None:
    """One kernel for both; `rebuild` drops arrays that have no other reader."""
    replaced: dict[Scalar, Scalar] = {}
    loads = dict(producer.loads)
    for load, scalar in node.loads.items():
        stored = producer.stored(load[0]) if graph.producer.get(load[0]) is producer else None
        found = stored if stored is not None else loads.get(load)
        if found is None:
            loads[load] = scalar
        else:
            replaced[scalar] = found
    hard = producer.hard | node.hard
    node.ops = producer.ops + rename(node.ops, replaced)
    node.hard_of = node.ops, hard
    for output in node.outputs:
        output.scalar = replaced.get(output.scalar, output.scalar)
    node.outputs = producer.outputs + node.outputs
    node.reduced |= producer.reduced
    node.chooses |= producer.chooses
    node.location = node.location or producer.location
    graph.absorb(node, producer, loads)
    node.outputs = [o for o in node.outputs if graph.is_read(o.array, but_for={node})]


def rename(ops: list[ScalarOp], replaced: dict[Scalar, Scalar]) -> list[ScalarOp]:
    if not replaced:
        return ops
    return [(d, tuple(replaced.get(s, s) for s in operands), a, r) for d, operands, a, r in ops]


def worth_repeating(graph: Graph, producer: Node, node: Node, load: Load, scalar: Scalar) -> bool:
    """Whether to compute the producer's value at the place of use instead of reading it back, if
    the kernel stays small enough.
    """
    if not stay_cut(producer, node, load[1].results):
        return False
    if is_only_use(graph, producer, node, load):
        return True
    if producer.has_costly(producer.back_from(scalar)):
        return False
    loads, ops = producer.slice(scalar)
    most = INDEX_OPS if is_index_of_row(node, load) else CHEAP_OPS
    return not ops or (costs.count(ops) <= most and quickly_read(load[0], loads))


def is_index_of_row(node: Node, load: Load) -> bool:
    """Whether a load is of integers and does not vary along a row: a loop computes it once per
    row.
    """
    array, at = load
    varies = at.rank == 0 or any(r.coefficients[-1] for r in at.results)
    return type_of(array).dtype.is_integer and not varies


def quickly_read(array: Value, loads: Sequence[Load]) -> bool:
    """Whether `loads` cost no more than to store `array` and read it back."""
    sizes = {a: type_of(a).nbytes for a, _ in loads if type_of(a).size > 1}
    return len(sizes) <= CHEAP_LOADS or sum(sizes.values()) <= type_of(array).nbytes


def is_only_use(graph: Graph, producer: Node, node: Node, load: Load) -> bool:
    """Whether this load is the only use of the producer, and uses each element once."""
    array, at = load
    return (
        not graph.is_read(array, but_for={node})
        and sum(a is array for a, _ in node.loads) == 1
        and at.is_injective(node.domain)
        and all(
            o.array is array or not graph.is_read(o.array, but_for={producer})
            for o in producer.outputs
        )
    )


def repeat(graph: Graph, producer: Node, node: Node, load: Load, scalar: Scalar) -> None:
    """Copy the ops and loads of `scalar` into `node`, at the points that the load's map gives."""
    map = load[1]
    needed, ops = producer.slice(scalar)
    loads, copies = dict(node.loads), dict[Scalar, Scalar]()
    for array, inner in needed:
        key = (array, inner.after(map))
        copies[producer.loads[array, inner]] = loads.setdefault(
            key, Scalar(producer.loads[array, inner].type)
        )
    new_ops = []
    for definition, operands, attributes, result in ops:
        copies[result] = Scalar(result.type, result.location)
        if definition is kernel.index and not operands:
            attributes = tuple((k, v.after(map)) for k, v in attributes if isinstance(v, Map))
        new_ops.append((definition, tuple(copies[s] for s in operands), attributes, copies[result]))
    node.chooses |= producer.chooses
    replaced = {loads.pop(load): copies[scalar]}
    node.ops = new_ops + rename(node.ops, replaced)
    for output in node.outputs:
        output.scalar = replaced.get(output.scalar, output.scalar)
    graph.change_loads(node, loads)


def fuse_siblings(graph: Graph) -> None:
    """Merge independent kernels over one domain that read a common array, or whose parts of an
    array are interleaved there.
    """
    earlier = Earlier(graph)
    for node in list(graph.nodes):
        if not node.is_kernel:
            continue
        position = -1
        while (other := earlier.sibling(node, position)) is not None:
            position = other.position
            if are_siblings(graph, other, node):
                merge(graph, other, node)
                earlier.remove(other)
        earlier.add(node)


class Earlier:
    """The kernels before one, by what a sibling has in common with it: the domain, and a load, or
    an array that their parts are interleaved in, where there are several points. Sets of kernels
    are integers, with a bit for each position.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.sets: dict[Hashable, int] = {}
        self.nodes: dict[int, Node] = {}

    def keys(self, node: Node) -> list[Hashable]:
        if prod(node.domain) <= 1:
            return [node.domain]
        woven = self.graph.interleaved({o.array for o in node.outputs})
        return [(node.domain, common) for common in (*node.loads, *woven.values())]

    def add(self, node: Node) -> None:
        self.nodes[node.position] = node
        for key in self.keys(node):
            self.sets[key] = self.sets.get(key, 0) | 1 << node.position

    def remove(self, node: Node) -> None:
        for key in self.keys(node):
            self.sets[key] &= ~(1 << node.position)

    def sibling(self, node: Node, behind: int) -> Node | None:
        """The first kernel behind a position that `node` has a key in common with, and does not
        depend on.
        """
        found = 0
        for key in self.keys(node):
            found |= self.sets.get(key, 0)
        found = (found & ~node.ancestors) >> (behind + 1)
        return self.nodes[behind + 1 + lowest_bit(found)] if found else None


def are_siblings(graph: Graph, one: Node, two: Node) -> bool:
    """Whether two kernels with a key of `Earlier` in common may be one."""
    if one.domain != two.domain or (one.reduced and two.reduced and one.reduced != two.reduced):
        return False
    if one.ancestors & two.bits or two.ancestors & one.bits:
        return False
    return small_enough(graph, one, two) and stay_cut(one, two)
