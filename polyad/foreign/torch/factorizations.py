"""The factorisations of torch.linalg on traced arrays."""

from __future__ import annotations

from typing import Any

from ... import numpy as pnp
from ...numpy import linalg as l
from ...numpy._core import dtype_of, shape_of
from ...numpy.linalg.decompositions import adjoint
from ...texts import shown
from .linalg import result
from .nn_core import floats, refused, register


def cholesky(input: Any, *, upper: bool = False) -> Any:
    """L with L·Lᴴ = A, of the lower triangle; or U with Uᴴ·U = A, of the upper one."""
    floats("linalg.cholesky", input)
    return adjoint(l.cholesky(adjoint(input))) if upper else l.cholesky(input)


def cholesky_ex(input: Any, *, upper: bool = False, check_errors: bool = False) -> Any:
    """`cholesky` and a count of failures, which are errors here."""
    info = pnp.zeros(shape_of(input)[:-2], dtype="int32")
    return result("linalg_cholesky_ex", cholesky(input, upper=upper), info)


def eig(input: Any) -> Any:
    """(eigenvalues, eigenvectors), complex."""
    return result("linalg_eig", *l.eig(input))


def eigvals(input: Any) -> Any:
    """The eigenvalues, complex."""
    return l.eigvals(input)


def eigh(input: Any, UPLO: str = "L") -> Any:
    """(eigenvalues, eigenvectors) of a Hermitian matrix, of which one triangle is read."""
    return result("linalg_eigh", *l.eigh(input, UPLO=UPLO.upper()))


def eigvalsh(input: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of a Hermitian matrix."""
    return l.eigvalsh(input, UPLO=UPLO.upper())


def svd(A: Any, full_matrices: bool = True, *, driver: str | None = None) -> Any:
    """(U, S, Vh). A driver chooses among methods on a GPU, and is not followed."""
    _no_driver("svd", driver)
    return result("linalg_svd", *l.svd(A, full_matrices=full_matrices))


def svdvals(A: Any, *, driver: str | None = None) -> Any:
    """The singular values."""
    _no_driver("svdvals", driver)
    return l.svdvals(A)


def _no_driver(name: str, driver: str | None) -> None:
    if driver is not None:
        raise refused(f"linalg.{name}: driver={shown(driver)} is not followed; it is for CUDA")


def qr(A: Any, mode: str = "reduced") -> Any:
    """(Q, R); mode "r" leaves Q empty."""
    if mode == "r":
        return result("linalg_qr", pnp.zeros((0,), dtype=dtype_of(A)), l.qr(A, mode="r"))
    return result("linalg_qr", *l.qr(A, mode=mode))


def householder_product(input: Any, tau: Any) -> Any:
    """The first columns of the product of reflections I - τ·v·vᴴ; v are the columns below the
    diagonal, beginning with a 1 on it (LAPACK's orgqr).
    """
    rows, columns = shape_of(input)[-2:]
    count = shape_of(tau)[-1]
    eye = pnp.eye(rows, columns, dtype=dtype_of(input))
    found = pnp.broadcast_to(eye, shape_of(input))
    below = pnp.tril(input, k=-1) + eye
    for k in reversed(range(count)):
        v = below[..., :, k : k + 1]
        scaled = v * pnp.reshape(tau[..., k], (*shape_of(tau)[:-1], 1, 1))
        found = found - pnp.matmul(scaled, pnp.matmul(adjoint(v), found))
    return found


# -- LU --------------------------------------------------------------------------------------------


def lu(A: Any, *, pivot: bool = True) -> Any:
    """(P, L, U)."""
    _pivoted("lu", pivot)
    return result("linalg_lu", *l.lu(A))


def _pivoted(name: str, pivot: bool) -> None:
    if not pivot:
        raise refused(f"linalg.{name}: pivot=False is not followed; it is for CUDA")


def lu_factor(A: Any, *, pivot: bool = True) -> Any:
    """(L and U in one matrix, LAPACK's pivots)."""
    _pivoted("lu_factor", pivot)
    return result("linalg_lu_factor", *_compact(A))


def lu_factor_ex(A: Any, *, pivot: bool = True, check_errors: bool = False) -> Any:
    """`lu_factor` and a count of failures, which are errors here."""
    _pivoted("lu_factor_ex", pivot)
    info = pnp.zeros(shape_of(A)[:-2], dtype="int32")
    return result("linalg_lu_factor_ex", *_compact(A), info)


def _compact(A: Any) -> tuple[Any, Any]:
    placing, low, up = l.lu(A)
    rows, columns = shape_of(A)[-2:]
    least = min(rows, columns)
    wide = pnp.tril(low, k=-1)
    if columns > least:
        empty = pnp.zeros((*shape_of(A)[:-2], rows, columns - least), dtype=dtype_of(A))
        wide = pnp.concat([wide, empty], axis=-1)
    tall = up
    if rows > least:
        empty = pnp.zeros((*shape_of(A)[:-2], rows - least, columns), dtype=dtype_of(A))
        tall = pnp.concat([up, empty], axis=-2)
    order = pnp.argmax(pnp.real(placing), axis=-2)  # row order[i] of A is row i of L·U
    return wide + tall, _pivots(order, least)


def _pivots(order: Any, count: int) -> Any:
    """The exchanges, counted from 1, that make the order from 0, 1, 2, …"""
    rows = shape_of(order)[-1]
    current = pnp.broadcast_to(pnp.arange(rows), shape_of(order))
    places = pnp.arange(rows)
    found = []
    for k in range(count):
        wanted = order[..., k : k + 1]
        at = pnp.argmax(pnp.astype(current == wanted, "int64"), axis=-1, keepdims=True)
        found.append(at + 1)
        current = pnp.where(places == at, current[..., k : k + 1], current)
        current = pnp.where(places == k, wanted, current)
    if not found:
        return pnp.zeros((*shape_of(order)[:-1], 0), dtype="int32")
    return pnp.astype(pnp.concat(found, axis=-1), "int32")


def _order(pivots: Any, rows: int) -> Any:
    """The order of rows that exchanges make."""
    places = pnp.arange(rows)
    current = pnp.broadcast_to(places, (*shape_of(pivots)[:-1], rows))
    for k in range(shape_of(pivots)[-1]):
        at = pnp.astype(pivots[..., k : k + 1], "int64") - 1
        first = current[..., k : k + 1]
        second = pnp.take_along_axis(current, at, axis=-1)
        current = pnp.where(places == at, first, current)
        current = pnp.where(places == k, second, current)
    return current


def _permutation(pivots: Any, rows: int, dtype: Any) -> Any:
    """P with P·L·U = A."""
    order = _order(pivots, rows)
    places = pnp.reshape(pnp.arange(rows), (rows, 1))
    return pnp.astype(places == pnp.expand_dims(order, axis=-2), dtype)


def lu_unpack(
    LU_data: Any, LU_pivots: Any, unpack_data: bool = True, unpack_pivots: bool = True
) -> Any:
    """(P, L, U) from the results of `lu_factor`; parts that are not asked for are empty."""
    rows, columns = shape_of(LU_data)[-2:]
    least, dtype = min(rows, columns), dtype_of(LU_data)
    nothing = pnp.zeros((0,), dtype=dtype)
    low = up = placing = nothing
    if unpack_data:
        low = pnp.tril(LU_data[..., :, :least], k=-1) + pnp.eye(rows, least, dtype=dtype)
        up = pnp.triu(LU_data[..., :least, :])
    if unpack_pivots:
        placing = _permutation(LU_pivots, rows, dtype)
    return result("lu_unpack", placing, low, up)


def lu_solve(LU: Any, pivots: Any, B: Any, *, left: bool = True, adjoint: bool = False) -> Any:
    """X with A·X = B (or X·A = B, or with Aᴴ), from the results of `lu_factor`."""
    if not left:
        turned = pnp.matrix_transpose(B)
        if dtype_of(B).is_complex:
            turned = pnp.conj(turned)
        found = lu_solve(LU, pivots, turned, adjoint=not adjoint)
        found = pnp.matrix_transpose(found)
        return pnp.conj(found) if dtype_of(B).is_complex else found
    placing = _permutation(pivots, shape_of(LU)[-1], dtype_of(LU))
    if not adjoint:
        b = pnp.matmul(pnp.matrix_transpose(placing), B)
        return l.solve_triangular(LU, l.solve_triangular(LU, b, 0, True, True), 0, False)
    b = l.solve_triangular(LU, l.solve_triangular(LU, B, 2, False), 2, True, True)
    return pnp.matmul(placing, b)


def lu_solve_of(input: Any, LU_data: Any, LU_pivots: Any) -> Any:
    """torch.lu_solve: X with A·X = `input`."""
    return lu_solve(LU_data, LU_pivots, input)


register(
    {
        **{
            f"linalg.{f.__name__}": f
            for f in (
                cholesky, cholesky_ex, eig, eigvals, eigh, eigvalsh, svd, svdvals, qr,
                householder_product, lu, lu_factor, lu_factor_ex, lu_solve,
            )
        },
        "lu_solve": lu_solve_of,
        "lu_unpack": lu_unpack,
    }
)  # fmt: skip
