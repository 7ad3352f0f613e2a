"""Updates and reads by index: their modes of indices out of range, and products' precision."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.errors import PolyadIndexError, PolyadTypeError, PolyadValueError

X = np.arange(6.0).reshape(3, 2) + 1
ROWS = [np.array([0, 2]), np.array([-1, 5, 0]), np.array([7, -9, 7]), np.array([-4, 2])]


def placed(row: int, n: int, mode: str, wraps: bool) -> int | None:
    """The row that an index means, by the definition of the modes; None: there is none."""
    if row < 0 and wraps:
        row += n
    if mode == "clip":
        return min(max(row, 0), n - 1)
    return row if 0 <= row < n else None


@pytest.mark.parametrize("wraps", [True, False])
@pytest.mark.parametrize("mode", ["clip", "fill", "drop"])
@pytest.mark.parametrize("rows", ROWS, ids=str)
@pytest.mark.parametrize(
    ("name", "combine"),
    [
        ("add", lambda a: a + 2.0),
        ("subtract", lambda a: a - 2.0),
        ("multiply", lambda a: a * 2.0),
        ("divide", lambda a: a / 2.0),
        ("power", lambda a: a**2.0),
        ("min", lambda a: min(a, 2.0)),
        ("max", lambda a: max(a, 2.0)),
        ("set", lambda a: 2.0),
    ],
)
def test_an_update_is_a_loop_over_the_indices(
    name: str, combine: Any, rows: Any, mode: str, wraps: bool
):
    expected = X.copy()
    for row in rows.tolist():
        at = placed(row, 3, mode, wraps)
        if at is not None:
            expected[at] = [combine(a) for a in expected[at]]
    run = lambda x, rows: getattr(pnp.at(x)[rows], name)(
        2.0, mode=mode, wrap_negative_indices=wraps
    )
    for f in (run, polyad.jit(run)):
        np.testing.assert_allclose(f(X, rows), expected, rtol=1e-15)
    np.testing.assert_allclose(polyad.jit(lambda x: run(x, rows))(X), expected, rtol=1e-15)


@pytest.mark.parametrize("wraps", [True, False])
@pytest.mark.parametrize("mode", ["clip", "fill"])
@pytest.mark.parametrize("rows", [*ROWS, 4, -7, 1], ids=str)
def test_a_read_is_a_loop_over_the_indices(rows: Any, mode: str, wraps: bool):
    def one(row: int) -> Any:
        at = placed(row, 3, mode, wraps)
        return np.full(2, 9.0) if at is None else X[at]

    expected = one(rows) if isinstance(rows, int) else [one(row) for row in rows.tolist()]
    run = lambda x: pnp.at(x)[rows].get(mode=mode, fill_value=9.0, wrap_negative_indices=wraps)
    for f in (run, polyad.jit(run)):
        np.testing.assert_array_equal(f(X), expected)
    columns = lambda x: pnp.at(x.T)[:, rows].get(
        mode=mode, fill_value=9.0, wrap_negative_indices=wraps
    )
    np.testing.assert_array_equal(columns(X), np.asarray(expected).T)


def test_missing_elements_have_a_value_for_each_dtype():
    assert np.isnan(pnp.at(X)[5].get(mode="fill")).all()
    for dtype, value in (("int8", -128), ("uint8", 255), ("bool", True)):
        assert pnp.at(np.zeros(2, dtype))[5].get(mode="fill") == value
        assert pnp.take_along_axis(np.zeros(2, dtype), np.array([3]), 0, mode="fill") == value


def test_derivatives_of_updates():
    for name, slope in (
        ("subtract", lambda x, v: (1.0, -1.0)),
        ("divide", lambda x, v: (1 / v, -x / v**2)),
        ("power", lambda x, v: (v * x ** (v - 1), x**v * np.log(x))),
    ):
        f = lambda x, v, name=name: getattr(pnp.at(x)[1], name)(v)[1]
        by_x, by_v = polyad.grad(f, (0, 1))(np.array([1.0, 3.0]), 2.5)
        np.testing.assert_allclose((by_x[1], by_v), slope(3.0, 2.5), rtol=1e-13)


def test_apply_is_an_element_wise_function_of_the_elements():
    double = lambda v: 2 * v
    for index in (0, slice(0, 2), np.array([0, 2]), X > 3, (slice(None), 1)):
        expected = X.copy()
        expected[index] = 2 * X[index]
        np.testing.assert_array_equal(pnp.at(X)[index].apply(double), expected)
    once = polyad.jit(lambda x, i: pnp.at(x)[i].apply(double, unique_indices=True))
    np.testing.assert_array_equal(once(X, np.array([1])), X * [[1], [2], [1]])


@pytest.mark.parametrize("index", [[0, 0, 2], [-1, 0, 1, 1, 1], []], ids=str)
def test_apply_counts_each_time_that_an_index_repeats(index: Any):
    index, x = np.array(index, int), np.array([0.1, 0.2, 0.3])
    expected, slope = x.copy(), np.ones(3)
    for k in index:
        slope[k] *= np.cos(expected[k])
        expected[k] = np.sin(expected[k])
    f = lambda x, i: pnp.at(x)[i].apply(pnp.sin)
    for run in (f, polyad.jit(f)):
        np.testing.assert_allclose(run(x, index), expected, rtol=1e-15)
    g = polyad.grad(lambda x, i: pnp.sum(f(x, i)))
    for run in (g, polyad.jit(g)):
        np.testing.assert_allclose(run(x, index), slope, rtol=1e-14)


def test_apply_converts_to_the_arrays_dtype():
    found = pnp.at(np.array([4, 9, 16]))[np.array([0, 0, 2])].apply(pnp.sqrt)
    assert found.tolist() == [1, 9, 4]


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"mode": "wrap"}, PolyadValueError, "mode is None, 'fill', 'drop', 'clip'"),
        ({"unique_indices": 1}, PolyadTypeError, "unique_indices is True or False"),
        ({"out_sharding": "x"}, PolyadValueError, "out_sharding='x': there is one device"),
        ({"unknown": 1}, PolyadTypeError, "has no parameter 'unknown'"),
    ],
)
def test_options_of_updates_are_checked(options: Any, error: Any, text: str):
    with pytest.raises(error, match=text):
        pnp.at(X)[0].set(1.0, **options)


def test_known_indices_out_of_range_are_errors_without_a_mode():
    with pytest.raises(PolyadIndexError, match="index 7 is out of range"):
        pnp.at(X)[np.array([7])].set(1.0)
    same = pnp.at(X)[np.array([0])].set(1.0, mode="promise_in_bounds", indices_are_sorted=True)
    assert same[0].tolist() == [1.0, 1.0]


# -- where, take_along_axis ------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 3, 9])
def test_where_of_one_argument_has_a_size(size: int):
    mask = np.array([[1, 0], [1, 1]])
    padded = [np.concatenate([found, np.full(9, -1)])[:size] for found in np.where(mask)]
    run = lambda mask: pnp.where(mask, size=size, fill_value=-1)
    for f in (run, polyad.jit(run)):
        np.testing.assert_array_equal(f(mask), padded)
    with pytest.raises(PolyadValueError, match="size and fill_value are of its form of one arg"):
        pnp.where(mask, 1, 0, size=2)
    with pytest.raises(polyad.errors.ConcretizationError, match=r"where of one argument.*"):
        polyad.jit(pnp.where)(mask)


@pytest.mark.parametrize("mode", ["wrap", "clip", "fill", "one_hot"])
def test_take_along_axis_has_modes(mode: str):
    indices = np.array([[5, -1], [-7, 0], [1, 1]])
    filled = np.where((indices >= -3) & (indices < 3), np.take_along_axis(X, indices % 3, 0), 0.5)
    expected = {
        "wrap": np.take_along_axis(X, indices % 3, 0),
        "clip": np.take_along_axis(
            X, np.clip(np.where(indices < 0, indices + 3, indices), 0, 2), 0
        ),
        "fill": filled,
        "one_hot": np.where(filled == 0.5, 0.0, filled),
    }[mode]
    run = lambda x: pnp.take_along_axis(x, indices, 0, mode=mode, fill_value=0.5)
    for f in (run, polyad.jit(run)):
        np.testing.assert_array_equal(f(X), expected)
    with pytest.raises(PolyadValueError, match="take_along_axis: mode is one of"):
        pnp.take_along_axis(X, indices, 0, mode="drop")


def test_negative_indices_are_out_of_range_where_they_do_not_wrap():
    x, indices = np.array([1.0, 2.0, 3.0]), np.array([-1, 0, 5])
    run = lambda mode: pnp.take_along_axis(x, indices, 0, mode=mode, wrap_negative_indices=False)
    np.testing.assert_array_equal(run("clip"), [1.0, 1.0, 3.0])
    np.testing.assert_array_equal(run("fill"), [np.nan, 1.0, np.nan])
    with pytest.raises(PolyadValueError, match="needs another mode than 'raise'"):
        run("raise")


@pytest.mark.parametrize("dtype", ["int32", "uint8", "float32"])
def test_what_fills_has_the_dtype_of_the_array(dtype: str):
    x = np.arange(3).astype(dtype)
    for found in (
        pnp.take(x, np.array([5]), mode="fill", fill_value=7.5),
        pnp.take_along_axis(x, np.array([5]), 0, mode="fill", fill_value=7.5),
        pnp.updates.at(x)[np.array([5])].get(mode="fill", fill_value=7.5),
    ):
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, np.array([7.5]).astype(dtype))


# -- Products --------------------------------------------------------------------------------------

A = np.array([[2, 100], [100, 3]], np.int8)


@pytest.mark.parametrize("precision", [None, "highest", lax.Precision.HIGH, ("high", "default")])
@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda a, **k: pnp.matmul(a, a, **k), lambda a: a @ a),
        (lambda a, **k: pnp.dot(a, a, **k), lambda a: a @ a),
        (lambda a, **k: pnp.tensordot(a, a, 1, **k), lambda a: a @ a),
        (lambda a, **k: pnp.inner(a, a, **k), lambda a: a @ a.T),
        (lambda a, **k: pnp.vdot(a, a, **k), lambda a: (a * a).sum()),
        (lambda a, **k: pnp.vecdot(a, a, **k), lambda a: (a * a).sum(1)),
        (lambda a, **k: pnp.einsum("ij,jk", a, a, **k), lambda a: a @ a),
        (lambda a, **k: pnp.convolve(a[0], a[1], **k), lambda a: np.convolve(a[0], a[1])),
        (lambda a, **k: pnp.linalg.matmul(a, a, **k), lambda a: a @ a),
    ],
)
def test_products_take_jaxs_parameters(f: Any, expected: Any, precision: Any):
    """Sums are taken in the dtype that is preferred: they do not fit int8."""
    found = f(A, precision=precision, preferred_element_type="int32")
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, expected(A.astype(np.int32)))
    with pytest.raises(PolyadValueError, match=r"(?s)precision is None, a lax.Prec.*no effect"):
        f(A, precision="most")


def test_sizes_may_be_larger_than_what_is_there():
    """Also where nothing is traced."""
    x, mask = np.array([3.0, 1.0, 2.0]), np.array([True, False, True])
    np.testing.assert_array_equal(
        pnp.compress(mask, x, size=4, fill_value=9.0), [3.0, 2.0, 9.0, 9.0]
    )
    np.testing.assert_array_equal(pnp.extract(mask, x, size=3), [3.0, 2.0, 0.0])
    np.testing.assert_array_equal(
        pnp.intersect1d(x, x[:2], size=4, fill_value=-1.0), [1.0, 3.0, -1.0, -1.0]
    )
    np.testing.assert_array_equal(pnp.setdiff1d(x, x[:2], size=2, fill_value=-1.0), [2.0, -1.0])


def test_lines_may_go_on_beyond_their_ends():
    xp, fp = np.array([0.0, 1.0, 3.0]), np.array([1.0, 3.0, 4.0])
    x = np.array([-1.0, 0.5, 5.0])
    both = pnp.interp(x, xp, fp, left="extrapolate", right="extrapolate")
    np.testing.assert_allclose(both, [-1.0, 2.0, 5.0])
    np.testing.assert_allclose(pnp.interp(x, xp, fp, right="extrapolate"), [1.0, 2.0, 5.0])
    np.testing.assert_allclose(pnp.interp(x, xp, fp, left=7.0), np.interp(x, xp, fp, left=7.0))


def test_rows_of_coefficients_are_polynomials_for_each_element():
    p, x = np.arange(6.0).reshape(3, 2), np.array([2.0, 3.0])
    np.testing.assert_array_equal(pnp.polyval(p, x), np.polyval(p, x))


def test_negative_numbers_count_as_0_where_the_length_is_given():
    np.testing.assert_array_equal(pnp.bincount(np.array([-1, 0, 3, 5]), length=4), [2, 0, 0, 1])
