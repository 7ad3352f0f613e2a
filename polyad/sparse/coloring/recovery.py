"""From sums of equally coloured columns or rows to single entries, and the proof that each can be
read.

An entry can be read from a sum where no other entry of its row has its column's colour, or, if rows
are coloured too (or mirror images are equal), where no other entry of its column has its row's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import lax
from ... import numpy as pnp
from ...api import jit
from ...errors import SparsityError
from ...ir import user_location, where
from ...tracer import Tracer
from . import programs
from .graphs import Integers, capacity, mirrored, padded
from .lines import Lines


def positions(coloring: Lines) -> Integers:
    """The place of each entry in the flattened products with the seeds, those of the columns
    first. Raises `SparsityError` for an entry that is in no sum alone.
    """
    pattern = coloring.pattern
    by_column = pattern.rows.astype(np.int64) * coloring.num_column_colors
    by_column += coloring.column_colors[pattern.cols]
    single = alone(by_column, coloring.column_colors[pattern.cols] >= 0)
    if single.all():
        return by_column
    if coloring.symmetric:
        mirror = mirrored(pattern.indptr, pattern.indices)
        other, possible = by_column[mirror], single[mirror]
    elif coloring.num_row_colors:
        colors = coloring.row_colors[pattern.rows].astype(np.int64)
        other = colors * pattern.shape[1] + pattern.cols
        possible = alone(other, colors >= 0)
        other += coloring.num_column_colors * pattern.shape[0]
    else:
        other, possible = by_column, single
    found = single | possible
    if not found.all():
        _refuse(coloring, int(np.argmin(found)))
    return np.where(single, by_column, other)


def alone(sums: Integers, colored: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether each entry is in a sum, and the only one there."""
    inner = sums[colored]
    if int(inner.max(initial=0)) <= 8 * len(inner) + 1024:
        counts = np.bincount(inner)[inner]
    else:
        _, number, count = np.unique(inner, return_inverse=True, return_counts=True)
        counts = count[number]
    result = np.zeros(len(sums), bool)
    result[colored] = counts == 1
    return result


def _refuse(coloring: Lines, entry: int) -> None:
    """The error for an entry that cannot be read from the sums."""
    pattern = coloring.pattern
    row, col = int(pattern.rows[entry]), int(pattern.cols[entry])
    reasons = []
    if not coloring.num_row_colors or coloring.num_column_colors:
        reasons.append(_reason("column", pattern.rows, pattern.cols, coloring.column_colors, entry))
    if coloring.num_row_colors:
        reasons.append(_reason("row", pattern.cols, pattern.rows, coloring.row_colors, entry))
    elif coloring.symmetric:
        mirror = int(mirrored(pattern.indptr, pattern.indices)[entry])
        reasons.append(
            _reason("column", pattern.rows, pattern.cols, coloring.column_colors, mirror)
        )
    raise SparsityError(
        f"a colouring of {coloring.partition} from which entry ({row}, {col}) cannot be read: "
        f"{', and '.join(reasons)}{where(user_location())}\n  Leave out colors=, or give "
        "one that fits the pattern."
    )


def _reason(line: str, across: Integers, along: Integers, colors: Integers, entry: int) -> str:
    """Which two lines of one colour meet in which other line."""
    here, other_line = int(along[entry]), "row" if line == "column" else "column"
    color = int(colors[here])
    if color < 0:
        return f"{line} {here} has no colour"
    same = (across == across[entry]) & (colors[along] == color)
    same[entry] = False
    other = int(along[int(np.argmax(same))])
    first, second = sorted((here, other))
    return (
        f"{line}s {first} and {second} have colour {color} and both an entry in {other_line} "
        f"{int(across[entry])}"
    )


class Substitution:
    """The order in which the entries of a symmetric matrix follow from the sums and each other,
    for an acyclic colouring.
    """

    def __init__(self, coloring: Lines) -> None:
        pattern, colors = coloring.pattern, coloring.column_colors
        by_column = pattern.rows.astype(np.int64) * coloring.num_column_colors
        by_column += colors[pattern.cols]
        if (colors[pattern.cols] < 0).any():
            _refuse(coloring, int(np.argmin(colors[pattern.cols])))
        twin = mirrored(pattern.indptr, pattern.indices)
        _, slot = np.unique(by_column, return_inverse=True)
        entries = np.arange(pattern.nnz)
        self.sums = int(slot.max(initial=-1)) + 1
        self.order = _order(slot, twin, np.bincount(slot, minlength=self.sums))
        self.slot, self.twin = slot[self.order], twin[self.order]
        self.other = slot[self.twin]
        known = np.zeros(pattern.nnz, bool)
        known[self.order] = known[self.twin] = True
        if not known.all():
            equal = (colors[pattern.rows] == colors[pattern.cols]) & (pattern.rows != pattern.cols)
            raise SparsityError(_cycle(coloring, int(np.argmax(equal if equal.any() else ~known))))
        self.places = by_column[self.order]
        self.positions = np.empty_like(by_column)
        self.positions[self.twin] = self.positions[self.order] = self.places
        self.nnz = len(entries)


def _order(slot: Integers, twin: Integers, count: Integers) -> Integers:
    """The entries in an order in which each is alone in its sum once those before are known."""
    entries = len(slot)
    size = capacity(entries)
    # A slot that no entry has stands last, as the entry does that is none.
    left = (
        np.bitwise_xor.reduceat(np.argsort(slot, kind="stable"), np.cumsum(count) - count)
        if entries
        else np.zeros(0, np.int64)
    )
    slots = padded(slot, size)
    slots[entries:] = size - 1
    order, found = programs.peel(
        slots, padded(twin, size), padded(count, size), padded(left, size), np.int32(entries)
    )
    result: Integers = np.asarray(order)[: int(found)].astype(np.int64)
    return result


def _cycle(coloring: Lines, entry: int) -> str:
    pattern, colors = coloring.pattern, coloring.column_colors
    row, col = int(pattern.rows[entry]), int(pattern.cols[entry])
    reason = (
        f"columns {min(row, col)} and {max(row, col)}, which meet in row {row}, both have colour "
        f"{int(colors[row])}"
        if colors[row] == colors[col]
        else _reason("column", pattern.rows, pattern.cols, colors, entry)
        + f", on a cycle of the colours {int(colors[row])} and {int(colors[col])}"
    )
    return (
        f"a colouring from which entry ({row}, {col}) cannot be substituted: {reason}"
        f"{where(user_location())}\n  Leave out colors=, or give one that is acyclic."
    )


def substituted(order: Substitution, sums: Any) -> Any:
    """The entries from the flattened products with the seeds."""
    if not order.nnz:
        return sums[:0]
    tables = [order.order, order.twin, order.slot, order.other, order.places]
    start = np.zeros(order.nnz), np.zeros(order.sums)
    if not isinstance(sums, Tracer):
        return _compiled(sums, *start, *tables)
    return _substitute(sums, *start, *map(pnp.asarray, tables))


def _substitute(
    sums: Any, values: Any, known: Any, entry: Any, twin: Any, slot: Any, other: Any, places: Any
) -> Any:
    values, known = pnp.astype(values, sums.dtype), pnp.astype(known, sums.dtype)

    def step(k: Any, carry: Any) -> Any:
        values, known = carry
        value = sums[places[k]] - known[slot[k]]
        values = values.at[entry[k]].set(value).at[twin[k]].set(value)
        return values, known.at[other[k]].add(value)

    return lax.fori_loop(0, entry.shape[0], step, (values, known))[0]


_compiled = jit(_substitute)
