"""kernel on arrays -> kernel on memory: where every array lives.

Consumes kernel ops on arrays. Eliminates array values, `kernel.assemble` and `kernel.reshape`, and
`cond`, `scan`, `while` and `empty_stack` (see `control_to_memory`): the function takes its results
as further arguments, and ops write where they are told. Introduces `memory.workspace`, of which the
temporaries are views at fixed offsets, `memory.local` for small ones in loops, and the `control`
and `stack` dialects.
"""

from __future__ import annotations

from polyad.ir import Builder, Function, Handle, Op

from ..dialects import kernel, memory
from ..dialects.affine import Map
from ..dialects.memory import MemRef
from ..table import array_op
from .control_to_memory import CONTROL_TO_MEMORY
from .placement import Plan
from .rewrite import emit
from .scope import Scope


def bufferize(function: Function) -> Function:
    """`function` on buffers: its arguments, then its results, are memrefs; it returns nothing."""
    types = [MemRef(t) for t in (*function.argument_types, *function.result_types)]
    builder = Builder(types, name=function.name)
    handles = builder.argument_handles()
    inputs, outputs = handles[: len(function.arguments)], handles[len(function.arguments) :]
    plan = Plan(function)
    made = emit(builder, memory.workspace, (), (("bytes", plan.size),)) if plan.size else (None,)
    Scope(builder, plan, inputs, made[0], place).write(outputs)
    names = [v.name for v in function.arguments] + [f"out{i}" for i in range(len(outputs))]
    return builder.build((), names)


def place(scope: Scope, op: Op) -> None:
    """Emit the destination form of `op`."""
    operands = tuple(scope.buffers[v] for v in (*op.operands, *op.results))
    if op.name in CONTROL_TO_MEMORY:
        CONTROL_TO_MEMORY[op.name](scope, op)
    elif op.definition is kernel.scatter and scope.shares(op.operands[0], op.result):
        _, *rest = operands
        emit(scope.builder, kernel.scatter_into, rest, op.attributes, (), op.location)
    elif op.definition is kernel.assemble:
        assemble(scope.builder, op, operands)
    elif op.definition is not kernel.reshape:
        emit(scope.builder, op.definition, operands, op.attributes, op.regions, op.location)


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
