"""Moved elements are stored at their destination, or read at their origin."""

from __future__ import annotations

import itertools
import math

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import polyad
import polyad.lax as lax
import polyad.numpy as pnp
from polyad.ir import parse, verify
from polyad.lowering.dialects import kernel
from polyad.lowering.dialects.affine import Map, parse_map
from polyad.lowering.kernels.fold_moves import fold_moves, inverse


@given(st.permutations(range(4)), st.lists(st.sampled_from([1, 2, 3]), min_size=4, max_size=4))
def test_the_map_back(order, domain):
    """It leads from where a permutation leads to where it came from."""
    at, shape = Map.select(4, order), tuple(domain[i] for i in order)
    back = inverse(at, tuple(domain), shape)
    assert back is not None
    home = back.after(at)
    for point in itertools.product(*map(range, domain)):
        found = [
            sum(map(math.prod, zip(r.coefficients, point, strict=True))) + r.offset
            for r in home.results
        ]
        assert found == list(point)


@pytest.mark.parametrize(
    "text", ["(d0, d1) -> (d0, d0)", "(d0, d1) -> (d0, d1 + 1)", "(d0, d1) -> (d0)"]
)
def test_no_map_back(text):
    at = parse_map(text)
    assert inverse(at, (3, 3), (3,) * len(at.results)) is None


GENERIC = (
    'kernel.generic {0} {{combine = ("store",), domain = ({1}), iterators = ("parallel", '
    '"parallel", "parallel"), maps = (#map<(d0, d1, d2) -> ({2})>, #map<(d0, d1, d2) -> '
    "(d0, d1, d2)>)}} : f64[{1}] (function @body(%0: f64[]) -> (f64[]) {{ {3} }})"
)


def moved(order):
    """A function that negates an array, and moves it."""
    sides = ",".join(str((4, 3, 5)[i]) for i in order)
    back = ", ".join(f"d{order.index(i)}" for i in range(3))
    negated = GENERIC.format("%x", "4,3,5", "d0, d1, d2", "%1 = negative %0 : f64[] return %1")
    there = GENERIC.format("%1", sides, back, "return %0")
    return parse(
        f"function @f(%x: f64[4,3,5]) -> (f64[{sides}]) {{ %1 = {negated} %2 = {there} return %2 }}"
    )


def test_a_store_goes_elsewhere_only_in_one_piece():
    swapped = fold_moves(moved((1, 0, 2)))
    verify(swapped)
    (op,) = swapped.ops
    assert op.attrs["maps"][1] == Map.select(3, (1, 0, 2))
    assert len(fold_moves(moved((2, 1, 0))).ops) == 2


def test_products_are_stored_where_they_go():
    """The heads of an attention, put side by side: no copy."""
    rng = np.random.default_rng(0)
    scores, values = rng.random((2, 4, 24, 24)), rng.random((2, 4, 24, 16))
    f = lambda s, v: pnp.reshape(pnp.swapaxes(s @ v, 1, 2), (2, 24, 64)) @ np.ones((64, 20))
    account = polyad.jit(f).lower(scores, values).explain()
    assert "became no kernels, 2 products" in account
    np.testing.assert_allclose(polyad.jit(f)(scores, values), f(scores, values), rtol=1e-12)


def test_windows_are_summed_where_they_are():
    rng = np.random.default_rng(0)
    x, w = rng.random((2, 3, 12, 12)), rng.random((20, 3, 3, 3))
    g = polyad.grad(lambda x, w: pnp.sum(lax.conv(x, w, (1, 1), "SAME") ** 2), (0, 1))
    steps = polyad.jit(g).lower(x, w).stages()["moves_folded"]
    (sums,) = [op for op in parse(steps).ops if op.definition is kernel.add_at]
    assert sums.attrs["at"].rank == 7
    for found, wanted in zip(polyad.jit(g)(x, w), g(x, w), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-10)
