"""Indexing and updating traced arrays against NumPy's own, by random indices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import polyad.numpy as pnp
from polyad import errors, grad, jit, vmap

from ..drawn import examples

SHAPES = [(5,), (4, 3), (2, 3, 4), (1, 4, 1, 2)]


def slices(n: int) -> st.SearchStrategy[Any]:
    bound = st.one_of(st.none(), st.integers(-n - 2, n + 2))
    step = st.one_of(st.none(), st.integers(-3, 3).filter(bool))
    return st.builds(slice, bound, bound, step)


def integer_arrays(n: int, shape: tuple[int, ...]) -> st.SearchStrategy[Any]:
    size = int(np.prod(shape))
    found = st.lists(st.integers(-n, n - 1), min_size=size, max_size=size)
    return found.map(lambda values: np.array(values, int).reshape(shape))


@st.composite
def indices(draw: Any, shape: tuple[int, ...], advanced: bool) -> tuple[Any, ...]:
    """An index of an array of `shape`: slices, integers, ..., None, index arrays of one shape."""
    outer = draw(st.sampled_from([(2,), (1,), (3, 2), ()]))
    entries: list[Any] = []
    for n in shape[: draw(st.integers(0, len(shape)))]:
        kinds = [slices(n), st.integers(-n, n - 1)]
        if advanced:
            kinds.append(integer_arrays(n, outer))
        entries.append(draw(st.one_of(kinds)))
    if draw(st.booleans()):
        rest = shape[len(entries) :]
        entries.append(Ellipsis)
        entries += [draw(slices(n)) for n in rest[len(rest) - draw(st.integers(0, len(rest))) :]]
    for _ in range(draw(st.integers(0, 2))):
        entries.insert(draw(st.integers(0, len(entries))), None)
    return tuple(entries)


@st.composite
def cases(draw: Any, advanced: bool) -> tuple[Any, Any]:
    shape = draw(st.sampled_from(SHAPES))
    return np.arange(float(np.prod(shape))).reshape(shape), draw(indices(shape, advanced))


def plain(index: Any) -> Any:
    return index[0] if len(index) == 1 else index


@examples(150)
@given(st.one_of(cases(False), cases(True)))
def test_reading(case: tuple[Any, Any]):
    x, index = case
    expected = x[plain(index)]
    found = jit(lambda x: x[plain(index)], backend="numpy")(x)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(pnp.at(x)[plain(index)].get(), expected)


@examples(60)
@given(st.one_of(cases(False), cases(True)))
def test_the_gradient_of_reading_counts_how_often_an_element_is_read(case: tuple[Any, Any]):
    x, index = case
    weights = np.cos(np.arange(x[plain(index)].size)).reshape(x[plain(index)].shape)
    expected = np.zeros_like(x)
    np.add.at(expected, plain(index), weights)
    found = grad(lambda x: pnp.sum(x[plain(index)] * weights))(x)
    np.testing.assert_allclose(found, expected, atol=1e-14)


COMBINE = {"add": np.add, "multiply": np.multiply, "min": np.minimum, "max": np.maximum}


@examples(150)
@given(st.one_of(cases(False), cases(True)), st.sampled_from(["set", *COMBINE]), st.booleans())
def test_updating(case: tuple[Any, Any], mode: str, scalar: bool):
    x, index = case
    values = (
        3.5 if scalar else np.cos(np.arange(x[plain(index)].size)).reshape(x[plain(index)].shape)
    )
    expected = x.copy()
    if mode == "set":
        expected[plain(index)] = values
    else:
        COMBINE[mode].at(expected, plain(index), values)
    update = lambda x, values: getattr(pnp.at(x)[plain(index)], mode)(values)
    kept = x.copy()
    np.testing.assert_allclose(update(x, values), expected, rtol=1e-14)
    np.testing.assert_array_equal(x, kept)
    np.testing.assert_allclose(jit(update, backend="numpy")(x, values), expected, rtol=1e-14)


@examples(60)
@given(st.one_of(cases(False), cases(True)))
def test_item_assignment_on_a_traced_array(case: tuple[Any, Any]):
    x, index = case
    values = np.cos(np.arange(x[plain(index)].size)).reshape(x[plain(index)].shape)

    def assign(x, values):
        x[plain(index)] = values
        return x

    found = jit(assign, backend="numpy")(x, values)
    np.testing.assert_array_equal(found, assign(x.copy(), values))


@pytest.mark.parametrize("backend", ["numpy", "torch", "native"])
@pytest.mark.parametrize(
    "index",
    [
        0,
        -1,
        slice(1, None, 2),
        slice(None, None, -1),
        (slice(None), 1),
        (..., None, 0),
        [0, 2, 2],
        ([0, 1], slice(None)),
        (slice(None), [1, 0, 1]),
        ([1, 0], [0, 2]),
        (None, [1], ..., -1),
    ],
    ids=repr,
)
def test_reading_on_each_backend(index: Any, backend: str):
    x = np.arange(12.0).reshape(4, 3)
    found = jit(lambda x: x[index], backend=backend)(
        torch.from_numpy(x) if backend == "torch" else x
    )
    np.testing.assert_array_equal(np.asarray(found), x[index])


def test_traced_index_arrays_count_from_the_end_and_are_clamped_or_dropped():
    x = np.arange(4.0)
    i = np.array([-1, 0, 7, -9])
    assert jit(lambda x, i: x[i])(x, i).tolist() == [3, 0, 3, 0]
    assert jit(lambda x, i: pnp.at(x)[i].add(10))(x, i).tolist() == [10, 1, 2, 13]
    assert vmap(lambda i: pnp.asarray(x)[i] if False else pnp.take(x, i))(
        np.array([1, -2])
    ).tolist() == [1, 2]
    with pytest.raises(IndexError, match="index 7 is out of range for axis 0 of size 4"):
        grad(lambda x: pnp.sum(x[i]))(x)


def test_a_scalar_index_that_is_traced():
    x, i = np.arange(12.0).reshape(4, 3), np.array([2, 0])
    pick = lambda i, x: pnp.at(x)[i].get()
    np.testing.assert_array_equal(vmap(pick, in_axes=(0, None))(i, x), x[[2, 0]])
    np.testing.assert_array_equal(vmap(lambda i, x: x[i])(i, x[:2]), [x[0, 2], x[1, 0]])
    np.testing.assert_array_equal(jit(lambda i, x: x[i, 1])(np.int64(2), x), x[2, 1])


# -- Masks ----------------------------------------------------------------------------------------


@examples(40)
@given(st.sampled_from(SHAPES), st.integers(0, 100), st.integers(1, 4))
def test_masks_of_known_value(shape: tuple[int, ...], seed: int, axes: int):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=shape)
    mask = rng.integers(0, 2, shape[:axes]).astype(bool)
    np.testing.assert_array_equal(grad(lambda x: pnp.sum(x[mask] ** 2))(x), 2 * x * expand(mask, x))
    by_value = grad(lambda x: pnp.sum(x[x > 0] ** 2))(x)
    np.testing.assert_array_equal(by_value, np.where(x > 0, 2 * x, 0))
    for mode in ("set", *COMBINE):
        found = jit(lambda x, m, mode=mode: getattr(pnp.at(x)[m], mode)(2.0), backend="numpy")(
            x, mask
        )
        expected = x.copy()
        expected[mask] = 2.0 if mode == "set" else COMBINE[mode](x[mask], 2.0)
        np.testing.assert_array_equal(found, expected)


def expand(mask: Any, x: Any) -> Any:
    return mask.reshape(mask.shape + (1,) * (x.ndim - mask.ndim))


def test_masks_of_unknown_value_work_with_where_and_assignment():
    def f(x):
        x[x < 0] = 0.0
        return pnp.where(x > 1, x, -x)

    x = np.array([-1.0, 0.5, 2.0])
    assert jit(f)(x).tolist() == [0, -0.5, 2]
    assert vmap(lambda x: pnp.where(x > 0, x, 0.0))(x).tolist() == [0, 0.5, 2]


# -- Assignment -----------------------------------------------------------------------------------


def test_assignment_rebinds_the_array_and_leaves_earlier_values_alone():
    def f(x):
        before = x * 1
        same = x
        x[1] = 10 * x[0]
        x[2] += 5.0
        return before, x, same

    before, after, same = jit(f)(np.arange(3.0))
    assert before.tolist() == [0, 1, 2]
    assert after.tolist() == [0, 0, 7]
    assert same.tolist() == after.tolist()


def test_the_callers_array_is_not_written_to():
    x = np.arange(3.0)

    def f(x):
        x[0] = 5.0
        return x.sum()

    assert grad(f)(x).tolist() == [0, 1, 1]
    assert x.tolist() == [0, 1, 2]


def test_gradients_through_assignment():
    def f(x):
        y = pnp.zeros(4)
        y[1] = x[0] ** 2
        y[2:] = x * 3
        return pnp.sum(y * pnp.arange(4.0))

    assert jit(grad(f))(np.array([2.0, 5.0])).tolist() == [2 * 2 + 2 * 3, 3 * 3]


def test_copies_may_be_written_to():
    def f(x):
        for y in (x[[0, 1]], x.copy(), x.flatten(), x + 0, x.astype("float32")):
            y[0] = 5.0
        row = x[0].copy()
        row[0] = 7.0
        return row, x

    row, x = jit(f)(np.ones((2, 2)))
    assert row.tolist() == [7, 1]
    assert x.tolist() == [[1, 1], [1, 1]]


def test_values_that_do_not_fit():
    with pytest.raises(errors.ShapeError, match=r"shape \(3,\) does not broadcast to \(2,\)"):
        jit(lambda x: pnp.at(x)[:2].set(np.ones(3)))(np.ones(4))
    with pytest.raises(
        errors.PolyadTypeError, match="a float cannot be written into an array of int64"
    ):
        jit(lambda x: pnp.at(x)[0].set(1.5))(np.ones(4, int))
    with pytest.raises(errors.PolyadIndexError, match="does not fit an array of shape"):
        jit(lambda x, m: pnp.at(x)[m].set(1.0))(np.ones(4), np.ones(3, bool))


def test_take_and_take_along_axis():
    x = np.arange(12.0).reshape(3, 4)
    i = np.array([[1, -1], [0, 2]])
    for axis in (0, 1, -1, None):
        expected = np.take(x, i, axis=axis)
        np.testing.assert_array_equal(pnp.take(x, i, axis=axis), expected)
        np.testing.assert_array_equal(
            jit(lambda x, i, a=axis: pnp.take(x, i, axis=a))(x, i), expected
        )
    order = np.argsort(-x, axis=1)
    np.testing.assert_array_equal(
        pnp.take_along_axis(x, order, axis=1), np.take_along_axis(x, order, 1)
    )
