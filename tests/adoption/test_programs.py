"""Programs in plain NumPy, unmodified: under grad, jit and vmap they have the values that PyTorch,
linear algebra and differences give.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import polyad

from . import crank_nicolson, gpt2

TOKENS = [3, 1, 4, 1, 5, 9, 2]
HEADS = 3


@pytest.fixture
def params() -> Any:
    return gpt2.random_params(np.random.default_rng(0))


def torch_loss(params: Any, tokens: Any) -> Any:
    """The same model, with PyTorch's own layers."""
    import torch
    from torch.nn import functional as F

    norm = lambda x, p: F.layer_norm(x, x.shape[-1:], p["g"], p["b"])
    linear = lambda x, p: x @ p["w"] + p["b"]
    x = params["wte"][tokens[:-1]] + params["wpe"][: len(tokens) - 1]
    for p in params["blocks"]:
        parts = linear(norm(x, p["ln_1"]), p["attn"]["c_attn"]).chunk(3, -1)
        q, k, v = (y.reshape(len(x), HEADS, -1).transpose(0, 1) for y in parts)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + linear(mixed.transpose(0, 1).reshape(x.shape), p["attn"]["c_proj"])
        hidden = F.gelu(linear(norm(x, p["ln_2"]), p["mlp"]["c_fc"]), approximate="tanh")
        x = x + linear(hidden, p["mlp"]["c_proj"])
    return F.cross_entropy(norm(x, params["ln_f"]) @ params["wte"].T, torch.tensor(tokens[1:]))


def test_gpt2_is_differentiated_as_by_pytorch(params: Any):
    torch = pytest.importorskip("torch")
    leaves, structure = polyad.tree.flatten(params)
    tensors = [torch.tensor(x, requires_grad=True) for x in leaves]
    value = torch_loss(polyad.tree.unflatten(structure, tensors), TOKENS)
    value.backward()
    adopted = polyad.adopt(gpt2.loss)
    assert adopted.unbound == []
    both = polyad.value_and_grad(lambda params: adopted(params, TOKENS, HEADS))
    for run in (both, polyad.jit(both)):
        found, gradient = run(params)
        np.testing.assert_allclose(found, value.item(), rtol=1e-12)
        for got, wanted in zip(polyad.tree.leaves(gradient), tensors, strict=True):
            np.testing.assert_allclose(got, wanted.grad.numpy(), rtol=1e-9, atol=1e-13)


def test_gpt2_over_a_batch_of_models(params: Any):
    others = gpt2.random_params(np.random.default_rng(1))
    stacked = polyad.tree.map(lambda *xs: np.stack(xs), params, others)
    adopted = polyad.adopt(gpt2.loss)
    found = polyad.vmap(lambda p: adopted(p, TOKENS, HEADS))(stacked)
    expected = [gpt2.loss(p, TOKENS, HEADS) for p in (params, others)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert adopted(params, TOKENS, HEADS) == pytest.approx(expected[0], rel=1e-12)


def matrix(n: int, k: Any, dt: float = 0.01) -> Any:
    """One step of the scheme, as a matrix."""
    r = k * dt * (n + 1) ** 2 / 2 * np.ones(n + 1)
    second = np.diag(r[:-1] + r[1:]) - np.diag(r[1:-1], 1) - np.diag(r[1:-1], -1)
    return np.linalg.solve(np.eye(n) + second, np.eye(n) - second)


def test_crank_nicolson_with_in_place_sweeps():
    u, k = np.sin(np.linspace(0.2, 2.5, 6)), 0.7
    power = np.linalg.matrix_power(matrix(6, k), 3)
    adopted = polyad.adopt(crank_nicolson.energy)
    assert adopted.unbound == []
    np.testing.assert_allclose(adopted(u, k), np.sum((power @ u) ** 2), rtol=1e-12)
    slope = polyad.grad(adopted, argnums=(0, 1))
    for run in (slope, polyad.jit(slope)):
        by_u, by_k = run(u, k)
        np.testing.assert_allclose(by_u, 2 * power.T @ power @ u, rtol=1e-11)
        at = lambda k: np.sum((np.linalg.matrix_power(matrix(6, k), 3) @ u) ** 2)
        np.testing.assert_allclose(by_k, (at(k + 1e-6) - at(k - 1e-6)) / 2e-6, rtol=1e-7)
    second = polyad.hessian(adopted)(u, k)
    np.testing.assert_allclose(second, 2 * power.T @ power, rtol=1e-10, atol=1e-14)
    batch = np.stack([u, 2 * u, -u])
    each = polyad.vmap(polyad.grad(adopted), in_axes=(0, None))(batch, k)
    np.testing.assert_allclose(each, batch @ (2 * power.T @ power), rtol=1e-10)


def test_the_originals_are_as_they_were(params: Any):
    before = gpt2.np, gpt2.loss.__globals__, crank_nicolson.Solver.step
    polyad.adopt(gpt2.loss), polyad.adopt(crank_nicolson.energy)
    assert before == (np, vars(gpt2), crank_nicolson.Solver.step)
    assert type(gpt2.softmax(np.ones(3))) is np.ndarray
