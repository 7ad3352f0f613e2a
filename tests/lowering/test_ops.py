"""Ops that are not element-wise, beyond their samples: axes, sizes, layouts, index dtypes."""

from __future__ import annotations

import random

import numpy as np
import pytest

from polyad.conformance import sample_of
from polyad.ir import DType
from polyad.lowering.backend import native

DTYPES = ["f64", "f32", "c128", "i32", "bool"]

REDUCTIONS = ("sum", "prod", "max", "min", "any", "all")


@pytest.mark.share(2)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("axes", [(0,), (1,), (2,), (0, 1), (1, 2), (0, 2), (0, 1, 2), ()])
def test_reductions(check, dtype, axes):
    accepted = DType.by_short[dtype].name
    for name in (n for n in REDUCTIONS if accepted in sample_of(n).dtypes):
        check([f"{dtype}[3,4,5]"], lambda e, x: e(name, x, axes=axes))
        check(
            [f"{dtype}[3,4,5]"],
            lambda e, x: e(name, e("permute_dims", x, axes=(2, 0, 1)), axes=axes),
        )


def test_reductions_of_nothing(check):
    check(["f64[3,0,5]"], lambda e, x: (e("sum", x, axes=(1,)), e("prod", x, axes=(0, 1))))
    check(["bool[0,2]"], lambda e, x: (e("any", x, axes=(0,)), e("all", x, axes=(0, 1))))


def test_nan_spreads_through_extrema(make):
    x = np.random.default_rng(0).standard_normal((50, 70))
    x[3, 5] = np.nan
    program = lambda e, x: (e("max", x, axes=(0,)), e("min", x, axes=(1,)), e("argmax", x, axis=1))
    high, low, where = native().compile(make(["f64[50,70]"], program))(x)
    np.testing.assert_array_equal(high, np.max(x, axis=0))
    np.testing.assert_array_equal(low, np.min(x, axis=1))
    np.testing.assert_array_equal(where, np.argmax(x, axis=1))


SIZES = [(3, 4, 5), (30, 40, 50), (1, 200, 100), (200, 1, 100), (1, 1, 500), (500, 3, 1), (2, 3, 0)]


@pytest.mark.share(2)
@pytest.mark.parametrize("dtype", ["f64", "f32", "c64", "c128", "i32"])
@pytest.mark.parametrize(("m", "n", "k"), SIZES)
def test_products(check, dtype, m, n, k):
    dot = lambda e, x, y, b, c: e("dot_general", x, y, batch=b, contracting=c)
    none = ((), ())
    for x, y, batch, contracting in [
        ((m, k), (k, n), none, ((1,), (0,))),
        ((k, m), (k, n), none, ((0,), (0,))),
        ((m, k), (n, k), none, ((1,), (1,))),
        ((4, m, k), (4, k, n), ((0,), (0,)), ((2,), (1,))),
        ((m, 4, k), (k, 4, n), ((1,), (1,)), ((2,), (0,))),
        ((m, 3, k), (k, n, 3), none, ((1, 2), (2, 0))),
    ]:
        types = [f"{dtype}[{','.join(map(str, s))}]" for s in (x, y)]
        check(types, lambda e, x, y, b=batch, c=contracting: dot(e, x, y, b, c))


@pytest.mark.parametrize("dtype", ["f64", "c64"])
def test_products_of_views(check, dtype):
    none = ((), ())
    check(
        [f"{dtype}[40,30]", f"{dtype}[40,100]"],
        lambda e, x, y: e(
            "dot_general",
            e("permute_dims", x, axes=(1, 0)),
            e("slice", y, start=(0, 50), stop=(40, 100), step=(1, 1)),
            batch=none,
            contracting=((1,), (0,)),
        ),
    )
    check(
        [f"{dtype}[60,70]", f"{dtype}[70,1]"],
        lambda e, x, y: e(
            "dot_general", x, e("reshape", y, shape=(70,)), batch=none, contracting=((1,), (0,))
        ),
    )
    check(
        [f"{dtype}[60]", f"{dtype}[70]"],
        lambda e, x, y: e("dot_general", x, y, batch=none, contracting=none),
    )


@pytest.mark.share(2)
@pytest.mark.parametrize("dtype", ["f64", "c128", "u8", "bool"])
@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("index", ["i64", "u8", "u64"])
def test_take_and_scatter(check, dtype, axis, index):
    check([f"{dtype}[4,5,6]", f"{index}[9]"], lambda e, x, i: e("take", x, i, axis=axis))
    shape = [4, 5, 6]
    shape[axis] = 9
    modes = ["set", "add", "multiply"] + ([] if dtype == "c128" else ["min", "max"])
    for mode in modes:
        compiled = check(
            [f"{dtype}[4,5,6]", f"{index}[9]", f"{dtype}[{','.join(map(str, shape))}]"],
            lambda e, x, i, u, mode=mode: e("scatter", x, i, u, axis=axis, mode=mode),
        )
        assert not compiled.host_steps, f"scatter, {mode} of {dtype}"


def test_indices_out_of_range(make):
    x, i, u = np.arange(4.0), np.array([-1, 4, 2, -9]), np.ones(4)
    program = lambda e, x, i, u: (
        e("take", x, i, axis=0),
        e("scatter", x, i, u, axis=0, mode="add"),
    )
    taken, added = native().compile(make(["f64[4]", "i64[4]", "f64[4]"], program))(x, i, u)
    np.testing.assert_array_equal(taken, [0, 3, 2, 0])
    np.testing.assert_array_equal(added, [0, 1, 3, 3])


def test_empty_axes(check):
    check(["f64[4,0]"], lambda e, x: e("cumulative_sum", x, axis=1))
    check(
        ["f64[0,4]", "i64[3]", "f64[3,4]"],
        lambda e, x, i, u: e("scatter", x, i, u, axis=0, mode="add"),
    )
    check(["f64[3,4]", "i64[0]"], lambda e, x, i: e("take", x, i, axis=0))
    check(["f64[0,4]"], lambda e, x: e("argmax", x, axis=1))


@pytest.mark.parametrize("dtype", ["f64", "c64", "i32"])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_along_an_axis(check, dtype, axis):
    names = ["cumulative_sum", "cumulative_prod"] + ([] if dtype == "c64" else ["argmax", "argmin"])
    for name in names:
        compiled = check([f"{dtype}[4,5,6]"], lambda e, x, name=name: e(name, x, axis=axis))
        assert not compiled.host_steps, f"{name} of {dtype}"


def test_regions_are_inlined(make):
    inner = make(["f64[3]"], lambda e, x: e("exp", x))
    from polyad.ir import Builder, Definition

    builder = Builder(list(inner.argument_types))
    made = builder.emit(
        Definition.registry["call"],
        tuple(builder.argument_handles()),
        (("backend", None), ("name", "f")),
        (inner,),
    )
    compiled = native().compile(builder.build(made))
    assert "call" not in compiled.stages()["legalized"]
    np.testing.assert_allclose(compiled(np.zeros(3))[0], np.ones(3))


def test_host_calls_amid_kernels(check):
    def program(e, x):
        y = e("rfft", e("exp", x), axis=1)
        return e("multiply", y, y), e("sum", e("fft", y, axes=(0,), inverse=False), axes=(0,))

    compiled = check(["f64[4,5]"], program)
    assert [step.reason for step in compiled.host_steps] == [
        "rfft has no native form for float64",
        "fft has no native form for complex128",
    ]


def test_an_error_in_a_host_call_is_raised(make):
    program = lambda e, x: e("exp", e("cholesky", x))
    compiled = native().compile(make(["f64[2,2]"], program))
    with pytest.raises(np.linalg.LinAlgError):
        compiled(-np.eye(2))
    np.testing.assert_allclose(compiled(np.eye(2))[0], np.exp(np.eye(2)))


@pytest.mark.parametrize("seed", range(40))
def test_random_programs(check, seed):
    choose = random.Random(seed)

    def program(e, x, y, v):
        values, outs = [x, y, e("broadcast_to", v, shape=(6, 6))], []
        for _ in range(choose.randint(3, 14)):
            kind, a, b = choose.randint(0, 9), choose.choice(values), choose.choice(values)
            values.append(STEPS[kind](e, a, b, choose, outs))
        return [values[-1], values[-2], *outs, choose.choice(values)]

    check(["f64[6,6]", "f64[6,6]", "f64[6]"], program)


def spread_sum(e, a, b, choose, outs):
    s = e("sum", a, axes=(choose.randint(0, 1),))
    outs.append(s)
    return e("broadcast_to", e("reshape", s, shape=choose.choice([(6, 1), (1, 6)])), shape=(6, 6))


def halves(e, a, b, choose, outs):
    left = e("slice", a, start=(0, 3), stop=(6, 6), step=(1, 1))
    right = e("slice", b, start=(0, 0), stop=(6, 6), step=(1, 2))
    return e("concat", left, right, axis=1)


STEPS = [
    lambda e, a, b, choose, outs: e("add", a, b),
    lambda e, a, b, choose, outs: e("multiply", e("tanh", a), b),
    lambda e, a, b, choose, outs: e("maximum", a, b),
    lambda e, a, b, choose, outs: e(choose.choice(["sin", "exp"]), e("tanh", a)),
    lambda e, a, b, choose, outs: e("permute_dims", a, axes=(1, 0)),
    lambda e, a, b, choose, outs: e("flip", a, axes=(choose.randint(0, 1),)),
    spread_sum,
    lambda e, a, b, choose, outs: e("broadcast_to", e("max", a, axes=(0, 1)), shape=(6, 6)),
    lambda e, a, b, choose, outs: e(
        "dot_general",
        e("tanh", a),
        e("tanh", b),
        batch=((), ()),
        contracting=((choose.randint(0, 1),), (choose.randint(0, 1),)),
    ),
    halves,
]
