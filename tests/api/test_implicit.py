"""custom_linear_solve and custom_root against the same functions written out, in every
transformation, and their errors.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.errors import (
    ConcretizationError,
    NotDifferentiableError,
    PolyadTypeError,
    PolyadValueError,
)
from polyad.test_util import check_grads

RNG = np.random.default_rng(0)
A = RNG.normal(size=(3, 3)) + 4 * np.eye(3)
S = A @ A.T
B = RNG.normal(size=3)


def dense(matvec, b):
    return pnp.linalg.solve(polyad.vmap(matvec, out_axes=1)(pnp.eye(3)), b)


def implicit(a, b):
    return lax.custom_linear_solve(lambda x: a @ x, b, dense, dense)


def scalar(f):
    return lambda *args: pnp.sum(pnp.sin(f(*args)))


TRANSFORMS = {
    "value": lambda f: f,
    "grad by the matrix": lambda f: polyad.grad(scalar(f)),
    "grad by the right-hand side": lambda f: polyad.grad(scalar(f), 1),
    "hessian by the matrix": lambda f: polyad.hessian(scalar(f)),
    "forward over reverse": lambda f: polyad.jacfwd(polyad.grad(scalar(f), 1), 0),
    "reverse over forward": lambda f: polyad.jacrev(polyad.jacfwd(scalar(f), 1), 0),
    "reverse over reverse": lambda f: polyad.jacrev(polyad.grad(scalar(f)), 1),
}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_linear_solve_equals_its_solver_written_out(name):
    found, expected = TRANSFORMS[name](implicit), TRANSFORMS[name](pnp.linalg.solve)
    np.testing.assert_allclose(found(A, B), expected(A, B), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(polyad.jit(found)(A, B), expected(A, B), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("axes", [(0, None), (None, 0), (0, 0)])
@pytest.mark.parametrize("name", ["value", "grad by the matrix", "forward over reverse"])
def test_a_batch_of_linear_solves_is_the_stack_of_a_loop(name, axes):
    matrices, right = A + RNG.normal(size=(4, 3, 3)) / 3, RNG.normal(size=(4, 3))
    given = (A if axes[0] is None else matrices, B if axes[1] is None else right)
    f = TRANSFORMS[name](implicit)
    rows = [
        f(*(x if axis is None else x[i] for x, axis in zip(given, axes, strict=True)))
        for i in range(4)
    ]
    batched = polyad.vmap(f, axes)
    np.testing.assert_allclose(batched(*given), rows, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(polyad.jit(batched)(*given), rows, rtol=1e-12, atol=1e-14)


def test_a_symmetric_map_is_its_own_transpose():
    """The solver is told apart from its transpose, and gives the gradient all the same."""
    calls = []

    def counted(matvec, b):
        calls.append(b)
        return dense(matvec, b)

    def f(s, b):
        return lax.custom_linear_solve(lambda x: s @ x, b, counted, symmetric=True)

    gradient = polyad.grad(scalar(f))(S, B)
    np.testing.assert_allclose(gradient, polyad.grad(scalar(pnp.linalg.solve))(S, B), rtol=1e-11)
    assert len(calls) == 1


def test_the_transposed_solve_is_given_the_transposed_map():
    seen = []

    def back(vecmat, ct):
        seen.append(vecmat(np.array([1.0, 0.0, 0.0])))
        return dense(vecmat, ct)

    def f(b):
        return lax.custom_linear_solve(lambda x: A @ x, b, dense, back)

    polyad.grad(scalar(f))(B)
    np.testing.assert_allclose(seen[0], A[0])


def test_pytrees_and_auxiliary_results():
    def f(a, b):
        def matvec(x):
            return {"u": a @ x["u"] + x["v"], "v": 3 * x["v"] - pnp.sum(x["u"])}

        def solve(matvec, b):
            flat = lambda t: pnp.concat([t["u"], pnp.reshape(t["v"], (1,))])
            deep = lambda t: {"u": t[:3], "v": t[3]}
            columns = polyad.vmap(lambda t: flat(matvec(deep(t))), out_axes=1)(pnp.eye(4))
            return deep(pnp.linalg.solve(columns, flat(b))), {"steps": 1, "norm": pnp.sum(b["u"])}

        return lax.custom_linear_solve(matvec, b, solve, solve, has_aux=True)

    b = {"u": B, "v": 0.5}
    x, aux = f(A, b)
    np.testing.assert_allclose(A @ x["u"] + x["v"], B)
    assert aux["steps"] == 1
    loss = lambda a, b: pnp.sum(f(a, b)[0]["u"] ** 2) + f(a, b)[0]["v"]
    check_grads(loss, (A, b), order=2)
    slope = polyad.grad(lambda b: f(A, b)[1]["norm"])(b)
    np.testing.assert_array_equal(slope["u"], np.zeros(3))


def test_a_linear_solve_is_linear_in_its_right_hand_side():
    (found,) = polyad.linear_transpose(lambda b: implicit(A, b), B)(B)
    np.testing.assert_allclose(found, np.linalg.solve(A.T, B), rtol=1e-12)


def test_a_complex_system():
    a = A + 1j * RNG.normal(size=(3, 3))
    b = B + 1j * RNG.normal(size=3)

    def solve(matvec, b):
        eye = pnp.astype(pnp.eye(3), pnp.complex128)
        return pnp.linalg.solve(polyad.vmap(matvec, out_axes=1)(eye), b)

    f = lambda a, b: pnp.sum(
        pnp.abs(lax.custom_linear_solve(lambda x: a @ x, b, solve, solve)) ** 2
    )
    plain = lambda a, b: pnp.sum(pnp.abs(pnp.linalg.solve(a, b)) ** 2)
    for argnum in (0, 1):
        expected = polyad.grad(plain, argnum)(a, b)
        np.testing.assert_allclose(polyad.grad(f, argnum)(a, b), expected, rtol=1e-10)


def test_a_solve_inside_a_loop_inside_a_branch():
    def f(a, b):
        def step(x, _):
            return implicit(a, x), None

        repeated = lambda x: lax.scan(step, x, None, length=3)[0]
        return lax.cond(pnp.sum(b) > -100.0, repeated, lambda x: x, b)

    plain = lambda a, b: pnp.linalg.solve(a, pnp.linalg.solve(a, pnp.linalg.solve(a, b)))
    for h in (lambda f: f, lambda f: polyad.grad(scalar(f)), lambda f: polyad.grad(scalar(f), 1)):
        np.testing.assert_allclose(h(f)(A, B), h(plain)(A, B), rtol=1e-11)
        np.testing.assert_allclose(polyad.jit(h(f))(A, B), h(plain)(A, B), rtol=1e-11)


# -- custom_root -----------------------------------------------------------------------------------


def newton(f, x):
    step = lambda x: x - f(x) / polyad.jvp(f, (x,), (1.0,))[1]
    return lax.while_loop(lambda x: abs(f(x)) > 1e-12, step, x)


def cube_root(a):
    return lax.custom_root(lambda x: x**3 - a, 1.5, newton, lambda g, y: y / g(1.0))


@pytest.mark.parametrize("order", range(4))
def test_a_root_to_any_order(order):
    f, expected = cube_root, lambda a: a ** (1 / 3)
    for _ in range(order):
        f, expected = polyad.grad(f), polyad.grad(expected)
    points = np.array([2.0, 3.0, 8.0])
    wanted = [expected(a) for a in points]
    np.testing.assert_allclose([f(a) for a in points], wanted, rtol=1e-9)
    np.testing.assert_allclose([polyad.jit(f)(a) for a in points], wanted, rtol=1e-9)
    np.testing.assert_allclose(polyad.vmap(f)(points), wanted, rtol=1e-9)
    np.testing.assert_allclose(polyad.jit(polyad.vmap(f))(points), wanted, rtol=1e-9)


class Point(NamedTuple):
    x: object
    y: object


def intersection(radius, slope):
    """Where the circle meets the line."""

    def f(p):
        return Point(p.x**2 + p.y**2 - radius**2, p.y - slope * p.x)

    def linear(g, v):
        flat = lambda p: pnp.stack([p.x, p.y])
        columns = polyad.vmap(lambda t: flat(g(Point(t[0], t[1]))), out_axes=1)(pnp.eye(2))
        x = pnp.linalg.solve(columns, flat(v))
        return Point(x[0], x[1])

    def solve(f, p):
        def step(_, p):
            move = linear(lambda t: polyad.jvp(f, (p,), (t,))[1], f(p))
            return Point(p.x - move.x, p.y - move.y)

        return lax.fori_loop(0, 12, step, p), {"steps": 12}

    return lax.custom_root(f, Point(1.0, 1.0), solve, linear, has_aux=True)


def test_a_root_of_several_unknowns_with_auxiliary_results():
    def exact(radius, slope):
        return radius / pnp.sqrt(1 + slope**2)

    p, aux = intersection(2.0, 0.5)
    np.testing.assert_allclose([p.x, p.y], [exact(2.0, 0.5), 0.5 * exact(2.0, 0.5)])
    assert aux == {"steps": 12}
    x = lambda *args: intersection(*args)[0].x
    for h in (polyad.grad, lambda f: polyad.grad(f, 1), lambda f: polyad.hessian(f, (0, 1))):
        expected = h(exact)(2.0, 0.5)
        np.testing.assert_allclose(h(x)(2.0, 0.5), expected, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(polyad.jit(h(x))(2.0, 0.5), expected, rtol=1e-12, atol=1e-15)
    check_grads(x, (2.0, 0.5), order=2)


def test_the_guess_has_derivative_zero():
    def f(guess):
        return lax.custom_root(lambda x: x**2 - 2, guess, newton, lambda g, y: y / g(1.0))

    assert polyad.grad(f)(1.0) == 0.0
    np.testing.assert_allclose(polyad.jit(f)(1.0), np.sqrt(2))


def test_residuals_of_the_function_are_computed_once_for_the_linear_map():
    """The derivative at the root is split: what depends on the root alone is not in the loop."""

    def tangent(g, y):
        return lax.fori_loop(0, 5, lambda _, v: v - 0.2 * (g(v) - y), y)

    def f(a):
        return lax.custom_root(lambda x: pnp.exp(x) - a, 1.0, newton, tangent)

    text = str(polyad.make_ir(f)(2.0))
    region = text[text.index("@tangent_solve") :]
    assert "exp" in region[: region.index("scan")]
    assert "exp" not in region[region.index("scan") :]


# -- Errors ----------------------------------------------------------------------------------------


def test_reverse_mode_without_a_transposed_solve():
    f = lambda b: lax.custom_linear_solve(lambda x: A @ x, b, dense)
    np.testing.assert_allclose(polyad.jvp(f, (B,), (B,))[1], np.linalg.solve(A, B))
    with pytest.raises(NotDifferentiableError, match="Pass transpose_solve, or symm") as e:
        polyad.grad(scalar(f))(B)
    assert "test_implicit.py" in str(e.value)


@pytest.mark.parametrize("run", [lambda f, b: f(b), lambda f, b: polyad.jit(f)(b)])
def test_results_that_are_not_like_the_unknown(run):
    def with_matvec(matvec):
        return lambda b: lax.custom_linear_solve(matvec, b, lambda m, b: m(b))

    with pytest.raises(PolyadTypeError, match=r"b is f64\[3\], and matvec gives f64\[2\]") as e:
        run(with_matvec(lambda x: A[:2] @ x), B)
    assert "test_implicit.py" in str(e.value)
    with pytest.raises(PolyadTypeError, match=r"Cast b, \.astype\('float64'\)"):
        run(with_matvec(lambda x: A @ x), np.array([1, 2, 3]))
    with pytest.raises(PolyadTypeError, match=r"b is the pytree .* matvec gives"):
        run(with_matvec(lambda x: (x, x)), B)
    with pytest.raises(PolyadTypeError, match=r"b\['u'\] is f64\[3\], and solve gives f64\[\]"):
        run(
            lambda b: lax.custom_linear_solve(
                lambda x: x, {"u": b}, lambda m, b: {"u": pnp.sum(b["u"])}
            ),
            B,
        )
    with pytest.raises(PolyadTypeError, match=r"has_aux=True solve returns a pair"):
        run(lambda b: lax.custom_linear_solve(lambda x: x, b, dense, has_aux=True), B)


@pytest.mark.parametrize("run", [lambda f, b: f(b), lambda f, b: polyad.jit(f)(b)])
def test_a_function_that_is_not_like_its_guess(run):
    def root(f, solve=lambda f, x: x):
        return lambda x: lax.custom_root(f, x, solve, lambda g, y: y)

    with pytest.raises(PolyadTypeError, match=r"initial_guess is f64\[3\], and f gives f64\[\]"):
        run(root(pnp.sum, lambda f, x: f(x)), B)
    with pytest.raises(PolyadTypeError, match=r"guess is f64\[3\], and solve gives f64\[\]"):
        run(root(pnp.sin, lambda f, x: pnp.sum(x)), B)


def test_the_solver_of_the_tangent_is_checked_too():
    f = lambda x: lax.custom_root(pnp.sin, x, lambda f, x: x, lambda g, y: pnp.sum(y))
    with pytest.raises(PolyadTypeError, match=r"and tangent_solve gives f64\[\]"):
        polyad.jit(f)(B)


def test_a_map_that_is_not_linear():
    f = lambda b: lax.custom_linear_solve(pnp.sin, b, lambda m, b: b, lambda m, b: b)
    with pytest.raises(NotDifferentiableError, match="not linear: sin"):
        polyad.grad(scalar(f))(B)


def test_an_equation_is_not_linear_in_its_closure():
    with pytest.raises(NotDifferentiableError, match="linear in its right-hand side"):
        polyad.linear_transpose(lambda a: implicit(a, B), A)(B)
    with pytest.raises(NotDifferentiableError, match="root is linear in none"):
        polyad.linear_transpose(cube_root, 2.0)(1.0)


def test_python_branches_on_the_right_hand_side_are_refused():
    def solve(matvec, b):
        return b if b[0] > 0 else -b

    f = lambda b: lax.custom_linear_solve(lambda x: x, b, solve, symmetric=True)
    with pytest.raises(ConcretizationError, match="custom_linear_solve traces"):
        polyad.grad(scalar(f))(B)


def test_nothing_to_solve_for_and_no_function():
    with pytest.raises(PolyadValueError, match="b holds no array"):
        lax.custom_linear_solve(lambda x: x, (), lambda m, b: b)
    with pytest.raises(PolyadTypeError, match="takes a function"):
        lax.custom_linear_solve(A, B, dense)
