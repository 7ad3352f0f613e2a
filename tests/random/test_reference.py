"""Keys, bits and samples are JAX's: JAX 0.10.2 wrote `reference.json`, from PRNGKey(42)."""

import json
from pathlib import Path

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import random

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
SHAPES = {str(s): s for s in ((), (1,), (4,), (5,), (2, 3), (3, 0))}
TOLERANCE = {"float32": 2e-6, "float64": 1e-12}
P = [0.1, 0.2, 0.3, 0.4]


def drawn(name):
    """The numbers that polyad draws for an entry of the reference."""
    k = random.key(42)
    kind, _, rest = name.partition(" ")
    if kind == "bits":
        width, _, shape = rest.partition(" ")
        return random.bits(k, SHAPES[shape], f"uint{width}")
    if kind == "split":
        return random.split(k, (2, 2) if rest == "(2, 2)" else int(rest))
    if kind == "fold":
        return random.fold_in(k, int(rest))
    if kind == "randint":
        dtype, low, high = rest.split()
        return random.randint(k, (4,), int(low), int(high), dtype)
    if kind == "truncated":
        return random.truncated_normal(k, -1.0, 2.0, (3,), rest)
    if rest in TOLERANCE:
        return getattr(random, kind)(k, (3,), rest)
    x = pnp.asarray([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]])
    p = pnp.asarray(P)
    return {
        "bern": lambda: random.bernoulli(k, 0.3, (8,)),
        "permutation": lambda: random.permutation(k, 7),
        "independent": lambda: random.permutation(k, x, 1, independent=True),
        "rows": lambda: random.permutation(k, x, 1),
        "choice": lambda: random.choice(k, 4, (5,)),
        "choice p": lambda: random.choice(k, 4, (5,), p=p),
        "choice once": lambda: random.choice(k, 4, (3,), replace=False),
        "choice once p": lambda: random.choice(k, 4, (3,), replace=False, p=p),
        "categorical": lambda: random.categorical(k, pnp.log(p), shape=(5,)),
        "categorical once": lambda: random.categorical(k, pnp.log(p), shape=(3,), replace=False),
    }[name]()


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("name", list(REFERENCE["original"]))
@pytest.mark.parametrize("layout", list(REFERENCE))
def test_reference(layout, name, backend):
    settings = {"threefry_partitionable": layout == "partitionable"}
    with polyad.config(default_backend=backend, **settings):
        found = drawn(name)
    assert type(found).__module__.startswith(backend)
    found, expected = np.asarray(found).ravel(), REFERENCE[layout][name]
    dtype = name.rpartition(" ")[2]
    if dtype in TOLERANCE:
        assert str(found.dtype) == dtype
        np.testing.assert_allclose(found, expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
    else:
        assert found.tolist() == expected


@pytest.mark.share(3)
@pytest.mark.parametrize("name", list(REFERENCE["original"]))
@pytest.mark.parametrize("layout", list(REFERENCE))
def test_native_code_draws_the_same(layout, name):
    with polyad.config(threefry_partitionable=layout == "partitionable"):
        eager = drawn(name)
        compiled = polyad.jit(lambda: drawn(name), backend="native")()
    assert compiled.dtype == eager.dtype
    if eager.dtype.kind == "f":
        tolerance = 10 * pnp.finfo(eager.dtype).eps
        np.testing.assert_allclose(compiled, eager, rtol=tolerance, atol=tolerance)
    else:
        assert np.array_equal(compiled, eager)


# -- Printed numbers of the tutorials, in float32 --------------------------------------------------


def close(found, expected):
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.float32(expected), rtol=2e-6)


def tutorial(partitionable):
    return polyad.config(threefry_partitionable=partitionable, default_float="float32")


def test_two_splits_of_key_42():
    with tutorial(False):
        _, weights, offset = random.split(random.PRNGKey(42), 3)
        close(
            random.normal(weights, (3, 2)),
            [[-1.8231415, -0.472541], [0.41849834, -1.598711], [1.1073328, 1.028033]],
        )
        close(random.normal(offset, ()), -1.2226542)


def test_a_batch_of_key_1234():
    expected = [0.9066547, -0.9453376, 0.08205657, -1.8436362, 0.45950902]
    with tutorial(False):
        close(random.normal(key=random.PRNGKey(1234), shape=(5,)), expected)


INPUTS = [[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30], [0.74, -2.49, 1.39]]


def loss(weights, offset):
    score = pnp.dot(pnp.asarray(INPUTS), weights) + offset
    predicted = 0.5 * (pnp.tanh(score / 2) + 1)
    targets = pnp.asarray([True, True, False, True])
    return -pnp.sum(pnp.log(predicted * targets + (1 - predicted) * (1 - targets)))


def test_regression_of_key_0():
    with tutorial(False):
        _, weights, offset = random.split(random.key(0), 3)
        found = polyad.grad(loss)(random.normal(weights, (3,)), random.normal(offset, ()))
        close(found, [-0.16965583, -0.87746465, -1.4901344])


def test_regression_of_key_1701():
    with tutorial(True):
        k = random.split(random.key(1701), 3)[0]
        found = polyad.grad(loss, (0, 1))(random.normal(k, (3,)), random.normal(k, ()))
        close(found[0], [-1.64406, 1.4412102, -1.8369946])
        close(found[1], -2.307187)
