"""Linear algebra with the names and parameters of `scipy.linalg`, as JAX has them.

Everything is computed by `polyad.numpy.linalg`. `overwrite_a`, `overwrite_b`, `check_finite` and
`debug` are taken and checked: nothing is overwritten, and nothing looks for NaN.
"""

from __future__ import annotations

from typing import Any

from .. import numpy as pnp
from ..numpy import linalg as l
from ..numpy._arguments import integer, refuse, refuse_shape
from ..numpy._core import array_of, beside, dtype_of, promoted, shape_of
from ._arguments import flags, one_of
from ._lapack import matrices
from ._matrices import block_diag as block_diag
from ._matrices import circulant as circulant
from ._matrices import companion as companion
from ._matrices import convolution_matrix as convolution_matrix
from ._matrices import dft as dft
from ._matrices import fiedler as fiedler
from ._matrices import fiedler_companion as fiedler_companion
from ._matrices import hadamard as hadamard
from ._matrices import hankel as hankel
from ._matrices import helmert as helmert
from ._matrices import hilbert as hilbert
from ._matrices import invhilbert as invhilbert
from ._matrices import invpascal as invpascal
from ._matrices import leslie as leslie
from ._matrices import pascal as pascal
from ._matrices import toeplitz as toeplitz
from ._schur import expm_frechet as expm_frechet
from ._schur import funm as funm
from ._schur import hessenberg as hessenberg
from ._schur import qr_multiply as qr_multiply
from ._schur import qr_of
from ._schur import rsf2csf as rsf2csf
from ._schur import schur as schur


def _conjugated(x: Any) -> Any:
    turned = pnp.matrix_transpose(x)
    return pnp.conj(turned) if dtype_of(x).is_complex else turned


# -- Factorisations --------------------------------------------------------------------------------


def cholesky(
    a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> Any:
    """The upper triangular U with Uᴴ U = a, or the `lower` triangular L with L Lᴴ = a, of a
    (…, n, n) Hermitian positive definite a, of which that triangle is read.

    >>> cholesky([[4.0, 2.0], [2.0, 5.0]], lower=True)
    array([[2., 0.],
           [1., 2.]])
    """
    flags("cholesky", lower=lower, overwrite_a=overwrite_a, check_finite=check_finite)
    return l.cholesky(a if lower else _conjugated(array_of(a)), upper=not lower)


def cho_factor(
    a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> tuple[Any, bool]:
    """`(c, lower)` for `cho_solve`, of (…, n, n) Hermitian positive definite a."""
    flags("cho_factor", lower=lower, overwrite_a=overwrite_a, check_finite=check_finite)
    return l.cho_factor(a, lower)


def cho_solve(
    c_and_lower: tuple[Any, bool], b: Any, overwrite_b: bool = False, check_finite: bool = True
) -> Any:
    """y with a y = b, from what `cho_factor(a)` gave.

    >>> cho_solve(cho_factor([[4.0, 0.0], [0.0, 2.0]]), [4.0, 4.0])
    array([1., 2.])
    """
    flags("cho_solve", overwrite_b=overwrite_b, check_finite=check_finite)
    return l.cho_solve(c_and_lower, b)


def lu(
    a: Any, permute_l: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> tuple[Any, ...]:
    """(P, L, U) of (…, m, n) a, or (P L, U): a = P L U, L unit lower and U upper triangular."""
    flags("lu", permute_l=permute_l, overwrite_a=overwrite_a, check_finite=check_finite)
    return tuple(l.lu(a, permute_l=permute_l))


def lu_factor(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> tuple[Any, Any]:
    """`(lu, piv)` for `lu_solve`: L and U of (…, n, n) a in one matrix, and the rows with which
    each row is exchanged in turn.

    >>> lu_factor([[1.0, 2.0], [2.0, 2.0]])[0]
    array([[2. , 2. ],
           [0.5, 1. ]])
    """
    flags("lu_factor", overwrite_a=overwrite_a, check_finite=check_finite)
    rows, lower, upper = l.lu(a, p_indices=True)
    return pnp.tril(lower, -1) + upper, exchanges(rows)


def exchanges(rows: Any) -> Any:
    """The exchanges of rows that make the permutation `rows` of a P L U: L U [rows] = a."""
    n = shape_of(rows)[-1]
    wanted = pnp.argsort(rows, axis=-1)  # row i of P⁻¹ a is row wanted[i] of a
    now = pnp.broadcast_to(pnp.arange(n), shape_of(rows))
    found = []
    for i in range(n):
        target = wanted[..., i : i + 1]
        at = pnp.argmax(now == target, axis=-1)
        found.append(at)
        other = now[..., i : i + 1]
        now = pnp.where(pnp.arange(n) == at[..., None], other, now)
        now = pnp.where(pnp.arange(n) == i, target, now)
    return pnp.stack(found, axis=-1)


def lu_solve(
    lu_and_piv: tuple[Any, Any],
    b: Any,
    trans: int = 0,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Any:
    """y with a y = b, from what `lu_factor(a)` gave; with `trans` 1 and 2, aᵀ y = b and aᴴ y = b.

    >>> lu_solve(lu_factor([[1.0, 2.0], [2.0, 2.0]]), [3.0, 4.0])
    array([1., 1.])
    """
    flags("lu_solve", overwrite_b=overwrite_b, check_finite=check_finite)
    one_of("lu_solve", "trans", trans, (0, 1, 2))
    both, pivots = array_of(lu_and_piv[0]), array_of(lu_and_piv[1])
    n = shape_of(both)[-1]
    if shape_of(pivots)[-1:] != (n,):
        refuse_shape(f"scipy.linalg.lu_solve: {n} pivots, not of shape {shape_of(pivots)}")
    order, y = order_of_rows(pivots, n), array_of(b)
    lead = len(shape_of(both)) - 2
    column = len(shape_of(y)) == 1 or shape_of(y) == shape_of(pivots)
    y = y[..., None] if column else y
    if shape_of(y)[-2] != n:
        refuse_shape(f"scipy.linalg.lu_solve: the matrix has {n} rows, b shape {shape_of(y)}")
    y = pnp.broadcast_to(
        y, (*pnp.broadcast_shapes(shape_of(both)[:lead], shape_of(y)[:-2]), *shape_of(y)[-2:])
    )
    order = pnp.broadcast_to(order, (*shape_of(y)[:-2], n))
    moved = lambda y, order: pnp.take_along_axis(y, order[..., None], axis=-2)
    if trans == 0:
        y = solve_triangular(both, moved(y, order), lower=True, unit_diagonal=True)
        y = solve_triangular(both, y)
    else:
        y = solve_triangular(both, y, trans=trans)
        y = solve_triangular(both, y, trans=trans, lower=True, unit_diagonal=True)
        y = moved(y, pnp.argsort(order, axis=-1))
    return y[..., 0] if column else y


def order_of_rows(pivots: Any, n: int) -> Any:
    """The order of n rows after exchanges in turn, along the last axis of (…, k) pivots."""
    rows = pnp.arange(n)
    now: Any = pnp.broadcast_to(rows, (*shape_of(pivots)[:-1], n))
    for i in range(shape_of(pivots)[-1]):
        at = pivots[..., i : i + 1]
        here, there = now[..., i : i + 1], pnp.take_along_axis(now, at, axis=-1)
        now = pnp.where(rows == at, here, now)
        now = pnp.where(rows == i, there, now)
    return now


def qr(
    a: Any,
    overwrite_a: bool = False,
    lwork: Any = None,
    mode: str = "full",
    pivoting: bool = False,
    check_finite: bool = True,
) -> tuple[Any, ...]:
    """(Q, R) of (…, m, n) a: a = Q R; modes "full", "economic" and "r", which gives (R,). With
    `pivoting` the order of the columns is last, in which the diagonal of R falls: a[:, order] = Q
    R.
    """
    flags("qr", overwrite_a=overwrite_a, pivoting=pivoting, check_finite=check_finite)
    one_of("qr", "mode", mode, ("full", "economic", "r"))
    x = matrices("scipy.linalg.qr", a, square=False)
    found = qr_of(x, "reduced" if mode == "economic" else "complete", pivoting)
    return found[1:] if mode == "r" else found


def svd(
    a: Any,
    full_matrices: bool = True,
    compute_uv: bool = True,
    overwrite_a: bool = False,
    check_finite: bool = True,
    lapack_driver: str = "gesdd",
) -> Any:
    """(U, s, Vh) of (…, m, n) a, or s alone."""
    flags("svd", full_matrices=full_matrices, compute_uv=compute_uv, overwrite_a=overwrite_a)
    flags("svd", check_finite=check_finite)
    one_of("svd", "lapack_driver", lapack_driver, ("gesdd", "gesvd"))
    found = l.svd(a, full_matrices, compute_uv)
    return tuple(found) if compute_uv else found


def eigh(
    a: Any,
    b: Any = None,
    lower: bool = True,
    eigvals_only: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    turbo: bool = True,
    eigvals: None = None,
    type: int = 1,
    check_finite: bool = True,
    *,
    symmetrize_input: bool = False,
) -> Any:
    """Eigenvalues, ascending, and eigenvectors of (…, n, n) Hermitian a. With Hermitian positive
    definite b, of the pencil: a v = w b v (`type` 1), a b v = w v (2), b a v = w v (3).
    One triangle is read, or with JAX's `symmetrize_input` the Hermitian part of all.

    >>> eigh([[2.0, 0.0], [0.0, 1.0]], eigvals_only=True)
    array([1., 2.])
    """
    flags("eigh", lower=lower, eigvals_only=eigvals_only, overwrite_a=overwrite_a, turbo=turbo)
    flags("eigh", overwrite_b=overwrite_b, check_finite=check_finite)
    one_of("eigh", "type", type, (1, 2, 3))
    if eigvals is not None:
        refuse("scipy.linalg.eigh: eigvals is not taken\n  Take a slice of all eigenvalues.")
    flags("eigh", symmetrize_input=symmetrize_input)
    uplo = "L" if lower else "U"
    if symmetrize_input:
        a = (array_of(a) + _conjugated(array_of(a))) * 0.5
    if b is None:
        return l.eigvalsh(a, uplo) if eigvals_only else tuple(l.eigh(a, uplo))
    x = array_of(a)
    whole = pnp.tril(x) + _conjugated(pnp.tril(x, -1))
    if not lower:
        whole = pnp.triu(x) + _conjugated(pnp.triu(x, 1))
    factor = cholesky(b, lower=lower)
    factor = factor if lower else _conjugated(factor)
    turned = _conjugated(factor)
    if type == 1:
        inner = l.solve_triangular(factor, whole, lower=True)
        inner = _conjugated(l.solve_triangular(factor, _conjugated(inner), lower=True))
    else:
        inner = turned @ whole @ factor
    if eigvals_only:
        return l.eigvalsh(inner)
    w, v = l.eigh(inner)
    return w, factor @ v if type == 3 else l.solve_triangular(turned, v)


def eigh_tridiagonal(
    d: Any,
    e: Any,
    eigvals_only: bool = False,
    select: str = "a",
    select_range: tuple[int, int] | None = None,
    check_finite: bool = True,
    tol: float | None = None,
    *,
    key: Any = None,
) -> Any:
    """Eigenvalues, ascending, and eigenvectors of the Hermitian matrix with the diagonal d, of
    shape (n,), and e below it, of shape (n - 1,): those of the whole matrix. With `select` "i" the
    ones from `select_range[0]` to `select_range[1]`, both taken. `tol` and JAX's `key` are of
    iterations that there are none of.

    Raises `ShapeError` for shapes that do not fit, `PolyadValueError` for another range.

    >>> eigh_tridiagonal([2.0, 2.0], [1.0], eigvals_only=True)
    array([1., 3.])
    """
    flags("eigh_tridiagonal", eigvals_only=eigvals_only, check_finite=check_finite)
    one_of("eigh_tridiagonal", "select", select, ("a", "i"))
    diagonal, below = promoted([d, e])
    (n,) = shape_of(diagonal)
    if shape_of(below) != (max(n - 1, 0),):
        refuse_shape(
            f"scipy.linalg.eigh_tridiagonal: shapes {(n,)} and {shape_of(below)} are no matrix's"
        )
    kept = slice(None)
    if select == "i":
        low, high = select_range if select_range is not None else (-1, -1)
        if not 0 <= low <= high < n:
            refuse(f"scipy.linalg.eigh_tridiagonal: select_range={select_range} of {n} eigenvalues")
        kept = slice(low, high + 1)
    matrix = pnp.diag(pnp.real(diagonal)) + pnp.diag(below, -1) + pnp.diag(pnp.conj(below), 1)
    if eigvals_only:
        return l.eigvalsh(matrix)[kept]
    values, vectors = l.eigh(matrix)
    return values[kept], vectors[:, kept]


def polar(a: Any, side: str = "right", *, method: str = "svd") -> tuple[Any, Any]:
    """(U, P) of (…, m, n) a: a = U P, or a = P U for `side` "left", with U unitary and P positive
    semidefinite; by a singular value decomposition.

    >>> polar([[0.0, -2.0], [2.0, 0.0]])[1]
    array([[2., 0.],
           [0., 2.]])
    """
    one_of("polar", "side", side, ("right", "left"))
    one_of("polar", "method", method, ("svd",))
    u, s, vh = l.svd(a, full_matrices=False)
    s = s.astype(dtype_of(u))
    if side == "right":
        return u @ vh, (_conjugated(vh) * s[..., None, :]) @ vh
    return u @ vh, (u * s[..., None, :]) @ _conjugated(u)


# -- Systems ---------------------------------------------------------------------------------------


def solve(
    a: Any,
    b: Any,
    lower: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    debug: bool = False,
    check_finite: bool = True,
    assume_a: str = "gen",
) -> Any:
    """y with a y = b. `assume_a` is the kind of matrix: "gen", "sym" and "her" are solved by LU,
    "pos" by Cholesky; of these three the triangle that `lower` says is read.

    >>> solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 4.0], assume_a="pos")
    array([1., 1.])
    """
    flags("solve", lower=lower, overwrite_a=overwrite_a, overwrite_b=overwrite_b, debug=debug)
    flags("solve", check_finite=check_finite)
    one_of("solve", "assume_a", assume_a, ("gen", "sym", "her", "pos"))
    if assume_a == "gen":
        return l.solve(a, b)
    if assume_a == "pos":
        return l.cho_solve(l.cho_factor(a, lower), b)
    x = array_of(a)
    part, rest = (pnp.tril(x), pnp.tril(x, -1)) if lower else (pnp.triu(x), pnp.triu(x, 1))
    turned = _conjugated(rest) if assume_a == "her" else pnp.matrix_transpose(rest)
    return l.solve(part + turned, b)


def solve_triangular(
    a: Any,
    b: Any,
    trans: int | str = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    overwrite_b: bool = False,
    debug: Any = None,
    check_finite: bool = True,
) -> Any:
    """y with op(a) y = b, of whose triangle (upper unless `lower`) a has the elements."""
    flags("solve_triangular", lower=lower, unit_diagonal=unit_diagonal, overwrite_b=overwrite_b)
    flags("solve_triangular", check_finite=check_finite)
    return l.solve_triangular(a, b, trans, lower, unit_diagonal)


def inv(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """The inverse of (…, n, n) a."""
    flags("inv", overwrite_a=overwrite_a, check_finite=check_finite)
    return l.inv(a)


def det(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """The determinant of (…, n, n) a."""
    flags("det", overwrite_a=overwrite_a, check_finite=check_finite)
    return l.det(a)


def solve_sylvester(A: Any, B: Any, C: Any, *, method: str = "schur", tol: float = 1e-8) -> Any:
    """X with A X + X B = C, for (…, m, m) A and (…, n, n) B, by the linear system of m n unknowns:
    its cost is (m n)³, whatever `method` says; there is no `tol` to reach.

    >>> solve_sylvester([[1.0]], [[2.0]], [[6.0]])
    array([[2.]])
    """
    one_of("solve_sylvester", "method", method, ("schur", "eigen"))
    solve_all = pnp.vectorize(_sylvester, signature="(m,m),(n,n),(m,n)->(m,n)")
    return solve_all(array_of(A), array_of(B), array_of(C))


def _sylvester(a: Any, b: Any, c: Any) -> Any:
    m, n = shape_of(c)
    with beside(c):
        system = pnp.kron(a, pnp.eye(n)) + pnp.kron(pnp.eye(m), pnp.matrix_transpose(b))
    return l.solve(system, c.reshape(m * n)).reshape(m, n)


# -- Functions of matrices -------------------------------------------------------------------------


def expm(A: Any, *, upper_triangular: bool = False, max_squarings: int = 16) -> Any:
    """The exponential of (…, n, n) A. Squarings are as many as it takes, whatever `max_squarings`
    says; of an `upper_triangular` A nothing else is read.
    """
    flags("expm", upper_triangular=upper_triangular)
    integer(max_squarings, "scipy.linalg.expm: max_squarings", 0)
    return l.expm(pnp.triu(array_of(A)) if upper_triangular else A)


def sqrtm(A: Any, blocksize: int = 1) -> Any:
    """The principal square root of (…, n, n) A."""
    integer(blocksize, "scipy.linalg.sqrtm: blocksize", 1)
    return l.sqrtm(A)


logm = l.logm
