"""Kernels that transpose an array: in tiles, where lines of the cache would be read again and again
otherwise.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp

RNG = np.random.default_rng(0)
TILE = 8


def extents(f, *arrays):
    """The extents of the loops of the first kernel, in the order of the text."""
    text = polyad.jit(f).lower(*arrays).stages()["loop"]
    return [int(n) for n in re.findall(r"loop\.for[^{]*\{carried = 0, extent = (\d+)", text)]


def values(*shape, dtype="float64"):
    x = 100 * RNG.normal(size=shape)
    return x > 0 if dtype == "bool" else x.astype(dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32", "int8", "bool", "complex128"])
@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((256, 256), (1, 0)),
        ((515, 512), (1, 0)),  # the last tile has three rows
        ((4111, 9), (1, 0)),
        ((60, 70, 9), (2, 0, 1)),
        ((16, 64, 32, 2), (0, 2, 1, 3)),
        ((16, 64, 64), (0, 2, 1)),
        ((4, 100, 100), (2, 1, 0)),
    ],
)
def test_transposed_arrays(shape, axes, dtype):
    x = values(*shape, dtype=dtype)
    f = polyad.jit(lambda x: pnp.transpose(x, axes))
    np.testing.assert_array_equal(f(x), np.transpose(x, axes))


@pytest.mark.parametrize("rows", [512, 515])
def test_what_is_computed_beside(rows):
    x, y = values(rows, 512), values(512, rows)
    f = lambda x, y: (x.T[::-1] * 2 + y, pnp.where(y > 0, x.T, pnp.arange(rows)))
    got = polyad.jit(f)(x, y)
    np.testing.assert_array_equal(got[0], x.T[::-1] * 2 + y)
    np.testing.assert_array_equal(got[1], np.where(y > 0, x.T, np.arange(rows)))


def test_tiles_are_for_arrays_that_the_cache_does_not_hold():
    turned = lambda x: x.T
    assert extents(turned, np.empty((512, 512))) == [64, 512, TILE]
    assert extents(turned, np.empty((515, 512))) == [64, 512, TILE, 512, 3]
    assert extents(turned, np.empty((100_000, 3))) == [12_500, 3, TILE]
    # Its rows lie in different places of the cache, which holds a line of each.
    assert extents(turned, np.empty((300, 301))) == [301, 300]
    assert extents(turned, np.empty((64, 64))) == [64, 64]  # little to do
    assert extents(lambda x: x * 2, np.empty((512, 512))) == [512 * 512]


def test_sums_have_their_order():
    """Totals are not in tiles: which elements are added up first is known from the shape."""
    assert TILE not in extents(lambda x: pnp.sum(x.T, axis=1), np.empty((512, 512)))
