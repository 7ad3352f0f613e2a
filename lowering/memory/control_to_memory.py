"""`cond`, `scan`, `while` and `empty_stack` as branches and loops over buffers.

A loop carries each value in one buffer, which starts with a copy of the initial value. An iteration
writes the new value there if nothing reads the old one later, else to a temporary, which is copied
or exchanged at the end of the iteration. An element of `xs` is a row of the stacked operand, an
element of `ys` a row of the stacked result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from polyad.config import config
from polyad.ir import ArrayType, Attributes, Builder, Definition, Function, Handle, Op
from polyad.ir.types import bool_
from polyad.ops import control as array_control
from polyad.ops.views import Scan, While

from ..dialects import control, memory, stack
from ..dialects.memory import INDEX, type_of
from ..dialects.stack import StackRef
from ..rewrite import emit
from .buffer_plan import SMALL, BufferPlan, is_stack
from .scope import Scope


class Region:
    """A region under construction. Its arguments are `outside`, buffers of the scope around it."""

    def __init__(
        self, scope: Scope, plan: BufferPlan, outside: Sequence[Handle], *, indices: int = 0
    ) -> None:
        self.scope, self.plan = scope, plan
        types = [*[INDEX] * indices, *(h.type for h in outside)]
        self.builder = Builder(types, name=plan.function.name)
        handles = self.builder.argument_handles()
        self.index = handles[0] if indices else None
        self.inside = dict(zip([h.number for h in outside], handles[indices:], strict=True))

    def __getitem__(self, outer: Handle) -> Handle:
        return self.inside[outer.number]

    def row(self, outer: Handle) -> Handle:
        """The row of a stacked buffer that this iteration works on."""
        assert self.index is not None
        return emit(self.builder, stack.row, (self[outer], self.index))[0]

    def enter(self, arguments: Sequence[Handle], workspace: Handle | None) -> Scope:
        """The scope of the region, given the buffers of its function's arguments."""
        room = None if workspace is None or not self.plan.size else self[workspace]
        return Scope(self.builder, self.plan, arguments, room, self.scope.emit_op)


def distinct(handles: Sequence[Handle | None]) -> list[Handle]:
    """The handles, each once, without None."""
    return list({h.number: h for h in handles if h is not None}.values())


def carried(scope: Scope, loop: Scan | While) -> list[Handle]:
    """The buffers of carried values, filled with the initial values: the buffers of the results, or
    small ones apart, which may become registers.
    """
    buffers = []
    for value, result in zip(loop.carry, loop.results.carry, strict=True):
        buffer = scope.buffers[result]
        apart = result not in scope.plan.local and not is_stack(result)
        if apart and type_of(result).nbytes <= SMALL:
            buffer = scope.emit(memory.local, type=result.type)
        if buffer.number != scope.buffers[value].number:
            scope.copy(scope.buffers[value], buffer)
        buffers.append(buffer)
    return buffers


def swaps(
    outside: Sequence[Handle], carry: Sequence[Handle], second: dict[int, Handle]
) -> Attributes:
    """The attribute that names the pairs of buffers exchanged after each iteration, if there are
    any.
    """
    at = {h.number: i for i, h in enumerate(outside)}
    pairs = tuple((at[carry[k].number], at[h.number]) for k, h in second.items())
    return (("swapped", pairs),) if pairs else ()


def finish(scope: Scope, op: Op, buffers: Sequence[Handle]) -> None:
    """Copy the values that a loop has in other buffers to the buffers of its results."""
    for buffer, result in zip(buffers, op.results, strict=True):
        if buffer.number != scope.buffers[result].number:
            scope.copy(buffer, scope.buffers[result])


def scan_to_memory(scope: Scope, op: Op) -> None:
    """A counted loop, or one over the elements of a stack."""
    loop = Scan(op)
    length = loop.length
    consts, _, stacked = loop.split([scope.buffers[v] for v in op.operands])
    carry = carried(scope, loop)
    ys = [scope.buffers[v] for v in loop.results.ys]
    count = () if length is not None else (scope.emit(stack.count, *stacked),)
    for y in ys:
        if isinstance(y.type, StackRef):
            emit(scope.builder, stack.resize, (y, *count), (("size", length),))
    if length != 0:
        xs = [
            scope.emit(stack.filled, x, *count, size=length) if isinstance(x.type, StackRef) else x
            for x in stacked
        ]
        counted_loop(scope, loop, consts, carry, (xs, ys), count)
    finish(scope, op, [*carry, *ys])


def counted_loop(
    scope: Scope,
    loop: Scan,
    consts: Sequence[Handle],
    carry: Sequence[Handle],
    rows: tuple[Sequence[Handle], Sequence[Handle]],
    count: tuple[Handle, ...],
) -> None:
    """The `control.for` of a scan. `rows` are the stacked operands and results; `count` is the
    number of iterations if only the run knows it.
    """
    op, (xs, ys), (plan,) = loop.op, rows, scope.plan.inner[loop.op]
    workspace = scope.workspace_of(op)
    second = scope.second_buffers_of(op, plan)
    outside = distinct([*consts, *carry, *xs, *ys, *second.values(), workspace])
    region = Region(scope, plan, outside, indices=1)
    moving = [region[h] for h in carry]
    body = region.enter([*(region[h] for h in consts), *moving, *map(region.row, xs)], workspace)
    body.write([*moving, *map(region.row, ys)], {k: region[h] for k, h in second.items()})
    swapped = swaps(outside, carry, second)
    attributes = (("extent", loop.length), ("reverse", loop.reverse), *swapped)
    regions = (region.builder.build(()),)
    emit(scope.builder, control.for_, (*count, *outside), attributes, regions, op.location)


def while_to_memory(scope: Scope, op: Op) -> None:
    """A loop whose condition is a region; recorded values are pushed on stacks."""
    loop, (condition, body) = While(op), scope.plan.inner[op]
    tests, consts, _ = loop.split([scope.buffers[v] for v in op.operands])
    carry = carried(scope, loop)
    ys = [scope.emit(stack.new, element=type_of(v).element) for v in loop.results.ys]
    for y in ys:
        emit(scope.builder, stack.resize, (y,), (("size", 0),))
    workspace = scope.workspace_of(op)
    second = scope.second_buffers_of(op, body)
    outside = distinct([*tests, *consts, *carry, *ys, *second.values(), workspace])
    regions = (
        condition_region(scope, condition, outside, [*tests, *carry], workspace),
        body_region(scope, body, outside, consts, (carry, ys, second), workspace),
    )
    limit = config.max_while_steps
    attributes: Attributes = () if limit is None else (("limit", limit),)
    attributes += swaps(outside, carry, second)
    emit(scope.builder, control.while_, outside, attributes, regions, op.location)
    finish(scope, op, [*carry, *ys])


def condition_region(
    scope: Scope,
    plan: BufferPlan,
    outside: Sequence[Handle],
    arguments: Sequence[Handle],
    workspace: Handle | None,
) -> Function:
    region = Region(scope, plan, outside)
    inner = region.enter([region[h] for h in arguments], workspace)
    flag = inner.emit(memory.local, type=ArrayType(bool_, ()))
    inner.write([flag])
    return region.builder.build((inner.load(flag),))


def body_region(
    scope: Scope,
    plan: BufferPlan,
    outside: Sequence[Handle],
    consts: Sequence[Handle],
    written: tuple[Sequence[Handle], Sequence[Handle], dict[int, Handle]],
    workspace: Handle | None,
) -> Function:
    region = Region(scope, plan, outside)
    carry, ys, second = written
    elements = [emit(region.builder, stack.push, (region[y],))[0] for y in ys]
    inner = region.enter([region[h] for h in (*consts, *carry)], workspace)
    targets = [*(region[h] for h in carry), *elements]
    inner.write(targets, {k: region[h] for k, h in second.items()})
    return region.builder.build(())


def cond_to_memory(scope: Scope, op: Op) -> None:
    """A switch whose regions write to the buffers of its results."""
    index, *operands = (scope.buffers[v] for v in op.operands)
    results = [scope.buffers[v] for v in op.results]
    workspace = scope.workspace_of(op)
    outside = distinct([*operands, *results, workspace])
    regions = []
    for plan in scope.plan.inner[op]:
        region = Region(scope, plan, outside)
        inner = region.enter([region[h] for h in operands], workspace)
        inner.write([region[h] for h in results])
        regions.append(region.builder.build(()))
    given = (scope.load(index), *outside)
    emit(scope.builder, control.switch, given, (), tuple(regions), op.location)


def empty_stack_to_memory(scope: Scope, op: Op) -> None:
    emit(scope.builder, stack.resize, (scope.buffers[op.result],), (("size", 0),))


CONTROL_TO_MEMORY: dict[Definition, Callable[[Scope, Op], None]] = {
    array_control.cond: cond_to_memory,
    array_control.scan: scan_to_memory,
    array_control.while_: while_to_memory,
    array_control.empty_stack: empty_stack_to_memory,
}
