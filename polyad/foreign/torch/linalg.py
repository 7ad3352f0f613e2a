"""torch.linalg on traced arrays: norms, products, systems. Factorisations are in their own file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ... import numpy as pnp
from ...api import stop_gradient
from ...errors import PolyadTypeError, ShapeError
from ...numpy import linalg as l
from ...numpy._core import dtype_of, shape_of
from ...numpy.linalg._arguments import epsilon
from ...texts import shown
from .dims import dims_of
from .nn_core import floats, refused, register, valued
from .promotion import as_type, promoted


def result(name: str, *parts: Any) -> Any:
    """The parts as torch's tuple of results with names."""
    import torch  # torch has been imported by whoever calls one of its functions

    return getattr(torch.return_types, name)(parts)


def _typed(x: Any, dtype: Any) -> Any:
    return x if dtype is None else as_type(x, dtype)


# -- Norms -----------------------------------------------------------------------------------------


def vector_norm(
    x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """The `ord`-norm of all elements, or along `dim`."""
    floats("linalg.vector_norm", x)
    axis = _axes(dim)
    if axis is not None and not shape_of(x):
        axis = dims_of(axis, x) or None
    return l.vector_norm(_typed(x, dtype), axis=axis, keepdims=keepdim, ord=float(ord))


def _axes(dim: Any) -> Any:
    """`dim` as axes; no dimension is all of them."""
    if dim is None or isinstance(dim, int):
        return dim
    return tuple(dim) or None


def matrix_norm(
    A: Any,
    ord: Any = "fro",
    dim: Sequence[int] = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: Any = None,
) -> Any:
    """A norm of matrices, whose rows and columns are along `dim`."""
    floats("linalg.matrix_norm", A)
    if len(dim) != 2:
        raise refused(f"linalg.matrix_norm: dim has two dimensions, not {shown(dim)}")
    ord = ord if isinstance(ord, str) else float(ord)
    return l.norm(_typed(A, dtype), ord, tuple(dim), keepdim)


def norm(
    A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """`matrix_norm` of a matrix or along two dimensions, if `ord` is given; else `vector_norm`."""
    ndim = len(shape_of(A))
    axes = _axes(dim)
    if ord is None:
        return vector_norm(A, 2, axes, keepdim, dtype=dtype)
    if axes is None and ndim not in (1, 2):
        raise refused(f"linalg.norm: an ord needs a vector, a matrix or dim, not {ndim} dimensions")
    if axes is None:
        axes = tuple(range(ndim))
    if isinstance(axes, int) or len(axes) == 1:
        return vector_norm(A, ord, axes, keepdim, dtype=dtype)
    return matrix_norm(A, ord, axes, keepdim, dtype=dtype)


def cond(A: Any, p: Any = None) -> Any:
    """The condition number by a norm."""
    if p in (None, 2, -2):
        return l.cond(A, p)
    return matrix_norm(A, p) * matrix_norm(l.inv(A), p)


def matrix_rank(
    A: Any,
    tol: Any = None,
    hermitian: bool = False,
    *,
    atol: Any = None,
    rtol: Any = None,
) -> Any:
    """The number of singular values above `atol` and above `rtol` times the largest."""
    atol = tol if atol is None else atol
    if hermitian:
        values = pnp.abs(l.eigvalsh(A))
    else:
        values = l.svdvals(A)
    values = stop_gradient(values)
    if 0 in shape_of(values):
        return pnp.zeros(shape_of(values)[:-1], dtype="int64")
    bound = _bound(values, shape_of(A), atol, 0 if tol is not None and rtol is None else rtol)
    return pnp.sum(pnp.astype(values > pnp.expand_dims(bound, axis=-1), "int64"), axis=-1)


def _bound(values: Any, shape: Any, atol: Any, rtol: Any) -> Any:
    """The larger of `atol` and `rtol`·σ; the larger size times epsilon is for `rtol` where `atol`
    is not above 0.
    """
    usual = epsilon(dtype_of(values)) * max(shape[-2:])
    absolute: Any = 0.0 if atol is None else atol
    if rtol is None:
        given = isinstance(absolute, int | float)
        rtol = (0.0 if absolute > 0 else usual) if given else pnp.where(absolute > 0, 0.0, usual)
    return pnp.maximum(pnp.max(values, axis=-1) * rtol, absolute)


def pinv(
    A: Any,
    rcond: Any = None,
    hermitian: bool = False,
    *,
    atol: Any = None,
    rtol: Any = None,
) -> Any:
    """The Moore-Penrose inverse; singular values up to `atol` or `rtol`·σ count as 0."""
    floats("linalg.pinv", A)
    rtol = rcond if rtol is None else rtol
    if 0 in shape_of(A):
        *lead, rows, columns = shape_of(A)
        return pnp.zeros((*lead, columns, rows), dtype=dtype_of(A))
    read = _from_lower(A) if hermitian else A
    values = stop_gradient(l.svdvals(read))
    top = pnp.max(values, axis=-1)
    relative = _bound(values, shape_of(A), atol, rtol) / pnp.where(top == 0, 1, top)
    found = l.pinv(A, rtol=relative)
    if not hermitian:
        return found
    return valued(found, stop_gradient(l.pinv(read, rtol=relative)))


def _from_lower(x: Any) -> Any:
    """The Hermitian matrix with the lower triangle of `x`."""
    return pnp.tril(x) + pnp.conj(pnp.matrix_transpose(pnp.tril(x, k=-1)))


# -- Products --------------------------------------------------------------------------------------


def cross(input: Any, other: Any, *, dim: int = -1) -> Any:
    """The cross product along `dim`."""
    return l.cross(*promoted(input, other), axis=dim)


def vecdot(x: Any, y: Any, *, dim: int = -1) -> Any:
    """Σ x̄·y along `dim`."""
    x, y = promoted(x, y)
    return pnp.sum((pnp.conj(x) if dtype_of(x).is_complex else x) * y, axis=dim)


def multi_dot(tensors: Sequence[Any]) -> Any:
    """The product of matrices, in the cheapest order."""
    return l.multi_dot(list(tensors))


def vander(x: Any, *, N: int | None = None) -> Any:
    """The powers 0 to `N` - 1 of each element, along a new last dimension."""
    x = pnp.atleast_1d(x)
    count = shape_of(x)[-1] if N is None else N
    if count < 2:
        raise refused(f"linalg.vander: N is above 1, not {count}")
    base = as_type(x, "int64") if not dtype_of(x).is_inexact else x
    columns = [pnp.ones_like(base)]
    for _ in range(count - 1):
        columns.append(columns[-1] * base)
    return pnp.stack(columns, axis=-1)


# -- Systems ---------------------------------------------------------------------------------------


def solve(A: Any, B: Any, *, left: bool = True) -> Any:
    """X with A·X = B, or X·A = B; `B` are vectors if it has the shape of A's rows."""
    floats("linalg.solve", A, B)
    vector = len(shape_of(B)) == 1 or tuple(shape_of(B)) == tuple(shape_of(A)[:-1])
    if vector:
        if not left:
            raise refused("linalg.solve: left=False is for matrices B")
        return pnp.squeeze(l.solve(A, pnp.expand_dims(B, axis=-1)), -1)
    if left:
        return l.solve(A, B)
    turned = l.solve(pnp.matrix_transpose(A), pnp.matrix_transpose(B))
    return pnp.matrix_transpose(turned)


def _info(A: Any) -> Any:
    """No failures: polyad raises where torch counts them."""
    return pnp.zeros(shape_of(A)[:-2], dtype="int32")


def solve_ex(A: Any, B: Any, *, left: bool = True, check_errors: bool = False) -> Any:
    """`solve` and a count of failures, which are errors here."""
    return result("linalg_solve_ex", solve(A, B, left=left), _info(A))


def inv_ex(A: Any, *, check_errors: bool = False) -> Any:
    """`inv` and a count of failures, which are errors here."""
    return result("linalg_inv_ex", l.inv(A), _info(A))


def inv(A: Any) -> Any:
    """The inverse."""
    floats("linalg.inv", A)
    return l.inv(A)


def solve_triangular(
    input: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Any:
    """X with A·X = B, or X·A = B, A the upper or lower triangle of `input`."""
    if left:
        return l.solve_triangular(input, B, 0, not upper, unitriangular)
    turned = pnp.matrix_transpose(B)
    return pnp.matrix_transpose(l.solve_triangular(input, turned, 1, not upper, unitriangular))


def tensorinv(input: Any, ind: int = 2) -> Any:
    """The inverse of a map between tensors."""
    return l.tensorinv(input, ind)


def tensorsolve(input: Any, other: Any, dims: Any = None) -> Any:
    """X with Σ A·X = B over the last dimensions, `dims` moved there first."""
    if dims is not None:
        count = len(shape_of(input))
        input = pnp.moveaxis(input, tuple(dims), tuple(range(count - len(dims), count)))
    wanted = shape_of(input)[len(shape_of(other)) :]
    n = math.prod(shape_of(other))
    if math.prod(wanted) != n or math.prod(shape_of(input)) != n * n:
        raise refused(
            f"linalg.tensorsolve: a tensor of shape {tuple(shape_of(input))} is no square map to "
            f"shape {tuple(shape_of(other))}",
            ShapeError,
        )
    return pnp.reshape(l.solve(pnp.reshape(input, (n, n)), pnp.reshape(other, (n,))), wanted)


def lstsq(A: Any, B: Any, rcond: float | None = None, *, driver: str | None = None) -> Any:
    """(solution, residuals, rank, singular values) of least squares, each as the driver gives it.
    Residuals are those of full rank; "gelsy" gives none.
    """
    chosen = "gelsy" if driver is None else driver
    if chosen not in ("gels", "gelsy", "gelsd", "gelss"):
        raise refused(f"linalg.lstsq: driver is gels, gelsy, gelsd or gelss, not {shown(driver)}")
    *lead, rows, columns = shape_of(A)
    vector = len(shape_of(B)) < len(shape_of(A)) and tuple(shape_of(B)) == (*lead, rows)
    right = pnp.expand_dims(B, axis=-1) if vector else B
    full = chosen == "gels"
    usual = epsilon(dtype_of(A)) * max(rows, columns)
    found = l.lstsq(A, right, rcond=0.0 if full else usual if rcond is None else rcond)
    dtype = dtype_of(A).real
    nothing = pnp.zeros((0,), dtype=dtype)
    tall = rows > columns and chosen != "gelsy"
    residuals = found.residuals if tall else nothing
    if vector and tall:
        residuals = pnp.squeeze(residuals, -1)
    none = pnp.zeros((0,), dtype="int64")
    rank = none if full else pnp.astype(stop_gradient(found.rank), "int64")
    values = stop_gradient(found.s) if chosen in ("gelsd", "gelss") else nothing
    solution = pnp.squeeze(found.x, -1) if vector else found.x
    return result("linalg_lstsq", solution, residuals, rank, values)


def matrix_power(A: Any, n: int) -> Any:
    """The matrix to an integer power."""
    floats("linalg.matrix_power", A)
    return l.matrix_power(A, n)


def matrix_exp(A: Any) -> Any:
    """The exponential."""
    if not dtype_of(A).is_inexact:
        found = f"not {dtype_of(A)}"
        raise refused(f"linalg.matrix_exp takes floating tensors, {found}", PolyadTypeError)
    return l.expm(A)


def det(A: Any) -> Any:
    """The determinant."""
    floats("linalg.det", A)
    return l.det(A)


def slogdet(A: Any) -> Any:
    """(sign, log|det|)."""
    return result("linalg_slogdet", *l.slogdet(A))


ROWS = {
    name: function
    for function in (
        vector_norm, matrix_norm, norm, cond, matrix_rank, pinv, cross, vecdot, multi_dot, vander,
        solve, solve_ex, inv, inv_ex, solve_triangular, tensorinv, tensorsolve, lstsq,
        matrix_power, matrix_exp, det, slogdet,
    )
    for name in (f"linalg.{function.__name__}",)
}  # fmt: skip
register(ROWS)
