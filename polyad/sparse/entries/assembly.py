"""From entries to the values of a pattern: one gather by a table, and sums where entries meet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...ops.sparsity import Numbers, numbers
from ..detection.index_sets import first_of_each, sorting
from ..pattern import Integers, Pattern


class Source(NamedTuple):
    """Entries at (rows[e], cols[e]): elements `places[e]` of all coefficients."""

    rows: Numbers
    cols: Numbers
    places: Numbers


MOST_SMALL = np.iinfo(np.int32).max
COVERED = 0.5  # of the values, from which the next terms of all are gathered at once


class Tables(NamedTuple):
    """Value k is the sum of the elements `layer[k]` of all coefficients, for each of the layers,
    and to value `to[i]` element `more[i]` is added.
    """

    layers: list[Integers]
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
    none = np.zeros(0, np.int32)
    rows, cols, places = (np.concatenate([none, *part]) for part in _columns(sources))
    order_of_entries = sorting(rows, cols, *pattern.shape)
    rows, cols = rows[order_of_entries], cols[order_of_entries]
    places = places[order_of_entries]
    anew = first_of_each(rows, cols)
    entries = np.cumsum(anew, dtype=rows.dtype if len(rows) < MOST_SMALL else np.int64) - 1
    named = _numbers(pattern, rows[anew], cols[anew])
    if named is not None:
        entries = named[entries]
    inside = entries >= 0
    if not inside.all():
        entries, places, anew = entries[inside], places[inside], anew[inside]
    first = np.full(pattern.nnz, zero, places.dtype)
    first[entries[anew]] = places[anew]
    to, more = entries[~anew], places[~anew]
    if symmetric:
        first, to, more = _mirrored(pattern, first, to, more)
    if order is not None:
        first, to, more = _ordered(order, first, to, more, zero)
    return _layered(first, to, more, zero)


def _layered(first: Numbers, to: Numbers, more: Numbers, zero: int) -> Tables:
    """The further terms of a value one after another in layers: a layer that most values have a
    term in is a table for all; the others are sorted by layers, so that no addition waits for the
    one before it.
    """
    layers = [first]
    if len(to):
        if bool((to[1:] < to[:-1]).any()):
            order = np.argsort(to, kind="stable")
            to, more = to[order], more[order]
        starts = np.flatnonzero(np.append(True, to[1:] != to[:-1]))
        lengths = np.diff(np.append(starts, len(to)))
        rank = numbers(len(to)) - np.repeat(starts.astype(to.dtype), lengths)
        done = 0
        while np.count_nonzero(lengths > done) >= COVERED * len(first):
            layer = np.full_like(first, zero)
            here = starts[lengths > done] + done
            layer[to[here]] = more[here]
            layers.append(layer)
            done += 1
        if done:
            rest = rank >= done
            to, more, rank = to[rest], more[rest], rank[rest]
        narrow = rank.astype(np.uint16) if int(rank.max(initial=0)) < 1 << 16 else rank
        order = np.argsort(narrow, kind="stable")
        to, more = to[order], more[order]
    return Tables([_small(x) for x in layers], _small(to), _small(more))


def _columns(sources: Sequence[Source]) -> Sequence[Sequence[Numbers]]:
    return list(zip(*sources, strict=True)) or ([], [], [])


def needed(rows: Numbers, cols: Numbers, places: Numbers | None, symmetric: bool) -> Numbers:
    """The entries that the tables ask for: those that are somewhere, and not zero; of a symmetric
    matrix those of its lower triangle.
    """
    kept = (rows >= 0) & (cols >= 0)
    if places is not None:
        kept &= places >= 0
    if symmetric:
        kept &= rows >= cols
    return np.flatnonzero(kept)


def _numbers(pattern: Pattern, rows: Numbers, cols: Numbers) -> Numbers | None:
    """The number of each of sorted entries in the pattern, or -1; None if they are all of it."""
    if np.array_equal(rows, pattern.rows) and np.array_equal(cols, pattern.cols):
        return None
    return pattern.find(rows, cols)


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
