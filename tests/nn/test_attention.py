"""Attention against its definition; masked sums; initial weights."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import nn, random
from polyad.errors import PolyadTypeError, PolyadValueError, ShapeError

RNG = np.random.default_rng(0)
Q = RNG.normal(size=(2, 5, 4, 3))
K, V = RNG.normal(size=(2, 2, 6, 2, 3))
WRAPS = pytest.mark.parametrize("wrap", [lambda f: f, polyad.jit], ids=["eager", "jit"])


def by_loops(seen, bias, scale):
    """Each query's mean of the values, weighted by e^(scale·query·key + bias) where it is seen."""
    out = np.zeros(Q.shape)
    for b, t, h in np.ndindex(*Q.shape[:3]):
        keys, values = K[b, :, h // 2], V[b, :, h // 2]
        weights = np.exp(keys @ Q[b, t, h] * scale + bias[b, h, t]) * seen[b, h, t]
        out[b, t, h] = weights @ values / weights.sum()
    return out


@WRAPS
def test_attention_is_its_definition(wrap):
    everything, none = np.ones((2, 4, 5, 6), bool), np.zeros((2, 4, 5, 6))
    here, there = np.arange(5)[:, None], np.arange(6)
    f = lambda **given: wrap(lambda q, k, v: nn.dot_product_attention(q, k, v, **given))(Q, K, V)
    usual = 1 / math.sqrt(3)
    np.testing.assert_allclose(f(), by_loops(everything, none, usual), rtol=1e-12)
    causal = everything & (there <= here)
    np.testing.assert_allclose(f(is_causal=True), by_loops(causal, none, usual), rtol=1e-12)
    near = everything & (there >= here - 1) & (there <= here + 2)
    found = f(local_window_size=(1, 2))
    np.testing.assert_allclose(found, by_loops(near, none, usual), rtol=1e-12)
    mask, bias = RNG.random((2, 4, 5, 6)) > 0.3, RNG.normal(size=(2, 4, 5, 6))
    found = f(mask=mask, bias=bias, scale=0.7)
    np.testing.assert_allclose(found, by_loops(mask, bias, 0.7), rtol=1e-12)


def test_padding_has_no_say_and_no_result():
    lengths = np.array([6, 2])
    found = nn.dot_product_attention(Q, K, V, key_value_seq_lengths=lengths)
    np.testing.assert_allclose(found[1], nn.dot_product_attention(Q[1], K[1, :2], V[1, :2]))
    found = nn.dot_product_attention(Q, K, V, query_seq_lengths=np.array([5, 3]))
    assert np.all(found[1, 3:] == 0)
    np.testing.assert_allclose(found[1, :3], nn.dot_product_attention(Q[1, :3], K[1], V[1]))


def test_the_gradient_of_attention_at_masked_keys_is_zero():
    loss = lambda k: pnp.sum(nn.dot_product_attention(Q, k, V, is_causal=True) ** 2)
    gradient = polyad.grad(loss)(K)
    assert np.all(gradient[:, 5] == 0)
    assert np.all(np.isfinite(gradient)) and np.any(gradient[:, 4] != 0)
    polyad.test_util.check_grads(lambda q: nn.dot_product_attention(q, K, V), (Q,), 2)


def test_errors_of_attention():
    with pytest.raises(ShapeError, match=r"given \(2, 5, 4, 3\), \(2, 6, 3, 3\)") as error:
        nn.dot_product_attention(Q, np.ones((2, 6, 3, 3)), np.ones((2, 6, 3, 3)))
    assert "test_attention.py" in str(error.value)
    with pytest.raises(ShapeError, match="key and value"):
        nn.dot_product_attention(Q, K, V[:, :3])
    with pytest.raises(PolyadTypeError, match="the mask is boolean, not float64"):
        nn.dot_product_attention(Q, K, V, mask=np.ones((5, 6)))


@WRAPS
def test_masked_sums(wrap):
    x, counts = RNG.normal(size=(3, 5)) * 9, RNG.random((3, 5)) > 0.4
    weights = np.exp(x) * counts
    total = weights.sum(1, keepdims=True)
    f = lambda g: wrap(lambda x, w: g(x, axis=1, where=w))(x, counts)
    np.testing.assert_allclose(f(nn.softmax), weights / total, rtol=1e-12)
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(f(nn.log_softmax), np.log(weights / total), 1e-12, 1e-14)
    mean = total[:, 0] / counts.sum(1)
    np.testing.assert_allclose(f(nn.logmeanexp), np.log(mean), rtol=1e-12)
    assert nn.logmeanexp(np.array([1000.0, 1000.0])) == 1000.0


def test_log1mexp_cancels_nowhere():
    x = np.array([1e-300, 1e-9, 0.5, math.log(2), 1.0, 40.0, 700.0])
    with mpmath.workdps(400):
        exact = [float(mpmath.log(1 - mpmath.exp(-mpmath.mpf(v)))) for v in x]
    np.testing.assert_allclose(nn.log1mexp(x), exact, rtol=1e-15)
    slopes = polyad.grad(lambda x: pnp.sum(nn.log1mexp(x)))(x)
    np.testing.assert_allclose(slopes, [float(1 / mpmath.expm1(v)) for v in x], rtol=1e-14)


@pytest.mark.parametrize(
    "name, scale, count",
    [
        ("lecun_normal", 1, 60),
        ("he_uniform", 2, 60),
        ("glorot_uniform", 1, 80),
        ("xavier_normal", 1, 80),
    ],
)
def test_initial_weights_have_their_variance(name, scale, count):
    shape = (3, 20, 100) if count == 60 else (100, 60)
    found = getattr(nn.initializers, name)()(random.key(1), shape, "float32")
    assert found.dtype == np.float32
    assert abs(np.var(found) / (scale / count) - 1) < 0.05
    assert abs(np.mean(found)) < 0.02


def test_axes_of_initial_weights():
    f = nn.initializers.variance_scaling(
        1.0, "fan_out", "normal", in_axis=0, out_axis=1, batch_axis=2, dtype="float64"
    )
    assert abs(np.var(f(random.key(0), (50, 20, 30))) * 20 - 1) < 0.05
    assert nn.initializers.zeros(None, (2,)).tolist() == [0, 0]
    assert nn.initializers.constant(3.0, "float32")(None, (1,)).dtype == np.float32


def test_errors_of_initializers():
    with pytest.raises(PolyadValueError, match=r"mode is one of fan_in, .*, not 'fan'"):
        nn.initializers.variance_scaling(1.0, "fan", "normal")
    with pytest.raises(PolyadValueError, match="distribution is one of"):
        nn.initializers.variance_scaling(1.0, "fan_in", "cauchy")
    with pytest.raises(ShapeError, match=r"two axes at least, not shape \(3,\)"):
        nn.initializers.he_normal()(random.key(0), (3,))
