"""Resampled images, beside PyTorch's, and by what resampling means."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import polyad
import polyad.compat.jax as jax
import polyad.numpy as pnp
from polyad import errors
from polyad.nn.image import ResizeMethod, resize, scale_and_translate

METHODS = ("nearest", "linear", "cubic", "cubic-pytorch", "lanczos3", "lanczos5", "area")
SHAPES = [(9, 3), (2, 14), (4, 7), (10, 11), (1, 1)]
X = np.random.default_rng(0).normal(size=(5, 7))


def torchs(shape: tuple[int, ...], **settings: Any) -> Any:
    found = torch.nn.functional.interpolate(torch.from_numpy(X)[None, None], shape, **settings)
    return found[0, 0].numpy()


@pytest.mark.parametrize("shape", SHAPES)
def test_beside_pytorch(shape: tuple[int, int]):
    smooth = {"antialias": True, "align_corners": False}
    pairs = [
        (resize(X, shape, "nearest"), torchs(shape, mode="nearest-exact")),
        (resize(X, shape, "linear", False), torchs(shape, mode="bilinear", align_corners=False)),
        (resize(X, shape, "linear"), torchs(shape, mode="bilinear", **smooth)),
        (resize(X, shape, "cubic"), torchs(shape, mode="bicubic", **smooth)),
        (resize(X, shape, "cubic-pytorch"), torchs(shape, mode="bicubic", **smooth)),
        (
            resize(X, shape, "cubic-pytorch", False),
            torchs(shape, mode="bicubic", align_corners=False),
        ),
    ]
    for found, expected in pairs:
        np.testing.assert_allclose(found, expected, atol=2e-6)


def test_areas_are_means_of_blocks():
    x = np.arange(48.0).reshape(6, 8)
    np.testing.assert_allclose(resize(x, (3, 2), "area"), x.reshape(3, 2, 2, 4).mean((1, 3)))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("antialias", [True, False])
def test_constants_and_sizes_that_agree(method: str, antialias: bool):
    np.testing.assert_allclose(resize(np.full((3, 4), 2.0), (5, 2), method, antialias), 2.0)
    np.testing.assert_array_equal(resize(X, X.shape, method, antialias), X)
    compiled = polyad.jit(lambda x: resize(x, (3, 9), method, antialias))
    np.testing.assert_allclose(compiled(X), resize(X, (3, 9), method, antialias), rtol=1e-12)


@pytest.mark.parametrize("method", ["lanczos3", "lanczos5", "cubic"])
def test_a_wave_is_kept(method: str):
    n = 64
    x = np.sin(2 * np.pi * 3 * (np.arange(n) + 0.5) / n)
    finer = np.sin(2 * np.pi * 3 * (np.arange(2 * n) + 0.5) / (2 * n))
    np.testing.assert_allclose(resize(x, (2 * n,), method)[10:-10], finer[10:-10], atol=0.02)


@pytest.mark.parametrize("method", METHODS[1:])
def test_moves(method: str):
    x = np.random.default_rng(1).normal(size=(6, 3))
    moved = scale_and_translate(x, (6, 3), (0,), [1.0], [2.0], method)
    np.testing.assert_allclose(moved[2:], x[:-2], atol=1e-12)
    if method != "cubic-pytorch":
        np.testing.assert_array_equal(moved[:2], 0)
    scaled = scale_and_translate(x, (12, 3), (0,), [2.0], [0.0], method)
    np.testing.assert_allclose(scaled, resize(x, (12, 3), method), atol=1e-12)


@pytest.mark.parametrize("method", ["linear", "cubic", "lanczos3"])
def test_derivatives(method: str):
    f = lambda x, s, t: scale_and_translate(x, (6, 8), (0, 1), s, t, method)
    given = (X, np.array([1.31, 0.63]), np.array([0.2, -0.4]))
    polyad.test_util.check_grads(f, given, 1, modes=("fwd", "rev"), rtol=1e-4, atol=1e-4)
    down = lambda x: resize(x, (2, 3), method)
    rows = polyad.jacrev(down)(X)
    np.testing.assert_allclose(pnp.tensordot(rows, X, 2), down(X), atol=1e-12)


def test_dtypes_and_names():
    for dtype in ("float32", "float16", "complex64"):
        assert resize(X.astype(dtype), (2, 2), "linear").dtype == dtype
    assert resize(np.arange(4), (2,), "linear").dtype == np.float64
    assert resize(X, (2, 2), ResizeMethod.CUBIC).shape == (2, 2)
    assert ResizeMethod.from_string("bilinear") is ResizeMethod.LINEAR
    np.testing.assert_array_equal(jax.image.resize(X, (2, 2), "cubic"), resize(X, (2, 2), "cubic"))


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: resize(X, (2, 2), "sharp"), errors.PolyadValueError, "one of nearest, linear"),
        (lambda: resize(X, (2, 2), 3), errors.PolyadValueError, "a name or a ResizeMethod"),
        (lambda: resize(X, (2,), "linear"), errors.ShapeError, "a size for each axis"),
        (
            lambda: scale_and_translate(X, X.shape, (0,), [1.0], [0.0], "nearest"),
            errors.PolyadValueError,
            "nearest has no weights",
        ),
        (
            lambda: scale_and_translate(X, X.shape, (0,), [1.0, 2.0], [0.0], "linear"),
            errors.ShapeError,
            "an element for each of the 1 axes",
        ),
    ],
)
def test_bad_arguments(call: Any, error: Any, message: str):
    with pytest.raises(error, match=message):
        call()
