"""The ops of `kernel` that work along one axis, as loops: scatter, scan, arg, search; and add_at.

Each sees its array as [outer, axis, inner]. An index read from memory is used as a loop index is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from polyad.ir import Builder, Handle, Op, Shape

from ..dialects import kernel, loop
from ..dialects.affine import Linear, Map
from ..dialects.memory import INDEX
from ..rewrite import Rewriter
from ..table import SCANS
from .loop_builder import LoopBuilder, accumulate, neutral

Build = Callable[[LoopBuilder], None]


def axis_kernel(
    r: Rewriter, operands: Sequence[Handle], name: str, build: Build
) -> Sequence[Handle]:
    """One `loop.kernel`, which writes to its last operand."""
    builder = Builder([h.type for h in operands], name=name)
    build(LoopBuilder(builder, builder.argument_handles(), []))
    return r.emit(loop.kernel, operands, (builder.build(()),), name=name, distinct=1)


def loops(here: LoopBuilder, extents: Sequence[int], body: Build) -> None:
    """Nested loops without carried values; nothing where an extent is 0."""
    if 0 in extents:
        return
    if not extents:
        body(here)
        return

    def step(at: LoopBuilder, _: list[Handle]) -> Sequence[Handle]:
        loops(at, extents[1:], body)
        return ()

    here.loop(extents[0], (), step)


def sides(shape: Shape, axis: int) -> tuple[int, int, int]:
    """Elements before, along and after the axis."""
    return prod(shape[:axis]), shape[axis], prod(shape[axis + 1 :])


def read_index(here: LoopBuilder, buffer: int, position: Linear) -> Handle:
    """An index from memory as i64."""
    value = here.load(buffer, position)
    if value.type is INDEX:
        return value
    return here.scalar("astype", value, dtype=INDEX.dtype)


COMBINE = {"add": "add", "multiply": "multiply", "min": "minimum", "max": "maximum"}


def scatter_to_loop(r: Rewriter, op: Op, operands: Sequence[Handle], name: str) -> Sequence[Handle]:
    """Copy x, then combine the updates in."""
    x, indices, updates, target = operands
    elements = x.type.array.size

    def copy(here: LoopBuilder) -> None:
        here.store(here.load(0, Linear((1,))), 1, Linear((1,)))

    if elements:
        axis_kernel(r, [x, target], f"{name}_copy", lambda here: loops(here, (elements,), copy))
    return scatter_into_to_loop(r, op, [indices, updates, target], name)


def scatter_into_to_loop(
    r: Rewriter, op: Op, operands: Sequence[Handle], name: str
) -> Sequence[Handle]:
    """Combine the updates in. An update out of range writes back the element that it finds at the
    nearest index in range.
    """
    indices, _, x = (h.type for h in operands)
    outer, size, inner = sides(x.shape, op.attrs["axis"])
    many, combine = indices.shape[0], COMBINE.get(op.attrs["mode"])

    def update(here: LoopBuilder) -> None:
        raw = read_index(here, 0, Linear((0, 1)))
        index = here.clamped(raw, size)
        inside = here.scalar("equal", raw, index)
        LoopBuilder(here.builder, here.buffers, [*here.indices, index]).loop(inner, [inside], one)

    def one(at: LoopBuilder, carried: list[Handle]) -> Sequence[Handle]:
        position = Linear((size * inner, 0, inner, 1))
        old, new = at.load(2, position), at.load(1, Linear((many * inner, inner, 0, 1)))
        value = at.scalar(combine, old, new) if combine else new
        at.store(at.scalar("where", carried[0], value, old), 2, position)
        return carried

    extents = (outer, many) if x.array.size else (0,)
    return axis_kernel(r, operands, name, lambda here: loops(here, extents, update))


def add_at_to_loop(r: Rewriter, op: Op, operands: Sequence[Handle], name: str) -> Sequence[Handle]:
    """Clear the result, then add the elements in their order."""
    x, out = (h.type for h in operands)
    target = op.attrs["at"].flatten(out.shape)
    source = Map.identity(len(x.shape)).flatten(x.shape)
    zero = out.element.dtype.python_type(0)

    def clear(here: LoopBuilder) -> None:
        here.store(here.constant(zero, out.element), 1, Linear((1,)))

    def add(here: LoopBuilder) -> None:
        total = here.scalar("add", here.load(1, target), here.load(0, source))
        here.store(total, 1, target)

    def build(here: LoopBuilder) -> None:
        loops(here, (out.array.size,), clear)
        loops(here, x.shape, add)

    return axis_kernel(r, operands, name, build)


def scan_to_loop(r: Rewriter, op: Op, operands: Sequence[Handle], name: str) -> Sequence[Handle]:
    """Each element is the one before it along the axis, combined with the operand's."""
    combine = SCANS[op.attrs["combine"]]
    outer, size, inner = sides(operands[0].type.shape, op.attrs["axis"])

    def line(here: LoopBuilder) -> None:  # outer, inner
        first = Linear((size * inner, 1))
        start = here.load(0, first)
        here.store(start, 1, first)

        def step(at: LoopBuilder, carried: list[Handle]) -> Sequence[Handle]:
            position = Linear((size * inner, 1, inner), inner)
            total = at.scalar(combine, carried[0], at.load(0, position))
            at.store(total, 1, position)
            return [total]

        if size > 1:
            here.loop(size - 1, [start], step)

    return axis_kernel(
        r, operands, name, lambda here: loops(here, (outer, inner) if size else (0,), line)
    )


def arg_to_loop(r: Rewriter, op: Op, operands: Sequence[Handle], name: str) -> Sequence[Handle]:
    """The extremum, then the first element equal to it, or the first NaN: two reductions, which
    LLVM can vectorise. The extremum is NaN if an element is.
    """
    kind = op.attrs["extremum"]
    outer, size, inner = sides(operands[0].type.shape, op.attrs["axis"])
    element = Linear((size * inner, 1, inner))

    def line(here: LoopBuilder) -> None:  # outer, inner
        def extremum(at: LoopBuilder, carried: list[Handle]) -> Sequence[Handle]:
            return [accumulate(at, kind, carried[0], at.load(0, element))]

        def first(at: LoopBuilder, carried: list[Handle]) -> Sequence[Handle]:
            best, found = carried
            value = at.load(0, element)
            hit = at.scalar("equal", value, best)
            if value.type.dtype.is_floating:
                hit = at.scalar("logical_or", hit, at.scalar("isnan", value))
            index = at.scalar("where", hit, at.indices[-1], at.constant(size, INDEX))
            return [best, accumulate(at, "min", found, index)]

        start = neutral(here.builder, kind, here.buffers[0].type.element)
        (best,) = here.loop(size, [start], extremum)
        _, found = here.loop(size, [best, here.constant(size - 1, INDEX)], first)
        here.store(found, 1, Linear((inner, 1)))

    return axis_kernel(r, operands, name, lambda here: loops(here, (outer, inner), line))


def search_to_loop(r: Rewriter, op: Op, operands: Sequence[Handle], name: str) -> Sequence[Handle]:
    """The index for each element bit by bit, from the highest bit: a bit is set if the element
    before the resulting index comes before the wanted one. No branch depends on the data.
    """
    x, wanted, _ = (h.type for h in operands)
    (size,), side = x.shape, op.attrs["side"]
    bits = size.bit_length()

    def one(here: LoopBuilder) -> None:
        value = here.load(1, Linear((1,)))
        highest = here.constant(1 << (bits - 1), INDEX)
        step = lambda at, carried: search_step(at, carried, size, side)
        found = here.loop(bits, [here.constant(0, INDEX), highest, value], step)[0]
        here.store(found, 2, Linear((1,)))

    def none(here: LoopBuilder) -> None:
        here.store(here.constant(0, INDEX), 2, Linear((1,)))

    count = wanted.array.size
    return axis_kernel(r, operands, name, lambda here: loops(here, (count,), one if size else none))


def search_step(at: LoopBuilder, carried: list[Handle], size: int, side: str) -> Sequence[Handle]:
    """Set one bit of the index, if it stays in range and the element before it comes before the
    wanted one. Carried are the index, the bit and the wanted value.
    """
    found, bit, value = carried
    probe = at.scalar("add", found, bit)
    last = at.clamped(at.scalar("subtract", probe, at.constant(1, INDEX)), size)
    there = LoopBuilder(at.builder, at.buffers, [last])
    further = comes_before(at, there.load(0, Linear((1,))), value, side)
    inside = at.scalar("less_equal", probe, at.constant(size, INDEX))
    further = at.scalar("logical_and", inside, further)
    half = at.scalar("bitwise_right_shift", bit, at.constant(1, INDEX))
    return [at.scalar("where", further, probe, found), half, value]


def comes_before(here: LoopBuilder, x: Handle, wanted: Handle, side: str) -> Handle:
    """Whether x < wanted, from the right x <= wanted, with NaN the largest."""
    if x.type.dtype.is_floating:
        both = [here.scalar("isnan", v) for v in (x, wanted)]
        if side == "right":
            ordered = here.scalar("less_equal", x, wanted)
            return here.scalar("logical_or", ordered, both[1])
        beyond = here.scalar("logical_and", here.scalar("logical_not", both[0]), both[1])
        return here.scalar("logical_or", here.scalar("less", x, wanted), beyond)
    return here.scalar("less" if side == "left" else "less_equal", x, wanted)


AXIS_RULES: dict[Any, Callable[[Rewriter, Op, Sequence[Handle], str], Sequence[Handle]]] = {
    kernel.scatter: scatter_to_loop,
    kernel.scatter_into: scatter_into_to_loop,
    kernel.add_at: add_at_to_loop,
    kernel.scan: scan_to_loop,
    kernel.arg: arg_to_loop,
    kernel.search: search_to_loop,
}
