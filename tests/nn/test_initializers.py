"""Initial weights: orthogonal ones, their variances, dtypes and shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from polyad import compat, errors, random
from polyad.nn.initializers import delta_orthogonal, orthogonal, variance_scaling


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("shape, axis", [((4, 4), -1), ((5, 3), -1), ((3, 5), -1), ((2, 3, 4), 1)])
def test_columns_are_orthonormal(shape: tuple[int, ...], axis: int, dtype: str):
    w = orthogonal(2.0, axis)(random.key(1), shape, dtype)
    assert w.shape == shape and w.dtype == dtype
    columns = np.moveaxis(w, axis, -1).reshape(-1, shape[axis]) / 2
    rows = columns.shape[0] < columns.shape[1]
    gram = columns @ columns.T if rows else columns.T @ columns
    np.testing.assert_allclose(gram, np.eye(len(gram)), atol=1e-5 if dtype == "float32" else 1e-12)


@pytest.mark.parametrize("window", [(3,), (4, 3), (1, 2, 3)])
def test_kernels_are_orthogonal_in_the_middle(window: tuple[int, ...]):
    w = delta_orthogonal()(random.key(2), (*window, 2, 4), "float64")
    middle = tuple((n - 1) // 2 for n in window)
    np.testing.assert_allclose(w[middle] @ w[middle].T, np.eye(2), atol=1e-12)
    w[middle] = 0
    assert not w.any()


def test_empty_weights():
    assert orthogonal()(random.key(0), (3, 0)).shape == (3, 0)


def test_jaxs_names():
    init = compat.jax.nn.initializers
    key: Any = random.key(3)
    np.testing.assert_array_equal(init.orthogonal()(key, (3, 2)), orthogonal()(key, (3, 2)))
    assert init.delta_orthogonal(dtype="float32")(key, (3, 2, 2)).dtype == np.float32


@pytest.mark.parametrize(
    "init, shape, message",
    [
        (orthogonal(), (3,), "two axes at least"),
        (delta_orthogonal(), (2, 2), "one to three axes of a window"),
        (delta_orthogonal(), (3, 4, 2), "no more inputs than outputs"),
    ],
)
def test_bad_shapes(init: Any, shape: tuple[int, ...], message: str):
    with pytest.raises(errors.ShapeError, match=message):
        init(random.key(0), shape)


@pytest.mark.parametrize("distribution", ["uniform", "normal", "truncated_normal"])
@pytest.mark.parametrize("dtype", ["complex64", "complex128", "bfloat16", "float16", "float32"])
def test_variances(distribution: str, dtype: str):
    init = variance_scaling(2.0, "fan_in", distribution)
    w = init(random.key(0), (50, 200), dtype)
    assert w.dtype == dtype
    wide = w.astype(complex)
    assert abs(np.mean(wide)) < 0.02
    np.testing.assert_allclose(np.mean(abs(wide) ** 2) * 50, 2, rtol=0.06)
    if dtype.startswith("complex"):
        largest = {"uniform": 2**0.5, "truncated_normal": 2 / 0.95}.get(distribution, np.inf)
        assert abs(wide).max() <= largest * (2 / 50) ** 0.5 * 1.001


def test_weights_of_named_axes():
    init = variance_scaling(1.0, "fan_in", "normal", in_axis=[0], out_axis=[])
    assert init(random.key(0), (3,)).shape == (3,)
    none = variance_scaling(1.0, "fan_in", "normal", in_axis=[], out_axis=[])
    assert none(random.key(0), ()).shape == ()
    with pytest.raises(errors.ShapeError, match="two axes at least"):
        variance_scaling(1.0, "fan_in", "normal")(random.key(0), (3,))
