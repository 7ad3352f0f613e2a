"""Functions of `jax.numpy` that are not NumPy's in what they give."""

from __future__ import annotations

import numpy as np
import pytest

import polyad.compat.jax as jax
from polyad.compat.jax import numpy as jnp


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32"])
def test_running_sums_of_integers_keep_their_dtype(dtype: str):
    x = np.array([100, 100, 3]).astype(dtype)
    for name in ("cumsum", "cumprod", "nancumsum", "nancumprod"):
        running = np.cumprod if "prod" in name else np.cumsum
        for found in (getattr(jnp, name)(x), jax.jit(getattr(jnp, name))(x)):
            assert found.dtype == dtype
            np.testing.assert_array_equal(found, running(x, dtype=dtype))
    np.testing.assert_array_equal(jnp.cumsum(x, dtype="int64"), np.cumsum(x))
    assert jnp.cumsum(np.array([True, True])).dtype == "int64"


def test_the_reciprocal_of_an_integer_is_a_float():
    np.testing.assert_array_equal(jnp.reciprocal(jnp.array([1, 2])), [1.0, 0.5])
    assert jax.grad(jnp.reciprocal)(2.0) == -0.25


def test_containers_that_are_leaves_are_given_as_they_are():
    """The pushforward of a loop keeps recorded values in a list of a class of its own."""
    x = jnp.arange(9.0).reshape(3, 3)
    loop = lambda x: jax.lax.while_loop(lambda x: x[0, 2] <= 8, lambda x: x * x, x)
    value, pushforward = jax.linearize(loop, x)
    expected = jax.jvp(loop, (x,), (x,))
    np.testing.assert_allclose(value, expected[0])
    np.testing.assert_allclose(pushforward(x), expected[1])
