"""Values by colours: few products with the derivative, of which each entry is an element."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..api import linearize, vjp, vmap
from ..ir import ArrayType, DType
from ..ir.types import int32
from ..ops import creation
from ..ops import elementwise as e
from ..ops import indexing as ix
from ..ops import manipulation as m
from ..ops.literals import literal
from ..ops.promotion import default_float, promote
from ._traced import TracedCall
from .coloring import Coloring
from .pattern import Integers


class Compressed:
    """The values of the derivative of a call's first `count` results.

    `tables` are the colours of the columns and of the rows, and the place of each value among the
    products: data, so that code is the same for other patterns of as many colours.
    """

    def __init__(
        self, call: TracedCall, coloring: Coloring, count: int, order: Integers | None
    ) -> None:
        self.call, self.coloring, self.count = call, coloring, count
        self.tables = [coloring.column_colors, coloring.row_colors]
        self.padded = order is not None and bool((order < 0).any())
        self.direct = coloring.decompression == "direct"
        if self.direct:
            self.tables.append(_ordered(_places(coloring), order, self.products))
        elif order is not None:
            self.tables.append(order)
        self.size = len(self.tables[2]) if len(self.tables) > 2 else coloring.pattern.nnz

    @property
    def products(self) -> int:
        """The number of elements of all products."""
        c = self.coloring
        return c.num_column_colors * c.pattern.shape[0] + c.num_row_colors * c.pattern.shape[1]

    @property
    def signature(self) -> Any:
        """Equal where the program is the same but for its tables."""
        c = self.coloring
        own = None if self.direct else id(c)
        return "colours", c.num_column_colors, c.num_row_colors, c.pattern.shape, self.size, own

    def values(self, tables: Sequence[Any], leaves: Sequence[Any]) -> tuple[Any, list[Any]]:
        """The values, and all results of the call."""
        call, coloring = self.call, self.coloring
        n = len(call.arguments.chosen)
        chosen, others = leaves[:n], leaves[n:]
        results: Any = None

        def flat(*chosen: Any) -> Any:
            results = call.evaluate([*chosen, *others])
            return end_to_end(results[: self.count]), results

        pieces = []
        if coloring.num_column_colors:
            _, push, results = linearize(flat, *chosen, has_aux=True)
            seeds = _seeds(tables[0], coloring.num_column_colors, call.chosen_types)
            pieces.append(vmap(push)(*seeds))
        if coloring.num_row_colors:
            value, pull, results = vjp(flat, *chosen, has_aux=True)
            (seeds_of_rows,) = _seeds(tables[1], coloring.num_row_colors, [value.type])
            found = vmap(pull)(seeds_of_rows)
            pairs = zip(found, call.chosen_types, strict=True)
            rows = [m.reshape(x, shape=(x.type.shape[0], t.size)) for x, t in pairs]
            pieces.append(_joined(rows, 1))
        if not self.direct:
            values = coloring.values(m.permute_dims(pieces[0], axes=(1, 0)))
            return (ix.take(values, tables[2], axis=0) if len(tables) > 2 else values), results
        vectors = [_vector(piece) for piece in pieces]
        if self.padded:
            vectors.append(zeros(vectors[0], 1))
        return ix.take(_joined(vectors, 0), tables[2], axis=0), results


def _places(coloring: Coloring) -> Integers:
    """The place of each entry in the products, one after another: those of columns are made as
    (colours, rows).
    """
    places = coloring.positions.astype(np.int64)
    height, colors = coloring.pattern.shape[0], coloring.num_column_colors
    row, color = np.divmod(places, max(colors, 1))
    found = np.where(places < height * colors, color * height + row, places)
    return found.astype(np.int32 if found.max(initial=0) < 2**31 else np.int64)


def _ordered(places: Integers, order: Integers | None, zero: int) -> Integers:
    """The places in a format's order; `zero` is that of the zero behind the products."""
    return places if order is None else np.append(places, places.dtype.type(zero))[order]


def end_to_end(results: Sequence[Any]) -> Any:
    """Traced arrays as one vector, of floats."""
    dtype = result_dtype([x.type.dtype for x in results])
    return _joined([e.astype(_vector(x), dtype=dtype) for x in results], 0)


def result_dtype(dtypes: Sequence[DType]) -> DType:
    """The dtype in which results lie end to end."""
    found = promote(dtypes)
    return found if found.is_inexact else default_float()


def zeros(like: Any, size: int) -> Any:
    """A vector of zeros in the function in which `like` is."""
    return literal(like.builder, 0, like.type.dtype, (size,))


def _vector(x: Any) -> Any:
    return m.reshape(x, shape=(x.type.size,))


def _joined(arrays: Sequence[Any], axis: int) -> Any:
    return arrays[0] if len(arrays) == 1 else m.concat(*arrays, axis=axis)


def _seeds(colors: Any, count: int, types: Sequence[ArrayType]) -> list[Any]:
    """For each leaf the seeds of all colours, along a new first axis."""
    found, start = [], 0
    for t in types:
        own = m.reshape(m.slice_axis(colors, 0, start, start + t.size), shape=(1, t.size))
        number = m.reshape(creation.iota(size=count, dtype=int32), shape=(count, 1))
        seeds = e.astype(e.equal(own, number), dtype=t.dtype)
        found.append(m.reshape(seeds, shape=(count, *t.shape)))
        start += t.size
    return found
