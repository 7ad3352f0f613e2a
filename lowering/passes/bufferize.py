"""kernel on arrays -> kernel on memory: where every array lives.

Consumes kernel ops on arrays. Eliminates array values, `kernel.assemble` and `kernel.reshape`: the
function takes its results as further arguments, and ops write where they are told. Introduces
`memory.workspace`, of which the temporaries are views at fixed offsets; the room of one that is
dead is given to a later one.
"""

from __future__ import annotations

from collections.abc import Sequence

from polyad.ir import ArrayType, Builder, Function, Handle, Op, Value

from ..dialects import kernel, memory
from ..dialects.affine import Map
from ..dialects.memory import MemRef, type_of
from ..table import array_op
from .rewrite import emit

ALIGNMENT = 64  # bytes; a cache line, and the widest vector


def bufferize(function: Function) -> Function:
    """`function` on buffers: its arguments, then its results, are memrefs; it returns nothing."""
    types = [MemRef(t) for t in (*function.argument_types, *function.result_types)]
    builder = Builder(types, name=function.name)
    handles = builder.argument_handles()
    inputs, outputs = handles[: len(function.arguments)], handles[len(function.arguments) :]
    buffers = dict(zip(function.arguments, inputs, strict=True))
    roots = aliases(function)
    direct = results_in_place(function, roots)
    offsets, size = plan(function, roots, set(direct))
    workspace = emit(builder, memory.workspace, (), (("bytes", size),)) if size else ()
    for root, index in direct.items():
        buffers[root] = view(builder, outputs[index], type_of(root), 0)
    for op in function.ops:
        for value in op.results:
            root = roots.get(value, value)
            if root not in buffers:
                buffers[root] = view(builder, workspace[0], type_of(root), offsets[root])
            buffers[value] = view(builder, buffers[root], type_of(value), 0)
        place(builder, op, buffers)
    for index, value in enumerate(function.results):
        if direct.get(roots.get(value, value)) != index:
            emit(builder, memory.copy, (buffers[value], outputs[index]))
    names = [v.name for v in function.arguments] + [f"out{i}" for i in range(len(outputs))]
    return builder.build((), names)


def view(builder: Builder, source: Handle, type: ArrayType, offset: int) -> Handle:
    """`source` seen as an array of `type` from byte `offset` on."""
    if source.type == MemRef(type) and offset == 0:
        return source
    return emit(builder, memory.view, (source,), (("offset", offset), ("type", type)))[0]


def aliases(function: Function) -> dict[Value, Value]:
    """The results of reshapes, each with the array whose buffer it shares."""
    roots: dict[Value, Value] = {}
    for op in function.ops:
        if op.definition is kernel.reshape:
            roots[op.result] = roots.get(op.operands[0], op.operands[0])
    return roots


def results_in_place(function: Function, roots: dict[Value, Value]) -> dict[Value, int]:
    """The arrays that can be computed right in the buffer of a result, each with that result's
    number.
    """
    direct: dict[Value, int] = {}
    for index, value in enumerate(function.results):
        root = roots.get(value, value)
        if root not in direct and root not in function.arguments:
            direct[root] = index
    return direct


def plan(
    function: Function, roots: dict[Value, Value], elsewhere: set[Value]
) -> tuple[dict[Value, int], int]:
    """An offset into the workspace for each temporary, first fit among those alive; and the size
    needed.
    """
    last: dict[Value, int] = {}
    for time, op in enumerate(function.ops):
        for value in (*op.operands, *op.results):
            last[roots.get(value, value)] = time
    for value in function.results:
        last[roots.get(value, value)] = len(function.ops)
    offsets: dict[Value, int] = {}
    alive: list[tuple[int, int, Value]] = []
    top = 0
    for time, op in enumerate(function.ops):
        alive = [entry for entry in alive if last[entry[2]] >= time]
        for value in op.results:
            if value in roots or value in elsewhere:
                continue
            size = -(-max(type_of(value).nbytes, 1) // ALIGNMENT) * ALIGNMENT
            offset = first_fit(alive, size)
            offsets[value] = offset
            alive = sorted([*alive, (offset, offset + size, value)], key=lambda entry: entry[0])
            top = max(top, offset + size)
    return offsets, top


def first_fit(alive: Sequence[tuple[int, int, Value]], size: int) -> int:
    offset = 0
    for begin, end, _ in alive:
        if begin - offset >= size:
            break
        offset = max(offset, end)
    return offset


def place(builder: Builder, op: Op, buffers: dict[Value, Handle]) -> None:
    """Emit the destination form of `op`."""
    operands = tuple(buffers[v] for v in (*op.operands, *op.results))
    if op.definition is kernel.reshape:
        return
    if op.definition is kernel.assemble:
        assemble(builder, op, operands)
        return
    emit(builder, op.definition, operands, op.attributes, op.regions, op.location)


def assemble(builder: Builder, op: Op, operands: tuple[Handle, ...]) -> None:
    """A fill with zeros where the parts leave gaps, then one copy per part."""
    *parts, target = operands
    element = target.type.element
    if op.attrs["fill"]:
        zero = Builder(name="body")
        attributes = (
            ("dtype", element.dtype),
            ("shape", ()),
            ("value", element.dtype.python_type(0)),
        )
        body = zero.build(emit(zero, array_op("full"), (), attributes))
        generic(
            builder, op, (target,), target.type.shape, (Map.identity(len(target.type.shape)),), body
        )
    for part, at in zip(parts, op.attrs["maps"], strict=True):
        same = Builder([element], name="body")
        body = same.build(same.argument_handles())
        generic(builder, op, (part, target), part.type.shape, (Map.identity(at.rank), at), body)


def generic(
    builder: Builder,
    op: Op,
    operands: tuple[Handle, ...],
    domain: tuple[int, ...],
    maps: tuple[Map, ...],
    body: Function,
) -> None:
    iterators = ("parallel",) * len(domain)
    attributes = (
        ("combine", ("store",)),
        ("domain", domain),
        ("iterators", iterators),
        ("maps", maps),
    )
    emit(builder, kernel.generic, operands, attributes, (body,), op.location)
