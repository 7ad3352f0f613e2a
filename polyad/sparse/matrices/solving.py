"""`solve` and `logdet` of sparse matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np

from ... import lax, solvers
from ... import numpy as pnp
from ...api import ShapeDtypeStruct, custom_jvp, pure_callback
from ...api.linear_calls import linear_call
from ...errors import PolyadTypeError, ShapeError
from ...ir import user_location, where
from ...texts import shown
from . import places
from .factors import Factors
from .matrix import Matrix, is_sparse
from .skeleton import Skeleton

ITERATIONS: dict[str, Callable[..., Any]] = {
    "cg": solvers.cg,
    "gmres": solvers.gmres,
    "bicgstab": solvers.bicgstab,
}
FACTORISATIONS = ("lu", "cholesky")


def solve(A: Any, b: Any, *, method: str | None = None, **options: Any) -> Any:
    """The x with A x = b for a square sparse matrix; `b` is a vector, or a matrix of columns.

    `A` is a sparse array or matrix of SciPy's, with known or traced entries; or an operator: a
    linear function of traced arrays like `b`, or a `LinearOperator` of SciPy's, which compiled
    programs call, and whose `rmatvec` serves reverse mode.

    `method` of a matrix is "lu" (if none is given), SciPy's SuperLU (X. S. Li, ACM Trans. Math.
    Softw. 31, 2005), which compiled programs call; "cholesky", the same with pivots on the
    diagonal, for Hermitian positive-definite matrices; or, as of an operator, "cg", "gmres" (if
    none is given) or "bicgstab", with the `options` of `polyad.solvers`' functions of these names.
    What does not converge is an error, unless `strict=False` is given.

    Derivatives by `b`, by `A.data`, and by what an operator closes over follow from the equation,
    to any order: reverse mode solves with Aᵀ and forward mode with A, by the same factorisation.
    `vmap` over `b` factorises once.

    Raises `LinAlgError` for a singular matrix, and with "cholesky" for one that is not Hermitian
    and positive definite; `ConvergenceError` for an iteration that ends without a solution;
    `ShapeError` where the shapes do not fit; `PolyadTypeError` for a dense `A` and for a method
    that there is not.

    >>> import numpy as np, polyad, scipy.sparse
    >>> A = scipy.sparse.csr_array(np.array([[4.0, 1.0], [0.0, 2.0]]))
    >>> polyad.sparse.solve(A, np.array([6.0, 4.0]))
    array([1., 2.])
    >>> polyad.grad(lambda b: polyad.sparse.solve(A, b)[0])(np.array([6.0, 4.0]))
    array([ 0.25 , -0.125])
    >>> polyad.sparse.solve(lambda x: 2 * x, np.array([6.0, 4.0]), method="cg")
    array([3., 2.])
    """
    if is_operator(A):
        method = "gmres" if method is None else method
        if method not in ITERATIONS:
            raise _unknown(f"method={method!r} of an operator", "")
        return _iterated(_function_of(A), b, method, options)
    matrix = _square("solve", A)
    shape = pnp.shape(b)
    if len(shape) not in (1, 2) or shape[0] != matrix.shape[0]:
        raise ShapeError(
            f"solve: a matrix of shape {matrix.shape} and a right-hand side of shape {shape}"
            f"{where(user_location())}"
        )
    b = _floating(matrix, b)
    method = "lu" if method is None else method
    if method in ITERATIONS:
        return _iterated(lambda x: matrix @ x, b, method, options)
    if method not in FACTORISATIONS or options:
        known = method in FACTORISATIONS
        given = ", ".join([f"method={shown(method)}", *(options if known else ())])
        raise _unknown(given, "'lu' and 'cholesky', without options, and ")
    return _by_factors(matrix, b, method)


def _unknown(given: str, others: str) -> PolyadTypeError:
    return PolyadTypeError(
        f"solve: {given}{where(user_location())}\n  Methods are {others}"
        f"{', '.join(map(repr, ITERATIONS))}."
    )


def _iterated(operator: Callable[[Any], Any], b: Any, method: str, options: Any) -> Any:
    return ITERATIONS[method](operator, b, **{"strict": True, **options}).value


def is_operator(A: Any) -> bool:
    """Whether `A` is a function, or has products with vectors as SciPy's `LinearOperator`s do."""
    return not is_sparse(A) and (callable(A) or hasattr(A, "matvec"))


def _function_of(A: Any) -> Callable[[Any], Any]:
    """An operator as a function of traced arrays: SciPy's are called on the host, and transposed by
    their adjoint.
    """
    if not hasattr(A, "matvec"):
        return cast("Callable[[Any], Any]", A)

    def on_host(product: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
        run = lambda v: np.asarray(product(v), v.dtype)
        return lambda _, x: pure_callback(run, x, x, vmap_method="sequential")

    product, transposed = on_host(A.matvec), on_host(lambda v: A.rmatvec(v.conj()).conj())
    return lambda x: linear_call(product, transposed, (), x)


def _by_factors(matrix: Matrix, b: Any, method: str) -> Any:
    factors, data = _factors(matrix.skeleton, method), pnp.astype(matrix.data, b.dtype)
    matrix = Matrix(matrix.skeleton, data)

    def solving(transposed: bool) -> Callable[[Any, Any], Any]:
        host = lambda data, b: factors.solve(np.asarray(data), np.asarray(b), transposed)
        return lambda _, right: pure_callback(host, right, data, right, vmap_method="expand_dims")

    return lax.custom_linear_solve(
        lambda x: matrix @ x, b, solving(False), transpose_solve=solving(True)
    )


def logdet(A: Any, *, method: str = "lu") -> Any:
    """log |det A| of a square sparse matrix, by SciPy's SuperLU: the sum over the pivots.

    Its derivative by `A.data` are entries of the inverse, which solves with unit vectors give in
    blocks; the second derivative takes memory for the whole inverse. A singular matrix has -inf.
    `method` "cholesky" leaves the pivots on the diagonal, as a Hermitian positive-definite matrix
    allows: in an order for that there is less fill-in.

    Raises `ShapeError` for a matrix that is not square, `PolyadTypeError` for a dense one and for
    another method; with "cholesky" `LinAlgError` for a matrix that is not Hermitian and positive
    definite.

    >>> import numpy as np, polyad, scipy.sparse
    >>> A = scipy.sparse.csr_array(np.array([[4.0, 1.0], [0.0, 2.0]]))
    >>> float(polyad.sparse.logdet(A).round(6))
    2.079442
    >>> polyad.grad(polyad.sparse.logdet)(A).toarray()
    array([[0.25, 0.  ],
           [0.  , 0.5 ]])
    """
    matrix = _square("logdet", A)
    if method not in FACTORISATIONS:
        raise PolyadTypeError(
            f"logdet: method={method!r}{where(user_location())}\n  Methods are "
            f"{' and '.join(map(repr, FACTORISATIONS))}."
        )
    if matrix.skeleton.elements is not None:
        matrix = matrix.tocoo()
    skeleton, factors = matrix.skeleton, _factors(matrix.skeleton, method)
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
        whole = solve(Matrix(skeleton, data), unit, method=method)
        moved = -whole @ places.dense_product(skeleton, change, whole)
        return inverse(data), moved[cols, rows]

    return value(data)


def _factors(skeleton: Skeleton, method: str) -> Factors:
    """The factorisations of a skeleton by a method, which it keeps."""
    kept = skeleton.__dict__.setdefault("factors", {})
    found: Factors | None = kept.get(method)
    if found is None:
        found = kept[method] = Factors(skeleton, definite=method == "cholesky")
    return found


def _square(what: str, A: Any) -> Matrix:
    if not is_sparse(A):
        instead = f"polyad.numpy.linalg.{'slogdet' if what == 'logdet' else what}"
        raise PolyadTypeError(
            f"{what} takes a sparse matrix, not {type(A).__name__}{where(user_location())}\n"
            f"  For a dense one there is {instead}."
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
