"""The `control` dialect in LLVM: blocks and branches around what the regions hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from polyad.ir import Function, Op

from .. import costs
from ..dialects import control, stack
from ..dialects.stack import StackRef
from ..llvm.types import I64, POINTER, Value
from . import interrupt
from .arena import LAST, get, release
from .program import BUDGET, Program, Rule

ALLOCATING = frozenset([stack.push, stack.resize, stack.filled])


class Turns:
    """The buffers of a loop, of which some change places after each iteration. Where they are is
    kept in variables, which LLVM makes registers.
    """

    def __init__(self, p: Program, op: Op, buffers: Sequence[Value]) -> None:
        self.p, self.buffers = p, list(buffers)
        self.pairs = op.attrs.get("swapped", ())
        types = [v.type for v in op.operands[len(op.operands) - len(buffers) :]]
        self.sizes = [types[i].array.nbytes for i, _ in self.pairs]
        self.places = {i: self.variable(buffers[i]) for pair in self.pairs for i in pair}

    def variable(self, buffer: Value) -> Value:
        place = self.p.b.bitcast(self.p.alloca(8, 8), POINTER.as_pointer())
        self.p.b.store(buffer, place)
        return place

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
        """Bring back what is elsewhere after the last iteration."""
        b = self.p.b
        for (i, _), size in zip(self.pairs, self.sizes, strict=True):
            last = b.load(self.places[i])
            with b.if_then(b.icmp_unsigned("!=", last, self.buffers[i])):
                self.p.move(self.buffers[i], last, size)


def emit_for(p: Program, op: Op) -> None:
    """A counted loop. A long one runs in chunks, between which it looks for signals."""
    extent, buffers, b = I64(op.attrs["extent"] or 0), p.operands(op), p.b
    if op.attrs["extent"] is None:
        extent, *buffers = buffers

    turns = Turns(p, op, buffers)

    def iteration(step: Value) -> None:
        if op.attrs["reverse"]:
            step = b.sub(b.sub(extent, I64(1)), step, flags=("nuw", "nsw"))
        now = turns.now()
        run_body(p, op.regions[0], [step, *now])
        turns.swap(now)

    chunk = max(1, BUDGET // max(1, costs.of_region(op.regions[0])))
    if op.attrs["extent"] is None:
        with b.if_then(b.icmp_unsigned("!=", extent, I64(0))):
            count_in_chunks(p, extent, chunk, iteration)
    elif op.attrs["extent"] > chunk:
        count_in_chunks(p, extent, chunk, iteration)
    else:
        count(p, I64(0), extent, iteration)
    turns.end()


def count(p: Program, start: Value, stop: Value, iteration: Callable[[Value], None]) -> None:
    """From `start` to `stop` - 1; tests at its end."""
    b = p.b
    before, body, after = b.block, b.append_basic_block("for"), b.append_basic_block("endfor")
    b.branch(body)
    b.position_at_end(body)
    step = b.phi(I64)
    step.add_incoming(start, before)
    iteration(step)
    following = b.add(step, I64(1), flags=("nuw", "nsw"))
    step.add_incoming(following, b.block)
    b.cbranch(b.icmp_unsigned("<", following, stop), body, after)
    b.position_at_end(after)


def count_in_chunks(
    p: Program, extent: Value, chunk: int, iteration: Callable[[Value], None]
) -> None:
    b = p.b
    before = b.block
    part, more, after = (b.append_basic_block(n) for n in ("part", "more", "endparts"))
    b.branch(part)
    b.position_at_end(part)
    start = b.phi(I64)
    start.add_incoming(I64(0), before)
    left = b.sub(extent, start, flags=("nuw", "nsw"))
    last = b.icmp_unsigned("<=", left, I64(chunk))
    stop = b.select(last, extent, b.add(start, I64(chunk)))
    count(p, start, stop, iteration)
    b.cbranch(last, after, more)
    b.position_at_end(more)
    interrupt.look(p)
    start.add_incoming(stop, b.block)
    b.branch(part)
    b.position_at_end(after)


def emit_while(p: Program, op: Op) -> None:
    condition, body = op.regions
    b, turns = p.b, Turns(p, op, p.operands(op))
    before = b.block
    test, step, after = (b.append_basic_block(n) for n in ("while", "do", "endwhile"))
    b.branch(test)
    b.position_at_end(test)
    done = b.phi(I64) if "limit" in op.attrs else None
    now = turns.now()
    with p.in_loop():
        (holds,) = p.run(condition, now)
    b.cbranch(holds, step, after)
    b.position_at_end(step)
    interrupt.spend(p, costs.work(op))
    if done is not None:
        limit = op.attrs["limit"]
        with b.if_then(b.icmp_unsigned("==", done, I64(limit)), likely=False):
            interrupt.fail(p, limit, op.location)
    run_body(p, body, now)
    turns.swap(now)
    if done is not None:
        done.add_incoming(I64(0), before)
        done.add_incoming(b.add(done, I64(1)), b.block)
    b.branch(test)
    b.position_at_end(after)
    turns.end()


def emit_switch(p: Program, op: Op) -> None:
    """Index 0 or less: the first region; the last index or more: the last region."""
    (index, *buffers), b = p.operands(op), p.b
    blocks = [b.append_basic_block("case") for _ in op.regions]
    after = b.append_basic_block("endswitch")
    low = b.append_basic_block("low")
    b.cbranch(b.icmp_signed("<=", index, I64(0)), blocks[0], low)
    b.position_at_end(low)
    switch = b.switch(index, blocks[-1])
    for number, block in enumerate(blocks[1:-1], 1):
        switch.add_case(I64(number), block)
    for block, region in zip(blocks, op.regions, strict=True):
        b.position_at_end(block)
        p.run(region, buffers)
        b.branch(after)
    b.position_at_end(after)


def run_body(p: Program, region: Function, arguments: Sequence[Value]) -> None:
    """An iteration. The stacks that it makes for itself are freed at its end."""
    with p.in_loop():
        head = next((i for i, op in enumerate(region.ops) if op.definition not in PLACES), None)
        rest = region.ops[head:] if head is not None else ()
        keeps = any(isinstance(v.type, StackRef) for op in region.ops[:head] for v in op.results)
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
        mark = get(p.b, p.arena(), LAST)
        p.steps(rest)
        p.b.call(release(p.module), [p.arena(), mark])


PLACES = frozenset([stack.push, stack.row])

RULES: dict[Any, Rule] = {
    control.for_: emit_for,
    control.while_: emit_while,
    control.switch: emit_switch,
}
