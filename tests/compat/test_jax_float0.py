"""The tangents of integers in JAX's programs: zeros of the dtype `float0`."""

from __future__ import annotations

import numpy as np
import pytest

import polyad.compat.jax as jax
from polyad.compat.jax import numpy as jnp
from polyad.errors import PolyadTypeError


def is_nothing(x, shape=()):
    return type(x) is np.ndarray and x.dtype == jax.float0 and x.shape == shape


def test_gradients_by_integers_and_booleans():
    assert is_nothing(jax.grad(lambda x: x + 0.0, allow_int=True)(1))
    value, slope = jax.value_and_grad(lambda p: jnp.where(p, 1.0, 2.0), allow_int=True)(True)
    assert value == 1.0 and is_nothing(slope)
    by_both = jax.grad(lambda x, i: x[i] ** 2, argnums=(0, 1), allow_int=True)
    first, second = by_both(jnp.arange(3.0), 2)
    np.testing.assert_array_equal(first, [0.0, 0.0, 4.0])
    assert is_nothing(second)
    tall = jax.grad(lambda x: jnp.sum(x + 0.0), allow_int=True)(np.ones((2, 4), int))
    assert is_nothing(tall.reshape((4, 2)), (4, 2))


def test_tangents_and_cotangents_of_integers():
    nothing = np.zeros((), jax.float0)
    out, dot = jax.jvp(lambda x: x + 1, (3,), (nothing,))
    assert out == 4 and is_nothing(dot)
    _, pull = jax.vjp(lambda x, i: x[i], jnp.arange(3.0), 1)
    by_x, by_i = pull(1.0)
    np.testing.assert_array_equal(by_x, [0.0, 1.0, 0.0])
    assert is_nothing(by_i)
    _, push = jax.linearize(lambda n: (n, n * 2.0), 3)
    still, moved = push(nothing)
    assert is_nothing(still) and moved == 0.0
    assert is_nothing(jax.custom_derivatives.zero_from_primal(jnp.arange(2)), (2,))


def test_a_rule_may_give_float0_and_gets_by_with_it():
    @jax.custom_jvp
    def f(x, n):
        return x * n, n

    @f.defjvp
    def rule(primals, tangents):
        x, n = primals
        return (x * n, n), (3.0 * tangents[0], jnp.zeros((), dtype=jax.float0))

    out, dot = jax.jvp(f, (2.0, 5), (1.0, np.zeros((), jax.float0)))
    assert out == (10.0, 5) and dot[0] == 3.0 and is_nothing(dot[1])

    @jax.custom_vjp
    def g(x, n):
        return x * n

    g.defvjp(lambda x, n: (x * n, n), lambda n, ct: (ct * n, jnp.zeros((), dtype=jax.float0)))
    assert jax.grad(g)(2.0, 5) == 5.0


def test_float0_takes_part_in_nothing():
    nothing = jax.grad(lambda x: x + 0.0, allow_int=True)(1)
    with pytest.raises(TypeError, match="add"):
        nothing + 1.0
    with pytest.raises(PolyadTypeError, match="void"):
        jnp.sin(nothing)


def test_pullbacks_give_arrays_of_jaxs_and_are_nodes():
    _, pull = jax.vjp(jnp.sin, jnp.zeros(2))
    (slope,) = pull(jnp.ones(2))
    np.testing.assert_array_equal(slope.at[0].set(5.0), [5.0, 1.0])
    (slope,) = jax.jit(lambda pull, ct: pull(ct))(pull, jnp.ones(2))
    np.testing.assert_array_equal(slope, [1.0, 1.0])
    _, push = jax.linearize(jnp.sin, jnp.zeros(2))
    np.testing.assert_array_equal(push(jnp.ones(2)).at[1].add(1.0), [1.0, 2.0])
    assert len(jax.tree.leaves(jax.tree.map(lambda x: 2 * x, pull))) == len(jax.tree.leaves(pull))
