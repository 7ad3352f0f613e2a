"""Functions whose results have as many elements as the values say: eagerly, under derivatives, and
with `size=` under jit and vmap.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.errors import (
    ConcretizationError,
    PolyadIndexError,
    PolyadTypeError,
    PolyadValueError,
    ShapeError,
)

from ..arrays import BACKENDS, close, off, on, run

DRAWN = ("numpy", "torch", "array_api_strict")
NAN = np.nan
X = np.array([[3.0, 0.0, 1.0], [0.0, 3.0, -2.0]])
N = np.array([5, 2, 5, 9, 2, 2])
VALUES = [
    X,
    N,
    N.astype("uint16"),
    np.array([True, False, True]),
    np.array([1.0, NAN, -0.0, 0.0, NAN, 1.0]),
    np.array([1 + 2j, 1 - 2j, 0j, 1 + 2j]),
    np.zeros((0, 3)),
    np.array(4.0),
]


@pytest.mark.parametrize("backend", DRAWN)
@pytest.mark.parametrize("x", VALUES, ids=lambda x: str(x.dtype))
def test_distinct_values_are_numpys_on_each_backend(x: Any, backend: str):
    found = run(backend, pnp.unique_all, [x])
    for mine, theirs in zip(found, np.unique_all(x), strict=True):
        close(mine, theirs)
    close(run(backend, pnp.unique_values, [x]), found.values)
    for mine, theirs in zip(run(backend, pnp.unique_counts, [x]), np.unique_counts(x), strict=True):
        close(mine, theirs)
    for mine, theirs in zip(
        run(backend, pnp.unique_inverse, [x]), np.unique_inverse(x), strict=True
    ):
        close(mine, theirs)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("x", VALUES[:6], ids=lambda x: str(x.dtype))
def test_a_size_cuts_and_fills(x: Any, backend: str):
    values, indices, inverse, counts = np.unique_all(x)
    k = len(values)
    sized = lambda n: lambda x: tuple(pnp.unique_all(x, size=n))
    for n in (1, k, k + 2):
        found = [off(v) for v in run(backend, sized(n), [x])]
        kept = min(n, k)
        close(found[0][:kept], values[:kept])
        close(found[1][:kept], indices[:kept])
        close(found[2], inverse)
        close(found[3], np.concatenate([counts[:kept], np.zeros(n - kept, int)]))
        close(found[0][kept:], np.repeat(values[:1], n - kept))
    filled = run(backend, lambda x: pnp.unique_values(x, size=k + 1, fill_value=True), [x])
    close(off(filled)[k:], np.ones(1, x.dtype))


@pytest.mark.parametrize("backend", BACKENDS)
def test_nonzero_with_a_size(backend: str):
    for n in (1, 4, 6):
        rows, columns = run(backend, lambda x, n=n: pnp.nonzero(x, size=n), [X])
        expected = [np.resize(np.append(i[:n], [0] * max(n - 4, 0)), n) for i in np.nonzero(X)]
        close(rows, expected[0].astype(np.int64))
        close(columns, expected[1].astype(np.int64))
    filled = lambda x: pnp.nonzero(x, size=3, fill_value=(-1, 7))
    rows, columns = run(backend, filled, [np.array([[0.0, 2.0]])])
    np.testing.assert_array_equal(off(rows), [0, -1, -1])
    np.testing.assert_array_equal(off(columns), [1, 7, 7])
    (none,) = run(backend, lambda x: pnp.nonzero(x, size=2, fill_value=5), [np.zeros(0)])
    np.testing.assert_array_equal(off(none), [5, 5])


def test_sizes_under_vmap():
    rows = np.stack([N, N[::-1], np.zeros(6, int)])
    found = polyad.vmap(lambda x: pnp.unique_counts(x, size=3))(rows)
    for k, row in enumerate(rows):
        one = pnp.unique_counts(row, size=3)
        np.testing.assert_array_equal(found.values[k], one.values)
        np.testing.assert_array_equal(found.counts[k], one.counts)
    np.testing.assert_array_equal(
        polyad.vmap(lambda x: pnp.nonzero(x, size=6)[0])(rows)[2], np.zeros(6)
    )


@pytest.mark.parametrize("backend", DRAWN)
def test_the_derivative_of_distinct_values_goes_to_the_first_occurrence(backend: str):
    x, w = np.array([3.0, 1.0, 3.0, 1.0, 2.0]), np.array([1.0, 10.0, 100.0])
    gradient = polyad.grad(lambda x, w: pnp.sum(pnp.unique_values(x) * w))
    np.testing.assert_array_equal(off(run(backend, gradient, [x, w])), [100, 1, 0, 0, 10])


@pytest.mark.parametrize("backend", BACKENDS)
def test_so_it_does_with_a_size(backend: str):
    x, w = np.array([3.0, 1.0, 3.0, 1.0, 2.0]), np.array([1.0, 10.0, 100.0])
    gradient = polyad.grad(lambda x, w: pnp.sum(pnp.unique_values(x, size=3) * w))
    np.testing.assert_array_equal(off(run(backend, gradient, [x, w])), [100, 1, 0, 0, 10])
    _, tangent = polyad.jvp(pnp.unique_values, (x,), (np.arange(5.0),))
    np.testing.assert_array_equal(tangent, [1, 4, 0])


@pytest.mark.parametrize("backend", ("numpy", "torch", "native"))
def test_places_and_membership_have_derivative_zero(backend: str):
    x, y = np.array([0.0, 1.0, 2.0]), np.array([0.5, 2.0])
    f = lambda x, y: pnp.sum(pnp.searchsorted(x, y)) + pnp.sum(pnp.isin(y, x)) + 0.0 * x[0]
    for found in run(backend, polyad.grad(f, argnums=(0, 1)), [x, y]):
        np.testing.assert_array_equal(off(found), np.zeros_like(off(found)))


def test_masks_and_indices_under_grad_of_concrete_arrays():
    x = np.array([-1.0, 2.0, 3.0])
    by_index = lambda x: pnp.sum(x[pnp.nonzero(x > 0)] ** 2)
    by_mask = lambda x: pnp.sum(x[x > 0] ** 2)
    for f in (by_index, by_mask):
        np.testing.assert_array_equal(polyad.grad(f)(x), [0, 4, 6])
        np.testing.assert_array_equal(polyad.hessian(f)(x), np.diag([0, 2, 2]))


@pytest.mark.parametrize("transform", [polyad.jit, polyad.vmap])
@pytest.mark.parametrize(
    "f, instead",
    [
        (pnp.nonzero, "size=n, the number of indices"),
        (pnp.unique_values, "size=n, the number of values"),
        (pnp.unique_all, "size=n, the number of values"),
        (lambda x: x[x > 0], "polyad.numpy.where"),
        (lambda x: pnp.repeat(x, pnp.astype(x, int)), "total_repeat_length=n"),
    ],
)
def test_without_a_size_the_error_names_the_remedy(transform: Any, f: Any, instead: str):
    with pytest.raises(ConcretizationError) as raised:
        transform(lambda x: f(x))(np.ones((2, 3) if transform is polyad.vmap else 3))
    assert instead in str(raised.value)
    assert "argument 'x'" in str(raised.value)
    assert "test_searching.py" in str(raised.value)


# -- searchsorted, isin ----------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("side", ["left", "right"])
def test_nan_is_larger_than_every_number(side: str, backend: str):
    x = np.array([-1.0, 0.0, 0.0, np.inf, NAN, NAN])
    y = np.array([[NAN, np.inf, -np.inf], [0.0, -0.0, 3.0]])
    found = run(backend, lambda x, y: pnp.searchsorted(x, y, side=side), [x, y])
    close(found, np.searchsorted(x, y, side=side))


@pytest.mark.parametrize("mapped", [(0, 0), (0, None), (None, 0)])
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("n", [0, 1, 2, 5, 8, 9])
def test_many_vectors_are_searched_at_once(n: int, side: str, mapped: tuple[Any, Any]):
    rng = np.random.default_rng(n)
    xs = np.sort(np.where(rng.random((3, n)) < 0.2, NAN, rng.integers(-2, 3, (3, n))), axis=1)
    ys = np.where(rng.random((3, 2, 4)) < 0.2, NAN, rng.integers(-3, 4, (3, 2, 4)))
    x, y = (v if axis == 0 else v[0] for v, axis in zip((xs, ys), mapped, strict=True))
    found = polyad.vmap(lambda x, y: pnp.searchsorted(x, y, side=side), in_axes=mapped)(x, y)
    rows = [
        np.searchsorted(xs[k if mapped[0] == 0 else 0], ys[k if mapped[1] == 0 else 0], side)
        for k in range(3)
    ]
    close(found, np.stack(rows))


@pytest.mark.parametrize("backend", BACKENDS)
def test_repeats_of_each_element(backend: str):
    x = np.arange(6.0).reshape(2, 3)
    counts = np.array([2, 0, 1])
    f = lambda x, n: pnp.repeat(x, n, axis=1, total_repeat_length=5)
    expected = np.repeat(x, counts, axis=1)
    close(run(backend, f, [x, counts]), np.concatenate([expected, x[:, 2:], x[:, 2:]], axis=1))
    gradient = polyad.grad(lambda x, n: pnp.sum(f(x, n)[:, :3]))
    close(run(backend, gradient, [x, counts]), np.array([[2.0, 0, 1], [2, 0, 1]]))
    if backend != "native":
        close(run(backend, lambda x, n: pnp.repeat(x, n, axis=1), [x, counts]), expected)


# -- Bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", DRAWN)
@pytest.mark.parametrize(
    "call, kind, text",
    [
        (lambda: pnp.nonzero(3.0), ShapeError, "one dimension at least"),
        (
            lambda: pnp.nonzero([[1]], size=1, fill_value=(1, 2, 3)),
            PolyadValueError,
            "3 fill values",
        ),
        (lambda: pnp.unique_all([1], size=0), PolyadValueError, "size is 1 at least"),
        (lambda: pnp.unique_all(pnp.zeros(0), size=2), PolyadValueError, "must be an element"),
        (lambda: pnp.searchsorted([[1.0]], [1.0]), ShapeError, "looks into a vector"),
        (lambda: pnp.searchsorted([1.0], [1.0], side="middle"), PolyadValueError, "'left' or"),
        (lambda: pnp.searchsorted([1j], [1.0]), PolyadTypeError, "takes real arrays"),
        (lambda: pnp.repeat([1.0], [-1]), PolyadValueError, "not negative: -1"),
        (lambda: pnp.repeat([1.0], -1), PolyadValueError, "not negative: -1"),
        (lambda: pnp.repeat([1.0], [0.5]), PolyadTypeError, "counts are integers"),
        (lambda: pnp.repeat([1.0, 2.0], [1, 2, 3]), ShapeError, "does not broadcast"),
        (lambda: pnp.take([1.0, 2.0], [0, 2]), PolyadIndexError, "index 2 is out of range"),
        (lambda: pnp.take([1.0, 2.0], [-3]), PolyadIndexError, "index -3 is out of range"),
        (
            lambda: pnp.take_along_axis([1.0, 2.0], [5]),
            PolyadIndexError,
            "index 5 is out of range for axis 0 of size 2",
        ),
        (lambda: pnp.diff([1.0], n=-1), PolyadValueError, "n is not negative"),
        (lambda: pnp.linspace(0.0, 1.0, -1), PolyadValueError, "num is not negative"),
    ],
)
def test_errors_are_the_same_on_each_backend(call: Any, kind: type, text: str, backend: str):
    with polyad.use_backend(backend), pytest.raises(kind, match=text) as raised:
        call()
    assert "test_searching.py" in str(raised.value)


@pytest.mark.parametrize("backend", BACKENDS)
def test_traced_indices_out_of_range_are_clamped(backend: str):
    x, i = np.array([1.0, 2.0, 3.0]), np.array([-9, -1, 1, 9])
    traced = polyad.jit(lambda x, i: pnp.take(x, i), backend=backend)
    close(traced(*on(backend, [x, i])), np.array([1.0, 3, 2, 3]))
