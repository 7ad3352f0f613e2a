"""Tests that a row against NumPy cannot express: sizes under `jit`, conventions, writes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

import polyad
import polyad.numpy as pnp
from polyad.errors import ConcretizationError

X = np.array([3.0, 0.0, 1.0, 3.0, 0.0])


@pytest.mark.parametrize("backend", ["numpy", "torch", "native"])
@pytest.mark.parametrize(
    "f, expected",
    [
        (lambda x: pnp.flatnonzero(x, size=2), [0, 2]),
        (lambda x: pnp.flatnonzero(x, size=4, fill_value=-1), [0, 2, 3, -1]),
        (lambda x: pnp.argwhere(x, size=2), [[0], [2]]),
        (lambda x: pnp.compress(x > 0, x, size=4, fill_value=9.0), [3.0, 1.0, 3.0, 9.0]),
        (lambda x: pnp.extract(x > 0, x, size=2), [3.0, 1.0]),
        (lambda x: pnp.unique(x, size=4), [0.0, 1.0, 3.0, 0.0]),
        (lambda x: pnp.unique(x, size=4, fill_value=7.0), [0.0, 1.0, 3.0, 7.0]),
        (lambda x: pnp.unique(x, return_counts=True, size=3)[1], [2, 1, 2]),
        (lambda x: pnp.union1d(x, x + 1, size=4), [0.0, 1.0, 2.0, 3.0]),
        (lambda x: pnp.intersect1d(x, x + 1, size=2), [1.0, 1.0]),
        (lambda x: pnp.setdiff1d(x, x + 1, size=2), [0.0, 3.0]),
        (lambda x: pnp.setxor1d(x, x + 1, size=4), [0.0, 2.0, 3.0, 4.0]),
        (lambda x: pnp.bincount(pnp.astype(x, int), length=3), [2, 1, 0]),
        (lambda x: pnp.delete(x, pnp.astype(x[2], int)), [3.0, 1.0, 3.0, 0.0]),
        (lambda x: pnp.histogram(x, 3)[0], [2, 1, 2]),
    ],
)
def test_sizes_make_shapes_known(f: Any, expected: Any, backend: str):
    given = torch.from_numpy(X.copy()) if backend == "torch" else X
    np.testing.assert_array_equal(np.asarray(polyad.jit(f, backend=backend)(given)), expected)
    if backend == "numpy":
        batched = polyad.vmap(f)(np.stack([X, X]))
        np.testing.assert_array_equal(batched, [expected, expected])


@pytest.mark.parametrize(
    "f",
    [
        pnp.flatnonzero,
        pnp.argwhere,
        lambda x: pnp.compress(x > 0, x),
        pnp.unique,
        lambda x: pnp.setdiff1d(x, X),
        lambda x: pnp.bincount(pnp.astype(x, int)),
        lambda x: pnp.delete(x, pnp.astype(x, int)),
        pnp.trim_zeros,
        pnp.roots,
        lambda x: pnp.histogram(x, "auto"),
    ],
)
def test_shapes_that_values_decide_are_errors_under_jit(f: Any):
    with pytest.raises(ConcretizationError, match="test_spellings_by_hand"):
        polyad.jit(f)(X)


def test_derivatives_where_shapes_depend_on_values():
    weights = np.arange(1.0, 4.0)
    gradient = polyad.grad(lambda x: pnp.sum(pnp.unique(x) * weights))(X)
    np.testing.assert_array_equal(gradient, [3.0, 1.0, 2.0, 0.0, 0.0])
    gradient = polyad.grad(lambda x: pnp.sum(pnp.compress(x > 0, x) * weights))(X)
    np.testing.assert_array_equal(gradient, [1.0, 0.0, 2.0, 3.0, 0.0])


def test_order_statistics_share_as_sorting_does():
    x = np.array([2.0, 1.0, 2.0, 5.0])
    np.testing.assert_array_equal(polyad.grad(pnp.median)(x), [0.5, 0.0, 0.5, 0.0])
    np.testing.assert_array_equal(polyad.grad(pnp.median)(x[:3]), [1.0, 0.0, 0.0])
    slope = polyad.grad(pnp.quantile, 1)(np.array([1.0, 2.0, 4.0]), 0.75)
    assert slope == 4.0


def test_strong_zeros_and_kinks():
    assert polyad.grad(pnp.cbrt)(0.0) == math.inf
    masked = polyad.grad(lambda x: pnp.sum(pnp.where(x > 0, pnp.cbrt(x), 0.0)))
    np.testing.assert_allclose(masked(np.array([0.0, 8.0])), [0.0, 1 / 12], rtol=1e-15)
    nan = np.array([math.nan, 2.0])
    for f in (pnp.nansum, pnp.nanmean, pnp.nanmax, pnp.nanmedian):
        np.testing.assert_array_equal(polyad.grad(f)(nan), [0.0, 1.0])
    assert polyad.grad(pnp.nanstd)(np.array([math.nan, 2.0, 2.0]))[1] == 0.0
    assert polyad.grad(pnp.fmax, (0, 1))(1.0, 1.0) == (0.5, 0.5)
    assert polyad.grad(pnp.fmax, (0, 1))(math.nan, 1.0) == (0.0, 1.0)
    inverse = lambda x: pnp.piecewise(x, [x > 0], [lambda v: 1 / v, 0.0])
    assert polyad.grad(inverse)(0.0) == 0.0
    assert pnp.nanargmax([math.nan, -math.inf]) == 1
    assert pnp.nanargmax([math.nan, math.nan]) == -1


def test_numpys_functions_that_write_change_the_traced_array():
    def f(x):
        y = x + 0.0
        np.fill_diagonal(y, 5.0)
        np.put_along_axis(y, np.array([[1], [0]]), 7.0, axis=1)
        np.put(y, [0], 1.0)
        return y

    np.testing.assert_array_equal(polyad.jit(f)(np.zeros((2, 2))), [[1.0, 7.0], [7.0, 5.0]])
    gradient = polyad.grad(lambda x: pnp.sum(f(x)))(np.zeros((2, 2)))
    np.testing.assert_array_equal(gradient, np.zeros((2, 2)))


def test_numpys_own_functions_take_traced_arrays():
    s = np.arange(12.0).reshape(3, 4) ** 1.5
    calls = [
        lambda x: np.median(x, axis=1),
        lambda x: np.percentile(x, 30, axis=0),
        lambda x: np.pad(x, 1, mode="reflect"),
        lambda x: np.gradient(x, axis=1),
        lambda x: np.interp(1.5, x[0], x[1]),
        lambda x: np.convolve(x[0], x[1]),
        lambda x: np.cov(x),
        lambda x: np.kron(x, x),
        lambda x: np.cross(x[:, 0], x[:, 1]),
        lambda x: np.nan_to_num(x, copy=False),
        lambda x: np.polyval(x[0], x[1]),
        lambda x: np.rot90(x),
        lambda x: np.average(x, weights=x + 1.0),
        lambda x: np.cbrt(x),
        lambda x: np.fmod(x, 2.0),
        lambda x: np.trapezoid(x),
        lambda x: np.unwrap(x),
        lambda x: np.apply_along_axis(lambda v: v.sum(), 1, x),
        lambda x: np.insert(x, 1, 0.0, axis=0),
        lambda x: np.diff(np.append(x, 1.0)),
        lambda x: np.select([x > 1], [x], 0.0),
        lambda x: np.broadcast_to(np.size(x) + np.ndim(x) + np.shape(x)[0], ()) + x[0, 0],
    ]
    for f in calls:
        np.testing.assert_allclose(polyad.jit(f)(s), f(s), rtol=1e-12)
        np.testing.assert_allclose(polyad.jvp(f, (s,), (s,))[0], f(s), rtol=1e-12)


def test_vectorize_compiles_and_has_derivatives():
    f = pnp.vectorize(lambda a, b: pnp.dot(a, b) ** 2, signature="(n),(n)->()")
    a, b = np.ones((2, 3, 4)), np.arange(12.0).reshape(3, 4)
    np.testing.assert_allclose(polyad.jit(f)(a, b), np.broadcast_to(b.sum(axis=1) ** 2, (2, 3)))
    gradient = polyad.grad(lambda b: pnp.sum(f(a, b)))(b)
    np.testing.assert_allclose(gradient, 4 * b.sum(axis=1, keepdims=True) * np.ones(4))


def test_dtypes_of_pairs():
    assert pnp.promote_types("int32", "float32") is pnp.float32
    assert pnp.promote_types("int8", "uint8") is pnp.int16


Z, Z2, Z3, R = np.zeros(0), np.zeros((0, 3)), np.zeros((3, 0)), np.arange(3.0)
ZI = np.zeros(0, int)
EMPTY = {
    "joining": lambda xp: (xp.append(Z, R), xp.append(Z2, Z2, axis=0), xp.block([Z, R])),
    "splitting": lambda xp: (xp.array_split(Z, 3), xp.rot90(Z2), xp.fliplr(Z2), xp.resize(Z, 2)),
    "delete": lambda xp: (xp.delete(R, []), xp.delete(Z, []), xp.trim_zeros(Z)),
    "insert": lambda xp: (xp.insert(Z, 0, R), xp.insert(R, [], [])),
    "pad": lambda xp: (xp.pad(Z, 1), xp.pad(Z3, ((1, 1), (0, 0)), mode="edge")),
    "averages": lambda xp: (xp.average(Z), xp.cov(np.zeros((2, 0))), xp.median(Z)),
    "medians": lambda xp: (xp.median(Z2, axis=0), xp.median(Z2, axis=1), xp.nanmedian(Z)),
    "nan": lambda xp: (xp.nanmean(Z), xp.nansum(Z2, axis=0), xp.nanstd(Z2, axis=0)),
    "extent": lambda xp: (xp.ptp(Z2, axis=1), xp.quantile(Z2, 0.5, axis=1)),
    "differences": lambda xp: (xp.ediff1d(Z), xp.ediff1d(Z, to_end=1.0), xp.unwrap(Z)),
    "integrals": lambda xp: (xp.trapezoid(Z), xp.trapezoid(R[:1]), xp.trapezoid(Z2, axis=0)),
    "interp": lambda xp: (xp.interp(Z, R, R), xp.unwrap(R[:1])),
    "unique": lambda xp: (xp.unique(Z, True, True, True), xp.unique(Z2, axis=0)),
    "unique rows": lambda xp: xp.unique(Z3, axis=0, return_inverse=True, return_counts=True),
    "sets": lambda xp: (xp.union1d(Z, R), xp.intersect1d(Z, R), xp.setdiff1d(R, Z)),
    "counts": lambda xp: (xp.bincount(ZI), xp.bincount(ZI, minlength=3), xp.histogram(Z)),
    "bins": lambda xp: (xp.digitize(Z, R), xp.digitize(R, Z), xp.histogram2d(Z, Z, bins=2)),
    "polynomials": lambda xp: (xp.polyval(Z, R), xp.polyadd(Z, R), xp.polyder(R, 5)),
    "products": lambda xp: (xp.kron(Z, R), xp.cross(Z2, Z2), xp.vander(Z), xp.vander(R, 0)),
    "sorting": lambda xp: (xp.lexsort((Z, Z)), xp.sort_complex(Z)),
    "indices": lambda xp: (xp.tri(0), xp.tril_indices(0), xp.ix_([], [1]), xp.indices((0, 2))),
    "grids": lambda xp: (xp.mgrid[0:0, 0:2], xp.r_[Z, R], xp.diagflat(Z), xp.flatnonzero(Z)),
    "flat": lambda xp: (xp.unravel_index(ZI, (2, 3)), xp.ravel_multi_index((ZI, ZI), (2, 3))),
    "choices": lambda xp: (xp.compress([], R), xp.extract(Z, Z), xp.choose(ZI, [1.0, 2.0])),
    "conditions": lambda xp: (xp.piecewise(Z, [Z > 0], [1.0]), xp.select([Z > 0], [Z])),
    "elements": lambda xp: (xp.heaviside(Z, 1.0), xp.gcd(ZI, ZI), xp.frexp(Z), xp.argwhere(Z2)),
    "sequences": lambda xp: (xp.logspace(0, 1, 0), xp.logspace(0, 1, 1), xp.geomspace(1, 2, 1)),
    "reversed": lambda xp: (xp.median(R[::-1]), xp.pad(R[::-2], 1, mode="wrap")),
    "transposed": lambda xp: (xp.gradient(np.outer(R, R).T), xp.convolve(R[::-1], R)),
    "numbers": lambda xp: (xp.median(3.0), xp.quantile(3.0, 0.5), xp.unique(5.0), xp.cbrt(8.0)),
    "booleans": lambda xp: (xp.median([True, False]), xp.average([True, False]), xp.ptp([1, 5])),
    "lists": lambda xp: (xp.cov([True, False, True]), xp.interp(True, [0, 1], [2, 3])),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.needs("numpy>=2.1")) if name == "unique rows" else name
        for name in EMPTY
    ],
)
def test_empty_arrays_numbers_and_strides(name: str):
    def check(found: Any, expected: Any) -> None:
        if isinstance(expected, list | tuple):
            assert len(found) == len(expected)
            for a, b in zip(found, expected, strict=True):
                check(a, b)
            return
        found, expected = np.asarray(found), np.asarray(expected)
        assert found.shape == expected.shape
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, atol=1e-15)

    check(EMPTY[name](pnp), EMPTY[name](np))


def test_lists_beside_an_array_are_of_its_backend():
    x = torch.arange(4.0)
    for found in (
        pnp.concat([x, [1.0]]),
        pnp.dot(x, [1.0, 2.0, 3.0, 4.0]),
        pnp.take(x, [0, 1]),
        pnp.searchsorted(x, [1.5]),
        pnp.isin(x, [1.0]),
        pnp.pad(x, 1, mode="reflect"),
        pnp.r_[x, [1.0]],
    ):
        assert isinstance(found, torch.Tensor)
