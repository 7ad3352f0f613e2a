"""JAX's linear algebra: the order of its results, and factorisations by LAPACK, beside SciPy's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.linalg as theirs

import polyad
from polyad import lax
from polyad.errors import NotDifferentiableError, PolyadTypeError, PolyadValueError, ShapeError
from polyad.lax import linalg as ll

RNG = np.random.default_rng(0)
A = RNG.standard_normal((4, 4))
C = A + 1j * RNG.standard_normal((4, 4))
adjoint = lambda x: np.conj(np.swapaxes(x, -1, -2))


@pytest.mark.parametrize("a", [A, C, np.stack([C, 2 * C])])
def test_eigenvectors_come_before_eigenvalues(a: Any):
    h = a + adjoint(a)
    for f in (ll.eigh, polyad.jit(ll.eigh)):
        v, w = f(h)
        np.testing.assert_allclose(h @ v, v * w[..., None, :], atol=1e-12)
        assert (np.diff(w) > 0).all()
    v, w = ll.eigh(np.tril(h) + np.triu(0 * h + 7, 1), symmetrize_input=False)
    np.testing.assert_allclose(h @ v, v * w[..., None, :], atol=1e-12)
    np.testing.assert_allclose(ll.eigh(h, subset_by_index=(1, 3))[1], w[..., 1:3], atol=1e-12)
    with pytest.raises(PolyadValueError, match="subset_by_index is"):
        ll.eigh(h, subset_by_index=(3, 2))


@pytest.mark.parametrize("a", [A, C, np.stack([C, 2 * C])])
def test_left_and_right_eigenvectors(a: Any):
    w, left, right = ll.eig(a)
    np.testing.assert_allclose(a @ right, right * w[..., None, :], atol=1e-12)
    np.testing.assert_allclose(adjoint(left) @ a, w[..., :, None] * adjoint(left), atol=1e-12)
    only = ll.eig(a, compute_left_eigenvectors=False, compute_right_eigenvectors=False)
    np.testing.assert_allclose(np.sort_complex(only[0]), np.sort_complex(w), atol=1e-12)


@pytest.mark.parametrize("shape", [(4, 4), (2, 3, 5), (5, 3)])
def test_lu_is_lapacks_form(shape: tuple[int, ...]):
    a = RNG.standard_normal(shape)
    for f in (ll.lu, polyad.jit(ll.lu)):
        both, pivots, order = f(a)
        k = min(shape[-2:])
        lower = np.tril(both[..., :k], -1) + np.eye(shape[-2], k)
        rows = np.take_along_axis(a, order[..., None], axis=-2)
        np.testing.assert_allclose(lower @ np.triu(both[..., :k, :]), rows, atol=1e-12)
        again = ll.lu_pivots_to_permutation(pivots, shape[-2])
        np.testing.assert_array_equal(again, order)
        assert pivots.dtype == order.dtype == "int32"


@pytest.mark.parametrize("a", [A[:, :3], C[:3], np.stack([A, 2 * A])])
def test_pivoted_qr(a: Any):
    q, r, order = ll.qr(a, pivoting=True, full_matrices=False)
    columns = np.take_along_axis(a, order[..., None, :], axis=-1)
    np.testing.assert_allclose(q @ r, columns, atol=1e-12)
    size = np.abs(np.diagonal(r, axis1=-2, axis2=-1))
    assert (np.diff(size) <= 1e-12).all()
    if a.ndim == 2:
        np.testing.assert_array_equal(order, theirs.qr(a, pivoting=True)[2])
    f = lambda a: ll.qr(a, pivoting=True, full_matrices=False)[1].real
    if a.shape == (4, 3):
        polyad.test_util.check_grads(f, (a,), order=1, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("a", [A, C])
def test_reflectors_are_lapacks(a: Any):
    (geqrf,) = theirs.get_lapack_funcs(("geqrf",), (a,))
    packed, taus, *_ = geqrf(a)
    q = theirs.qr(a)[0]
    for f in (ll.householder_product, polyad.jit(ll.householder_product)):
        np.testing.assert_allclose(f(packed, taus), q, atol=1e-12)
    thin = ll.householder_product(packed[:, :2], taus[:2])
    np.testing.assert_allclose(thin, theirs.qr(a[:, :2], mode="economic")[0], atol=1e-12)
    c = RNG.standard_normal((4, 4)).astype(a.dtype)
    np.testing.assert_allclose(ll.ormqr(packed, taus, c), q @ c, atol=1e-12)
    np.testing.assert_allclose(
        ll.ormqr(packed, taus, c, transpose=True), adjoint(q) @ c, atol=1e-12
    )
    np.testing.assert_allclose(ll.ormqr(packed, taus, c, left=False), c @ q, atol=1e-12)
    if a is A:
        f = ll.householder_product
        polyad.test_util.check_grads(f, (packed, taus), order=1, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("a", [A, C])
def test_hessenberg_and_tridiagonal_forms_give_the_matrix_back(a: Any):
    packed, taus = ll.hessenberg(np.stack([a, 2 * a]))
    h = np.triu(packed[1], -1)
    q = np.eye(4, dtype=a.dtype)
    q[1:, 1:] = ll.householder_product(packed[1][1:, :-1], taus[1])
    np.testing.assert_allclose(q @ h @ adjoint(q), 2 * a, atol=1e-12)
    s = a + adjoint(a)
    packed, d, e, taus = ll.tridiagonal(s)
    q = np.eye(4, dtype=a.dtype)
    q[1:, 1:] = ll.householder_product(packed[1:, :-1], taus)
    t = np.diag(d) + np.diag(e, 1) + np.diag(e, -1)
    np.testing.assert_allclose(q @ t @ adjoint(q), s, atol=1e-12)


def test_singular_values_alone_or_some():
    u, s, vh = ll.svd(A[:3])
    assert (u.shape, s.shape, vh.shape) == ((3, 3), (3,), (4, 4))
    np.testing.assert_allclose(ll.svd(A[:3], compute_uv=False), s)
    u, some, vh = ll.svd(A[:3], full_matrices=False, subset_by_index=(1, 3))
    assert (u.shape, vh.shape) == ((3, 2), (2, 4))
    np.testing.assert_allclose(some, s[1:])
    with pytest.raises(PolyadValueError, match="needs full_matrices=False"):
        ll.svd(A[:3], subset_by_index=(1, 3))
    with pytest.raises(PolyadTypeError, match="algorithm is None or a SvdAlgorithm"):
        ll.svd(A, algorithm="QR")  # type: ignore[arg-type]


def test_updates_and_products():
    r, w = np.linalg.cholesky(A @ A.T + np.eye(4)).T, RNG.standard_normal(4)
    u = ll.cholesky_update(r, w)
    np.testing.assert_allclose(u.T @ u, r.T @ r + np.outer(w, w), atol=1e-12)
    s = A + A.T
    found = ll.symmetric_product(A, s, alpha=2.0, beta=3.0, symmetrize_output=True)
    np.testing.assert_allclose(found, 2 * A @ A.T + 3 * s, atol=1e-12)
    p = A @ A.T + np.eye(4)
    skew = p + np.triu(A, 1) - np.triu(A, 1).T
    np.testing.assert_allclose(ll.cholesky(skew), np.linalg.cholesky(p), atol=1e-12)


@pytest.mark.parametrize("left", [True, False])
@pytest.mark.parametrize("turned", [True, False])
@pytest.mark.parametrize("conjugated", [True, False])
def test_triangular_systems(left: bool, turned: bool, conjugated: bool):
    a, b = np.tril(C), RNG.standard_normal((4, 4))
    y = ll.triangular_solve(
        a, b, left_side=left, lower=True, transpose_a=turned, conjugate_a=conjugated
    )
    op = a.T if turned else a
    op = op.conj() if conjugated else op
    np.testing.assert_allclose(op @ y if left else y @ op, b, atol=1e-11)


def test_what_lapack_computes_has_no_derivative():
    with pytest.raises(NotDifferentiableError):
        polyad.grad(lambda a: ll.schur(a)[0].sum())(A)
    with pytest.raises(ShapeError, match="schur: takes square matrices"):
        lax.linalg.schur(A[:3])
    with pytest.raises(PolyadValueError, match="sort_eig_vals is False"):
        ll.schur(A, sort_eig_vals=True)
    with pytest.raises(ShapeError, match="5 pivots of 4 rows"):
        ll.lu_pivots_to_permutation(np.arange(5), 4)
    with pytest.raises(ShapeError, match="3 reflectors do not fit"):
        ll.householder_product(A[:2], np.ones(3))
