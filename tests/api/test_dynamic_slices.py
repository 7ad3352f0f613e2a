"""Slices at traced positions agree with NumPy's slices, wherever the position lies."""

from __future__ import annotations

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.errors import ConcretizationError, PolyadTypeError, PolyadValueError

SHAPE = (3, 4, 2)
X = np.random.default_rng(0).normal(size=SHAPE)
positions = st.tuples(*(st.integers(-9, 9) for _ in SHAPE))
sizes = st.tuples(*(st.integers(0, n) for n in SHAPE))
wraps = st.one_of(st.booleans(), st.tuples(*(st.booleans() for _ in SHAPE)))


def block(starts, lengths, wrap):
    """The block by NumPy's slices."""
    flags = (wrap,) * len(SHAPE) if isinstance(wrap, bool) else wrap
    found = []
    for start, size, n, negative in zip(starts, lengths, SHAPE, flags, strict=True):
        first = min(max(start + n if negative and start < 0 else start, 0), n - size)
        found.append(slice(first, first + size))
    return tuple(found)


@hypothesis.given(positions, sizes, wraps)
def test_blocks_are_read_and_written_where_numpy_has_them(starts, lengths, wrap):
    here = block(starts, lengths, wrap)
    options = {"allow_negative_indices": wrap}
    update = -np.ones(lengths)
    written = X.copy()
    written[here] = update
    for given in (starts, np.array(starts)):
        read = lax.dynamic_slice(X, given, lengths, **options)
        np.testing.assert_array_equal(read, X[here])
        found = lax.dynamic_update_slice(X, update, given, **options)
        np.testing.assert_array_equal(found, written)


@pytest.mark.parametrize("wrap", [True, False])
@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_traced_positions_along_one_axis(axis, wrap):
    n = SHAPE[axis]
    options = {"allow_negative_indices": wrap}

    def parts(x, i):
        size = n - 1
        line = lax.dynamic_index_in_dim(x, i, axis, keepdims=False, **options)
        piece = lax.dynamic_slice_in_dim(x, i, size, axis, **options)
        return (
            line,
            lax.dynamic_index_in_dim(x, i, axis, **options),
            piece,
            lax.dynamic_update_index_in_dim(x, -line, i, axis, **options),
            lax.dynamic_update_slice_in_dim(x, -piece, i, axis, **options),
        )

    compiled = polyad.jit(parts)
    for i in (-n - 2, -1, 0, 1, n, n + 3):
        first = i + n if wrap and i < 0 else i
        at = min(max(first, 0), n - 1)
        some = np.arange(n - 1) + min(max(first, 0), 1)
        line, piece = X.take(at, axis), X.take(some, axis)
        one, many = X.copy(), X.copy()
        np.moveaxis(one, axis, 0)[at] = -line
        np.moveaxis(many, axis, 0)[some] = -np.moveaxis(piece, axis, 0)
        expected = line, np.expand_dims(line, axis), piece, one, many
        for found in (parts(X, i), compiled(X, i)):
            for a, b in zip(found, expected, strict=True):
                np.testing.assert_array_equal(a, b)


def test_derivatives_go_to_the_block_and_to_its_surroundings():
    def f(x, u):
        return pnp.sum(lax.dynamic_update_slice(x, u, (1, 9, -1)) ** 2)

    u = np.ones((2, 2, 1))
    here = block((1, 9, -1), u.shape, True)
    by_x, by_u = polyad.jit(polyad.grad(f, (0, 1)))(X, u)
    expected = 2 * X
    expected[here] = 0
    np.testing.assert_allclose(by_x, expected)
    np.testing.assert_allclose(by_u, 2 * u)


def test_python_numbers_take_the_operands_dtype():
    x = np.zeros(3, np.float32)
    for run in (lambda f: f(x), lambda f: polyad.jit(f)(x)):
        found = run(lambda x: lax.dynamic_update_index_in_dim(x, 2, 1, 0))
        assert found.dtype == np.float32 and found.tolist() == [0, 2, 0]


REFUSED = {
    "2 axes, and start_indices an index for each; its shape is \\(1,\\)": (
        PolyadValueError,
        lambda x: lax.dynamic_slice(x, (0,), (1, 1)),
    ),
    "its shape is \\(\\)": (PolyadValueError, lambda x: lax.dynamic_slice(x, 1, (1, 1))),
    "has 2 axes and slice_sizes \\(1,\\) has 1": (
        PolyadValueError,
        lambda x: lax.dynamic_slice(x, (0, 1), (1,)),
    ),
    "an index is an integer scalar, not f64\\[\\]": (
        PolyadTypeError,
        lambda x: lax.dynamic_slice(x, (0.5, 1), (1, 1)),
    ),
    "an index is an integer scalar, not i64\\[2\\]": (
        PolyadTypeError,
        lambda x: lax.dynamic_index_in_dim(x, np.array([0, 1])),
    ),
    "a block of size 4 does not fit axis 1 of size 3": (
        PolyadValueError,
        lambda x: lax.dynamic_slice_in_dim(x, 0, 4, axis=1),
    ),
    "f64\\[2,3\\], has no axis 2": (
        PolyadValueError,
        lambda x: lax.dynamic_index_in_dim(x, 0, axis=2),
    ),
    "the rank of the operand, 2; they are f64\\[3\\]": (
        PolyadValueError,
        lambda x: lax.dynamic_update_slice(x, x[0], (0, 0)),
    ),
    "(?s)they are i64\\[2,3\\] and f64\\[2,3\\].*update.astype\\('float64'\\)": (
        PolyadTypeError,
        lambda x: lax.dynamic_update_slice(x, pnp.astype(x, pnp.int64), (0, 0)),
    ),
    "neither an array nor a number": (
        PolyadTypeError,
        lambda x: lax.dynamic_slice([1.0, 2.0], (0,), (1,)),
    ),
    "allow_negative_indices is a bool or one for each": (
        PolyadValueError,
        lambda x: lax.dynamic_slice(x, (0, 0), (1, 1), allow_negative_indices=[True]),
    ),
}


@pytest.mark.parametrize("message", REFUSED)
def test_errors(message):
    error, f = REFUSED[message]
    for run in (f, polyad.jit(f)):
        with pytest.raises(error, match=message) as raised:
            run(np.ones((2, 3)))
        assert "test_dynamic_slices.py" in str(raised.value)


def test_a_size_that_is_traced():
    with pytest.raises(ConcretizationError, match=r"(?s)sizes are known .*mask"):
        polyad.jit(lambda n: lax.dynamic_slice(np.ones(3), (0,), (n,)))(2)
