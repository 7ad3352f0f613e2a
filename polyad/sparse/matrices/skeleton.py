"""A sparse matrix without its entries: what stays the same while the entries are traced."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_SLOTS = 12
FILLED = 1.5  # slots for an entry

Integers = NDArray[np.integer[Any]]

ARRAYS = {
    "csr": ("indices", "indptr"),
    "csc": ("indices", "indptr"),
    "bsr": ("indices", "indptr"),
    "coo": ("coords",),
    "dia": ("offsets",),
}
"""The attributes of SciPy's formats that say where the elements of `data` stand."""


class Skeleton:
    """The class, the shape and the index arrays of one of SciPy's sparse arrays or matrices. Two
    are equal if these are, element by element. The arrays are copies, which cannot be written to:
    what happens to a matrix in place later is not seen here, nor in results.
    """

    def __init__(self, matrix: Any) -> None:
        self.kind = type(matrix)
        self.format: str = matrix.format
        self.shape: tuple[int, ...] = tuple(matrix.shape)
        self.data_shape: tuple[int, ...] = matrix.data.shape
        found = (getattr(matrix, name) for name in ARRAYS[self.format])
        arrays = [a for part in found for a in (part if isinstance(part, tuple) else (part,))]
        contents = tuple(np.asarray(a).tobytes() for a in arrays)
        self.arrays: tuple[Integers, ...] = tuple(
            np.frombuffer(bytes_, a.dtype) for bytes_, a in zip(contents, arrays, strict=True)
        )
        self._digest = hash((self.kind, self.shape, self.data_shape, contents))

    @property
    def is_array(self) -> bool:
        """Whether `*` is taken element by element; of SciPy's matrices it is the product."""
        import scipy.sparse

        return issubclass(self.kind, scipy.sparse.sparray)

    @property
    def size(self) -> int:
        """The number of elements of `data`."""
        return int(np.prod(self.data_shape, dtype=np.int64))

    def filled(self, data: Any) -> Any:
        """The matrix of SciPy's with these entries; it shares the index arrays."""
        return self._with(data, self.arrays)

    def _with(self, data: Any, arrays: tuple[Integers, ...]) -> Any:
        if self.format == "coo":
            return self.kind((data, arrays), shape=self.shape)
        return self.kind((data, *arrays), shape=self.shape)

    @cached_property
    def numbers(self) -> Any:
        """The matrix whose entries are the numbers of the elements of `data`, from 1 on."""
        numbers = np.arange(1, self.size + 1).reshape(self.data_shape)
        return self._with(numbers, tuple(a.copy() for a in self.arrays))

    @cached_property
    def _placed(self) -> tuple[tuple[Integers, ...], Integers | None]:
        """The coordinates of the elements of `data`, and which elements these are (None: all, in
        order).
        """
        numbers = self.numbers
        if self.format == "coo":
            return self.arrays, None
        if self.format == "csr" and len(self.shape) == 1:
            return (self.arrays[0],), None
        if self.format in ("csr", "csc"):
            lines = np.repeat(np.arange(len(self.arrays[1]) - 1), np.diff(self.arrays[1]))
            lines = lines.astype(self.arrays[0].dtype)
            pair = (lines, self.arrays[0][: len(lines)])
            whole = len(lines) == len(self.arrays[0])  # else there is room for more
            elements = None if whole else np.arange(len(lines))
            return (pair if self.format == "csr" else pair[::-1]), elements
        coo = numbers.tocoo()
        return tuple(coo.coords), coo.data - 1

    @property
    def coords(self) -> tuple[Integers, ...]:
        """The row and the column of each entry; of a vector its index."""
        return self._placed[0]

    @property
    def elements(self) -> Integers | None:
        """The places of the entries in the flattened `data`; None: all, in order."""
        return self._placed[1]

    @cached_property
    def slots(self) -> list[tuple[Integers, Integers]] | None:
        """Of a matrix whose rows have about as many entries each, and few: for k = 0, 1, … the k-th
        entry of each row, -1 for none, and its column. None for another.
        """
        rows, cols = self.coords
        height, count = self.shape[0], len(rows)
        lengths = np.bincount(rows, minlength=height)
        most = int(lengths.max(initial=0))
        if not 0 < most <= MOST_SLOTS or height * most > FILLED * count:
            return None
        order = np.argsort(rows, kind="stable").astype(np.int32)
        starts = np.cumsum(lengths) - lengths
        found: list[tuple[Integers, Integers]] = []
        for k in range(most):
            entries = np.full(height, -1, np.int32)
            full = lengths > k
            entries[full] = order[starts[full] + k]
            found.append((entries, np.where(full, cols[np.maximum(entries, 0)], 0)))
        return found

    @cached_property
    def has_duplicates(self) -> bool:
        """Whether two elements of `data` have one place, where their sum stands."""
        if not len(self.coords[0]):
            return False
        keys = np.ravel_multi_index(self.coords, self.shape)
        return len(np.unique(keys)) < len(keys)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Skeleton):
            return NotImplemented
        return self is other or (
            self._digest == other._digest
            and self.kind is other.kind
            and self.shape == other.shape
            and self.data_shape == other.data_shape
            and all(map(np.array_equal, self.arrays, other.arrays))
        )

    def __hash__(self) -> int:
        return self._digest

    def __repr__(self) -> str:
        return f"{self.kind.__name__} of shape {self.shape}, {self.size} entries"


def coo_skeleton(coords: tuple[Integers, ...], shape: tuple[int, ...], like: Skeleton) -> Skeleton:
    """The skeleton in CSR format with entries at these places, in order of rows and columns, each
    once; an array or a matrix as `like` is. Of a vector in COO format.
    """
    import scipy.sparse

    count = len(coords[0])
    data = np.zeros(count, np.int8)
    if len(shape) == 1:
        return Skeleton(scipy.sparse.coo_array((data, coords), shape=shape))
    indptr = np.zeros(shape[0] + 1, np.int64)
    np.cumsum(np.bincount(coords[0], minlength=shape[0]), out=indptr[1:])
    kind = scipy.sparse.csr_array if like.is_array else scipy.sparse.csr_matrix
    return Skeleton(kind((data, coords[1], indptr), shape=shape))
