"""Reductions by name, by any monoid, and over windows."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.errors import PolyadTypeError, PolyadValueError, ShapeError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 3, 5))
N = RNG.integers(0, 100, (2, 3, 5))
WRAPS = pytest.mark.parametrize("wrap", [lambda f: f, polyad.jit], ids=["eager", "jit"])


@pytest.mark.share(3)
@pytest.mark.parametrize(
    "name, ufunc, x",
    [
        ("reduce_sum", np.add, X),
        ("reduce_prod", np.multiply, X),
        ("reduce_max", np.maximum, X),
        ("reduce_min", np.minimum, X),
        ("reduce_and", np.bitwise_and, N),
        ("reduce_or", np.bitwise_or, N),
        ("reduce_xor", np.bitwise_xor, N),
        ("reduce_and", np.logical_and, N > 50),
        ("reduce_or", np.logical_or, N > 90),
        ("reduce_xor", np.logical_xor, N > 50),
        ("reduce_and", np.bitwise_and, N.astype(np.uint8)),
    ],
)
@WRAPS
def test_against_numpy(name, ufunc, x, wrap):
    for axes in ((0, 2), (1,), (-1,), ()):
        wanted = ufunc.reduce(x, axes) if axes else x
        found = wrap(lambda x, axes=axes: getattr(lax, name)(x, axes))(x)
        assert found.dtype == x.dtype
        np.testing.assert_allclose(found, wanted, rtol=1e-13)


@WRAPS
def test_a_monoid_without_a_name(wrap):
    """Products of complex numbers, part by part."""
    both = lambda a, b: (a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0])
    f = wrap(lambda re, im: lax.reduce((re, im), (1.0, 0.0), both, (1, 2)))
    z = X + 1j * X[::-1]
    re, im = f(z.real, z.imag)
    np.testing.assert_allclose(re + 1j * im, z.prod((1, 2)), rtol=1e-12)


@WRAPS
def test_a_monoid_of_one_op_is_its_reduction(wrap):
    for op, ufunc in ((lax.add, np.add), (lax.max, np.maximum), (lambda a, b: b * a, np.multiply)):
        f = wrap(lambda x, op=op, ufunc=ufunc: lax.reduce(x, float(ufunc is np.multiply), op, (1,)))
        np.testing.assert_allclose(f(np.abs(X)), ufunc.reduce(np.abs(X), 1), rtol=1e-13)
    made = polyad.make_ir(lambda x: lax.reduce(x, 0.0, lax.add, (0,)))(X)
    assert [op.name for op in made.ops if op.name in ("sum", "slice")] == ["sum"]


def test_functions_that_only_resemble_an_op():
    doubled = lambda a, b: (a + b, a + b)[1] * 1.0
    assert lax.reduce(np.ones(5), 0.0, doubled, (0,)) == 5.0
    first = lambda a, b: a + 0 * b
    assert lax.reduce(np.array([7.0, 8.0, 9.0]), 0.0, first, (0,)) == 7.0


def test_the_initial_value_counts_and_stands_alone_over_nothing():
    assert lax.reduce(np.ones(3), 10.0, lax.add, (0,)) == 13.0
    np.testing.assert_array_equal(lax.reduce(np.ones((0, 2)), 4.0, lax.max, (0,)), [4.0, 4.0])


def test_gradients_flow_to_operands_and_initial_values():
    f = lambda x, v: pnp.sum(lax.reduce(x, v, lambda a, b: a * b * 1.0, (0,)))
    x = np.array([[2.0, 0.0], [3.0, 4.0], [5.0, 6.0]])
    by_x, by_v = polyad.grad(f, argnums=(0, 1))(x, 1.0)
    np.testing.assert_allclose(by_x, [[15, 24], [10, 0], [6, 0]])
    assert by_v == 30.0


@WRAPS
def test_windows(wrap):
    x = RNG.normal(size=(4, 6))
    seen = np.lib.stride_tricks.sliding_window_view(x, (2, 3))[:, ::2]
    found = wrap(lambda x: lax.reduce_window(x, -np.inf, lax.max, (2, 3), (1, 2)))(x)
    np.testing.assert_array_equal(found, seen.max((2, 3)))
    padded = np.pad(x, [(0, 1), (1, 1)])
    seen = np.lib.stride_tricks.sliding_window_view(padded, (2, 3))
    found = wrap(lambda x: lax.reduce_window(x, 0.0, lax.add, (2, 3), padding="SAME"))(x)
    np.testing.assert_allclose(found, seen.sum((2, 3)), rtol=1e-12, atol=1e-13)


def test_the_gradient_of_pooling_goes_to_the_winners():
    x = np.array([1.0, 5.0, 2.0, 2.0, 0.0, 3.0])
    pool = lambda x: pnp.sum(lax.reduce_window(x, -np.inf, lax.max, (2,), (2,)))
    np.testing.assert_array_equal(polyad.grad(pool)(x), [0, 1, 0.5, 0.5, 0, 1])


def test_places_of_extrema():
    np.testing.assert_array_equal(lax.argmax(X, 1, "int32"), X.argmax(1))
    assert lax.argmin(X, 0, "int32").dtype == np.int32
    with pytest.raises(PolyadTypeError, match="integer dtype, not float32"):
        lax.argmax(X, 0, "float32")


def test_errors():
    with pytest.raises(PolyadValueError, match="reduce_sum: axis 3 is out of range") as error:
        lax.reduce_sum(X, (3,))
    assert "test_reductions.py" in str(error.value)
    with pytest.raises(PolyadTypeError, match="booleans or integers, not float64"):
        lax.reduce_and(X, (0,))
    with pytest.raises(PolyadTypeError, match=r"takes scalars f64\[\] and gives bool\[\]"):
        lax.reduce(X, 0.0, lambda a, b: a > b, (0,))
    with pytest.raises(PolyadTypeError, match="operands are the pytree"):
        lax.reduce((X, X), 0.0, lax.add, (0,))
    with pytest.raises(ShapeError, match="have one shape"):
        lax.reduce((X, X[0]), (0.0, 0.0), lambda a, b: a, (0,))
    with pytest.raises(ShapeError, match=r"init_values: takes a scalar, not f64\[2,3,5\]"):
        lax.reduce(X, X, lax.add, (0,))
    with pytest.raises(PolyadTypeError, match=r"-inf is no element of i64\[2,3,5\]"):
        lax.reduce_window(N, -np.inf, lax.max, (1, 1, 1))
    with pytest.raises(PolyadValueError, match="window_dimensions has 3 positive"):
        lax.reduce_window(X, 0.0, lax.add, (2,))
