"""Eigenvalues and singular values, with and without vectors.

The tangents of vectors are written dV = V C; what is said of C where values repeat is in `gauge`.
"""

from __future__ import annotations

from ..errors import ShapeError
from ..ir import ArrayType
from . import elementwise as e
from . import manipulation as m
from . import reduction as r
from .gauge import completed, determined, free, off_diagonal, quotient, rotation, spread
from .linalg import (
    adjoint,
    check_square,
    diagonal,
    diagonal_matrix,
    matmul,
    solve,
    stacked,
)
from .types import Dual, Duals, Operand, Operands

# -- eigh, eigvalsh --------------------------------------------------------------------------------


def eigvalsh_type(a: ArrayType) -> ArrayType:
    """The eigenvalues, ascending, of a stack of Hermitian matrices, of which the lower triangle is
    read.
    """
    check_square(a)
    return ArrayType(a.dtype.real, a.shape[:-1])


def eigvalsh_jvp(primals: Operands, tangents: Operands) -> Dual:
    """dwᵢ = Re vᵢᴴ dA vᵢ (Magnus 1985, theorem 1); where values repeat, those of the vectors
    found.
    """
    (a,), (da,) = primals, tangents
    w, v = eigh.results(a)
    return w, real_part(diagonal(matmul(adjoint(v), matmul(da, v))))


eigvalsh = stacked("eigvalsh", eigvalsh_type, jvp=eigvalsh_jvp)


def eigh_type(a: ArrayType) -> tuple[ArrayType, ...]:
    """(w, V) such that a V = V diag(w), Vᴴ V = 1, w ascending, of a stack of Hermitian matrices, of
    which the lower triangle is read.
    """
    return eigvalsh_type(a), a


def eigh_jvp(primals: Operands, tangents: Operands) -> Duals:
    """With K = Vᴴ dA V: dw = diag K, dV = V C, Cᵢⱼ = Kᵢⱼ / (wⱼ - wᵢ) (Giles 2008, 3.1; Magnus
    1985).

    The diagonal of C is 0: the phases of V are free. dA counts by its Hermitian part.
    """
    (a,), (da,) = primals, tangents
    w, v = eigh.results(a)
    k = rotation(matmul(adjoint(v), matmul(da, v)), w, singular=False, marked=True)
    dv = matmul(v, free(determined(k, w), phases=True))
    return (w, v), (real_part(diagonal(k)), dv)


eigh = stacked("eigh", eigh_type, jvp=eigh_jvp)


def real_part(x: Operand) -> Operand:
    return e.real(x) if x.dtype.is_complex else x


# -- eig, eigvals ----------------------------------------------------------------------------------


def eigvals_type(a: ArrayType) -> ArrayType:
    """The eigenvalues, complex and in no order, of a stack of square matrices."""
    check_square(a)
    return ArrayType(e.complex_dtype(a.dtype.real), a.shape[:-1])


def basis_type(v: ArrayType) -> ArrayType:
    """`v`, or a `DegeneracyError` where its columns are dependent to rounding: the eigenvectors of
    a defective matrix, whose eigenvalues have no derivative.
    """
    check_square(v)
    return v


def basis_jvp(primals: Operands, tangents: Operands) -> Dual:
    """The tangent is no basis, and is not checked."""
    return basis(primals[0]), tangents[0]


basis = stacked("basis", basis_type, jvp=basis_jvp)


def _in_eigenbasis(v: Operand, da: Operand) -> Operand:
    return solve(basis(v), matmul(e.astype(da, dtype=v.dtype), v))


def eigvals_jvp(primals: Operands, tangents: Operands) -> Dual:
    """dw = diag(V⁻¹ dA V) (Giles 2008, 3.1)."""
    (a,), (da,) = primals, tangents
    w, v = eig.results(a)
    return w, diagonal(_in_eigenbasis(v, da))


eigvals = stacked("eigvals", eigvals_type, jvp=eigvals_jvp)


def eig_type(a: ArrayType) -> tuple[ArrayType, ...]:
    """(w, V), complex, such that a V = V diag(w), columns of V of norm 1, of a stack of square
    matrices.
    """
    w = eigvals_type(a)
    return w, ArrayType(w.dtype, a.shape)


def eig_jvp(primals: Operands, tangents: Operands) -> Duals:
    """With K = V⁻¹ dA V: dw = diag K, dV = V C, Cᵢⱼ = Kᵢⱼ / (wⱼ - wᵢ) (Giles 2008, 3.1), and the
    diagonal of C keeps the columns of V at norm 1: Re (Vᴴ dV)ⱼⱼ = 0.
    """
    (a,), (da,) = primals, tangents
    w, v = eig.results(a)
    k = _in_eigenbasis(v, da)
    c = quotient(off_diagonal(k), spread(w, w), largest(w), columns=True)
    growth = e.real(diagonal(matmul(adjoint(v), matmul(v, c))))
    c = c - diagonal_matrix(e.astype(growth, dtype=c.dtype))
    return (w, v), (diagonal(k), matmul(v, free(c, phases=True)))


eig = stacked("eig", eig_type, jvp=eig_jvp)


def largest(w: Operand) -> Operand:
    """The largest modulus among each stack's values."""
    size = e.abs(w)
    axis = len(size.shape) - 1
    return r.max(size, axes=(axis,)) if size.shape[axis] else m.sum(size, axes=(axis,))


# -- svd, svdvals ----------------------------------------------------------------------------------


def svdvals_type(a: ArrayType) -> ArrayType:
    """The singular values, descending, of a stack of matrices."""
    if a.ndim < 2 or not a.dtype.is_inexact:
        raise ShapeError(f"takes floating stacks of matrices, not {a}")
    return ArrayType(a.dtype.real, (*a.shape[:-2], min(a.shape[-2:])))


def svdvals_jvp(primals: Operands, tangents: Operands) -> Dual:
    """dsᵢ = Re uᵢᴴ dA vᵢ (Giles 2008, 3.2); 0 at s = 0, as for `abs`."""
    (a,), (da,) = primals, tangents
    u, s, vh = svd.results(a, full_matrices=False)
    k = matmul(adjoint(u), matmul(da, adjoint(vh)))
    return s, _off_zero(s, real_part(diagonal(k)))


def _off_zero(s: Operand, ds: Operand) -> Operand:
    return e.where(e.equal(s, 0), 0.0, ds)


svdvals = stacked("svdvals", svdvals_type, jvp=svdvals_jvp)


def svd_type(a: ArrayType, *, full_matrices: bool) -> tuple[ArrayType, ...]:
    """(U, s, Vᴴ) such that a = U diag(s) Vᴴ, s descending, U and V with orthonormal columns, square
    if `full_matrices`, of a stack of matrices.
    """
    s = svdvals_type(a)
    rows, columns = a.shape[-2:]
    k = s.shape[-1]
    u = (rows, rows) if full_matrices else (rows, k)
    vh = (columns, columns) if full_matrices else (k, columns)
    return a.with_shape((*a.shape[:-2], *u)), s, a.with_shape((*a.shape[:-2], *vh))


def svd_jvp(primals: Operands, tangents: Operands, *, full_matrices: bool) -> Duals:
    """With K = Uᴴ dA V: ds = Re diag K, and dU = U C, dV = V D where

    (C + D)ᵢⱼ = (K + Kᴴ)ᵢⱼ / (sⱼ - sᵢ) and (C - D)ᵢⱼ = (K - Kᴴ)ᵢⱼ / (sⱼ + sᵢ),

    which are equations (2) of Wan and Zhang 2019 added and subtracted; the diagonal of C + D is 0,
    for the phases of U and V are free in common.
    """
    (a,), (da,) = primals, tangents
    u, s, vh = svd.results(a, full_matrices=full_matrices)
    v, k = adjoint(vh), s.shape[-1]
    u1, v1 = (m.slice_axis(x, x.ndim - 1, 0, k) for x in (u, v))
    inner = matmul(adjoint(u1), matmul(da, v1))
    rotated = rotation(inner, s, singular=True, marked=True)
    scale = largest(s)
    total = free(determined(rotated, s), phases=True)
    sums = e.astype(spread_sum(s), dtype=a.dtype)
    half = quotient(inner - adjoint(inner), sums, scale, columns=False) * 0.5
    moves = total + half, total - half
    tangent = (da, adjoint(da))
    out = [
        _turned(x, y, c, d, s, scale, full_matrices)
        for x, y, c, d in zip((u, v), (v1, u1), moves, tangent, strict=True)
    ]
    ds = _off_zero(s, real_part(diagonal(rotated)))
    return (u, s, vh), (out[0], ds, adjoint(out[1]))


def spread_sum(s: Operand) -> Operand:
    """sⱼ + sᵢ."""
    *lead, n = s.shape
    row, column = (m.reshape(s, shape=(*lead, *shape)) for shape in ((1, n), (n, 1)))
    return e.add(row, column)


def _turned(
    u: Operand, v: Operand, c: Operand, da: Operand, s: Operand, scale: Operand, complete: bool
) -> Operand:
    """dU for the first k columns of U turned by C among themselves, and out of their span by
    (1 - U Uᴴ) dA V / s, the cotangent's completing columns turning the other way.
    """
    rows, k = u.shape[-2], s.shape[-1]
    if rows == k:
        return matmul(u, c)
    u1 = m.slice_axis(u, u.ndim - 1, 0, k)
    pushed = matmul(da, v)
    divisor = e.astype(m.reshape(s, shape=(*s.shape[:-1], 1, k)), dtype=u.dtype)
    if not complete:
        divisor = m.broadcast_to(divisor, shape=pushed.shape)
        out = quotient(
            pushed - matmul(u1, matmul(adjoint(u1), pushed)), divisor, scale, columns=False
        )
        return matmul(u1, c) + out - matmul(u1, matmul(adjoint(u1), out))
    u2 = m.slice_axis(u, u.ndim - 1, k, rows)
    pushed = matmul(adjoint(u2), pushed)
    divisor = m.broadcast_to(divisor, shape=pushed.shape)
    return matmul(u, completed(c, quotient(pushed, divisor, scale, columns=False)))


svd = stacked("svd", svd_type, jvp=svd_jvp)
