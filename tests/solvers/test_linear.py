"""cg, gmres and bicgstab: solutions, derivatives, preconditioners, failures; on each backend."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax, solvers
from polyad.conformance.arrays import off, on, run
from polyad.errors import ConvergenceError, PolyadTypeError, PolyadValueError, ShapeError
from polyad.test_util import check_grads

BACKENDS = ("numpy", "torch", "array_api_strict", "native")
RNG = np.random.default_rng(0)
N = 8
B = RNG.normal(size=N)
GENERAL = RNG.normal(size=(N, N)) / np.sqrt(N) + 2 * np.eye(N)
POSITIVE = GENERAL @ GENERAL.T
COMPLEX = GENERAL + 1j * RNG.normal(size=(N, N)) / np.sqrt(N)
METHODS = {
    "cg": (solvers.cg, POSITIVE),
    "gmres": (solvers.gmres, GENERAL),
    "gmres restarted": (lambda *a, **k: solvers.gmres(*a, restart=5, **k), GENERAL),
    "bicgstab": (solvers.bicgstab, GENERAL),
}
EACH = pytest.mark.parametrize("name", METHODS)
PLAIN = pytest.mark.parametrize("name", ["cg", "gmres", "bicgstab"])


def solution(name, **options):
    method = METHODS[name][0]
    return lambda a, b: method(a, b, tol=1e-11, **options).value


def loss(f):
    return lambda a, b: pnp.sum(pnp.sin(f(a, b)))


@EACH
@pytest.mark.parametrize("backend", BACKENDS)
def test_the_solution_and_its_derivatives_on_each_backend(name, backend):
    a = METHODS[name][1]
    f = solution(name)
    found = run(backend, f, [a, B])
    np.testing.assert_allclose(off(found), np.linalg.solve(a, B), rtol=1e-8)
    for argnum in (0, 1):
        expected = polyad.grad(loss(pnp.linalg.solve), argnum)(a, B)
        found = run(backend, polyad.grad(loss(f), argnum), [a, B])
        np.testing.assert_allclose(off(found), expected, rtol=1e-7, atol=1e-9)


@pytest.mark.slow
@PLAIN
def test_forward_reverse_and_second_order(name):
    a = METHODS[name][1]
    small = a[:4, :4]
    check_grads(lambda a, b: solution(name)(a + a.T, b) if name == "cg" else solution(name)(a, b),
                (small, B[:4]), order=2, rtol=1e-4)  # fmt: skip


@pytest.mark.slow
@PLAIN
def test_a_batch_is_the_stack_of_a_loop(name):
    a = METHODS[name][1]
    right = RNG.normal(size=(3, N))
    matrices = a + 0.1 * np.eye(N) * np.arange(3)[:, None, None]
    f, slope = solution(name), polyad.grad(loss(solution(name)))
    rows = [f(matrices[i], B) for i in range(3)]
    np.testing.assert_allclose(polyad.vmap(f, (0, None))(matrices, B), rows, rtol=1e-8, atol=1e-10)
    rows = [slope(m, b) for m, b in zip(matrices, right, strict=True)]
    batched = polyad.vmap(slope)
    np.testing.assert_allclose(batched(matrices, right), rows, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(polyad.jit(batched)(matrices, right), rows, rtol=1e-8, atol=1e-10)


@EACH
def test_info_counts_and_tells(name):
    method, a = METHODS[name]
    x, info = method(a, B, tol=1e-10)
    assert bool(info.converged)
    assert 1 <= info.iterations <= 4 * N
    np.testing.assert_allclose(info.residual, np.linalg.norm(B - a @ x), rtol=1e-3, atol=1e-16)
    again = polyad.jit(lambda a, b: method(a, b, tol=1e-10).info)(a, B)
    assert again.iterations == info.iterations and bool(again.converged)
    assert method(a, np.zeros(N)).info == (True, 0, 0.0)


@EACH
def test_a_start_a_function_and_a_pytree(name):
    method, a = METHODS[name]
    x = np.linalg.solve(a, B)
    warm = method(a, B, x + 1e-9, tol=1e-6)
    assert warm.iterations == 0 and bool(warm.converged)

    def by_parts(v):
        whole = a @ pnp.concat([v["u"], pnp.reshape(v["w"], (4,))])
        return {"u": whole[:4], "w": pnp.reshape(whole[4:], (2, 2))}

    b = {"u": B[:4], "w": B[4:].reshape(2, 2)}
    found = method(by_parts, b, tol=1e-11).value
    np.testing.assert_allclose(found["u"], x[:4], rtol=1e-8)
    np.testing.assert_allclose(found["w"], x[4:].reshape(2, 2), rtol=1e-8)
    start = {"u": np.ones(4), "w": np.ones((2, 2))}
    found = method(by_parts, b, start, tol=1e-11).value
    np.testing.assert_allclose(found["u"], x[:4], rtol=1e-8)


@PLAIN
def test_from_a_start_derivatives_are_the_same_and_none_goes_to_it(name):
    a = METHODS[name][1]
    start = RNG.normal(size=N)
    f = loss(solution(name, x0=start))
    for argnum in (0, 1):
        expected = polyad.grad(loss(pnp.linalg.solve), argnum)(a, B)
        np.testing.assert_allclose(polyad.grad(f, argnum)(a, B), expected, rtol=1e-7, atol=1e-9)
    by_start = polyad.grad(lambda s: loss(solution(name, x0=s))(a, B))
    np.testing.assert_array_equal(by_start(start), np.zeros(N))


@pytest.mark.slow
@PLAIN
def test_a_preconditioner_saves_iterations_and_changes_no_derivative(name):
    a = METHODS[name][1]
    scale = 10.0 ** np.linspace(0, 3, N)
    a = np.sqrt(scale)[:, None] * a * np.sqrt(scale) if name == "cg" else scale[:, None] * a
    inverse = np.linalg.inv(a + 0.01 * np.diag(np.diag(a)))
    method = METHODS[name][0]
    options = {"tol": 1e-12, "maxiter": 1000}
    plain, better = method(a, B, **options), method(a, B, M=inverse, **options)
    assert bool(better.converged)
    assert better.iterations < plain.iterations
    f = loss(lambda a, b: method(a, b, M=lambda v: inverse @ v, **options).value)
    for argnum in (0, 1):
        expected = polyad.grad(loss(pnp.linalg.solve), argnum)(a, B)
        found = polyad.jit(polyad.grad(f, argnum))(a, B)
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8 * np.abs(expected).max())


@PLAIN
def test_complex_systems(name):
    a = COMPLEX @ COMPLEX.conj().T if name == "cg" else COMPLEX
    b = B + 1j * RNG.normal(size=N)
    size = lambda f: lambda a, b: pnp.sum(pnp.abs(f(a, b)) ** 2)
    np.testing.assert_allclose(solution(name)(a, b), np.linalg.solve(a, b), rtol=1e-8)
    for argnum in (0, 1):
        expected = polyad.grad(size(pnp.linalg.solve), argnum)(a, b)
        found = polyad.grad(size(solution(name)), argnum)(a, b)
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


@pytest.mark.slow
@PLAIN
def test_gradients_reach_the_closure_of_the_map(name):
    def by_function(d):
        linear = lambda v: d * v + 0.1 * pnp.sum(v)
        return METHODS[name][0](linear, B, tol=1e-11).value

    def by_matrix(d):
        return pnp.linalg.solve(pnp.eye(N) * d + 0.1, B)

    d = np.linspace(1.0, 3.0, N)
    jacobian = polyad.jacrev(by_matrix)(d)
    for mode in (polyad.jacrev, polyad.jacfwd):
        np.testing.assert_allclose(mode(by_function)(d), jacobian, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(polyad.jit(mode(by_function))(d), jacobian, rtol=1e-7, atol=1e-9)


@pytest.mark.slow
def test_a_solver_inside_the_map_of_another():
    """A Schur complement: the inner solve is linear, so the outer one can transpose it."""

    def f(a, b):
        inner = lambda v: solvers.gmres(a, v, tol=1e-12).value
        outer = lambda v: 4 * v - 0.1 * inner(v)
        return solvers.gmres(outer, b, tol=1e-12).value

    plain = lambda a, b: pnp.linalg.solve(4 * pnp.eye(N) - 0.1 * pnp.linalg.inv(a), b)
    for argnum in (0, 1):
        expected = polyad.grad(loss(plain), argnum)(GENERAL, B)
        found = polyad.grad(loss(f), argnum)(GENERAL, B)
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-10)


def test_single_precision_stays_single():
    single = [x.astype("float32") for x in (POSITIVE, B)]
    for method in (solvers.cg, solvers.gmres, solvers.bicgstab):
        x, info = method(*single)
        assert x.dtype == np.float32 and bool(info.converged)
        assert polyad.jit(method)(*single).value.dtype == np.float32


def test_compiled_solvers_are_loops_and_ask_python_for_nothing():
    for method in (solvers.cg, solvers.gmres, solvers.bicgstab):
        told = polyad.jit(lambda a, b, m=method: m(a, b).value).lower(POSITIVE, B).explain()
        assert "no host calls" in told and "while its condition holds" in told


# -- Failures --------------------------------------------------------------------------------------


@EACH
def test_without_enough_iterations_the_flag_says_so(name):
    method, a = METHODS[name]
    options = {"tol": 1e-14, "maxiter": 1}
    options |= {"restart": 2} if name == "gmres" else {}
    x, info = method(a, B, **options)
    assert not bool(info.converged)
    assert np.all(np.isfinite(x))
    assert not bool(polyad.jit(lambda: method(a, B, **options).converged)())
    with pytest.raises(ConvergenceError, match="did not converge: after") as error:
        method(a, B, strict=True, **options)
    assert "test_linear.py" in str(error.value) and "maxiter" in str(error.value)
    with pytest.raises(ConvergenceError):
        polyad.grad(lambda b: pnp.sum(method(a, b, strict=True, **options).value))(B)


@EACH
def test_a_singular_map_ends_unconverged_and_finite(name):
    singular = np.diag([1.0, 2.0, 0.0])
    for a in (singular, np.zeros((3, 3))):
        x, info = METHODS[name][0](a, np.ones(3))
        assert not bool(info.converged)
        assert np.all(np.isfinite(x))


def test_cg_stops_at_a_map_that_is_not_positive():
    x, info = solvers.cg(np.diag([1.0, -1.0]), np.array([1.0, 1.0]))
    assert not bool(info.converged) and np.all(np.isfinite(x))


def test_strict_is_heard_in_compiled_programs_and_batches():
    f = lambda b: solvers.cg(POSITIVE, b, maxiter=2, strict=True).value
    easy = np.linalg.eigh(POSITIVE)[1][:, 0]  # takes one iteration
    for g in (f, polyad.jit(f), polyad.jit(polyad.grad(lambda b: pnp.sum(f(b))))):
        assert np.all(np.isfinite(g(easy)))
        with pytest.raises(ConvergenceError, match="cg did not converge: after 2 iterations"):
            g(B)
    for g in (polyad.vmap(f), polyad.jit(polyad.vmap(f))):
        assert g(np.stack([easy, easy])).shape == (2, N)
        with pytest.raises(ConvergenceError, match="cg did not converge"):
            g(np.stack([easy, B]))


def test_maps_that_do_not_fit():
    with pytest.raises(ShapeError, match=r"A is a square matrix, not an array of shape \(2, 3\)"):
        solvers.cg(np.ones((2, 3)), B)
    with pytest.raises(PolyadTypeError, match="M is a matrix or a function, not a str"):
        solvers.gmres(GENERAL, B, M="jacobi")
    with pytest.raises(PolyadTypeError, match=r"b is f64\[8\], and matvec gives f64\[\]"):
        solvers.gmres(pnp.sum, B)
    with pytest.raises(PolyadTypeError, match=r"b is an array of int64"):
        solvers.cg(np.eye(2), np.array([1, 2]))
    with pytest.raises(PolyadTypeError, match=r"x0 has the structure and shapes .*\(8,\).*, and b"):
        solvers.cg(POSITIVE, B, (B, B))
    with pytest.raises(PolyadTypeError, match=r"x0 has the structure and shapes \(3,\), and b"):
        solvers.cg(POSITIVE, B, np.ones(3))
    with pytest.raises(PolyadValueError, match="maxiter is an integer, at least 0, not -1"):
        solvers.cg(POSITIVE, B, maxiter=-1)
    with pytest.raises(PolyadValueError, match="restart is an integer, at least 1, not 0"):
        solvers.gmres(GENERAL, B, restart=0)
    with pytest.raises(PolyadValueError, match="solve_method is 'incremental' or 'batched'"):
        solvers.gmres(GENERAL, B, solve_method="exact")


def test_the_same_iterates_as_written_out():
    """Two steps of conjugate gradients against the textbook's recurrence."""
    x, r, p = np.zeros(N), B, B
    for _ in range(2):
        alpha = r @ r / (p @ POSITIVE @ p)
        x, new = x + alpha * p, r - alpha * POSITIVE @ p
        p, r = new + (new @ new) / (r @ r) * p, new
    np.testing.assert_allclose(solvers.cg(POSITIVE, B, maxiter=2).value, x, rtol=1e-12)


def test_gmres_has_the_least_residual_of_its_krylov_space():
    steps = 4
    krylov = np.stack([np.linalg.matrix_power(GENERAL, k) @ B for k in range(steps)], axis=1)
    least = np.linalg.lstsq(GENERAL @ krylov, B, rcond=None)[0]
    expected = np.linalg.norm(B - GENERAL @ krylov @ least)
    found = solvers.gmres(GENERAL, B, tol=1e-14, restart=steps, maxiter=1)
    assert found.iterations == steps
    np.testing.assert_allclose(found.residual, expected, rtol=1e-10)


def test_a_solve_in_a_scan():
    def f(b):
        step = lambda x, _: (solvers.cg(POSITIVE, x, tol=1e-12).value, None)
        return lax.scan(step, b, None, length=3)[0]

    thrice = np.linalg.matrix_power(np.linalg.inv(POSITIVE), 3)
    np.testing.assert_allclose(polyad.jacrev(f)(B), thrice, rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(polyad.jit(polyad.jacrev(f))(B), thrice, rtol=1e-7, atol=1e-12)


def test_arrays_of_a_backend_stay_there():
    torch = pytest.importorskip("torch")
    for method in (solvers.cg, solvers.gmres, solvers.bicgstab):
        a, b = on("torch", [POSITIVE, B])
        x, info = method(a, b, b)
        assert isinstance(x, torch.Tensor) and isinstance(info.residual, torch.Tensor)
