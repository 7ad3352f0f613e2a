"""Reads by index: parts of concatenations and paddings, and elements that indices name."""

from __future__ import annotations

import re

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import polyad
import polyad.nn as pnn
import polyad.numpy as pnp
from polyad import lax
from polyad.execution import get_backend
from polyad.lowering.backend import native

from ...drawn import examples
from ..by_hand import assert_same, build, sample

V, M = np.linspace(-2.0, 2.0, 300), np.arange(600.0).reshape(20, 30) / 100
LABELS = np.arange(20) * 7 % 30


def shift_loss(v):
    return pnp.sum((v[1:] - v[:-1]) ** 2)


def stencil(m):
    p = pnp.pad(m, 1)
    return p[:-2, 1:-1] + p[2:, 1:-1] + p[1:-1, :-2] + p[1:-1, 2:] - 4 * m


def cross_entropy(x, labels):
    top = pnp.max(x, axis=1, keepdims=True)
    total = top[:, 0] + pnp.log(pnp.sum(pnp.exp(x - top), axis=1))
    return pnp.mean(total - pnp.take_along_axis(x, labels[:, None], axis=1)[:, 0])


ONE_LOOP = {
    "shifts": (polyad.grad(shift_loss), (V,), "in 3 pieces"),
    "roll": (lambda m: pnp.roll(m, 1, 0) - 2 * m + pnp.roll(m, -1, 0), (M,), "in 3 pieces"),
    "points on a ring": (lambda p: pnp.roll(p, 1, 0) - p, (M.reshape(200, 3),), "in 2 pieces"),
    "stencil": (stencil, (M,), "in 3 pieces"),
    "parts": (
        lambda x: pnp.tanh(pnp.concatenate([2 * x, pnp.sin(x)])),
        (V,),
        "in 2 pieces",
    ),
    "embedding": (lambda t, i: 2 * t[i] + 1, (M, LABELS.reshape(4, 5) % 20), r"by index"),
    "one-hot": (lambda i: 3 * pnn.one_hot(i, 30), (LABELS,), "equal"),
    "elements": (lambda x, i: pnp.exp(x)[i], (V, LABELS), "by index"),
}


@pytest.mark.parametrize(("f", "arguments", "told"), ONE_LOOP.values(), ids=ONE_LOOP.keys())
def test_is_one_loop(f, arguments, told):
    compiled = polyad.jit(f).lower(*arguments)
    account = compiled.explain()
    assert "became 1 kernel, no products, no host calls" in account
    assert re.search(told, account)
    np.testing.assert_allclose(polyad.jit(f)(*arguments), f(*arguments), rtol=1e-12, atol=1e-12)


def test_the_gradient_of_a_cross_entropy_is_one_nest():
    """Neither log-probabilities nor a gradient by them are stored; labels are compared with."""
    step = polyad.value_and_grad(cross_entropy)
    account = polyad.jit(step).lower(np.tile(M, (3, 5)), np.tile(LABELS, 3)).explain()
    assert "scatter" not in account and account.count("nest_") == 1
    wide, labels = np.tile(M, (3, 5)), np.tile(LABELS, 3)
    found, wanted = polyad.jit(step)(wide, labels), step(wide, labels)
    np.testing.assert_allclose(found[0], wanted[0], rtol=1e-12)
    np.testing.assert_allclose(found[1], wanted[1], rtol=1e-10, atol=1e-15)


def test_expensive_values_loaded_twice_are_stored(check):
    def program(e, x, i):
        y = e("exp", x)
        return e("add", e("take", y, i, axis=0), e("take", y, e("add", i, i), axis=0))

    account = check(["f64[50]", "i64[9]"], program).explain()
    assert len(re.findall(r"\bexp\b", account)) == 1 and "add" in account


def test_an_update_a_row_is_no_scatter_only_where_it_is_one(check):
    """The places of updates must be known to be in different rows."""

    def program(e, u, i, by_row):
        full = lambda n: e("full", value=n, shape=(6,), dtype="i64")
        row = e("multiply", e("iota", size=6, dtype="i64"), full(8))
        column = e("maximum", e("minimum", i, full(7)), full(0)) if by_row else i
        zeros = e("full", value=0.0, shape=(48,), dtype="f64")
        made = e("scatter", zeros, e("add", row, column), u, axis=0, mode="add")
        return e("multiply", made, made)

    for by_row in (True, False):
        compiled = check(["f64[6]", "i64[6]"], lambda e, u, i, w=by_row: program(e, u, i, w))
        assert ("scatter" in compiled.explain()) != by_row


def dear(x):
    return [pnp.sin(x), pnp.cos(x), pnp.tanh(x), pnp.exp(x)]


NOT_CUT = {
    "too many pieces": lambda x: 2 * pnp.pad(pnp.concatenate(dear(x), 0), ((0, 0), (1, 1))),
    "rows": lambda x: pnn.softmax(pnp.concatenate(dear(x), 0), axis=1),
    "an index that depends on two": lambda x: pnp.sum(
        pnp.reshape(pnp.concatenate(dear(x), 0), (8, -1)), axis=0
    ),
}


@pytest.mark.parametrize("f", NOT_CUT.values(), ids=NOT_CUT.keys())
def test_no_branch_is_computed_for_nothing(f):
    """Expensive ops are in a kernel that is cut where its part ends, or in one without choices."""
    x = np.linspace(0.0, 1.0, 800).reshape(10, 80)
    account = polyad.jit(f).lower(x).explain()
    for step in re.split(r"\n(?=\S)|\n    (?=\d+\. )", account):
        found = sum(name in step.partition(";")[0] for name in ("sin", "cos", "tanh"))
        chooses = "by index" in step
        assert found <= 1 or not chooses or re.search("in [4-8] pieces", step), step
    np.testing.assert_allclose(polyad.jit(f)(x), f(x), rtol=1e-12)


def test_paddings_of_paddings_are_cut(check):
    def program(e, x):
        y = e(
            "pad",
            e("pad", x, low=(1,), high=(0,), interior=(0,)),
            low=(2,),
            high=(1,),
            interior=(0,),
        )
        return e("multiply", y, y)

    assert "in 3 pieces" in check(["f64[300]"], program).explain()


def test_clamped_indices_of_any_dtype(check):
    for dtype in ("i32", "u64", "i8"):
        check(
            ["f64[5,3]", f"{dtype}[6]"],
            lambda e, x, i: e("negative", e("take", x, i, axis=0)),
        )


# -- Random chains of reading ----------------------------------------------------------------------

SIDES = st.integers(0, 2)


@st.composite
def steps(draw):
    """Some steps, each of which takes a matrix to a matrix of any shape."""
    kinds = st.sampled_from(
        ["pad", "concat", "take", "slice", "flip", "turn", "reshape", "exp", "double", "self"]
    )
    return draw(st.lists(st.tuples(kinds, SIDES, SIDES, st.integers(0, 1)), min_size=1, max_size=6))


def follow(e, x, index, chain):
    for kind, a, b, axis in chain:
        shape = x.type.shape
        if x.type.size > 4000:
            continue
        if kind == "pad":
            low, high = ((a, b) if k == axis else (b, 0) for k in (0, 1))
            x = e("pad", x, low=low, high=high, interior=(0, 0))
        elif kind == "concat":
            x = e("concat", x, e("negative", x), axis=axis)
        elif kind == "take":
            x = e("take", x, index, axis=axis)
        elif kind == "slice":
            start = tuple(min(a, n - 1) if k == axis else 0 for k, n in enumerate(shape))
            x = e("slice", x, start=start, stop=shape, step=(1, 1 + b % 2))
        elif kind == "flip":
            x = e("flip", x, axes=(axis,))
        elif kind == "turn":
            x = e("permute_dims", x, axes=(1, 0))
        elif kind == "reshape":
            even = shape[0] % 2 == 0
            x = e("reshape", x, shape=(shape[0] // 2, 2 * shape[1]) if even else shape[::-1])
        elif kind == "self":
            x = e("add", x, e("flip", x, axes=(axis,)))
        elif kind == "exp":
            x = e("exp", e("negative", e("multiply", x, x)))
        else:
            x = e("multiply", x, e("full", value=0.5, shape=shape, dtype="f64"))
    return x, e("sum", x, axes=(0,)), e("sum", x, axes=(0, 1))


@examples(40)
@given(steps(), st.sampled_from([(3, 18), (2, 2), (4, 1)]))
def test_chains(chain, shape):
    types = [f"f64[{shape[0]},{shape[1]}]", "i64[5]"]
    function = build(types, lambda e, x, i: follow(e, x, i, chain))
    arrays = [sample(t, n) for n, t in enumerate(function.argument_types)]
    wanted = get_backend("numpy").evaluate(function, arrays)
    assert_same(native().compile(function)(*arrays), wanted)


def test_a_loop_that_reads_its_carry_by_index():
    def step(x, i):
        return pnp.at(x)[i].set(pnp.roll(x, 1)[i] + 1.0), x[i]

    f = lambda x: lax.scan(step, x, np.array([0, 3, 3, 9, 40]))
    found, wanted = polyad.jit(f)(V[:50]), f(V[:50])
    np.testing.assert_allclose(found[0], wanted[0])
    np.testing.assert_allclose(found[1], wanted[1])
