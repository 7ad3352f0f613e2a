"""Arguments that are not contiguous by rows, read without a copy.

The code for such an argument takes the piece of memory that the array spans, as one row, and reads
the array through an index map: a `kernel.generic` that only moves elements. That fuses with its
readers, or becomes strides of a product; else it is a copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from polyad.ir import ArrayType, Builder, Function, Handle

from ..dialects import kernel
from ..dialects.affine import Linear, Map
from ..rewrite import emit

# Copying smaller arrays costs less than compiling the function for them.
COPIED = 1 << 16  # bytes


class Layout(NamedTuple):
    """The shape of an array, and its strides in elements."""

    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def first(self) -> int:
        """The distance from the lowest element in memory to the one with all indices 0, in
        elements.
        """
        return -sum(min(0, s * (n - 1)) for n, s in zip(self.shape, self.strides, strict=True))

    @property
    def span(self) -> int:
        """The number of elements from the lowest to the highest in memory."""
        ends = zip(self.shape, self.strides, strict=True)
        return 1 + sum(abs(s) * (n - 1) for n, s in ends)


Layouts = tuple[Layout | None, ...]


def layout_of(array: Any, expected: ArrayType) -> Layout | None:
    """The layout of an argument that is to be read without a copy, though not contiguous; else
    None.
    """
    if type(array) is not np.ndarray or array.shape != expected.shape:
        return None
    if array.dtype != np.dtype(expected.dtype.name):
        return None
    if array.nbytes < COPIED or array.flags.c_contiguous or not array.flags.aligned:
        return None
    if not array.dtype.isnative or any(s % array.itemsize for s in array.strides):
        return None
    sides = zip(array.shape, array.strides, strict=True)
    return Layout(array.shape, tuple(s // array.itemsize if n > 1 else 0 for n, s in sides))


def with_layouts(function: Function, layouts: Layouts) -> Function:
    """`function` with the pieces of memory that arguments span, in place of arguments with a
    layout.
    """
    types = [
        type if layout is None else type.with_shape((layout.span,))
        for type, layout in zip(function.argument_types, layouts, strict=True)
    ]
    builder = Builder(types, name=function.name)
    given = [
        handle if layout is None else view(builder, handle, layout)
        for handle, layout in zip(builder.argument_handles(), layouts, strict=True)
    ]
    results = builder.inline(function, given)
    return builder.build(results, [v.name for v in function.arguments])


def view(builder: Builder, memory: Handle, layout: Layout) -> Handle:
    """The array with that layout in `memory`."""
    body = Builder([memory.type.with_shape(())], name="body")
    rank = len(layout.shape)
    attributes = (
        ("combine", ("store",)),
        ("domain", layout.shape),
        ("iterators", ("parallel",) * rank),
        ("maps", (Map(rank, [Linear(layout.strides, layout.first)]), Map.identity(rank))),
    )
    region = body.build(body.argument_handles())
    return emit(builder, kernel.generic, (memory,), attributes, (region,))[0]


def all_layouts(
    arrays: Sequence[Any], types: Sequence[ArrayType], donated: Sequence[int]
) -> Layouts:
    """The layouts of all arguments; no layout for a donated one. Empty for a wrong number of
    arguments.
    """
    if len(arrays) != len(types):
        return ()
    return tuple(
        None if i in donated else layout_of(array, type)
        for i, (array, type) in enumerate(zip(arrays, types, strict=True))
    )


def misfit(
    arrays: Sequence[Any],
    types: Sequence[ArrayType],
    layouts: Layouts,
    donated: Sequence[int],
    variants: int,
) -> str:
    """The reason why compiled code does not take arguments of the right types as they are; empty
    if there is none to be told.
    """
    for i, (x, t) in enumerate(zip(arrays, types, strict=True)):
        if not isinstance(x, np.ndarray):
            continue
        if type(x) is not np.ndarray:
            return f"leaf {i} is a {type(x).__name__}; pass numpy.asarray(x), a plain array"
        if not x.dtype.isnative:
            return f"leaf {i} has the foreign byte order {x.dtype.str!r}; pass x.astype({t.dtype})"
        if not x.flags.aligned:
            return f"leaf {i} is not aligned; pass x.copy()"
        if i in donated and not (x.flags.writeable and x.flags.c_contiguous):
            return f"leaf {i} is donated, and is read-only or not contiguous"
        if not layouts and t.nbytes >= COPIED and not x.flags.c_contiguous:
            return f"leaf {i} is not contiguous, and there is code for {variants} layouts already"
    return ""
