"""NumPy's manners beside its functions: booleans, byte orders, kinds of dtypes, sequences that
stand for arrays, traced positions, results of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax

B = np.array([[True, False, True], [False, True, True]])
V = np.array([3.0, 1.0, 2.0, 1.0])
BIG = np.arange(3, dtype=">f8")

BOOLEAN: dict[str, Callable[[Any], Any]] = {
    "x + x": lambda x: x + x,
    "x * ~x": lambda x: x * ~x,
    "x + True": lambda x: x + True,
    "x + 1": lambda x: x + 1,
    "x * 2.0": lambda x: x * 2.0,
    "x @ x.T": lambda x: x @ x.T,
    "x // x": lambda x: x // x,
    "x % x": lambda x: x % x,
    "x ** x": lambda x: x**x,
    "abs": abs,
    "dot": lambda x: np.dot(x, x.T),
    "inner": lambda x: np.inner(x, x),
    "vdot": lambda x: np.vdot(x, x),
    "tensordot": lambda x: np.tensordot(x, x.T, 1),
    "einsum": lambda x: np.einsum("ij,kj->ik", x, x),
    "einsum of one": lambda x: np.einsum("ij->i", x),
    "matrix_power": lambda x: np.linalg.matrix_power(x[:, :2], 3),
    "kron": lambda x: np.kron(x, x),
    "sum": np.sum,
    "sum, bool": lambda x: np.sum(x, dtype=bool),
    "cumsum": np.cumsum,
    "mean": np.mean,
    "var": np.var,
    "square": np.square,
    "diff": np.diff,
    "convolve": lambda x: np.convolve(x[0], x[1]),
    "reduce": lambda x: np.logical_xor.reduce(x, axis=1),
    "fmod": lambda x: np.fmod(x, x),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("backend", ["numpy", "native"])
@pytest.mark.parametrize("name", BOOLEAN)
def test_arithmetic_of_booleans(name: str, backend: str):
    f = BOOLEAN[name]
    expected = np.asarray(f(B))
    found = np.asarray(polyad.jit(f, backend=backend)(B))
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


def test_a_sum_of_comparisons_is_their_or():
    f = lambda x: np.sum(x * ((x > 0) + (x > -1)))
    x = np.array([1.0, 2.0, -0.5])
    np.testing.assert_array_equal(polyad.grad(f)(x), [1, 1, 1])
    assert polyad.jit(f)(x) == f(x)


# -- Byte orders, dtypes ---------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["numpy", "native"])
def test_arrays_of_the_other_byte_order(backend: str):
    double = polyad.jit(lambda x: 2 * x + BIG[1], backend=backend)
    for x in [BIG] * 4 + [BIG.astype(float)] * 4 + [BIG] * 2:  # compiled fast paths among them
        found = double(x)
        np.testing.assert_array_equal(found, [1, 3, 5])
        assert found.dtype == "float64"
    captured = polyad.jit(lambda x: x * BIG, backend=backend)
    np.testing.assert_array_equal(captured(np.ones(3)), BIG)
    np.testing.assert_array_equal(polyad.grad(lambda x: np.sum(x**2 * BIG))(BIG), [0, 2, 8])
    places = np.array([2, 0], ">i4")
    np.testing.assert_array_equal(polyad.jit(lambda x: x[places])(V), V[[2, 0]])


def test_half_precision_has_numpys_dtype():
    half = np.ones(2, np.float16)
    assert polyad.jit(np.sin)(half).dtype == polyad.grad(np.sum)(half).dtype == np.float16


@pytest.mark.parametrize(
    "name", ["bool", "int32", "uint8", "float16", "float32", "float64", "complex64"]
)
def test_dtypes_of_traced_arrays_say_what_numpys_do(name: str):
    expected, seen = np.dtype(name), []
    polyad.jit(lambda x: seen.append(x.dtype) or x)(np.ones(2, name))
    (found,) = seen
    for attribute in ("kind", "char", "str", "type", "num", "itemsize", "name", "byteorder"):
        assert getattr(found, attribute) == getattr(expected, attribute), attribute
    assert found.kind in expected.kind and found.family.startswith(found.kind)
    assert {found.kind: 1}[expected.kind] == 1
    assert np.issubdtype(found, expected.type) and found == expected
    assert expected in (found,) and np.zeros(1, found).dtype == expected


# -- Sequences -------------------------------------------------------------------------------------

SEQUENCES: list[Callable[[Any], Any]] = [
    lambda x: x[range(2)],
    lambda x: x[(0, 2), (1, 0)] if x.ndim > 1 else x[[0, 2]],
    lambda x: np.take(x, range(2), axis=0),
    lambda x: x - [1.0, 2.0, 3.0],
    lambda x: (1.0, 2.0, 3.0) - x,
    lambda x: [2.0, 3.0, 4.0] ** x,
    lambda x: np.add(x, [1.0, 2.0, 3.0]),
    lambda x: np.hypot([3.0, 3.0, 4.0], x),
    lambda x: np.logaddexp2([3.0, 3.0, 4.0], x),
    lambda x: np.where([True, False, True], x, [7.0, 8.0, 9.0]),
    lambda x: np.clip(x, [0.0, 1.0, 2.0], None),
    lambda x: np.where(x > 1)[0] if x.ndim == 1 else x,
    lambda x: np.stack([x, [1.0, 2.0, 3.0]]) if x.ndim == 1 else x,
    lambda x: x.flat[2],
    lambda x: x.view() + 1,
]


@pytest.mark.parametrize("number", range(len(SEQUENCES)))
@pytest.mark.parametrize("shape", [(3,), (3, 3)])
def test_sequences_stand_for_arrays(number: int, shape: tuple[int, ...]):
    f, x = SEQUENCES[number], np.linspace(0.5, 3.0, int(np.prod(shape))).reshape(shape)
    expected = f(x)
    found = polyad.value_and_grad(lambda d, x: (d, f(x)), has_aux=True)(1.0, x)[0][1]
    np.testing.assert_allclose(found, expected)
    assert np.asarray(found).dtype == np.asarray(expected).dtype


def test_arrays_of_ranges():
    np.testing.assert_array_equal(pnp.array(range(3)), np.arange(3))
    np.testing.assert_array_equal(pnp.asarray([range(2), range(2, 4)]), [[0, 1], [2, 3]])


# -- Traced positions ------------------------------------------------------------------------------


@pytest.mark.parametrize("shift", [-5, -1, 0, 2, 7])
def test_roll_by_a_traced_shift(shift: int):
    x = np.arange(12.0).reshape(3, 4)
    for axis in (0, 1, None):
        found = polyad.jit(lambda x, k, axis=axis: np.roll(x, k, axis))(x, shift)
        np.testing.assert_array_equal(found, np.roll(x, shift, axis))
    both = polyad.jit(lambda x, k: np.roll(x, k, (0, 1)))(x, np.array([shift, 1]))
    np.testing.assert_array_equal(both, np.roll(x, (shift, 1), (0, 1)))


@pytest.mark.parametrize("place", [0, 2, 4, -1])
def test_insert_at_a_traced_position(place: int):
    for values in (9.0, [9.0, 8.0]):
        found = polyad.jit(lambda x, k, v=values: np.insert(x, k, v))(V, place)
        np.testing.assert_array_equal(found, np.insert(V, place, values))
    x = np.arange(6.0).reshape(2, 3)
    found = polyad.jit(lambda x, k: np.insert(x, k, [7.0, 8.0], axis=1))(x, 1)
    np.testing.assert_array_equal(found, np.insert(x, 1, [7.0, 8.0], axis=1))


def test_take_by_jaxs_mode_fill():
    places = np.array([0, 4, -1, -5, 2])
    found = pnp.take(V, places, mode="fill")
    np.testing.assert_array_equal(found, [3, np.nan, 1, np.nan, 2])
    np.testing.assert_array_equal(pnp.take(V, places, mode="fill", fill_value=7.0)[1], 7)
    assert pnp.take(np.array([1, 2]), np.array([5]), mode="fill")[0] == np.iinfo("int64").min


# -- Means, new arrays -----------------------------------------------------------------------------


@pytest.mark.parametrize("n", [3, 7, 49, 103, 10007])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_mean_of_ones_is_one(n: int, dtype: str):
    ones = np.ones(n, dtype)
    for mean in (pnp.mean, polyad.jit(pnp.mean), polyad.jit(np.mean, backend="numpy")):
        assert mean(ones) == 1


OWN: list[Callable[[Any, Any], Any]] = [
    lambda xp, x: xp.clip(x, None, None) if xp is pnp else x.copy(),
    lambda xp, x: xp.roll(x, 0),
    lambda xp, x: xp.round(x.astype(int)),
    lambda xp, x: xp.tile(x, 1),
    lambda xp, x: xp.tile(x, (2, 1)),
    lambda xp, x: xp.positive(x),
    lambda xp, x: xp.conj(x),
    lambda xp, x: xp.floor(x.astype(int)),
    lambda xp, x: xp.copy(x),
    lambda xp, x: xp.repeat(x, 1),
    lambda xp, x: xp.nan_to_num(x),
]


@pytest.mark.parametrize("number", range(len(OWN)))
def test_results_are_arrays_of_their_own(number: int):
    x = V.copy()
    found = OWN[number](pnp, x)
    assert not np.shares_memory(found, x)
    found += 1  # not read-only
    np.testing.assert_array_equal(x, V)


# -- Loops over known values -----------------------------------------------------------------------

F32 = np.arange(3, dtype=np.float32)
LOOPS: dict[str, Callable[[Any], Any]] = {
    "scan, a number": lambda x: lax.scan(lambda c, t: (c + t, pnp.sin(c)), 0.5, x),
    "scan, a count": lambda x: lax.scan(lambda c, t: (c + 1, c * t), 0, x),
    "scan, a pair": lambda x: lax.scan(lambda c, t: ((c[0] + 1, c[1]), None), (0, True), x),
    "fori_loop": lambda x: lax.fori_loop(0, 3, lambda i, c: c * i + x[1], 1),
    "fori_loop, none": lambda x: lax.fori_loop(3, 3, lambda i, c: c * i + x[1], 1),
    "powers": lambda x: lax.fori_loop(0, 3, lambda i, c: (c[0] + 2**i, c[1] + x[0]), (0, x[1])),
    "while_loop": lambda x: lax.while_loop(lambda c: c < 10, lambda c: c * x[2], 1),
    "while_loop, none": lambda x: lax.while_loop(lambda c: c < 0, lambda c: c * x[2], 1),
    "while_loop, a pair": lambda x: lax.while_loop(
        lambda c: c[0] < 3, lambda c: (c[0] + 1, c[1] * x[1]), (0, 1)
    ),
}


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("name", LOOPS)
def test_loops_over_known_values_give_what_compiled_ones_give(name: str, library: str):
    import torch

    x = F32 if library == "numpy" else torch.as_tensor(F32)
    described = lambda tree: [
        (type(v).__name__, str(v.dtype), tuple(v.shape), float(v.sum()))
        for v in polyad.tree.leaves(tree)
    ]
    eager, compiled = LOOPS[name](x), polyad.jit(LOOPS[name])(x)
    assert described(eager) == described(compiled)
    assert polyad.tree.structure(eager) == polyad.tree.structure(compiled)


@pytest.mark.parametrize("axis", [0, 1, -1, -2])
def test_an_axis_of_vecdot_is_counted_in_each_operand(axis: int):
    """They may have different ranks."""
    x, y = np.arange(8.0).reshape(2, 2, 2), np.array([[1.0, 2j], [3.0, -1.0]])
    for a, b in ((x, y), (y, x), (x, x)):
        expected = np.vecdot(a, b, axis=axis)
        np.testing.assert_allclose(pnp.vecdot(a, b, axis=axis), expected)
        np.testing.assert_allclose(pnp.linalg.vecdot(a, b, axis=axis), expected)
        run = polyad.jit(lambda a, b: pnp.vecdot(a, b, axis=axis))
        np.testing.assert_allclose(run(a, b), expected)
