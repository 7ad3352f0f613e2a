"""Equations with sparse matrices and operators, against NumPy and finite differences."""

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg

import polyad
import polyad.numpy as pnp
from polyad import sparse
from polyad.errors import ConvergenceError, LinAlgError, PolyadTypeError, ShapeError
from polyad.test_util import check_grads

from .test_matrices import RNG, SQUARE, WIDE, V, W, matrix


@pytest.mark.parametrize("format", ["csr", "csc", "coo", "dia"])
def test_solutions_are_scipys(format):
    A = matrix(format, SQUARE)
    for b in (V, WIDE):
        expected = np.linalg.solve(SQUARE, b)
        for f in (sparse.solve, polyad.jit(sparse.solve)):
            np.testing.assert_allclose(f(A, b), expected, rtol=1e-10)


def test_derivatives_of_solutions():
    A = matrix("csc", SQUARE)
    f = lambda d, b: pnp.sum(pnp.sin(sparse.solve(sparse.with_data(A, d), b)))
    check_grads(f, (A.data, V), order=2, rtol=1e-4, atol=1e-5)
    weights = RNG.normal(size=5)
    pulled = polyad.grad(lambda b: weights @ sparse.solve(A, b))(V)
    np.testing.assert_allclose(pulled, np.linalg.solve(SQUARE.T, weights))
    compiled = polyad.jit(polyad.grad(f, (0, 1)))(A.data, V)
    eager = polyad.grad(f, (0, 1))(A.data, V)
    for a, b in zip(compiled, eager, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10)


def test_batches_of_solutions():
    A = matrix("csr", SQUARE)
    many = RNG.normal(size=(3, 5))
    solve = lambda d, b: sparse.solve(sparse.with_data(A, d), b)
    expected = np.linalg.solve(SQUARE, many.T).T
    np.testing.assert_allclose(polyad.vmap(lambda b: solve(A.data, b))(many), expected)
    np.testing.assert_allclose(polyad.jit(polyad.vmap(lambda b: solve(A.data, b)))(many), expected)
    scales = np.array([1.0, 2.0, 4.0])
    both = polyad.vmap(solve)(scales[:, None] * A.data, many)
    np.testing.assert_allclose(both, expected / scales[:, None])
    matrices = polyad.vmap(solve, in_axes=(0, None))(scales[:, None] * A.data, V)
    np.testing.assert_allclose(matrices, np.linalg.solve(SQUARE, V) / scales[:, None])


def test_the_factorisation_is_used_again(monkeypatch):
    made = []
    splu = scipy.sparse.linalg.splu
    monkeypatch.setattr(scipy.sparse.linalg, "splu", lambda m: made.append(1) or splu(m))
    A = matrix("csc", SQUARE)
    f = lambda d, b: pnp.sum(sparse.solve(sparse.with_data(A, d), b) ** 2)
    polyad.value_and_grad(f, (0, 1))(A.data, V)
    assert len(made) == 1
    compiled = polyad.jit(polyad.value_and_grad(f, (0, 1)))
    compiled(A.data, V)
    compiled(A.data, 2 * V)
    assert len(made) == 2
    polyad.vmap(lambda b: sparse.solve(A, b))(np.stack([V] * 7))
    assert len(made) == 3


@pytest.mark.parametrize("method", ["cg", "gmres", "bicgstab"])
def test_iterative_solutions(method):
    dense = SQUARE @ SQUARE.T
    A = matrix("csr", dense)
    f = lambda b: sparse.solve(A, b, method=method, tol=1e-12)
    np.testing.assert_allclose(f(V), np.linalg.solve(dense, V), rtol=1e-6)
    pulled = polyad.grad(lambda b: pnp.sum(f(b)))(V)
    np.testing.assert_allclose(pulled, np.linalg.solve(dense, np.ones(5)), rtol=1e-6)


def test_the_determinant():
    A = matrix("csr", SQUARE)
    expected = np.linalg.slogdet(SQUARE)[1]
    for f in (sparse.logdet, polyad.jit(sparse.logdet)):
        np.testing.assert_allclose(f(A), expected)
    inverse = np.linalg.inv(SQUARE)
    slope = polyad.grad(sparse.logdet)(A)
    np.testing.assert_allclose(slope.toarray(), inverse.T * (SQUARE != 0), atol=1e-12)
    check_grads(lambda d: sparse.logdet(sparse.with_data(A, d)), (A.data,), order=2, rtol=1e-4)
    assert sparse.logdet(matrix("csr", np.diag([1.0, 0.0]))) == -np.inf
    large = scipy.sparse.diags_array([np.full(150, 2.0), np.ones(149)], offsets=[0, 1])
    slope = polyad.grad(sparse.logdet)(large.tocsr())
    np.testing.assert_allclose(slope.diagonal(), 0.5)


DEFINITE = SQUARE @ SQUARE.T
LOWER = np.tril_indices(5)
NUMBER = np.zeros((5, 5), int)
NUMBER[LOWER] = np.arange(15)
NUMBER = np.maximum(NUMBER, NUMBER.T)


def symmetric(v):
    """The symmetric matrix with `v` as its lower triangle."""
    return sparse.with_data(scipy.sparse.csr_array(np.ones((5, 5))), v[NUMBER.ravel()])


def test_cholesky_of_definite_matrices():
    for dense in (DEFINITE, np.diag([1.0, 2.0, 3.0]), DEFINITE + 1j * (SQUARE - SQUARE.T)):
        A, b = matrix("csr", dense), RNG.normal(size=len(dense))
        for wrap in (lambda f: f, polyad.jit):
            found = wrap(lambda A: sparse.logdet(A, method="cholesky"))(A)
            np.testing.assert_allclose(found, np.linalg.slogdet(dense)[1])
            x = wrap(lambda A, b: sparse.solve(A, b, method="cholesky"))(A, b)
            np.testing.assert_allclose(x, np.linalg.solve(dense, b))


def test_cholesky_of_normal_equations():
    """J^T W J, whose mirror images differ by the rounding of sums in another order."""
    J = scipy.sparse.random_array((60, 30), density=0.3, rng=0).tocsr()
    A = J.T @ scipy.sparse.diags_array(RNG.random(60)) @ J
    assert abs(A - A.T).max() > 0
    found = sparse.logdet(A, method="cholesky")
    np.testing.assert_allclose(found, np.linalg.slogdet(A.todense())[1])


def test_derivatives_of_cholesky():
    v = DEFINITE[LOWER]
    f = lambda v: sparse.logdet(symmetric(v), method="cholesky")
    check_grads(f, (v,), order=2, rtol=1e-4, atol=1e-5)
    inverse = np.linalg.inv(DEFINITE)
    expected = (2 * inverse - np.diag(np.diag(inverse)))[LOWER]
    np.testing.assert_allclose(polyad.grad(f)(v), expected, rtol=1e-9)
    solve = lambda v, b: sparse.solve(symmetric(v), b, method="cholesky")
    check_grads(solve, (v, V), order=2, rtol=1e-4, atol=1e-5)
    many = np.stack([v, 2 * v])
    np.testing.assert_allclose(polyad.vmap(f)(many), [f(v), f(2 * v)])


@pytest.mark.parametrize("wrap", [lambda f: f, polyad.jit], ids=["eager", "jit"])
def test_what_is_not_definite_is_refused(wrap):
    """By both functions; a zero pivot may hide behind a positive one."""
    lopsided, swap = SQUARE.copy(), np.array([[0.0, 1.0], [1.0, 0.0]])
    lopsided[0, 1] += 1
    refused = [
        (lopsided, r"(?s)not Hermitian.*\(\d, \d\) and \(\d, \d\) differ.*method='lu'"),
        (-DEFINITE, "not positive definite"),
        (np.diag([1.0, -1.0, -1.0]), "not positive definite"),
        (np.diag([1.0, 0.0]), "not positive definite"),
        (swap, "not positive definite"),
    ]
    for dense, message in refused:
        A = matrix("csc", dense)
        with pytest.raises(LinAlgError, match=message):
            wrap(lambda A: sparse.logdet(A, method="cholesky"))(A)
        with pytest.raises(LinAlgError, match=message):
            wrap(lambda A: sparse.solve(A, np.ones(len(dense)), method="cholesky"))(A)


# -- Operators: DEFINITE is never written down

OPERATOR = scipy.sparse.linalg.LinearOperator(
    (5, 5), lambda x: SQUARE @ x, rmatvec=lambda x: SQUARE.T @ x, dtype=float
)
OPERATORS = {
    "cg, of a function": ("cg", lambda x: SQUARE @ (SQUARE.T @ x), DEFINITE),
    "gmres, of a function": ("gmres", lambda x: SQUARE @ x, SQUARE),
    "bicgstab, of a function": ("bicgstab", lambda x: SQUARE @ x, SQUARE),
    "gmres, of SciPy's": ("gmres", OPERATOR, SQUARE),
    "by the default": (None, lambda x: SQUARE @ x, SQUARE),
}


@pytest.mark.share(2)
@pytest.mark.parametrize("name", OPERATORS)
def test_operators(name):
    method, operator, dense = OPERATORS[name]
    f = lambda b: sparse.solve(operator, b, method=method, tol=1e-13)
    inverse = np.linalg.inv(dense)
    many = np.stack([V, V[::-1], 2 * V])
    for g in (f, polyad.jit(f)):
        np.testing.assert_allclose(g(V), inverse @ V, rtol=1e-8)
        np.testing.assert_allclose(polyad.jacfwd(g)(V), inverse, atol=1e-9)
        np.testing.assert_allclose(polyad.jacrev(g)(V), inverse, atol=1e-9)
        np.testing.assert_allclose(polyad.vmap(g)(many), many @ inverse.T, rtol=1e-8)
    energy = lambda b: (f(b) ** 2).sum()
    np.testing.assert_allclose(polyad.hessian(energy)(V), 2 * inverse.T @ inverse, atol=1e-8)


@pytest.mark.share(2)
@pytest.mark.parametrize("method", ["cg", "gmres"])
def test_derivatives_by_what_an_operator_closes_over(method):
    """x = (K + s I)⁻¹ b, by s: -(K + s I)⁻² b; the second derivative is 2 (K + s I)⁻³ b."""
    f = lambda s, b: sparse.solve(lambda x: DEFINITE @ x + s * x, b, method=method, tol=1e-13)
    inverse = np.linalg.inv(DEFINITE + 0.5 * np.eye(5))
    for jac in (polyad.jacfwd, polyad.jacrev):
        found = polyad.jit(jac(f))(0.5, V)
        np.testing.assert_allclose(found, -inverse @ inverse @ V, atol=1e-9)
        second = jac(polyad.jacfwd(f))(0.5, V)
        np.testing.assert_allclose(second, 2 * inverse @ inverse @ inverse @ V, atol=1e-8)


def test_iterations_that_end_without_a_solution():
    operator = lambda x: SQUARE @ x
    for A in (operator, matrix("csr", SQUARE)):
        with pytest.raises(ConvergenceError, match="gmres did not converge"):
            sparse.solve(A, V, method="gmres", maxiter=1, restart=1)
        loose = sparse.solve(A, V, method="gmres", maxiter=1, restart=1, strict=False)
        assert loose.shape == V.shape
    with pytest.raises(ConvergenceError):
        polyad.jit(lambda b: sparse.solve(operator, b, maxiter=1, restart=1))(V)
    with pytest.raises(PolyadTypeError, match=r"(?s)method='lu' of an operator.*'cg', 'gmres'"):
        sparse.solve(operator, V, method="lu")
    with pytest.raises(PolyadTypeError, match=r"(?s)logdet: method='qr'.*'cholesky'"):
        sparse.logdet(matrix("csr", SQUARE), method="qr")


def test_complex_solutions():
    A = matrix("csc", SQUARE * (1 + 0.5j) + np.eye(5) * 1j)
    np.testing.assert_allclose(sparse.solve(A, V), np.linalg.solve(A.toarray(), V))
    pulled = polyad.vjp(lambda b: sparse.solve(A, b), V + 0j)[1](W[:1] * np.ones(5) + 0j)[0]
    np.testing.assert_allclose(pulled, np.linalg.solve(A.toarray().T, W[0] * np.ones(5)))


def test_equations_that_have_no_answer():
    singular = matrix("csc", np.diag([1.0, 0.0, 2.0]))
    with pytest.raises(LinAlgError, match=r"singular sparse matrix of shape \(3, 3\)"):
        sparse.solve(singular, np.ones(3))
    with pytest.raises(LinAlgError, match="singular sparse matrix"):
        polyad.jit(sparse.solve)(singular, np.ones(3))
    with pytest.raises(ShapeError, match=r"square matrix, not one of shape \(4, 5\)"):
        sparse.solve(matrix("csr"), W)
    with pytest.raises(ShapeError, match=r"shape \(5, 5\) and a right-hand side of shape \(4,\)"):
        sparse.solve(matrix("csr", SQUARE), W)
    with pytest.raises(PolyadTypeError, match=r"(?s)takes a sparse matrix, not ndarray.*linalg"):
        sparse.solve(SQUARE, V)
    with pytest.raises(PolyadTypeError, match=r"(?s)method='qr'.*'gmres'"):
        sparse.solve(matrix("csr", SQUARE), V, method="qr")
    with pytest.raises(PolyadTypeError, match="method='lu', tol"):
        sparse.solve(matrix("csr", SQUARE), V, tol=1e-3)
