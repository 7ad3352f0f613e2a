"""Settings of JAX's for a `with` block that have an effect here."""

from __future__ import annotations

import numpy as np
import pytest

import polyad.compat.jax as jax
from polyad.compat.jax import numpy as jnp
from polyad.errors import PolyadTypeError, PolyadValueError


def test_jitted_functions_run_op_by_op_where_jit_is_disabled():
    seen = []

    @jax.jit
    def f(x):
        seen.append(isinstance(x, np.ndarray) and float(x[0]))
        return jnp.sin(x) * 2

    x = jnp.array([1.0, 2.0])
    with jax.disable_jit():
        np.testing.assert_allclose(f(x), 2 * np.sin(x))
        np.testing.assert_allclose(jax.grad(lambda x: f(x).sum())(x), 2 * np.cos(x))
        with jax.disable_jit(False):
            f(x)
    f(x)
    assert seen[0] == 1.0 and seen[2] is False
    with pytest.raises(PolyadValueError, match="give True or False"), jax.disable_jit(3):
        pass


def test_a_cotangent_that_does_not_fit_is_an_error_of_either_kind():
    """A ValueError, as in JAX, and a TypeError."""
    _, pull = jax.vjp(lambda x: x, 1.0)
    for kind in (ValueError, PolyadTypeError):
        with pytest.raises(kind, match="the cotangent must have the shapes"):
            pull(np.ones(3))
        with pytest.raises(kind, match="the cotangent must have the structure"):
            pull((1.0, 2.0))


def test_sums_of_exponentials_of_some_entries():
    from scipy.special import logsumexp

    x, mask = np.array([[1.0, 2.0], [3.0, 700.0]]), np.array([[True, True], [True, False]])
    for axis in (0, 1, None):
        found = jax.nn.logsumexp(x, axis=axis, where=mask)
        np.testing.assert_allclose(found, logsumexp(x, axis=axis, b=mask), rtol=1e-14)
    slope = jax.grad(lambda x: jax.nn.logsumexp(x, where=mask))(x)
    assert slope[1, 1] == 0.0
