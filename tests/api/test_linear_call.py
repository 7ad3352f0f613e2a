"""Linear functions whose transposes are stated."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import errors
from polyad.compat import jax
from polyad.custom_derivatives import linear_call


def divided(x, by):
    return linear_call(lambda r, x: x / r, lambda r, t: t / r, by, x)


def transpose(f, x):
    return lambda y: polyad.linear_transpose(f, x)(y)[0]


def test_value_and_transpose():
    f = lambda x: x + divided(x, 3.0)
    assert f(9.0) == polyad.jit(f)(9.0) == 12
    assert transpose(f, 1.0)(18.0) == polyad.grad(f)(1.0) * 18 == 24
    assert polyad.jvp(f, (9.0,), (1.0,)) == (12, 4 / 3)


def test_the_stated_transpose_is_called_and_its_transpose_is_the_function():
    f = lambda x: linear_call(lambda _, x: x, lambda _, t: 7.0 * t, (), x)
    once = transpose(f, 1.0)
    twice = transpose(once, 1.0)
    assert (f(1.0), once(1.0), twice(1.0), transpose(twice, 1.0)(1.0)) == (1, 7, 1, 7)
    assert polyad.grad(f)(2.0) == 7 and polyad.jvp(f, (2.0,), (1.0,))[1] == 1
    assert polyad.jit(polyad.grad(f))(2.0) == 7


def test_other_structures_and_shapes():
    a = np.arange(6.0).reshape(2, 3)
    fun = lambda a, x: {"y": a @ x["u"], "s": x["v"].sum()}
    back = lambda a, t: {"u": a.T @ t["y"], "v": pnp.ones(4) * t["s"]}
    x = {"u": np.ones(3), "v": np.arange(4.0)}
    f = lambda x: linear_call(fun, back, a, x)
    np.testing.assert_array_equal(f(x)["y"], a.sum(1))
    assert f(x)["s"] == 6
    ct = {"y": np.array([1.0, 2.0]), "s": 3.0}
    (found,) = polyad.linear_transpose(f, x)(ct)
    np.testing.assert_array_equal(found["u"], a.T @ ct["y"])
    np.testing.assert_array_equal(found["v"], [3.0] * 4)
    _, pull = polyad.vjp(f, x)
    np.testing.assert_array_equal(pull(ct)[0]["u"], found["u"])


def test_batches_and_loops():
    xs = np.arange(3.0)
    np.testing.assert_array_equal(polyad.vmap(lambda x: divided(x, 2.0))(xs), xs / 2)
    np.testing.assert_array_equal(polyad.vmap(divided)(xs, xs + 1), xs / (xs + 1))
    slopes = polyad.vmap(polyad.grad(divided))(xs, xs + 1)
    np.testing.assert_array_equal(slopes, 1 / (xs + 1))
    step = lambda c, _: (divided(c, 2.0), None)
    f = lambda x: polyad.lax.scan(step, x, None, length=3)[0]
    assert f(8.0) == 1 and polyad.grad(f)(8.0) == 0.125


def test_residuals_have_no_derivative():
    for make in (polyad.grad(divided, 1), lambda x, r: polyad.jvp(divided, (x, r), (1.0, 1.0))):
        with pytest.raises(errors.NotDifferentiableError, match="by its residual_args") as found:
            make(1.0, 2.0)
        assert "stop_gradient" in str(found.value)
    f = lambda x: divided(x, polyad.lax.stop_gradient(x) + 1.0)
    assert polyad.grad(f)(1.0) == 0.5


def test_a_transpose_of_other_types_is_refused():
    f = lambda x: linear_call(lambda _, x: x, lambda _, t: pnp.ones(2) * t, (), x)
    with pytest.raises(errors.PolyadTypeError):
        polyad.grad(f)(1.0)


def test_jaxs_name():
    twice = lambda r, x: r * x
    assert jax.custom_derivatives.linear_call(twice, twice, 2.0, 3.0) == 6
