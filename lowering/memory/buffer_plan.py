"""The plan of the buffers: for each array of a function a result, a carried array, a small buffer
of its own, or an offset in the workspace, where dead arrays give their memory to later ones.
"""

from __future__ import annotations

import bisect
import heapq
from math import prod

from polyad.ir import Function, Op, Value
from polyad.ops.control import StackType, cond
from polyad.ops.views import loop_of

from ..dialects import kernel
from ..dialects.memory import type_of
from ..native_ops import may_repeat
from ..table import CONTROL
from .aliases import Aliases

# A cache line, and the widest vector. In bytes.
ALIGNMENT = 64
# A small buffer outside of the workspace, at most. In bytes.
SMALL = 1024
# All small buffers of one region together, at most. In bytes.
SMALL_IN_ALL = 65536

Key = Value | Op | int | tuple[Op, int]
ENDLESS = 1 << 62


class BufferPlan:
    """The buffers of the values of a function.

    The `body` of a loop carries its arguments `first + k`, for k < `carry`: result k is argument
    `first + k` of the next iteration. `in_loop` is true of a function that runs inside a loop.
    `in_result` maps an array to the number of the result that it is computed in; `second` maps one
    to the number of the carried result with which it is exchanged after each iteration; `local` are
    the arrays with a small buffer of their own; `offsets` are places in the workspace, in bytes.
    """

    def __init__(
        self,
        function: Function,
        *,
        in_loop: bool = False,
        body: bool = False,
        first: int = 0,
        carry: int = 0,
    ) -> None:
        self.function, self.body = function, body
        self.in_loop, self.first, self.carry = in_loop, first, carry
        self.arguments = frozenset(function.arguments)
        shared = Aliases(function, first, carry)
        self.roots, self.updated = shared.roots, shared.updated
        self.inner = {op: plans_of_regions(op, in_loop) for op in function.ops}
        self.last = self.last_uses()
        self.in_result = self.find_in_result()
        self.second = self.find_second()
        self.local: set[Value | int] = set()
        self.offsets: dict[Key, int] = {}
        self.size = 0
        self.small = 0
        self.assign()

    def root(self, value: Value) -> Value:
        """The array whose buffer `value` shares."""
        return self.roots.get(value, value)

    def last_uses(self) -> dict[Value, int]:
        """The time of the last use of each buffer. An argument that is a result is copied before it
        could change.
        """
        last: dict[Value, int] = {}
        for time, op in enumerate(self.function.ops):
            for value in (*op.operands, *op.results):
                last[self.root(value)] = time
        for value in self.function.results:
            if not self.is_argument(value):
                last[self.root(value)] = len(self.function.ops)
        return last

    def is_argument(self, value: Value) -> bool:
        """Whether `value` is an argument, or a reshape of one, with the contents that it came
        with.
        """
        return self.root(value) in self.arguments and value not in self.updated

    def stays(self, index: int) -> bool:
        """Whether carried result `index` is in the buffer of its argument already, updated or
        not.
        """
        if index >= self.carry:
            return False
        value, old = self.function.results[index], self.function.arguments[self.first + index]
        return value is old or (value in self.updated and self.root(value) is old)

    def saved(self) -> list[int]:
        """The numbers of the carried results that are other arguments, and are copied before these
        change.
        """
        results = self.function.results
        return [k for k in range(self.carry) if self.is_argument(results[k]) and not self.stays(k)]

    def find_in_result(self) -> dict[Value, int]:
        """The arrays that can be computed in the buffer of a result, with the number of that
        result.
        """
        found: dict[Value, int] = {}
        makers = {v: (t, op) for t, op in enumerate(self.function.ops) for v in op.results}
        for index, value in enumerate(self.function.results):
            root = self.root(value)
            if root not in makers or root in found:
                continue
            if index >= self.carry or self.overwrites(index, root, *makers[root]):
                found[root] = index
        return found

    def find_second(self) -> dict[Value, int]:
        """The new values of large carried arrays that cannot be written over the old ones, with the
        numbers of these results. Each gets a second buffer, which is exchanged with the first after
        each iteration.
        """
        made = {v for op in self.function.ops for v in op.results}
        found: dict[Value, int] = {}
        for index, value in enumerate(self.function.results[: self.carry]):
            root = self.root(value)
            if root not in made or root in self.in_result or root in found or is_stack(root):
                continue
            if type_of(root).nbytes == type_of(value).nbytes > SMALL:
                found[root] = index
        return found

    def overwrites(self, index: int, root: Value, time: int, op: Op) -> bool:
        """Whether `op` may write its result over the carried array that the result replaces: no
        later op reads the old values, and `op` itself reads each of them before it writes there.
        """
        old = self.function.arguments[self.first + index]
        last = self.last.get(old, -1)
        if last != time:
            return last < time
        attrs, number = op.attrs, op.results.index(root)
        if op.definition is not kernel.generic or attrs["combine"][number] != "store":
            return False
        if any(may_repeat(inner) for inner in op.regions[0].ops) and prod(attrs["domain"]) > 1:
            return False
        at = attrs["maps"][len(op.operands) + number]
        return type_of(root) is type_of(old) and all(
            v is old and read == at
            for v, read in zip(op.operands, attrs["maps"], strict=False)
            if self.root(v) is old
        )

    def assign(self) -> None:
        """Give each array that is left a buffer, first fit in the workspace."""
        rooms = Rooms()
        for k in self.saved():
            value = self.function.results[k]
            if not is_stack(value):
                size = type_of(value).nbytes
                self.put(k, size, self.in_loop, len(self.function.ops), rooms)
        for time, op in enumerate(self.function.ops):
            rooms.free_until(time)
            for value in op.results:
                if value in self.roots or value in self.in_result or is_stack(value):
                    continue
                if value in self.second:
                    continue
                apart = self.in_loop or op.name in CONTROL
                self.put(value, type_of(value).nbytes, apart, self.last[value], rooms)
            size = max((plan.size for plan in self.inner[op]), default=0)
            if size:
                self.reserve(op, size, time, rooms)
            for plan in self.inner[op]:
                for value, index in plan.second.items():
                    self.reserve((op, index), type_of(value).nbytes, time, rooms)

    def put(self, key: Value | int, size: int, apart: bool, last: int, rooms: Rooms) -> None:
        """A buffer of its own for a small array, if it may have one (`apart`); else a piece of the
        workspace.
        """
        if apart and size <= SMALL and self.small + size <= SMALL_IN_ALL:
            self.local.add(key)
            self.small += size
        else:
            self.reserve(key, size, last, rooms)

    def reserve(self, key: Key, size: int, last: int, rooms: Rooms) -> None:
        """A piece of the workspace that no array alive at the time uses."""
        size = -(-max(size, 1) // ALIGNMENT) * ALIGNMENT
        self.offsets[key] = offset = rooms.take(size, last)
        self.size = max(self.size, offset + size)


class Rooms:
    """The free rooms of the workspace, in order, as where each begins and ends. No two meet."""

    def __init__(self) -> None:
        self.begins, self.ends = [0], [ENDLESS]
        self.taken: list[tuple[int, int, int]] = []  # a heap: the last use, the begin, the end

    def take(self, size: int, last: int) -> int:
        """The place of the first free room of that size, which is taken until after `last`."""
        at = next(i for i, begin in enumerate(self.begins) if self.ends[i] - begin >= size)
        begin = self.begins[at]
        heapq.heappush(self.taken, (last, begin, begin + size))
        if begin + size == self.ends[at]:
            del self.begins[at], self.ends[at]
        else:
            self.begins[at] = begin + size
        return begin

    def free_until(self, time: int) -> None:
        """Free the rooms with a last use before `time`."""
        while self.taken and self.taken[0][0] < time:
            _, begin, end = heapq.heappop(self.taken)
            at = bisect.bisect_left(self.begins, begin)
            if at < len(self.begins) and self.begins[at] == end:
                end = self.ends[at]
                del self.begins[at], self.ends[at]
            if at and self.ends[at - 1] == begin:
                self.ends[at - 1] = end
            else:
                self.begins.insert(at, begin)
                self.ends.insert(at, end)


def is_stack(value: Value) -> bool:
    return isinstance(value.type, StackType)


def plans_of_regions(op: Op, in_loop: bool) -> tuple[BufferPlan, ...]:
    """The plans of the regions of a branch or loop; none for other ops."""
    if op.definition is cond:
        return tuple(BufferPlan(region, in_loop=in_loop) for region in op.regions)
    loop = loop_of(op)
    if loop is None:
        return ()
    *conditions, body = op.regions
    first, carry = loop.n_consts, loop.n_carry
    return (
        *(BufferPlan(condition, in_loop=True) for condition in conditions),
        BufferPlan(body, in_loop=True, body=True, first=first, carry=carry),
    )
