"""Linear algebra of JAX's programs, where it is not NumPy's."""

from __future__ import annotations

import numpy as np
import pytest

import polyad.compat.jax as jax
from polyad.compat.jax import numpy as jnp

STACK = np.stack([[[2.0, 1.0], [0.0, 3.0]], np.full((2, 2), np.nan), [[np.inf, 0.0], [0.0, 1.0]]])


@pytest.mark.parametrize("compiled", [False, True])
def test_eigenvalues_of_what_is_not_finite_are_nan(compiled):
    run = jax.jit if compiled else lambda f: f
    for values in (
        run(jnp.linalg.eigvals)(STACK),
        run(jnp.linalg.eig)(STACK).eigenvalues,
        run(jax.lax.linalg.eig)(STACK)[0],
    ):
        np.testing.assert_allclose(np.sort(values[0].real), [2.0, 3.0], rtol=1e-15)
        assert np.isnan(values[1:]).all()
    _, left, right = run(jax.lax.linalg.eig)(STACK)
    assert np.isnan(left[1:]).all() and np.isnan(right[1:]).all()
    assert np.isfinite(left[0]).all() and np.isfinite(right[0]).all()


def test_the_derivative_of_finite_ones_is_theirs():
    """d trace / dA is the identity."""
    slope = jax.grad(lambda a: jnp.sum(jnp.linalg.eigvals(a)[0].real))(STACK)
    np.testing.assert_allclose(slope[0], np.eye(2), atol=1e-14)


WEAK = {int: "int64", float: "float64", complex: "complex128"}


@pytest.mark.parametrize("kind", [bool, int, float, complex])
@pytest.mark.parametrize("dtype", ["int8", "uint32", "bfloat16", "float32", "complex64"])
def test_pythons_dtypes_are_weak(kind, dtype):
    """As the number 1 of that kind beside an array."""
    expected = (jnp.ones(2, dtype) * kind(1)).dtype
    for found in (
        jnp.promote_types(kind, dtype),
        jnp.promote_types(dtype, kind),
        jnp.result_type(dtype, kind),
        jnp.result_type(jnp.ones(2, dtype), kind),
    ):
        assert np.dtype(found.name) == expected
    if kind in WEAK:
        assert jnp.result_type(kind) == WEAK[kind]
