"""A function, or a region, on its way to memory: the buffer of each of its values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from polyad.ir import HERE, ArrayType, Builder, Handle, Location, Op, Value
from polyad.ir.types import uint8
from polyad.ops.control import StackType

from ..dialects import memory, stack
from ..dialects.affine import Map, constant
from ..dialects.memory import MemRef, type_of
from ..dialects.stack import StackRef
from ..rewrite import emit
from .buffer_plan import BufferPlan

EmitOp = Callable[["Scope", Op], None]
NONE: Mapping[int, Handle] = {}


class Scope:
    """The builder, the plan, and the buffers so far. `emit_op` emits an op in its memory form."""

    def __init__(
        self,
        builder: Builder,
        plan: BufferPlan,
        arguments: Sequence[Handle],
        workspace: Handle | None,
        emit_op: EmitOp,
    ) -> None:
        self.builder, self.plan, self.workspace, self.emit_op = builder, plan, workspace, emit_op
        self.ends: list[int] = []  # the number of ops on buffers after each op on arrays
        self.buffers: dict[Value, Handle] = dict(
            zip(plan.function.arguments, arguments, strict=True)
        )

    def emit(self, definition: Any, *operands: Handle, **attributes: Any) -> Handle:
        """Append an op with one result."""
        return emit(self.builder, definition, operands, tuple(sorted(attributes.items())))[0]

    def write(self, targets: Sequence[Handle], second: Mapping[int, Handle] = NONE) -> None:
        """Compute the results into `targets`, or into the buffers in `second`, where it has one.
        Arguments that are results of a loop's body are copied before they change.
        """
        around = HERE.location
        try:
            self._write(targets, second, around)
        finally:
            HERE.location = around

    def _write(
        self,
        targets: Sequence[Handle],
        second: Mapping[int, Handle],
        around: Location | None,
    ) -> None:
        plan, results = self.plan, self.plan.function.results
        sources: dict[int, Handle] = {}
        if plan.body:
            sources = self.copy_arguments(targets)
        for root, index in plan.in_result.items():
            self.buffers[root] = self.view(targets[index], root.type, 0)
        for root, index in plan.second.items():
            self.buffers[root] = self.view(second[index], root.type, 0)
        makers = {v: op for op in plan.function.ops for v in op.results}
        for op in plan.function.ops:
            HERE.location = op.location
            for value in op.results:
                self.buffers[value] = self.buffer(value)
            self.emit_op(self, op)
            self.ends.append(len(self.builder.rows))
        for index, value in enumerate(results):
            root = plan.root(value)
            done = plan.in_result.get(root) == index or plan.second.get(root) == index
            done = done or plan.stays(index)
            HERE.location = makers[value].location if value in makers else around
            if index in sources:
                self.copy(sources[index], targets[index])
            elif not done and not (plan.body and plan.is_argument(value)):
                self.copy(self.buffers[value], targets[index])

    def copy_arguments(self, targets: Sequence[Handle]) -> dict[int, Handle]:
        """Copy the arguments that are results of a loop's body: an uncarried one to its target, a
        carried one to a temporary. The temporaries, by number of the result.
        """
        plan = self.plan
        saved = {}
        for index, value in enumerate(plan.function.results):
            if not plan.is_argument(value) or plan.stays(index):
                continue
            source = self.buffers[plan.root(value)]
            if index >= plan.carry:
                self.copy(self.view(source, value.type, 0), targets[index])
            else:
                saved[index] = self.room(index, type_of(value))
                self.copy(self.view(source, value.type, 0), saved[index])
        return saved

    def buffer(self, value: Value) -> Handle:
        """The buffer of a result of an op."""
        root = self.plan.root(value)
        if root not in self.buffers:
            self.buffers[root] = self.room(root, type_of(root))
        return self.view(self.buffers[root], value.type, 0)

    def room(self, key: Value | int, type: ArrayType | StackType) -> Handle:
        """The buffer that the plan has for `key`; a stack has one of its own."""
        if isinstance(type, StackType):
            return self.emit(stack.new, element=type.element)
        if key in self.plan.local:
            return self.emit(memory.local, type=type)
        assert self.workspace is not None
        return self.view(self.workspace, type, self.plan.offsets[key])

    def shares(self, old: Value, new: Value) -> bool:
        """Whether `new` is in the buffer of `old`."""
        return self.plan.root(old) is self.plan.root(new)

    def second_buffers_of(self, op: Op, body: BufferPlan) -> dict[int, Handle]:
        """The second buffers of carried values, by number."""
        assert self.workspace is not None or not body.second
        return {
            index: self.view(self.workspace, type_of(root), self.plan.offsets[op, index])
            for root, index in body.second.items()
            if self.workspace is not None
        }

    def workspace_of(self, op: Op) -> Handle | None:
        """The part of the workspace that belongs to the regions of `op`."""
        size = max(plan.size for plan in self.plan.inner[op])
        if not size:
            return None
        assert self.workspace is not None
        return self.view(self.workspace, ArrayType(uint8, (size,)), self.plan.offsets[op])

    def view(self, source: Handle, type: Any, offset: int) -> Handle:
        """The bytes of `source` from `offset` on as an array of `type`."""
        if isinstance(source.type, StackRef) or (source.type == MemRef(type) and offset == 0):
            return source
        return self.emit(memory.view, source, offset=offset, type=type)

    def load(self, buffer: Handle) -> Handle:
        """The value in a 0-d buffer."""
        return self.emit(memory.load, buffer, at=Map(0, [constant(0, 0)]))

    def copy(self, source: Handle, target: Handle) -> None:
        """Copy an array, or the description of a stack."""
        definition = stack.copy if isinstance(source.type, StackRef) else memory.copy
        emit(self.builder, definition, (source, target))
