"""Conversions to and from 16 bits: to nearest, ties to even, once.

The reference is the definition: the nearer of the two neighbours, whose numbers are those of NumPy
and ml_dtypes for the 65,536 patterns of bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import polyad
import polyad.numpy as pnp
from polyad.conformance.arrays import off

from .laws import HALVES

PATTERNS = np.arange(65536).astype(np.uint16)
BACKENDS = ("numpy", "native", "torch")


def numbers(dtype: str) -> Any:
    """The finite numbers of a dtype in order, in float64; zero once."""
    found = PATTERNS.view(HALVES[dtype]).astype(np.float64)
    return np.unique(found[np.isfinite(found)])


def nearest(x: Any, dtype: str) -> Any:
    """The bits of `x` rounded, by the definition."""
    lattice = numbers(dtype)
    step = lattice[-1] - lattice[-2]
    lattice = np.concatenate([[-lattice[-1] - step], lattice, [lattice[-1] + step]])
    place = np.clip(np.searchsorted(lattice, x), 1, len(lattice) - 1)
    low, high = lattice[place - 1], lattice[place]
    middle = (low + high) / 2  # exact in float64
    odd = (place - 1 - (len(lattice) - 1) // 2) % 2 == 1  # the last bit of `low`
    found = np.where((x > middle) | ((x == middle) & odd), high, low)
    found = np.where(x <= lattice[0], lattice[0], np.where(x >= lattice[-1], lattice[-1], found))
    found = np.where(np.abs(found) >= lattice[-1], np.copysign(np.inf, found), found)
    return np.copysign(np.abs(found), x).astype(HALVES[dtype]).view(np.uint16)


def converted(backend: str, x: Any, dtype: Any) -> Any:
    f = lambda x: pnp.astype(x, dtype)
    if backend == "torch":
        return off(
            f(
                torch.from_numpy(x.view(np.int16)).view(getattr(torch, x.dtype.name))
                if x.dtype in HALVES.values()
                else torch.from_numpy(x)
            )
        )
    return polyad.jit(f, backend=backend)(x)


def hard_numbers(dtype: str) -> Any:
    """The numbers, what lies half way between, and their neighbours in float32 and float64."""
    lattice = numbers(dtype)
    ties = (lattice[1:] + lattice[:-1]) / 2
    end = lattice[-1] + (lattice[-1] - lattice[-2]) / 2
    near = np.concatenate([lattice, ties, [end, -end, 1e300, -1e300, 5e-324, 0.0, -0.0]])
    return np.concatenate([near, np.nextafter(near, np.inf), np.nextafter(near, -np.inf)])


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", HALVES)
def test_float64_is_rounded_once(dtype: str, backend: str):
    x = hard_numbers(dtype)
    found = converted(backend, x, dtype).view(np.uint16)
    np.testing.assert_array_equal(found, nearest(x, dtype))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", HALVES)
def test_float32_is_rounded_to_nearest(dtype: str, backend: str):
    with np.errstate(over="ignore", under="ignore"):
        near = hard_numbers(dtype).astype(np.float32)
    x = np.concatenate([near, np.nextafter(near, np.float32(np.inf)), np.nextafter(near, -near)])
    x = x[~np.isnan(x)]
    found = converted(backend, x, dtype).view(np.uint16)
    np.testing.assert_array_equal(found, nearest(x.astype(np.float64), dtype))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", HALVES)
def test_every_pattern_of_bits_comes_back(dtype: str, backend: str):
    x = PATTERNS.view(HALVES[dtype])
    expected = x.astype(np.float32)
    wide = converted(backend, x, "float32")
    np.testing.assert_array_equal(wide, expected)
    np.testing.assert_array_equal(np.signbit(wide), np.signbit(expected))
    back = converted(backend, wide, dtype)
    finite = ~np.isnan(expected)
    np.testing.assert_array_equal(back[finite].view(np.uint16), PATTERNS[finite])
    assert np.isnan(back[~finite].astype(np.float32)).all()


@pytest.mark.share(4)
@pytest.mark.parametrize("backend", ["numpy", "native"])
@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("other", ["int8", "uint8", "int32", "int64", "bool", "complex64"])
def test_conversions_to_and_from_other_dtypes(dtype: str, backend: str, other: str):
    x = np.array([0, 1, 2.5, 7.99, 100]).astype(HALVES[dtype])
    expected = x.astype(np.float32).astype(other)
    np.testing.assert_array_equal(converted(backend, x, other), expected)
    whole = np.array([0, 1, 100, 127]).astype(other)
    back = converted(backend, whole, dtype)
    assert back.dtype == HALVES[dtype]
    np.testing.assert_array_equal(back.astype(np.float64), whole.real.astype(np.float64))


@pytest.mark.parametrize("backend", ["numpy", "native"])
@pytest.mark.parametrize("dtype", HALVES)
def test_nextafter_walks_along_the_numbers(dtype: str, backend: str):
    lattice = numbers(dtype).astype(HALVES[dtype])
    up = polyad.jit(pnp.nextafter, backend=backend)(lattice, np.array(np.inf, HALVES[dtype]))
    np.testing.assert_array_equal(up[:-1], lattice[1:])
    assert np.isinf(up[-1])
    at = lambda x: np.array(x, HALVES[dtype])
    same = polyad.jit(pnp.nextafter, backend=backend)(
        at([1.0, np.nan, 1.0]), at([1.0, 1.0, np.nan])
    )
    np.testing.assert_array_equal(np.isnan(same.astype(float)), [False, True, True])


@pytest.mark.parametrize("dtype", HALVES)
def test_the_bits_can_be_read(dtype: str):
    x = PATTERNS.view(HALVES[dtype])
    read = lambda x: polyad.lax.bitcast_convert_type(x, "uint16")
    np.testing.assert_array_equal(polyad.jit(read)(x), PATTERNS)
    np.testing.assert_array_equal(read(x), PATTERNS)


def test_compiled_code_calls_no_functions_for_conversions():
    texts = [
        polyad.jit(lambda x, d=dtype: pnp.astype(x, d)).lower(np.ones(8, given)).stages()["llvm"]
        for dtype in HALVES
        for given in (np.float32, np.float64, HALVES[dtype])
    ]
    for text in texts:
        assert "half" not in text and "bfloat" not in text
