"""Linear systems, inverses, least squares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from ...errors import ConcretizationError, PolyadValueError
from ...ir import user_location, where
from ...ir.types import int32, int64
from ...ops import elementwise as e
from ...ops import factorizations as f
from ...ops import linalg as l
from ...ops import manipulation as m
from ...ops import spectral as s
from ...texts import shown
from .._arguments import integer, integers, refuse, refuse_shape
from .._core import array_of, axes_of, beside_arrays, convert, dtype_of, promoted, shape_of
from .._storage import computed_wide
from ..creation import full
from ..extremes import max
from ..manipulation import matrix_transpose, permute_dims, reshape
from ..matrices import eye
from ..products import matmul
from ..reduction import any, sum
from ._arguments import (
    as_vector,
    floating,
    matrices,
    rank_tolerance,
    right_side,
    square,
)
from .decompositions import adjoint, cholesky, lower_half


@computed_wide
def solve(a: Any, b: Any) -> Any:
    """y with a y = b, for (…, n, n) a and a vector or (…, n, k) matrices b; leading axes
    broadcast.

    Raises `LinAlgError` if a, or one of the stack, is singular. Source: Giles 2008, 2.3.1.

    Args:
        a: a floating array of shape (…, n, n).
        b: an array of shape (n,) or (…, n, k).

    >>> solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 2.0])
    array([1. , 0.5])
    """
    a, b = promoted([square(a, "solve"), b])
    a, b, vector = right_side(a, b, "solve")
    return as_vector(l.solve(a, b), vector)


@computed_wide
def inv(a: Any) -> Any:
    """The inverse of (…, n, n) a. Raises `LinAlgError` if a, or one of the stack, is singular.

    Args:
        a: a floating array of shape (…, n, n).

    >>> inv([[2.0, 0.0], [0.0, 4.0]])
    array([[0.5 , 0.  ],
           [0.  , 0.25]])
    """
    return l.inv(square(a, "inv"))


@beside_arrays
def tensorsolve(a: Any, b: Any, axes: Sequence[int] | None = None) -> Any:
    """y with Σ a[i, j] y[j] = b[i], i the index of `b` and j the rest of that of `a`, whose `axes`
    are moved to its end first.

    Raises `ShapeError` unless the first sizes of `a` are those of `b`, and their product is that of
    the others; `LinAlgError` if `a` is singular.

    >>> tensorsolve([[[2.0, 0.0]], [[0.0, 4.0]]], [2.0, 2.0])
    array([[1. , 0.5]])
    """
    a, b = promoted([floating(a), b])
    if axes is not None:
        chosen = axes_of(integers(axes, "tensorsolve: axes"), a)
        order = [i for i in range(len(shape_of(a))) if i not in chosen]
        a = permute_dims(a, (*order, *chosen))
    rest = shape_of(a)[len(shape_of(b)) :]
    n = math.prod(shape_of(b))
    if shape_of(a)[: len(shape_of(b))] != shape_of(b) or math.prod(rest) != n:
        refuse_shape(
            f"tensorsolve: an array of shape {shape_of(a)} is no square matrix over {shape_of(b)}"
        )
    return reshape(solve(reshape(a, (n, n)), reshape(b, (n,))), rest)


@beside_arrays
def tensorinv(a: Any, ind: int = 2) -> Any:
    """The inverse of `a` as a map between arrays: the indices before `ind` are its rows.

    >>> tensorinv([[[2.0, 0.0]], [[0.0, 4.0]]], 1)
    array([[[0.5 , 0.  ],
            [0.  , 0.25]]])
    """
    a, ind = array_of(a), integer(ind, "tensorinv: ind", least=1)
    rows, columns = shape_of(a)[:ind], shape_of(a)[ind:]
    n = math.prod(rows)
    if math.prod(columns) != n:
        refuse_shape(
            f"tensorinv: an array of shape {shape_of(a)} is no square matrix, split at {ind}"
        )
    return reshape(inv(reshape(a, (n, n))), (*columns, *rows))


def solve_triangular(
    a: Any, b: Any, trans: int | str = 0, lower: bool = False, unit_diagonal: bool = False
) -> Any:
    """y with op(a) y = b, for (…, n, n) a of which one triangle is read, the upper one unless
    `lower`.

    op(a) is a, aᵀ or aᴴ for `trans` 0, 1, 2 (or "N", "T", "C"); with `unit_diagonal` the diagonal
    counts as 1. Raises `LinAlgError` for a 0 on it.

    >>> solve_triangular([[2.0, 0.0], [2.0, 4.0]], [2.0, 6.0], lower=True)
    array([1., 1.])
    """
    kinds = {0: 0, 1: 1, 2: 2, "N": 0, "T": 1, "C": 2}
    if trans not in kinds:
        raise PolyadValueError(
            f"solve_triangular: trans is 0, 1, 2, 'N', 'T' or 'C', not {shown(trans)}"
            f"{where(user_location())}"
        )
    a, b = promoted([square(a, "solve_triangular"), b])
    a, b, vector = right_side(a, b, "solve_triangular")
    if unit_diagonal:
        identity = e.not_equal(eye(shape_of(a)[-1], dtype=dtype_of(a)), 0)
        a = e.where(identity, 1, a)
    if kinds[trans]:
        a, lower = (matrix_transpose(a) if kinds[trans] == 1 else adjoint(a)), not lower
    return as_vector(l.solve_triangular(a, b, lower=bool(lower)), vector)


def cho_factor(a: Any, lower: bool = False) -> tuple[Any, bool]:
    """(c, lower) for `cho_solve`: the Cholesky factor of (…, n, n) a, upper triangular unless
    `lower`, and zeros in the other triangle. That triangle of a is read.
    """
    return cholesky(a if lower else adjoint(square(a, "cho_factor")), upper=not lower), lower


def cho_solve(c_and_lower: tuple[Any, bool], b: Any) -> Any:
    """y with a y = b, from what `cho_factor(a)` gave.

    >>> cho_solve(cho_factor([[4.0, 2.0], [2.0, 5.0]]), [6.0, 7.0])
    array([1., 1.])
    """
    c, lower = c_and_lower
    first, second = (0, 2) if lower else (2, 0)
    return solve_triangular(c, solve_triangular(c, b, first, lower), second, lower)


# -- By rank ---------------------------------------------------------------------------------------


class _Unset:
    """The default of a parameter for which None means something."""

    def __repr__(self) -> str:
        return "<no value>"


UNSET = _Unset()
"""No relative bound is given: NumPy's own, 1e-15, holds."""


@computed_wide
@beside_arrays
def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = UNSET) -> Any:
    """The Moore-Penrose inverse of (…, m, n) a; singular values up to `rcond` (by its other name,
    `rtol`; 1e-15, if not given, and for `rtol` None the larger size times epsilon) times the
    largest count as 0. `hermitian` promises that a is: then its lower triangle is read.

    The derivative is the one at constant rank (Golub and Pereyra 1973).

    >>> pinv([[2.0, 0.0], [0.0, 0.0]])
    array([[0.5, 0. ],
           [0. , 0. ]])
    """
    x = matrices(a, "pinv")
    x = lower_half(square(x, "pinv")) if hermitian else x
    lead = shape_of(x)[:-2]
    if rcond is not None and rtol is not UNSET:
        refuse("pinv: rcond and rtol are two names of one number; give one")
    relative = 1e-15 if rtol is UNSET else rank_tolerance(rtol, x)
    bound = array_of(relative if rcond is None else rcond)
    bound = convert(bound, dtype_of(x).real)
    return f.pinv(x, bound if shape_of(bound) == lead else m.broadcast_to(bound, shape=lead))


@computed_wide
@beside_arrays
def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    """The number of singular values of (…, m, n) A that exceed `tol`, or `rtol` (default: the
    larger size times epsilon) times the largest; its derivative is 0. Of a vector or a number, 1
    unless all are 0. `hermitian` promises that A is.

    >>> matrix_rank([[1.0, 2.0], [2.0, 4.0]])
    np.int64(1)
    """
    if len(shape_of(array_of(A))) < 2:
        return convert(any(A), int64)
    x = matrices(A, "matrix_rank")
    if tol is not None and rtol is not None:
        refuse("matrix_rank: tol and rtol exclude each other")
    values = e.abs(s.eigvalsh(square(x, "matrix_rank"))) if hermitian else s.svdvals(x)
    if tol is None:
        return _count(values, rank_tolerance(rtol, x))
    bound = convert(array_of(tol), dtype_of(values))
    bound = m.reshape(bound, shape=(*shape_of(bound), 1))
    return sum(e.astype(e.greater(values, bound), dtype=int64), axis=-1)


def _falls_short(rank: Any, a: Any) -> bool:
    """Whether the rank is known to be below the number of columns."""
    try:
        return int(rank) < shape_of(a)[1]
    except ConcretizationError:
        return False


def _count(values: Any, rtol: Any) -> Any:
    """The number of each row's values, none negative, that exceed `rtol` times the largest."""
    if 0 in shape_of(values):
        return full(shape_of(values)[:-1], 0, dtype=int64)
    bound = e.multiply(max(values, axis=-1), rtol)
    bound = m.reshape(bound, shape=(*shape_of(bound), 1))
    return sum(e.astype(e.greater(values, bound), dtype=int64), axis=-1)


class LstsqResult(NamedTuple):
    """The result of `lstsq`."""

    x: Any
    residuals: Any
    rank: Any
    s: Any


@computed_wide
@beside_arrays
def lstsq(a: Any, b: Any, rcond: Any = None, *, numpy_resid: bool = True) -> LstsqResult:
    """(x, residuals, rank, s): the shortest of the x that bring |a x - b| to its least, for
    (m, n) a and a vector or (m, k) matrix b.

    Singular values up to `rcond` times the largest count as 0; `s` are all of them. `residuals` are
    the sums of squares for each column, and none for m <= n or a rank below n; where the rank is
    not known, as under `jit` and `vmap`, and with JAX's `numpy_resid` False, they are there
    whatever it is. The derivative is the one
    at constant rank (see `pinv`).

    >>> lstsq([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]], [1.0, 3.0, 5.0]).x.round(12)
    array([1., 2.])
    """
    a, b = promoted([matrices(a, "lstsq"), floating(b)])
    a, b, vector = right_side(a, b, "lstsq")
    values = s.svdvals(a)
    rtol = rank_tolerance(rcond, a)
    x = matmul(pinv(a, rtol=rtol), b)
    misfit = e.subtract(matmul(a, x), b)
    squares = e.square(e.abs(misfit)) if dtype_of(misfit).is_complex else e.square(misfit)
    residuals = sum(squares, axis=-2)
    rank = convert(_count(values, rtol), int32)  # as NumPy's
    short = len(shape_of(a)) == 2 and (shape_of(a)[0] <= shape_of(a)[1] or _falls_short(rank, a))
    if numpy_resid and short:
        residuals = m.slice_axis(residuals, 0, 0, 0)
    return LstsqResult(as_vector(x, vector), residuals, rank, values)
