"""`solve` and `logdet` of sparse matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ... import lax, solvers
from ... import numpy as pnp
from ...api import ShapeDtypeStruct, custom_jvp, pure_callback
from ...errors import PolyadTypeError, ShapeError
from ...ir import user_location, where
from . import places
from .factors import Factors
from .matrix import Matrix, is_sparse
from .skeleton import Skeleton

ITERATIONS: dict[str, Callable[..., Any]] = {
    "cg": solvers.cg,
    "gmres": solvers.gmres,
    "bicgstab": solvers.bicgstab,
}


def solve(A: Any, b: Any, *, method: str = "lu", **options: Any) -> Any:
    """The x with A x = b for a square sparse matrix; `b` is a vector, or a matrix of columns.

    `A` is a sparse array or matrix of SciPy's, with known or traced entries. `method` is "lu",
    SciPy's SuperLU (X. S. Li, ACM Trans. Math. Softw. 31, 2005), which compiled programs call; or
    "cg", "gmres" or "bicgstab", with the `options` of `polyad.solvers`' functions of these names.

    Derivatives by `b` and by `A.data` follow from the equation, to any order: reverse mode solves
    with Aᵀ and forward mode with A, by the same factorisation. `vmap` over `b` factorises once.

    Raises `LinAlgError` for a singular matrix, `ShapeError` where the shapes do not fit,
    `PolyadTypeError` for a dense `A` and for an unknown method.

    >>> import numpy as np, polyad, scipy.sparse
    >>> A = scipy.sparse.csr_array(np.array([[4.0, 1.0], [0.0, 2.0]]))
    >>> polyad.sparse.solve(A, np.array([6.0, 4.0]))
    array([1., 2.])
    >>> polyad.grad(lambda b: polyad.sparse.solve(A, b)[0])(np.array([6.0, 4.0]))
    array([ 0.25 , -0.125])
    """
    matrix = _square("solve", A)
    shape = pnp.shape(b)
    if len(shape) not in (1, 2) or shape[0] != matrix.shape[0]:
        raise ShapeError(
            f"solve: a matrix of shape {matrix.shape} and a right-hand side of shape {shape}"
            f"{where(user_location())}"
        )
    b = _floating(matrix, b)
    if method in ITERATIONS:
        return ITERATIONS[method](lambda x: matrix @ x, b, **options).value
    if method != "lu" or options:
        given = f"method={method!r}" if method != "lu" else f"method='lu', {', '.join(options)}"
        raise PolyadTypeError(
            f"solve: {given}{where(user_location())}\n  Methods are 'lu', without options, and "
            f"{', '.join(map(repr, ITERATIONS))}."
        )
    return _by_factors(matrix, b)


def _by_factors(matrix: Matrix, b: Any) -> Any:
    factors, data = _factors(matrix.skeleton), pnp.astype(matrix.data, b.dtype)
    matrix = Matrix(matrix.skeleton, data)

    def solving(transposed: bool) -> Callable[[Any, Any], Any]:
        host = lambda data, b: factors.solve(np.asarray(data), np.asarray(b), transposed)
        return lambda _, right: pure_callback(host, right, data, right, vmap_method="expand_dims")

    return lax.custom_linear_solve(
        lambda x: matrix @ x, b, solving(False), transpose_solve=solving(True)
    )


def logdet(A: Any) -> Any:
    """log |det A| of a square sparse matrix, by SciPy's SuperLU: the sum over the pivots.

    Its derivative by `A.data` are entries of the inverse, which solves with unit vectors give in
    blocks; the second derivative takes memory for the whole inverse. A singular matrix has -inf.

    Raises `ShapeError` for a matrix that is not square, `PolyadTypeError` for a dense one.

    >>> import numpy as np, polyad, scipy.sparse
    >>> A = scipy.sparse.csr_array(np.array([[4.0, 1.0], [0.0, 2.0]]))
    >>> float(polyad.sparse.logdet(A).round(6))
    2.079442
    >>> polyad.grad(polyad.sparse.logdet)(A).toarray()
    array([[0.25, 0.  ],
           [0.  , 0.5 ]])
    """
    matrix = _square("logdet", A)
    skeleton, factors = matrix.skeleton, _factors(matrix.skeleton)
    if skeleton.elements is not None:
        matrix = matrix.tocoo()
        skeleton, factors = matrix.skeleton, _factors(matrix.skeleton)
    data = pnp.astype(matrix.data, _dtype(matrix.data))
    real = pnp.real(data).dtype
    result = ShapeDtypeStruct((), real)

    @custom_jvp
    def value(data: Any) -> Any:
        return pure_callback(lambda d: factors.log_abs_det(np.asarray(d)), result, data)

    @value.defjvp
    def value_jvp(primals: Any, tangents: Any) -> Any:
        (data,), (change,) = primals, tangents
        return value(data), pnp.real(pnp.sum(inverse(data) * change))

    @custom_jvp
    def inverse(data: Any) -> Any:
        return pure_callback(lambda d: factors.inverse_entries(np.asarray(d)), data, data)

    @inverse.defjvp
    def inverse_jvp(primals: Any, tangents: Any) -> Any:
        (data,), (change,) = primals, tangents
        rows, cols = skeleton.coords
        unit = pnp.eye(skeleton.shape[0], dtype=data.dtype)
        whole = solve(Matrix(skeleton, data), unit)
        moved = -whole @ places.dense_product(skeleton, change, whole)
        return inverse(data), moved[cols, rows]

    return value(data)


def _factors(skeleton: Skeleton) -> Factors:
    """The factorisations of a skeleton, which keeps them."""
    found: Factors | None = skeleton.__dict__.get("factors")
    if found is None:
        found = skeleton.__dict__["factors"] = Factors(skeleton)
    return found


def _square(what: str, A: Any) -> Matrix:
    if not is_sparse(A):
        instead = f"polyad.numpy.linalg.{'slogdet' if what == 'logdet' else what}"
        raise PolyadTypeError(
            f"{what} takes a sparse matrix, not {type(A).__name__}{where(user_location())}\n"
            f"  For a dense one there is {instead}; for a function, polyad.solvers."
        )
    matrix = Matrix.of(A)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ShapeError(
            f"{what} takes a square matrix, not one of shape {matrix.shape}{where(user_location())}"
        )
    return matrix


def _dtype(*arrays: Any) -> Any:
    """The dtype in which SuperLU solves for these arrays."""
    found = pnp.result_type(*arrays, np.float32)
    return found


def _floating(matrix: Matrix, b: Any) -> Any:
    return pnp.astype(pnp.asarray(b), _dtype(matrix.data, b))
