"""JAX's functions for compilers and platforms."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
from polyad import lax
from polyad.errors import PolyadTypeError, PolyadValueError


def test_a_composite_is_its_decomposition():
    square = lax.composite(lambda x, *, scale: scale * x**2, name="my.square")
    assert polyad.jit(lambda x: square(x, scale=3.0))(2.0) == 12.0
    assert polyad.grad(lambda x: square(x, scale=3.0))(2.0) == 12.0
    with pytest.raises(PolyadTypeError, match="composite: a function and its name"):
        lax.composite(square, 3)  # type: ignore[arg-type]


def test_a_barrier_changes_nothing():
    f = lambda x: lax.optimization_barrier({"a": x})["a"] ** 2
    np.testing.assert_array_equal(polyad.vmap(polyad.grad(f))(np.array([1.0, 2.0])), [2.0, 4.0])


def test_the_platform_is_the_cpu():
    f = lambda x: lax.platform_dependent(x, cpu=lambda x: 2 * x, tpu=lambda x: 3 * x)
    assert polyad.jit(f)(1.0) == 2.0
    assert lax.platform_dependent(1.0, default=lambda x: -x, tpu=lambda x: x) == -1.0
    with pytest.raises(PolyadValueError, match="no function for the platform cpu"):
        lax.platform_dependent(1.0, tpu=lambda x: x)
