"""Kernels that run row by row: their number, and agreement with the NumPy backend."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import polyad
import polyad.numpy as pnp
from polyad.lowering.backend import native

from ...drawn import examples


def softmax(x):
    e = pnp.exp(x - pnp.max(x, axis=-1, keepdims=True))
    return e / pnp.sum(e, axis=-1, keepdims=True)


def log_softmax(x):
    y = x - pnp.max(x, axis=-1, keepdims=True)
    return y - pnp.log(pnp.sum(pnp.exp(y), axis=-1, keepdims=True))


def layer_norm(x):
    y = x - pnp.mean(x, axis=-1, keepdims=True)
    return y / pnp.sqrt(pnp.mean(y * y, axis=-1, keepdims=True) + 1e-5)


def logsumexp(x):
    top = pnp.max(x, axis=-1)
    return top + pnp.log(pnp.sum(pnp.exp(x - top[..., None]), axis=-1))


def cross_entropy(x):
    labels = np.eye(x.shape[-1])[np.arange(len(x)) % x.shape[-1]]
    return -pnp.mean(pnp.sum(log_softmax(x) * labels, axis=-1))


ROWWISE = (softmax, log_softmax, layer_norm, logsumexp, pnp.var)


def by_row(f):
    return (lambda x: pnp.var(x, axis=-1)) if f is pnp.var else f


def weighed(f):
    """A total that has every element of `f` in it, with different weights."""

    def total(x):
        y = f(x)
        weights = np.random.default_rng(1).random(y.shape).astype(y.dtype.name)
        return pnp.sum(y * weights)

    return total


def steps(f, *arrays):
    """The kind of each step of the compiled function."""
    text = polyad.jit(f).lower(*arrays).explain().partition("\n\n")[2]
    return re.findall(r"^(\w+?)_\d+: ", text, re.MULTILINE)


@pytest.mark.parametrize("f", ROWWISE)
def test_rowwise_functions_are_one_nest(f):
    assert steps(by_row(f), np.ones((50, 200))) == ["nest"]


@pytest.mark.parametrize("f", [*ROWWISE, cross_entropy])
def test_its_gradient_is_one_nest_and_a_sum_of_totals(f):
    f = by_row(f)
    f = f if f is cross_entropy else weighed(f)
    x = np.random.default_rng(0).standard_normal((50, 200))
    found = steps(polyad.value_and_grad(f), x)
    assert found[0] == "nest"
    assert found.count("nest") == 1
    text = polyad.jit(polyad.value_and_grad(f)).lower(x).explain()
    assert all(int(n) <= 50 for n in re.findall(r"^kernel_\d+: .*; over \((\d*)", text, re.M) if n)


@given(
    shape=st.sampled_from([(1000, 3), (301, 31), (17, 257), (2, 700), (5, 11, 29), (3, 1, 40, 13)]),
    dtype=st.sampled_from(["float32", "float64"]),
    f=st.sampled_from([by_row(f) for f in ROWWISE]),
    seed=st.integers(0, 99),
)
@examples(8)
def test_rows_in_blocks_agree_with_numpy(shape, dtype, f, seed):
    x = np.random.default_rng(seed).standard_normal(shape).astype(dtype)
    g = polyad.value_and_grad(weighed(f))
    tolerance = 2e-4 if dtype == "float32" else 1e-11
    for found, wanted in zip((polyad.jit(f)(x), *polyad.jit(g)(x)), (f(x), *g(x)), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)


def rows_text(make, types, program):
    return native().compile(make(types, program)).stages()["rows"]


def spread(e, v, rows, columns):
    return e("broadcast_to", e("reshape", v, shape=(rows, 1)), shape=(rows, columns))


def centred(rows, columns):
    return lambda e, x: e("subtract", x, spread(e, e("max", x, axes=(1,)), rows, columns))


def test_small_kernels_stay_apart(make):
    assert "kernel.nest" not in rows_text(make, ["f64[4,5]"], centred(4, 5))
    assert "kernel.nest" in rows_text(make, ["f64[40,50]"], centred(40, 50))


def test_rows_that_leave_the_cache_stay_apart(make):
    """A row that is read once leaves the cache before it is read again."""
    assert "kernel.nest" not in rows_text(make, ["f64[3,40000]"], centred(3, 40000))


def test_a_block_does_not_depend_on_the_number_of_rows(make):
    for rows in (17, 96, 97):
        assert "block = 16" in rows_text(make, [f"f64[{rows},50]"], centred(rows, 50))
    assert "block = 7" in rows_text(make, ["f64[7,90]"], centred(7, 90))


def test_ops_that_mix_rows_stay_apart(make):
    def program(e, x):
        y = centred(40, 40)(e, x)
        return e("add", e("permute_dims", y, axes=(1, 0)), y)

    text = rows_text(make, ["f64[40,40]"], program)
    assert "kernel.nest" not in text
    assert text.count("kernel.generic") == 2


def test_a_kernel_between_two_others_is_not_jumped_over(check):
    """The sorted rows come from a nest and go to kernels over the same rows."""

    def program(e, x):
        y = centred(40, 50)(e, x)
        s = e("sort", y, axis=1, descending=False)
        return e("add", y, e("subtract", s, spread(e, e("sum", y, axes=(1,)), 40, 50)))

    names = re.findall(r"^(\w+)_\d+: ", check(["f64[40,50]"], program).explain(), re.M)
    assert names == ["nest", "routine", "kernel"]


def test_totals_are_carried_from_row_to_row(check):
    """Totals of columns row by row, totals of everything from a total of each row."""

    def program(e, x):
        y = centred(40, 50)(e, x)
        return e("sum", y, axes=(0,)), e("sum", y, axes=(0, 1)), e("max", y, axes=(0, 1))

    text = check(["f64[40,50]"], program).explain()
    assert re.findall(r"^    \d\. (.+?); from", text, re.M) == [
        "max; over (50,), reducing d1",
        "subtract, sum over rows, sum, max; over (50,), reducing d1",
        "sum over rows, max over rows; over ()",
    ]


def test_a_product_with_the_transpose_joins_the_rows(check):
    """Weights to predictions, and residuals back to weights: the inputs are read once."""

    def program(e, x, w):
        r = e("exp", e("dot_general", x, w, batch=((), ()), contracting=((1,), (0,))))
        row = e(
            "broadcast_to",
            e("reshape", e("iota", size=90, dtype="f64"), shape=(90, 1)),
            shape=(90, 40),
        )
        weighed = e(
            "multiply", e("permute_dims", x, axes=(1, 0)), e("permute_dims", row, axes=(1, 0))
        )
        back = e("dot_general", x, r, batch=((), ()), contracting=((0,), (0,)))
        return back, e("sum", weighed, axes=(1,))

    text = check(["f64[90,40]", "f64[40]"], program).explain()
    assert "became 1 kernel" in text and "in one over 90 rows" in text


def test_large_totals_are_summed_apart(check):
    """Each chunk of rows would have its own."""

    def program(e, x):
        return e("sum", centred(12, 5000)(e, x), axes=(0,))

    account = check(["f64[12,5000]"], program).explain()
    assert "over rows" not in account


def test_ops_on_totals_follow_them(check):
    def program(e, x):
        mean = e("multiply", e("sum", x, axes=(0,)), e("full", value=0.1, shape=(60,), dtype="f64"))
        norm = e("sqrt", e("sum", e("multiply", x, x), axes=(0, 1)))
        return mean, norm, e("log", norm)

    text = check(["f64[300,60]"], program).explain()
    assert "became 1 kernel" in text
    assert re.findall(r"^    \d\. then (.+?); from", text, re.M) == [
        "multiply; over (60,)",
        "sqrt, log; over ()",
    ]


def test_no_nest_waits_for_itself(check):
    """Ops on a few elements of totals do not follow them if a large kernel stands between."""

    def program(e, x):
        total = e("sum", x, axes=(0, 1))
        large = e("exp", e("subtract", x, e("broadcast_to", total, shape=(40, 50))))
        return e("add", e("sum", e("sort", large, axis=1, descending=False), axes=(0, 1)), total)

    check(["f64[40,50]"], program)


def test_parts_that_only_share_what_they_read_go_to_their_places():
    """Of an array that is put together no part is written twice."""
    x = np.random.default_rng(0).normal(size=(50, 40, 6))
    for f in (
        lambda x: pnp.roll(x, 1, axis=1),
        lambda x: pnp.concatenate([pnp.sin(x), 2 * x[:, :5]], axis=1),
    ):
        text = polyad.jit(f).lower(x).stages()["parts"]
        assert "kernel.compose" in text and "kernel.nest" not in text
    np.testing.assert_array_equal(polyad.jit(lambda x: pnp.roll(x, 1, axis=1))(x), np.roll(x, 1, 1))
