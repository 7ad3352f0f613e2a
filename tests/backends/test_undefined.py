"""Questions that the array API standard leaves open: polyad's one answer, on every backend.

The page docs/array-api.md lists the same.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.errors import PolyadError

from ..arrays import BACKENDS, close, off, on, run

NAN, INF = math.nan, math.inf
A = np.array

pytestmark = [
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.parametrize("backend", BACKENDS),
]


@pytest.mark.parametrize(
    "left, right, result",
    [
        ("int32", "float32", "float32"),
        ("int64", "float32", "float32"),
        ("uint64", "int64", "float64"),
        ("uint8", "int8", "int16"),
        ("bool", "int8", "int8"),
        ("bool", "float32", "float32"),
        ("float64", "complex64", "complex128"),
        ("int64", "complex64", "complex64"),
    ],
)
def test_kinds_mix(left: str, right: str, result: str, backend: str):
    for a, b in ((left, right), (right, left)):
        found = run(backend, lambda x, y: pnp.add(x, y), [np.ones(2, a), np.ones(2, b)])
        close(found, np.full(2, 2, result))


@pytest.mark.parametrize(
    "f, given, expected",
    [
        (pnp.sort, A([NAN, 1, -INF, NAN, INF]), A([-INF, 1, INF, NAN, NAN])),
        (
            lambda x: pnp.sort(x, descending=True),
            A([NAN, 1, -INF, NAN, INF]),
            A([NAN, NAN, INF, 1, -INF]),
        ),
        (pnp.argsort, A([NAN, 1, 0.0, -0.0, NAN, 1]), A([2, 3, 1, 5, 0, 4])),
        (
            lambda x: pnp.argsort(x, descending=True),
            A([NAN, 1, 0.0, -0.0, NAN, 1]),
            A([0, 4, 1, 5, 2, 3]),
        ),
        (pnp.max, A([1, NAN, 2]), A(NAN)),
        (pnp.min, A([1, NAN, 2]), A(NAN)),
        (pnp.argmax, A([1, NAN, 2, NAN]), A(1)),
        (pnp.argmin, A([1, NAN, 2, NAN]), A(1)),
        (pnp.argmax, A([2, 1, 2]), A(0)),
        (lambda x: pnp.clip(x, 3, 1), A([0.0, 2, 5]), A([1.0, 1, 1])),
        (pnp.round, A([-0.5, 0.5, 1.5, 2.5]), A([-0.0, 0, 2, 2])),
        (pnp.mean, A([]), A(NAN)),
        (lambda x: pnp.std(x, correction=3), A([1.0, 2]), A(INF)),
        (pnp.sum, np.zeros(0, "int8"), A(0)),
        (pnp.prod, np.zeros(0, "uint8"), A(1, "uint64")),
        (lambda x: pnp.floor_divide(x, 0), A([5, -5, 0]), A([0, 0, 0])),
        (lambda x: pnp.remainder(x, 0), A([5, -5, 0]), A([0, 0, 0])),
        (lambda x: pnp.floor_divide(x, -1), A([-(2**63)]), A([-(2**63)])),
        (lambda x: pnp.bitwise_left_shift(x, 64), A([1, -1]), A([0, 0])),
        (lambda x: pnp.bitwise_right_shift(x, 64), A([8, -8]), A([0, -1])),
        (pnp.abs, A([-128], "int8"), A([-128], "int8")),
        (lambda x: pnp.add(x, x), A([200], "uint8"), A([144], "uint8")),
        (lambda x: pnp.astype(x, pnp.bool), A([NAN, 0.0, -0.0]), A([True, False, False])),
        (lambda x: pnp.linspace(x[0], 5.0, 1), A([2.0]), A([2.0])),
    ],
)
def test_values(f: Any, given: Any, expected: Any, backend: str):
    close(run(backend, lambda x: f(x), [given]), expected)


@pytest.mark.parametrize(
    "f, given, text",
    [
        (pnp.max, A([]), "max: has no value over the empty axis of f64[0]"),
        (lambda x: pnp.min(x, axis=1), np.ones((2, 0)), "min: has no value over the empty axis"),
        (pnp.argmax, A([]), "non-empty axis"),
        (pnp.sort, A([1j]), "sort: takes real arrays, not c128[1]"),
        (pnp.max, A([1j]), "max: takes bool or int or uint or float arrays"),
        (lambda x: x[5], A([1.0]), "index 5 is out of range for axis 0 of size 1"),
        (lambda x: pnp.bitwise_and(x, x), A([1.0]), "bitwise_and takes integer or boolean arrays"),
    ],
)
def test_errors(f: Any, given: Any, text: str, backend: str):
    with pytest.raises(PolyadError) as raised:
        polyad.jit(lambda x: f(x), backend=backend)(*on(backend, [given]))
    assert text in str(raised.value)
    assert "test_undefined.py" in str(raised.value)


@pytest.mark.parametrize(
    "f, text",
    [
        (lambda x: pnp.take(x, pnp.asarray([7]), axis=0), "index 7 is out of range for axis 0"),
        (lambda x: pnp.take(x, [0, -4], axis=0), "index -4 is out of range for axis 0"),
        (lambda x: pnp.take_along_axis(x, pnp.asarray([[3]]), axis=0), "index 3 is out of range"),
        (lambda x: pnp.at(x)[pnp.asarray([5])].set(0.0), "index 5 is out of range"),
        (lambda x: pnp.repeat(x, -1), "repeat counts are not negative: -1"),
        (lambda x: pnp.repeat(x, pnp.asarray([1, -2, 0]), axis=0), "are not negative: -2"),
        (lambda x: pnp.linalg.solve(0 * x, x), "singular"),
        (lambda x: pnp.linalg.inv(x - x), "singular"),
        (lambda x: pnp.linalg.cholesky(-x @ x.T), "positive"),
    ],
)
def test_errors_of_known_values_and_of_matrices(f: Any, text: str, backend: str):
    for call in (f, polyad.jit(f, backend=backend), polyad.grad(lambda x: pnp.sum(f(x)))):
        if call is f and backend == "native":
            continue
        with pytest.raises(PolyadError) as raised:
            run(backend, call, [np.eye(3) + 1])
        assert text in str(raised.value)


def test_one_triangle_of_a_matrix_that_is_not_symmetric_is_read(backend: str):
    a = np.array([[4.0, 1, 2], [3, 5, 1], [0.5, 2, 6]])
    lower, upper = np.tril(a) + np.tril(a, -1).T, np.triu(a) + np.triu(a, 1).T
    la = pnp.linalg
    close(run(backend, la.eigvalsh, [a]), np.linalg.eigvalsh(lower))
    close(run(backend, lambda a: la.eigh(a).eigenvalues, [a]), np.linalg.eigvalsh(lower))
    close(run(backend, lambda a: la.eigvalsh(a, UPLO="U"), [a]), np.linalg.eigvalsh(upper))
    close(run(backend, la.cholesky, [a]), np.linalg.cholesky(lower))
    gradient = off(run(backend, polyad.grad(lambda a: pnp.sum(la.eigvalsh(a) ** 2)), [a]))
    np.testing.assert_allclose(gradient, 2 * lower, atol=1e-12)


def test_integers_to_negative_powers_are_an_error(backend: str):
    x, y = on(backend, [A([2, 3]), A([1, -2])])
    if backend != "native":
        with pytest.raises(TypeError, match=r"negative power -2(.|\n)*test_undefined.py"):
            pnp.pow(x, y)
    with pytest.raises(ValueError, match="negative integer powers"):
        polyad.jit(lambda x, y: pnp.pow(x, y), backend=backend)(x, y)
    close(run(backend, lambda x, y: pnp.pow(x, y), [A([2, 3]), A([0, 2])]), A([1, 9]))


def test_writes_out_of_range_are_dropped(backend: str):
    f = lambda x, i: pnp.at(x)[i].add(1.0)
    traced = polyad.jit(f, backend=backend)
    found = traced(*on(backend, [A([1.0, 2.0]), A([0, 5, -7])]))
    np.testing.assert_array_equal(off(found), [2.0, 2.0])
