"""Linear algebra with the names, parameters and order of results of JAX's `lax.linalg`.

They are not those of `numpy.linalg`: `eigh` gives the vectors first, `lu` and `qr` what LAPACK has.
"""

from __future__ import annotations

import enum
import math
from typing import Any

import numpy as np

from .. import numpy as pnp
from ..api.loops import scan
from ..numpy import linalg as l
from ..numpy._core import array_of, dtype_of, shape_of
from ..scipy import linalg as s
from ..scipy._lapack import by_lapack, library, matrices
from ..scipy._schur import qr_of
from ..texts import shown
from ._arguments import integer, refuse, refuse_shape, refuse_type


class SvdAlgorithm(enum.Enum):
    """JAX's algorithms of `svd`: accepted; LAPACK's is used."""

    DEFAULT = "default"
    QR = "QR"
    JACOBI = "Jacobi"
    POLAR = "polar"
    DIVIDE_AND_CONQUER = "divide and conquer"


class EigImplementation(enum.Enum):
    """JAX's libraries of `eig`: accepted; LAPACK is used."""

    CUSOLVER = "cusolver"
    MAGMA = "magma"
    LAPACK = "lapack"


class EighImplementation(enum.Enum):
    """JAX's algorithms of `eigh`: accepted; LAPACK's is used."""

    QR = "QR"
    JACOBI = "Jacobi"
    QDWH = "QDWH"


def _adjoint(x: Any) -> Any:
    turned = pnp.matrix_transpose(x)
    return pnp.conj(turned) if dtype_of(x).is_complex else turned


def _hermitian(x: Any, symmetrize_input: bool) -> Any:
    return (x + _adjoint(x)) / 2 if symmetrize_input else x


# -- Factorisations --------------------------------------------------------------------------------


def cholesky(x: Any, *, symmetrize_input: bool = True) -> Any:
    """The lower triangular L with L Lᴴ = x, of (…, n, n) positive definite x, whose Hermitian
    part is taken; without `symmetrize_input` its lower triangle is read.

    >>> cholesky([[4.0, 2.0], [2.0, 5.0]])
    array([[2., 0.],
           [1., 2.]])
    """
    return l.cholesky(_hermitian(matrices("cholesky", x), symmetrize_input))


def cholesky_update(r_matrix: Any, w_vector: Any) -> Any:
    """The upper triangular factor of Rᵀ R + w wᵀ, for an upper triangular R, (n, n).

    >>> cholesky_update([[3.0]], [4.0])
    array([[5.]])
    """
    r, w = matrices("cholesky_update", r_matrix), array_of(w_vector)
    return l.cholesky(_adjoint(r) @ r + w[..., :, None] * w[..., None, :].conj(), upper=True)


def eig(
    x: Any,
    *,
    compute_left_eigenvectors: bool = True,
    compute_right_eigenvectors: bool = True,
    enable_eigvec_derivs: bool = False,
    implementation: EigImplementation | None = None,
    use_magma: None = None,
) -> list[Any]:
    """[w, left, right] of (…, n, n) x: eigenvalues, and vectors of norm 1 in columns, those that
    are asked for; NaN for a matrix that holds infinities or NaN. What has left vectors has no
    derivative.

    >>> [v.shape for v in eig([[2.0, 1.0], [0.0, 3.0]])]
    [(2,), (2, 2), (2, 2)]
    """
    a = matrices("eig", x)
    finite = pnp.all(pnp.isfinite(a), axis=(-2, -1), keepdims=True)
    a = pnp.where(finite, a, 0)
    if compute_left_eigenvectors:
        found = _eig_of_both_sides(a, compute_right_eigenvectors)
    else:
        found = list(l.eig(a)) if compute_right_eigenvectors else [l.eigvals(a)]
    kept = [finite[..., 0], *[finite] * (len(found) - 1)]
    nothing = complex(math.nan, math.nan)
    return [pnp.where(k, y, nothing) for k, y in zip(kept, found, strict=True)]


def _eig_of_both_sides(a: Any, right: bool) -> list[Any]:
    n, dtype = shape_of(a)[-1], dtype_of(a).complex

    def run(one: Any) -> tuple[Any, ...]:
        w, left, right = library().eig(one, left=True, right=True, check_finite=False)
        return w, left, right

    found = by_lapack(run, [((n,), dtype), ((n, n), dtype), ((n, n), dtype)], a)
    return list(found if right else found[:2])


def eigh(
    x: Any,
    *,
    lower: bool = True,
    symmetrize_input: bool = True,
    sort_eigenvalues: bool = True,
    subset_by_index: tuple[int, int] | None = None,
    implementation: EighImplementation | None = None,
) -> tuple[Any, Any]:
    """(v, w) of (…, n, n) Hermitian x: eigenvectors in columns, and ascending eigenvalues. Its
    Hermitian part is taken, or without `symmetrize_input` a triangle of it; a subset is first ≤ k
    < end.

    >>> eigh([[2.0, 0.0], [0.0, 1.0]])[1]
    array([1., 2.])
    """
    a = _hermitian(matrices("eigh", x), symmetrize_input)
    w, v = l.eigh(a, "L" if lower else "U")
    first, end = _subset(subset_by_index, shape_of(w)[-1])
    return v[..., first:end], w[..., first:end]


def _subset(given: tuple[int, int] | None, n: int) -> tuple[int, int]:
    first, end = (0, n) if given is None else given
    if not 0 <= first < end <= n and n:
        refuse(f"subset_by_index is (first, end) with 0 <= first < end <= {n}, not {given}")
    return first, end


def hessenberg(a: Any) -> tuple[Any, Any]:
    """LAPACK's form of Q H Qᴴ = a, (…, n, n): H and below it the reflectors of Q, and their
    factors. It has no derivative; `scipy.linalg.hessenberg` gives H and Q.

    >>> hessenberg([[1.0, 2.0], [3.0, 4.0]])[0]
    array([[1., 2.],
           [3., 4.]])
    """
    x = matrices("hessenberg", a)
    n, dtype = shape_of(x)[-1], dtype_of(x)
    if n < 2:
        return x, pnp.zeros((*shape_of(x)[:-2], max(n - 1, 0)), dtype=dtype)

    def run(one: Any) -> tuple[Any, ...]:
        (gehrd,) = library().get_lapack_funcs(("gehrd",), (one,))
        packed, taus, _ = gehrd(one)
        return packed, taus

    h, taus = by_lapack(run, [((n, n), dtype), ((n - 1,), dtype)], x)
    return h, taus


def tridiagonal(a: Any, *, lower: bool = True) -> tuple[Any, Any, Any, Any]:
    """LAPACK's form of Q T Qᴴ = a for Hermitian a, (…, n, n), T tridiagonal: (reflectors and T,
    the diagonal, the one beside it, factors of the reflectors). It has no derivative.

    >>> tridiagonal([[1.0, 2.0], [2.0, 4.0]])[1]
    array([1., 4.])
    """
    x = matrices("tridiagonal", a)
    n, dtype = shape_of(x)[-1], dtype_of(x)

    def run(one: Any) -> tuple[Any, ...]:
        name = "hetrd" if np.iscomplexobj(one) else "sytrd"
        (reduce_,) = library().get_lapack_funcs((name,), (one,))
        packed, d, e, taus, _ = reduce_(one, lower=int(lower))
        return packed, d, e, taus

    forms = [((n, n), dtype), ((n,), dtype.real), ((n - 1,), dtype.real), ((n - 1,), dtype)]
    packed, d, e, taus = by_lapack(run, forms, x)
    return packed, d, e, taus


def householder_product(a: Any, taus: Any) -> Any:
    """The product of the reflectors I - τₖ vₖ vₖᴴ, (…, m, n): vₖ is 1 at k and below as column k
    of `a`, τₖ in `taus`, (…, k). The first n columns of Q, after LAPACK's `geqrf`.

    >>> householder_product([[0.0], [1.0]], [1.0])[:, 0]
    array([ 0., -1.])
    """
    x, factors = matrices("householder_product", a, square=False), array_of(taus)
    m, n = shape_of(x)[-2:]
    start = pnp.broadcast_to(pnp.eye(m, n, dtype=dtype_of(x)), shape_of(x))
    return _reflected(x, factors, start, forward=False)


def ormqr(a: Any, taus: Any, c: Any, *, left: bool = True, transpose: bool = False) -> Any:
    """Q c, or c Q without `left`, for the Q of reflectors as in `householder_product`; with
    `transpose` Qᴴ.

    >>> ormqr([[0.0], [1.0]], [1.0], [[1.0], [2.0]])[:, 0]
    array([-2., -1.])
    """
    x, factors, other = matrices("ormqr", a, square=False), array_of(taus), array_of(c)
    if left:
        return _reflected(x, pnp.conj(factors) if transpose else factors, other, forward=transpose)
    turned = ormqr(x, factors, _adjoint(other), left=True, transpose=not transpose)
    return _adjoint(turned)


def _reflected(x: Any, taus: Any, start: Any, forward: bool) -> Any:
    """`start` after all reflections, from the last one, or `forward` from the first."""
    m, count = shape_of(x)[-2], shape_of(taus)[-1]
    if count > shape_of(x)[-1] or count > m:
        refuse_shape(f"{count} reflectors do not fit a matrix of shape {shape_of(x)}")
    rows = pnp.arange(m)

    def step(q: Any, row: Any) -> tuple[Any, None]:
        column, tau, k = row
        v = pnp.where(rows > k, column, pnp.where(rows == k, 1.0, 0.0))
        v = pnp.astype(v, dtype_of(x))
        product = pnp.sum(pnp.conj(v)[..., :, None] * q, axis=-2, keepdims=True)
        return q - tau[..., None, None] * v[..., :, None] * product, None

    columns = pnp.moveaxis(x[..., :count], -1, 0)
    each = columns, pnp.moveaxis(taus, -1, 0), pnp.arange(count)
    return scan(step, start, each, reverse=not forward)[0]


def lu(x: Any) -> tuple[Any, Any, Any]:
    """(L and U in one matrix, pivots, permutation) of (…, m, n) x: x[permutation] = L U, L unit
    lower triangular. Row i was exchanged with row pivots[i], in turn.

    >>> lu([[1.0, 2.0], [2.0, 2.0]])[2]
    array([1, 0], dtype=int32)
    """
    a = matrices("lu", x, square=False)
    rows, lower, upper = l.lu(a, p_indices=True)
    m, n = shape_of(a)[-2:]
    wide = [(0, 0)] * (len(shape_of(a)) - 2)
    lower = pnp.pad(pnp.tril(lower, -1), [*wide, (0, 0), (0, max(n - m, 0))])
    upper = pnp.pad(pnp.triu(upper), [*wide, (0, max(m - n, 0)), (0, 0)])
    order = pnp.astype(pnp.argsort(rows, axis=-1), "int32")
    pivots = s.exchanges(rows)[..., : min(m, n)]
    return lower + upper, pnp.astype(pivots, "int32"), order


def lu_pivots_to_permutation(pivots: Any, permutation_size: int) -> Any:
    """The order of rows after exchanges in turn: row i with row pivots[i].

    >>> lu_pivots_to_permutation([1, 1], 3)
    array([1, 0, 2], dtype=int32)
    """
    given = array_of(pivots)
    size = integer(permutation_size, "lu_pivots_to_permutation: permutation_size")
    if not dtype_of(given).is_integer or not shape_of(given):
        refuse_type(f"lu_pivots_to_permutation: pivots are integers, not {dtype_of(given)}")
    if shape_of(given)[-1] > size:
        refuse_shape(f"lu_pivots_to_permutation: {shape_of(given)[-1]} pivots of {size} rows")
    return pnp.astype(s.order_of_rows(given, size), "int32")


def qr(
    x: Any, *, pivoting: bool = False, full_matrices: bool = True, use_magma: None = None
) -> tuple[Any, ...]:
    """(Q, R) of (…, m, n) x, Q square if `full_matrices`; with `pivoting` the order of the columns
    is third: x[:, order] = Q R.

    >>> [v.shape for v in qr([[1.0], [2.0]])]
    [(2, 2), (2, 1)]
    """
    a = matrices("qr", x, square=False)
    return qr_of(a, "complete" if full_matrices else "reduced", bool(pivoting))


def schur(
    x: Any,
    *,
    compute_schur_vectors: bool = True,
    sort_eig_vals: bool = False,
    select_callable: None = None,
) -> tuple[Any, ...]:
    """(T, Q) of (…, n, n) x = Q T Qᴴ, or (T,): see `scipy.linalg.schur`. It has no derivative."""
    if sort_eig_vals or select_callable is not None:
        refuse("schur: sort_eig_vals is False, and select_callable None\n  They are in no order.")
    found = s.schur(x, "complex" if dtype_of(array_of(x)).is_complex else "real")
    return found if compute_schur_vectors else found[:1]


def svd(
    x: Any,
    *,
    full_matrices: bool = True,
    compute_uv: bool = True,
    subset_by_index: tuple[int, int] | None = None,
    algorithm: SvdAlgorithm | None = None,
) -> Any:
    """(U, S, Vh) of (…, m, n) x, or S alone without `compute_uv`. A subset is first ≤ k < end,
    and needs matrices that are not full.

    >>> svd([[3.0, 0.0], [0.0, 4.0]], compute_uv=False)
    array([4., 3.])
    """
    if not (algorithm is None or isinstance(algorithm, SvdAlgorithm)):
        refuse_type(f"svd: algorithm is None or a SvdAlgorithm, not {shown(algorithm)}")
    a = matrices("svd", x, square=False)
    first, end = _subset(subset_by_index, min(shape_of(a)[-2:]))
    if not compute_uv:
        return l.svdvals(a)[..., first:end]
    if subset_by_index is not None and full_matrices and (first, end) != (0, min(shape_of(a)[-2:])):
        refuse("svd: subset_by_index needs full_matrices=False")
    u, values, vh = l.svd(a, full_matrices=bool(full_matrices))
    if subset_by_index is None:
        return u, values, vh
    return u[..., first:end], values[..., first:end], vh[..., first:end, :]


def symmetric_product(
    a_matrix: Any,
    c_matrix: Any,
    *,
    alpha: float = 1.0,
    beta: float = 0.0,
    symmetrize_output: bool = False,
) -> Any:
    """alpha A Aᵀ + beta C for a symmetric C; without `symmetrize_output` only the lower triangle
    counts.

    >>> symmetric_product([[1.0], [2.0]], [[1.0, 0.0], [0.0, 1.0]], beta=2.0)
    array([[3., 2.],
           [2., 6.]])
    """
    a, c = matrices("symmetric_product", a_matrix, square=False), array_of(c_matrix)
    found = alpha * (a @ pnp.matrix_transpose(a)) + beta * c
    if not symmetrize_output:
        return found
    low = pnp.tril(found)
    return low + pnp.matrix_transpose(pnp.tril(found, -1))


# -- Systems ---------------------------------------------------------------------------------------


def triangular_solve(
    a: Any,
    b: Any,
    *,
    left_side: bool = False,
    lower: bool = False,
    transpose_a: bool = False,
    conjugate_a: bool = False,
    unit_diagonal: bool = False,
) -> Any:
    """y with op(a) y = b, or y op(a) = b if not `left_side`; op transposes and conjugates as told.

    >>> triangular_solve([[2.0]], [[6.0]])
    array([[3.]])
    """
    turn = (lambda x: x) if left_side else pnp.matrix_transpose
    a, b = array_of(a), array_of(b)
    a = pnp.conj(a) if conjugate_a else a
    trans = int(transpose_a == left_side)
    return turn(l.solve_triangular(a, turn(b), trans, lower, unit_diagonal))
