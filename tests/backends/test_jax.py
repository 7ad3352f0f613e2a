"""JAX arrays as plain arrays, under any of JAX's settings of 64 bits."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.conformance import LAWS, SAMPLES, Cell, run_cell
from polyad.conformance.matrix import HOLDS, NOTHING
from polyad.errors import BackendError

OPS = ("sin", "sum", "where", "take", "scatter", "pad", "overlap_add", "dot_general", "svd", "sort")


def loss(w, x):
    return pnp.sum(pnp.tanh(x @ w) ** 2) + pnp.sum(w[::2])


def test_arrays_stay_jaxs_and_keep_their_dtype():
    w, x = jnp.ones(3, "float32"), jnp.ones((2, 3), "float32")
    for transformed in (polyad.grad(loss), polyad.jit(polyad.grad(loss))):
        found = transformed(w, x)
        assert isinstance(found, jax.Array) and found.dtype == "float32"
        np.testing.assert_allclose(found, jax.grad(plain)(w, x), rtol=1e-5)
    assert polyad.vmap(loss, (None, 0))(w, x[:, None]).shape == (2,)


def plain(w, x):
    return jnp.sum(jnp.tanh(x @ w) ** 2) + jnp.sum(w[::2])


def test_double_precision_is_polyads():
    with polyad.use_backend("jax"):
        assert pnp.zeros(2).dtype == "float64"
        assert polyad.grad(pnp.sin)(0.5).dtype == "float64"


def test_numpys_arrays_beside_its_own_are_converted():
    found = polyad.grad(loss)(jnp.ones(3), np.ones((2, 3)))
    assert isinstance(found, jnp.ndarray)
    np.testing.assert_allclose(found, polyad.grad(loss)(np.ones(3), np.ones((2, 3))))


def test_arrays_of_two_libraries_do_not_mix():
    torch = pytest.importorskip("torch")
    with pytest.raises(BackendError, match="mixes arrays of"):
        polyad.grad(loss)(jnp.ones(3), torch.ones(2, 3))


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("op", OPS)
def test_conformance(op, law):
    sample = next(s for s in SAMPLES if s.op == op)
    cell = run_cell(Cell(sample.name, sample.op, sample.dtypes[0], law, "jax"))
    if cell.outcome not in (HOLDS, NOTHING):
        pytest.fail(f"{cell.sample} in {cell.dtype}, {cell.law} on jax: {cell.reason}")
