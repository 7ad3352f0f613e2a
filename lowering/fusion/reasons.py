"""The reasons for which two kernels were not fused, in words, by the rules of `fuse`."""

from __future__ import annotations

from polyad.ir import Function, Value

from ..dialects import kernel
from .cuts import stay_cut
from .fuse import BODY, CHEAP_OPS, STREAMS, is_to_be_one, small_enough
from .graph import Graph, Load, Node
from .loads import is_whole

NO_KERNEL = {
    kernel.contract: "is a product, a call of a routine",
    kernel.routine: "is a routine of its own",
    kernel.host: "is computed by Python",
    kernel.nest: "has loops that are shared row by row already",
    kernel.compose: "writes parts in their places",
    kernel.insert: "writes into an array that is there",
    kernel.assemble: "joins parts",
    kernel.scatter: "has updates that may meet at one element",
    kernel.scan: "needs each element before the next",
    kernel.arg: "looks for a position, which is known at the end only",
    kernel.search: "searches sorted values",
    kernel.constant: "is an array that a rule closes over",
    kernel.reshape: "is a reshape that no index expresses",
}


def reasons(function: Function) -> dict[tuple[Value, int], str]:
    """For each array that an op of `function` makes and another reads: why the two are not one
    kernel, by the array and the number of the reader.
    """
    graph = Graph(function)
    for node in graph.nodes:
        graph.reach(node)
    readers = {id(op): i for i, op in enumerate(function.ops)}
    by_position = {node.position: i for i, node in enumerate(graph.nodes)}
    found: dict[tuple[Value, int], str] = {}
    for node in graph.nodes:
        number = by_position[node.position]
        assert node.op is None or readers[id(node.op)] == number
        for array in node.sources():
            producer = graph.producer.get(array)
            if producer is not None:
                found[array, number] = reason(graph, producer, array, node)
    return found


def reason(graph: Graph, producer: Node, array: Value, node: Node) -> str:
    """The first rule that keeps `producer`, which makes `array`, and its reader apart."""
    for one, name in ((producer, "maker"), (node, "reader")):
        if one.op is not None:
            usual = f"is a {one.op.name.rpartition('.')[2]}, and no kernel"
            return f"the {name} {NO_KERNEL.get(one.op.definition, usual)}"
    scalar = producer.stored(array)
    if scalar is None:
        return "it is a total, complete only when all of its loop has run"
    if is_to_be_one(graph, producer, array, node, scalar):
        return "it is compared for equality, so all readers have to see one and the same value"
    loads = [load for load in node.loads if load[0] is array]
    if all(load[1].is_identity for load in loads):
        return apart(graph, producer, node)
    return not_repeated(producer, node, next(x for x in loads if not x[1].is_identity))


def apart(graph: Graph, one: Node, two: Node) -> str:
    """Why two kernels that agree point by point have loops of their own."""
    if one.domain != two.domain:
        return f"their domains differ: {one.domain} and {two.domain}"
    if one.reduced and two.reduced and one.reduced != two.reduced:
        return "they reduce different dimensions"
    if graph.detour(one, two):
        return "another step between them needs the one and is needed by the other"
    if not small_enough(graph, one, two):
        return f"one kernel would have more than {BODY} ops or {STREAMS} arrays"
    if not stay_cut(one, two):
        return "their loops are cut at different places"
    return "the reader is joined with an earlier step"


def not_repeated(producer: Node, node: Node, load: Load) -> str:
    """Why a value that is read in another order, or more than once, is not computed again there."""
    scalar = producer.stored(load[0])
    assert scalar is not None
    _, ops = producer.slice(scalar)
    if producer.has_costly(ops):
        return "it is read more than once, and costs more to compute again than to read back"
    if is_whole(load):
        return "elements of it are read by index"
    if len(ops) > CHEAP_OPS:
        return f"it is read in another order, and takes more than {CHEAP_OPS} ops to compute again"
    return "it is read in another order, and reads more than it stores"
