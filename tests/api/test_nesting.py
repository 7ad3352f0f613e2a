"""Transformations of transformations, in any order and mix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import (
    checkpoint,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacrev,
    jit,
    jvp,
    linearize,
    make_ir,
    vjp,
    vmap,
)

from ..arrays import off, on

X = np.array([0.3, -0.7, 1.1])
BACKENDS = ("numpy", "torch", "native")


def f(x):
    """A scalar of a vector, with every mixed second derivative."""
    return pnp.sum(pnp.sin(x) * pnp.exp(x[0])) + pnp.prod(x)


def g(x):
    """A vector of a vector."""
    return pnp.stack([x[0] * x[1], pnp.sin(x[2]) * x[0], pnp.exp(x[1])])


def push(h: Callable[..., Any]) -> Callable[..., Any]:
    """The Jacobian, a column for each direction, by `jvp`."""
    return lambda x: pnp.stack([jvp(h, (x,), (row,))[1] for row in pnp.eye(3)], axis=-1)


def pull(h: Callable[..., Any]) -> Callable[..., Any]:
    """The Jacobian, a row for each cotangent, by `vjp`."""

    def rows(x):
        _, pullback = vjp(h, x)
        return pnp.stack([pullback(row)[0] for row in pnp.eye(3)])

    return rows


def linear(h: Callable[..., Any]) -> Callable[..., Any]:
    def columns(x):
        _, tangent = linearize(h, x)
        return vmap(tangent, out_axes=-1)(pnp.eye(3))

    return columns


JACOBIANS = {"jacfwd": jacfwd, "jacrev": jacrev, "jvp": push, "vjp": pull, "linearize": linear}


def run(backend: str, h: Callable[..., Any], *args: Any) -> Any:
    if backend == "native":
        return jit(h, backend="native")(*args)
    with polyad.use_backend(backend):
        return off(h(*on(backend, args)))


@pytest.mark.share(3)
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("outer", JACOBIANS)
@pytest.mark.parametrize("inner", [*JACOBIANS, "grad"])
def test_second_derivatives_agree_in_every_mix(inner: str, outer: str, backend: str):
    """The Hessian of f, by grad then a Jacobian; the second derivative of g, by two Jacobians."""
    if inner == "grad":
        found, expected = run(backend, JACOBIANS[outer](grad(f)), X), hessian(f)(X)
        np.testing.assert_allclose(expected, expected.T, rtol=1e-13)
    else:
        first = lambda x: JACOBIANS[inner](g)(x)[0]
        found, expected = run(backend, JACOBIANS[outer](first), X), np.zeros((3, 3))
        expected[0, 1] = expected[1, 0] = 1
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


def test_the_hessian_against_differences():
    step = 1e-6
    rows = [(grad(f)(X + step * e) - grad(f)(X - step * e)) / (2 * step) for e in np.eye(3)]
    np.testing.assert_allclose(hessian(f)(X), rows, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(hvp(f, (X,), (X,)), hessian(f)(X) @ X, rtol=1e-13)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("order", range(1, 6))
def test_grad_of_grad_of_grad(order: int, backend: str):
    h = pnp.sin
    for _ in range(order):
        h = grad(h)
    expected = [np.sin, np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x)][order % 4](0.7)
    np.testing.assert_allclose(run(backend, h, np.array(0.7)), expected, rtol=1e-12)


MIXES = {
    "vmap(grad)": (lambda: vmap(grad(pnp.sin)), np.cos),
    "grad(vmap)": (lambda: grad(lambda x: pnp.sum(vmap(pnp.sin)(x))), np.cos),
    "vmap(grad(grad))": (lambda: vmap(grad(grad(pnp.sin))), lambda x: -np.sin(x)),
    "grad(vmap(grad))": (
        lambda: grad(lambda x: pnp.sum(vmap(grad(pnp.sin))(x))),
        lambda x: -np.sin(x),
    ),
    "vmap(jit(grad))": (lambda: vmap(jit(grad(pnp.sin))), np.cos),
    "jit(vmap(grad))": (lambda: jit(vmap(grad(pnp.sin))), np.cos),
    "vmap(grad(jit))": (lambda: vmap(grad(jit(pnp.sin))), np.cos),
    "grad(jit(vmap(jit)))": (lambda: grad(lambda x: pnp.sum(jit(vmap(jit(pnp.sin)))(x))), np.cos),
    "jit(jit(jit))": (lambda: jit(jit(jit(pnp.sin))), np.sin),
    "jit(grad(jit(grad)))": (
        lambda: jit(grad(lambda x: pnp.sum(jit(grad(lambda x: pnp.sum(pnp.sin(x))))(x)))),
        lambda x: -np.sin(x),
    ),
    "diagonal of jacfwd(jacrev)": (
        lambda: lambda x: pnp.diagonal(jacfwd(jacrev(lambda x: pnp.sum(pnp.sin(x))))(x)),
        lambda x: -np.sin(x),
    ),
    "hessian of vmap": (
        lambda: lambda x: pnp.diagonal(hessian(lambda x: pnp.sum(vmap(pnp.sin)(x)))(x)),
        lambda x: -np.sin(x),
    ),
    "vmap(hessian)": (lambda: vmap(hessian(pnp.sin)), lambda x: -np.sin(x)),
    "jvp of vjp": (
        lambda: (
            lambda x: jvp(
                lambda x: vjp(pnp.sin, x)[1](pnp.ones_like(x))[0], (x,), (pnp.ones_like(x),)
            )[1]
        ),
        lambda x: -np.sin(x),
    ),
    "vjp of jvp": (
        lambda: (
            lambda x: vjp(lambda x: jvp(pnp.sin, (x,), (pnp.ones_like(x),))[1], x)[1](
                pnp.ones_like(x)
            )[0]
        ),
        lambda x: -np.sin(x),
    ),
    "grad of linearize": (
        lambda: grad(lambda x: pnp.sum(linearize(pnp.sin, x)[1](pnp.ones_like(x)))),
        lambda x: -np.sin(x),
    ),
    "vmap of the pullback": (
        lambda: lambda x: pnp.diagonal(vmap(lambda ct: vjp(pnp.sin, x)[1](ct)[0])(pnp.eye(3))),
        np.cos,
    ),
    "checkpoint under vmap(grad(grad))": (
        lambda: vmap(grad(grad(checkpoint(pnp.sin)))),
        lambda x: -np.sin(x),
    ),
    "grad of checkpoint(jit(checkpoint))": (
        lambda: grad(lambda x: pnp.sum(checkpoint(jit(checkpoint(pnp.sin)))(x))),
        np.cos,
    ),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", MIXES)
def test_mixes(name: str, backend: str):
    made, expected = MIXES[name]
    np.testing.assert_allclose(run(backend, made(), X), expected(X), rtol=1e-12, atol=1e-14)


def test_vmap_of_vmap():
    a, b = np.arange(6.0).reshape(2, 3), np.arange(4.0)
    outer = vmap(vmap(lambda x, y: x * y, in_axes=(None, 0)), in_axes=(0, None))
    np.testing.assert_array_equal(outer(a[:, 0], b), np.outer(a[:, 0], b))
    every = vmap(vmap(vmap(pnp.multiply, in_axes=(None, 0)), in_axes=(0, None)), in_axes=(0, None))
    np.testing.assert_array_equal(every(a, b), a[:, :, None] * b)


@pytest.mark.parametrize("in_axis", [0, 1, 2, -1, -3])
@pytest.mark.parametrize("out_axis", [0, 1, -1, -2])
def test_vmap_axes(in_axis: int, out_axis: int):
    x = np.arange(24.0).reshape(2, 3, 4)
    found = vmap(lambda m: pnp.cumulative_sum(m, axis=1), in_axes=in_axis, out_axes=out_axis)(x)
    parts = [np.cumsum(m, axis=1) for m in np.moveaxis(x, in_axis, 0)]
    np.testing.assert_array_equal(found, np.stack(parts, axis=out_axis))


def test_vmap_over_pytrees_with_axes_for_each_part():
    tree = {"w": np.arange(6.0).reshape(3, 2), "b": np.ones(2)}
    h = lambda d, s: {"sum": d["w"].sum() + d["b"].sum() * s, "same": d["b"]}
    found = vmap(h, in_axes=({"w": 0, "b": None}, None), out_axes={"sum": 0, "same": None})(
        tree, 2.0
    )
    np.testing.assert_array_equal(found["sum"], tree["w"].sum(1) + 4)
    np.testing.assert_array_equal(found["same"], tree["b"])
    assert vmap(lambda: 1.5, axis_size=3)().tolist() == [1.5] * 3
    assert vmap(lambda x: (x, 7), out_axes=(0, None))(X)[1] == 7


def test_vmap_of_keyword_arguments():
    np.testing.assert_array_equal(vmap(lambda x, y: x * y)(X, y=X), X * X)


# -- Perturbation confusion -----------------------------------------------------------------------


@pytest.mark.parametrize("inner", [grad, lambda h: lambda y: jvp(h, (y,), (1.0,))[1]])
@pytest.mark.parametrize("outer", [grad, lambda h: lambda x: jvp(h, (x,), (1.0,))[1]])
def test_perturbations_are_not_confused(outer: Any, inner: Any):
    """d/dx (x · d/dy (x + y)) = d/dx x = 1, and d/dx (x · d/dy (x·y)) = 2x."""
    assert outer(lambda x: x * inner(lambda y: x + y)(2.0))(1.0) == 1.0
    assert outer(lambda x: x * inner(lambda y: x * y)(2.0))(3.0) == 6.0


def test_inner_derivatives_of_captured_outer_variables():
    h = lambda x: grad(lambda y: x**2 * y**3)(x)
    np.testing.assert_allclose(grad(h)(2.0), 12 * 2.0**3, rtol=1e-14)
    twice = lambda x: vmap(lambda y: x * y)(pnp.arange(3.0)).sum()
    assert grad(twice)(2.0) == 3.0
    batched = vmap(lambda x: grad(lambda y: pnp.sin(x * y))(1.0))
    np.testing.assert_allclose(batched(X), X * np.cos(X), rtol=1e-14)


def test_a_curried_derivative():
    """d/dx d/dy d/dz of x·y·z at the same point, each inner one capturing the outer."""
    h = lambda x: grad(lambda y: grad(lambda z: x * y * z)(x) * y)(x)
    assert h(3.0) == 18.0
    assert grad(h)(3.0) == 12.0


# -- Symbolic zeros -------------------------------------------------------------------------------


def test_values_independent_of_the_input_are_not_differentiated():
    ir = make_ir(grad(lambda x: x * pnp.sum(pnp.exp(pnp.arange(4.0)))))(1.0)
    assert sum(op.name == "exp" for op in ir.walk()) == 1
    assert "multiply" not in {op.name for op in ir.ops}


def test_a_gradient_of_nothing_is_zeros():
    assert grad(lambda x: 3.0)(2.0) == 0
    np.testing.assert_array_equal(grad(lambda x: pnp.sum(polyad.stop_gradient(x)))(X), np.zeros(3))
    value, gradients = polyad.value_and_grad(lambda x, y: x.sum(), argnums=(0, 1))(X, X)
    assert (value, gradients[1].tolist()) == (X.sum(), [0.0] * 3)
    assert [t.tolist() for t in jvp(lambda x: (x, np.ones(2)), (X,), (X,))[1]] == [
        X.tolist(),
        [0, 0],
    ]
    assert vjp(lambda x, y: x, X, X)[1](X)[1].tolist() == [0.0] * 3


def test_tangents_of_integers_are_zeros():
    value, tangent = jvp(lambda x: pnp.argmax(x), (X,), (X,))
    assert (value, tangent) == (2, 0.0)
    _, tangent = jvp(lambda x, n: x * n, (1.5, 2), (1.0, 0))
    assert tangent == 2.0
    assert vjp(lambda x, n: x * n, 1.5, 2)[1](1.0) == (2.0, 0.0)


# -- Weak types, single precision -----------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "h",
    [
        lambda x: 2 * x + 1,
        lambda x: 2.5 * x / 3 - 1.0,
        lambda x: x**2.5,
        lambda x: 2.0**x,
        lambda x: pnp.where(x > 0, x, 0.0),
        lambda x: pnp.maximum(x, 1.0),
        lambda x: pnp.clip(x, 0.0, 1.0),
        lambda x: pnp.mean(x) * np.pi,
        lambda x: pnp.std(x),
        lambda x: pnp.linspace(0.0, 1.0, 3) * x if x.dtype == "float64" else x,
        lambda x: (x - 0.5).sum() / len(x.shape),
        lambda x: pnp.tanh(x) * (1 if True else x),
        lambda x: x[0] * 3.0 + 1e-3,
    ],
)
def test_python_scalars_leave_single_precision_alone(h: Any, backend: str):
    x = np.array([0.5, 1.5, 2.5], "float32")
    scalar = lambda x: pnp.sum(h(x))
    for found in (
        run(backend, h, x),
        run(backend, grad(scalar), x),
        run(backend, hessian(scalar), x),
        run(backend, vmap(h), x.reshape(3, 1)),
    ):
        assert off(found).dtype == np.float32


def test_python_scalar_arguments_are_weak():
    x = np.ones(3, "float32")
    assert jit(lambda a, b: a * b)(x, 2.0).dtype == np.float32
    assert jit(lambda a, b: a * b)(x, np.float64(2)).dtype == np.float64
    assert grad(lambda b, a: pnp.sum(a * b))(2.0, x).dtype == np.float64
    assert make_ir(lambda a, b: a * b)(x, 2).result_types[0].dtype.name == "float32"
    assert jit(lambda n, b: n * b)(np.ones(2, "int32"), 2).dtype == np.int32
    assert jit(lambda n, b: n * b)(np.ones(2, "int32"), 2.0).dtype == np.float64
    with polyad.config(default_float="float32"):
        assert jit(lambda n, b: n * b)(np.ones(2, "int32"), 2.0).dtype == np.float32
        assert grad(pnp.sin)(1.0).dtype == np.float32
