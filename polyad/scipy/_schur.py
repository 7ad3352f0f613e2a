"""Schur and Hessenberg forms, and functions of matrices by them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import numpy as pnp
from ..api import stop_gradient
from ..api.derivatives import jvp
from ..ir import as_dtype
from ..numpy import linalg as l
from ..numpy._arguments import refuse_shape
from ..numpy._core import array_of, convert, dtype_of, shape_of
from ._arguments import flags, one_of
from ._lapack import by_lapack, library, matrices


def schur(a: Any, output: str = "real") -> tuple[Any, Any]:
    """(T, Z) of (…, n, n) a: a = Z T Zᴴ, Z unitary, T upper triangular, or with `output` "real"
    of a real a with blocks of 2 rows for pairs of complex eigenvalues. By LAPACK; it has no
    derivative.

    >>> schur([[1.0, 2.0], [0.0, 3.0]])[0]
    array([[1., 2.],
           [0., 3.]])
    """
    one_of("schur", "output", output, ("real", "r", "complex", "c"))
    x = matrices("scipy.linalg.schur", a)
    if output in ("complex", "c"):
        x = convert(x, dtype_of(x).complex)
    kind = "complex" if dtype_of(x).is_complex else "real"
    form = (shape_of(x)[-2:], dtype_of(x))
    run = lambda m: library().schur(m, output=kind, check_finite=False)
    return tuple(by_lapack(run, [form, form], x))


def rsf2csf(T: Any, Z: Any, check_finite: bool = True) -> tuple[Any, Any]:
    """The complex Schur form (T, Z) from a real one. It has no derivative.

    >>> rsf2csf(*schur([[0.0, 1.0], [-1.0, 0.0]]))[0].shape
    (2, 2)
    """
    flags("rsf2csf", check_finite=check_finite)
    t, z = matrices("scipy.linalg.rsf2csf", T), matrices("scipy.linalg.rsf2csf", Z)
    if shape_of(t)[-2:] != shape_of(z)[-2:]:
        refuse_shape(
            f"scipy.linalg.rsf2csf: T and Z have one shape, not {shape_of(t)}, {shape_of(z)}"
        )
    t, z = pnp.broadcast_arrays(t, z)
    form = (shape_of(t)[-2:], dtype_of(t).complex)
    run = lambda t, z: library().rsf2csf(t, z, check_finite=False)
    return tuple(by_lapack(run, [form, form], t, z, ranks=(2, 2)))


def hessenberg(
    a: Any, *, calc_q: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> Any:
    """H of (…, n, n) a = Q H Qᴴ, Q unitary, H with zeros below its first subdiagonal; with `calc_q`
    (H, Q). By LAPACK; it has no derivative.

    >>> hessenberg([[1.0, 2.0], [3.0, 4.0]])
    array([[1., 2.],
           [3., 4.]])
    """
    flags("hessenberg", calc_q=calc_q, overwrite_a=overwrite_a, check_finite=check_finite)
    x = matrices("scipy.linalg.hessenberg", a)
    form = (shape_of(x)[-2:], dtype_of(x))
    run = lambda m: library().hessenberg(m, calc_q=True, check_finite=False)
    h, q = by_lapack(run, [form, form], x)
    return (h, q) if calc_q else h


def qr_multiply(
    a: Any,
    c: Any,
    mode: str = "right",
    pivoting: bool = False,
    conjugate: bool = False,
    overwrite_a: bool = False,
    overwrite_c: bool = False,
) -> tuple[Any, ...]:
    """(c Q, R) of the QR factorisation of an (m, n) a, or with mode "left" (Q c, R); Q and R have
    min(m, n) columns and rows. A vector is a row on the left of Q, a column on its right. With
    `pivoting` the columns' order is third; with `conjugate` Q is conjugated.

    >>> cq, r = qr_multiply([[3.0], [4.0]], [3.0, 4.0])
    >>> float(abs(cq[0])).__round__(12)
    5.0
    """
    flags(
        "qr_multiply", pivoting=pivoting, conjugate=conjugate, overwrite_a=overwrite_a,
        overwrite_c=overwrite_c,
    )  # fmt: skip
    one_of("qr_multiply", "mode", mode, ("left", "right"))
    q, r, *order = qr_of(matrices("scipy.linalg.qr_multiply", a, square=False), "reduced", pivoting)
    q = pnp.conj(q) if conjugate else q
    given = array_of(c)
    line = len(shape_of(given)) == 1
    given = given[:, None] if line and mode == "left" else given[None, :] if line else given
    inner = (
        (shape_of(q)[-1], shape_of(given)[-2])
        if mode == "left"
        else (shape_of(given)[-1], shape_of(q)[-2])
    )
    if mode == "left" and inner[1] == shape_of(q)[-2] != inner[0]:
        q = l.qr(a, "complete")[0]
    elif inner[0] != inner[1]:
        refuse_shape(
            f"scipy.linalg.qr_multiply: Q of shape {shape_of(q)} and c of {shape_of(given)}"
        )
    found = q @ given if mode == "left" else given @ q
    return (pnp.reshape(found, (-1,)) if line else found, r, *order)


def qr_of(x: Any, mode: str, pivoting: bool) -> tuple[Any, ...]:
    """Q and R; with `pivoting` the columns are ordered first, by LAPACK, and their order is
    third.
    """
    if not pivoting:
        return tuple(l.qr(x, mode))
    run = lambda m: (library().qr(m, mode="r", pivoting=True, check_finite=False)[1],)
    (order,) = by_lapack(run, [(shape_of(x)[-1:], as_dtype("int32"))], stop_gradient(x))
    columns = pnp.take_along_axis(x, order[..., None, :], axis=-1)
    return (*l.qr(columns, mode), order)


# -- Functions of matrices -------------------------------------------------------------------------


def funm(A: Any, func: Callable[[Any], Any], disp: bool = True) -> Any:
    """The function of (n, n) A that `func`, element-wise, has at its eigenvalues: by the Schur
    form and Parlett's recurrence (Golub and Van Loan, Matrix Computations, 9.1). It has no
    derivative.

    Without `disp` (F, error), an estimate of the relative error.

    >>> import polyad.numpy as pnp
    >>> funm([[0.0, 0.0], [0.0, 1.0]], pnp.exp).real.round(6)
    array([[1.      , 0.      ],
           [0.      , 2.718282]])
    """
    flags("funm", disp=disp)
    t, z = schur(A, "complex")
    if len(shape_of(t)) != 2:
        refuse_shape(f"scipy.linalg.funm: takes one matrix, not {shape_of(t)}")
    n = shape_of(t)[0]
    values = func(pnp.diagonal(t))
    rows: dict[tuple[int, int], Any] = {(i, i): values[i] for i in range(n)}
    least: Any = pnp.abs(t[0, 0])
    for p in range(1, n):
        for i in range(n - p):
            j = i + p
            total = t[i, j] * (rows[j, j] - rows[i, i])
            for k in range(i + 1, j):
                total = total + t[i, k] * rows[k, j] - rows[i, k] * t[k, j]
            gap = t[j, j] - t[i, i]
            rows[i, j] = pnp.where(gap != 0, total / pnp.where(gap != 0, gap, 1.0), total)
            least = pnp.minimum(least, pnp.abs(gap))
    zero = 0 * t[0, 0]
    f = pnp.stack([pnp.stack([rows.get((i, j), zero) for j in range(n)]) for i in range(n)])
    found = z @ f @ pnp.conj(pnp.matrix_transpose(z))
    if disp:
        return found
    eps = np.finfo(np.dtype(dtype_of(array_of(least)).name)).eps
    size = l.norm(pnp.triu(t, 1), 1)
    small = pnp.where(least == 0, eps, least)
    error = pnp.minimum(1.0, pnp.maximum(eps, eps / small * size))
    bad = pnp.logical_not(pnp.all(pnp.isfinite(found.real) & pnp.isfinite(found.imag)))
    return found, pnp.where(bad, np.inf, error)


def expm_frechet(A: Any, E: Any, *, method: str | None = None, compute_expm: bool = True) -> Any:
    """The exponential of (n, n) A, and its derivative along E; without `compute_expm` that alone.

    >>> expm_frechet([[0.0]], [[2.0]])[1]
    array([[2.]])
    """
    one_of("expm_frechet", "method", method, (None, "SPS", "blockEnlarge"))
    a, e = matrices("scipy.linalg.expm_frechet", A), matrices("scipy.linalg.expm_frechet", E)
    if shape_of(a) != shape_of(e):
        refuse_shape(
            "scipy.linalg.expm_frechet: A and E have one shape, not "
            f"{shape_of(a)} and {shape_of(e)}"
        )
    dtype = pnp.result_type(a, e)
    value, slope = jvp(l.expm, (convert(a, dtype),), (convert(e, dtype),))
    return (value, slope) if compute_expm else slope
