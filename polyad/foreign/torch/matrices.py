"""PyTorch's older names of linear algebra on traced arrays; functions of factors."""

from __future__ import annotations

import math
from typing import Any

from ... import numpy as pnp
from ...errors import ShapeError
from ...numpy import linalg as l
from ...numpy._core import dtype_of, shape_of
from ...numpy.linalg.decompositions import adjoint
from . import factorizations as f
from . import linalg
from .linalg import result
from .nn_core import floats, refused, register


def slogdet(input: Any) -> Any:
    """(sign, log|det|)."""
    return result("slogdet", *l.slogdet(input))


def logdet(input: Any) -> Any:
    """The logarithm of the determinant; NaN of a negative one."""
    floats("logdet", input)
    sign, size = l.slogdet(input)
    if dtype_of(input).is_complex:
        return pnp.log(sign) + size
    return pnp.where(sign < 0, math.nan, size)


def pinverse(input: Any, rcond: Any = 1e-15) -> Any:
    """The Moore-Penrose inverse."""
    return linalg.pinv(input, rcond)


def svd(input: Any, some: bool = True, compute_uv: bool = True) -> Any:
    """(U, S, V), V with the vectors as columns; without `compute_uv` these are zeros."""
    if compute_uv:
        u, s, vh = l.svd(input, full_matrices=not some)
        return result("svd", u, s, adjoint(vh))
    *lead, rows, columns = shape_of(input)
    u, v = (pnp.zeros((*lead, n, n), dtype=dtype_of(input)) for n in (rows, columns))
    return result("svd", u, l.svdvals(input), v)


def qr(input: Any, some: bool = True) -> Any:
    """(Q, R), Q square unless `some`."""
    return result("qr", *l.qr(input, mode="reduced" if some else "complete"))


def lu(A: Any, pivot: bool = True, get_infos: bool = False) -> Any:
    """linalg.lu_factor, and a count of failures, which are errors here."""
    found = f.lu_factor_ex(A, pivot=pivot)
    return tuple(found) if get_infos else tuple(found)[:2]


def cholesky(input: Any, upper: bool = False) -> Any:
    """linalg.cholesky."""
    return f.cholesky(input, upper=upper)


def cholesky_solve(input: Any, input2: Any, upper: bool = False) -> Any:
    """X with A·X = `input`, of the Cholesky factor of A."""
    return l.cho_solve((input2, not upper), input)


def cholesky_inverse(input: Any, upper: bool = False) -> Any:
    """The inverse of the matrix of which `input` is the Cholesky factor."""
    eye = pnp.eye(shape_of(input)[-1], dtype=dtype_of(input))
    return l.cho_solve((input, not upper), pnp.broadcast_to(eye, shape_of(input)))


def triangular_solve(
    input: Any,
    A: Any,
    upper: bool = True,
    transpose: bool = False,
    unitriangular: bool = False,
) -> Any:
    """(X with A·X = `input`, A), of one triangle of A, or of its transpose."""
    lead = pnp.broadcast_shapes(shape_of(input)[:-2], shape_of(A)[:-2])
    matrix = pnp.broadcast_to(A, (*lead, *shape_of(A)[-2:]))
    found = l.solve_triangular(A, input, int(transpose), not upper, unitriangular)
    return result("triangular_solve", found, matrix)


def ormqr(input: Any, tau: Any, other: Any, left: bool = True, transpose: bool = False) -> Any:
    """Q·`other`, or `other`·Q, or with Qᴴ; Q is the whole product of the reflections of
    `householder_product`.
    """
    if not left:
        return adjoint(ormqr(input, tau, adjoint(other), True, not transpose))
    (rows, columns), count = shape_of(input)[-2:], shape_of(tau)[-1]
    if shape_of(other)[-2] != rows:
        raise refused(
            f"ormqr: {shape_of(other)[-2]} rows do not fit reflections of {rows}", ShapeError
        )
    below = pnp.tril(input, k=-1) + pnp.eye(rows, columns, dtype=dtype_of(input))
    scales = pnp.conj(tau) if transpose and dtype_of(tau).is_complex else tau
    for k in range(count) if transpose else reversed(range(count)):
        v = below[..., :, k : k + 1]
        scaled = v * pnp.reshape(scales[..., k], (*shape_of(tau)[:-1], 1, 1))
        other = other - pnp.matmul(scaled, pnp.matmul(adjoint(v), other))
    return other


register(
    {
        "det": linalg.det,
        "inverse": linalg.inv,
        "matrix_power": linalg.matrix_power,
        "matrix_exp": linalg.matrix_exp,
        "orgqr": f.householder_product,
        **{
            function.__name__: function
            for function in (
                slogdet, logdet, lu, pinverse, svd, qr, cholesky, cholesky_solve, cholesky_inverse,
                triangular_solve, ormqr,
            )
        },
    }
)  # fmt: skip
