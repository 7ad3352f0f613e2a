"""Values that lie between each other in a fixed order, row after row, as those of a stencil do: for
them a gather is no more than a few arrays side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...ops.sparsity import Numbers
from ..pattern import Integers
from .assembly import Tables

MOST_COLUMNS = 64
MOST_STEP = 16
LEAST_ROWS = 8
COVERED = 0.5  # of the values, at least, or a gather of all is as good


class Term(NamedTuple):
    """Element `place + step * row` of all coefficients, in each row."""

    place: int
    step: int


class Weave(NamedTuple):
    """Values `start + row * len(columns) + k`, for each of `rows` rows: the sum of the terms of
    column k.
    """

    start: int
    rows: int
    columns: tuple[tuple[Term, ...], ...]

    @property
    def stop(self) -> int:
        """The first value behind the rows."""
        return self.start + self.rows * len(self.columns)


def woven(tables: Tables, starts: Numbers) -> tuple[Weave, Tables] | None:
    """The weave that most values are in, and the tables of the others: their first layer lacks
    those of the weave, and what is added to these is none of its terms. None where there is no
    weave. Vectors of coefficients begin at the places `starts`.
    """
    first, to, more = tables.layers[0], tables.to, tables.more
    period = _period(first)
    if period is None or len(tables.layers) > 1:
        return None
    start, rows, steps = _longest(first, period)
    row, column = np.divmod(to - start, period)
    inside = (row >= 0) & (row < rows)
    added = [np.flatnonzero(inside & (column == k)) for k in range(period)]
    low, high = _complete([row[own] for own in added], rows)
    start, rows = start + low * period, high - low
    if rows < LEAST_ROWS or rows * period < COVERED * len(first):
        return None
    columns = [[Term(int(first[start + k]), int(steps[k]))] for k in range(period)]
    kept = np.ones(len(to), np.bool_)
    for k, own in enumerate(added):
        own = own[(row[own] >= low) & (row[own] < high)]
        terms = _terms(row[own] - low, more[own], rows)
        if terms is not None:
            columns[k] += terms
            kept[own] = False
    found = Weave(start, rows, tuple(map(tuple, columns)))
    if any(_is_torn(term, rows, starts) for terms in columns for term in terms):
        return None
    rest = np.delete(first, np.s_[start : found.stop])
    return found, Tables([rest], to[kept], more[kept])


def _period(first: Integers) -> int | None:
    """The number of values in a row, around the middle of the table; None if there are no rows."""
    middle = len(first) // 2
    for period in range(1, min(MOST_COLUMNS, len(first) // (2 * LEAST_ROWS)) + 1):
        half = min(max(2 * period, MOST_COLUMNS // 2), middle // 2)
        sample = first[middle - half : middle + half].astype(np.int64)
        steps = sample[period:] - sample[:-period]
        small = bool(((steps >= 0) & (steps <= MOST_STEP)).all()) and steps.any()
        if small and np.array_equal(steps[period:], steps[:-period]):
            return period
    return None


def _longest(first: Integers, period: int) -> tuple[int, int, Numbers]:
    """The rows around the middle of the table: the first value, their number, and the step of each
    column.
    """
    middle = len(first) // 2
    steps = first[period:] - first[:-period]
    expected = np.roll(steps[middle : middle + period], middle % period)
    wrong = np.flatnonzero(steps != np.resize(expected, len(steps)))
    at = int(np.searchsorted(wrong, middle))
    start = int(wrong[at - 1]) + 1 if at else 0
    stop = (int(wrong[at]) if at < len(wrong) else len(steps)) + period
    return start, (stop - start) // period, np.roll(expected, -(start % period))


def _complete(added: Sequence[Numbers], rows: int) -> tuple[int, int]:
    """The rows around the middle one in which as much is added as in that one, to each column to
    which that one adds: the first, and the one behind the last. `added` are the rows of each
    column's additions.
    """
    low, high, middle = 0, rows, rows // 2
    for row in added:
        counts = np.bincount(row, minlength=rows)
        if not counts[middle]:
            continue  # few additions, which a scatter makes
        other = np.flatnonzero(counts != counts[middle])
        at = int(np.searchsorted(other, middle))
        low = max(low, int(other[at - 1]) + 1 if at else 0)
        high = min(high, int(other[at]) if at < len(other) else rows)
    return low, high


def _terms(row: Numbers, places: Numbers, rows: int) -> Sequence[Term] | None:
    """The additions to a column, if each row has the same ones; `row` of each addition."""
    count = len(row) // rows
    if not count or len(row) != count * rows:
        return None
    order = np.argsort(row, kind="stable")
    table = places[order].reshape(rows, count).astype(np.int64)
    steps = np.diff(table, axis=0)
    same = (steps == steps[0]) & (steps >= 0) & (steps <= MOST_STEP)
    if not same.all() or bool((np.arange(rows) != row[order].reshape(rows, count).T).any()):
        return None
    return [Term(int(p), int(s)) for p, s in zip(table[0], steps[0], strict=True)]


def _is_torn(term: Term, rows: int, starts: Numbers) -> bool:
    """Whether a term is of several vectors."""
    ends = term.place, term.place + term.step * (rows - 1)
    first, last = np.searchsorted(starts, ends, side="right")
    return bool(first != last)
