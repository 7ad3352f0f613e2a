"""Tables of numbers that say which row of the result, and which input, an element stands for."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...ops.sparsity import From, Into, Link, Numbers, Same, numbers
from ..detection.index_sets import chosen

MOST_SMALL = np.iinfo(np.int32).max


class Interned:
    """Tables of which equal ones are one object."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, int], list[Numbers]] = {}

    def __call__(self, table: Numbers) -> Numbers:
        key = len(table), hash(table.tobytes())
        alike = self._found.setdefault(key, [])
        for other in alike:
            if np.array_equal(other, table):
                return other
        alike.append(table)
        return table


class Back(NamedTuple):
    """The way from a result to an operand each of whose elements is in one element of the result at
    most: `target`, None if it is the same.
    """

    target: Numbers | None


def back(link: Link, size: int) -> Back | None:
    """The way back of a link with an operand of `size` elements; None where an element is in
    several of the result.
    """
    if isinstance(link, Same):
        return Back(None)
    if isinstance(link, Into):
        return Back(link.target)
    if not isinstance(link, From):
        return None
    kept = np.flatnonzero(link.source >= 0)
    source = link.source[kept]
    target = np.full(size, -1, np.int64)
    target[source] = kept
    if not np.array_equal(target[source], kept):
        return None
    return Back(target)


def rows_behind(rows: Numbers, way: Back) -> Numbers:
    """The rows that an operand's elements stand for, from those of the result's."""
    return rows if way.target is None else chosen(rows, way.target)


class Join(NamedTuple):
    """Pairs of elements: `left` of a gather, `right` of the entries of what is gathered."""

    left: Numbers
    right: Numbers


def joined(source: Numbers, rows: Numbers, size: int, limit: int) -> Join | None:
    """All pairs of an element of a gather and an entry in the row that it gathers: `source` are
    rows, below `size`, and `rows` those of the entries. None for more than `limit` pairs.
    """
    small: Any = np.int32 if max(len(source), len(rows), limit) < MOST_SMALL else np.int64
    order = np.argsort(rows, kind="stable").astype(small)
    ordered = rows[order]
    counts = np.bincount(ordered[ordered >= 0], minlength=size).astype(small)
    begin = np.searchsorted(ordered, np.arange(size)).astype(small)
    valid = np.flatnonzero(source >= 0).astype(small)
    lengths = counts[source[valid]]
    total = int(lengths.sum(dtype=np.int64))
    if total > limit:
        return None
    before = np.cumsum(lengths, dtype=small) - lengths
    places = np.repeat(begin[source[valid]] - before, lengths)
    places += numbers(total)
    return Join(np.repeat(valid, lengths), order[places])
