"""`jax.numpy.frompyfunc`: the ufunc of a function of scalars, and indices that are not known."""

from __future__ import annotations

import numpy as np
import pytest

import polyad.compat.jax as jax
from polyad.compat.jax import numpy as jnp
from polyad.errors import PolyadTypeError, PolyadValueError


def add(x, y):
    """Neither commutative nor associative, and of the name of another ufunc."""
    assert np.shape(x) == np.shape(y) == ()
    return 0.5 * x * x + y


def skew(x, y):
    return x - 2 * y


X = np.random.default_rng(3).uniform(-1.0, 1.0, (3, 4))
MINE, THEIRS = jnp.frompyfunc(add, 2, 1), np.frompyfunc(add, 2, 1)
PLACES = np.array([2, 0, 3, 1])
CALLS = {
    "call": lambda u, x: u(x, x[0]),
    "reduce": lambda u, x: u.reduce(x),
    "reduce of rows": lambda u, x: u.reduce(x, axis=-1, keepdims=True),
    "reduce from": lambda u, x: u.reduce(x, axis=1, initial=2.0),
    "reduce where": lambda u, x: u.reduce(x, axis=1, initial=2.0, where=X > 0),
    "accumulate": lambda u, x: u.accumulate(x, axis=1),
    "outer": lambda u, x: u.outer(x, x[0]),
    "reduceat": lambda u, x: u.reduceat(x, PLACES, axis=1),
}


def compared(found, expected):
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected, float), rtol=1e-13)


@pytest.mark.parametrize("name", CALLS)
def test_values_are_numpys_and_jit_and_vmap_agree(name):
    call = CALLS[name]
    expected = call(THEIRS, X)
    compared(call(MINE, jnp.array(X)), expected)
    compared(jax.jit(lambda x: call(MINE, x))(X), expected)
    stack = np.stack([X, 2 * X])
    compared(jax.vmap(lambda x: call(MINE, x))(stack), [call(THEIRS, x) for x in stack])


@pytest.mark.parametrize("name", CALLS)
def test_derivatives_are_those_of_numpys_values(name):
    """Of polynomials of low degree in small numbers: complex steps are exact."""
    call, step = CALLS[name], 1e-30
    t = np.cos(np.arange(12.0)).reshape(3, 4)
    expected = np.asarray(call(THEIRS, X + 1j * step * t), complex).imag / step
    value, tangent = jax.jvp(lambda x: call(MINE, x), (X,), (t,))
    compared(tangent, expected)
    ct = np.sin(1.0 + np.arange(np.size(value))).reshape(np.shape(value))
    (back,) = jax.vjp(lambda x: call(MINE, x), X)[1](ct)
    assert np.vdot(ct, tangent) == pytest.approx(np.vdot(back, t), rel=1e-12)


def test_a_fold_over_all_axes_takes_the_elements_in_order():
    expected = THEIRS.reduce(X.ravel())
    compared(MINE.reduce(X, axis=None), expected)
    assert MINE.reduce(X, axis=None, keepdims=True).shape == (1, 1)


def test_derivatives_by_a_number_that_the_function_closes_over():
    def value(c):
        return jnp.frompyfunc(lambda x, y: c * x + y, 2, 1).reduce(jnp.array([3.0, 4.0, 5.0]))

    assert jax.grad(value)(2.0) == 2 * 3.0 * 2.0 + 4.0
    assert jax.grad(jax.grad(value))(2.0) == 2 * 3.0


def test_an_identity_is_the_start_and_the_value_of_nothing():
    u = jnp.frompyfunc(skew, 2, 1, identity=7)
    assert u.identity == 7
    compared(u.reduce(jnp.zeros((0, 2))), [7.0, 7.0])
    x = jnp.array([1.0, 10.0, 100.0])
    assert u.reduce(x) == 7.0 - 2.0 - 20.0 - 200.0
    assert u.reduce(x, where=jnp.array([True, False, True])) == 7.0 - 2.0 - 200.0


@pytest.mark.parametrize("name", ["bitwise_and", "bitwise_or", "bitwise_xor", "logical_xor"])
@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int32])
def test_masked_folds_are_in_the_arrays_dtype(name, dtype):
    """An identity of -1 is that of booleans and of unsigned integers, too."""
    x = np.array([[1, 0, 3], [7, 5, 2]]).astype(dtype)
    mask = np.array([[True, False, True], [False, False, False]])
    for initial in ({}, {"initial": dtype(1)}):
        expected = getattr(np, name).reduce(x, axis=1, where=mask, **initial)
        found = getattr(jnp, name).reduce(jnp.array(x), axis=1, where=mask, **initial)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
    u = jnp.frompyfunc(getattr(jnp, name), 2, 1, identity=getattr(np, name).identity)
    found = u.reduce(jnp.array(x), axis=1, where=mask)
    np.testing.assert_array_equal(found, getattr(np, name).reduce(x, axis=1, where=mask))


def test_dtypes_are_those_of_the_functions_results():
    halves = jnp.frompyfunc(lambda x, y: (x + y) / 2, 2, 1)
    x = jnp.array([1, 2, 4])
    assert halves.reduce(x) == 2.75 and halves.accumulate(x).dtype == np.float64
    compared(halves.reduceat(x, jnp.array([0, 1])), [1.0, 3.0])
    compared(halves.at(x, jnp.array([0, 0]), 4, inplace=False), [3.25, 2.0, 4.0])
    assert halves.reduce(jnp.array(X, np.float32)).dtype == np.float32


def test_several_results_and_one_operand():
    both = jnp.frompyfunc(lambda x: (x + 1, 2 * x), 1, 2)
    up, twice = both(X)
    compared(up, X + 1)
    compared(twice, 2 * X)
    square = jnp.frompyfunc(lambda x: x * x, 1, 1)
    compared(square.at(jnp.array([2.0, 3.0]), jnp.array([0, 0]), inplace=False), [16.0, 3.0])


def test_attributes_are_read_only_and_equal_ufuncs_are_one_key():
    assert isinstance(MINE, jnp.ufunc) and repr(MINE) == "<jnp.ufunc 'add (vectorized)'>"
    assert (MINE.nin, MINE.nout, MINE.nargs, MINE.identity) == (2, 1, 2, None)
    assert {MINE: 1}[jnp.frompyfunc(add, nin=2, nout=1)] == 1
    assert jnp.frompyfunc(skew, 2, 1) != MINE
    for name in ("nin", "nout", "nargs", "identity"):
        with pytest.raises(AttributeError):
            setattr(MINE, name, 1)


# -- Indices that are not known --------------------------------------------------------------------

UFUNCS = {"own": MINE, "logaddexp": jnp.logaddexp, "add": jnp.add, "minimum": jnp.minimum}
NUMPYS = {"own": THEIRS, "logaddexp": np.logaddexp, "add": np.add, "minimum": np.minimum}


@pytest.mark.parametrize("name", UFUNCS)
@pytest.mark.parametrize("places", [[0, 2, 1], [2, 2], [0], []])
@pytest.mark.parametrize("axis", [0, 1])
def test_segments_at_indices_that_are_not_known(name, places, axis):
    indices = np.array(places, np.int32)
    expected = NUMPYS[name].reduceat(X, indices, axis=axis)
    compared(jax.jit(lambda i: UFUNCS[name].reduceat(X, i, axis=axis))(indices), expected)


@pytest.mark.parametrize("name", UFUNCS)
def test_elements_at_indices_that_are_not_known(name):
    places, values = np.array([1, -2, 1, 0]), np.arange(16.0).reshape(4, 4) / 16
    expected = X.copy()
    NUMPYS[name].at(expected, places, values)

    def moved(i, x, b):
        return UFUNCS[name].at(x, i, b, inplace=False)

    compared(jax.jit(moved)(places, X, values), expected)
    compared(moved(jnp.array(places), X, values), expected)
    far = np.array([1, 5, -7, 0])  # dropped where out of range, as JAX does
    kept = X.copy()
    NUMPYS[name].at(kept, far[[0, 3]], values[[0, 3]])
    compared(jax.jit(moved)(far, X, values), kept)


def test_derivatives_at_indices_that_are_not_known():
    places, t = np.array([1, -2, 1]), np.cos(np.arange(12.0)).reshape(3, 4)
    for call in (
        lambda x, i: MINE.at(x, i, x[0], inplace=False),
        lambda x, i: MINE.reduceat(x, i % 3),
    ):
        for known in (call, jax.jit(call)):
            tangent = jax.jvp(lambda x, f=known: f(x, places), (X,), (t,))[1]
            h = 1e-6
            slope = (call(X + h * t, places) - call(X - h * t, places)) / (2 * h)
            np.testing.assert_allclose(tangent, slope, atol=1e-8)


# -- Errors ----------------------------------------------------------------------------------------

WRONG = [
    (lambda: jnp.frompyfunc(3, 1, 1), r"frompyfunc: func is a function, not 3"),
    (lambda: jnp.frompyfunc(add, 0, 1), r"frompyfunc: nin is a positive integer, not 0"),
    (lambda: jnp.frompyfunc(add, 2, True), r"frompyfunc: nout is a positive integer, not True"),
    (lambda: MINE(X), r"add \(vectorized\): takes 2 arrays \(nin\), not 1"),
    (lambda: MINE(X, X, out=X), r"out= and where= are not taken: use jax.numpy.where"),
    (lambda: jnp.frompyfunc(add, 2, 2)(X, X), r"has 1 results, not 2 \(nout\)"),
    (lambda: jnp.frompyfunc(abs, 1, 1).reduce(X), r"reduce: only ufuncs of two operands"),
    (lambda: MINE.reduceat(X, [[0, 1]]), r"reduceat: indices are integers in one .*\(1, 2\)"),
    (lambda: jax.jit(MINE.reduceat)(X, [0.0]), r"reduceat: indices are integers .*float64"),
    (lambda: MINE.reduce(X[:0]), r"no value over no elements(.|\n)*initial="),
    (lambda: MINE.reduce(X, where=X > 0), r"no identity for where=(.|\n)*initial="),
    (lambda: MINE.reduce(X, where=X, initial=1.0), r"where is an array of booleans, not of"),
    (lambda: MINE.reduce(np.arange(3), dtype=int), r"dtype=int64 is no dtype of its results"),
    (lambda: jnp.frompyfunc(max, 2, 1).at(X, 0, 1.0), r"immutable(.|\n)*inplace=False"),
    (
        lambda: jnp.frompyfunc(skew, 2, 1).reduce(np.arange(3), initial=1.5),
        r"reduce: initial: cannot cast from float64 to int64",
    ),
    (
        lambda: jnp.frompyfunc(lambda x, y: x > y, 2, 1).accumulate(X),
        r"gives booleans, and has no folds of an array of float64(.|\n)*to booleans",
    ),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_wrong_calls(number):
    call, text = WRONG[number]
    with pytest.raises((PolyadTypeError, PolyadValueError), match=text) as caught:
        call()
    assert "test_jax_frompyfunc.py" in str(caught.value)
