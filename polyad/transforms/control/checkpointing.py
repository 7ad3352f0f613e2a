"""Reverse mode through loops in bounded memory: states are kept in slots, and the steps between run
again.

A loop with `checkpoint = n` records nothing as it runs forward. Its transpose keeps at most n
states of the known carry in *slots*, used as a stack, and turns the steps round from the last to
the first. To reach step t it takes the newest state kept, of step p, and runs on from there; where
slots are free it keeps states on the way, at the steps that make the recomputation least (Griewank,
"Achieving logarithmic growth of temporal and spatial complexity in reverse automatic
differentiation", Optimization Methods and Software 1, 1992; Griewank and Walther, Algorithm 799,
ACM TOMS 26, 2000). With n slots and r sweeps, C(n + r, r) steps can be turned round.

The length of a `while` is not known when it starts. A sweep keeps every state until the slots are
full; then it drops every other one and from there on keeps every second, fourth, … state. (So do
the dynamic schemes of Wang, Moin and Iaccarino, SIAM J. Sci. Comput. 31, 2009, and Stumm and
Walther, SIAM J. Sci. Comput. 32, 2010, with other rules for the states to drop.) From the end of
the sweep on, the length is known, and the gaps are turned round as above.

The slots are arrays with a first axis of size n, so that the transpose is made of loops like any
other, and can be differentiated, batched and compiled as they can.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence

from ...ir import ArrayType, Builder, Function, Op
from ...ir.types import int64
from ...ops import control
from ...ops import elementwise as e
from ...ops import indexing as i
from ...ops import manipulation as m
from ...ops.definition import Unknown
from ...ops.literals import literal
from ...ops.types import Operand
from ...ops.views import Scan, While, emit_scan, emit_while
from ...passes.flags import Flags, chosen, merged
from ...passes.pipeline import simplify
from .._pass import emit_like
from ..kinds import Kinds, fixed_kinds, flattened, kinds_of, unflattened
from ..linear import Linear
from ..partial_eval import Split, into, partial_eval
from ..sums import added
from ..transpose import Turned, turned
from .recording import known_carry
from .shared import define, split_forcing

Handles = list[Operand]
NONE: Iterable[None] = itertools.repeat(None)
"""Cotangents of known values."""
Step = Callable[[Handles, Operand, Handles], Handles]  # (consts, step number, carry) to carry


# -- Loops, written as Python writes them ----------------------------------------------------------


def repeat_while(
    consts: Sequence[Operand],
    carry: Sequence[Operand],
    holds: Callable[[Handles, Handles], Operand],
    step: Callable[[Handles, Handles], Handles],
) -> Handles:
    """A `while`; both functions take (consts, carry)."""
    n, types = len(consts), [h.type for h in (*consts, *carry)]
    condition = define(types, "holds", lambda _, h: [holds(h[:n], h[n:])])
    body = define(types, "step", lambda _, h: step(h[:n], h[n:]))
    return emit_while(carry[0].builder, consts, consts, carry, condition, body)


def number(builder: Builder, value: int) -> Operand:
    return literal(builder, value, int64)


def row(x: Operand, index: Operand) -> Operand:
    """Row `index` of an array."""
    taken = i.take(x, m.reshape(index, shape=(1,)), axis=0)
    return m.reshape(taken, shape=x.type.shape[1:])


def set_row(x: Operand, index: Operand, value: Operand) -> Operand:
    """`x` with that row replaced; as it is, if there is no such row."""
    update = m.reshape(value, shape=(1, *x.type.shape[1:]))
    return i.scatter(x, m.reshape(index, shape=(1,)), update, axis=0, mode="set")


# -- The schedule ----------------------------------------------------------------------------------


def best_split(length: Operand, slots: Operand) -> Operand:
    """The number of `length` steps to run before the next state is kept, the first of `slots` slots
    holding the state before them; both are 2 at least.

    The number of sweeps is the least r with C(slots + r, r) >= length. The steps behind the state
    then take r sweeps with a slot less, and the steps before it r - 1 sweeps with all slots.
    """

    def too_few(consts: Handles, carry: Handles) -> Operand:
        return e.less(carry[1], consts[0])

    def one_more(consts: Handles, carry: Handles) -> Handles:
        sweeps, reach, _ = carry
        sweeps = e.add(sweeps, 1)
        return [
            sweeps,
            e.floor_divide(e.multiply(reach, e.add(consts[1], sweeps)), sweeps),
            reach,
        ]

    zero, one = (number(length.builder, k) for k in (0, 1))
    sweeps, _, before = repeat_while([length, slots], [zero, one, one], too_few, one_more)
    behind = e.floor_divide(e.multiply(before, slots), e.subtract(e.add(slots, sweeps), 1))
    return e.minimum(before, e.subtract(length, behind))


class Slots:
    """States of a loop that are kept: how many, of which steps, and the states."""

    def __init__(self, used: Operand, steps: Operand, states: Sequence[Operand]) -> None:
        self.used, self.steps, self.states = used, steps, list(states)
        self.size = steps.type.shape[0]

    @staticmethod
    def empty(builder: Builder, size: int, types: Sequence[ArrayType]) -> Slots:
        """Room for `size` states whose parts have `types`."""
        steps = literal(builder, 0, int64, (size,))
        states = [literal(builder, 0, t.dtype, (size, *t.shape)) for t in types]
        return Slots(number(builder, 0), steps, states)

    @staticmethod
    def of(handles: Sequence[Operand]) -> Slots:
        return Slots(handles[0], handles[1], handles[2:])

    @property
    def handles(self) -> Handles:
        return [self.used, self.steps, *self.states]

    def keep(self, step: Operand, state: Sequence[Operand]) -> Slots:
        """The slots with one state more; unchanged if all slots are taken."""
        states = [set_row(s, self.used, x) for s, x in zip(self.states, state, strict=True)]
        used = e.minimum(e.add(self.used, 1), self.size)
        return Slots(used, set_row(self.steps, self.used, step), states)

    def newest(self) -> tuple[Operand, Handles]:
        """The step of the newest state, and the state."""
        last = e.subtract(self.used, 1)
        return row(self.steps, last), [row(s, last) for s in self.states]

    def without(self, step: Operand) -> Slots:
        """Without the newest state, if it is that of `step`."""
        found = e.astype(e.equal(self.newest()[0], step), dtype=int64)
        return Slots(e.subtract(self.used, found), self.steps, self.states)

    def thinned(self, full: Operand) -> Slots:
        """The slots with the first, third, … of the states, if all slots are taken (`full`)."""
        half = (self.size + 1) // 2

        def more(c: Handles, k: Handles) -> Operand:
            return e.less(k[0], c[0])

        def move(_: Handles, k: Handles) -> Handles:
            source = e.multiply(k[0], 2)
            return [e.add(k[0], 1), *(set_row(x, k[0], row(x, source)) for x in k[1:])]

        first, count = number(full.builder, 1), e.where(full, half, 0)
        moved = repeat_while([count], [first, self.steps, *self.states], more, move)
        return Slots(e.where(full, half, self.used), moved[1], moved[2:])


def walk(consts: Handles, first: Operand, last: Operand, carry: Handles, advance: Step) -> Handles:
    """The carry of step `last`, from that of step `first`."""

    def before(c: Handles, k: Handles) -> Operand:
        return e.less(k[0], c[0])

    def step(c: Handles, k: Handles) -> Handles:
        return [e.add(k[0], 1), *advance(c[1:], k[0], k[1:])]

    return repeat_while([last, *consts], [first, *carry], before, step)[1:]


def reach(consts: Handles, t: Operand, slots: Slots, advance: Step) -> tuple[Slots, Handles]:
    """The carry of step `t`, from the newest state kept; and the slots, in which states on the way
    have been kept as room allowed.
    """

    def worthwhile(c: Handles, k: Handles) -> Operand:
        now = Slots.of(k)
        gap = e.subtract(c[0], now.newest()[0])
        return e.logical_and(e.greater(gap, 1), e.less(now.used, now.size))

    def keep_one(c: Handles, k: Handles) -> Handles:
        now = Slots.of(k)
        step, state = now.newest()
        free = e.subtract(now.size + 1, now.used)
        ahead = e.add(step, best_split(e.subtract(e.add(c[0], 1), step), free))
        return now.keep(ahead, walk(c[1:], step, ahead, state, advance)).handles

    slots = Slots.of(repeat_while([t, *consts], slots.handles, worthwhile, keep_one))
    step, state = slots.newest()
    return slots.without(t), walk(consts, step, t, state, advance)


# -- The halves of a step --------------------------------------------------------------------------


class Halves:
    """The body of a loop as a known half, which runs forward, and a half linear in the rest.

    `flags` say of consts, carry and xs which are known, the carry in every iteration; `given` are
    the cotangents of the loop's results. Backward a step has a state: the sums of the cotangents of
    the consts, and the cotangents of the carry.
    """

    def __init__(
        self,
        loop: Scan | While,
        flags: tuple[Flags, Flags, Flags],
        parts: Sequence[Sequence[control.Element]],
        given: Sequence[Linear | None],
    ) -> None:
        body = loop.body
        c, k, x = flags
        n = len(k)
        forced = (*(not f for f in k), *(False for _ in body.results[n:]))
        self.split: Split = split_forcing(body, (*c, *k, *x), forced)
        half = forward_half(self.split)
        self.states = simplify(half.with_(results=half.results[: sum(k)]))
        self.unknown = self.split.unknown
        consts, carry, xs = (
            chosen(types, [not f for f in own]) for types, own in zip(parts, flags, strict=True)
        )
        self.consts, self.linear, self.rows = len(consts), len(consts) + len(carry), xs
        self.types = [*consts, *carry]
        left = chosen(given, [not f for f in self.split.out_known])
        self.given = [*[None] * len(consts), *left[: len(carry)]]
        self.ys = left[len(carry) :]
        self.y_types = self.unknown.result_types[len(carry) :]
        length = loop.length if isinstance(loop, Scan) else None
        self.y_kinds = tuple(kind.row(length) for kind in kinds_of(self.ys))
        start = kinds_of(self.given)
        self.kinds = fixed_kinds(start, lambda now: self.turned(now).kinds[: self.linear])
        self.x_kinds = self.turned(self.kinds).kinds[self.linear :]

    def turned(self, kinds: Kinds) -> Turned:
        """The transposed step, for a state of these kinds."""
        count = self.linear + len(self.rows)
        return turned(self.unknown, count, (*kinds[self.consts :], *self.y_kinds))

    def start(self, builder: Builder) -> Handles:
        """The state behind the last step."""
        return flattened(builder, self.types, self.given, self.kinds)

    def ended(self, results: Handles) -> tuple[list[Linear | None], list[Linear | None]]:
        """The cotangents of consts and carry, from the state before the first step."""
        found = unflattened(results, self.kinds)
        return found[: self.consts], found[self.consts :]

    def advance(self, consts: Handles, carry: Handles, xs: Handles) -> Handles:
        return list(carry[0].builder.inline(self.states, [*consts, *carry, *xs])) if carry else []

    def back(
        self,
        builder: Builder,
        known: tuple[Handles, Handles, Handles],
        state: Handles,
        y_cts: Handles,
    ) -> tuple[Handles, Handles]:
        """The state before a step, and the cotangents of the xs, from the state after it."""
        done = builder.inline(self.split.known, [h for part in known for h in part])
        residuals = done[len(done) - self.split.residuals :]
        before, made = unflattened(state, self.kinds), self.turned(self.kinds)
        moving = [*before[self.consts :], *unflattened(y_cts, self.y_kinds)]
        kinds = (*self.kinds[self.consts :], *self.y_kinds)
        given = flattened(builder, self.unknown.result_types, moving, kinds)
        found = unflattened(builder.inline(made.function, [*residuals, *given]), made.kinds)
        sums = [added(a, d, e.guard) for a, d in zip(before[: self.consts], found, strict=False)]
        after = [*sums, *found[self.consts : self.linear]]
        rows = flattened(builder, self.rows, found[self.linear :], self.x_kinds)
        return flattened(builder, self.types, after, self.kinds), rows


def flags_of(body: Function, parts: Sequence[Sequence[Operand]]) -> tuple[Flags, Flags, Flags]:
    """Which consts, carry and xs of a loop are known, from the operands of a transpose rule."""
    c, k, x = (tuple(not isinstance(v, Unknown) for v in part) for part in parts)
    n = len(k)
    return c, known_carry(k, lambda now: partial_eval(body, (*c, *now, *x)).out_known[:n]), x


# -- scan ------------------------------------------------------------------------------------------


def transpose_scan(
    builder: Builder,
    loop: Scan,
    cts: list[Linear | None],
    parts: tuple[Handles, Handles, Handles],
) -> list[Linear | None]:
    """The scan of the steps in the other order, each of which reaches its state by way of slots."""
    body, length, size = loop.body, loop.length, loop.checkpoint
    assert length is not None and size is not None
    flags = flags_of(body, parts)
    c, k, x = (chosen(part, f) for part, f in zip(parts, flags, strict=True))
    halves = Halves(loop, flags, loop.split(body.argument_types), cts)
    slots = Slots.empty(builder, min(size, max(length, 1)), [h.type for h in k])
    slots = slots.keep(number(builder, 0), k)
    ys = [control.stacked(t, length) for t in halves.y_types]
    y_given = flattened(builder, ys, halves.ys, kinds_of(halves.ys))
    consts, linear = [*c, *x], halves.start(builder)
    state = [number(builder, length - 1), *slots.handles, *linear]
    xs = [*x, *y_given]

    def advance(known: Handles, t: Operand, carry: Handles) -> Handles:
        at = e.subtract(length - 1, t) if loop.reverse else t
        rows = [row(h, at) for h in known[len(c) :]]
        return halves.advance(known[: len(c)], carry, rows)

    def step(b: Builder, handles: Handles) -> Handles:
        at = iter(handles)
        known, (t,), kept, moving, x_row, y_row = (
            [next(at) for _ in group] for group in (consts, [0], slots.handles, linear, x, y_given)
        )
        now, carry = reach(known, t, Slots.of(kept), advance)
        moving, rows = halves.back(b, (known[: len(c)], carry, x_row), moving, y_row)
        return [e.subtract(t, 1), *now.handles, *moving, *rows]

    types = [*(h.type for h in (*consts, *state)), *(control.unstacked(h.type, length) for h in xs)]
    back = define(types, f"{body.name}_transpose", step)
    results = emit_scan(builder, consts, state, xs, back, length=length, reverse=not loop.reverse)
    first, last = 1 + len(slots.handles), len(state)
    consts_carry = halves.ended(results[first:last])
    found = [*consts_carry, unflattened(results[last:], halves.x_kinds)]
    return [ct for own, cts in zip(flags, found, strict=True) for ct in merged(own, NONE, cts)]


# -- while -----------------------------------------------------------------------------------------


def transpose_while(
    builder: Builder,
    loop: While,
    cts: list[Linear | None],
    parts: tuple[Handles, Handles, Handles],
    condition: Callable[[Flags], Function],
) -> list[Linear | None]:
    """A sweep that finds the length and keeps states on the way; then the steps in the other order.

    `condition` gives the loop's condition as a function of the known part of the carry.
    """
    cond_consts, *rest = parts
    body, size = loop.body, loop.checkpoint
    assert size is not None
    flags = flags_of(body, (*rest, ()))
    c, k = (chosen(part, f) for part, f in zip(rest, flags, strict=False))
    types: list[list[control.Element]] = [*loop.split_body(body.argument_types), []]
    halves, holds = Halves(loop, flags, types, cts), condition(flags[1])
    n_cond = len(cond_consts)

    def goes_on(consts: Handles, carry: Handles) -> Operand:
        found: Operand = carry[0].builder.inline(holds, [*consts[:n_cond], *carry])[0]
        return found

    def advance(consts: Handles, _: Operand, carry: Handles) -> Handles:
        return halves.advance(consts[n_cond:], carry, [])

    consts = [*cond_consts, *c]
    length, slots = sweep(builder, size, consts, k, goes_on, advance)
    kept = len(slots.handles)

    def left(_: Handles, state: Handles) -> Operand:
        return e.greater_equal(state[0], 0)

    def step(known: Handles, state: Handles) -> Handles:
        t, moving = state[0], state[1 + kept :]
        now, carry = reach(known, t, Slots.of(state[1 : 1 + kept]), advance)
        moving, _ = halves.back(t.builder, (known[n_cond:], carry, []), moving, [])
        return [e.subtract(t, 1), *now.handles, *moving]

    state = [e.subtract(length, 1), *slots.handles, *halves.start(builder)]
    found = halves.ended(repeat_while(consts, state, left, step)[1 + kept :])
    back = [ct for own, each in zip(flags, found, strict=False) for ct in merged(own, NONE, each)]
    return [*[None] * n_cond, *back]


def sweep(
    builder: Builder,
    size: int,
    consts: Handles,
    carry: Handles,
    goes_on: Callable[[Handles, Handles], Operand],
    advance: Step,
) -> tuple[Operand, Slots]:
    """The length of a loop, and the slots, with states at multiples of a power of two."""
    empty = Slots.empty(builder, size, [h.type for h in carry])
    kept = len(empty.handles)
    start = [number(builder, 0), number(builder, 1), *empty.handles, *carry]

    def more(c: Handles, state: Handles) -> Operand:
        return goes_on(c, state[2 + kept :])

    def stretch(c: Handles, state: Handles) -> Handles:
        """Keep the state, if it is due; run until the next is."""
        t, stride, now = state[0], state[1], Slots.of(state[2 : 2 + kept])
        full = e.equal(now.used, size)
        stride = e.where(full, e.multiply(stride, 2), stride)
        now, due = now.thinned(full), e.equal(e.remainder(t, stride), 0)
        now = kept_if(due, now, t, state[2 + kept :])
        limit = e.multiply(e.add(e.floor_divide(t, stride), 1), stride)

        def before(cc: Handles, k: Handles) -> Operand:
            return e.logical_and(e.less(k[0], cc[0]), goes_on(cc[1:], k[1:]))

        def one(cc: Handles, k: Handles) -> Handles:
            return [e.add(k[0], 1), *advance(cc[1:], k[0], k[1:])]

        t, *now_carry = repeat_while([limit, *c], [t, *state[2 + kept :]], before, one)
        return [t, stride, *now.handles, *now_carry]

    done = repeat_while(consts, start, more, stretch)
    return done[0], Slots.of(done[2 : 2 + kept])


def kept_if(due: Operand, slots: Slots, step: Operand, state: Handles) -> Slots:
    """The slots with one state more, if it is due and there is room."""
    index = e.where(due, slots.used, slots.size)  # a row that is not there is not written
    states = [set_row(s, index, x) for s, x in zip(slots.states, state, strict=True)]
    used = e.minimum(e.add(slots.used, e.astype(due, dtype=int64)), slots.size)
    return Slots(used, set_row(slots.steps, index, step), states)


# -- Partial evaluation ----------------------------------------------------------------------------


def split_loop(
    inner: Builder,
    op: Op,
    operands: list[Operand],
    out_known: Sequence[bool],
    done: Handles,
    *regions: Function,
) -> list[Operand]:
    """The results of a loop whose known half has run, and given `done`; it recorded nothing. The
    whole loop, of these regions, stands in the inner function, where its transpose runs the known
    half again.
    """
    rest = emit_like(inner, op, [into(inner, h) for h in operands], *regions)
    left = [h for h, f in zip(rest, out_known, strict=True) if not f]
    return merged(out_known, done, left)


def forward_half(split: Split) -> Function:
    """The known half of a body without its residuals."""
    half = split.known.with_(results=split.known.results[: sum(split.out_known)])
    return define(half.argument_types, half.name, lambda b, h: b.inline(half, h))
