"""QR and LU factorisations, pseudo-inverses, and determinants."""

from __future__ import annotations

from ..errors import ShapeError
from ..ir import ArrayType
from ..ir.types import int64
from . import elementwise as e
from . import manipulation as m
from .creation import iota
from .gauge import completed
from .linalg import (
    adjoint,
    diagonal,
    diagonal_matrix,
    lower_part,
    matmul,
    part,
    solve_triangular,
    stacked,
    transpose,
    upper_part,
)
from .types import Dual, Duals, Operand, Operands, Tangents

# -- qr --------------------------------------------------------------------------------------------


def _check_stack(a: ArrayType) -> None:
    if a.ndim < 2 or not a.dtype.is_inexact:
        raise ShapeError(f"takes floating stacks of matrices, not {a}")


def qr_type(a: ArrayType, *, complete: bool) -> tuple[ArrayType, ...]:
    """(Q, R) such that a = Q R, Q with orthonormal columns, square if `complete`, R upper
    triangular, of a stack of matrices.
    """
    _check_stack(a)
    *lead, rows, columns = a.shape
    k = rows if complete else min(rows, columns)
    return a.with_shape((*lead, rows, k)), a.with_shape((*lead, k, columns))


def qr_jvp(primals: Operands, tangents: Operands, *, complete: bool) -> Duals:
    """dQ = Q Ω and dR = Qᴴ dA - Ω R with Ω anti-Hermitian (Roberts and Roberts 2020, with complex
    phases): its strict lower triangle is that of S = Qᴴ dA₁ R₁⁻¹, of the leading square part R₁,
    its diagonal i Im diag S, since the diagonal of R is real.

    A wide matrix has its Q from the leading columns. What completes a tall Q moves with the rest,
    and among itself freely (see `gauge`).
    """
    (a,), (da,) = primals, tangents
    q, r = qr.results(a, complete=complete)
    rows, columns = a.shape[-2:]
    k = min(rows, columns)
    # X = dA₁ R₁⁻¹ solves Xᵀ from R₁ᵀ Xᵀ = dA₁ᵀ.
    x = transpose(
        solve_triangular(transpose(part(r, k, k)), transpose(part(da, rows, k)), lower=True)
    )
    q1 = m.slice_axis(q, q.ndim - 1, 0, k)
    s = matmul(adjoint(q1), x)
    below = lower_part(s, -1)
    turn = below - adjoint(below)
    if a.dtype.is_complex:
        imaginary = e.imag(diagonal(s))
        turn = turn + diagonal_matrix(e.complex(0.0, imaginary))
    if q.shape[-1] > k:
        q2 = m.slice_axis(q, q.ndim - 1, k, rows)
        turn = completed(turn, matmul(adjoint(q2), x))
        dq = matmul(q, turn)
    else:
        dq = matmul(q, turn) + x - matmul(q, s)
    return (q, r), (dq, upper_part(matmul(adjoint(q), da) - matmul(turn, r)))


qr = stacked("qr", qr_type, jvp=qr_jvp)


# -- lu --------------------------------------------------------------------------------------------


def lu_type(a: ArrayType) -> tuple[ArrayType, ...]:
    """(p, L, U) such that the rows p of a are L U, with partial pivoting, of a stack of matrices:
    L unit lower, U upper trapezoidal.
    """
    _check_stack(a)
    *lead, rows, columns = a.shape
    k = min(rows, columns)
    return (
        ArrayType(int64, (*lead, rows)),
        a.with_shape((*lead, rows, k)),
        a.with_shape((*lead, k, columns)),
    )


def lu_jvp(primals: Operands, tangents: Operands) -> Duals:
    """With F = L₁⁻¹ dA₁₁ U₁⁻¹ of the leading square parts: dL₁ = L₁ tril(F, -1), dU₁ = triu(F) U₁
    (de Hoog, Anderssen, Lukas 2011); the rest follows from dA = dL U + L dU. Pivots stay.
    """
    (a,), (da,) = primals, tangents
    p, low, up = lu.results(a)
    rows, columns = a.shape[-2:]
    k = min(rows, columns)
    da = matmul(_permutation(p, da), da)
    low1, up1 = part(low, k, k), part(up, k, k)
    left = solve_triangular(low1, m.slice_axis(da, a.ndim - 2, 0, k), lower=True)
    f = _right_solve(part(left, k, k), up1)
    dlow1, dup1 = matmul(low1, lower_part(f, -1)), matmul(upper_part(f), up1)
    dlow, dup = dlow1, dup1
    if rows > k:
        rest = part(m.slice_axis(da, a.ndim - 2, k, rows), rows - k, k)
        low2 = m.slice_axis(low, a.ndim - 2, k, rows)
        dlow2 = _right_solve(rest - matmul(low2, dup1), up1)
        dlow = m.concat(dlow1, dlow2, axis=a.ndim - 2)
    if columns > k:
        up2 = m.slice_axis(up, a.ndim - 1, k, columns)
        dup2 = m.slice_axis(left, a.ndim - 1, k, columns) - matmul(lower_part(f, -1), up2)
        dup = m.concat(dup1, dup2, axis=a.ndim - 1)
    return (p, low, up), (None, dlow, dup)


def _right_solve(b: Operand, up: Operand) -> Operand:
    """B U⁻¹, U upper triangular."""
    return transpose(solve_triangular(transpose(up), transpose(b), lower=True))


def _permutation(p: Operand, like: Operand) -> Operand:
    """The matrices that bring the rows p of each matrix to 0, 1, …"""
    *lead, n = p.shape
    columns = m.reshape(p, shape=(*lead, n, 1))
    at = e.equal(columns, iota(size=n, dtype=int64))
    return e.astype(at, dtype=like.dtype)


lu = stacked("lu", lu_type, jvp=lu_jvp)


# -- pinv ------------------------------------------------------------------------------------------


def pinv_type(a: ArrayType, rtol: ArrayType) -> ArrayType:
    """The Moore-Penrose inverse of a stack of matrices; singular values up to `rtol` (one for each)
    times the largest count as 0.
    """
    _check_stack(a)
    if rtol.shape != a.shape[:-2] or rtol.dtype is not a.dtype.real:
        raise ShapeError(f"takes a real rtol of shape {a.shape[:-2]}, not {rtol}")
    *lead, rows, columns = a.shape
    return a.with_shape((*lead, columns, rows))


def pinv_jvp(primals: Operands, tangents: Tangents) -> Dual:
    """At constant rank: dP = -P dA P + P Pᴴ dAᴴ (1 - A P) + (1 - P A) dAᴴ Pᴴ P (Golub and Pereyra
    1973, 4.12).
    """
    (a, rtol), (da, _) = primals, tangents
    p = pinv(a, rtol)
    if da is None:
        return p, None
    ph, dah = adjoint(p), adjoint(da)
    inner = matmul(p, matmul(ph, dah))
    outer = matmul(dah, matmul(ph, p))
    dp = inner - matmul(matmul(inner, a), p) + outer - matmul(p, matmul(a, outer))
    return p, dp - matmul(p, matmul(da, p))


pinv = stacked("pinv", pinv_type, jvp=pinv_jvp)
