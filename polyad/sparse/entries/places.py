"""Tables of numbers that say which row of the result, and which input, an element stands for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...ops.sparsity import From, Into, Link, Numbers, Same
from ..detection.index_sets import chosen

DIGEST_FROM = 64  # elements; smaller tables are compared as they are


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


def joined(source: Numbers, rows: Numbers, size: int) -> Join:
    """All pairs of an element of a gather and an entry in the row that it gathers: `source` are
    rows, below `size`, and `rows` those of the entries.
    """
    order = np.argsort(rows, kind="stable")
    ordered = rows[order]
    counts = np.bincount(ordered[ordered >= 0], minlength=size)
    begin = np.searchsorted(ordered, np.arange(size))
    valid = np.flatnonzero(source >= 0)
    lengths = counts[source[valid]]
    total = int(lengths.sum())
    ends = np.cumsum(lengths)
    inside = np.arange(total) - np.repeat(ends - lengths, lengths)
    right = order[np.repeat(begin[source[valid]], lengths) + inside]
    return Join(np.repeat(valid, lengths), right)
