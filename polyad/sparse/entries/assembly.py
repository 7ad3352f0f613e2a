"""From entries to the values of a pattern: one gather by a table, and sums where entries meet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...ops.sparsity import Numbers, numbers
from ..detection.index_sets import beside_each_other, grouped, sorted_within_rows
from ..pattern import Integers, Pattern


class Source(NamedTuple):
    """Entries at (rows[e], cols[e]): elements `places[e]` of all coefficients."""

    rows: Numbers
    cols: Numbers
    places: Numbers


MOST_SMALL = np.iinfo(np.int32).max
COVERED = 0.5  # of the values, from which the next terms of all are gathered at once
FEW = 1000  # values, below which their further terms are sorted and not taken layer by layer


class Tables(NamedTuple):
    """Value k is the sum of the elements `layer[k]` of all coefficients, for each of the layers,
    and to value `to[i]` element `more[i]` is added.
    """

    layers: list[Integers]
    to: Integers
    more: Integers


def tables_for(
    pattern: Pattern,
    sources: list[Source],
    zero: int,
    symmetric: bool,
    order: Integers | None,
) -> Tables:
    """The tables for a pattern, in a format's `order`; `zero` is the place of a zero.

    The entries of a symmetric matrix above its diagonal are those below. `sources` are used up.
    """
    terms = _terms(pattern, sources)
    sources.clear()  # as large as the tables
    if symmetric:
        mirror, upper = pattern.by_columns, pattern.cols > pattern.rows
        start, length = (np.where(upper, x[mirror], x) for x in (terms.start, terms.length))
        terms = terms._replace(start=start, length=length)
    if order is not None:
        start, length = (np.append(x, x.dtype.type(0))[order] for x in (terms.start, terms.length))
        terms = terms._replace(start=start, length=length)
    return _layered(terms, zero)


class Terms(NamedTuple):
    """Value k is the sum of the elements `places[start[k]:start[k] + length[k]]`."""

    start: Numbers
    length: Numbers
    places: Numbers


def _terms(pattern: Pattern, sources: Sequence[Source]) -> Terms:
    """The elements for each entry of the pattern; those for other entries are left out."""
    indptr, cols, places = sorted_within_rows(*_by_rows(sources, pattern.shape[0]), pattern.shape)
    anew = np.ones(len(cols), np.bool_)
    np.not_equal(cols[1:], cols[:-1], out=anew[1:])
    anew[indptr[:-1][indptr[1:] > indptr[:-1]]] = True
    dtype: Any = np.int32 if len(cols) < MOST_SMALL else np.int64
    start: Numbers = np.flatnonzero(anew).astype(dtype)
    length = np.diff(start, append=start.dtype.type(len(cols)))
    own, entries = np.searchsorted(start, indptr), cols[start]
    if np.array_equal(own, pattern.indptr) and np.array_equal(entries, pattern.indices):
        return Terms(start, length, places)
    rows = np.repeat(numbers(pattern.shape[0]), np.diff(own))
    named = pattern.find(rows, entries)
    inside = named >= 0
    found = Terms(np.zeros(pattern.nnz, start.dtype), np.zeros(pattern.nnz, start.dtype), places)
    found.start[named[inside]], found.length[named[inside]] = start[inside], length[inside]
    return found


def _by_rows(sources: Sequence[Source], size: int) -> tuple[Numbers, Numbers, Numbers]:
    """The entries of all sources, grouped by rows: the beginnings of the rows, the columns and the
    places. Sources with one table of rows are grouped as one, if these are equally many for each.
    """
    groups: dict[int, list[Source]] = {}
    for source in sources:
        groups.setdefault(id(source.rows), []).append(source)
    several = list(groups.values())
    if len({*map(len, several)}) > 1:
        several = [[source] for source in sources]
    if not several:
        none = np.zeros(0, np.int32)
        return np.zeros(size + 1, np.int32), none, none
    order, indptr = grouped(np.concatenate([group[0].rows for group in several]), size)

    columns = list(zip(*several, strict=True))
    cols, places = (
        beside_each_other([[getattr(source, name) for source in own] for own in columns], order)
        for name in ("cols", "places")
    )
    return indptr * len(columns), cols.ravel(), places.ravel()


def _layered(terms: Terms, zero: int) -> Tables:
    """The terms of the values one after another in layers: a layer that most values have a term in
    is a table for all; the others are sorted by layers, so that no addition waits for the one
    before it.
    """
    start, length, places = terms
    layers = [np.full(len(start), zero, places.dtype)]
    here = length > 0
    layers[0][here] = places[start[here]]
    to, more, done = [start[:0]], [places[:0]], 1
    active = np.flatnonzero(length > 1).astype(start.dtype)
    while len(active) >= FEW:
        taken = places[start[active] + done]
        if len(active) >= COVERED * len(start):
            layers.append(np.full_like(layers[0], zero))
            layers[-1][active] = taken
        else:
            to.append(active)
            more.append(taken)
        done += 1
        active = active[length[active] > done]
    left = length[active] - done
    ends = np.cumsum(left)
    rank = np.arange(int(left.sum())) - np.repeat(ends - left, left)
    order = np.argsort(rank, kind="stable")
    to.append(np.repeat(active, left)[order])
    more.append(places[np.repeat(start[active] + done, left) + rank][order])
    return Tables([_small(x) for x in layers], *(_small(np.concatenate(x)) for x in (to, more)))


def needed(rows: Numbers, cols: Numbers, places: Numbers | None, symmetric: bool) -> Numbers | None:
    """The entries that the tables ask for: those that are somewhere, and not zero; of a symmetric
    matrix those of its lower triangle. None for all.
    """
    kept = (rows >= 0) & (cols >= 0)
    if places is not None:
        kept &= places >= 0
    if symmetric:
        kept &= rows >= cols
    return None if kept.all() else np.flatnonzero(kept)


def _small(table: Numbers) -> Integers:
    fits = table.max(initial=0) < np.iinfo(np.int32).max
    dtype: Any = np.int32 if fits else np.int64
    found: Any = np.ascontiguousarray(table, dtype)
    return found
