"""Building loops: a builder at a point inside a nest under construction, and steps of
reductions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from polyad.ir import ArrayType, Builder, Handle

from ..dialects import loop, memory
from ..dialects.affine import Linear, Map
from ..rewrite import emit
from ..table import array_op, neutral_element

Body = Callable[["LoopBuilder", list[Handle]], Sequence[Handle]]
Spans = tuple[tuple[int, int] | None, ...]


class LoopBuilder:
    """A builder inside a nest, with the buffers and the loop indices there. `spans` are the first
    and the last index, exclusive, of each loop, where known; the index of a loop counts from its
    first.
    """

    def __init__(
        self,
        builder: Builder,
        buffers: list[Handle],
        indices: list[Handle],
        spans: Spans = (),
    ) -> None:
        self.builder, self.buffers, self.indices = builder, buffers, indices
        self.spans: Spans = spans or (None,) * len(indices)

    def loop(
        self,
        extent: int,
        carried: Sequence[Handle],
        body: Body,
        start: int = 0,
        left: tuple[int, int] | None = None,
    ) -> list[Handle]:
        """A loop over `extent` indices from `start` on; `body(here, carried)` builds an iteration
        and gives the next carried values. For `left` see `loop.for`: it has the number of a loop
        around.
        """
        captured = [*self.indices, *self.buffers]
        types = [memory.INDEX, *(h.type for h in captured), *(h.type for h in carried)]
        builder = Builder(types, name="step")
        index, *rest = builder.argument_handles()
        indices, buffers = rest[: len(self.indices)], rest[len(self.indices) : len(captured)]
        spans = (*self.spans, (start, start + extent))
        inside = LoopBuilder(builder, buffers, [*indices, index], spans)
        results = body(inside, rest[len(captured) :])
        attributes: tuple[tuple[str, Any], ...] = (("carried", len(carried)), ("extent", extent))
        if left is not None:
            attributes = (*attributes, ("left", left))
        made = emit(
            self.builder, loop.for_, (*captured, *carried), attributes, (builder.build(results),)
        )
        return list(made)

    def at(self, position: Linear) -> tuple[tuple[Handle, ...], Map]:
        """The indices and the map that give `position`, an expression over the outermost loops."""
        used = [i for i, c in enumerate(position.coefficients) if c and i < len(self.indices)]
        starts = (position.coefficients[i] * (self.spans[i] or (0,))[0] for i in used)
        short = Linear(tuple(position.coefficients[i] for i in used), position.offset + sum(starts))
        return tuple(self.indices[i] for i in used), Map(len(used), [short])

    def scalar(self, name: str, *operands: Handle, **attributes: Any) -> Handle:
        """An op of the array dialect on scalars."""
        return emit(self.builder, array_op(name), operands, tuple(sorted(attributes.items())))[0]

    def constant(self, value: bool | int | float, type: ArrayType) -> Handle:
        return self.scalar("full", value=type.dtype.python_type(value), shape=(), dtype=type.dtype)

    def index(self, position: Linear) -> Handle:
        """The value of `position`."""
        indices, at = self.at(position)
        return emit(self.builder, loop.affine, indices, (("at", at),))[0]

    def clamped(self, index: Handle, size: int) -> Handle:
        """The nearest of the indices 0 … size - 1."""
        index = self.scalar("minimum", index, self.constant(size - 1, memory.INDEX))
        return self.scalar("maximum", index, self.constant(0, memory.INDEX))

    def load(
        self, buffer: int, position: Linear, moving: Sequence[tuple[Handle, int]] = ()
    ) -> Handle:
        """The element at `position`, plus for each of the `moving` indices its value times its step
        in elements.
        """
        indices, at = self.at(position)
        if moving:
            (line,) = at.results
            line = Linear((*line.coefficients, *(step for _, step in moving)), line.offset)
            indices = (*indices, *(i for i, _ in moving))
            at = Map(len(indices), [line])
        return emit(self.builder, memory.load, (self.buffers[buffer], *indices), (("at", at),))[0]

    def store(self, value: Handle, buffer: int, position: Linear) -> None:
        indices, at = self.at(position)
        emit(self.builder, memory.store, (value, self.buffers[buffer], *indices), (("at", at),))


def accumulate(here: LoopBuilder, kind: str, total: Handle, value: Handle) -> Handle:
    return emit(here.builder, loop.accumulate, (total, value), (("kind", kind),))[0]


def fill(here: LoopBuilder, buffer: int, kind: str) -> None:
    """Fill a buffer of totals with neutral elements."""
    type = here.buffers[buffer].type

    def step(at: LoopBuilder, _: list[Handle]) -> Sequence[Handle]:
        at.store(neutral(at.builder, kind, type.element), buffer, Linear((1,)))
        return ()

    if type.array.size:
        here.loop(type.array.size, (), step)


def neutral(builder: Builder, kind: str, type: ArrayType) -> Handle:
    """The neutral element of a reduction."""
    value = neutral_element(kind, type.dtype)
    attributes = (("dtype", type.dtype), ("shape", ()), ("value", value))
    return emit(builder, array_op("full"), (), attributes)[0]
