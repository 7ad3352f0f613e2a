"""The rows of `samples` for linear algebra: factorisations, spectra, and the maps between tangents.

What a row applies does not depend on how vectors are chosen: on signs, on phases, on what completes
a basis. `tests/ops/test_linalg_conventions.py` is about functions that do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import numpy as pnp
from ..sample import COMPLEX, FLOATS, INEXACT, Operand, op_named, sample

Array = Any
run_op: Callable[[str], Callable[..., Any]] = op_named
"""The op of that name as a function of arrays, to one result or a tuple of them."""
DOUBLE = ("float64", "complex128")
_REGULAR, _POSITIVE = Operand((3, 3), matrix="regular"), Operand((3, 3), matrix="positive")
_STACK = Operand((2, 2, 2), matrix="regular")
_SQUARE, _TALL, _WIDE = Operand((3, 3)), Operand((4, 2)), Operand((2, 4))
_VALUES = Operand((3,), (-1.0, 1.0))


def adjoint(a: Array) -> Array:
    """The conjugate transpose."""
    return pnp.conj(pnp.matrix_transpose(a))


def hermitian(a: Array) -> Array:
    """The Hermitian part: an op that reads one triangle has no derivative in other directions."""
    return pnp.multiply(pnp.add(a, adjoint(a)), 0.5)


def scaled(v: Array, w: Array) -> Array:
    """V diag(w)."""
    return pnp.multiply(v, w[..., None, :])


# -- Systems ---------------------------------------------------------------------------------------

sample("inv", _REGULAR, dtypes=INEXACT)
sample("inv", _STACK, dtypes=FLOATS[:1], label="stack")
for _lower in (True, False):
    sample(
        "solve_triangular",
        _REGULAR,
        Operand((3, 2)),
        dtypes=INEXACT if _lower else COMPLEX[:1],
        lower=_lower,
        label="lower" if _lower else "upper",
    )
sample(
    "solve_triangular",
    _STACK,
    Operand((2, 2, 1)),
    dtypes=FLOATS[:1],
    lower=True,
    label="stack",
)

# -- Eigenvalues -----------------------------------------------------------------------------------


def _eigh(a: Array) -> tuple[Array, Array]:
    """The values, and V sin(w) Vᴴ: a function of both that knows no phases."""
    w, v = run_op("eigh")(hermitian(a))
    return w, pnp.matmul(scaled(v, pnp.sin(w)), adjoint(v))


def _eig(a: Array) -> tuple[Array, Array]:
    """Power sums of the values, which have no order, and V sin(w) V⁻¹."""
    w, v = run_op("eig")(a)
    return pnp.sum(w**3, axis=-1), pnp.matmul(scaled(v, pnp.sin(w)), pnp.linalg.inv(v))


def _squares(a: Array) -> Array:
    """Squared moduli of the eigenvectors' elements, whose norm is 1, summed with the values."""
    w, v = run_op("eig")(a)
    return pnp.sum(pnp.real(v * pnp.conj(v)) * pnp.real(pnp.sin(w))[..., None, :], axis=-1)


sample(
    "eigvalsh",
    _SQUARE,
    dtypes=INEXACT,
    run=lambda a: run_op("eigvalsh")(hermitian(a)),
    tolerance=8,
)
sample("eigh", _SQUARE, dtypes=INEXACT, run=_eigh, tolerance=16)
sample("eigh", Operand((2, 3, 3)), dtypes=DOUBLE[:1], run=_eigh, label="stack", tolerance=16)
sample("eigh", Operand((1, 1)), dtypes=DOUBLE, run=_eigh, label="one")
sample(
    "eigvals",
    _SQUARE,
    dtypes=DOUBLE,
    run=lambda a: pnp.sum(run_op("eigvals")(a) ** 3, axis=-1),
    tolerance=16,
)
sample("eig", _SQUARE, dtypes=DOUBLE, run=_eig, tolerance=64)
sample("eig", _SQUARE, dtypes=DOUBLE, run=_squares, label="vectors", tolerance=64)
sample("eig", Operand((2, 2, 2)), dtypes=DOUBLE[:1], run=_eig, label="stack", tolerance=64)

# -- Singular values -------------------------------------------------------------------------------


def _svd(a: Array) -> tuple[Array, Array, Array]:
    """The values, U sin(s) Vᴴ, and U s Uᴴ."""
    u, s, vh = run_op("svd")(a, full_matrices=False)
    inner = pnp.matmul(scaled(u, pnp.sin(s)), vh)
    return s, inner, pnp.matmul(scaled(u, s), adjoint(u))


def _full_svd(a: Array) -> Array:
    """The projection on what completes U, or V, weighted by a matrix of its own."""
    u, s, vh = run_op("svd")(a, full_matrices=True)
    k = min(a.shape[-2:])
    left, right = u[..., :, k:], adjoint(vh)[..., :, k:]
    inner = pnp.matmul(scaled(u[..., :, :k], pnp.sin(s)), vh[..., :k, :])
    return pnp.matmul(left, adjoint(left)), pnp.matmul(right, adjoint(right)), inner


sample("svdvals", Operand((3, 2)), dtypes=INEXACT, tolerance=8)
sample("svdvals", Operand((2, 2, 3)), dtypes=DOUBLE[:1], label="stack", tolerance=8)
sample("svd", _SQUARE, dtypes=INEXACT, run=_svd, tolerance=16)
sample("svd", _TALL, dtypes=DOUBLE, run=_svd, label="tall", tolerance=16)
sample("svd", _WIDE, dtypes=DOUBLE, run=_svd, label="wide", tolerance=16)
sample("svd", Operand((2, 3, 2)), dtypes=DOUBLE[:1], run=_svd, label="stack", tolerance=16)
sample("svd", _TALL, dtypes=DOUBLE, run=_full_svd, label="full-tall", tolerance=16)
sample("svd", _WIDE, dtypes=DOUBLE, run=_full_svd, label="full-wide", tolerance=16)

# -- QR, LU, pseudo-inverses -----------------------------------------------------------------------


def _complete_qr(a: Array) -> Array:
    q, r = run_op("qr")(a, complete=True)
    k = min(a.shape[-2:])
    rest = q[..., :, k:]
    return q[..., :, :k], r, pnp.matmul(rest, adjoint(rest))


def _lu(a: Array) -> Array:
    _, low, up = run_op("lu")(a)
    return low, up


_FAR = Operand((3, 3), (1.0, 2.0), matrix="regular")
sample("qr", _SQUARE, dtypes=INEXACT, complete=False, tolerance=16)
sample("qr", _TALL, dtypes=DOUBLE, complete=False, label="tall", tolerance=16)
sample("qr", _WIDE, dtypes=DOUBLE, complete=False, label="wide", tolerance=16)
sample("qr", Operand((2, 3, 2)), dtypes=DOUBLE[:1], complete=False, label="stack", tolerance=16)
sample("qr", _TALL, dtypes=DOUBLE, run=_complete_qr, label="complete", tolerance=16)
sample("lu", _FAR, dtypes=INEXACT, run=_lu, tolerance=8)
sample("lu", _TALL, dtypes=DOUBLE, run=_lu, label="tall", tolerance=8)
sample("lu", _WIDE, dtypes=DOUBLE, run=_lu, label="wide", tolerance=8)
sample("lu", _STACK, dtypes=DOUBLE[:1], run=_lu, label="stack", tolerance=8)


def _pinv(a: Array) -> Array:
    """Of `a`, whose rank is full."""
    tolerance = pnp.zeros(a.shape[:-2], dtype=pnp.float32 if a.dtype in _SINGLE else pnp.float64)
    return run_op("pinv")(a, tolerance)


def _low_rank(x: Array, y: Array) -> Array:
    """The op of a product of rank 2."""
    a = pnp.matmul(x, y)
    return run_op("pinv")(a, pnp.full(a.shape[:-2], 1e-10, dtype=pnp.float64))


_SINGLE = (pnp.float32, pnp.complex64, "float32", "complex64")
sample("pinv", _TALL, dtypes=DOUBLE, run=_pinv, tolerance=16)
sample("pinv", Operand((2, 2, 3)), dtypes=DOUBLE[:1], run=_pinv, label="stack", tolerance=16)
sample(
    "pinv",
    Operand((4, 2), (0.5, 2.0)),
    Operand((2, 3)),
    dtypes=DOUBLE,
    run=_low_rank,
    label="rank 2",
    tolerance=256,
)

# -- Determinants ----------------------------------------------------------------------------------


def _singular(x: Array) -> Array:
    """A matrix of rank n - 1: its first row is the sum of the others."""
    top = pnp.sum(x, axis=-2, keepdims=True)
    return pnp.concat([top, x], axis=-2)


sample("det", _SQUARE, dtypes=INEXACT)
sample("det", Operand((2, 2, 2)), dtypes=DOUBLE[:1], label="stack")
sample("det", Operand((0, 0)), dtypes=DOUBLE[:1], label="empty")
sample("adjugate", _SQUARE, dtypes=INEXACT, tolerance=8)
sample(
    "det",
    Operand((2, 3)),
    Operand((3, 3), (0.0, 0.0)),
    dtypes=DOUBLE,
    run=lambda x, y: run_op("det")(pnp.add(_singular(x), y)),
    label="singular",
    tolerance=100,  # the value is 0 but for rounding in products of size 1
)
sample("adjugate_derivative", _REGULAR, _SQUARE, dtypes=INEXACT, tolerance=16)
sample(
    "adjugate_derivative", _REGULAR, _SQUARE, _SQUARE, dtypes=DOUBLE, label="twice", tolerance=64
)
sample("adjugate_derivative", _STACK, Operand((2, 2, 2)), dtypes=DOUBLE[:1], label="stack")
sample("slogdet", _SQUARE, dtypes=INEXACT, tolerance=4)
sample("slogdet", _STACK, dtypes=DOUBLE[:1], label="stack")
sample("reciprocal_matrix", _REGULAR, dtypes=INEXACT)

# -- Functions of matrices -------------------------------------------------------------------------

for _function in ("exp", "log", "sqrt"):
    _operand = _SQUARE if _function == "exp" else _REGULAR
    sample(
        "matrix_function",
        _operand,
        dtypes=DOUBLE,
        function=_function,
        hermitian=False,
        label=_function,
        tolerance=64,
    )
    sample(
        "matrix_function",
        _SQUARE if _function == "exp" else _POSITIVE,
        dtypes=DOUBLE,
        run=lambda a, f=_function: run_op("matrix_function")(
            hermitian(a), function=f, hermitian=True
        ),
        label=f"{_function} hermitian",
        tolerance=64,
    )
    sample(
        "matrix_function_tangent",
        _operand,
        _SQUARE,
        dtypes=DOUBLE,
        function=_function,
        hermitian=False,
        label=_function,
        tolerance=256,
    )
sample(
    "matrix_function",
    _STACK,
    dtypes=FLOATS[:1],
    function="sqrt",
    hermitian=False,
    label="stack",
    tolerance=64,
)

# -- The maps between tangents ---------------------------------------------------------------------


def _rotation(name: str, **attributes: bool) -> Callable[..., Any]:
    return lambda k, w: run_op(name)(k, pnp.real(w), singular=False, **attributes)


for _name, _attributes in (("rotation", {"marked": False}), ("rotation_back", {})):
    _run = _rotation(_name, **_attributes)
    sample(_name, _SQUARE, _VALUES, dtypes=DOUBLE, run=_run, tolerance=16)
sample("basis", _REGULAR, dtypes=DOUBLE)
sample(
    "determined",
    _SQUARE,
    _VALUES,
    dtypes=DOUBLE,
    run=lambda k, w: run_op("determined")(k, pnp.real(w)),
)
sample(
    "quotient",
    Operand((2, 3)),
    Operand((2, 3), (0.5, 2.0)),
    dtypes=DOUBLE,
    run=lambda x, y: run_op("quotient")(x, y, pnp.max(pnp.abs(y)), columns=False),
    tolerance=4,
)
sample(
    "gauge",
    _SQUARE,
    dtypes=DOUBLE,
    run=lambda a: hermitian(run_op("gauge")(hermitian(a), start=1, phases=False, checked=False)),
)
