"""Patterns against NumPy's dense booleans and SciPy's conversions."""

import numpy as np
import pytest
import scipy.sparse

from polyad.errors import PolyadTypeError, ShapeError
from polyad.sparse import Pattern, SparsityError

SHAPES = [(5, 7), (7, 5), (6, 6), (1, 4), (4, 1), (0, 3), (3, 0)]


def dense(pattern):
    return pattern.to_scipy("csr").toarray()


def random_mask(shape, seed=0):
    return np.random.default_rng(seed).random(shape) < 0.3


@pytest.mark.parametrize("shape", SHAPES)
def test_round_trips(shape):
    mask = random_mask(shape)
    pattern = Pattern.from_scipy(mask)
    assert pattern.shape == shape
    assert pattern.nnz == mask.sum()
    for format in ("csr", "csc", "coo"):
        array = pattern.to_scipy(format)
        assert array.format == format
        np.testing.assert_array_equal(array.toarray(), mask)
        assert Pattern.from_scipy(array) == pattern
    shuffled = np.random.default_rng(1).permutation(np.tile(np.arange(pattern.nnz), 2))
    assert Pattern.from_coo(pattern.rows[shuffled], pattern.cols[shuffled], shape) == pattern


@pytest.mark.parametrize("shape", SHAPES)
def test_data_is_in_the_patterns_order_in_each_format(shape):
    pattern = Pattern.from_scipy(random_mask(shape))
    data = np.arange(1.0, pattern.nnz + 1)
    expected = np.zeros(shape)
    expected[pattern.rows, pattern.cols] = data
    for format in ("csr", "csc", "coo"):
        np.testing.assert_array_equal(pattern.to_scipy(format, data).toarray(), expected)


@pytest.mark.parametrize("shape", SHAPES)
def test_algebra(shape):
    a, b = random_mask(shape), random_mask(shape, 1)
    p, q = Pattern.from_scipy(a), Pattern.from_scipy(b)
    np.testing.assert_array_equal(dense(p | q), a | b)
    np.testing.assert_array_equal(dense(p - q), a & ~b)
    np.testing.assert_array_equal(dense(p.T), a.T)
    np.testing.assert_array_equal(dense(p.lower()), np.tril(a))
    np.testing.assert_array_equal(dense(p.upper()), np.triu(a))
    assert (p == q) == np.array_equal(a, b)
    assert p == p.T.T
    i, j = np.indices(shape).reshape(2, -1)
    np.testing.assert_array_equal(p.find(i, j) >= 0, a.ravel())
    assert p.is_symmetric == (shape[0] == shape[1] and np.array_equal(a, a.T))


def test_arrays_are_read_only_and_small():
    pattern = Pattern.from_coo([1, 0], [0, 1], (2, 2))
    for array in (pattern.indptr, pattern.indices, pattern.rows, pattern.cols):
        assert array.dtype == np.int32
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_stored_zeros_are_entries_and_duplicates_are_one():
    array = scipy.sparse.coo_array(([0.0, 1.0, 2.0], ([0, 1, 1], [0, 1, 1])), shape=(2, 2))
    assert Pattern.from_scipy(array).nnz == 2
    assert array.nnz == 3


def test_membership():
    pattern = Pattern.from_coo([0], [1], (2, 2))
    assert (0, 1) in pattern
    assert (1, 1) not in pattern
    assert (0, 3) not in pattern and (-2, 1) not in pattern


def test_exactness_is_handed_on():
    widened = Pattern.from_coo([0], [1], (2, 2), exact=False)
    exact = Pattern.from_coo([1], [1], (2, 2))
    assert not (widened | exact).exact and not widened.T.exact and not widened.lower().exact
    assert (exact | exact).exact
    assert "widened" in repr(widened) and "exact" in repr(exact)


def test_picture():
    assert repr(Pattern.from_scipy(np.eye(8))).splitlines() == [
        "Pattern(8 × 8, 8 entries, 12.50%, exact)",
        "⠑⢄⠀⠀",
        "⠀⠀⠑⢄",
    ]
    lines = repr(Pattern.from_scipy(scipy.sparse.eye_array(100_000))).splitlines()
    assert len(lines) == 21 and all(len(line) == 40 for line in lines[1:])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Pattern.from_coo([0, 2], [0, 0], (2, 2)), SparsityError, r"entry 1 at \(2, 0\)"),
        (lambda: Pattern.from_coo([0], [-1], (2, 2)), SparsityError, r"entry 0 at \(0, -1\)"),
        (lambda: Pattern.from_coo([0, 1], [0], (2, 2)), ShapeError, "two vectors of one length"),
        (lambda: Pattern.from_coo([0.5], [0], (2, 2)), PolyadTypeError, "rows must be integers"),
        (lambda: Pattern.from_scipy("abc"), PolyadTypeError, "not str"),
        (lambda: Pattern.from_scipy(np.zeros(3)), PolyadTypeError, "a dense matrix"),
        (lambda: Pattern.from_scipy(np.eye(2)).to_scipy("lil"), PolyadTypeError, "unknown format"),
        (lambda: Pattern.from_scipy(np.eye(2)) | np.eye(2), PolyadTypeError, "takes two patterns"),
        (
            lambda: Pattern.from_scipy(np.eye(2)) | Pattern.from_scipy(np.eye(3)),
            ShapeError,
            r"\(2, 2\) and \(3, 3\)",
        ),
        (lambda: Pattern.from_scipy(np.eye(2)).why(0, 0), SparsityError, "was given"),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error, match=message) as caught:
        make()
    assert "test_pattern.py" in str(caught.value)
