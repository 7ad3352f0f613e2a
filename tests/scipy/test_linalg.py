"""polyad.scipy.linalg beside SciPy's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.linalg as theirs

import polyad
from polyad.errors import PolyadError
from polyad.scipy import linalg as ours

R = np.random.default_rng(0)
A = R.normal(size=(4, 4))
C = R.normal(size=(4, 4)) + 1j * R.normal(size=(4, 4))
POSITIVE = A @ A.T + 4 * np.eye(4)
HERMITIAN = C @ C.conj().T + 4 * np.eye(4)
B = R.normal(size=(4, 2))

CALLS: dict[str, Any] = {
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
        (lambda: ours.qr(A, pivoting=True), r"(?s)qr: pivoting=True is not taken.*svd"),
        (lambda: ours.qr(A, mode="raw"), "qr: mode is one of"),
        (lambda: ours.eigh(A, type=4), "eigh: type is one of"),
        (lambda: ours.eigh(A, eigvals=(0, 1)), "eigh: eigvals is not taken"),
        (lambda: ours.svd(A, lapack_driver="x"), "svd: lapack_driver is one of"),
        (lambda: ours.lu_solve(ours.lu_factor(A), B, trans=3), "lu_solve: trans is one of"),
        (lambda: ours.polar(A, side="up"), "polar: side is one of"),
        (lambda: ours.hadamard(3), "hadamard: n is a power of two"),
        (lambda: ours.toeplitz(A), "toeplitz takes a vector"),
        (lambda: ours.leslie(A[0], A[0]), "leslie: s has 4 elements"),
        (lambda: ours.pascal(3, "odd"), "pascal: kind is one of"),
    ],
)
def test_bad_requests(call: Any, text: str):
    with pytest.raises(PolyadError, match=text):
        call()
