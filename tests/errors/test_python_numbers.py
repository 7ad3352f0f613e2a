"""Where Python asks a traced array for a number, and where Python's own numbers do not fit."""

from __future__ import annotations

import math

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp


@pytest.mark.parametrize("use", [float, complex, math.sin, lambda x: x.item()])
def test_a_number_in_place_of_a_differentiated_array_is_an_error(use):
    def f(x):
        return x * abs(use(x * 1.5))

    with pytest.raises(polyad.ConcretizationError, match="would lose its derivative") as error:
        polyad.grad(f)(1.0)
    assert "test_python_numbers.py" in str(error.value)
    assert "stop_gradient" in str(error.value)


def test_a_number_that_has_no_derivative_is_given():
    assert polyad.grad(lambda x: x * float(polyad.stop_gradient(x)))(3.0) == 3.0
    assert polyad.grad(lambda x: x * float(pnp.floor(x)))(2.5) == 2.0


def test_a_known_value_can_be_formatted():
    seen = []
    polyad.grad(lambda x: (seen.append(f"{x:.2f}"), x)[1])(3.0)
    assert seen == ["3.00"]


def test_a_python_integer_that_fits_no_dtype_is_named():
    with pytest.raises(polyad.errors.PolyadTypeError, match="does not fit int64"):
        pnp.add(2**70, 1)
    with pytest.raises(polyad.errors.PolyadTypeError, match="does not fit int64"):
        polyad.jit(lambda x: x)(2**70)


def test_static_arguments_that_are_not_there():
    with pytest.raises(polyad.errors.PolyadValueError, match="static_argnums=5 is out of range"):
        polyad.jit(lambda x, y: x, static_argnums=5)
    with pytest.raises(polyad.errors.PolyadValueError, match="it has x, y"):
        polyad.jit(lambda x, y: x, static_argnames="z")


def test_dtypes_of_tracers_are_numpys_too():
    def f(x):
        return pnp.sum(x * np.ones(x.shape, dtype=x.dtype))

    assert np.array_equal(polyad.grad(f)(np.zeros(2, np.float32)), np.ones(2))
    assert pnp.float32(1).dtype == np.float32
