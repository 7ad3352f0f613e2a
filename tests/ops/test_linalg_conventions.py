"""The derivative conventions of linear algebra: at repeated values, at singular matrices, at ties.

As in `test_conventions.py`, each test is a row, alike with NumPy, PyTorch and native code.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.errors import DegeneracyError, LinAlgError, NotDifferentiableError

from ..arrays import off, run

la = pnp.linalg
INF = math.inf
BACKENDS = ("numpy", "torch", "native")
RNG = np.random.default_rng(3)

pytestmark = pytest.mark.parametrize("backend", BACKENDS)


def orthogonal(n: int, dtype: str = "float64") -> Any:
    a = RNG.normal(size=(n, n))
    return np.linalg.qr(a + 1j * RNG.normal(size=(n, n)) if dtype == "complex128" else a)[0]


def of_values(values: list[float], dtype: str = "float64") -> Any:
    q = orthogonal(len(values), dtype)
    return q * np.array(values) @ q.conj().T


def of_singular_values(values: list[float], rows: int, columns: int) -> Any:
    k = len(values)
    return orthogonal(rows)[:, :k] * np.array(values) @ orthogonal(columns)[:, :k].T


def gradient(backend: str, f: Callable[..., Any], x: Any) -> Any:
    return off(run(backend, polyad.grad(lambda a: pnp.real(f(a))), [np.asarray(x)]))


def adjoint(x: Any) -> Any:
    return pnp.conj(pnp.matrix_transpose(x))


def differences(f: Callable[..., Any], x: Any, symmetric: bool = False) -> Any:
    """The gradient by central differences, in symmetric directions if `symmetric`."""
    out, step = np.zeros_like(x), 1e-5
    for at in np.ndindex(*x.shape):
        e = np.zeros_like(x)
        e[at] = step
        e = (e + e.T) / 2 if symmetric else e
        out[at] = (f(x + e) - f(x - e)) / (2 * step)
    return out


WEIGHTS = np.arange(16.0).reshape(4, 4) ** 1.5


def weighed(x: Any) -> Any:
    """The sum of elements, each with a weight of its own."""
    rows, columns = x.shape
    return pnp.sum(x * pnp.asarray(WEIGHTS[:rows, :columns].tolist()))


# -- Repeated eigenvalues and singular values ------------------------------------------------------

REPEATED = of_values([2.0, 2.0, 1.0])
REPEATED_SINGULAR = of_singular_values([2.0, 2.0, 1.0], 4, 3)


def test_eigvalsh_of_repeated_values(backend: str):
    found = gradient(backend, lambda a: pnp.sum(la.eigvalsh(a) ** 2), REPEATED)
    np.testing.assert_allclose(found, 2 * REPEATED, atol=1e-13)
    top = gradient(backend, lambda a: pnp.sum(la.eigh(a).eigenvalues[1:]), REPEATED)
    assert abs(np.trace(top) - 2) < 1e-13  # by way of eigh, whose vectors are not used


def test_values_of_eigh_have_tangents_where_its_vectors_have_none(backend: str):
    push = lambda a, t: polyad.jvp(lambda a: la.eigh(a).eigenvalues, (a,), (t,))[1]
    with polyad.config(debug_nans=True):
        found = off(run(backend, push, [REPEATED, np.ones((3, 3))]))
    np.testing.assert_allclose(found.sum(), 3)


def test_svdvals_of_repeated_values(backend: str):
    found = gradient(backend, lambda a: pnp.sum(la.svdvals(a) ** 2), REPEATED_SINGULAR)
    np.testing.assert_allclose(found, 2 * REPEATED_SINGULAR, atol=1e-13)
    np.testing.assert_array_equal(
        gradient(backend, lambda a: pnp.sum(la.svdvals(a)), np.zeros((3, 2))), np.zeros((3, 2))
    )


def projection(a: Any) -> Any:
    """On the space of the two largest eigenvalues."""
    v = la.eigh(a).eigenvectors[:, 1:]
    return weighed(v @ adjoint(v))


def test_a_projection_on_repeated_eigenvectors_has_its_derivative(backend: str):
    wanted = differences(projection, REPEATED, symmetric=True)
    np.testing.assert_allclose(gradient(backend, projection, REPEATED), wanted, atol=1e-8)


def test_a_single_vector_beside_repeated_ones_has_its_derivative(backend: str):
    f = lambda a: la.eigh(a).eigenvectors[0, 0] ** 2
    wanted = differences(f, REPEATED, symmetric=True)
    np.testing.assert_allclose(gradient(backend, f, REPEATED), wanted, atol=1e-8)


def test_a_polar_factor_with_repeated_singular_values_has_its_derivative(backend: str):
    def f(a: Any) -> Any:
        u, _, vh = la.svd(a, full_matrices=False)
        return weighed(u @ vh)

    wanted = differences(f, REPEATED_SINGULAR)
    np.testing.assert_allclose(gradient(backend, f, REPEATED_SINGULAR), wanted, atol=1e-8)


def trap(a: Any) -> Any:
    w, v = la.eigh(a)
    return weighed(pnp.multiply(v, w**3) @ pnp.matrix_transpose(v))


GAUGE: dict[str, tuple[Callable[..., Any], Any, str]] = {
    "an eigenvector": (
        lambda a: la.eigh(a).eigenvectors[0, 2],
        REPEATED,
        "the eigenvectors of a repeated eigenvalue",
    ),
    "the trap": (trap, REPEATED, "a repeated eigenvalue and on the vectors that belong to it"),
    "the trap, diagonal": (trap, np.diag([2.0, 2.0, 1.0]), "a repeated eigenvalue and on"),
    "a singular vector": (
        lambda a: la.svd(a, full_matrices=False).U[0, 0],
        REPEATED_SINGULAR,
        "the singular vectors of a repeated singular value",
    ),
    "a vector of 0": (
        lambda a: la.svd(a, full_matrices=False).U[0, 1],
        of_singular_values([2.0, 0.0], 4, 2),
        "those of singular values of 0",
    ),
    "values of 0 with vectors": (
        lambda a: weighed(
            pnp.multiply(la.svd(a, full_matrices=False).U, la.svd(a, full_matrices=False).S)
        ),
        of_singular_values([2.0, 0.0], 4, 2),
        "not determined",
    ),
    "a completing vector": (
        lambda a: la.svd(a).U[0, 3],
        of_singular_values([3.0, 2.0], 4, 2),
        "those that complete a basis",
    ),
    "a completing column of Q": (
        lambda a: la.qr(a, mode="complete").Q[0, 3],
        RNG.normal(size=(4, 2)),
        "those that complete a basis",
    ),
    "a phase": (
        lambda a: pnp.imag(la.eigh(a).eigenvectors[0, 0] + la.eigh(a).eigenvectors[1, 0]),
        of_values([1.0, 2.0, 3.0], "complex128"),
        "which may be multiplied by any phase",
    ),
    "a phase of svd": (
        lambda a: pnp.imag(pnp.sum(la.svd(a).U)),
        RNG.normal(size=(3, 3)) + 1j * RNG.normal(size=(3, 3)),
        "which may be multiplied by any phase",
    ),
    "a phase of eig": (
        lambda a: pnp.imag(pnp.sum(la.eig(a).eigenvectors * 1j)),
        RNG.normal(size=(3, 3)) + 1j * RNG.normal(size=(3, 3)),
        "which may be multiplied by any phase",
    ),
    "eig, repeated": (
        lambda a: pnp.sum(pnp.real(la.eig(a).eigenvectors) ** 4),
        np.diag([2.0, 2.0, 1.0]) + np.outer([0.0, 0.0, 1.0], [1.0, 0.0, 0.0]),
        "eigenvectors of a repeated eigenvalue",
    ),
}


@pytest.mark.parametrize("name", GAUGE)
def test_a_result_that_depends_on_the_choice_of_vectors_is_an_error(name: str, backend: str):
    f, at, expected = GAUGE[name]
    with pytest.raises(DegeneracyError) as caught:
        gradient(backend, f, at)
    assert expected in str(caught.value)
    assert f"at {__file__}:" in str(caught.value)
    assert isinstance(caught.value, LinAlgError | NotDifferentiableError)


def test_a_result_that_no_phase_changes_has_a_derivative(backend: str):
    """Of eigenvectors and singular vectors of distinct values: squared moduli."""
    a = np.array([[1.0, 2.0, 0.5], [0.3, 4.0, 1.0], [0.2, 0.1, 9.0]])
    for f in (
        lambda a: weighed(pnp.abs(la.eig(a).eigenvectors) ** 2),
        lambda a: weighed(pnp.abs(la.svd(a).U) ** 2),
    ):
        np.testing.assert_allclose(gradient(backend, f, a), differences(f, a), atol=1e-7)


@pytest.mark.parametrize("f", [trap, projection], ids=["trap", "projection"])
def test_forward_mode_does_not_turn_repeated_vectors(f: Any, backend: str):
    push = lambda a, t: polyad.jvp(f, (a,), (t,))[1]
    with pytest.raises(DegeneracyError, match="turns the vectors of a repeated value"):
        run(backend, push, [REPEATED, np.ones((3, 3))])
    along = REPEATED @ REPEATED  # moves values, turns nothing
    assert np.isfinite(off(run(backend, push, [REPEATED, along])))


@pytest.mark.parametrize("f", [projection, lambda a: pnp.sum(la.eigvalsh(a) ** 2)])
@pytest.mark.parametrize("second", [polyad.jacfwd, polyad.jacrev])
def test_second_derivatives_at_repeated_values_are_errors(f: Any, second: Any, backend: str):
    with pytest.raises(DegeneracyError):
        run(backend, second(polyad.grad(f)), [REPEATED])


def test_a_batch_is_checked_matrix_by_matrix(backend: str):
    f = lambda a: la.eigh(a).eigenvectors[0, 2] ** 2
    apart = np.stack([of_values([1.0, 2.0, 3.0]), of_values([4.0, 2.0, 3.0])])
    g = polyad.vmap(polyad.grad(f))
    wanted = np.stack([differences(f, a, symmetric=True) for a in apart])
    np.testing.assert_allclose(off(run(backend, g, [apart])), wanted, atol=1e-8)
    with pytest.raises(DegeneracyError):
        run(backend, g, [np.stack([apart[0], REPEATED])])


# -- Functions of a matrix at repeated eigenvalues -------------------------------------------------


@pytest.mark.parametrize("hermitian", [False, True])
@pytest.mark.parametrize("at", [np.diag([2.0, 2.0, 1.0]), REPEATED, 2 * np.eye(3)])
@pytest.mark.parametrize("name", ["expm", "logm", "sqrtm"])
def test_functions_of_matrices_are_right_at_repeated_eigenvalues(
    name: str, at: Any, hermitian: bool, backend: str
):
    f = lambda a: weighed(getattr(la, name)(a, hermitian=hermitian))
    wanted = differences(f, at, symmetric=hermitian)
    np.testing.assert_allclose(gradient(backend, f, at), wanted, rtol=1e-7, atol=1e-7)


def test_powers_of_matrices_are_right_at_repeated_eigenvalues(backend: str):
    """Divided differences of w³ at (2, 2, 1): 12 where 2 meets 2, 7 where it meets 1."""
    found = gradient(backend, lambda a: pnp.sum(la.matrix_power(a, 3)), np.diag([2.0, 2.0, 1.0]))
    np.testing.assert_allclose(found, [[12, 12, 7], [12, 12, 7], [7, 7, 3]], rtol=1e-14)


def test_second_derivatives_of_functions_at_repeated_eigenvalues(backend: str):
    f = lambda a: pnp.sum(la.sqrtm(a, hermitian=True) ** 2)  # tr a, for Hermitian a
    h = run(backend, polyad.hessian(f), [REPEATED])
    np.testing.assert_allclose(off(h), np.zeros((3, 3, 3, 3)), atol=1e-12)


# -- Norms -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["fro", "nuc", 1, 2, INF, -1, -2, -INF])
def test_norms_of_the_zero_matrix_have_derivative_zero(order: Any, backend: str):
    found = gradient(backend, lambda a: la.matrix_norm(a, ord=order), np.zeros((3, 2)))
    np.testing.assert_array_equal(found, np.zeros((3, 2)))


@pytest.mark.parametrize("order", [0.5, 1, 1.5, 2, 3, INF])
def test_vector_norms_at_zero_have_derivative_zero(order: float, backend: str):
    found = gradient(backend, lambda x: la.vector_norm(x, ord=order), np.zeros(3))
    np.testing.assert_array_equal(found, np.zeros(3))
    found = gradient(backend, lambda x: la.vector_norm(x, ord=order), np.array([0.0, 2.0]))
    np.testing.assert_allclose(found, [0, 1])


def test_ties_of_matrix_norms_are_shared(backend: str):
    a = np.array([[1.0, -3.0], [3.0, 1.0]])
    signs = np.array([[1.0, -1.0], [1.0, 1.0]])
    for order in (1, INF, -1, -INF):
        found = gradient(backend, lambda a, order=order: la.matrix_norm(a, ord=order), a)
        np.testing.assert_allclose(found, signs / 2)
    found = gradient(backend, lambda a: la.matrix_norm(a, ord=2), 3 * np.eye(2))
    np.testing.assert_allclose(found, np.eye(2) / 2, atol=1e-15)


def test_the_nuclear_norm_uses_no_null_vectors(backend: str):
    left, right = orthogonal(4)[:, :2], orthogonal(3)[:, :2]
    a = left * np.array([3.0, 2.0]) @ right.T
    found = gradient(backend, lambda a: la.matrix_norm(a, ord="nuc"), a)
    np.testing.assert_allclose(found, left @ right.T, atol=1e-13)


# -- Determinants ----------------------------------------------------------------------------------

SINGULAR = np.array([[1.0, 2.0], [2.0, 4.0]])


def test_det_of_a_singular_matrix_by_the_adjugate(backend: str):
    np.testing.assert_allclose(gradient(backend, la.det, SINGULAR), [[4, -2], [-2, 1]], atol=1e-13)
    np.testing.assert_array_equal(gradient(backend, la.det, np.zeros((3, 3))), np.zeros((3, 3)))
    rank_two = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
    wanted = [[-3, 6, -3], [6, -12, 6], [-3, 6, -3]]
    np.testing.assert_allclose(gradient(backend, la.det, rank_two), wanted, atol=1e-12)


def test_second_derivatives_of_det_at_zero(backend: str):
    """det of 2 by 2 is ad - bc."""
    h = off(run(backend, polyad.hessian(la.det), [np.zeros((2, 2))])).reshape(4, 4)
    wanted = np.zeros((4, 4))
    wanted[0, 3] = wanted[3, 0] = 1
    wanted[1, 2] = wanted[2, 1] = -1
    np.testing.assert_allclose(h, wanted, atol=1e-14)


def test_slogdet_of_a_singular_matrix_is_infinite(backend: str):
    f = lambda a: la.slogdet(a).logabsdet
    np.testing.assert_array_equal(gradient(backend, f, SINGULAR), [[INF, -INF], [-INF, INF]])
    np.testing.assert_array_equal(gradient(backend, f, np.diag([2.0, 0.0])), [[0.5, 0], [0, INF]])
    np.testing.assert_array_equal(gradient(backend, f, np.diag([-2.0, 0])), [[-0.5, 0], [0, INF]])
    np.testing.assert_array_equal(gradient(backend, f, np.zeros((1, 1))), [[INF]])
    unused = lambda a: pnp.where(pnp.sum(a) > 100, f(a), 0.0)
    np.testing.assert_array_equal(gradient(backend, unused, SINGULAR), np.zeros((2, 2)))


def test_slogdet_of_a_singular_complex_matrix(backend: str):
    f = lambda a: la.slogdet(a).logabsdet
    found = gradient(backend, f, np.array([[0j, 0], [0, 1j]]))
    assert found[0, 0].real == INF
    np.testing.assert_allclose(found[1, 1], -1j)


# -- The others ------------------------------------------------------------------------------------


def test_qr_of_wide_and_complete_tall_matrices(backend: str):
    wide, tall = RNG.normal(size=(2, 4)), RNG.normal(size=(4, 2))
    f = lambda a: weighed(la.qr(a).Q) + weighed(la.qr(a).R)
    np.testing.assert_allclose(gradient(backend, f, wide), differences(f, wide), atol=1e-7)

    def g(a: Any) -> Any:
        q, r = la.qr(a, mode="complete")
        return weighed(q[:, :2]) + weighed(r) + weighed(q[:, 2:] @ pnp.matrix_transpose(q[:, 2:]))

    np.testing.assert_allclose(gradient(backend, g, tall), differences(g, tall), atol=1e-7)


def test_svd_with_full_matrices(backend: str):
    def f(a: Any) -> Any:
        u, s, vh = la.svd(a)
        rest = u[:, 2:] @ pnp.matrix_transpose(u[:, 2:])
        return weighed(rest) + weighed(pnp.multiply(u[:, :2], s**2) @ vh)

    tall = RNG.normal(size=(4, 2))
    np.testing.assert_allclose(gradient(backend, f, tall), differences(f, tall), atol=1e-7)


def test_pinv_keeps_its_rank(backend: str):
    """Along a product of factors the rank is constant, and the formula is the limit."""
    x, y = RNG.normal(size=(4, 2)), RNG.normal(size=(2, 3))
    f = lambda x: weighed(la.pinv(x @ pnp.asarray(y.tolist()), rtol=1e-10))
    np.testing.assert_allclose(gradient(backend, f, x), differences(f, x), rtol=1e-5, atol=1e-7)


def test_matrix_rank_has_derivative_zero(backend: str):
    f = lambda a: pnp.sum(a) * la.matrix_rank(a)
    np.testing.assert_array_equal(gradient(backend, f, SINGULAR), np.ones((2, 2)))


def test_single_precision_has_its_own_tolerance(backend: str):
    single = np.asarray(REPEATED, "float32")
    found = gradient(backend, projection, single)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, gradient(backend, projection, REPEATED), atol=1e-4)
    with pytest.raises(DegeneracyError):
        gradient(backend, lambda a: la.eigh(a).eigenvectors[0, 2], single)
