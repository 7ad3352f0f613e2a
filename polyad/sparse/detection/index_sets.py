"""For each element of an array, the set of inputs that it depends on.

Sets are unions of *parts*, and are merged only where they have to be: a slice or a gather of a
union is the union of the parts' gathers, so a stencil costs one array of numbers a read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeGuard

import numpy as np
from numpy.typing import NDArray

from ...ops.sparsity import From, Into, Link, Numbers, Same, Several, numbers

MANY_PARTS = 16  # are merged before they are gathered
SMALL = 1000  # pairs that are sorted by comparison


class Column(NamedTuple):
    """One input for each element, or none, -1."""

    inputs: Numbers


class Rows(NamedTuple):
    """A row of inputs, sorted, for each number in `source`; none for -1."""

    indptr: Numbers
    indices: Numbers
    source: Numbers | None = None


class Scattered(NamedTuple):
    """The sets of an array, that of its element k for element `target[k]`; for none, -1."""

    target: Numbers
    sets: IndexSets


class Pairs(NamedTuple):
    """Inputs `cols[k]` of elements `rows[k]`, in any order."""

    rows: Numbers
    cols: Numbers


Part: TypeAlias = Column | Rows | Scattered


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
            if len(self.parts) > MANY_PARTS or any(isinstance(p, Scattered) for p in self.parts):
                self.rows()
            return IndexSets(size, self.width, [_gathered(p, link.source) for p in self.parts])
        if isinstance(link, Into):
            return IndexSets(size, self.width, _into(self, link.target))
        indptr, indices, _ = self.rows()
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


def _into(sets: IndexSets, target: Numbers) -> list[Part]:
    again = [p for p in sets.parts if isinstance(p, Scattered)]
    still = [p for p in sets.parts if not isinstance(p, Scattered)]
    found: list[Part] = [Scattered(chosen(target, p.target), p.sets) for p in again]
    if still:
        found.append(Scattered(target, IndexSets(sets.size, sets.width, still)))
    return found


def _gathered(part: Part, source: Numbers) -> Part:
    if isinstance(part, Column):
        return Column(chosen(part.inputs, source))
    assert isinstance(part, Rows)
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
    if _are_alike_columns(parts):
        return _spread(parts, size, width)
    pairs = [_pairs(own, size) for part in parts for own in _singles(part)]
    if len(pairs) == 1 and isinstance(parts[0], Rows):
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
    return _chosen_of(table, kept)


def _chosen_of(table: Numbers, kept: NDArray[np.bool_]) -> Rows:
    size, count = table.shape
    dtype: Any = np.int32 if table.size < np.iinfo(np.int32).max else np.int64
    if kept.all():
        return Rows(np.arange(0, table.size + 1, count, dtype=dtype), table.ravel())
    indptr = np.zeros(size + 1, dtype)
    np.cumsum(kept.sum(axis=-1, dtype=dtype), out=indptr[1:])
    return Rows(indptr, table[kept])


def _are_alike_columns(parts: Sequence[Part]) -> TypeGuard[Sequence[Scattered]]:
    """Whether all parts are scattered sets of columns, equally many each, and more than one."""
    sets = [part.sets.parts for part in parts if isinstance(part, Scattered)]
    same = len(sets) == len(parts) and len({*map(len, sets)}) == 1 and len(sets[0]) > 1
    return same and all(isinstance(own, Column) for each in sets for own in each)


def _spread(parts: Sequence[Scattered], size: int, width: int) -> Rows:
    """The sets of alike scattered columns: the elements that go to each element are sorted, and not
    each of their inputs.
    """
    groups: dict[frozenset[int], list[Scattered]] = {}
    for part in parts:
        groups.setdefault(frozenset(map(id, part.sets.parts)), []).append(part)
    tables, pairs, end = [], [], 0
    for group in groups.values():
        own = group[0].sets
        tables.append([p.inputs for p in own.parts if isinstance(p, Column)])
        elements = of_inputs(own.size, end, end + own.size)
        pairs += [_pairs(Scattered(part.target, elements), size) for part in group]
        end += own.size
    rows, cols = map(np.concatenate, zip(*pairs, strict=True))
    grouped, indptr = _by_rows(rows, cols, size)
    inputs = beside_each_other(list(zip(*tables, strict=True)), grouped)
    found = _chosen_of(inputs, inputs >= 0)
    return _distinct(found.indices, found.indptr[indptr], size, width)


def _singles(part: Part) -> list[Part]:
    """Scattered sets of one part each."""
    if not isinstance(part, Scattered):
        return [part]
    size, width = part.sets.size, part.sets.width
    return [Scattered(part.target, IndexSets(size, width, [own])) for own in part.sets.parts]


def _pairs(part: Part, size: int) -> Pairs:
    if isinstance(part, Scattered):
        found = _pairs(part.sets.parts[0], part.sets.size)
        rows = part.target[found.rows]
        kept = rows >= 0
        return Pairs(rows, found.cols) if kept.all() else Pairs(rows[kept], found.cols[kept])
    if isinstance(part, Column):
        kept = part.inputs >= 0
        if kept.all():
            return Pairs(numbers(size), part.inputs)
        return Pairs(numbers(size)[kept], part.inputs[kept])
    if part.source is None:
        counts = np.diff(part.indptr)
        return Pairs(np.repeat(numbers(size), counts), part.indices)
    cols, counts = _rows_of(part.indptr, part.indices, part.source)
    return Pairs(np.repeat(numbers(size), counts), cols)


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
    if len(rows) < 2 or _in_order(rows, cols):
        return Rows(_indptr(rows, size), cols)
    return _distinct(*_by_rows(rows, cols, size), size, width)


def _distinct(cols: Numbers, indptr: Numbers, size: int, width: int) -> Rows:
    """Columns sorted within their rows, each once."""
    import scipy.sparse

    data = np.zeros(len(cols), np.int8)
    found = scipy.sparse.csr_array((data, cols, indptr), (size, width))
    found.sum_duplicates()
    return Rows(found.indptr, found.indices)


def _by_rows(rows: Numbers, values: Numbers, size: int) -> tuple[Numbers, Numbers]:
    """Values grouped by rows, and where each row begins: a counting sort, SciPy's conversion of a
    matrix with one entry a line.
    """
    import scipy.sparse

    n = len(rows)
    matrix = scipy.sparse.csr_array((values, rows, numbers(n + 1)), (n, size)).tocsc()
    return matrix.data, matrix.indptr


def _in_order(rows: Numbers, cols: Numbers) -> bool:
    later, same = rows[1:] > rows[:-1], rows[1:] == rows[:-1]
    return bool((later | (same & (cols[1:] > cols[:-1]))).all())


def beside_each_other(columns: Sequence[Sequence[Numbers]], order: Numbers | None) -> Numbers:
    """The table of columns, each given in pieces, or the rows of it that `order` names."""
    size = sum(map(len, columns[0])) if order is None else len(order)
    dtype: Any = np.result_type(*(piece for column in columns for piece in column))
    found = np.empty((size, len(columns)), dtype)
    for k, column in enumerate(columns):
        whole = column[0] if len(column) == 1 else np.concatenate(column)
        found[:, k] = whole if order is None else whole[order]
    return found


def grouped(rows: Numbers, size: int) -> tuple[Numbers | None, Numbers]:
    """The order of elements by rows (None: as they are), and where each row begins."""
    if bool((rows[1:] >= rows[:-1]).all()):
        return None, _indptr(rows, size)
    if len(rows) < SMALL:
        return np.argsort(rows, kind="stable"), _indptr(rows, size)
    return _by_rows(rows, numbers(len(rows)), size)


def sorted_within_rows(
    indptr: Numbers, cols: Numbers, beside: Numbers, shape: tuple[int, int]
) -> tuple[Numbers, Numbers, Numbers]:
    """Columns sorted within their rows, which begin at `indptr`, and what goes with them."""
    if len(cols) < SMALL:
        order = np.lexsort((cols, np.repeat(numbers(shape[0]), np.diff(indptr))))
        return indptr, cols[order], beside[order]
    import scipy.sparse

    matrix = scipy.sparse.csr_array((beside, cols, indptr), shape)
    matrix.sort_indices()
    return matrix.indptr, matrix.indices, matrix.data
