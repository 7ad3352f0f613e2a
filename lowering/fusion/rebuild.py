"""From the graph that fusion works on back to a function."""

from __future__ import annotations

from collections.abc import Callable

from polyad.ir import Builder, Function, Handle, Value, together

from ..dialects import kernel
from ..rewrite import emit, without_dead_ops
from ..table import CONTROL
from .graph import Graph, Node, Output, Scalar

Handles = dict[Value, Handle]


def rebuild(graph: Graph, step: Callable[[Function], Function]) -> Function:
    """The function of the graph's nodes, without unused results; `step` is applied to the regions
    of branches and loops.
    """
    function = graph.function
    builder = Builder(function.argument_types, name=function.name)
    handles: Handles = dict(zip(function.arguments, builder.argument_handles(), strict=True))
    for node in graph.in_order():
        if node.op is not None:
            op = node.op
            operands = tuple(handles[v] for v in node.inputs)
            regions = tuple(map(step, op.regions)) if op.name in CONTROL else op.regions
            results = emit(builder, op.definition, operands, op.attributes, regions, op.location)
            handles.update(zip(op.results, results, strict=True))
        else:
            outputs = [o for o in node.outputs if graph.is_read(o.array, but_for={node})]
            if outputs:
                made = emit_kernel(builder, handles, node, outputs)
                handles.update(zip([o.array for o in outputs], made, strict=True))
    returned = [handles[v] for v in function.results]
    return without_dead_ops(builder.build(returned, [v.name for v in function.arguments]))


def emit_kernel(
    builder: Builder, handles: Handles, node: Node, outputs: list[Output]
) -> tuple[Handle, ...]:
    """The `kernel.generic` of a node."""
    live = {o.scalar for o in outputs}
    for op in reversed(node.ops):
        if op[3] in live:
            live.update(op[1])
    loads = [load for load, scalar in node.loads.items() if scalar in live]
    body = body_of(node, [node.loads[load] for load in loads], live, outputs)
    attributes = {
        "combine": tuple(o.combine for o in outputs),
        "domain": node.domain,
        "iterators": tuple(
            "reduction" if i in node.reduced else "parallel" for i in range(len(node.domain))
        ),
        "maps": (*(map for _, map in loads), *(o.map for o in outputs)),
    }
    if not any(o.combine in kernel.REDUCTIONS for o in outputs):
        attributes["iterators"] = ("parallel",) * len(node.domain)
    operands = tuple(handles[array] for array, _ in loads)
    location = together(op.location for op in body.ops) or node.location
    return emit(builder, kernel.generic, operands, tuple(attributes.items()), (body,), location)


def body_of(
    node: Node, arguments: list[Scalar], live: set[Scalar], outputs: list[Output]
) -> Function:
    """The scalar body, equal ops computed once."""
    builder = Builder([s.type for s in arguments], name="body")
    values: dict[Scalar, Handle] = dict(zip(arguments, builder.argument_handles(), strict=True))
    seen: dict[object, Handle] = {}
    for definition, operands, attributes, result in node.ops:
        if result in live:
            key = (definition, tuple(values[s].number for s in operands), repr(attributes))
            if key not in seen:
                inputs = tuple(values[s] for s in operands)
                at = result.location or node.location
                (seen[key],) = emit(builder, definition, inputs, attributes, (), at)
            elif result.location is not None:
                builder.stands_for(seen[key].number, result.location)
            values[result] = seen[key]
    return builder.build([values[o.scalar] for o in outputs])
