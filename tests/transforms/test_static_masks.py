"""Masks that move while transforming are those that the ops make of zeros and ones."""

from __future__ import annotations

import math

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.ops.windows import overlap_add, positions, windows
from polyad.transforms import static_masks as masks

from ..counting import counted

RNG = np.random.default_rng(0)

WINDOWS = [
    ((7,), (3,), (1,), (1,)),
    ((7,), (2,), (3,), (1,)),
    ((9,), (3,), (2,), (2,)),
    ((5, 6), (2, 3), (1, 2), (2, 1)),
    ((2, 5, 6), (2, 3), (2, 3), (1, 1)),
    ((2, 3, 4), (1, 4), (1, 1), (1, 1)),
    ((2, 3, 4), (5, 1), (1, 1), (1, 1)),
]


def mask_of(shape: tuple[int, ...], vary: tuple[bool, ...]) -> np.ndarray:
    return RNG.random([n if v else 1 for n, v in zip(shape, vary, strict=True)]) < 0.5


def varying(rank: int) -> list[tuple[bool, ...]]:
    return [tuple(bool(i >> k & 1) for k in range(rank)) for i in range(1 << rank)]


@pytest.mark.parametrize(("shape", "sizes", "strides", "dilations"), WINDOWS)
def test_windows_and_their_sums(shape, sizes, strides, dilations):
    lead = len(shape) - len(sizes)
    places = positions(shape[lead:], sizes, strides, dilations)
    steps = {"strides": strides, "dilations": dilations}
    for vary in varying(len(shape)):
        mask = mask_of(shape, vary)
        full = np.broadcast_to(mask, shape).astype(float)
        found = masks.windows(mask, sizes, places, strides, dilations)
        expected = np.asarray(windows(full, sizes=sizes, **steps)) != 0
        np.testing.assert_array_equal(np.broadcast_to(found, expected.shape), expected)
    many = (*shape[:lead], *sizes, *places)
    for vary in varying(len(many)):
        mask = mask_of(many, vary)
        full = np.broadcast_to(mask, many).astype(float)
        found = masks.overlap(mask, shape[lead:], sizes, places, strides, dilations)
        expected = np.asarray(overlap_add(full, shape=shape[lead:], **steps)) != 0
        np.testing.assert_array_equal(np.broadcast_to(found, shape), expected)


RESHAPES = [
    ((2, 3, 4), (6, 4)),
    ((2, 3, 4), (2, 12)),
    ((6, 4), (2, 3, 1, 4)),
    ((1, 6, 1, 4), (6, 4)),
    ((6, 4), (1, 1, 6, 4, 1)),
    ((4, 6), (3, 8)),
    ((2, 3, 5), (3, 2, 5)),
    ((1,), ()),
    ((), (1, 1)),
    ((2, 1, 2), (4, 1)),
]


@pytest.mark.parametrize(("old", "new"), RESHAPES)
def test_reshapes(old, new):
    groups = masks.matched(old, new)
    assert [n for a, _ in groups for n in old[a]] == list(old)
    assert [n for _, b in groups for n in new[b]] == list(new)
    assert all(math.prod(old[a]) == math.prod(new[b]) for a, b in groups)
    for vary in varying(len(old)):
        mask = mask_of(old, vary)
        found = masks.reshape(mask, old, new)
        assert found is not None and found.ndim == len(new)
        expected = np.broadcast_to(mask, old).reshape(new)
        np.testing.assert_array_equal(np.broadcast_to(found, new), expected)


def test_reshapes_of_large_arrays_by_the_axes_that_vary():
    mask = np.array([[True], [False]])[None]
    found = masks.reshape(mask, (1000, 2, 1000), (10, 100, 2, 1, 1000))
    assert found is not None and found.shape == (1, 1, 2, 1, 1)
    assert masks.reshape(mask, (1000, 2, 1000), (2000, 1000)) is not None
    assert masks.reshape(mask, (1000, 2, 1000), (500, 4000, 1)) is None
    assert masks.reshape(mask, (0, 2, 3), (6, 0)) is None


def test_a_convolution_with_padding_has_no_gates():
    """Its windows cover all elements: no cotangent is a zero that no window reaches."""

    def loss(filters, x):
        for w in filters:
            x = pnp.tanh(lax.conv_general_dilated(x, w, (1, 1), "SAME"))
        return pnp.sum(x * x)

    filters = [RNG.normal(size=s) for s in ((4, 1, 3, 3), (2, 4, 3, 3))]
    x = RNG.normal(size=(2, 1, 28, 28))
    assert counted(polyad.make_ir(polyad.grad(loss))(filters, x))["guard"] == 0


def test_a_stride_leaves_elements_without_a_window():
    f = lambda x: pnp.sum(lax.conv_general_dilated(1 / x, np.ones((1, 1, 1)), (2,), "VALID"))
    x = np.array([[[1.0, 0.0, 2.0, 0.0]]])
    np.testing.assert_array_equal(polyad.grad(f)(x), [[[-1.0, 0.0, -0.25, 0.0]]])
