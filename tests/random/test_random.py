"""Keys and samples: transformations, statistics, bad input."""

import numpy as np
import pytest
import torch

import polyad
import polyad.numpy as pnp
from polyad import random
from polyad.errors import (
    PolyadTypeError,
    PolyadValueError,
    ShapeError,
)
from polyad.test_util import check_grads

KEY = random.key(0)

# -- Keys ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seed", "words"),
    [
        (0, [0, 0]),
        (2**32 - 1, [0, 2**32 - 1]),
        (2**33 + 5, [2, 5]),
        (-1, [2**32 - 1, 2**32 - 1]),
        (2**64 - 1, [2**32 - 1, 2**32 - 1]),
    ],
)
def test_a_seed_has_64_bits(seed, words):
    assert random.key(seed).tolist() == words
    if -(2**63) <= seed < 2**63:
        assert random.key(np.asarray(seed)).tolist() == words


def test_seeds_can_be_traced():
    keys = polyad.vmap(random.key)(np.arange(3))
    assert keys.tolist() == [[0, 0], [0, 1], [0, 2]]
    assert random.key(np.int32(-1)).tolist() == [0, 2**32 - 1]


def test_data_to_fold_in_can_be_traced():
    folded = polyad.vmap(lambda i: random.fold_in(KEY, i))(np.arange(3))
    assert folded.tolist() == [random.fold_in(KEY, i).tolist() for i in range(3)]


def test_samples_are_where_the_key_is():
    key = torch.tensor([0, 3], dtype=torch.uint32)
    for sample in (random.normal(key, (3,)), random.permutation(key, 3), random.split(key)):
        assert isinstance(sample, torch.Tensor)
    with polyad.use_backend("torch"):
        assert isinstance(random.normal(KEY, (3,)), np.ndarray)


@pytest.mark.parametrize("partitionable", [True, False])
@pytest.mark.parametrize(
    "sample",
    [
        lambda k: random.split(k, 3),
        lambda k: random.normal(k, (3, 2)),
        lambda k: random.randint(k, (5,), 0, 100),
        lambda k: random.permutation(k, 6),
        lambda k: random.choice(k, 6, (3,), p=pnp.full((6,), 1 / 6)),
        lambda k: random.categorical(k, pnp.zeros((2, 3))),
        lambda k: random.truncated_normal(k, -1.0, 1.0, (4,)),
    ],
)
def test_vmap_over_keys_is_a_loop(sample, partitionable):
    with polyad.config(threefry_partitionable=partitionable):
        keys = random.split(KEY, 3)
        batched = polyad.vmap(sample)(keys)
        assert np.array_equal(batched, np.stack([sample(k) for k in keys]))


# -- Derivatives -----------------------------------------------------------------------------------


def test_derivatives_in_parameters():
    check_grads(lambda m, s: m + s * random.normal(KEY, (3,)), (0.5, 2.0), 2)
    check_grads(lambda a, b: random.uniform(KEY, (3,), None, a, b), (0.5, np.arange(3) + 2.0), 1)
    check_grads(lambda a, b: random.truncated_normal(KEY, a, b, (3,)), (-1.0, 2.0), 2)
    check_grads(lambda x: random.permutation(KEY, x, 1), (np.arange(6.0).reshape(2, 3),), 2)
    check_grads(lambda x: random.choice(KEY, x, (4,)), (np.arange(3.0),), 2)


def test_the_derivative_of_float32_samples_is_that_of_erfinv():
    def sample(bound, dtype):
        return random.truncated_normal(KEY, -1.0, bound, (3,), dtype).sum()

    derivative = polyad.grad(sample)
    assert derivative(np.float32(2.0), "float32") == pytest.approx(
        polyad.grad(lambda b: sample_of_the_same_bits(b))(2.0), rel=1e-5
    )


def sample_of_the_same_bits(bound):
    unit = random.uniform(KEY, (3,), "float32").astype("float64")
    low, high = polyad.special.erf(-(0.5**0.5)), polyad.special.erf(bound * 0.5**0.5)
    return (polyad.special.erfinv(unit * (high - low) + low) * 2**0.5).sum()


# -- Distributions ---------------------------------------------------------------------------------

COUNT = 20_000
MOMENTS = {
    "uniform": (0.5, 1 / 12),
    "normal": (0.0, 1.0),
    "exponential": (1.0, 1.0),
    "gumbel": (0.5772156649, np.pi**2 / 6),
    "laplace": (0.0, 2.0),
    "logistic": (0.0, np.pi**2 / 3),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", list(MOMENTS))
def test_moments(name, dtype):
    mean, variance = MOMENTS[name]
    sample = getattr(random, name)(random.key(1), (COUNT,), dtype)
    assert sample.mean() == pytest.approx(mean, abs=5 * (variance / COUNT) ** 0.5)
    assert sample.var() == pytest.approx(variance, rel=0.1)


def test_cauchy_has_its_quartiles():
    sample = random.cauchy(random.key(1), (COUNT,))
    assert np.quantile(sample, [0.25, 0.5, 0.75]) == pytest.approx([-1, 0, 1], abs=0.05)


def test_bounds_hold():
    sample = random.truncated_normal(random.key(1), -0.5, 0.25, (COUNT,), "float32")
    assert sample.min() > -0.5 and sample.max() < 0.25
    sample = random.uniform(random.key(1), (COUNT,), "float32", 2.0, 3.0)
    assert sample.min() >= 2.0 and sample.max() < 3.0


def test_complex_samples_have_variance_1():
    sample = random.normal(random.key(1), (COUNT,), "complex64")
    assert sample.dtype == np.complex64
    assert (np.abs(sample) ** 2).mean() == pytest.approx(1.0, rel=0.05)


def test_randint_of_arrays_of_bounds():
    low, high = np.asarray([0, -5, 3]), np.asarray([10, 5, 3])
    sample = random.randint(random.key(1), (1000, 3), low, high)
    assert (sample >= low).all() and (sample[:, :2] < high[:2]).all() and (sample[:, 2] == 3).all()
    assert random.randint(KEY, (3,), 0, high, "uint8").dtype == np.uint8


def test_bounds_of_arrays_are_clipped_to_the_dtype():
    sample = random.randint(
        random.key(1), (1000,), np.asarray([-(10**6)]), np.asarray([10**6]), "int8"
    )
    assert sample.min() == -128 and sample.max() == 127


def test_a_whole_range_is_the_bits():
    low = random.bits(random.split(KEY)[1], (4,))
    sample = random.randint(KEY, (4,), -(2**31), 2**31, "int32")
    assert np.array_equal(sample.astype(np.int64) + 2**31, low)


def test_default_integers_follow_default_floats():
    assert random.randint(KEY, (), 0, 5).dtype == np.int64
    with polyad.config(default_float="float32"):
        assert random.randint(KEY, (), 0, 5).dtype == np.int32


def test_permutation_is_one():
    x = np.arange(12.0).reshape(3, 4)
    assert sorted(random.permutation(KEY, 100)) == list(range(100))
    assert sorted(random.permutation(KEY, x, axis=1).sum(0)) == sorted(x.sum(0))
    lines = random.permutation(KEY, x, axis=1, independent=True)
    assert np.array_equal(np.sort(lines, axis=1), x)
    assert random.permutation(KEY, 0).shape == (0,)


def test_choice_draws_slices():
    x = np.arange(12.0).reshape(3, 4)
    assert random.choice(KEY, x, (2, 5), axis=1).shape == (3, 2, 5)
    assert random.choice(KEY, x, (0,), axis=1).shape == (3, 0)
    assert len(set(random.choice(KEY, 10, (10,), replace=False).tolist())) == 10
    drawn = random.choice(random.key(1), 3, (COUNT,), p=[0.2, 0.0, 0.8])
    assert np.bincount(drawn, minlength=3) / COUNT == pytest.approx([0.2, 0.0, 0.8], abs=0.02)


def test_categories_follow_their_logits():
    drawn = random.categorical(random.key(1), np.log([[0.2], [0.8]]), axis=0, shape=(COUNT, 1))
    assert drawn.mean() == pytest.approx(0.8, abs=0.02)
    once = random.categorical(KEY, np.zeros((2, 5)), shape=(5, 2), replace=False)
    assert np.array_equal(np.sort(once, axis=0), np.arange(5)[:, None] * [1, 1])


# -- Bad input -------------------------------------------------------------------------------------

F32 = np.zeros(2, np.float32)
BAD = [
    (lambda: random.normal(7), PolyadTypeError, "^normal: a key is a uint32 .* not 7; make one"),
    (
        lambda: random.normal(F32),
        PolyadTypeError,
        r"not float32\[2\]; make one with polyad.random.key",
    ),
    (lambda: random.gumbel(F32), PolyadTypeError, "^gumbel: a key"),
    (lambda: random.cauchy(KEY, (2,), "int32"), PolyadTypeError, "^cauchy draws floating numbers"),
    (lambda: random.uniform(np.zeros(3, np.uint32)), PolyadTypeError, r"not uint32\[3\]"),
    (lambda: random.split(random.split(KEY)), PolyadTypeError, r"uint32\[2, 2\]; use polyad.vmap"),
    (lambda: random.key(1.5), PolyadTypeError, "a seed is an integer, not 1.5"),
    (lambda: random.key(np.arange(2)), PolyadTypeError, r"a seed is an integer, not int64\[2\]"),
    (lambda: random.key(2**64), PolyadValueError, "a seed has 64 bits at most"),
    (lambda: random.fold_in(KEY, -1), PolyadValueError, "fold_in takes 32 bits of data: -1"),
    (lambda: random.fold_in(KEY, 0.5), PolyadTypeError, "the data of fold_in is an integer"),
    (
        lambda: random.split(KEY, -1),
        PolyadValueError,
        r"split: a shape has no negative sizes: \(-1,\)",
    ),
    (
        lambda: random.normal(KEY, (2, -1)),
        PolyadValueError,
        "normal: a shape has no negative sizes",
    ),
    (lambda: random.uniform(KEY, (2.0,)), PolyadTypeError, "uniform: a shape has integers, not"),
    (lambda: random.bits(KEY, (2**32,)), PolyadValueError, r"2\*\*32 - 1 words at most"),
    (lambda: random.bits(KEY, (2,), "int32"), PolyadTypeError, "unsigned dtype, not int32"),
    (lambda: random.uniform(KEY, (2,), "int32"), PolyadTypeError, "uniform draws floating numbers"),
    (lambda: random.uniform(KEY, (2,), None, F32, np.ones(3)), ShapeError, "do not broadcast"),
    (
        lambda: random.uniform(KEY, (), None, F32),
        ShapeError,
        r"uniform: parameters of shape \(2,\)",
    ),
    (lambda: random.bernoulli(KEY, 1), PolyadTypeError, "the probability p is floating, not int64"),
    (lambda: random.bernoulli(KEY, F32, (3,)), ShapeError, "do not broadcast"),
    (lambda: random.randint(KEY, (), 0, 5, "float32"), PolyadTypeError, "randint draws integers"),
    (lambda: random.randint(KEY, (2,), F32, 5), PolyadTypeError, "randint: bounds are integers"),
    (
        lambda: random.permutation(KEY, 0.5),
        PolyadTypeError,
        "permutation takes a Python integer or",
    ),
    (lambda: random.permutation(KEY, -1), PolyadValueError, "no negative sizes"),
    (lambda: random.permutation(KEY, F32, 1), PolyadValueError, "axis 1 is out of range"),
    (lambda: random.choice(KEY, 0.5), PolyadTypeError, "choice draws from a Python integer or"),
    (lambda: random.choice(KEY, 0), PolyadValueError, "nothing to draw from"),
    (
        lambda: random.choice(KEY, 2, (3,), False),
        PolyadValueError,
        "3 draws without replacement from 2",
    ),
    (lambda: random.choice(KEY, 3, p=F32), ShapeError, r"p has shape \(3,\), .* not \(2,\)"),
    (lambda: random.categorical(KEY, [1, 2]), PolyadTypeError, "logits are floating, not int64"),
    (lambda: random.categorical(KEY, F32, 1), PolyadValueError, "axis 1 is out of range"),
    (
        lambda: random.categorical(KEY, np.ones((2, 3)), shape=(4,)),
        ShapeError,
        "must end with the batch",
    ),
    (
        lambda: random.categorical(KEY, F32, shape=(3,), replace=False),
        PolyadValueError,
        "3 draws without replacement from 2 categories",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_traced_key_is_checked():
    with pytest.raises(PolyadTypeError, match=r"not uint32\[3\]"):
        polyad.jit(random.normal)(np.zeros(3, np.uint32))
