"""The `control` dialect in LLVM: blocks and branches around what the regions hold."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from polyad.ir import Function, Op
from polyad.ir import Value as IRValue

from ..dialects import control, stack
from ..dialects.stack import StackRef
from ..llvm.arena import LAST, release
from ..llvm.types import I64, POINTER, Value
from ..llvm.writer import UP
from . import interrupt
from .program import Program, Rule, chunk_of

ALLOCATING = frozenset([stack.push, stack.resize, stack.filled])


class Turns:
    """The buffers of a loop. Pairs of them change places after each iteration: variables, which
    LLVM keeps in registers, hold their addresses.
    """

    def __init__(self, p: Program, op: Op, buffers: Sequence[Value]) -> None:
        self.p, self.buffers = p, list(buffers)
        self.pairs = op.attrs.get("swapped", ())
        types = [v.type for v in op.operands[len(op.operands) - len(buffers) :]]
        self.sizes = [types[i].array.nbytes for i, _ in self.pairs]
        self.places = {i: p.b.slot(POINTER, buffers[i]) for pair in self.pairs for i in pair}

    def now(self) -> list[Value]:
        """The buffers in this iteration."""
        now = list(self.buffers)
        for i, place in self.places.items():
            now[i] = self.p.b.load(place)
        return now

    def swap(self, now: Sequence[Value]) -> None:
        for i, j in self.pairs:
            self.p.b.store(now[j], self.places[i])
            self.p.b.store(now[i], self.places[j])

    def end(self) -> None:
        """Copy back the buffers that are not in their first place after the last iteration."""
        b = self.p.b
        for (i, _), size in zip(self.pairs, self.sizes, strict=True):
            last = b.load(self.places[i])
            with b.if_then(b.icmp_unsigned("!=", last, self.buffers[i])):
                b.move(self.buffers[i], last, size)


def emit_for(p: Program, op: Op) -> None:
    """A counted loop. A long one runs in chunks, between which it looks for signals."""
    buffers, b, count = p.operands(op), p.b, op.attrs["extent"]
    if count is None:
        extent, *buffers = buffers
    else:
        extent = p.number(op, count)

    turns = Turns(p, op, buffers)

    def iteration(step: Value) -> None:
        if op.attrs["reverse"]:
            step = b.sub(b.sub(extent, I64(1)), step, flags=UP)
        now = turns.now()
        run_body(p, op.regions[0], [step, *now])
        turns.swap(now)

    chunk = chunk_of(op)
    if count is None:
        with b.if_then(b.icmp_unsigned("!=", extent, I64(0))):
            count_in_chunks(p, extent, p.quantity(op, chunk, "chunk"), iteration)
    elif count > chunk:
        count_in_chunks(p, extent, p.quantity(op, chunk, "chunk"), iteration)
    else:
        with b.repeat(extent) as step:
            iteration(step)
    turns.end()


def count_in_chunks(
    p: Program, extent: Value, chunk: Value, iteration: Callable[[Value], None]
) -> None:
    b = p.b
    with b.loop(I64(0)) as parts:
        (start,) = parts.values
        left = b.sub(extent, start, flags=UP)
        last = b.icmp_unsigned("<=", left, chunk)
        stop = b.select(last, extent, b.add(start, chunk))
        with b.repeat(stop, start) as step:
            iteration(step)
        parts.leave_if(last)
        interrupt.look(p)
        parts.next = [stop]


def emit_while(p: Program, op: Op) -> None:
    condition, body = op.regions
    b, turns = p.b, Turns(p, op, p.operands(op))
    limit = op.attrs.get("limit")
    with b.loop(*([] if limit is None else [I64(0)])) as loop:
        now = turns.now()
        with p.in_loop():
            (holds,) = p.run(condition, now)
        loop.leave_unless(holds)
        interrupt.spend(p, op)
        if limit is not None:
            (done,) = loop.values
            with b.if_then(b.icmp_unsigned("==", done, I64(limit)), likely=False):
                interrupt.fail(p, op)
        run_body(p, body, now)
        turns.swap(now)
        if limit is not None:
            loop.next = [b.add(done, I64(1))]
    turns.end()


def emit_switch(p: Program, op: Op) -> None:
    """Index 0 or less: the first region; the last index or more: the last region."""
    (index, *buffers), b = p.operands(op), p.b
    runs = [functools.partial(p.run, region, buffers) for region in op.regions]
    with b.if_else(b.icmp_signed("<=", index, I64(0))) as (low, high):
        with low:
            runs[0]()
        with high:
            b.cases(index, dict(enumerate(runs[1:-1], 1)), runs[-1])


def run_body(p: Program, region: Function, arguments: Sequence[Value]) -> None:
    """An iteration. The stacks that it makes for itself are freed at its end."""
    with p.in_loop():
        head = next((i for i, op in enumerate(region.ops) if op.definition not in PLACES), None)
        rest = region.ops[head:] if head is not None else ()
        keeps = any(isinstance(v.type, StackRef) for op in region.ops[:head] for v in op.results)
        keeps = keeps or not refilled(region).isdisjoint(region.arguments)
        allocates = any(
            inner.definition in ALLOCATING
            for op in rest
            for inner in (op, *(o for r in op.regions for o in r.walk()))
        )
        p.bind(region, arguments)
        p.steps(region.ops[: len(region.ops) - len(rest)])
        if keeps or not allocates:
            p.steps(rest)
            return
        mark = p.b.field(p.arena(), LAST)
        p.steps(rest)
        p.b.call(release(p.module), [p.arena(), mark])


def refilled(region: Function) -> set[IRValue]:
    """The stacks to which a region gives contents."""
    found: set[IRValue] = set()
    for op in region.ops:
        if op.definition in TARGETS:
            found.add(op.operands[TARGETS[op.definition]])
        for inner in op.regions:
            pairs = zip(reversed(inner.arguments), reversed(op.operands), strict=False)
            filled = refilled(inner)
            found.update(outer for argument, outer in pairs if argument in filled)
    return found


PLACES = frozenset([stack.push, stack.row])
TARGETS = {stack.resize: 0, stack.push: 0, stack.copy: 1}

RULES: dict[Any, Rule] = {
    control.for_: emit_for,
    control.while_: emit_while,
    control.switch: emit_switch,
}
