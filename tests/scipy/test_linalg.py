"""polyad.scipy.linalg beside SciPy's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.linalg as theirs

import polyad
import polyad.compat.jax
from polyad.errors import PolyadError, ShapeError
from polyad.scipy import linalg as ours

R = np.random.default_rng(0)
A = R.normal(size=(4, 4))
C = R.normal(size=(4, 4)) + 1j * R.normal(size=(4, 4))
POSITIVE = A @ A.T + 4 * np.eye(4)
HERMITIAN = C @ C.conj().T + 4 * np.eye(4)
B = R.normal(size=(4, 2))

CALLS: dict[str, Any] = {
    "pivoted qr": lambda l: l.qr(A, pivoting=True),
    "pivoted qr, economic": lambda l: l.qr(A[:, :2], mode="economic", pivoting=True),
    "pivoted qr, r": lambda l: l.qr(A, mode="r", pivoting=True),
    "cholesky": lambda l: l.cholesky(POSITIVE),
    "cholesky lower": lambda l: l.cholesky(POSITIVE, lower=True),
    "cholesky of a triangle": lambda l: l.cholesky(np.triu(POSITIVE)),
    "cholesky complex": lambda l: l.cholesky(HERMITIAN),
    "cho_solve": lambda l: l.cho_solve(l.cho_factor(POSITIVE, True), B),
    "lu": lambda l: l.lu(A),
    "lu permuted": lambda l: l.lu(A, permute_l=True),
    "lu_factor": lambda l: l.lu_factor(A),
    "lu_solve": lambda l: l.lu_solve(l.lu_factor(A), B),
    "lu_solve transposed": lambda l: l.lu_solve(l.lu_factor(A), B, trans=1),
    "lu_solve conjugated": lambda l: l.lu_solve(l.lu_factor(C), B + 1j, trans=2),
    "qr": lambda l: np.abs(l.qr(B)[1]),
    "qr economic": lambda l: np.abs(l.qr(B, mode="economic")[0]),
    "qr r": lambda l: np.abs(l.qr(B, mode="r")[0]),
    "svd": lambda l: l.svd(B)[1],
    "svd values": lambda l: l.svd(B, compute_uv=False),
    "eigh": lambda l: l.eigh(POSITIVE, eigvals_only=True),
    "eigh upper": lambda l: l.eigh(np.triu(POSITIVE), lower=False, eigvals_only=True),
    **{
        f"eigh pencil {kind}": lambda l, kind=kind: (
            l.eigh(HERMITIAN, POSITIVE, type=kind, eigvals_only=True),
            np.abs(l.eigh(HERMITIAN, POSITIVE, type=kind)[1]),
            l.eigh(
                np.triu(HERMITIAN), np.triu(POSITIVE), lower=False, eigvals_only=True, type=kind
            ),
        )
        for kind in (1, 2, 3)
    },
    "polar": lambda l: l.polar(C),
    "polar left": lambda l: l.polar(B, side="left"),
    **{
        f"solve {kind}": lambda l, kind=kind: l.solve(POSITIVE, B, assume_a=kind)
        for kind in ("gen", "sym", "her", "pos")
    },
    "solve her": lambda l: l.solve(np.triu(HERMITIAN), B, assume_a="her"),
    "solve sym lower": lambda l: l.solve(np.tril(A + 9 * np.eye(4)), B, lower=True, assume_a="sym"),
    "triangular": lambda l: l.solve_triangular(A, B, lower=True, unit_diagonal=True, trans="T"),
    "inv": lambda l: l.inv(A),
    "det": lambda l: l.det(A),
    "sylvester": lambda l: l.solve_sylvester(A, POSITIVE[:2, :2], B),
    "expm": lambda l: l.expm(A),
    "sqrtm": lambda l: l.sqrtm(POSITIVE),
    "logm": lambda l: l.logm(POSITIVE),
    "block_diag": lambda l: l.block_diag(A, B, np.arange(3.0)),
    "block_diag of nothing": lambda l: l.block_diag(np.ones((2, 0)), A),
    "toeplitz": lambda l: l.toeplitz(A[0], A[1][:3]),
    "toeplitz complex": lambda l: l.toeplitz(C[0]),
    "hankel": lambda l: l.hankel(A[0], A[1][:3]),
    "hankel alone": lambda l: l.hankel(A[0]),
    "circulant": lambda l: l.circulant(A[0]),
    "companion": lambda l: l.companion(A[0]),
    "leslie": lambda l: l.leslie(A[0], A[1][:3]),
    "hilbert": lambda l: l.hilbert(5),
    "invhilbert": lambda l: l.invhilbert(7),
    "pascal": lambda l: [l.pascal(5), l.pascal(5, "lower"), l.pascal(5, "upper")],
    "hadamard": lambda l: l.hadamard(8),
    "helmert": lambda l: l.helmert(4),
    "helmert full": lambda l: l.helmert(4, full=True),
    "dft": lambda l: [l.dft(5), l.dft(5, "sqrtn"), l.dft(5, "n")],
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_results_are_scipys(name: str):
    found, expected = CALLS[name](ours), CALLS[name](theirs)
    for a, b in zip(polyad.tree.leaves(found), polyad.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11)


SYMMETRIC = lambda x: x @ x.T + 3 * np.eye(3)
MAPS: dict[str, Any] = {
    "cholesky": lambda x: ours.cholesky(SYMMETRIC(x)).sum(),
    "lu_solve": lambda x: ours.lu_solve(ours.lu_factor(x), x[0]).sum(),
    "solve pos": lambda x: ours.solve(SYMMETRIC(x), x[0], assume_a="pos").sum(),
    "solve sym": lambda x: ours.solve(SYMMETRIC(x), x[0], assume_a="sym").sum(),
    "eigh pencil": lambda x: ours.eigh(x + x.T, SYMMETRIC(x), eigvals_only=True)[0],
    "polar": lambda x: ours.polar(x)[1].sum(),
    "toeplitz": lambda x: (ours.toeplitz(x[0], x[1]) ** 2).sum(),
    "block_diag": lambda x: (ours.block_diag(x, x[0]) ** 3).sum(),
    "sylvester": lambda x: ours.solve_sylvester(x, SYMMETRIC(x), x).sum(),
}


@pytest.mark.parametrize("name", MAPS)
def test_derivatives_are_those_of_differences(name: str):
    x = R.normal(size=(3, 3)) + 2 * np.eye(3)
    f = MAPS[name]
    polyad.test_util.check_grads(f, (x,), order=1, rtol=1e-4)
    np.testing.assert_allclose(polyad.jit(f)(x), f(x), rtol=1e-9)
    found = polyad.vmap(polyad.grad(f))(np.stack([x, x + 0.1]))
    np.testing.assert_allclose(found[1], polyad.grad(f)(x + 0.1), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: ours.solve(A, B, assume_a="banded"), "solve: assume_a is one of 'gen'"),
        (lambda: ours.solve(A, B, lower=1), "solve: lower is True or False, not 1"),
        (lambda: ours.qr(A, mode="raw"), "qr: mode is one of"),
        (lambda: ours.eigh(A, type=4), "eigh: type is one of"),
        (lambda: ours.eigh(A, eigvals=(0, 1)), "eigh: eigvals is not taken"),
        (lambda: ours.svd(A, lapack_driver="x"), "svd: lapack_driver is one of"),
        (lambda: ours.lu_solve(ours.lu_factor(A), B, trans=3), "lu_solve: trans is one of"),
        (lambda: ours.polar(A, side="up"), "polar: side is one of"),
        (lambda: ours.hadamard(3), "hadamard: n is a power of two"),
        (lambda: ours.toeplitz(np.zeros(0)), "toeplitz takes a vector"),
        (lambda: ours.leslie(A[0], A[0]), "leslie: s has 4 elements"),
        (lambda: ours.pascal(3, "odd"), "pascal: kind is one of"),
    ],
)
def test_bad_requests(call: Any, text: str):
    with pytest.raises(PolyadError, match=text):
        call()


# -- Schur forms, and what is made of them ---------------------------------------------------------


@pytest.mark.parametrize("output", ["real", "complex"])
def test_schur_forms_give_the_matrix_back(output: str):
    a = np.random.default_rng(3).standard_normal((2, 4, 4))
    for f in (ours.schur, polyad.jit(ours.schur, static_argnums=1)):
        t, z = f(a, output)
        adjoint = z.conj().swapaxes(-1, -2)
        np.testing.assert_allclose(z @ t @ adjoint, a, atol=1e-12)
        np.testing.assert_allclose(z @ adjoint, np.broadcast_to(np.eye(4), a.shape), atol=1e-12)
    t, z = ours.rsf2csf(*ours.schur(a))
    np.testing.assert_allclose(z @ t @ z.conj().swapaxes(-1, -2), a, atol=1e-12)
    np.testing.assert_allclose(np.tril(t, -1), 0 * t, atol=1e-12)


def test_hessenberg_forms_are_scipys():
    a = np.random.default_rng(3).standard_normal((5, 5))
    expected = theirs.hessenberg(a, calc_q=True)
    for found, known in zip(ours.hessenberg(a, calc_q=True), expected, strict=True):
        np.testing.assert_allclose(found, known, atol=1e-12)
    mapped = polyad.vmap(ours.hessenberg)(np.stack([a, a.T]))
    np.testing.assert_allclose(mapped[1], theirs.hessenberg(a.T), atol=1e-12)


def test_functions_of_matrices_are_scipys():
    a = np.random.default_rng(3).standard_normal((4, 4))
    np.testing.assert_allclose(ours.funm(a, polyad.numpy.exp), theirs.funm(a, np.exp), atol=1e-10)
    e = np.random.default_rng(4).standard_normal((4, 4))
    for found, known in zip(ours.expm_frechet(a, e), theirs.expm_frechet(a, e), strict=True):
        np.testing.assert_allclose(found, known, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(
        ours.expm_frechet(a, e, compute_expm=False), known, rtol=1e-10, atol=1e-12
    )


@pytest.mark.parametrize("mode", ["left", "right"])
@pytest.mark.parametrize("pivoting", [False, True])
def test_products_with_q_are_scipys(mode: str, pivoting: bool):
    rng = np.random.default_rng(3)
    a, c = rng.standard_normal((4, 3)), rng.standard_normal((3, 2))
    c = c if mode == "left" else rng.standard_normal((2, 4))
    found = ours.qr_multiply(a, c, mode, pivoting)
    for mine, known in zip(found, theirs.qr_multiply(a, c, mode, pivoting), strict=True):
        np.testing.assert_allclose(mine, known, atol=1e-12)


@pytest.mark.parametrize("trans", [0, 1, 2])
def test_factors_solve_stacks_of_systems(trans: int):
    rng = np.random.default_rng(3)
    a, b = rng.standard_normal((2, 4, 4)), rng.standard_normal((4, 3))
    op = a if trans == 0 else a.swapaxes(-1, -2)
    np.testing.assert_allclose(ours.lu_solve(ours.lu_factor(a), b, trans), np.linalg.solve(op, b))
    one = ours.lu_solve(ours.lu_factor(a[0]), b[:, 0], trans)
    np.testing.assert_allclose(one, np.linalg.solve(op[0], b[:, 0]))


@pytest.mark.parametrize("n", range(1, 8))
def test_fiedlers_matrices_are_scipys(n: int):
    c = np.arange(1.0, n + 1) ** 1.5
    expected = theirs.fiedler_companion(c).reshape(n - 1, n - 1)  # a vector before SciPy 1.18
    np.testing.assert_allclose(ours.fiedler_companion(c), expected, strict=True)
    np.testing.assert_allclose(ours.fiedler(c), theirs.fiedler(c))
    both = ours.fiedler_companion(np.stack([c, 2 * c]))
    np.testing.assert_allclose(both, [expected, expected], strict=True)
    for kind in ("symmetric", "lower", "upper"):
        np.testing.assert_array_equal(ours.invpascal(n, kind), theirs.invpascal(n, kind))


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize(("m", "n"), [(3, 5), (5, 3), (4, 4), (1, 3)])
def test_convolution_matrices_are_scipys(mode: str, m: int, n: int):
    c = np.arange(1.0, m + 1)
    np.testing.assert_array_equal(
        ours.convolution_matrix(c, n, mode), theirs.convolution_matrix(c, n, mode)
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ours.schur(np.ones((2, 3))), "scipy.linalg.schur: takes square matrices"),
        (lambda: ours.rsf2csf(np.eye(2), np.eye(3)), "T and Z have one shape"),
        (lambda: ours.funm(np.ones((2, 2, 2)), np.exp), "funm: takes one matrix"),
        (lambda: ours.expm_frechet(np.eye(2), np.eye(3)), "A and E have one shape"),
        (lambda: ours.qr_multiply(np.eye(2), np.ones((3, 3))), "Q of shape"),
        (lambda: ours.fiedler_companion(1.0), "takes coefficients"),
        (lambda: ours.convolution_matrix(1.0, 2), "takes vectors"),
        (lambda: ours.lu_solve((np.eye(3), np.arange(2)), np.ones(3)), "3 pivots"),
        (lambda: ours.lu_solve((np.eye(3), np.arange(3)), np.ones(2)), "the matrix has 3 rows"),
    ],
)
def test_bad_requests_of_forms(call: Any, message: str):
    with pytest.raises(ShapeError, match=message):
        call()


ASYMMETRIC = np.array([[14.0, 9.0], [2.0, 15.0]])


@pytest.mark.parametrize("lower", [True, False])
def test_one_triangle_is_read(lower: bool):
    """The one that SciPy reads, and no other."""
    b = np.array([1.0, 2.0])
    c = ours.cho_factor(ASYMMETRIC, lower)[0]
    keep = np.tril if lower else np.triu
    np.testing.assert_allclose(keep(c), keep(theirs.cho_factor(ASYMMETRIC, lower)[0]))
    for kind in ("pos", "sym", "her"):
        found = ours.solve(ASYMMETRIC, b, lower=lower, assume_a=kind)
        np.testing.assert_allclose(found, theirs.solve(ASYMMETRIC, b, lower=lower, assume_a=kind))
    np.testing.assert_allclose(ours.cholesky(ASYMMETRIC, lower), theirs.cholesky(ASYMMETRIC, lower))
    values = theirs.eigh(ASYMMETRIC, lower=lower, eigvals_only=True)
    np.testing.assert_allclose(ours.eigh(ASYMMETRIC, lower=lower, eigvals_only=True), values)


def test_the_hermitian_part_is_read_where_that_is_asked_for():
    """As in JAX, whose `symmetrize_input` is True."""
    part = (ASYMMETRIC + ASYMMETRIC.T) / 2
    np.testing.assert_allclose(
        ours.eigh(ASYMMETRIC, symmetrize_input=True)[0], np.linalg.eigvalsh(part)
    )
    la = polyad.numpy.linalg
    found = la.cholesky(ASYMMETRIC, symmetrize_input=True)
    np.testing.assert_allclose(found, np.linalg.cholesky(part))
    for uplo in ("L", "U"):
        w, v = la.eigh(ASYMMETRIC, uplo, symmetrize_input=True)
        np.testing.assert_allclose(part @ v, v * w)
        np.testing.assert_allclose(la.eigvalsh(ASYMMETRIC, uplo, symmetrize_input=True), w)
    door = polyad.compat.jax
    np.testing.assert_allclose(door.numpy.linalg.cholesky(ASYMMETRIC), found)
    np.testing.assert_allclose(door.numpy.linalg.eigh(ASYMMETRIC)[0], np.linalg.eigvalsh(part))
    np.testing.assert_allclose(door.numpy.linalg.eigvalsh(ASYMMETRIC), np.linalg.eigvalsh(part))
    np.testing.assert_allclose(door.scipy.linalg.eigh(ASYMMETRIC)[0], np.linalg.eigvalsh(part))
    np.testing.assert_allclose(door.lax.linalg.eigh(ASYMMETRIC)[1], np.linalg.eigvalsh(part))
    np.testing.assert_allclose(door.scipy.linalg.cholesky(ASYMMETRIC), theirs.cholesky(ASYMMETRIC))


def _each(function, *stacks):
    """SciPy's function of each vector."""
    lead = np.broadcast_shapes(*[x.shape[:-1] for x in stacks])
    full = [np.broadcast_to(x, lead + x.shape[-1:]) for x in stacks]
    return np.stack([function(*[x[i] for x in full]) for i in np.ndindex(*lead)]).reshape(
        *lead, *function(*[x[(0,) * len(lead)] for x in full]).shape
    )


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("toeplitz", [(2, 3)]),
        ("toeplitz", [(2, 3), (4,)]),
        ("hankel", [(2, 1, 3), (3, 4)]),
        ("leslie", [(2, 4), (3,)]),
        ("fiedler", [(2, 4)]),
        ("circulant", [(2, 4)]),
        ("companion", [(2, 3, 4)]),
    ],
)
def test_matrices_of_stacks_of_vectors(name, shapes):
    rng = np.random.default_rng(5)
    stacks = [rng.normal(size=shape) for shape in shapes]
    mine = getattr(ours, name)
    expected = _each(getattr(theirs, name), *stacks)
    np.testing.assert_allclose(mine(*stacks), expected)
    np.testing.assert_allclose(polyad.jit(mine)(*stacks), expected)


def test_equations_of_stacks():
    rng = np.random.default_rng(6)
    draw = lambda *shape: rng.normal(size=shape)
    a, b, c = draw(2, 1, 3, 3), draw(4, 2, 2), draw(3, 2)
    x = ours.solve_sylvester(a, b, c)
    assert x.shape == (2, 4, 3, 2)
    np.testing.assert_allclose(a @ x + x @ b, np.broadcast_to(c, x.shape), atol=1e-12)
    a, b = draw(3, 3), draw(2, 3, 2)
    factors = theirs.lu_factor(a)
    np.testing.assert_allclose(a @ ours.lu_solve(factors, b), b, atol=1e-13)
    np.testing.assert_allclose(a.T @ ours.lu_solve(factors, b, trans=1), b, atol=1e-13)
