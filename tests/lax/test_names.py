"""The other functions of `polyad.lax`: element by element, moved, sorted, gathered, multiplied."""

from __future__ import annotations

import math

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.errors import PolyadTypeError, PolyadValueError, ShapeError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 3, 4))
WRAPS = pytest.mark.parametrize("wrap", [lambda f: f, polyad.jit], ids=["eager", "jit"])


# -- Element-wise ---------------------------------------------------------------------------------


@WRAPS
def test_quotients_and_rests_are_those_of_c(wrap):
    x, y = np.array([7, -7, 7, -7, 6]), np.array([2, 2, -2, -2, 3])
    np.testing.assert_array_equal(wrap(lax.div)(x, y), np.trunc(x / y))
    np.testing.assert_array_equal(wrap(lax.rem)(x, y), np.fmod(x, y))
    x, y = RNG.normal(size=50) * 9, RNG.normal(size=50)
    np.testing.assert_array_equal(wrap(lax.rem)(x, y), np.fmod(x, y))
    np.testing.assert_allclose(wrap(lax.div)(x, y), x / y, rtol=1e-15)
    small = np.array([200, 7], np.uint8)
    assert wrap(lax.rem)(small, np.array([9, 4], np.uint8)).tolist() == [2, 3]


def test_the_derivatives_of_rem_are_one_and_the_quotient():
    by_x, by_y = polyad.grad(lambda x, y: pnp.sum(lax.rem(x, y)), (0, 1))(
        np.array([7.0, -7.0, 0.0]), np.array([2.0, 2.0, -2.0])
    )
    np.testing.assert_array_equal(by_x, [1, 1, 1])
    np.testing.assert_array_equal(by_y, [-3, 3, 0])


def test_rounding_half_way():
    x = np.array([0.5, -0.5, 1.5, 2.5, -2.5, np.nextafter(0.5, 0), 1e300, 3.0])
    np.testing.assert_array_equal(lax.round(x), [1, -1, 2, 3, -3, 0, 1e300, 3])
    even = lax.round(x, lax.RoundingMethod.TO_NEAREST_EVEN)
    np.testing.assert_array_equal(even, np.round(x))


@pytest.mark.share(3)
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "int32", "int64"])
@WRAPS
def test_bits(wrap, dtype):
    limits = np.iinfo(dtype)
    x = np.array([limits.min, limits.max, 0, 1, 5, 77], dtype)
    text = [np.binary_repr(v, limits.bits) for v in x]
    assert wrap(lax.population_count)(x).tolist() == [t.count("1") for t in text]
    assert wrap(lax.clz)(x).tolist() == [len(t) - len(t.lstrip("0")) for t in text]
    unsigned, signed = x.view(f"u{x.itemsize}int"[0] + str(x.itemsize)), x.view(f"i{x.itemsize}")
    three = np.array(3, dtype)
    logical = wrap(lax.shift_right_logical)(x, three)
    np.testing.assert_array_equal(logical, (unsigned >> 3).view(dtype))
    arithmetic = wrap(lax.shift_right_arithmetic)(x, three)
    np.testing.assert_array_equal(arithmetic, (signed >> 3).view(dtype))


def test_bits_are_read_as_another_dtype():
    x = np.array([1.5, -0.0, np.inf])
    np.testing.assert_array_equal(lax.bitcast_convert_type(x, "int64"), x.view("int64"))
    with pytest.raises(PolyadTypeError, match="needs a last axis of size 2") as error:
        lax.bitcast_convert_type(np.float32(x), "int64")
    assert "test_names.py" in str(error.value)
    with pytest.raises(PolyadTypeError, match="not complex128"):
        lax.bitcast_convert_type(x + 0j, "int64")


def test_powers():
    np.testing.assert_allclose(lax.integer_pow(X, -3), X**-3.0, rtol=1e-13)
    np.testing.assert_array_equal(lax.integer_pow(X, 0), np.ones_like(X))
    assert polyad.grad(lambda x: lax.integer_pow(x, -2))(2.0) == -0.25
    assert polyad.grad(lax.rsqrt)(4.0) == -1 / 16
    with pytest.raises(PolyadTypeError, match=r"Python integer, not 0\.5"):
        lax.integer_pow(X, 0.5)


# -- Movement -------------------------------------------------------------------------------------


def test_padding_is_between_around_and_negative():
    x = np.array([1.0, 2.0, 3.0])
    assert lax.pad(x, -1.0, [(1, 2, 1)]).tolist() == [-1, 1, -1, 2, -1, 3, -1, -1]
    assert lax.pad(x, 0.0, [(-1, -1, 1)]).tolist() == [0, 2, 0]
    assert lax.pad(np.zeros((0,)), 5.0, [(1, 1, 3)]).tolist() == [5, 5]
    assert math.copysign(1, lax.pad(x, -0.0, [(1, 0, 0)])[0]) == -1
    f = lambda x, v: pnp.sum(lax.pad(x, v, [(2, -1, 2)]) ** 2)
    by_x, by_v = polyad.grad(f, (0, 1))(x, 3.0)
    np.testing.assert_array_equal(by_x, [2, 4, 0])
    assert by_v == 6.0 * 6
    with pytest.raises(PolyadValueError, match="cuts off more than there is"):
        lax.pad(x, 0.0, [(-2, -2, 0)])
    with pytest.raises(
        PolyadValueError, match=r"\(low, high, interior\) for each axis of f64\[3\]"
    ):
        lax.pad(x, 0.0, [(1, 1)])
    with pytest.raises(PolyadValueError, match="not negative"):
        lax.pad(x, 0.0, [(1, 1, -1)])


@WRAPS
def test_shapes(wrap):
    same = lambda f, wanted: np.testing.assert_array_equal(wrap(f)(X), wanted)
    same(lambda x: lax.broadcast(x, (2,)), np.broadcast_to(X, (2, *X.shape)))
    same(
        lambda x: lax.broadcast_in_dim(x[0], (3, 5, 4), (0, 2)),
        np.broadcast_to(X[0][:, None], (3, 5, 4)),
    )
    same(lambda x: lax.collapse(x, 0, 2), X.reshape(6, 4))
    same(lambda x: lax.reshape(x, (4, 6), (2, 0, 1)), X.transpose(2, 0, 1).reshape(4, 6))
    same(lambda x: lax.rev(x, (0, -1)), X[::-1, :, ::-1])
    same(lambda x: lax.slice(x, (0, 1, 0), (2, 3, 4), (1, 1, 2)), X[:, 1:3, ::2])
    same(lambda x: lax.slice_in_dim(x, -3, -1, 1, 2), X[:, :, -3:-1])
    same(lambda x: lax.index_in_dim(x, -1, 1, False), X[:, -1])
    same(lambda x: lax.concatenate(lax.split(x, (1, 3), 2), 2), X)
    same(lambda x: lax.squeeze(lax.expand_dims(x, (0, 2)), (0,)), X[:, None])
    same(lambda x: lax.broadcasted_iota("int32", (2, 3), 1) + 0 * x[0, 0, 0], [[0, 1, 2]] * 2)
    assert lax.full_like(X, 3, shape=(2,)).tolist() == [3.0, 3.0]


def test_errors_of_movement():
    with pytest.raises(PolyadValueError, match=r"names an axis of .* for each axis"):
        lax.broadcast_in_dim(X, (2, 3, 4), (0, 2, 1))
    with pytest.raises(ShapeError, match=r"is to be axis 0 of \(5, 4\), and is of size 3"):
        lax.broadcast_in_dim(X[0], (5, 4), (0, 1))
    with pytest.raises(PolyadValueError, match="do not make up axis 0"):
        lax.split(X, (1, 2))
    with pytest.raises(PolyadValueError, match="index 2 is out of range"):
        lax.index_in_dim(X, 2)
    with pytest.raises(PolyadValueError, match="one start, limit and stride"):
        lax.slice(X, (0,), (1,))
    with pytest.raises(PolyadValueError, match="stride is positive"):
        lax.slice_in_dim(X, 0, 2, -1)
    with pytest.raises(PolyadTypeError, match="split: sizes is a sequence of integers, not 2"):
        lax.split(X, 2)
    with pytest.raises(PolyadTypeError, match=r"reshape: new_sizes .* Python integers, not 2\.5"):
        lax.reshape(X, (2.5, 4))
    with pytest.raises(PolyadTypeError, match="reduce_sum: axes is a sequence of integers"):
        lax.reduce_sum(X, 0)
    with pytest.raises(PolyadTypeError, match=r"k decides a shape.*\n.*\n.*static_argnums"):
        polyad.jit(lambda x, k: lax.top_k(x, k))(X, 2)
    with pytest.raises(PolyadTypeError, match="axis is an integer"):
        lax.slice_in_dim(X, 0, 1, axis="x")


# -- Sorting --------------------------------------------------------------------------------------


@WRAPS
def test_sorting_by_several_keys(wrap):
    a, b = RNG.integers(0, 3, (2, 4, 9))
    c = RNG.normal(size=(4, 9))
    found = wrap(lambda *x: lax.sort(x, num_keys=2))(a, b, c)
    order = np.lexsort((b, a))
    for y, x in zip(found, (a, b, c), strict=True):
        np.testing.assert_array_equal(y, np.take_along_axis(x, order, 1))
    z = a + 1j * b
    np.testing.assert_array_equal(wrap(lambda z: lax.sort(z, 0))(z), np.sort(z, 0))
    np.testing.assert_array_equal(lax.sort(c, 0), np.sort(c, 0))
    np.testing.assert_array_equal(lax.sort_key_val(c, a)[1], np.take_along_axis(a, c.argsort(), 1))


def test_the_largest_elements():
    x = np.array([[1.0, 3.0, 3.0, 2.0], [4.0, 0.0, -1.0, 9.0]])
    values, places = lax.top_k(x, 3)
    assert values.tolist() == [[3, 3, 2], [9, 4, 0]]
    assert places.tolist() == [[1, 2, 3], [3, 0, 1]]
    assert lax.top_k(x, 1, axis=0)[0].tolist() == [[4, 3, 3, 9]]
    gradient = polyad.grad(lambda x: pnp.sum(lax.top_k(x, 2)[0] ** 2))(x)
    np.testing.assert_array_equal(gradient, [[0, 6, 6, 0], [8, 0, 0, 18]])
    assert lax.approx_min_k(x, 2)[1].tolist() == [[0, 3], [2, 1]]
    with pytest.raises(PolyadValueError, match="from 0 to 4, axis -1"):
        lax.top_k(x, 5)
    with pytest.raises(PolyadValueError, match="num_keys is from 1 to 1"):
        lax.sort(x, num_keys=2)
    with pytest.raises(ShapeError, match="sort: arrays have one shape"):
        lax.sort((x, x[0]))


# -- Products -------------------------------------------------------------------------------------


def test_products():
    a, b = RNG.normal(size=(2, 5, 3)), RNG.normal(size=(3, 2, 4))
    found = lax.dot_general(a, b, (((2,), (0,)), ((0,), (1,))))
    np.testing.assert_allclose(found, np.einsum("bik,kbj->bij", a, b), rtol=1e-13)
    np.testing.assert_allclose(lax.batch_matmul(a, a.transpose(0, 2, 1)), a @ a.swapaxes(1, 2))
    assert lax.dot(np.ones(2), np.ones((2, 3))).shape == (3,)
    wide = lax.dot(np.ones(2, np.float32), np.ones(2, np.float32), preferred_element_type="float64")
    assert wide.dtype == np.float64
    with pytest.raises(ShapeError, match="vectors or matrices that fit"):
        lax.dot(a, b)
    with pytest.raises(PolyadTypeError, match="dimension_numbers is"):
        lax.dot_general(a, b, ((2,), (0,)))
    with pytest.raises(PolyadValueError, match="as many contracted axes"):
        lax.dot_general(a, b, (((2,), ()), ((), ())))
    with pytest.raises(PolyadValueError, match="contracted or batch, not both"):
        lax.dot_general(a, a, (((0,), (0,)), ((0,), (0,))))
    with pytest.raises(ShapeError, match="stacks of one rank"):
        lax.batch_matmul(a, a[0])


def test_fourier_transforms_by_type():
    x = RNG.normal(size=(3, 4, 6))
    np.testing.assert_allclose(lax.fft(x, "RFFT", (4, 6)), np.fft.rfftn(x, axes=(1, 2)), rtol=1e-12)
    z = lax.fft(x + 0j, lax.FftType.FFT, (6,))
    np.testing.assert_allclose(lax.fft(z, 1, (6,)), x, rtol=1e-12, atol=1e-14)
    with pytest.raises(PolyadValueError, match="one of FFT, IFFT, RFFT, IRFFT, not 'DCT'"):
        lax.fft(x, "DCT", (6,))


# -- Gather, scatter ------------------------------------------------------------------------------


def windows_of(x, indices, mode):
    """Windows of 1 × 3 × 2 elements that start at (i, 0, j), out of range filled or moved."""
    out = np.full((*indices.shape[:-1], 3, 2), np.nan)
    for at in np.ndindex(indices.shape[:-1]):
        j, i = indices[at]
        inside = 0 <= i < x.shape[0] and 0 <= j <= x.shape[2] - 2
        if mode != "fill" or inside:
            i, j = np.clip(i, 0, x.shape[0] - 1), np.clip(j, 0, x.shape[2] - 2)
            out[at] = x[i, :3, j : j + 2]
    return out


@pytest.mark.parametrize("mode", [None, "clip", "fill"])
@WRAPS
def test_gathering_windows(wrap, mode):
    x, indices = RNG.normal(size=(4, 5, 6)), RNG.integers(-2, 8, (3, 4, 2))
    numbers = lax.GatherDimensionNumbers((1, 3), (0,), (2, 0))
    found = wrap(lambda x, i: lax.gather(x, i, numbers, (1, 3, 2), mode=mode))(x, indices)
    np.testing.assert_array_equal(found, windows_of(x, indices, mode).transpose(0, 2, 1, 3))


def test_gathering_along_a_batch_is_take_along_axis():
    x, indices = RNG.normal(size=(4, 5)), RNG.integers(0, 5, (4, 3))
    numbers = lax.GatherDimensionNumbers((), (1,), (1,), (0,), (0,))
    found = lax.gather(x, indices[..., None], numbers, (1, 1))
    np.testing.assert_array_equal(found, np.take_along_axis(x, indices, 1))


@pytest.mark.parametrize(
    "name, ufunc",
    [("add", np.add), ("sub", np.subtract), ("min", np.minimum), ("max", np.maximum)],
)
@WRAPS
def test_scattering_rows(wrap, name, ufunc):
    x, rows = RNG.normal(size=(4, 2)), np.array([[1], [3], [1], [7]])
    updates = RNG.normal(size=(4, 2))
    numbers = lax.ScatterDimensionNumbers((1,), (0,), (0,))
    f = wrap(lambda x, u: getattr(lax, f"scatter_{name}")(x, rows, u, numbers))
    wanted = x.copy()
    ufunc.at(wanted, rows[:3, 0], updates[:3])
    np.testing.assert_allclose(f(x, updates), wanted, rtol=1e-14)


def test_scatter_is_the_transpose_of_gather():
    x, indices = RNG.normal(size=(4, 5, 6)), RNG.integers(-2, 8, (3, 4, 2))
    take = lax.GatherDimensionNumbers((1, 3), (0,), (2, 0))
    put = lax.ScatterDimensionNumbers((1, 3), (0,), (2, 0))
    f = lambda x: lax.gather(x, indices, take, (1, 3, 2), mode="clip")
    ct = RNG.normal(size=f(x).shape)
    added = lax.scatter_add(np.zeros_like(x), indices, ct, put, mode="clip")
    np.testing.assert_allclose(polyad.vjp(f, x)[1](ct)[0], added, rtol=1e-13, atol=1e-14)


def test_errors_of_gather_and_scatter():
    x, rows = np.ones((4, 2)), np.array([[1]])
    take, put = lax.GatherDimensionNumbers, lax.ScatterDimensionNumbers
    with pytest.raises(PolyadValueError, match=r"windows of \(1, 3\) do not fit f64\[4,2\]"):
        lax.gather(x, rows, take((1,), (0,), (0,)), (1, 3))
    with pytest.raises(PolyadValueError, match="have 1 there"):
        lax.gather(x, rows, take((1,), (0,), (0,)), (2, 2))
    with pytest.raises(PolyadValueError, match="indices have 1 components"):
        lax.gather(x, rows, take((1,), (0,), (0, 1)), (1, 2))
    with pytest.raises(PolyadValueError, match="1 axes of the slices are kept"):
        lax.gather(x, rows, take((0, 1), (0,), (0,)), (1, 2))
    with pytest.raises(PolyadTypeError, match="indices are integers"):
        lax.gather(x, x, take((1,), (0,), (0,)), (1, 2))
    with pytest.raises(PolyadValueError, match="mode is one of"):
        lax.gather(x, rows, take((1,), (0,), (0,)), (1, 2), mode="wrap")
    with pytest.raises(PolyadValueError, match="update_window_dims"):
        lax.scatter(x, rows, np.ones((1, 2)), put((), (0,), (0,)))
    with pytest.raises(ShapeError, match="do not fit indices"):
        lax.scatter_add(x, rows, np.ones((3, 2)), put((1,), (0,), (0,)))
