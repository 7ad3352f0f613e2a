"""Arrays on other devices than the CPU: the part that can be tested without one."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import polyad
import polyad.numpy as pnp
from polyad.backends import cupy as cupy_backend
from polyad.backends.torch_ops import last_ones, sum_of_products
from polyad.execution import get_backend, placement
from polyad.ir import ArrayType, as_dtype


class Elsewhere:
    """PyTorch, as if its tensors were not in the memory of the CPU."""

    def __init__(self, monkeypatch):
        self.entered = []
        backend = get_backend("torch")
        monkeypatch.setattr(backend, "on_host", lambda arrays: False)
        monkeypatch.setattr(backend, "beside", self.beside)

    @contextlib.contextmanager
    def beside(self, array):
        self.entered.append(array)
        yield


@pytest.fixture
def elsewhere(monkeypatch):
    return Elsewhere(monkeypatch)


def test_a_trace_runs_beside_its_arrays(elsewhere):
    x = torch.ones(3, dtype=torch.float64)
    seen = []

    def f(x):
        seen.append(len(elsewhere.entered))
        return pnp.sum(pnp.sin(x))

    polyad.grad(f)(x)
    assert seen == [1]
    assert elsewhere.entered[0] is x


@pytest.mark.parametrize("jacobian", [polyad.jacfwd, polyad.jacrev, polyad.hessian])
def test_so_do_the_rows_of_an_identity(jacobian, elsewhere):
    x = torch.linspace(0.1, 1, 3, dtype=torch.float64)
    jacobian(lambda x: pnp.sum(x**3))(x)
    assert elsewhere.entered


def test_lists_beside_arrays_too(elsewhere):
    x = torch.ones(2, dtype=torch.float64)
    pnp.stack([x, [1.0, 2.0]])
    assert x in elsewhere.entered


def test_scopes_of_arrays_on_the_host_are_empty():
    for array in (np.ones(2), torch.ones(2)):
        scope = placement([1.0, array]).on_device()
        assert isinstance(scope, contextlib.nullcontext)
    assert isinstance(placement([1.0]).on_device(), contextlib.nullcontext)


@pytest.mark.parametrize(
    ("left", "right"),
    [((4,), (4,)), ((4,), (4, 3)), ((2, 4), (4,)), ((2, 4), (4, 3)), ((5, 2, 4), (5, 4, 3))],
)
def test_products_of_integers(left, right):
    rng = np.random.default_rng(0)
    a, b = (
        torch.as_tensor(rng.integers(-(2**31), 2**31, s).astype("int32")) for s in (left, right)
    )
    found, wanted = sum_of_products(a, b), torch.matmul(a, b)
    assert found.dtype is wanted.dtype
    assert torch.equal(found, wanted)


def test_of_updates_of_one_element_the_last_stays():
    rng = np.random.default_rng(0)
    indices = torch.as_tensor(rng.integers(0, 5, 30))
    updates = torch.as_tensor(rng.normal(size=(2, 30)))
    kept, left = last_ones(torch, 1, 5, indices, updates)
    assert len(set(kept.tolist())) == len(kept) == len(set(indices.tolist()))
    wanted = {int(i): updates[:, k] for k, i in enumerate(indices)}
    for k, i in enumerate(kept.tolist()):
        assert torch.equal(left[:, k], wanted[i])


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_reciprocals_are_those_of_numpy(dtype):
    parts = [0.0, -0.0, 1.5, -3.0, np.inf, -np.inf, 1e-30, 2e20]
    z = np.array([complex(a, b) for a in parts for b in parts], dtype)
    type = ArrayType(as_dtype(dtype), z.shape)
    run = cupy_backend.reciprocal(SimpleNamespace(xp=np), {}, (type,), (type,))
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(run(z), 1 / z)
