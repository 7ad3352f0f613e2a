"""The settings that say how compiled code may round: each is kept to, and each makes code anew."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import polyad
import polyad.numpy as pnp

RNG = np.random.default_rng(0)


@polyad.jit
def product_and_sum(x, y, z):
    return x * y + z


@polyad.jit
def product_and_difference(x, y, z):
    return z - x * y, x * y - z


@given(seed=st.integers(0, 10**6), dtype=st.sampled_from(["float32", "float64", "complex128"]))
def test_without_contraction_every_op_rounds_as_numpys_do(seed, dtype):
    x, y, z = np.random.default_rng(seed).standard_normal((3, 50)).astype(dtype)
    with polyad.config(fp_contract=False):
        assert np.array_equal(product_and_sum(x, y, z), x * y + z)
        found = product_and_difference(x, y, z)
    assert np.array_equal(found, (z - x * y, x * y - z))


def test_one_callable_follows_the_setting():
    """(1 + e)**2 - (1 + 2e) is e**2 to a fused multiply-add; 0 otherwise."""
    e = 2.0**-30
    arguments = np.array([1 + e] * 8), np.array([1 + e] * 8), np.array([-1 - 2 * e] * 8)
    for allowed, results in ((True, {0.0, e * e}), (False, {0.0}), (True, {0.0, e * e})):
        with polyad.config(fp_contract=allowed):
            assert set(product_and_sum(*arguments)) <= results
            text = product_and_sum.lower(*arguments).stages()["llvm"]
        assert ("fmul contract" in text) is allowed


REDUCTIONS = {
    "sum": (lambda x: pnp.sum(x), lambda x: np.add.accumulate(x.ravel())[-1]),
    "product": (lambda x: pnp.prod(x), lambda x: np.multiply.accumulate(x.ravel())[-1]),
    "rows": (lambda x: pnp.sum(x, axis=1), lambda x: np.add.accumulate(x, axis=1)[:, -1]),
    "columns": (lambda x: pnp.sum(x, axis=0), lambda x: np.add.accumulate(x, axis=0)[-1]),
    "rows and all": (
        lambda x: pnp.sum(x - pnp.max(x, axis=1, keepdims=True)),
        lambda x: np.add.accumulate((x - x.max(axis=1, keepdims=True)).ravel())[-1],
    ),
}


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions_in_one_order(name):
    """However large they are, and over however many threads others would be split."""
    compiled, one_by_one = polyad.jit(REDUCTIONS[name][0]), REDUCTIONS[name][1]
    x = (1 + 0.01 * RNG.standard_normal((700, 300))).astype("float32")
    with polyad.config(reassociate_reductions=False):
        found = compiled(x)
        assert "reassoc" not in compiled.lower(x).stages()["llvm"]
    assert np.array_equal(found, one_by_one(x))
    assert "reassoc" in compiled.lower(x).stages()["llvm"]


def test_settings_are_true_or_false():
    for name in ("fp_contract", "reassociate_reductions"):
        with pytest.raises(polyad.errors.PolyadValueError, match=rf"config.{name} is one of"):
            polyad.config.update(name, "fast")


MAXIMA = {
    "sums of products": lambda x: pnp.max(x * 0.3 + 0.7 * x[:, ::-1], axis=0),
    "used twice": lambda x: (
        pnp.max(x * 0.3 + 0.7 * x[:, ::-1], axis=0) * pnp.sum(x * 0.3 + 0.7 * x[:, ::-1])
    ),
    "of totals": lambda x: pnp.max((pnp.max(x, axis=0) - 0.7 * pnp.sin(x)) * 0.7, axis=1),
    "least": lambda x: pnp.min(x * 0.3 - 0.7 * pnp.mean(x, axis=1, keepdims=True), axis=1),
}


@pytest.mark.parametrize("name", MAXIMA)
@pytest.mark.parametrize("shape", [(9, 6), (4, 17), (33, 8)])
def test_the_gradient_of_a_maximum_finds_its_element(name, shape):
    """The maximum is one of the elements that it is compared with, wherever it is computed."""
    x = np.random.default_rng(0).standard_normal(shape)
    slope = polyad.grad(lambda x: pnp.sum(MAXIMA[name](x)))
    np.testing.assert_allclose(polyad.jit(slope)(x), slope(x), rtol=1e-9, atol=1e-12)
