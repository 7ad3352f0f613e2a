"""Sizes whose product no machine can count are errors, and reach no allocation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import ShapeDtypeStruct, lax
from polyad.errors import PolyadError

H = 2**40
X = np.ones(3)
LARGE = {
    "full": lambda x: pnp.full((H, H), 2.0) + x[0],
    "zeros": lambda x: pnp.zeros((2**61,)) + x[0],
    "ones": lambda x: pnp.ones((2**33, 2**33), dtype="int8") + x[0],
    "broadcast": lambda x: pnp.sum(pnp.broadcast_to(x[0], (H, H))),
    "broadcast, bytes": lambda x: pnp.broadcast_to(x[0], (2**60,)) * 2,
    "tile": lambda x: pnp.tile(x, (H, H)),
    "repeat": lambda x: pnp.repeat(x, 2**62),
    "pad": lambda x: pnp.pad(x, 2**62),
    "kron": lambda x: pnp.kron(pnp.broadcast_to(x[0], (H,)), pnp.broadcast_to(x[0], (H,))),
    "scan": lambda x: lax.scan(lambda c, _: (c, pnp.broadcast_to(c, (H,))), x[0], None, length=H)[
        1
    ],
    "fft": lambda x: pnp.fft.fft(pnp.broadcast_to(x[0], (2**60,))),
}
WAYS = {
    "make_ir": lambda f: polyad.make_ir(f)(X),
    "jit": lambda f: polyad.jit(f)(X),
    "jacrev": lambda f: polyad.jacrev(f)(X),
    "vmap": lambda f: polyad.vmap(f)(np.ones((2, 3))),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", LARGE)
def test_an_array_larger_than_any_memory(name: str, way: str):
    with pytest.raises(PolyadError, match="is larger than any memory") as error:
        WAYS[way](LARGE[name])
    assert "test_large_sizes.py" in str(error.value)


@pytest.mark.parametrize("make", [pnp.zeros, pnp.ones, lambda shape: pnp.full(shape, 2)])
def test_eagerly(make: Any):
    with pytest.raises(PolyadError, match="is larger than any memory"):
        make((H, H))


def test_a_type():
    with pytest.raises(PolyadError, match="is larger than any memory"):
        ShapeDtypeStruct((H, H), "float64")


def test_no_elements_with_huge_strides():
    strides = (2**60, 2**60)
    empty = np.lib.stride_tricks.as_strided(np.ones(1), (0, 2**59), strides)
    for way in (lambda f: f, polyad.jit):
        assert way(lambda x: x * 2)(empty).shape == (0, 2**59)
