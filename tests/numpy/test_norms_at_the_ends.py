"""Norms and deviations of the largest and the least numbers, and of both side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import torch

import polyad
import polyad.numpy as pnp

DOUBLE = (
    (1.5e308, 5e307),
    (9.5e307, -9e307, 8e307),
    (1.7e308, 1e-300),
    (1e-310, 3e-310),
    (5e-324, 5e-324, -1e-323),
    (1e150, 1e-150, 3.0),
)
SINGLE = ((3e38, 1e38), (2e38, -1.9e38), (1e-40, 3e-40), (1e-45, 3e-45), (1e15, 1e-15, 3.0))
CASES = [*((x, np.float64) for x in DOUBLE), *((x, np.float32) for x in SINGLE)]
BACKENDS = ("numpy", "torch", "native")
ORDERS = (2, 3, 4, 2.5, 6, 20, -1, -2, -3)


def norm(order: float) -> Callable[[Any], Any]:
    return lambda x: pnp.linalg.vector_norm(x, axis=0, ord=order)


def on(backend: str, f: Callable[..., Any], x: np.ndarray) -> list[np.ndarray]:
    if backend == "torch":
        return [np.asarray(y) for y in f(torch.from_numpy(x))]
    return [
        np.asarray(y) for y in (polyad.jit(f, backend="native") if backend == "native" else f)(x)
    ]


def check(found: Any, exact: list[Any], dtype: Any, units: float) -> None:
    """To units in the last place, of subnormal numbers those of the least normal one."""
    info = np.finfo(dtype)
    for got, want in zip(np.ravel(found), exact, strict=True):
        least = mpmath.mpf(float(info.tiny))
        bound = units * float(info.eps) * max(abs(want), least)
        if abs(want) > float(info.max):
            assert np.isinf(got)
        else:
            assert np.isfinite(got) and abs(float(got) - want) <= bound, (got, want)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("order", ORDERS)
def test_norms(order: float, backend: str):
    for numbers, dtype in CASES:
        x = np.array(numbers, dtype)
        value, slope = on(backend, polyad.value_and_grad(norm(order)), x)
        with mpmath.workdps(60):
            given = [mpmath.mpf(float(v)) for v in x]
            exact = mpmath.fsum(abs(v) ** order for v in given) ** (mpmath.mpf(1) / order)
            parts = [mpmath.sign(v) * (abs(v) / exact) ** (order - 1) for v in given]
            check(value, [exact], dtype, 8 * abs(order))
            check(slope, parts, dtype, 8 * abs(order))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("deviation", [pnp.std, pnp.nanstd])
def test_deviations(deviation: Any, backend: str):
    for numbers, dtype in CASES:
        x = np.array(numbers, dtype)
        if np.max(np.abs(x)) < 1000 * np.finfo(dtype).smallest_subnormal:
            continue  # the mean is no number
        both = polyad.value_and_grad(lambda x: deviation(x, axis=0))
        value, slope = on(backend, both, x)
        with mpmath.workdps(400):
            given = [mpmath.mpf(float(v)) for v in x]
            apart = [v - mpmath.fsum(given) / len(given) for v in given]
            exact = mpmath.sqrt(mpmath.fsum(v * v for v in apart) / len(given))
            check(value, [exact], dtype, 16)
            check(slope, [v / len(given) / exact for v in apart], dtype, 32)


@pytest.mark.parametrize("backend", BACKENDS)
def test_complex_numbers(backend: str):
    for size in (1.1e308, 1e-310, 1e200):
        z = np.array([3 + 4j, -1 - 2j]) * (size / 5)
        value, slope = on(backend, polyad.value_and_grad(norm(2)), z)
        exact = mpmath.sqrt(mpmath.fsum(mpmath.mpf(v) ** 2 for w in z for v in (w.real, w.imag)))
        check(value, [exact], np.float64, 8)
        check(slope.real, [float(w.real) / exact for w in z], np.float64, 8)
        check(slope.imag, [-float(w.imag) / exact for w in z], np.float64, 8)


@pytest.mark.parametrize("modes", ["ff", "fr", "rf", "rr"])
@pytest.mark.parametrize("size", [1e-300, 1e-200, 1.0, 1e200, 1e300])
def test_curvature(size: float, modes: str):
    """(1 - u uᵀ) / |x|, in every mix of modes, of which no intermediate result overflows."""
    x = np.array([0.6, 0.8, 0.0]) * size
    outer, inner = ({"f": polyad.jacfwd, "r": polyad.jacrev}[mode] for mode in modes)
    unit = x / size
    exact = (np.eye(3) - np.outer(unit, unit)) / size
    np.testing.assert_allclose(outer(inner(norm(2)))(x), exact, rtol=1e-14, atol=1e-16 / size)
    squared = lambda x: norm(2)(x) ** 2
    np.testing.assert_allclose(outer(inner(squared))(x), 2 * np.eye(3), atol=1e-14)


@pytest.mark.parametrize("backend", BACKENDS)
def test_hypotenuse_and_modulus(backend: str):
    x = np.array([1.5e308, 1e308, 1e-310, 5e-324, 1.7e308])
    y = np.array([5e307, -1e308, 3e-310, 1e-323, 1e-300])
    both = lambda x, y: (
        pnp.hypot(x, y),
        *polyad.grad(lambda x, y: pnp.sum(pnp.hypot(x, y)), (0, 1))(x, y),
    )
    of = lambda v: both(v[0], v[1])
    value, *slopes = on(backend, of, np.stack([x, y]))
    exact = [mpmath.hypot(float(a), float(b)) for a, b in zip(x, y, strict=True)]
    check(value, exact, np.float64, 4)
    for slope, v in zip(slopes, (x, y), strict=True):
        check(slope, [float(a) / b for a, b in zip(v, exact, strict=True)], np.float64, 4)


def test_batched_norms_are_looped_ones():
    x = np.array([[3e38, 1e38, 0], [1e-45, 3e-45, 0], [3, -4, 0]], np.float32)
    for order in (2, 3, 4, -1):
        batched = polyad.vmap(polyad.grad(norm(order)))(x)
        looped = [polyad.grad(norm(order))(row) for row in x]
        np.testing.assert_array_equal(batched, looped)


def test_a_gradient_keeps_one_kernel():
    x = np.ones((64, 500))
    f = polyad.grad(lambda x: pnp.sum(pnp.linalg.norm(x, axis=1)))
    text = polyad.jit(f, backend="native").lower(x).explain()
    assert "1 kernel," in text.splitlines()[0]


VECTORS = [[0, 0], [], [1, 0], [np.inf, 1], [-np.inf, 0], [np.inf, np.inf], [np.nan, 1], [3, 4]]


@pytest.mark.parametrize("order", [0.5, 1.5, 2, 3, 3.5, 4, 6, -1, -2.5])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_norms_of_zeros_of_nothing_and_of_infinities_are_numpys(order, dtype):
    for vector in VECTORS:
        x = np.array(vector, dtype)
        with np.errstate(all="ignore"):
            expected = np.linalg.norm(x, ord=order)
        for found in (
            pnp.linalg.vector_norm(x, ord=order),
            polyad.jit(lambda x: pnp.linalg.vector_norm(x, ord=order))(x),
        ):
            np.testing.assert_allclose(found, expected, rtol=1e-6, err_msg=str(vector))
