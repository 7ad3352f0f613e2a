"""Integers and floats by their bits: the high half of a product, fewer bits, other widths."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
from polyad import lax
from polyad.errors import PolyadTypeError, PolyadValueError, ShapeError

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "uint32", "int64", "uint64"])
def test_the_high_half_is_that_of_the_product_of_integers(dtype: str):
    info = np.iinfo(dtype)
    draw = lambda: RNG.integers(info.min, info.max, 200, dtype, endpoint=True)
    ends = np.array([info.min, info.max, 0, 1, info.max, info.min], dtype)
    x, y = np.concatenate([draw(), ends]), np.concatenate([draw(), ends[::-1]])
    expected = [(int(a) * int(b)) >> info.bits for a, b in zip(x, y, strict=True)]
    for f in (lax.mulhi, polyad.jit(lax.mulhi)):
        found = f(x, y)
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, np.array(expected, dtype))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32"])
def test_reduced_precision_is_a_conversion_there_and_back(dtype: str, name: str):
    """But that numbers below the least normal one are 0, as in XLA."""
    ml_dtypes = pytest.importorskip("ml_dtypes")
    format_ = np.dtype(getattr(ml_dtypes, name, name))
    info = polyad.numpy.finfo(name)
    x = (RNG.standard_normal(500) * 10.0 ** RNG.integers(-8, 8, 500)).astype(dtype)
    x = np.concatenate([x, np.array([np.inf, -np.inf, np.nan, 0.0, -0.0, 65519.0, 65520.0], dtype)])
    with np.errstate(all="ignore"):
        expected = x.astype(format_).astype(dtype)
    expected = np.where(np.abs(x) < info.tiny, np.copysign(0, x), expected)
    f = lambda x: lax.reduce_precision(x, info.nexp, info.nmant)
    for g in (f, polyad.jit(f)):
        found = g(x)
        near = np.abs(np.abs(x) - info.tiny) < info.tiny * info.eps  # it may round up to normal
        np.testing.assert_array_equal(found[~near], expected[~near])


def test_the_derivative_of_a_reduction_is_reduced():
    """By JAX's rule: the tangent, and the cotangent, are rounded alike."""
    f = lambda x: lax.reduce_precision(x, 8, 7)
    assert f(np.pi) == 3.140625
    assert polyad.jvp(f, (1.0,), (np.pi,))[1] == 3.140625
    assert polyad.vjp(f, 1.0)[1](np.pi)[0] == 3.140625
    assert polyad.grad(polyad.grad(lambda x: f(x) ** 2))(1.5) == 2.0


@pytest.mark.share(4)
@pytest.mark.parametrize("wide", ["uint16", "int32", "float32", "float64", "int64"])
@pytest.mark.parametrize("narrow", ["uint8", "int8", "int16", "float16", "float32"])
def test_bits_are_numpys_view(wide: str, narrow: str):
    if np.dtype(wide).itemsize < np.dtype(narrow).itemsize:
        return
    x = RNG.integers(0, 255, (3, 2 * np.dtype(wide).itemsize), np.uint8).view(wide)
    ratio = np.dtype(wide).itemsize // np.dtype(narrow).itemsize
    expected = x.view(narrow).reshape(*x.shape, *((ratio,) if ratio > 1 else ()))
    as_bytes = lambda v: np.ascontiguousarray(v).view(np.uint8)
    for f in (lax.bitcast_convert_type, polyad.jit(lax.bitcast_convert_type, static_argnums=1)):
        parts = f(x, narrow)
        np.testing.assert_array_equal(as_bytes(parts), as_bytes(expected))
        np.testing.assert_array_equal(as_bytes(f(parts, wide)), as_bytes(x))


def test_the_bits_of_a_number_that_is_traced_are_an_integer():
    f = lambda x: lax.bitcast_convert_type(x, "int64") >> 1
    assert polyad.jit(f)(1.0) == f(np.float64(1.0)) == np.float64(1.0).view("int64") >> 1


def test_requests_that_are_refused():
    with pytest.raises(PolyadTypeError, match="mulhi takes integers, not float64"):
        lax.mulhi(1.0, 2.0)
    with pytest.raises(PolyadTypeError, match="reduce_precision takes real floating arrays"):
        lax.reduce_precision(1, 5, 10)
    with pytest.raises(PolyadValueError, match="no format of 0 and 10 bits"):
        lax.reduce_precision(1.0, 0, 10)
    with pytest.raises(ShapeError, match="needs a last axis of size 4, not the shape"):
        lax.bitcast_convert_type(np.zeros(3, "uint8"), "float32")


@pytest.mark.parametrize("z", [1 + 2j, -800 + 1j, 800 - 3j, 0.5j, -2 + 0j])
def test_the_logistic_function_of_complex_numbers(z: complex):
    mpmath = pytest.importorskip("mpmath")
    with mpmath.workdps(30):
        expected = complex(1 / (1 + mpmath.exp(-mpmath.mpc(z))))
    np.testing.assert_allclose(lax.logistic(z), expected, rtol=1e-14)
    slope = polyad.grad(lax.logistic, holomorphic=True)(z)
    np.testing.assert_allclose(slope, expected * (1 - expected), rtol=1e-12, atol=1e-300)


def test_a_product_in_another_dtype():
    found = lax.mul(np.int8(100), np.int8(100), out_dtype="int32")
    assert found == 10_000 and found.dtype == "int32"
