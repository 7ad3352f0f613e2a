"""Determinants, their logarithms, adjugates, and the derivatives of adjugates to every order.

The determinant is a polynomial, and so are its derivatives: none divides by a pivot, and each is
right at a matrix of any rank.
"""

from __future__ import annotations

import itertools
import math

from ..errors import ShapeError
from ..ir import ArrayType
from ..ir.types import int64
from . import elementwise as e
from . import manipulation as m
from . import reduction as r
from .creation import iota
from .linalg import (
    adjoint,
    check_square,
    diagonal,
    diagonal_matrix,
    matmul,
    stacked,
    transpose,
)
from .spectral import svd
from .types import Dual, Duals, Operand, Operands, Tangents

# -- det, adjugate ---------------------------------------------------------------------------------


def det_type(a: ArrayType) -> ArrayType:
    """The determinants of a stack of square matrices."""
    check_square(a)
    return a.with_shape(a.shape[:-2])


def trace_of_product(x: Operand, y: Operand) -> Operand:
    """tr(x y), of stacks."""
    n = x.ndim
    return m.sum(x * transpose(y), axes=(n - 2, n - 1))


def det_jvp(primals: Operands, tangents: Operands) -> Dual:
    """Jacobi's formula, d det A = tr(adj(A) dA), which holds for singular matrices too (Magnus and
    Neudecker, ch. 8.3).
    """
    (a,), (da,) = primals, tangents
    return det(a), trace_of_product(adjugate(a), da)


det = stacked("det", det_type, jvp=det_jvp)


def adjugate_type(a: ArrayType) -> ArrayType:
    """The transposed cofactors of a stack of square matrices, det(a) a⁻¹ where that exists."""
    check_square(a)
    return a


def adjugate_jvp(primals: Operands, tangents: Operands) -> Dual:
    (a,), (da,) = primals, tangents
    return adjugate(a), adjugate_derivative(a, da)


adjugate = stacked("adjugate", adjugate_type, jvp=adjugate_jvp)


def adjugate_derivative_type(a: ArrayType, *directions: ArrayType) -> ArrayType:
    """The derivative of the adjugate of `a` along each of the directions, one after the other; `a`
    has any rank.
    """
    check_square(a)
    for h in directions:
        if h is not a:
            raise ShapeError(f"takes directions of type {a}, not {h}")
    return a


def adjugate_derivative_jvp(primals: Operands, tangents: Tangents) -> Dual:
    """By a direction it is linear; by `a` it has one direction more."""
    (a, *directions), (da, *moved) = primals, tangents
    total = None if da is None else adjugate_derivative(a, *directions, da)
    for i, dh in enumerate(moved):
        if dh is not None:
            term = adjugate_derivative(a, *directions[:i], dh, *directions[i + 1 :])
            total = term if total is None else total + term
    return adjugate_derivative(a, *directions), total


def adjugate_derivative_transpose(
    ct: Operand, a: Operand, *directions: Operand, index: int
) -> Operand:
    """tr(X Dᵐ adj(A)[H₁, …]) is symmetric in X and all Hᵢ: it is a derivative of det."""
    moved = [*directions]
    moved[index - 1] = transpose(ct)
    return transpose(adjugate_derivative(a, *moved))


def adjugate_derivative_decomposition(a: Operand, *directions: Operand) -> Operand:
    """Dᵐ adj(U S Vᴴ)[H₁, …] = det(U) det(Vᴴ) V Dᵐ adj(S)[K₁, …] Uᴴ with Kᵢ = Uᴴ Hᵢ V.

    By Leibniz' formula of det(S + x X + Σ tᵢ Kᵢ), the coefficient of x t₁ … tₘ is the sum over the
    permutations π of 0 … m of sgn π Σ P(i₀, …, iₘ) X(i₀, i_π(0)) K₁(i₁, i_π(1)) …, P the product of
    all singular values but those of the indices; X's coefficients in it are the entries sought.
    """
    if 0 in a.shape:
        return a
    u, s, vh = svd.results(a, full_matrices=False)
    lead, n, count = a.ndim - 2, a.shape[-1], len(directions) + 1
    products = e.astype(products_without(s, count), dtype=a.dtype)
    inner = [matmul(matmul(adjoint(u), h), adjoint(vh)) for h in directions]
    total: Operand | None = None
    for images in itertools.permutations(range(count)):
        term = products * sign_of(images)
        for axis, k in enumerate(inner, 1):
            term = term * along(k, axis, images[axis], count)
        rest = set(range(count)) - {0, images[0]}
        term = m.sum(term, axes=tuple(lead + i for i in sorted(rest))) if rest else term
        term = diagonal_matrix(term) if images[0] == 0 else transpose(term)
        total = term if total is None else total + term
    assert total is not None and n
    c = det(u) * det(vh)
    factor = m.reshape(c, shape=(*c.shape, 1, 1))
    return factor * matmul(matmul(adjoint(vh), total), adjoint(u))


def sign_of(images: tuple[int, ...]) -> float:
    """The sign of a permutation, by its inversions."""
    return math.prod(-1.0 for i, j in itertools.combinations(images, 2) if i > j)


def along(k: Operand, row: int, column: int, count: int) -> Operand:
    """A stack of matrices with its rows and columns along two of `count` axes; its diagonal if they
    are one axis.
    """
    *lead, n, _ = k.shape
    if row == column:
        k = diagonal(k)
    elif row > column:
        k = transpose(k)
    shape = [n if axis in (row, column) else 1 for axis in range(count)]
    return m.reshape(k, shape=(*lead, *shape))


def products_without(s: Operand, count: int) -> Operand:
    """The products of all values but those of `count` indices; 0 where two of these are equal."""
    *lead, n = s.shape
    (numbers,) = s.builder.emit(iota, (), (("dtype", int64), ("size", n)))
    at = [
        m.reshape(numbers, shape=tuple(n if axis == i else 1 for axis in range(count + 1)))
        for i in range(count + 1)
    ]
    out = e.equal(at[0], at[-1])
    for index in at[1:-1]:
        out = e.logical_or(out, e.equal(index, at[-1]))
    kept = e.where(out, 1.0, m.reshape(s, shape=(*lead, *(1,) * count, n)))
    found: Operand = r.prod(kept, axes=(len(lead) + count,))
    for i, j in itertools.combinations(at[:-1], 2):
        same = m.reshape(e.equal(i, j), shape=e.equal(i, j).shape[:-1])
        found = e.where(same, 0.0, found)
    return found


MOST_DIRECTIONS = 16
adjugate_derivative = stacked(
    "adjugate_derivative",
    adjugate_derivative_type,
    linear=tuple((i,) for i in range(1, MOST_DIRECTIONS + 1)),
    transposes=adjugate_derivative_transpose,
    jvp=adjugate_derivative_jvp,
    decomposition=adjugate_derivative_decomposition,
)


# -- slogdet ---------------------------------------------------------------------------------------


def slogdet_type(a: ArrayType) -> tuple[ArrayType, ...]:
    """(sign, log|det|) of a stack of square matrices; (0, -inf) of a singular one."""
    check_square(a)
    sign = a.with_shape(a.shape[:-2])
    return sign, sign.with_dtype(a.dtype.real)


def slogdet_jvp(primals: Operands, tangents: Operands) -> Duals:
    """With t = tr(A⁻¹ dA): d log|det| = Re t and d sign = i sign Im t (Giles 2008, 2.2.4); A⁻¹ is
    infinite at a singular matrix.
    """
    (a,), (da,) = primals, tangents
    sign, size = slogdet.results(a)
    partial = transpose(reciprocal_matrix(a))
    t = m.sum(da * partial, axes=(a.ndim - 2, a.ndim - 1))
    if not a.dtype.is_complex:
        return (sign, size), (None, t)
    dsign = sign * e.complex(0.0, e.imag(t))
    return (sign, size), (dsign, e.real(t))


slogdet = stacked("slogdet", slogdet_type, jvp=slogdet_jvp)


def reciprocal_matrix_type(a: ArrayType) -> ArrayType:
    """The inverse of a stack of square matrices; of a singular one, infinite between its null
    vectors, with the sign that gives it a trace that is not negative.
    """
    check_square(a)
    return a


def reciprocal_matrix_jvp(primals: Operands, tangents: Operands) -> Dual:
    (a,), (da,) = primals, tangents
    y = reciprocal_matrix(a)
    return y, -matmul(matmul(y, da), y)


reciprocal_matrix = stacked("reciprocal_matrix", reciprocal_matrix_type, jvp=reciprocal_matrix_jvp)
