"""From entries to the values of a pattern: one gather by a table, and sums where entries meet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...ops.sparsity import Numbers
from ..detection.index_sets import counting_sort
from ..pattern import Integers, Pattern


class Source(NamedTuple):
    """Entries at (rows[e], cols[e]): element `first + e` of all pieces, or `first` for each."""

    rows: Numbers
    cols: Numbers
    first: int
    uniform: bool


class Tables(NamedTuple):
    """Value k is element `first[k]` of the pieces, and to value `to[i]` element `more[i]` is
    added.
    """

    first: Integers
    to: Integers
    more: Integers


def tables_for(
    pattern: Pattern,
    sources: Sequence[Source],
    zero: int,
    symmetric: bool,
    order: Integers | None,
) -> Tables:
    """The tables for a pattern, in a format's `order`; `zero` is the place of a zero.

    The entries of a symmetric matrix above its diagonal are those below.
    """
    rows, cols, places = _concatenated(sources, symmetric)
    entries = _numbered(pattern, rows, cols)
    inside = entries >= 0
    if not inside.all():
        entries, places = entries[inside], places[inside]
    grouped = counting_sort(entries, pattern.nnz)
    entries, places = entries[grouped], places[grouped]
    anew = np.ones(len(entries), np.bool_)
    anew[1:] = entries[1:] != entries[:-1]
    first = np.full(pattern.nnz, zero, places.dtype)
    first[entries[anew]] = places[anew]
    to, more = entries[~anew], places[~anew]
    if symmetric:
        first, to, more = _mirrored(pattern, first, to, more)
    if order is not None:
        first, to, more = _ordered(order, first, to, more, zero)
    return Tables(_small(first), _small(to), _small(more))


def _concatenated(sources: Sequence[Source], symmetric: bool) -> tuple[Numbers, Numbers, Numbers]:
    rows, cols, places = [], [], []
    for source in sources:
        kept = (source.rows >= 0) & (source.cols >= 0)
        if symmetric:
            kept &= source.rows >= source.cols
        at = np.flatnonzero(kept)
        rows.append(source.rows[at])
        cols.append(source.cols[at])
        places.append(np.full(len(at), source.first) if source.uniform else at + source.first)
    none = np.zeros(0, np.int64)
    return tuple(np.concatenate([none, *part]) for part in (rows, cols, places))  # type: ignore[return-value]


def _numbered(pattern: Pattern, rows: Numbers, cols: Numbers) -> Numbers:
    """The number of each entry in the pattern, or -1: by two counting sorts where they are many."""
    keys = rows.astype(np.int64) * pattern.shape[1] + cols
    order = counting_sort(cols, pattern.shape[1])
    order = order[counting_sort(rows[order], pattern.shape[0])]
    ordered = keys[order]
    anew = np.ones(len(ordered), np.bool_)
    anew[1:] = ordered[1:] != ordered[:-1]
    distinct = ordered[anew]
    if np.array_equal(distinct, pattern._keys):
        numbers: Numbers = np.arange(pattern.nnz)
    else:
        numbers = pattern.find(
            distinct // max(pattern.shape[1], 1), distinct % max(pattern.shape[1], 1)
        )
    found = np.empty(len(keys), np.int64)
    found[order] = numbers[np.cumsum(anew) - 1]
    return found


def _mirrored(
    pattern: Pattern, first: Numbers, to: Numbers, more: Numbers
) -> tuple[Numbers, Numbers, Numbers]:
    """The tables with the entries above the diagonal taken from those below."""
    mirror = pattern.by_columns
    upper = pattern.cols > pattern.rows
    first = np.where(upper, first[mirror], first)
    twins = mirror[to]
    off = twins != to
    return first, np.concatenate([to, twins[off]]), np.concatenate([more, more[off]])


def _ordered(
    order: Integers, first: Numbers, to: Numbers, more: Numbers, zero: int
) -> tuple[Numbers, Numbers, Numbers]:
    """The tables in a format's order, of the entries that it keeps."""
    place = np.full(len(first), -1, np.int64)
    kept = np.flatnonzero(order >= 0)
    place[order[kept]] = kept
    to = place[to]
    inside = to >= 0
    return np.append(first, zero)[order], to[inside], more[inside]


def _small(table: Numbers) -> Integers:
    fits = table.max(initial=0) < np.iinfo(np.int32).max
    dtype: Any = np.int32 if fits else np.int64
    found: Any = np.ascontiguousarray(table, dtype)
    return found
