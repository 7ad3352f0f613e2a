"""custom_jvp, custom_vjp, checkpoint and stop_gradient under every transformation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import checkpoint, custom_jvp, custom_vjp, grad, hessian, jit, jvp, make_ir, vjp, vmap
from polyad.errors import PolyadTypeError

X = np.array([0.3, -0.7, 1.1])


@custom_jvp
def sine(x):
    return pnp.sin(x)


@sine.defjvp
def sine_jvp(primals, tangents):
    """Ten times the derivative, to see that the rule is used."""
    return sine(primals[0]), 10 * pnp.cos(primals[0]) * tangents[0]


@custom_vjp
def scaled(x, y):
    return pnp.sin(x) * y


scaled.defvjp(
    lambda x, y: (scaled(x, y), (x, y)),
    lambda residuals, ct: (
        10 * ct * pnp.cos(residuals[0]) * residuals[1],
        7 * ct * pnp.sin(residuals[0]),
    ),
)

TEN_COS, MINUS_TEN_SIN = lambda x: 10 * np.cos(x), lambda x: -10 * np.sin(x)
one = lambda x: scaled(x, pnp.ones_like(x))


@pytest.mark.parametrize("f", [sine, one], ids=["custom_jvp", "custom_vjp"])
class TestRule:
    def test_value(self, f: Any):
        for run in (f, jit(f), vmap(f), jit(vmap(f)), checkpoint(f)):
            np.testing.assert_allclose(run(X), np.sin(X), rtol=1e-14)

    def test_reverse(self, f: Any):
        total = lambda x: pnp.sum(f(x))
        for run in (
            grad(total),
            jit(grad(total)),
            grad(jit(total)),
            vmap(grad(f)),
            jit(vmap(grad(f))),
        ):
            np.testing.assert_allclose(run(X), TEN_COS(X), rtol=1e-14)
        np.testing.assert_allclose(grad(lambda x: pnp.sum(vmap(f)(x)))(X), TEN_COS(X), rtol=1e-14)
        np.testing.assert_allclose(vjp(f, X)[1](X)[0], TEN_COS(X) * X, rtol=1e-14)

    def test_forward(self, f: Any):
        push = lambda x: jvp(f, (x,), (pnp.ones_like(x),))[1]
        for run in (push, jit(push), vmap(push)):
            np.testing.assert_allclose(run(X), TEN_COS(X), rtol=1e-14)
        np.testing.assert_allclose(polyad.linearize(f, X)[1](X), TEN_COS(X) * X, rtol=1e-14)

    def test_second_order_differentiates_the_rule(self, f: Any):
        twice = grad(grad(f))
        for run in (
            vmap(twice),
            vmap(hessian(f)),
            jit(vmap(twice)),
            vmap(grad(checkpoint(grad(f)))),
        ):
            np.testing.assert_allclose(run(X), MINUS_TEN_SIN(X), rtol=1e-14)
        forward = vmap(lambda x: jvp(grad(f), (x,), (1.0,))[1])
        np.testing.assert_allclose(forward(X), MINUS_TEN_SIN(X), rtol=1e-14)


def test_the_rule_of_a_batch_sums_over_unbatched_arguments():
    y = 2.0
    found = grad(lambda y: pnp.sum(vmap(scaled, in_axes=(0, None))(X, y)))(y)
    np.testing.assert_allclose(found, 7 * np.sin(X).sum(), rtol=1e-14)
    found = grad(lambda x: pnp.sum(vmap(scaled, in_axes=(None, 0))(x, X)))(0.5)
    np.testing.assert_allclose(found, 10 * np.cos(0.5) * X.sum(), rtol=1e-14)


def test_nondiff_argnums():
    power = polyad.custom_jvp(lambda x, n: x**n, nondiff_argnums=(1,))
    power.defjvp(lambda n, primals, tangents: (power(primals[0], n), 100 * n * tangents[0]))
    assert grad(lambda x: power(x, 3))(2.0) == 300
    clipped = polyad.custom_vjp(lambda limit, x: x, nondiff_argnums=(0,))
    clipped.defvjp(lambda limit, x: (x, None), lambda limit, _, ct: (pnp.clip(ct, -limit, limit),))
    assert grad(lambda x: 5 * clipped(0.5, x))(1.0) == 0.5


def test_defjvps_gives_a_rule_for_each_argument():
    f = custom_jvp(lambda x, y: x * y)
    f.defjvps(lambda t, out, x, y: 10 * t * y, None)
    assert polyad.grad(f, argnums=(0, 1))(2.0, 3.0) == (30.0, 0.0)


def test_rules_on_pytrees():
    f = custom_vjp(lambda d: {"y": d["a"] * d["b"]})
    f.defvjp(lambda d: (f(d), d), lambda d, ct: ({"a": ct["y"] * d["b"], "b": ct["y"]},))
    found = grad(lambda d: f(d)["y"])({"a": 2.0, "b": 3.0})
    assert found == {"a": 3.0, "b": 1.0}


def test_a_none_cotangent_is_zeros():
    f = custom_vjp(lambda x, y: x * y)
    f.defvjp(lambda x, y: (x * y, y), lambda y, ct: (ct * y, None))
    assert grad(f, argnums=(0, 1))(2.0, 3.0) == (3.0, 0.0)


def test_the_tutorials_log1pexp():
    @custom_jvp
    def log1pexp(x):
        return pnp.log(1.0 + pnp.exp(x))

    assert np.isnan(grad(lambda x: pnp.log(1.0 + pnp.exp(x)))(1000.0))
    log1pexp.defjvp(lambda p, t: (log1pexp(p[0]), (1 - 1 / (1 + pnp.exp(p[0]))) * t[0]))
    assert grad(log1pexp)(1000.0) == 1.0
    assert jit(vmap(grad(log1pexp)))(np.array([0.0, 1000.0])).tolist() == [0.5, 1.0]


def test_a_rule_may_close_over_arrays():
    weights = np.array([1.0, 2.0, 3.0])
    f = custom_vjp(lambda x: x * weights)
    f.defvjp(lambda x: (f(x), None), lambda _, ct: (ct * weights * 10,))
    np.testing.assert_array_equal(grad(lambda x: pnp.sum(f(x)))(X), 10 * weights)
    np.testing.assert_array_equal(
        vmap(grad(lambda x: pnp.sum(f(x))))(np.stack([X, X])), [10 * weights] * 2
    )


def test_a_rule_may_branch_on_known_values_only_where_they_are_known():
    f = custom_jvp(lambda x: x * 2 if x > 0 else x)
    f.defjvp(lambda p, t: (f(p[0]), t[0]))
    assert f(3.0) == 6.0


# -- checkpoint -----------------------------------------------------------------------------------


def test_checkpoint_computes_again_instead_of_keeping():
    f = lambda x: pnp.sin(pnp.sin(pnp.sin(x)))
    plain, kept = vjp(f, X)[1], vjp(checkpoint(f), X)[1]
    np.testing.assert_array_equal(plain(X)[0], kept(X)[0])
    both = lambda g: make_ir(polyad.value_and_grad(lambda x: pnp.sum(g(x))))(X)
    count = lambda g: sum(op.name == "sin" for op in both(g).walk())
    assert count(checkpoint(f)) > count(f)
    linear = polyad.transforms.linearize(make_ir(checkpoint(f))(X), [True])
    assert linear.residuals == 1


def test_checkpoint_survives_optimization_and_gives_the_same_numbers_compiled():
    f = checkpoint(lambda x, y: pnp.sum(pnp.exp(pnp.sin(x)) * y))
    expected = grad(f, argnums=(0, 1))(X, X)
    for backend in ("numpy", "native"):
        found = jit(grad(f, argnums=(0, 1)), backend=backend)(X, X)
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-14)


def test_checkpoint_passes_other_objects_on():
    f = checkpoint(lambda x, mode: x * 2 if mode == "double" else x)
    assert grad(lambda x: f(x, "double"))(1.0) == 2.0
    assert f(3.0, "no") == 3.0


# -- stop_gradient --------------------------------------------------------------------------------


def test_stop_gradient_at_any_order_and_under_every_transformation():
    f = lambda x: x * polyad.stop_gradient(x) ** 2
    assert grad(f)(3.0) == 9.0
    assert grad(grad(f))(3.0) == 0.0
    np.testing.assert_array_equal(jit(vmap(grad(f)))(X), X**2)
    tree = polyad.stop_gradient({"a": X, "b": (1.0, None)})
    assert tree["a"] is X
    assert polyad.lax.stop_gradient is polyad.stop_gradient


def test_python_numbers_among_the_arguments_of_a_rule_stay_weak():
    """A rule on float32 arrays and a Python float is one in float32."""

    @polyad.custom_vjp
    def scale(x, c):
        return x * c

    scale.defvjp(
        lambda x, c: (x * c, (x, c)), lambda given, ct: (ct * given[1], pnp.sum(ct * given[0]))
    )

    @polyad.custom_jvp
    def scale_forward(x, c):
        return x * c

    scale_forward.defjvp(lambda p, t: (p[0] * p[1], t[0] * p[1] + p[0] * t[1]))
    x = np.ones(3, np.float32)
    for fun in (scale, scale_forward):
        total = lambda x, c: pnp.sum(fun(x, c))
        for transform in (lambda f: f, polyad.jit):
            by_x = transform(polyad.grad(lambda x: total(x, 2.0)))(x)
            assert by_x.dtype == np.float32 and by_x.tolist() == [2.0] * 3
            pushed = transform(lambda x, t: polyad.jvp(lambda x: total(x, 2.0), (x,), (t,))[1])(
                x, x
            )
            assert pushed.dtype == np.float32 and pushed == 6.0
        assert polyad.grad(total, 1)(x, 2.0) == 3.0


def test_a_rule_whose_results_are_of_another_type():
    @polyad.custom_jvp
    def half(x):
        return x / 2

    half.defjvp(lambda p, t: (pnp.astype(p[0] / 2, pnp.float64), t[0] / 2))
    with pytest.raises(PolyadTypeError, match=r"jvp rule of half gives f64\[\] as output 0, .*f32"):
        polyad.grad(half)(np.float32(1.0))

    @polyad.custom_vjp
    def sums(x):
        return pnp.sum(x)

    sums.defvjp(lambda x: (x, None), lambda residuals, ct: (ct,))
    with pytest.raises(PolyadTypeError, match=r"fwd of sums gives f64\[2\] as output 0, .*f64\[\]"):
        polyad.grad(sums)(np.ones(2))
