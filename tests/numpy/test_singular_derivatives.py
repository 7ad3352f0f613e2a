"""Second derivatives at points where a rule of the first order must not cut a dependence; integers
that have no modulus.
"""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax

X = np.array([0.3, 0.0, 0.0])
HESSIAN = np.diag([0.0, 1 / 0.3, 1 / 0.3])
NORMS = [
    pnp.linalg.norm,
    pnp.linalg.vector_norm,
    lambda x: pnp.linalg.norm(x[None, :]),
    lambda x: pnp.linalg.norm(x[None, :], axis=1)[0],
    lambda x: pnp.linalg.norm(x + 0j),
    lambda x: pnp.linalg.norm(x * 1j),
]


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("transform", [lambda f: f, polyad.jit])
def test_hessian_of_a_norm_along_components_that_are_zero(norm, transform):
    for hessian in (
        polyad.hessian(norm),
        polyad.jacrev(polyad.jacrev(norm)),
        polyad.jacfwd(polyad.jacfwd(norm)),
    ):
        np.testing.assert_allclose(transform(hessian)(X), HESSIAN, atol=1e-12)


@pytest.mark.parametrize("transform", [lambda f: f, polyad.jit])
def test_hessian_of_a_power_at_exponent_zero_is_symmetric(transform):
    found = transform(polyad.hessian(lambda v: v[0] ** v[1]))(np.array([2.0, 0.0]))
    np.testing.assert_allclose(found, [[0, 0.5], [0.5, np.log(2) ** 2]], rtol=1e-14)
    at_zero = transform(polyad.grad(lambda v: v[0] ** v[1]))(np.array([0.0, 0.0]))
    np.testing.assert_array_equal(at_zero, [0, 0])


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64"])
@pytest.mark.parametrize("transform", [lambda f: f, polyad.jit])
def test_remainders_and_divisors_of_the_least_integer(dtype, transform):
    least = np.iinfo(dtype).min
    a = np.array([7, -7, least, least, least, 12, 0], dtype)
    b = np.array([least, least, 7, -7, least, -8, least], dtype)
    np.testing.assert_array_equal(transform(pnp.fmod)(a, b), np.fmod(a, b))
    np.testing.assert_array_equal(transform(lax.rem)(a, b), np.fmod(a, b))
    np.testing.assert_array_equal(transform(pnp.gcd)(a, b), np.gcd(a, b))
