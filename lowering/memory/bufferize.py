"""kernel on arrays -> kernel on memory: a buffer for each array.

Consumes kernel ops on arrays. Eliminates array values, `kernel.assemble`, `kernel.compose`,
`kernel.insert` and `kernel.reshape`, and `cond`, `scan`, `while` and `empty_stack` (see
`control_to_memory`): the function takes its results as further arguments, and each op writes to
destinations that are operands. Introduces `memory.workspace`, with views at fixed offsets for
temporaries, `memory.local` for small temporaries in loops, and the `control` and `stack` dialects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from polyad.ir import Builder, Function, Handle, Op

from ..dialects import kernel, memory
from ..dialects.affine import Map
from ..dialects.memory import MemRef
from ..rewrite import emit
from ..table import array_op
from .control_to_memory import CONTROL_TO_MEMORY
from .donation import donations, order, plan_with
from .scope import Scope

ENDS = "ends"
"""The key of `Function.memo` for the number of ops on buffers after each op on arrays."""


def bufferize(function: Function, donated: Sequence[int] = ()) -> Function:
    """`function` on buffers: its arguments, then its results, are memrefs; it returns nothing. A
    result that is written over a `donated` argument is no further memref.
    """
    pairs = donations(function, donated)
    taken = {result: argument for argument, result in pairs}
    fresh = [j for j in range(len(function.results)) if j not in taken]
    types = [*function.argument_types, *(function.result_types[j] for j in fresh)]
    builder = Builder([MemRef(t) for t in types], name=function.name)
    handles = builder.argument_handles()
    inputs, outputs = handles[: len(function.arguments)], handles[len(function.arguments) :]
    plan = plan_with(function, pairs)
    made = emit(builder, memory.workspace, (), (("bytes", plan.size),)) if plan.size else (None,)
    given, _ = order(function, pairs)
    targets = [*(inputs[argument] for argument, _ in pairs), *outputs]
    scope = Scope(builder, plan, [inputs[i] for i in given], made[0], emit_op)
    scope.write(targets)
    names = [*(v.name for v in function.arguments), *(f"out{j}" for j in fresh)]
    on_buffers = builder.build((), names)
    on_buffers.memo[ENDS] = tuple(scope.ends)
    return on_buffers


def emit_op(scope: Scope, op: Op) -> None:
    """Emit the memory form of `op`."""
    operands = tuple(scope.buffers[v] for v in (*op.operands, *op.results))
    if op.definition in CONTROL_TO_MEMORY:
        CONTROL_TO_MEMORY[op.definition](scope, op)
    elif op.definition is kernel.scatter and scope.shares(op.operands[0], op.result):
        _, *rest = operands
        emit(scope.builder, kernel.scatter_into, rest, op.attributes, (), op.location)
    elif op.definition is kernel.insert:
        insert(scope, op, operands)
    elif op.definition is kernel.assemble:
        assemble(scope.builder, op, operands)
    elif op.definition is kernel.compose:
        compose(scope.builder, op, operands)
    elif op.definition is not kernel.reshape:
        emit(scope.builder, op.definition, operands, op.attributes, op.regions, op.location)


def assemble(builder: Builder, op: Op, operands: tuple[Handle, ...]) -> None:
    """A fill with zeros, if the parts leave gaps, then one copy per part."""
    *parts, target = operands
    if op.attrs["fill"]:
        clear(builder, op, target)
    for part, at in zip(parts, op.attrs["maps"], strict=True):
        copy_part(builder, op, part, target, at)


def compose(builder: Builder, op: Op, operands: tuple[Handle, ...]) -> None:
    """`assemble`, in which the kernel of parts writes into the larger array itself, and its other
    results to further destinations.
    """
    count = len(op.operands)
    inputs, target, others = operands[:count], operands[count], iter(operands[count + 1 :])
    if op.attrs["fill"]:
        clear(builder, op, target)
    for region, places in zip(op.regions, op.attrs["maps"], strict=True):
        write_parts(builder, op, region, places, inputs, target, others)


def insert(scope: Scope, op: Op, operands: tuple[Handle, ...]) -> None:
    """The part into the array where it is, or into a copy of it."""
    array, *inputs, target = operands
    if not scope.shares(op.operands[0], op.result):
        scope.copy(array, target)
    (region,) = op.regions
    write_parts(scope.builder, op, region, (op.attrs["at"],), inputs, target, iter(()))


def write_parts(
    builder: Builder,
    op: Op,
    region: Function,
    places: Sequence[Map],
    inputs: Sequence[Handle],
    target: Handle,
    others: Iterator[Handle],
) -> None:
    """Write the parts that a region makes of the inputs to the positions of `target` that `places`
    give, and its kernel's further results to `others`.
    """
    handles = dict(zip(region.arguments, inputs, strict=True))
    if not region.ops:
        copy_part(builder, op, handles[region.results[0]], target, places[0])
        return
    (step,) = region.ops
    at = dict(zip(region.results, places, strict=False))
    handles |= {v: target if v in at else next(others) for v in region.results}
    sides = zip((*step.operands, *step.results), step.attrs["maps"], strict=True)
    maps = tuple(at[v].after(m) if v in at else m for v, m in sides)
    attributes = step.attributes_with(maps=maps)
    arguments = tuple(handles[v] for v in (*step.operands, *step.results))
    emit(builder, step.definition, arguments, attributes, step.regions, step.location)


def clear(builder: Builder, op: Op, target: Handle) -> None:
    """Fill `target` with zeros."""
    element, shape = target.type.element, target.type.shape
    zero = Builder(name="body")
    attributes = (("dtype", element.dtype), ("shape", ()), ("value", element.dtype.python_type(0)))
    body = zero.build(emit(zero, array_op("full"), (), attributes))
    generic(builder, op, (target,), shape, (Map.identity(len(shape)),), body)


def copy_part(builder: Builder, op: Op, part: Handle, target: Handle, at: Map) -> None:
    """Copy `part` to the positions that `at` gives."""
    same = Builder([target.type.element], name="body")
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
