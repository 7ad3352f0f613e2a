"""Values, derivatives, extremes and bad input of `polyad.nn`."""

import math

import numpy as np
import pytest
import torch

import polyad
import polyad.numpy as pnp
from polyad import nn
from polyad.errors import PolyadTypeError, PolyadValueError, ShapeError
from polyad.test_util import check_grads

grad = polyad.grad
X = np.asarray([-4.5, -1.25, -0.5, 0.3, 0.75, 2.5])

ACTIVATIONS = {
    "sigmoid": torch.sigmoid,
    "log_sigmoid": torch.nn.functional.logsigmoid,
    "softplus": torch.nn.functional.softplus,
    "softsign": torch.nn.functional.softsign,
    "relu": torch.relu,
    "relu6": torch.nn.functional.relu6,
    "hard_tanh": torch.nn.functional.hardtanh,
    "leaky_relu": torch.nn.functional.leaky_relu,
    "elu": torch.nn.functional.elu,
    "selu": torch.selu,
    "celu": torch.celu,
    "silu": torch.nn.functional.silu,
    "gelu": lambda x: torch.nn.functional.gelu(x, approximate="tanh"),
    "glu": torch.nn.functional.glu,
    "hard_sigmoid": torch.nn.functional.hardsigmoid,
    "hard_silu": torch.nn.functional.hardswish,
    "mish": torch.nn.functional.mish,
    "soft_sign": torch.nn.functional.softsign,
    "squareplus": lambda x: (x + torch.sqrt(x * x + 4)) / 2,
    "sparse_plus": lambda x: torch.where(x > 1, x, ((x + 1).clamp(min=0) / 2) ** 2),
    "sparse_sigmoid": lambda x: ((x + 1) / 2).clamp(0, 1),
    "identity": lambda x: x,
    "tanh": torch.tanh,
    "softmax": lambda x: torch.softmax(x, -1),
    "log_softmax": lambda x: torch.log_softmax(x, -1),
}


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_activations(name):
    function, peer = getattr(nn, name), ACTIVATIONS[name]
    expected = peer(torch.tensor(X)).numpy()
    rtol = 1e-10 if name == "gelu" else 1e-12  # torch's cancels
    np.testing.assert_allclose(function(X), expected, rtol=rtol)
    np.testing.assert_allclose(function(torch.tensor(X)), expected, rtol=rtol)
    np.testing.assert_allclose(polyad.jit(function, backend="native")(X), expected, rtol=rtol)
    assert function(X.astype("float32")).dtype == np.float32
    check_grads(function, (X,), 2)


def test_gelu_without_approximation():
    expected = [x * 0.5 * math.erfc(-x / 2**0.5) for x in X]
    np.testing.assert_allclose(nn.gelu(X, approximate=False), expected, rtol=1e-12)
    check_grads(lambda x: nn.gelu(x, approximate=False), (X,), 2)


@pytest.mark.parametrize(
    ("name", "x", "slope"),
    [
        ("relu", 0.0, 0.0),
        ("relu6", 0.0, 0.0),
        ("relu6", 6.0, 0.0),
        ("hard_tanh", 1.0, 1.0),
        ("leaky_relu", 0.0, 1.0),
        ("softsign", 0.0, 1.0),
    ],
)
def test_slopes_at_kinks(name, x, slope):
    assert grad(getattr(nn, name))(x) == slope


def test_relu_keeps_nan():
    assert np.isnan(nn.relu(np.nan)) and np.isnan(nn.relu6(np.nan))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("name", "below", "above"),
    [
        ("sigmoid", (0, 0), (1, 0)),
        ("log_sigmoid", (-1000, 1), (0, 0)),
        ("softplus", (0, 0), (1000, 1)),
        ("silu", (0, 0), (1000, 1)),
        ("gelu", (0, 0), (1000, 1)),
        ("elu", (-1, 0), (1000, 1)),
        ("celu", (-1, 0), (1000, 1)),
        ("hard_tanh", (-1, 0), (1, 0)),
    ],
)
def test_values_and_slopes_at_extremes(name, below, above, dtype):
    function = getattr(nn, name)
    for x, (value, slope) in ((-1000.0, below), (1000.0, above)):
        x = np.asarray(x, dtype)[()]
        assert function(x) == value
        assert grad(function)(x) == slope
        assert polyad.jvp(function, (x,), (np.ones_like(x),))[1] == slope
        assert grad(grad(function))(x) == 0


def test_softplus_bends_most_at_0():
    assert grad(grad(nn.softplus))(0.0) == 0.25


# -- logsumexp, softmax ----------------------------------------------------------------------------

INF = math.inf


@pytest.mark.parametrize(
    ("x", "value", "weights"),
    [
        ([0.0, -INF], 0.0, [1.0, 0.0]),
        ([-INF, -INF], -INF, [0.5, 0.5]),
        ([INF, 0.0], INF, [1.0, 0.0]),
        ([INF, INF], INF, [0.5, 0.5]),
        ([INF, -INF], INF, [1.0, 0.0]),
        ([1e308, 1e308], 1e308, [0.5, 0.5]),
        ([-1000.0, -1000.0], -1000 + math.log(2), [0.5, 0.5]),
    ],
)
@pytest.mark.parametrize("backend", ["numpy", "native"])
def test_logsumexp_at_infinities(x, value, weights, backend):
    both = polyad.value_and_grad(nn.logsumexp)
    found = polyad.jit(both, backend=backend)(np.asarray(x))
    assert found[0] == value and found[1].tolist() == weights
    forward = polyad.jvp(nn.logsumexp, (np.asarray(x),), (np.asarray([1.0, 1.0]),))
    assert forward == (value, 1.0)


@pytest.mark.parametrize("axis", [0, 1, -1, (0, 1), None])
def test_logsumexp_axes(axis):
    x = np.linspace(-2, 3, 12).reshape(3, 4)
    axes = (0, 1) if axis is None else axis
    expected = np.log(np.exp(x).sum(axes))
    np.testing.assert_allclose(nn.logsumexp(x, axis), expected, rtol=1e-12)
    kept = nn.logsumexp(x, axis, keepdims=True)
    assert kept.shape == np.exp(x).sum(axes, keepdims=True).shape
    check_grads(lambda x: nn.logsumexp(x, axis), (x,), 2)


def test_logsumexp_with_factors():
    x, b = np.asarray([1.0, 2.0]), np.asarray([1.0, -3.0])
    total = (b * np.exp(x)).sum()
    assert np.isnan(nn.logsumexp(x, b=b))
    size, sign = nn.logsumexp(x, b=b, return_sign=True)
    assert size == pytest.approx(math.log(-total)) and sign == -1.0
    check_grads(lambda x, b: nn.logsumexp(x, b=b, return_sign=True)[0], (x, b), 2)
    assert nn.logsumexp(np.asarray([1e6, 0.0]), b=np.asarray([0.0, 1.0])) == 0.0
    assert grad(lambda b: nn.logsumexp(x, b=b))(np.asarray([0.0, 1.0]))[0] == math.exp(-1)


def test_log_softmax_of_huge_and_of_infinite_logits():
    def first(x):
        return nn.log_softmax(x)[0]

    huge = np.asarray([1e30, -1e30, 0.0])
    assert nn.log_softmax(huge).tolist() == [0.0, -2e30, -1e30]
    assert grad(first)(huge).tolist() == [0.0, 0.0, 0.0]
    assert grad(first)(np.asarray([0.0, -INF, 0.0])).tolist() == [0.5, 0.0, -0.5]
    assert nn.softmax(np.asarray([0.0, -INF])).tolist() == [1.0, 0.0]
    assert grad(lambda x: nn.softmax(x)[0])(huge).tolist() == [0.0, 0.0, 0.0]


def test_standardize():
    x = np.arange(12.0).reshape(3, 4) ** 2
    found = nn.standardize(x, axis=1)
    np.testing.assert_allclose(found.mean(1), 0, atol=1e-12)
    np.testing.assert_allclose(found.std(1), 1, rtol=1e-5)
    assert nn.standardize(3.0 * np.ones(2), mean=1.0, variance=4.0, epsilon=0.0).tolist() == [1, 1]
    check_grads(lambda x: nn.standardize(x, axis=(0, 1)), (x / 100,), 2)
    assert np.isfinite(grad(lambda x: nn.standardize(x)[0])(np.ones(3))).all()


def test_one_hot():
    assert nn.one_hot([0, 2, 3, -1], 3).tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]]
    assert nn.one_hot([[0, 1, 1]], 2, axis=0).shape == (2, 1, 3)
    assert nn.one_hot(torch.tensor([1]), 2, dtype="int32").dtype == torch.int32
    with polyad.config(default_float="float32"):
        assert nn.one_hot([0], 2).dtype == np.float32


# -- Losses ----------------------------------------------------------------------------------------

LOGITS = np.asarray([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]])
LABELS = np.asarray([2, 0])


@pytest.mark.parametrize("convert", [np.asarray, torch.tensor])
def test_cross_entropies_agree(convert):
    logits, labels = convert(LOGITS), convert(LABELS)
    dense = nn.one_hot(labels, 3)
    found = nn.softmax_cross_entropy_with_integer_labels(logits, labels)
    np.testing.assert_allclose(found, nn.softmax_cross_entropy(logits, dense), rtol=1e-12)
    across = nn.softmax_cross_entropy_with_integer_labels(logits.T, labels, axis=0)
    np.testing.assert_allclose(across, found, rtol=1e-12)

    def total(logits):
        return nn.softmax_cross_entropy_with_integer_labels(logits, labels).sum()

    expected = nn.softmax(logits) - dense
    np.testing.assert_allclose(grad(total)(logits), expected, rtol=1e-12, atol=1e-15)


def test_cross_entropy_of_impossible_classes():
    label, logits = np.asarray([1.0, 0.0]), np.asarray([0.0, -INF])
    assert nn.softmax_cross_entropy(logits, label) == 0.0
    assert grad(nn.softmax_cross_entropy)(logits, label).tolist() == [0.0, 0.0]
    huge = np.asarray([1e4, -1e4])
    assert grad(nn.softmax_cross_entropy_with_integer_labels)(huge, 1).tolist() == [1.0, -1.0]


def test_binary_cross_entropy():
    x, y = np.asarray([-1000.0, 1000.0, 0.0]), np.asarray([0.0, 0.0, 1.0])
    assert nn.sigmoid_binary_cross_entropy(x, y).tolist() == [0.0, 1000.0, math.log(2)]
    slope = grad(lambda x: nn.sigmoid_binary_cross_entropy(x, y).sum())(x)
    assert slope.tolist() == [0.0, 1.0, -0.5]
    check_grads(nn.sigmoid_binary_cross_entropy, (X, np.linspace(0, 1, 6)), 2)


def test_l2_loss():
    assert nn.l2_loss([3.0, 1.0], [1.0, 1.0]).tolist() == [2.0, 0.0]
    check_grads(nn.l2_loss, (X, X[::-1].copy()), 2)


# -- Bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["relu", "relu6", "hard_tanh", "gelu", "silu", "softmax", "elu"])
def test_complex_input(name):
    with pytest.raises(PolyadTypeError, match=r"relu|takes real arrays, not complex128"):
        getattr(nn, name)(1j)


BAD = [
    (lambda: nn.glu(np.ones(3)), ShapeError, "glu halves an axis of even size, not 3"),
    (
        lambda: nn.one_hot([0.5], 2),
        PolyadTypeError,
        "one_hot takes integers as labels, not",
    ),
    (
        lambda: nn.softmax_cross_entropy_with_integer_labels(LOGITS, [1.0, 2.0]),
        PolyadTypeError,
        "takes integers as labels",
    ),
    (
        lambda: nn.softmax_cross_entropy_with_integer_labels(LOGITS, [1, 2, 0]),
        ShapeError,
        r"labels have the shape \(2,\) of logits \(2, 3\) without axis 1, not \(3,\)",
    ),
    (lambda: nn.softmax(X, axis=2), PolyadValueError, "axis 2 is out of range"),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_one_hot_of_traced_labels():
    assert polyad.jit(lambda x: nn.one_hot(x, 2))(np.asarray([1])).tolist() == [[0.0, 1.0]]
    assert pnp.sum(polyad.vmap(lambda x: nn.one_hot(x, 3))(np.arange(3))) == 3
