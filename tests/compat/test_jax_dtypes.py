"""JAX's dtypes, as its programs use them, and the promotion of its arrays."""

from __future__ import annotations

import numpy as np
import pytest

import polyad.compat.jax as jax
import polyad.numpy as pnp
from polyad.compat.jax import numpy as jnp

NAMES = (
    "bool_",
    "int8",
    "int32",
    "uint8",
    "float16",
    "bfloat16",
    "float32",
    "float64",
    "complex64",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_dtype_makes_arrays(name: str):
    dtype = getattr(jnp, name)
    expected = pnp.dtype(name.rstrip("_")).dtype
    arrays = [
        jnp.zeros(2, dtype), jnp.ones((2,), dtype=dtype), jnp.array([1, 0], dtype=dtype),
        jnp.arange(2).astype(dtype), jax.jit(lambda x: x.astype(dtype))(jnp.arange(2.0)),
    ]  # fmt: skip
    assert all(x.dtype == expected == dtype for x in arrays)
    assert dtype(1).dtype == expected
    assert jnp.dtype(dtype) == dtype


def test_kinds_of_dtypes():
    assert jnp.issubdtype(jnp.bfloat16, jnp.floating)
    assert not jnp.issubdtype(jnp.int32, jnp.floating)
    assert jnp.finfo(jnp.bfloat16).eps == 2.0**-7
    assert jnp.float_ == jnp.float64 and jnp.complex_ == jnp.complex128


def arrays(name: str):
    return jnp.ones(3, getattr(jnp, name))


@pytest.mark.parametrize(
    "one, other, expected",
    [
        ("int32", "float32", "float32"),
        ("int64", "float16", "float16"),
        ("int8", "bfloat16", "bfloat16"),
        ("float16", "bfloat16", "float32"),
        ("bfloat16", "float32", "float32"),
        ("float32", "float64", "float64"),
        ("float32", "complex64", "complex64"),
        ("uint8", "int8", "int16"),
    ],
)
def test_arrays_promote_as_in_jax(one: str, other: str, expected: str):
    x, y = arrays(one), arrays(other)
    for found in (x + y, y * x, x / y if expected[0] != "i" else x - y, x == y):
        assert type(found) is type(x)
        assert found.dtype == ("bool" if found.dtype == bool else expected)
    assert jax.jit(lambda x, y: x + y)(x, y).dtype == expected
    assert jnp.add(x, y).dtype == (x + y).dtype


@pytest.mark.parametrize("name", ["bfloat16", "float16", "float32", "float64"])
def test_numbers_are_weak(name: str):
    x = arrays(name)
    for found in (
        x * 0.5,
        0.5 * x,
        x + 1,
        2 - x,
        x**2,
        x / 3,
        -x,
        abs(x),
        x @ x,
        x.sum(),
        x + True,
    ):
        assert found.dtype == getattr(jnp, name)
    np.testing.assert_array_equal((x * 0.5).astype(float), [0.5] * 3)


def test_ufuncs_of_arrays():
    x = arrays("float32")
    assert np.add.reduce(x) == 3 and np.multiply.outer(x, x).shape == (3, 3)
    assert type(np.sin(x)) is type(x)
    whole, rest = divmod(jnp.arange(3), 2)
    np.testing.assert_array_equal(whole * 2 + rest, [0, 1, 2])
    out = np.zeros(3, np.float32)
    np.add(x, x, out=out)
    np.testing.assert_array_equal(out, [2, 2, 2])
    traced = jax.jit(lambda y: x + y * x)(x)
    np.testing.assert_array_equal(traced, [2, 2, 2])


def test_rounding():
    x = round(jnp.array([0.126, 2.5]), 2)
    assert type(x) is type(jnp.ones(1))
    np.testing.assert_array_equal(x, [0.13, 2.5])
    np.testing.assert_array_equal(round(jnp.array([0.6, 2.5])), [1, 2])
