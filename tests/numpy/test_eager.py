"""Element-wise functions of concrete arrays, which go straight to the backend when they can."""

from __future__ import annotations

import inspect
from typing import Any

import array_api_strict
import numpy as np
import pytest
import torch

import polyad
import polyad.numpy as pnp
from polyad.errors import BackendError, NanError, PolyadTypeError, ShapeError

X = np.array([0.25, 0.5])


def warm(f: Any, *args: Any) -> None:
    """The first call finds out what the backend does; later ones use it."""
    f(*args)
    f(*args)


def test_the_implementation_of_an_op_is_looked_up_once():
    warm(pnp.sin, X)
    assert polyad.ops.elementwise.sin.direct[np.ndarray][X.dtype] is np.sin
    warm(pnp.add, X, X)
    assert polyad.ops.elementwise.add.direct[np.ndarray][X.dtype] is np.add


def test_numpy_scalars_go_straight_to_numpy_and_with_any_other_default():
    x = np.float64(0.5)
    warm(pnp.sin, x)
    warm(pnp.add, x, x)
    assert np.float64 in polyad.ops.elementwise.sin.direct
    assert type(pnp.sin(x)) is type(pnp.add(x, x)) is np.float64 and pnp.add(x, x) == 1.0
    with polyad.use_backend("torch"):
        assert isinstance(pnp.sin(x), torch.Tensor) and isinstance(pnp.add(x, x), torch.Tensor)
    seen = []
    polyad.grad(lambda t: seen.append(pnp.sin(x)) or t * t)(torch.tensor(1.0))
    assert isinstance(seen[0], torch.Tensor)


@pytest.mark.parametrize("f", [pnp.add, pnp.maximum, pnp.less, pnp.hypot])
def test_shapes_broadcast_and_those_that_do_not_are_errors_of_polyad(f: Any):
    warm(f, X, X)
    name = f.__name__
    found = f(X[:, None], X)
    np.testing.assert_array_equal(found, getattr(np, name)(X[:, None], X))
    with pytest.raises(ShapeError, match=name):
        f(X, np.zeros(3))


def test_integers_are_converted_as_ever():
    warm(pnp.sin, X)
    warm(pnp.divide, X, X)
    with polyad.config(default_float="float32"):
        assert pnp.sin(np.arange(3)).dtype == np.float32
        assert pnp.divide(np.arange(3), np.arange(1, 4)).dtype == np.float32
    assert pnp.sin(np.arange(3)).dtype == np.float64
    assert pnp.add(X, X.astype("float32")).dtype == np.float64


def test_a_result_without_dimensions_is_a_numpy_scalar():
    for f in (pnp.sin, pnp.sign, pnp.isnan, pnp.square):
        for value in (0.5, 0.5 + 1j):
            x = np.asarray(value)
            warm(f, x[None])
            warm(f, x)
            assert isinstance(f(x), np.generic), f.__name__


def test_debug_nans_is_heard():
    warm(pnp.log, X)
    with polyad.config(debug_nans=True), pytest.raises(NanError, match="log made a NaN"):
        pnp.log(-X)


def test_arrays_of_two_libraries_and_of_none_are_errors_still():
    warm(pnp.multiply, X, X)
    with pytest.raises(BackendError, match="mixes arrays"):
        pnp.multiply(array_api_strict.asarray(X), torch.asarray(X))
    with pytest.raises(PolyadTypeError, match="MaskedArray"):
        pnp.sin(np.ma.masked_array(X))
    with pytest.raises(PolyadTypeError, match="neither an array nor a number"):
        pnp.multiply(X, "2")


def test_tensors_stay_tensors():
    t = torch.asarray(X)
    warm(pnp.exp, t)
    assert isinstance(pnp.exp(t), torch.Tensor)
    assert isinstance(pnp.add(t, t), torch.Tensor)


def test_numpy_scalars_go_with_the_backend_in_use():
    warm(pnp.exp, X)
    with polyad.use_backend("torch"):
        assert isinstance(pnp.exp(np.float64(0.5)), torch.Tensor)


def test_functions_have_names_signatures_and_texts():
    assert str(inspect.signature(pnp.sin)).startswith("(x: ")
    assert [*inspect.signature(pnp.atan2).parameters][:3] == ["x1", "x2", "out"]
    assert pnp.atan2.__name__ == "atan2"
    assert "angle" in (pnp.atan2.__doc__ or "")
