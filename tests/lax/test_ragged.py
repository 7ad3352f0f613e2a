"""Products of ragged arrays, beside loops over their groups."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import polyad
from polyad import lax
from polyad.errors import PolyadTypeError, PolyadValueError, ShapeError
from polyad.lax import RaggedDotDimensionNumbers as Dims

RNG = np.random.default_rng(0)
SIZES = np.array([2, 0, 3])


def by_groups(x: Any, y: Any, sizes: Any) -> Any:
    ends = np.cumsum(sizes)
    found = np.zeros((x.shape[0], y.shape[-1]))
    for k, (size, end) in enumerate(zip(sizes, ends, strict=True)):
        found[end - size : end] = x[end - size : end] @ y[k]
    return found


def test_rows_meet_the_matrix_of_their_group():
    x, y = RNG.standard_normal((6, 4)), RNG.standard_normal((3, 4, 2))
    for f in (lax.ragged_dot, polyad.jit(lax.ragged_dot)):
        np.testing.assert_allclose(f(x, y, SIZES), by_groups(x, y, SIZES), rtol=1e-12)
    batched = polyad.vmap(lax.ragged_dot, in_axes=(0, None, 0))
    sizes = np.array([SIZES, [1, 4, 1]])
    expected = [by_groups(v, y, s) for v, s in zip([x, -x], sizes, strict=True)]
    np.testing.assert_allclose(batched(np.stack([x, -x]), y, sizes), expected, rtol=1e-12)
    f = lambda x, y: lax.ragged_dot(x, y, SIZES)
    polyad.test_util.check_grads(f, (x, y), order=2, rtol=1e-4, atol=1e-6)


def test_a_contracted_axis_gives_a_result_for_each_group():
    x, y = RNG.standard_normal((5, 4)), RNG.standard_normal((5, 2))
    dims = Dims((((0,), (0,)), ((), ())), (0,), ())
    found = lax.ragged_dot_general(x, y, SIZES, dims)
    expected = [x[:2].T @ y[:2], np.zeros((4, 2)), x[2:].T @ y[2:]]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_batch_axis_changes_nothing():
    x, y = RNG.standard_normal((5, 3, 4)), RNG.standard_normal((5, 4, 2))
    dims = Dims((((2,), (1,)), ((0,), (0,))), (0,), ())
    np.testing.assert_allclose(lax.ragged_dot_general(x, y, SIZES, dims), x @ y, rtol=1e-12)


def test_sizes_may_depend_on_the_batch():
    x, y = RNG.standard_normal((2, 6, 4)), RNG.standard_normal((3, 2, 4, 5))
    sizes = np.array([SIZES, [1, 4, 1]])
    dims = Dims((((2,), (2,)), ((0,), (1,))), (1,), (0,))
    found = lax.ragged_dot_general(x, y, sizes, dims)
    expected = [by_groups(x[b], y[:, b], sizes[b]) for b in range(2)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x, y: lax.ragged_dot(x, y[:2], SIZES), ShapeError, "3 groups, and 2 parts of rhs"),
        (
            lambda x, y: lax.ragged_dot(x, y, SIZES * 1.0),
            PolyadTypeError,
            "group_sizes are integers",
        ),
        (
            lambda x, y: lax.ragged_dot(x, y, SIZES, group_offset=SIZES[:1]),
            PolyadValueError,
            "group_offset is None",
        ),
        (
            lambda x, y: lax.ragged_dot_general(
                x, y, SIZES, Dims((((1,), (1,)), ((), ())), (), (0,))
            ),
            PolyadTypeError,
            "lhs_ragged_dimensions is one axis",
        ),
        (
            lambda x, y: lax.ragged_dot_general(
                x, y, SIZES, Dims((((1,), (1,)), ((), ())), (0,), ())
            ),
            PolyadTypeError,
            "rhs has 1 group axes",
        ),
        (
            lambda x, y: lax.ragged_dot_general(
                x, y, SIZES, Dims((((1,), (1,)), ((), ())), (7,), (0,))
            ),
            ShapeError,
            "lhs has no axis 7",
        ),
        (lambda x, y: lax.ragged_dot(x, y, np.array([SIZES])), ShapeError, "has a shape"),
    ],
)
def test_bad_requests(call: Any, error: type[Exception], message: str):
    with pytest.raises(error, match=message):
        call(np.ones((5, 4)), np.ones((3, 4, 2)))
