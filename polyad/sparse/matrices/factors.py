"""Factorisations of sparse matrices, outside of programs: SciPy's SuperLU, with its pivots on the
diagonal for definite matrices.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import LinAlgError
from .skeleton import Skeleton

KEPT = 4
BLOCK = 64
ON_THE_DIAGONAL = {
    "permc_spec": "MMD_AT_PLUS_A",
    "diag_pivot_thresh": 0.0,
    "options": {"SymmetricMode": True},
}
"""SuperLU's options for pivots on the diagonal, in an order for A + A^T: U is then D L^H."""

ROUNDING = 64
"""A Hermitian matrix's entries and their mirror images may differ by so many units of rounding of
its largest entry: products like J^T W J are Hermitian but for the order of their sums.
"""

Array = NDArray[Any]


class Factors:
    """The factorisations of matrices with one skeleton: the latest few are kept, so that the
    solves of a reverse pass, and those with several right-hand sides, factorise once. Those of
    `definite` matrices have their pivots on the diagonal.
    """

    def __init__(self, skeleton: Skeleton, definite: bool = False) -> None:
        self.skeleton, self.definite = skeleton, definite
        self.count = 0  # of factorisations made
        self._kept: list[tuple[Array, Any]] = []
        self._lock = threading.Lock()

    def factor(self, data: Array) -> Any:
        """SuperLU's object of the matrix with these entries. Raises `LinAlgError` for a singular
        one, or one that is not Hermitian and positive definite where `definite`.
        """
        with self._lock:
            for k, (known, found) in enumerate(self._kept):
                if known.dtype == data.dtype and np.array_equal(known, data):
                    self._kept.insert(0, self._kept.pop(k))
                    return found
        found = self._cholesky(data) if self.definite else self._superlu(data)
        with self._lock:
            self.count += 1
            self._kept = [(data.copy(), found), *self._kept[: KEPT - 1]]
        return found

    def _cholesky(self, data: Array) -> Any:
        """L D L^H of a Hermitian matrix, whose pivots are all positive where it is definite."""
        matrix = self.skeleton.filled(data).tocoo()
        turned = abs(matrix - matrix.conj().T).tocoo()
        if turned.nnz and turned.data.max() > _rounding(matrix):
            row, col = (int(x[turned.data.argmax()]) for x in turned.coords)
            raise LinAlgError(
                f"a sparse matrix of shape {self.skeleton.shape} that is not Hermitian, as "
                f"method='cholesky' takes it: entries ({row}, {col}) and ({col}, {row}) differ\n"
                "  Use method='lu'."
            )
        try:
            found = self._superlu(data, **ON_THE_DIAGONAL)
        except LinAlgError:
            found = None
        pivots = np.zeros(1) if found is None else found.U.diagonal().real
        moved = found is not None and not np.array_equal(found.perm_r, found.perm_c)
        if moved or not (pivots > 0).all():
            raise LinAlgError(
                f"a sparse matrix of shape {self.skeleton.shape} that is not positive definite, as "
                "method='cholesky' takes it: a pivot is not positive\n  Use method='lu'."
            )
        return found

    def _superlu(self, data: Array, **options: Any) -> Any:
        import scipy.sparse.linalg

        matrix = self.skeleton.filled(data).tocsc(copy=True)  # SuperLU sorts it in place
        try:
            return scipy.sparse.linalg.splu(matrix, **options)
        except RuntimeError as error:
            if "singular" not in str(error):
                raise
            raise LinAlgError(
                f"a singular sparse matrix of shape {self.skeleton.shape}, as SuperLU finds it"
            ) from None

    def solve(self, data: Array, b: Array, transposed: bool) -> Array:
        """The x with A x = b, or with Aᵀ x = b; with batches of equal length, or of length 1, as
        first axes of both, or without.
        """
        if data.ndim == len(self.skeleton.data_shape):
            return self._solved(data, b, transposed)
        size = max(len(data), len(b))
        if len(data) == 1 and b.ndim == 2:  # one matrix and a batch of vectors: its columns
            found = self._solved(data[0], np.ascontiguousarray(b.T), transposed).T
            return np.ascontiguousarray(np.broadcast_to(found, (size, *b.shape[1:])))
        pairs = ((data[k % len(data)], b[k % len(b)]) for k in range(size))
        each = [self._solved(one, right, transposed) for one, right in pairs]
        return np.stack(each) if each else np.zeros_like(b)

    def _solved(self, data: Array, b: Array, transposed: bool) -> Array:
        if not b.size:
            return b
        found: Array = self.factor(data).solve(b, "T" if transposed else "N")
        return found.astype(b.dtype, copy=False)

    def log_abs_det(self, data: Array) -> Array:
        """The logarithm of the determinant's modulus; -inf for a singular matrix."""
        real = data.real.dtype
        try:
            pivots = self.factor(data).U.diagonal()
        except LinAlgError:
            if self.definite:
                raise
            return np.asarray(-np.inf, real)
        return np.asarray(np.log(np.abs(pivots)).sum(), real)

    def inverse_entries(self, data: Array) -> Array:
        """The entries of the inverse's transpose at the places of the matrix's own entries, from
        blocks of columns of the inverse.
        """
        rows, cols = self.skeleton.coords
        result = np.zeros(len(rows), data.dtype)
        order = np.argsort(rows, kind="stable")
        bounds = np.searchsorted(rows[order], np.arange(self.skeleton.shape[0] + 1))
        factors = self.factor(data)
        for first in range(0, self.skeleton.shape[0], BLOCK):
            last = min(first + BLOCK, self.skeleton.shape[0])
            unit = np.zeros((self.skeleton.shape[0], last - first), data.dtype)
            unit[np.arange(first, last), np.arange(last - first)] = 1
            columns = factors.solve(unit)
            chosen = order[bounds[first] : bounds[last]]
            result[chosen] = columns[cols[chosen], rows[chosen] - first]
        return result


def _rounding(matrix: Any) -> float:
    """The largest difference between mirror images that rounding explains."""
    largest = np.abs(matrix.data).max(initial=0.0)
    return float(ROUNDING * np.finfo(matrix.dtype).eps * largest)
