"""For each element of an array, the set of inputs that it depends on.

Sets are unions of *parts*, and are merged only where they have to be: a slice or a gather of a
union is the union of the parts' gathers, so a stencil costs one array of numbers a read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from ...ops.sparsity import From, Into, Link, Numbers, Same, Several, numbers

MANY_PARTS = 16  # are merged before they are gathered


class Column(NamedTuple):
    """One input for each element, or none, -1."""

    inputs: Numbers


class Rows(NamedTuple):
    """A row of inputs, sorted, for each number in `source`; none for -1."""

    indptr: Numbers
    indices: Numbers
    source: Numbers | None = None


Part: TypeAlias = Column | Rows


class IndexSets:
    """The inputs that each of `size` elements depends on, of `width` inputs in all."""

    __slots__ = ("size", "width", "parts", "_rows")

    def __init__(self, size: int, width: int, parts: Sequence[Part]) -> None:
        self.size, self.width, self.parts = size, width, tuple(parts)
        self._rows: Rows | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing depends on any input."""
        return not self.parts

    def rows(self) -> Rows:
        """The sets as sorted rows without duplicates."""
        if self._rows is None:
            self._rows = _merged(self)
            self.parts = (self._rows,)
        return self._rows

    def counts(self) -> Numbers:
        """The number of inputs that each element depends on."""
        return np.diff(self.rows().indptr)

    def through(self, link: Link, size: int) -> IndexSets:
        """The sets of a result of `size` elements that has this link with the array."""
        if link is None or self.is_empty:
            return IndexSets(size, self.width, ())
        if isinstance(link, Same):
            return self
        if isinstance(link, From):
            if len(self.parts) > MANY_PARTS:
                self.rows()
            return IndexSets(size, self.width, [_gathered(p, link.source) for p in self.parts])
        indptr, indices, _ = self.rows()
        if isinstance(link, Into):
            target = np.repeat(link.target, np.diff(indptr))
            kept = target >= 0
            if not kept.all():
                target, indices = target[kept], indices[kept]
            return from_pairs(target, indices, size, self.width)
        assert isinstance(link, Several)
        inputs, counts = _rows_of(indptr, indices, link.operands)
        return from_pairs(np.repeat(link.results, counts), inputs, size, self.width)


def of_inputs(size: int, first: int, width: int) -> IndexSets:
    """The sets of an input array: each element is an input, from number `first` on."""
    return IndexSets(size, width, [Column(numbers(width)[first : first + size])])


def union(sets: Iterable[IndexSets], size: int, width: int) -> IndexSets:
    """Element by element, the inputs of any."""
    found: list[Part] = []
    distinct = list({id(s): s for s in sets if not s.is_empty}.values())
    if len(distinct) == 1:
        return distinct[0]
    for s in distinct:
        found += [part for part in s.parts if not any(_alike(part, other) for other in found)]
    merged = IndexSets(size, width, found)
    if len(found) > 2 * MANY_PARTS:
        merged.rows()
    return merged


def from_pairs(rows: Numbers, cols: Numbers, size: int, width: int) -> IndexSets:
    """The sets of the pairs (rows[k], cols[k]), in any order."""
    found = IndexSets(size, width, [_sorted_rows(rows, cols, size, width)])
    found._rows = found.parts[0] if isinstance(found.parts[0], Rows) else None
    return found


def _alike(a: Part, b: Part) -> bool:
    if isinstance(a, Column) and isinstance(b, Column):
        return a.inputs is b.inputs or _equal(a.inputs, b.inputs)
    if isinstance(a, Rows) and isinstance(b, Rows) and a.indices is b.indices:
        if a.source is None or b.source is None:
            return a.source is b.source
        return a.source is b.source or _equal(a.source, b.source)
    return False


def _equal(a: Numbers, b: Numbers) -> bool:
    n = len(a)
    if n and (a[0] != b[0] or a[-1] != b[-1] or a[n // 2] != b[n // 2]):
        return False
    return np.array_equal(a, b)


def _gathered(part: Part, source: Numbers) -> Part:
    if isinstance(part, Column):
        return Column(chosen(part.inputs, source))
    own = source if part.source is None else chosen(part.source, source)
    return Rows(part.indptr, part.indices, own)


def chosen(values: Numbers, source: Numbers) -> Numbers:
    """values[source], and -1 where the source is."""
    if not len(values):
        return np.full(len(source), -1, np.int32)
    found: Numbers = values[source]
    none = source < 0
    if none.any():
        found[none] = -1
    return found


def _merged(sets: IndexSets) -> Rows:
    size, width, parts = sets.size, sets.width, sets.parts
    if len(parts) == 1 and isinstance(parts[0], Rows) and parts[0].source is None:
        return parts[0]
    columns = [part.inputs for part in parts if isinstance(part, Column)]
    if parts and len(columns) == len(parts):
        return _of_columns(columns, size)
    pairs = [_pairs(part, size) for part in parts]
    if len(pairs) == 1:
        rows, cols = pairs[0]
        return Rows(_indptr(rows, size), cols)
    none = numbers(0)
    rows = np.concatenate([none, *(rows for rows, _ in pairs)])
    cols = np.concatenate([none, *(cols for _, cols in pairs)])
    return _sorted_rows(rows, cols, size, width)


def _of_columns(columns: Sequence[Numbers], size: int) -> Rows:
    if len(columns) == 1:
        inputs = columns[0]
        kept = inputs >= 0
        indptr = np.zeros(size + 1, np.int64)
        np.cumsum(kept, out=indptr[1:])
        return Rows(indptr, inputs if kept.all() else inputs[kept])
    table = np.stack(columns, axis=-1)
    table.sort(axis=-1)
    kept = table >= 0
    kept[:, 1:] &= table[:, 1:] != table[:, :-1]
    indptr = np.zeros(size + 1, np.int64)
    np.cumsum(kept.sum(axis=-1), out=indptr[1:])
    return Rows(indptr, table.ravel() if kept.all() else table[kept])


def _pairs(part: Part, size: int) -> tuple[Numbers, Numbers]:
    if isinstance(part, Column):
        kept = np.flatnonzero(part.inputs >= 0)
        return kept.astype(part.inputs.dtype), part.inputs[kept]
    if part.source is None:
        counts = np.diff(part.indptr)
        return np.repeat(numbers(size), counts), part.indices
    cols, counts = _rows_of(part.indptr, part.indices, part.source)
    return np.repeat(numbers(size), counts), cols


def _rows_of(indptr: Numbers, indices: Numbers, source: Numbers) -> tuple[Numbers, Numbers]:
    """The rows of these numbers one after another, none for -1, and their lengths."""
    none = source < 0
    begin, counts = indptr[source], np.diff(indptr)[source] if len(indptr) > 1 else source * 0
    if none.any():
        counts = np.where(none, 0, counts)
    total = int(counts.sum())
    ends = np.cumsum(counts)
    places = np.repeat(begin - (ends - counts), counts) + np.arange(total)
    return indices[places], counts


def _indptr(rows: Numbers, size: int) -> Numbers:
    found = np.zeros(size + 1, np.int64)
    np.cumsum(np.bincount(rows, minlength=size), out=found[1:])
    return found


def _sorted_rows(rows: Numbers, cols: Numbers, size: int, width: int) -> Rows:
    """Two stable counting sorts, by columns and by rows, so the time is linear."""
    keys = rows.astype(np.int64) * width + cols
    if len(keys) > 1 and not (keys[1:] > keys[:-1]).all():
        order = counting_sort(cols, width)
        order = order[counting_sort(rows[order], size)]
        rows, cols, keys = rows[order], cols[order], keys[order]
        kept = np.concatenate([[True], keys[1:] != keys[:-1]])
        if not kept.all():
            rows, cols = rows[kept], cols[kept]
    return Rows(_indptr(rows, size), cols)


def counting_sort(keys: Numbers, size: int) -> Numbers:
    """The stable order that sorts `keys`, numbers below `size`, in linear time: SciPy's conversion
    of a sparse matrix whose row k has one entry, in column keys[k].
    """
    import scipy.sparse

    n = len(keys)
    if n < 1000 or size > 4 * n + 1000:
        return np.argsort(keys, kind="stable")
    matrix = scipy.sparse.csr_array((np.empty(n, np.int8), keys, np.arange(n + 1)), (n, size))
    order: Numbers = matrix.tocsc().indices
    return order
