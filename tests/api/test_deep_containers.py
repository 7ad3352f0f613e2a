"""Containers inside of one another: right to hundreds of levels, and an error beyond a thousand."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax, tree_util
from polyad.errors import PolyadTypeError, ShapeError
from polyad.flatten_util import ravel_pytree

KINDS = {"lists": lambda x: [x], "tuples": lambda x: (x,), "dicts": lambda x: {"a": x}}


def nested(levels, around, x):
    """`x` in so many containers."""
    for _ in range(levels):
        x = around(x)
    return x


def innermost(x):
    """The array in there."""
    while isinstance(x, list | tuple | dict):
        (x,) = x.values() if isinstance(x, dict) else x
    return x


def square(t):
    return innermost(t) ** 2


def thrice(f, *args):
    """The last of three calls: the first is compiled, and the next may go another way."""
    return [f(*args) for _ in range(3)][-1]


# Functions of the array 1.5 in containers, of a function that puts arrays into such; the result.
USES = {
    "jit": (lambda t, put: thrice(polyad.jit(square), t), 2.25),
    "result of jit": (lambda t, put: thrice(polyad.jit(put), innermost(t)), 1.5),
    "grad": (lambda t, put: polyad.grad(square)(t), 3.0),
    "jvp": (lambda t, put: polyad.jvp(square, (t,), (t,))[1], 4.5),
    "vjp": (lambda t, put: polyad.vjp(square, t)[1](2.0)[0], 6.0),
    "linearize": (lambda t, put: polyad.linearize(square, t)[1](t), 4.5),
    "jacrev": (lambda t, put: polyad.jacrev(square)(t), 3.0),
    "checkpoint": (lambda t, put: polyad.grad(polyad.checkpoint(square))(t), 3.0),
    "vmap": (lambda t, put: polyad.vmap(square)(put(np.full(2, 1.5)))[0], 2.25),
    "scan": (
        lambda t, put: lax.scan(lambda c, _: (put(2 * innermost(c)), None), t, None, 2)[0],
        6.0,
    ),
    "fori": (lambda t, put: lax.fori_loop(0, 2, lambda i, c: put(1 + innermost(c)), t), 3.5),
    "while": (
        lambda t, put: lax.while_loop(
            lambda c: innermost(c) < 3, lambda c: put(innermost(c) + 1), t
        ),
        3.5,
    ),
    "cond": (lambda t, put: lax.cond(True, lambda t: t, lambda t: t, t), 1.5),
    "map": (lambda t, put: tree_util.tree_map(lambda x: x + 1, t), 2.5),
    "paths": (lambda t, put: tree_util.tree_leaves_with_path(t)[0][1], 1.5),
    "ravel": (lambda t, put: ravel_pytree(t)[0][0], 1.5),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("use", USES)
def test_containers_of_many_levels(use, kind):
    run, expected = USES[use]
    put = lambda x: nested(250, KINDS[kind], x)
    found = innermost(run(put(np.array(1.5)), put))
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize("levels", [995, 1001, 20_000])
@pytest.mark.parametrize("use", USES)
def test_containers_of_too_many_levels_are_refused(use, levels):
    """Below a thousand it may be either, since a call adds some of its own."""
    run, expected = USES[use]
    put = lambda x: nested(levels, KINDS["lists"], x)
    try:
        found = innermost(run(put(np.array(1.5)), put))
    except PolyadTypeError as error:
        assert "more than 1,000 levels" in str(error) and f"at {__file__}" in str(error)
        assert "Keep the values in one list" in str(error)
    else:
        assert levels < 1000
        np.testing.assert_allclose(found, expected)


def test_a_container_of_itself_is_refused():
    circle = []
    circle.append(circle)
    with pytest.raises(PolyadTypeError, match="or one contains itself"):
        polyad.jit(lambda t: 1.0)(circle)


def test_an_error_of_a_class_of_its_own_stays():
    """Its flattening recurses for ever: a RecursionError of Python's."""

    class Node:
        pass

    def flatten(node):
        return flatten(node)

    tree_util.register_pytree_node(Node, flatten, lambda data, children: Node())
    with pytest.raises(RecursionError, match="maximum recursion depth"):
        tree_util.tree_leaves(Node())


@pytest.mark.parametrize("way", [pnp.sin, pnp.array, lambda x: polyad.jit(lambda: pnp.sin(x))()])
def test_a_list_of_thousands_of_levels_is_no_array(way):
    with pytest.raises(
        ShapeError, match=r"64 dimensions; not (a list of containers inside|\[\[)"
    ) as told:
        way(nested(5000, KINDS["lists"], 1.0))
    assert f"at {__file__}" in str(told.value)
