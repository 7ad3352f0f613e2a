"""Factorisations, eigenvalues and singular values."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...errors import PolyadValueError
from ...ir import user_location, where
from ...ops import elementwise as e
from ...ops import factorizations as f
from ...ops import linalg as l
from ...ops import manipulation as m
from ...ops import spectral as s
from ...texts import shown
from .._core import convert, dtype_of, positions, shape_of
from ..manipulation import expand_dims, flip, matrix_transpose
from ..matrices import tril
from ..products import matmul
from ..sorting import argsort, sort
from ..taking import take_along_axis
from ._arguments import matrices, square


class EighResult(NamedTuple):
    """The result of `eigh`."""

    eigenvalues: Any
    eigenvectors: Any


class EigResult(NamedTuple):
    """The result of `eig`."""

    eigenvalues: Any
    eigenvectors: Any


class SVDResult(NamedTuple):
    """The result of `svd`."""

    U: Any
    S: Any
    Vh: Any


class QRResult(NamedTuple):
    """The result of `qr`."""

    Q: Any
    R: Any


class LUResult(NamedTuple):
    """The result of `lu`."""

    P: Any
    L: Any
    U: Any


def adjoint(x: Any) -> Any:
    """The conjugate transpose."""
    swapped = matrix_transpose(x)
    return e.conj(swapped) if dtype_of(x).is_complex else swapped


def cholesky(a: Any, /, *, upper: bool = False, symmetrize_input: bool = False) -> Any:
    """The lower triangular L with L Lᴴ = a, or with `upper` the upper triangular U with Uᴴ U = a,
    for (…, n, n) Hermitian positive-definite a.

    The lower triangle of a is read, or with JAX's `symmetrize_input` the Hermitian part of all; the
    derivative is that of the Hermitian part (Murray 2016).
    Raises `LinAlgError` where a is not positive definite.

    Args:
        a: a floating array of shape (…, n, n).
        upper: the upper factor.
        symmetrize_input: take the Hermitian part of `a`, from both triangles.

    >>> cholesky([[4.0, 2.0], [2.0, 5.0]])
    array([[2., 0.],
           [1., 2.]])
    """
    low = l.cholesky(_whole(square(a, "cholesky"), symmetrize_input))
    return adjoint(low) if upper else low


def eigh(a: Any, UPLO: str = "L", *, symmetrize_input: bool = False) -> EighResult:
    """(eigenvalues, eigenvectors) of (…, n, n) Hermitian a: w ascending, V unitary, and
    a V = V diag(w).

    The lower triangle is read (the upper one for `UPLO="U"`), whatever the other holds, or with
    JAX's `symmetrize_input` the Hermitian part of all; the derivative is that of the Hermitian
    part (Giles 2008, 3.1). Eigenvectors are determined up to a sign or phase, those of a repeated
    eigenvalue up to a rotation among themselves: a gradient of what depends on these raises
    `DegeneracyError`, and so does a tangent that turns the vectors of a repeated eigenvalue.
    Values alone, by `eigvalsh`, have their derivative there.

    Args:
        a: a floating array of shape (…, n, n).
        UPLO: "L" or "U": the triangle that is read.
        symmetrize_input: take the Hermitian part of `a`, from both triangles.

    Raises:
        ShapeError: matrices that are not square.
        DegeneracyError: a derivative that depends on the choice of vectors.

    >>> w, v = eigh([[2.0, 0.0], [0.0, 1.0]])
    >>> w
    array([1., 2.])
    """
    return EighResult(*s.eigh.results(_read(a, "eigh", UPLO, symmetrize_input)))


def eigvalsh(a: Any, UPLO: str = "L", *, symmetrize_input: bool = False) -> Any:
    """The eigenvalues, ascending, of (…, n, n) Hermitian a, of which one triangle is read (see
    `eigh`).

    >>> eigvalsh([[2.0, 1.0], [1.0, 2.0]])
    array([1., 3.])
    """
    return s.eigvalsh(_read(a, "eigvalsh", UPLO, symmetrize_input))


def _read(x: Any, name: str, triangle: str, symmetrize_input: bool = False) -> Any:
    x = _whole(square(x, name), symmetrize_input)
    triangle = triangle.upper() if isinstance(triangle, str) else triangle
    if triangle not in ("L", "U"):
        raise PolyadValueError(
            f"{name}: UPLO is 'L' or 'U', not {shown(triangle)}{where(user_location())}"
        )
    return adjoint(x) if triangle == "U" else x


def _whole(x: Any, symmetrize_input: bool) -> Any:
    """The Hermitian part of `x`, or `x` itself."""
    return e.multiply(e.add(x, adjoint(x)), 0.5) if symmetrize_input else x


def eig(a: Any) -> EigResult:
    """(eigenvalues, eigenvectors) of (…, n, n) a, complex, in no order: a V = V diag(w), columns
    of V of norm 1.

    The phases of V are free: a gradient of what depends on them raises `DegeneracyError`, as does
    one of the vectors of a repeated eigenvalue. Source: Giles 2008, 3.1.

    >>> eig([[0.0, 1.0], [-1.0, 0.0]]).eigenvalues
    array([0.+1.j, 0.-1.j])
    """
    return EigResult(*s.eig.results(square(a, "eig")))


def eigvals(a: Any) -> Any:
    """The eigenvalues, complex and in no order, of (…, n, n) a.

    >>> eigvals([[2.0, 1.0], [0.0, 3.0]])
    array([2.+0.j, 3.+0.j])
    """
    return s.eigvals(square(a, "eigvals"))


def svd(
    a: Any,
    full_matrices: bool = True,
    compute_uv: bool = True,
    hermitian: bool = False,
    *,
    subset_by_index: tuple[int, int] | None = None,
) -> Any:
    """(U, S, Vh) of (…, m, n) a: a = U diag(S) Vh, S descending, U and V with orthonormal columns,
    square if `full_matrices`; S alone without `compute_uv`. `hermitian` promises that a is: then
    its lower triangle is read, and the vectors are its eigenvectors.

    Singular vectors are determined up to a common sign or phase, those of a repeated singular value
    up to a rotation, those of 0 and those that complete a basis up to any: a derivative that
    depends on these raises `DegeneracyError`. Source: Wan and Zhang 2019; Giles 2008, 3.2.

    Args:
        a: a floating array of shape (…, m, n).
        full_matrices: square U and V; else min(m, n) vectors.
        compute_uv: False: S alone, of shape (…, min(m, n)).
        hermitian: `a` is Hermitian.
        subset_by_index: (start, end), the singular values that are kept, and their vectors; then
            `full_matrices` is False, unless all are kept.

    Raises:
        ShapeError: an array of fewer than two dimensions.
        PolyadValueError: a subset of values that there are not.
        DegeneracyError: a derivative that depends on the choice of vectors.

    >>> svd([[3.0, 0.0], [0.0, 4.0]]).S
    array([4., 3.])
    """
    if subset_by_index is not None:
        return _some_of_svd(a, bool(full_matrices), compute_uv, hermitian, subset_by_index)
    if hermitian:
        return _hermitian_svd(a, compute_uv)
    if not compute_uv:
        return svdvals(a)
    return SVDResult(*s.svd.results(matrices(a, "svd"), full_matrices=bool(full_matrices)))


def _some_of_svd(a: Any, full: bool, compute_uv: bool, hermitian: bool, kept: Any) -> Any:
    """The singular values from `kept[0]` on, before `kept[1]`, and their vectors."""
    a = matrices(a, "svd")
    (low, high), count = kept, min(shape_of(a)[-2:])
    if not 0 <= low < high <= count or (full and compute_uv and (low, high) != (0, count)):
        raise PolyadValueError(
            f"svd: subset_by_index={shown(kept)} of {count} singular values"
            + (", whose vectors are not square: give full_matrices=False" if full else "")
            + where(user_location())
        )
    if full or not compute_uv:
        found = svd(a, full, compute_uv, hermitian)
        return found if compute_uv else found[..., low:high]
    u, values, vh = svd(a, False, True, hermitian)
    return SVDResult(u[..., low:high], values[..., low:high], vh[..., low:high, :])


def _hermitian_svd(a: Any, compute_uv: bool) -> Any:
    """By eigenvalues: V diag(w) Vᴴ, the moduli of w descending, their signs in the last factor."""
    if not compute_uv:
        return sort(e.abs(eigvalsh(a)), axis=-1, descending=True)
    w, v = eigh(a)
    order = flip(argsort(e.abs(w), axis=-1), axis=-1)
    w = take_along_axis(w, order, axis=-1)
    u = take_along_axis(v, expand_dims(order, -2), axis=-1)
    signed = e.multiply(u, expand_dims(e.sign(w), -2))
    return SVDResult(u, e.abs(w), adjoint(signed))


def lower_half(a: Any) -> Any:
    """The Hermitian matrices whose lower triangle `a` has."""
    diagonal = e.subtract(tril(a), tril(a, -1))
    real = convert(e.real(diagonal), dtype_of(a))
    return e.add(e.add(tril(a, -1), adjoint(tril(a, -1))), real)


def svdvals(x: Any, /) -> Any:
    """The singular values, descending, of (…, m, n) x; the derivative of one that is 0 is 0.

    >>> svdvals([[3.0, 0.0], [0.0, 4.0]])
    array([4., 3.])
    """
    return s.svdvals(matrices(x, "svdvals"))


def qr(a: Any, mode: str = "reduced") -> Any:
    """(Q, R) of (…, m, n) a: a = Q R, Q with orthonormal columns, square for mode "complete", R
    upper triangular. Mode "r" gives R alone.

    The leading min(m, n) columns of a must be independent where a derivative is taken, or
    `LinAlgError` is raised. Source: Roberts and Roberts 2020.

    Args:
        a: a floating array of shape (…, m, n).
        mode: "reduced", "complete" or "r".

    Raises:
        ShapeError: an array of fewer than two dimensions.
        LinAlgError: a derivative where the leading columns are dependent.

    >>> qr([[3.0], [4.0]]).R
    array([[-5.]])
    """
    if mode not in ("reduced", "complete", "r"):
        raise PolyadValueError(
            f"qr: mode is 'reduced', 'complete' or 'r', not {shown(mode)}{where(user_location())}"
        )
    found = QRResult(*f.qr.results(matrices(a, "qr"), complete=mode == "complete"))
    return found.R if mode == "r" else found


def lu(x: Any, /, *, permute_l: bool = False, p_indices: bool = False) -> Any:
    """(P, L, U) of (…, m, n) x: x = P L U with partial pivoting, P a permutation, L unit lower and
    U upper trapezoidal; (P L, U) if `permute_l`.

    `p_indices` gives P as indices, for which `L[P, :] @ U` is x, as in SciPy. Source of the
    derivative: de Hoog, Anderssen and Lukas 2011.

    >>> lu([[0.0, 2.0], [1.0, 1.0]]).U
    array([[1., 1.],
           [0., 2.]])
    """
    order, low, up = f.lu.results(matrices(x, "lu"))
    if p_indices:
        return LUResult(argsort(order), low, up)
    n = shape_of(order)[-1]
    places = m.reshape(positions(n, order), shape=(n, 1))
    chosen = m.reshape(order, shape=(*shape_of(order)[:-1], 1, n))
    placing = e.astype(e.equal(places, chosen), dtype=dtype_of(low))
    return (matmul(placing, low), up) if permute_l else LUResult(placing, low, up)
