"""Programs written for autograd, with one line changed."""

from __future__ import annotations

from typing import Any

import numpy as onp
import pytest

import polyad.compat.autograd as autograd
import polyad.compat.autograd.numpy as np
from polyad.compat.autograd import extend
from polyad.compat.autograd.extend import defjvp, defvjp, primitive
from polyad.compat.autograd.test_util import check_grads
from polyad.errors import PolyadTypeError

X = onp.array([0.3, -0.7, 1.1])


@primitive
def logsumexp(x):
    """Through NumPy alone, by values."""
    top = onp.max(x)
    return top + onp.log(onp.sum(onp.exp(onp.asarray(x) - top)))


defvjp(logsumexp, lambda ans, x: lambda g: np.full(x.shape, g) * np.exp(x - ans))


@primitive
def scaled(x, y, factor=2.0):
    return float(x) * float(y) * factor


defjvp(
    scaled,
    lambda g, ans, x, y, factor=2.0: 10 * g * y,
    lambda g, ans, x, y, factor=2.0: 100 * g * x,
)


def test_a_primitive_runs_on_values_and_has_the_derivatives_it_was_given():
    soft = onp.exp(X) / onp.exp(X).sum()
    onp.testing.assert_allclose(autograd.grad(logsumexp)(X), soft, rtol=1e-14)
    second = onp.diag(soft) - onp.outer(soft, soft)
    onp.testing.assert_allclose(autograd.jacobian(autograd.grad(logsumexp))(X), second, atol=1e-15)
    onp.testing.assert_allclose(
        autograd.grad(lambda x: logsumexp(x**2) ** 2)(X),
        2 * logsumexp(X**2) * 2 * X * onp.exp(X**2) / onp.exp(X**2).sum(),
        rtol=1e-13,
    )
    assert logsumexp.__doc__ == "Through NumPy alone, by values."
    assert autograd.grad(scaled, (0, 1))(2.0, 3.0) == (30.0, 200.0)
    assert autograd.make_jvp(scaled, 1)(2.0, 3.0)(1.0)[1] == 200.0
    assert autograd.grad(lambda x: scaled(x, 3.0, factor=5.0))(2.0) == 30.0


def test_other_ways_to_define_derivatives():
    one = primitive(lambda x, y: x * y)
    extend.defvjp_argnums(one, lambda argnums, ans, args, kw: lambda g: [7 * g for _ in argnums])
    assert autograd.grad(one, (0, 1))(2.0, 3.0) == (7.0, 7.0)
    two = primitive(lambda x, y: x * y)
    extend.defvjp_argnum(two, lambda argnum, ans, args, kw: lambda g: (argnum + 5) * g)
    assert autograd.grad(two, (0, 1))(2.0, 3.0) == (5.0, 6.0)
    three = primitive(lambda x, y: x * y)
    extend.defjvp_argnums(three, lambda argnums, gs, ans, args, kw: sum(gs) * 3)
    assert autograd.grad(three, (0, 1))(2.0, 3.0) == (3.0, 3.0)
    four = primitive(lambda x, y: x * y)
    extend.defjvp_argnum(four, lambda argnum, g, ans, args, kw: (argnum + 2) * g)
    assert autograd.grad(four, (0, 1))(2.0, 3.0) == (2.0, 3.0)
    linear = primitive(lambda x, y: x * y)
    extend.def_linear(linear)
    assert autograd.grad(linear, (0, 1))(2.0, 3.0) == (3.0, 2.0)
    same = primitive(lambda x: 3 * x)
    defjvp(same, "same")
    assert autograd.grad(same)(2.0) == 3.0
    fixed = extend.notrace_primitive(lambda x: onp.floor(x))
    assert autograd.grad(lambda x: x * fixed(x))(2.5) == 2.0
    by_second = primitive(lambda x, y: x * y)
    defvjp(by_second, lambda ans, x, y: lambda g: 9 * g, argnums=(1,))
    assert autograd.grad(by_second, 1)(2.0, 3.0) == 9.0
    with pytest.raises(PolyadTypeError, match="has no derivative by argument 0"):
        autograd.grad(by_second, 0)(2.0, 3.0)
    with pytest.raises(PolyadTypeError, match="defvjp takes a primitive"):
        defvjp(len, None)


def test_operators():
    f = lambda x: np.sum(np.sin(x) ** 2)
    g, h = onp.sin(2 * X), onp.diag(2 * onp.cos(2 * X))
    v = onp.array([1.0, 2.0, 3.0])
    close = lambda a, b: onp.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)
    close(autograd.grad(f)(X), g)
    close(autograd.value_and_grad(f)(X)[1], g)
    close(autograd.elementwise_grad(np.sin)(X), onp.cos(X))
    rows = autograd.jacobian(lambda x: np.sin(x) * x[0])(X)
    close(rows[1], [onp.sin(X[1]), X[0] * onp.cos(X[1]), 0])
    close(autograd.hessian(f)(X), h)
    close(autograd.hessian_vector_product(f)(X, v), h @ v)
    close(autograd.make_hvp(f)(X)[0](v), h @ v)
    close(autograd.make_vjp(np.sin)(X)[0](v), v * onp.cos(X))
    close(autograd.make_jvp(np.sin)(X)(v)[1], v * onp.cos(X))
    close(autograd.vector_jacobian_product(np.sin)(X, v), v * onp.cos(X))
    close(autograd.deriv(lambda t: np.array([t, t**2]))(3.0), [1, 6])
    close(autograd.make_ggnvp(np.sin)(X)(v), onp.cos(X) ** 2 * v)
    close(autograd.grad_named(lambda a, b: a * b**2, "b")(2.0, 3.0), 12.0)
    close(autograd.multigrad_dict(lambda a, b=3.0: a * b)(2.0)["b"], 2.0)
    close(autograd.grad_and_aux(lambda x: (f(x), x))(X)[0], g)
    close(autograd.holomorphic_grad(lambda z: z**2)(1.0 + 1j), 2 + 2j)
    close(autograd.grad(autograd.checkpoint(f))(X), g)
    check_grads(f, modes=["fwd", "rev"], order=2)(X)
    check_grads(lambda a, b: a * np.sum(b), argnum=(0, 1))(2.0, X)
    with pytest.raises(AssertionError):
        check_grads(scaled, modes=["rev"], order=1)(2.0, 3.0)


def test_modules(capsys: Any):
    from polyad.compat.autograd.misc import const_graph, fixed_point, flatten, optimizers
    from polyad.compat.autograd.scipy import linalg, special, stats
    from polyad.compat.autograd.scipy.misc import logsumexp as lse

    assert stats.norm.cdf(0.0) == 0.5 and special.gammaln(1.0) == 0.0
    assert linalg.solve(onp.eye(2), onp.ones(2)).tolist() == [1, 1] and lse(onp.zeros(1)) == 0
    assert np.random.RandomState(0).randn(2).shape == (2,)
    vector, back = flatten({"a": 1.0, "b": onp.ones(2)})
    assert vector.tolist() == [1, 1, 1] and back(vector)["a"] == 1.0
    assert const_graph(lambda a, b: a * b, 2.0)(3.0) == 6.0
    root = lambda a: fixed_point(lambda a: lambda x: 0.5 * (x + a / x), a, 1.0, None, 1e-12)
    assert abs(root(2.0) - 2**0.5) < 1e-12
    assert abs(autograd.grad(root)(2.0) - 0.5 / 2**0.5) < 1e-9
    start = {"x": onp.array([1.0, -2.0])}
    for optimizer in (optimizers.sgd, optimizers.rmsprop, optimizers.adam):
        seen: list[int] = []
        slope = autograd.grad(lambda p, i: np.sum(p["x"] ** 2))
        found = optimizer(
            slope, start, lambda x, i, g: seen.append(i), num_iters=300, step_size=0.05
        )
        assert len(seen) == 300
        assert onp.abs(found["x"]).max() < 0.1


def test_a_program_with_the_door_under_autograds_name():
    import subprocess
    import sys

    code = """
import polyad
polyad.compat.install("autograd")
import autograd, autograd.numpy as np
import autograd.numpy.random as npr
from autograd import grad
from autograd.extend import primitive
assert autograd is polyad.compat.autograd
print(grad(lambda x: np.sum(x * npr.RandomState(0).randn(3)))(np.ones(3)).shape)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "(3,)\n", done.stderr


def test_integers_of_traced_arrays():
    """`autograd.numpy.int64(x)` has x's values and no derivative."""
    slope = autograd.grad(lambda x: np.sum(x[np.int64(x)] ** 2))(onp.array([1.0, 2.0, 1.0]))
    onp.testing.assert_array_equal(slope, [0.0, 8.0, 2.0])
    assert np.int64(onp.ones(2)).dtype == np.int64 == onp.int64(1).dtype
    assert isinstance(np.int32(2.5), onp.int32) and np.int32(2.5) == 2
