"""sort, argsort and searchsorted in machine code: NumPy's results, element by element."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import polyad
import polyad.numpy as pnp
from polyad.lowering.backend import native
from polyad.lowering.items.layout import SHORT
from polyad.ops import OpDefinition

from ...drawn import examples

DTYPES = ["float64", "float32", "int64", "int16", "uint8", "bool"]
SHAPES = [
    ((1,), 0),
    ((5, 7), 1),
    ((2, 33), 1),
    ((SHORT,), 0),
    ((SHORT + 1,), 0),
    ((3, 2 * SHORT, 4), 1),
    ((2, 0, 3), 2),
]
ODD = (np.nan, -np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, -1e-310)


def op(name, **attributes):
    return lambda *arrays: OpDefinition.registry[name](*arrays, **attributes)


def values(dtype, shape, seed=0):
    """Numbers with repetitions, and the extreme ones of the dtype."""
    random, dtype = np.random.default_rng(seed), np.dtype(dtype)
    x = np.round(random.standard_normal(shape) * 4).astype(dtype)
    if dtype.kind == "f":
        with np.errstate(under="ignore"):
            special = np.array(ODD, np.float64).astype(dtype)
    elif dtype.kind == "b":
        return x
    else:
        special = np.array([np.iinfo(dtype).min, np.iinfo(dtype).max, 0, 1], dtype)
    return np.where(random.random(shape) < 0.3, random.choice(special, shape), x).astype(dtype)


def compiled(f, *arrays):
    made = native().compile(polyad.make_ir(f)(*arrays))
    assert not made.host_steps
    return made(*arrays)[0]


def same(found, wanted):
    assert found.dtype == wanted.dtype
    np.testing.assert_array_equal(found, wanted)
    if found.dtype.kind == "f":
        numbers = ~np.isnan(wanted)
        np.testing.assert_array_equal(np.signbit(found)[numbers], np.signbit(wanted)[numbers])


@pytest.mark.share(3)
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", ["sort", "argsort"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_results_are_those_of_numpy(dtype, name, descending):
    """Equal elements, 0 and -0 and all NaNs among them, keep their order."""
    for shape, axis in SHAPES:
        x = values(dtype, shape)
        f = op(name, axis=axis, descending=descending)
        same(compiled(f, x), f(x))


@examples(10)
@given(data=st.data())
def test_argsort_agrees_with_sort(data):
    size = data.draw(st.sampled_from([5, SHORT, 3 * SHORT]))
    x = np.array(data.draw(st.lists(st.floats(), min_size=size, max_size=size)))
    order = compiled(op("argsort", axis=0, descending=False), x)
    assert sorted(order.tolist()) == list(range(size))
    same(compiled(op("sort", axis=0, descending=False), x), x[order])


@pytest.mark.parametrize("shared", [0, 3, 7])
def test_digits_that_all_keys_share_are_left_out(shared):
    """An odd number of digits to sort by leaves the elements in the other buffer."""
    x = np.random.default_rng(0).integers(0, 256, 500).astype(np.uint64) << np.uint64(8 * shared)
    for name in ("sort", "argsort"):
        f = op(name, axis=0, descending=False)
        same(compiled(f, x), f(x))


@pytest.mark.share(3)
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("dtype", DTYPES[:-1])
def test_searches_are_those_of_numpy(dtype, side):
    for size, shape in [(0, (4,)), (1, ()), (2, (0,)), (7, (50,)), (8, (3, 4)), (1000, (60,))]:
        x, y = np.sort(values(dtype, (size,))), values(dtype, shape, 1)
        same(compiled(op("searchsorted", side=side), x, y), np.searchsorted(x, y, side=side))


def test_no_line_is_lost_in_a_gradient():
    x, weights = np.random.default_rng(0).standard_normal((4, 200)), np.arange(200.0)
    f = lambda a: pnp.sum(pnp.sort(a, axis=1) * weights)
    np.testing.assert_array_equal(polyad.jit(polyad.grad(f))(x), polyad.grad(f)(x))
