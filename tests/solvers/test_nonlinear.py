"""root, bisect, fixed_point and minimize: solutions, derivatives in every mode, failures."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import solvers
from polyad.conformance.arrays import off, on, run
from polyad.errors import ConvergenceError, PolyadTypeError, PolyadValueError
from polyad.test_util import check_grads

BACKENDS = ("numpy", "torch", "array_api_strict", "native")
RNG = np.random.default_rng(0)
W = RNG.normal(size=(3, 3)) / 3
A = np.array([0.3, -0.2, 0.5])


def zeros(a):
    return pnp.zeros_like(a)


def rooted(a, **options):
    """x with x + x³ + sum of x / 10 = a, of which the Jacobian is not symmetric."""
    weights = pnp.asarray([0.1, 0.2, 0.3])
    f = lambda x: x + x**3 + pnp.sum(x * weights) - a
    return solvers.root(f, zeros(a), **options).value


def settled(a, **options):
    f = lambda x: pnp.tanh(pnp.matmul(pnp.asarray(W.tolist()), x) + a)
    return solvers.fixed_point(f, zeros(a), **options).value


def lowest(a, **options):
    f = lambda x: pnp.sum((x - a) ** 4) + pnp.sum(x * x) + pnp.sum(x) ** 2 / 2
    return solvers.minimize(f, zeros(a), **options).value


def bisected(a):
    return solvers.bisect(lambda x: x**3 + x - pnp.sum(a * a), 0.0, 2.0).value


def option(f, **options):
    return lambda a: f(a, **options)


SOLVERS = {
    "root": rooted,
    "root by gmres": option(rooted, linear_solver="gmres"),
    "fixed point": settled,
    "fixed point accelerated": option(settled, history=2),
    "fixed point damped": option(settled, damping=0.7, linear_solver="dense"),
    "minimum by bfgs": lowest,
    "minimum by newton-cg": option(lowest, method="newton-cg", linear_solver="cg"),
    "bisection": bisected,
}
RESIDUALS = {
    "root": lambda x, a: x + x**3 + x @ [0.1, 0.2, 0.3] - a,
    "fixed": lambda x, a: np.tanh(W @ x + a) - x,
    "minimum": lambda x, a: 4 * (x - a) ** 3 + 2 * x + x.sum(),
    "bisection": lambda x, a: x**3 + x - a @ a,
}
EACH = pytest.mark.parametrize("name", SOLVERS)


@EACH
@pytest.mark.parametrize("backend", BACKENDS)
def test_the_equation_holds_on_each_backend(name, backend):
    x = off(run(backend, SOLVERS[name], [A]))
    np.testing.assert_allclose(RESIDUALS[name.split()[0]](x, A), 0 * x, atol=1e-8)


@pytest.mark.share(3)
@EACH
@pytest.mark.parametrize("backend", BACKENDS)
def test_the_derivative_is_the_limit_of_differences_on_each_backend(name, backend):
    f, step = SOLVERS[name], 1e-4
    columns = [(f(A + step * e) - f(A - step * e)) / (2 * step) for e in np.eye(3)]
    expected = np.stack(columns, axis=-1)
    found = off(run(backend, polyad.jacrev(f), [A]))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.share(2)
@pytest.mark.slow
@EACH
def test_both_modes_to_second_order(name):
    check_grads(SOLVERS[name], (A,), order=2, rtol=1e-3, atol=1e-3)
    forward, reverse = polyad.jacfwd(SOLVERS[name])(A), polyad.jacrev(SOLVERS[name])(A)
    np.testing.assert_allclose(forward, reverse, rtol=1e-7, atol=1e-9)
    compiled = polyad.jit(polyad.jacfwd(SOLVERS[name]))(A)
    np.testing.assert_allclose(compiled, forward, rtol=1e-7, atol=1e-9)


@pytest.mark.share(2)
@pytest.mark.slow
@EACH
def test_a_batch_is_the_stack_of_a_loop(name):
    many = A + RNG.normal(size=(3, 3)) / 5
    f = SOLVERS[name]
    slope = polyad.grad(lambda a: pnp.sum(pnp.sin(f(a))))
    for h in (f, slope):
        rows = [h(a) for a in many]
        np.testing.assert_allclose(polyad.vmap(h)(many), rows, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(polyad.jit(polyad.vmap(f))(many), [f(a) for a in many], atol=1e-8)


def test_pytrees_of_several_dtypes():
    def f(a):
        def equations(v):
            return {"x": v["x"] ** 2 - a + v["y"] * 0.1, "y": v["y"] ** 3 + v["y"] - 1}

        start = {"x": np.ones(2), "y": np.float32(1.0)}
        return solvers.root(equations, start, tol=1e-6)

    solution = f(np.array([2.0, 3.0]))
    assert bool(solution.converged)
    assert solution.value["y"].dtype == np.float32
    np.testing.assert_allclose(solution.value["y"], 0.6823278, rtol=1e-6)
    x = np.sqrt(np.array([2.0, 3.0]) - 0.06823278)
    np.testing.assert_allclose(solution.value["x"], x, rtol=1e-6)
    slope = polyad.jacrev(lambda a: f(a).value["x"])(np.array([2.0, 3.0]))
    np.testing.assert_allclose(slope, np.diag(0.5 / x), rtol=1e-5, atol=1e-7)


def test_complex_roots_and_fixed_points():
    f = lambda a: solvers.root(lambda z: z * z - a, a).value
    a = np.array([1.0 + 2.0j, -3.0 + 0.5j])
    np.testing.assert_allclose(f(a) ** 2, a)
    slope = polyad.grad(lambda z: f(pnp.reshape(z, (1,)))[0], holomorphic=True)(a[0])
    np.testing.assert_allclose(slope, 0.5 / f(a)[0])
    cosine = solvers.fixed_point(lambda z: pnp.cos(z) * 0.5, np.array([0.1 + 0.1j]), history=1)
    np.testing.assert_allclose(cosine.value, np.cos(cosine.value) / 2, atol=1e-9)


def test_a_step_that_is_too_long_is_shortened():
    """Newton's method by itself diverges from here."""
    solution = solvers.root(pnp.arctan, np.array([3.0]))
    assert bool(solution.converged)
    np.testing.assert_allclose(solution.value, 0.0, atol=1e-9)


def test_acceleration_takes_fewer_iterations():
    f = lambda x: pnp.cos(x) * np.array([0.9, 1.0, 0.8])
    plain, fast = (solvers.fixed_point(f, np.zeros(3), history=m) for m in (0, 3))
    np.testing.assert_allclose(fast.value, plain.value, atol=1e-9)
    assert fast.iterations * 3 < plain.iterations


def test_acceleration_solves_a_linear_equation_within_its_dimension():
    """Walker and Ni 2011, theorem 2.2: on linear maps it is GMRES in disguise."""
    f = lambda x: W @ x + A
    solution = solvers.fixed_point(f, np.zeros(3), history=3, tol=1e-9)
    assert solution.iterations <= 5
    np.testing.assert_allclose(solution.value, np.linalg.solve(np.eye(3) - W, A), rtol=1e-8)


def test_a_valley_and_its_parameters():
    def f(a, method):
        banana = lambda x: pnp.sum((a - x[:-1]) ** 2 + 100 * (x[1:] - x[:-1] ** 2) ** 2)
        return solvers.minimize(banana, np.zeros(4), method=method)

    for method in ("bfgs", "newton-cg"):
        solution = f(1.0, method)
        assert bool(solution.converged)
        np.testing.assert_allclose(solution.value, np.ones(4), atol=1e-7)
        compiled = polyad.jit(lambda a, m=method: f(a, m))(1.0)
        assert compiled.iterations == solution.iterations
    a, b = (polyad.jacfwd(lambda a, m=m: f(a, m).value)(1.2) for m in ("bfgs", "newton-cg"))
    np.testing.assert_allclose(a, b, rtol=1e-5)


def test_bisection_of_functions_without_slope_and_of_exact_ends():
    step = solvers.bisect(lambda x: pnp.where(x < 0.3, -1.0, 1.0), 0.0, 1.0)
    np.testing.assert_allclose(step.value, 0.3, rtol=1e-12)
    for low, high in ((0.0, 1.0), (-1.0, 0.0), (-1.0, 2.0), (2.0, -1.0)):
        solution = solvers.bisect(lambda x: x, low, high)
        assert bool(solution.converged)
        np.testing.assert_allclose(solution.value, 0.0, atol=1e-14)
    assert solvers.bisect(lambda x: x - 0.5, 0, 1).value == 0.5
    single = solvers.bisect(lambda x: x**2 - 2, np.float32(0), np.float32(2), tol=0.0)
    assert single.value.dtype == np.float32 and bool(single.converged)


def test_the_cost_of_derivatives_does_not_grow_with_the_iterations():
    """No stack is recorded: nothing of the iterations is kept."""
    text = str(polyad.make_ir(polyad.grad(lambda a: pnp.sum(settled(a))))(A))
    assert "while" in text and "stack" not in text


def test_arrays_of_a_backend_stay_there():
    torch = pytest.importorskip("torch")
    (a,) = on("torch", [A])
    for f in (rooted, option(settled, history=2), lowest):
        with polyad.use_backend("torch"):
            assert isinstance(f(a), torch.Tensor)
            assert isinstance(polyad.jacrev(f)(a), torch.Tensor)


# -- Failures --------------------------------------------------------------------------------------

HOPELESS = {
    "root": lambda **k: solvers.root(lambda x: x**2 + 1, np.array([1.0, 2.0]), **k),
    "flat root": lambda **k: solvers.root(lambda x: 0 * x + 1, np.zeros(2), **k),
    "fixed_point": lambda **k: solvers.fixed_point(lambda x: x + 1, 0.0, maxiter=9, **k),
    "accelerated": lambda **k: solvers.fixed_point(
        lambda x: x * x + 1, np.ones(2), maxiter=9, history=2, **k
    ),
    "minimize": lambda **k: solvers.minimize(pnp.sum, np.zeros(2), maxiter=9, **k),
    "newton-cg": lambda **k: solvers.minimize(
        pnp.sum, np.zeros(2), method="newton-cg", maxiter=9, **k
    ),
    "bisect": lambda **k: solvers.bisect(lambda x: x - 0.3, 0.0, 1.0, maxiter=3, **k),
}


@pytest.mark.parametrize("name", HOPELESS)
def test_failure_to_converge_is_flagged_or_an_error(name):
    solution = HOPELESS[name]()
    assert not bool(solution.converged)
    assert not bool(polyad.jit(lambda: HOPELESS[name]().converged)())
    with pytest.raises(ConvergenceError, match="did not converge: after") as error:
        HOPELESS[name](strict=True)
    assert "test_nonlinear.py" in str(error.value) and "Give" in str(error.value)


def test_strict_is_heard_under_grad():
    f = lambda a: solvers.root(lambda x: x**2 + a, 1.0, strict=True).value
    with pytest.raises(ConvergenceError, match="root did not converge"):
        polyad.grad(f)(1.0)
    np.testing.assert_allclose(polyad.grad(f)(-4.0), -0.25)


def test_an_interval_without_a_change_of_sign():
    f = lambda a: solvers.bisect(lambda x: x * x + a, -1.0, 1.0)
    with pytest.raises(PolyadValueError, match="one sign at both ends, -1 and 1") as error:
        f(1.0)
    assert "test_nonlinear.py" in str(error.value)
    assert not bool(polyad.jit(f)(1.0).converged)


def test_bad_arguments():
    x = np.ones(2)
    with pytest.raises(PolyadValueError, match="linear_solver is one of 'dense', 'sparse', 'cg'"):
        solvers.root(pnp.sin, x, linear_solver="lu")
    with pytest.raises(PolyadValueError, match="method is one of 'bfgs', 'newton-cg', not 'sgd'"):
        solvers.minimize(pnp.sum, x, method="sgd")
    with pytest.raises(PolyadValueError, match=r"damping is a number in \(0, 1\], not 0"):
        solvers.fixed_point(pnp.sin, x, damping=0)
    with pytest.raises(PolyadValueError, match="history is an integer, at least 0, not -1"):
        solvers.fixed_point(pnp.sin, x, history=-1)
    with pytest.raises(PolyadTypeError, match=r"f gives a number, not an array of shape \(2,\)"):
        solvers.minimize(pnp.sin, x)
    for solver in (solvers.root, solvers.fixed_point):
        told = rf"{solver.__name__}: x0 has the structure and shapes \(2,\), and what f gives \(\)"
        with pytest.raises(PolyadTypeError, match=told):
            solver(pnp.sum, x)
        with pytest.raises(PolyadTypeError, match=r"what f gives .*, .*"):
            polyad.jit(lambda x, s=solver: s(lambda x: (x, x), x))(x)
    with pytest.raises(PolyadTypeError, match="x0 is an array of int64"):
        solvers.root(pnp.sin, np.array([1, 2]))
    with pytest.raises(PolyadTypeError, match=r"lower is a number, not an array of shape \(2,\)"):
        solvers.bisect(pnp.sin, x, 3.0)
