"""Arrays that are not contiguous by rows, read where they are.

The code for such an argument takes the piece of memory that the array spans, as one row, and reads
the array through an index map: a `kernel.generic` that moves elements only, which fuses with what
reads it, or becomes strides of a product. What can be read in no such way is copied from there.
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
    """Where the elements of an array are: of which shape it is, and its strides in elements."""

    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def first(self) -> int:
        """How far the element with all indices 0 is from the lowest one in memory."""
        return -sum(min(0, s * (n - 1)) for n, s in zip(self.shape, self.strides, strict=True))

    @property
    def span(self) -> int:
        """How many elements there are from the lowest to the highest."""
        ends = zip(self.shape, self.strides, strict=True)
        return 1 + sum(abs(s) * (n - 1) for n, s in ends)


Layouts = tuple[Layout | None, ...]


def layout_of(array: Any, expected: ArrayType) -> Layout | None:
    """The layout of an argument that is to be read where it is, though not contiguous; else
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
    """`function` of the pieces of memory that its arguments span, where a layout is given."""
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
    """The layouts of arguments, if they are so many. Those that are written over have none."""
    if len(arrays) != len(types):
        return ()
    return tuple(
        None if i in donated else layout_of(array, type)
        for i, (array, type) in enumerate(zip(arrays, types, strict=True))
    )
