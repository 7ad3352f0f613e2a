"""least_squares: solutions, derivatives, failures."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import solvers
from polyad.conformance.arrays import off, run
from polyad.errors import ConvergenceError, DenseWarning, PolyadTypeError, PolyadValueError

T = np.linspace(0, 1, 7)
DATA = 2 * np.exp(-3 * T) + 0.05 * np.cos(9 * T)
LINEAR = np.random.default_rng(0).normal(size=(9, 4))
TARGET = np.random.default_rng(1).normal(size=9)


def decay(p):
    return p[0] * pnp.exp(p[1] * T)


@pytest.mark.parametrize("backend", ["numpy", "torch", "native"])
@pytest.mark.parametrize("linear_solver", ["dense", "cg"])
def test_a_linear_problem(backend, linear_solver):
    """The solution is that of the normal equations, and linear in the target."""
    solve = lambda a, b: (
        solvers.least_squares(lambda x: a @ x - b, 0 * a[0], linear_solver=linear_solver).value
    )
    expected = np.linalg.lstsq(LINEAR, TARGET)[0]
    found = run(backend, solve, [LINEAR, TARGET])
    np.testing.assert_allclose(off(found), expected, rtol=1e-6)
    jacobian = run(backend, polyad.jacrev(solve, 1), [LINEAR, TARGET])
    np.testing.assert_allclose(off(jacobian), np.linalg.pinv(LINEAR), rtol=1e-6, atol=1e-9)


def test_rosenbrocks_valley():
    f = lambda x: pnp.stack([10 * (x[1] - x[0] ** 2), 1 - x[0]])
    found = solvers.least_squares(f, np.array([-1.2, 1.0]))
    assert bool(found.converged)
    np.testing.assert_allclose(found.value, [1, 1], rtol=1e-8)


def test_derivatives_by_the_data_take_the_whole_hessian():
    """The residual is not small here, so that Gauss's and Newton's Hessians differ."""
    fit = lambda data: solvers.least_squares(lambda p: decay(p) - data, np.array([1.0, 0.0])).value
    jacobian = polyad.jacfwd(fit)(DATA)
    eps = 1e-5
    for k in (0, 3):
        step = eps * np.eye(7)[k]
        difference = (fit(DATA + step) - fit(DATA - step)) / (2 * eps)
        np.testing.assert_allclose(jacobian[:, k], difference, rtol=1e-5)
    np.testing.assert_allclose(polyad.jacrev(fit)(DATA), jacobian, rtol=1e-8)
    np.testing.assert_allclose(polyad.jit(fit)(DATA), fit(DATA), rtol=1e-9)


def test_sparse_steps_are_dense_ones():
    """Unknowns on a line, of which each residual has two."""
    n = 60
    target = np.linspace(0, 2, n)
    f = lambda x: {"near": x[1:] - pnp.sin(x[:-1]), "data": 0.3 * (x - target)}
    start = np.zeros(n)
    expected = solvers.least_squares(f, start, linear_solver="dense")
    for found in (
        solvers.least_squares(f, start, linear_solver="sparse"),
        polyad.jit(lambda x: solvers.least_squares(f, x, linear_solver="sparse"))(start),
    ):
        assert bool(found.converged)
        np.testing.assert_allclose(found.value, expected.value, rtol=1e-7, atol=1e-9)


def test_indices_keep_their_values_in_derivatives_of_sparse_solutions():
    """Each unknown meets two others by an array of indices, which the derivative's trace captured
    long before the pattern is asked for. A dense pattern would be a `DenseWarning`, an error here.
    """
    n = 50
    other = np.random.default_rng(0).permutation(n)
    f = lambda a: lambda x: 3 * x + pnp.sin(x[other]) - a * pnp.arange(n)
    solve = lambda a: solvers.root(f(a), np.zeros(n), linear_solver="sparse").value
    x = solve(0.1)
    matrix = 3 * np.eye(n)
    matrix[np.arange(n), other] += np.cos(np.asarray(x)[other])
    expected = np.linalg.solve(matrix, np.arange(n)).sum()
    slope = polyad.grad(lambda a: pnp.sum(solve(a)))
    with warnings.catch_warnings():
        warnings.simplefilter("error", DenseWarning)
        np.testing.assert_allclose(slope(0.1), expected, rtol=1e-8)
        np.testing.assert_allclose(polyad.jit(slope)(0.1), expected, rtol=1e-8)


def test_what_does_not_converge():
    f = lambda x: pnp.exp(x)
    found = solvers.least_squares(f, np.zeros(2), maxiter=2)
    assert not bool(found.converged)
    assert int(found.iterations) == 2
    with pytest.raises(ConvergenceError, match="least_squares did not converge"):
        solvers.least_squares(f, np.zeros(2), maxiter=2, strict=True)
    with pytest.raises(PolyadValueError, match=r"'dense', 'sparse'"):
        solvers.least_squares(f, np.zeros(2), linear_solver="lu")
    with pytest.raises(PolyadTypeError, match="x0 is an array of int64"):
        solvers.least_squares(f, np.zeros(2, int))


@pytest.mark.parametrize("seed", range(12))
def test_rounding_does_not_hold_up_the_last_steps(seed):
    """The residual that is left is so large that the last steps do not change its square."""
    rng = np.random.default_rng(seed)
    target, left = rng.normal(size=30), 1e3 * rng.normal(size=30)
    f = lambda x: {"curved": pnp.sin(x) - target, "left": pnp.concat([0.3 * x, left])}
    found = solvers.least_squares(f, np.zeros(30))
    assert bool(found.converged), found.info
