"""Donated arguments: results take their places where nobody needs the old contents."""

from __future__ import annotations

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import jit, lax, tree
from polyad.errors import PolyadValueError
from polyad.lowering.memory.donation import donations
from polyad.lowering.pipeline import lower

from ...drawn import examples

SHAPE = (60, 50)


def arrays(count=2):
    rng = np.random.default_rng(0)
    return [rng.normal(size=SHAPE) for _ in range(count)]


# Functions of x (donated) and y, and whether their first result takes the place of x.
PROGRAMS = {
    "step": (lambda x, y: x - 0.1 * y, True),
    "step and norm": (lambda x, y: (x - 0.1 * y, (y * y).sum(), (x * x).sum()), True),
    "large angles": (lambda x, y: pnp.sin(1e9 * x) + y, False),
    "itself": (lambda x, y: x, True),
    "set": (lambda x, y: pnp.at(x)[3].set(y[4]), True),
    "old and new": (lambda x, y: (x + y, x), False),
    "moved": (lambda x, y: x[::-1] + y, False),
    "late reader": (lambda x, y: (pnp.sort(x + y), x @ x.T), False),
    "loop": (lambda x, y: lax.fori_loop(0, 3, lambda i, x: x * y, x), True),
    "other type": (lambda x, y: pnp.astype(x, "float32"), False),
    "product": (lambda x, y: (x @ y.T) @ y, True),
    "empty": (lambda x, y: (x[:0], y), False),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_results_take_the_place_of_donated_arguments(name):
    function, in_place = PROGRAMS[name]
    wanted = tree.leaves(jit(function)(*arrays()))
    donating = jit(function, donate_argnums=0)
    for _ in range(3):
        x, y = arrays()
        found = tree.leaves(donating(x, y))
        assert (found[0] is x) is in_place
        np.testing.assert_array_equal(y, arrays()[1])
        for one, other in zip(found, wanted, strict=True):
            np.testing.assert_array_equal(one, other, strict=True)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda x: (x, x),
        lambda x: (x, x[:30].repeat(2, axis=0)[:60]),
        lambda x: (np.lib.stride_tricks.as_strided(x, writeable=False), x + 1),
        lambda x: (np.asfortranarray(x), x + 1),
        lambda x: (x[::-1], x[::-1] + 1),
        lambda x: (np.concatenate([x, x])[5:65], x),
    ],
    ids=["twice", "apart", "read-only", "Fortran", "backwards", "a part"],
)
def test_arguments_that_cannot_be_written_over_are_left(spoil):
    function = lambda x, y: x - 2 * y
    x, y = spoil(arrays()[0])
    wanted, before = function(x, y), y.copy()
    found = jit(function, donate_argnums=0)(x, y)
    np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(y, before)


def test_an_argument_in_the_memory_of_another_is_left():
    memory = np.arange(200.0)
    found = jit(lambda x, y: x * 2 + y, donate_argnums=0)(memory[50:150], memory[100:])
    np.testing.assert_array_equal(memory, np.arange(200.0))
    np.testing.assert_array_equal(found, np.arange(50.0, 150) * 2 + np.arange(100.0, 200))


def test_pytrees_and_names_are_donated_as_a_whole():
    def step(params, grads, *, momentum):
        momentum = tree.map(lambda m, g: 0.9 * m + g, momentum, grads)
        return tree.map(lambda p, m: p - 0.1 * m, params, momentum), momentum

    donating = jit(step, donate_argnums=0, donate_argnames="momentum")
    make = lambda: {"w": arrays()[0], "b": arrays()[1]}
    params, momentum = make(), make()
    given = [*params.values(), *momentum.values()]
    for _ in range(3):
        params, momentum = donating(params, make(), momentum=momentum)
        assert {id(x) for x in [*params.values(), *momentum.values()]} == {id(x) for x in given}
    wanted = make(), make()
    for _ in range(3):
        wanted = step(wanted[0], make(), momentum=wanted[1])
    for one, other in zip(tree.leaves((params, momentum)), tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-14)


def test_steps_over_donated_arrays_take_no_memory():
    function = jit(lambda x, v: (x + 0.1 * v, v - 0.1 * x), donate_argnums=(0, 1))
    stages = lower(polyad.make_ir(lambda x, v: (x + 0.1 * v, v - 0.1 * x))(*arrays()))
    assert len(donations(stages["moves_folded"], (0, 1))) == 2
    x, v = arrays()
    found = function(x, v)
    assert {id(a) for a in found} == {id(x), id(v)}
    assert "workspace" not in function.lower(x, v).stages()["buffers"]


@hypothesis.given(st.data())
@examples(15)
def test_any_program(data):
    """Chains of ops on three arrays, some of them donated, some of what comes of them returned."""
    ops = [
        lambda a, b: a + b,
        lambda a, b: a * 2 - b,
        lambda a, b: pnp.sin(a),
        lambda a, b: a[::-1],
        lambda a, b: pnp.at(a)[1].set(b[0]),
        lambda a, b: a - b.sum(),
    ]
    index = st.integers(0, 7)
    steps = data.draw(st.lists(st.tuples(st.sampled_from(ops), index, index), max_size=5))
    returned = data.draw(st.lists(index, min_size=1, max_size=4))
    donated = tuple(data.draw(st.sets(st.integers(0, 2))))

    def function(*values):
        values = list(values)
        for op, i, j in steps:
            values.append(op(values[i % len(values)], values[j % len(values)]))
        return tuple(values[i % len(values)] for i in returned)

    given = [np.arange(4.0) * (k + 1) for k in range(3)]
    wanted = jit(function)(*given)
    found = jit(function, donate_argnums=donated)(*(x.copy() for x in given))
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


def test_other_backends_leave_donated_arrays():
    torch = pytest.importorskip("torch")
    x = torch.ones(3)
    function = jit(lambda x: x + 1, donate_argnums=0, backend="torch")
    assert function(x).tolist() == [2, 2, 2] and x.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"donate_argnums": 5},
            "donate_argnums=5 is out of range: step has 2 positional parameters",
        ),
        ({"donate_argnames": "z"}, "donate_argnames='z': step has no such parameter; it has x, y"),
        (
            {"donate_argnums": 0, "static_argnames": "x"},
            "argument 0 of step is static, and only arrays can be donated",
        ),
    ],
)
def test_arguments_that_cannot_be_donated(arguments, message):
    def step(x, y):
        return x + y

    with pytest.raises(PolyadValueError, match=message):
        jit(step, **arguments)
