"""The places of a matrix that may be other than zero."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import PolyadTypeError, ShapeError, SparsityError
from ..ir import user_location, where
from ..texts import shown
from ._picture import picture

if TYPE_CHECKING:
    from .provenance import Provenance

Integers = NDArray[np.integer[Any]]

FORMATS = ("csr", "csc", "coo")


class Pattern:
    """The places of a matrix that may be other than zero, in order of rows, and of columns within
    a row: CSR order.

    `indptr` and `indices` are those of SciPy's CSR arrays, `rows` and `cols` the coordinates of
    each entry: integer arrays that cannot be written to. `exact` is False where a rule had to take
    more entries than the function may have. `blocks` are the slices of columns, one for each leaf
    of the differentiated arguments.

    `why(row, col)` names the operations and the user's lines that make an entry; `why()` the line
    that makes the pattern densest.

    >>> p = Pattern.from_coo([0, 1, 1], [0, 0, 1], (2, 2))
    >>> p.nnz, p.indptr, p.indices
    (3, array([0, 1, 3], dtype=int32), array([0, 0, 1], dtype=int32))
    >>> p == p.T, p | p.T == Pattern.from_coo([0, 0, 1, 1], [0, 1, 0, 1], (2, 2))
    (False, True)
    """

    def __init__(
        self,
        shape: tuple[int, int],
        indptr: Integers,
        indices: Integers,
        *,
        exact: bool = True,
        blocks: Sequence[slice] | None = None,
        provenance: Callable[[], Provenance] | None = None,
    ) -> None:
        """For arrays that are sorted and free of duplicates already; see `from_coo` for others."""
        self.shape = (int(shape[0]), int(shape[1]))
        self.indptr, self.indices = _index_array(indptr), _index_array(indices)
        self.exact = exact
        self.blocks = tuple(blocks) if blocks is not None else (slice(0, self.shape[1]),)
        self._provenance = provenance

    @property
    def nnz(self) -> int:
        """The number of entries."""
        return len(self.indices)

    @cached_property
    def rows(self) -> Integers:
        """The row of each entry."""
        counts = np.diff(self.indptr)
        return _index_array(np.repeat(np.arange(self.shape[0], dtype=self.indices.dtype), counts))

    @property
    def cols(self) -> Integers:
        """The column of each entry."""
        return self.indices

    @property
    def density(self) -> float:
        """The entries' share of all places."""
        places = self.shape[0] * self.shape[1]
        return self.nnz / places if places else 0.0

    @classmethod
    def from_scipy(cls, array: Any, *, exact: bool = True) -> Pattern:
        """The pattern of a SciPy sparse array or matrix, stored zeros included; of a boolean or
        other dense array, its nonzero elements. Raises `PolyadTypeError` for anything else.

        >>> Pattern.from_scipy(np.eye(3)).nnz
        3
        """
        import scipy.sparse

        if not scipy.sparse.issparse(array):
            array = _dense(array)
            rows, cols = array.nonzero()
            return cls.from_coo(rows, cols, array.shape, exact=exact)
        if len(array.shape) != 2:
            raise ShapeError(
                f"a pattern is of a matrix, not of shape {array.shape}{where(user_location())}"
            )
        csr = array.tocsr().copy()
        csr.sum_duplicates()
        return cls(csr.shape, csr.indptr, csr.indices, exact=exact)

    @classmethod
    def from_coo(cls, rows: Any, cols: Any, shape: Sequence[int], *, exact: bool = True) -> Pattern:
        """The pattern with entries at (rows[k], cols[k]), in any order, some perhaps twice.

        Raises `PolyadTypeError` where they are not integers, `ShapeError` where they are not two
        vectors of one length, `SparsityError` for an entry outside `shape`.
        """
        i, j = np.asarray(rows), np.asarray(cols)
        height, width = (int(n) for n in shape)
        if i.ndim != 1 or i.shape != j.shape:
            raise ShapeError(
                "rows and cols must be two vectors of one length, not of shapes "
                f"{i.shape} and {j.shape}{where(user_location())}"
            )
        for name, given in (("rows", i), ("cols", j)):
            if given.size and given.dtype.kind not in "iu":
                raise PolyadTypeError(
                    f"{name} must be integers, not {given.dtype}{where(user_location())}"
                )
        outside = (i < 0) | (i >= height) | (j < 0) | (j >= width)
        if outside.any():
            k = int(outside.argmax())
            raise SparsityError(
                f"entry {k} at ({i[k]}, {j[k]}) is outside shape ({height}, {width})"
                f"{where(user_location())}"
            )
        keys = sorted_unique(i.astype(np.int64) * width + j)
        return cls._from_keys(keys, (height, width), exact=exact)

    @classmethod
    def _from_keys(
        cls, keys: Integers, shape: tuple[int, int], *, exact: bool, blocks: Any = None
    ) -> Pattern:
        """The pattern of entries `row * width + col`, sorted and each once."""
        rows, cols = np.divmod(keys, max(shape[1], 1))
        indptr = np.zeros(shape[0] + 1, np.int64)
        np.cumsum(np.bincount(rows, minlength=shape[0]), out=indptr[1:])
        return cls(shape, indptr, cols, exact=exact, blocks=blocks)

    @cached_property
    def _keys(self) -> Integers:
        return self.rows.astype(np.int64) * self.shape[1] + self.cols

    @property
    def T(self) -> Pattern:
        """The pattern of the transposed matrix."""
        order = self.by_columns
        indptr = np.zeros(self.shape[1] + 1, np.int64)
        np.cumsum(np.bincount(self.cols, minlength=self.shape[1]), out=indptr[1:])
        return Pattern(self.shape[::-1], indptr, self.rows[order], exact=self.exact)

    @cached_property
    def by_columns(self) -> Integers:
        """The numbers of the entries in CSC order: by columns, and by rows within a column."""
        import scipy.sparse

        numbers = np.arange(self.nnz, dtype=self.indices.dtype)
        csr = scipy.sparse.csr_array((numbers, self.indices, self.indptr), shape=self.shape)
        return _index_array(csr.tocsc().data)

    @cached_property
    def is_symmetric(self) -> bool:
        """Whether the pattern is its own transpose."""
        return self.shape[0] == self.shape[1] and self == self.T

    def lower(self) -> Pattern:
        """The entries on the diagonal and below it."""
        return self._where(self.cols <= self.rows)

    def upper(self) -> Pattern:
        """The entries on the diagonal and above it."""
        return self._where(self.cols >= self.rows)

    def _where(self, kept: NDArray[np.bool_]) -> Pattern:
        indptr = np.zeros(self.shape[0] + 1, np.int64)
        np.cumsum(np.bincount(self.rows[kept], minlength=self.shape[0]), out=indptr[1:])
        return Pattern(
            self.shape,
            indptr,
            self.indices[kept],
            exact=self.exact,
            blocks=self.blocks,
            provenance=self._provenance,
        )

    def find(self, rows: Any, cols: Any) -> Integers:
        """The number of the entry at each (row, col), or -1 where there is none."""
        keys = np.asarray(rows, np.int64) * self.shape[1] + np.asarray(cols, np.int64)
        if not self.nnz:
            return np.full(keys.shape, -1, np.int64)
        places = np.minimum(np.searchsorted(self._keys, keys), self.nnz - 1)
        return np.where(self._keys[places] == keys, places, -1)

    def __contains__(self, place: tuple[int, int]) -> bool:
        row, col = place
        inside = 0 <= row < self.shape[0] and 0 <= col < self.shape[1]
        return inside and bool(self.find(row, col) >= 0)

    def __sub__(self, other: Pattern) -> Pattern:
        """The entries that `other` does not have."""
        self._check_shape(other, "-")
        return self._where(other.find(self.rows, self.cols) < 0)

    def __or__(self, other: Pattern) -> Pattern:
        """The entries of either."""
        self._check_shape(other, "|")
        keys = sorted_unique(np.concatenate([self._keys, other._keys]))
        exact = self.exact and other.exact
        return Pattern._from_keys(keys, self.shape, exact=exact, blocks=self.blocks)

    def _check_shape(self, other: Pattern, sign: str) -> None:
        if not isinstance(other, Pattern):
            raise PolyadTypeError(
                f"{sign} takes two patterns, not a {type(other).__name__}{where(user_location())}"
                "\n  Use Pattern.from_scipy(array)."
            )
        if self.shape != other.shape:
            raise ShapeError(
                f"patterns of shapes {self.shape} and {other.shape}{where(user_location())}"
            )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Pattern):
            return NotImplemented
        return (
            self.shape == other.shape
            and np.array_equal(self.indptr, other.indptr)
            and np.array_equal(self.indices, other.indices)
        )

    __hash__ = object.__hash__

    def to_scipy(self, format: str = "csr", data: Any = None) -> Any:
        """The SciPy array in `format` ("csr", "csc" or "coo") with an entry True at each place, or
        with `data`, in the pattern's order. Raises `PolyadTypeError` for another format.

        >>> Pattern.from_coo([0, 1], [1, 0], (2, 2)).to_scipy().toarray()
        array([[False,  True],
               [ True, False]])
        """
        import scipy.sparse

        if format not in FORMATS:
            raise PolyadTypeError(
                f"unknown format {shown(format)}{where(user_location())}\n  Use one of "
                f"{', '.join(map(repr, FORMATS))}."
            )
        values = np.ones(self.nnz, np.bool_) if data is None else data
        if format == "csr":
            return scipy.sparse.csr_array((values, self.indices, self.indptr), shape=self.shape)
        if format == "coo":
            return scipy.sparse.coo_array((values, (self.rows, self.cols)), shape=self.shape)
        other = self.T
        return scipy.sparse.csc_array(
            (values[self.by_columns], other.indices, other.indptr), shape=self.shape
        )

    def why(self, row: int | None = None, col: int | None = None) -> str:
        """The operations and the user's lines by which entry (row, col) is in the pattern, from
        the input to the output; without arguments, the line that makes the pattern densest.

        Raises `SparsityError` for an entry that the pattern does not have, and for a pattern that
        was not found from a function.
        """
        if self._provenance is None:
            raise SparsityError(
                "this pattern was given, and not found from a function, so nothing says why it has "
                f"an entry{where(user_location())}\n  Use polyad.sparse.jacobian_sparsity."
            )
        if row is None or col is None:
            return self._provenance().densest()
        if (row, col) not in self:
            raise SparsityError(f"the pattern has no entry ({row}, {col}){where(user_location())}")
        return self._provenance().path(row, col)

    def __repr__(self) -> str:
        height, width = self.shape
        words = "exact" if self.exact else "widened"
        line = f"Pattern({height} × {width}, {self.nnz} entries, {self.density:.2%}, {words})"
        return "\n".join([line, *picture(self.shape, self.rows, self.cols)])


def sorted_unique(keys: Integers) -> Integers:
    """The elements in order, each once; quick where they are in order already."""
    if len(keys) < 2:
        return keys
    steps = keys[1:] > keys[:-1]
    if steps.all():
        return keys
    ordered = np.sort(keys)
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])]


def _dense(array: Any) -> NDArray[Any]:
    try:
        found = np.asarray(array)
    except Exception:
        found = np.asarray(None)
    if found.dtype.kind not in "biufc" or found.ndim != 2:
        raise PolyadTypeError(
            "from_scipy takes a sparse array, or a dense matrix, not "
            f"{type(array).__name__}{where(user_location())}"
        )
    return found


def _index_array(values: Integers) -> Integers:
    """A read-only array of 32-bit integers, or of 64-bit ones where those do not do."""
    small = len(values) == 0 or int(values.max()) < np.iinfo(np.int32).max
    dtype: Any = np.int32 if small else np.int64
    found: Integers = np.ascontiguousarray(values, dtype).view()
    found.flags.writeable = False
    return found
