"""SciPy's sparse arrays as pytrees: the entries are the leaf, the rest is structure."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import tree
from ...errors import PolyadTypeError, ShapeError
from ...foreign.torch import sparse as torch_sparse
from ...ir import user_location, where
from .matrix import Matrix, is_sparse
from .skeleton import ARRAYS, Skeleton

KINDS = "?bhilqBHILQfdgFDG"
"""The dtypes of SciPy's sparse arrays, by NumPy's characters."""


def flatten(matrix: Any) -> tuple[tuple[Any], Skeleton]:
    """The leaf and the structure of a sparse matrix."""
    if isinstance(matrix, Matrix):
        return (matrix.data,), matrix.skeleton
    return (matrix.data,), Skeleton(matrix)


def unflatten(skeleton: Skeleton, children: Any) -> Any:
    """A matrix of SciPy's where the entries are an array of NumPy's that fits, else a `Matrix`."""
    (data,) = children
    fits = type(data) is np.ndarray and data.shape == skeleton.data_shape
    if fits and data.dtype.char in KINDS:
        return skeleton.filled(data)
    return Matrix(skeleton, data)


def register() -> None:
    """Make the classes of scipy.sparse nodes of pytrees."""
    import scipy.sparse

    for format in ARRAYS:
        for family in ("array", "matrix"):
            tree.register_node(getattr(scipy.sparse, f"{format}_{family}"), flatten, unflatten)


def with_data(A: Any, data: Any) -> Any:
    """The sparse matrix with the pattern of `A` and the entries `data`, in the order of `A.data`
    (of a `polyad.sparse.Pattern`, in its order: by rows). `data` may be traced.

    Raises `ShapeError` where the shape of `data` is not that of `A.data`.

    >>> import numpy as np, polyad, scipy.sparse
    >>> A = scipy.sparse.csr_array(np.array([[1.0, 2.0], [0.0, 3.0]]))
    >>> x = np.array([1.0, 10.0])
    >>> polyad.grad(lambda d: (polyad.sparse.with_data(A, d) @ x).sum())(A.data)
    array([ 1., 10., 10.])
    """
    if hasattr(A, "to_scipy"):
        A = A.to_scipy()
    if torch_sparse.is_sparse(A):
        A = Matrix.of(A)
    if not is_sparse(A) or getattr(A, "format", None) not in ARRAYS:
        raise PolyadTypeError(
            f"with_data takes a sparse matrix in one of the formats {', '.join(ARRAYS)}, not "
            f"{type(A).__name__}{where(user_location())}\n  Convert it, say by scipy.sparse."
            "csr_array(A)."
        )
    skeleton = A.skeleton if isinstance(A, Matrix) else Skeleton(A)
    if tuple(np.shape(data)) != skeleton.data_shape:
        raise ShapeError(
            f"with_data: entries of shape {tuple(np.shape(data))}, where A.data has shape "
            f"{skeleton.data_shape}{where(user_location())}"
        )
    return unflatten(skeleton, (data,))


tree.register_node(Matrix, flatten, unflatten)
