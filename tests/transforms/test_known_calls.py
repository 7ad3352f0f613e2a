"""Calls of jitted functions that go straight to machine code give what a first call gives."""

from __future__ import annotations

from collections import OrderedDict, namedtuple

import hypothesis
import hypothesis.strategies as st
import numpy as np
import optree
import pytest

import polyad
import polyad.numpy as pnp
from polyad import jit, tree
from polyad.api._readers import reader
from polyad.config import config
from polyad.errors import PolyadTypeError

Pair = namedtuple("Pair", "a b")
X, Y = np.arange(3.0), np.ones(3)

LEAVES = st.sampled_from([X, Y, 2.0, 3, True, np.float32(4), np.ones((), "f4"), 1j])
TREES = st.recursive(
    LEAVES | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=6,
)


@hypothesis.given(st.lists(TREES, max_size=3), st.dictionaries(st.sampled_from("xy"), TREES))
@hypothesis.settings(max_examples=200)
def test_readers_find_the_leaves(arguments, keywords):
    call = tuple(arguments), keywords
    leaves, structure = optree.tree_flatten(call, namespace=tree.NAMESPACE)
    found = reader(structure, {})(call)
    assert list(map(id, found)) == list(map(id, leaves))


@hypothesis.given(TREES, TREES)
@hypothesis.settings(max_examples=200)
def test_readers_refuse_other_structures(one, other):
    """Or find a container where a leaf should be, which machine code refuses."""
    structure = tree.structure(((one,), {}))
    found = reader(structure, {})(((other,), {}))
    if tree.structure(((other,), {})) == structure:
        assert found is not None
    elif found is not None:
        assert any(isinstance(x, (tuple, list, dict, type(None))) for x in found)


@pytest.mark.parametrize("node", [Pair(X, Y), OrderedDict(a=X), {"a": Pair(X, X)}])
def test_other_nodes_have_no_reader(node):
    structure = tree.structure(((node,), {}))
    assert reader(structure, {}) is None
    compiled = jit(lambda node: tree.map(lambda x: x + 1, node))
    for _ in range(2):
        assert tree.structure(compiled(node)) == tree.structure(node)


def product_and_sum(x, y):
    return {"product": x * y, "sum": (x + y, y)}


CALLS = [
    (X, 2.0), (X, np.float64(2.0)), (X, np.array(2.0)), (X, 2), (X, True), (X, 1j),
    (X.astype("f4"), 2.0), (X.astype("f4"), np.float64(2.0)), (X.astype("f4"), np.array(2.0)),
    (X.astype("f4"), np.float32(2.0)), (2.0, X), (2.0, 3.0), (2, 3), (True, 3), (2, True), (1j, 2),
    (X[:2], 2.0), (X[::2], 2.0), (np.asfortranarray(np.ones((2, 3))), X),
    (np.float64(2), np.float64(3)), (2, 2**62), (-(2**63), 1),
]  # fmt: skip


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("floats", ["float32", "float64"])
def test_every_call_gives_what_it_would_give_alone(order, floats):
    compiled = jit(product_and_sum)
    with config(default_float=floats):
        alone = [jit(product_and_sum)(*call) for call in CALLS]
        for _ in range(3):
            for call, wanted in list(zip(CALLS, alone, strict=True))[::order]:
                pairs = zip(tree.leaves(compiled(*call)), tree.leaves(wanted), strict=True)
                for one, other in pairs:
                    assert type(one) is type(other)
                    np.testing.assert_array_equal(one, other, strict=True)


def test_static_arguments_are_told_apart_by_type():
    compiled = jit(
        lambda x, n: x * (1 if n is True else 2 if type(n) is int else 3), static_argnums=1
    )
    for _ in range(3):
        for n, factor in [(1, 2), (True, 1), (1.0, 3), (np.float64(1), 3), (2, 2), ("a", 3)]:
            np.testing.assert_array_equal(compiled(X, n), X * factor)


def test_settings_that_change():
    compiled = jit(lambda x: x * 0.5)
    assert compiled(3).dtype == compiled(3).dtype == "f8"
    with config(default_float="float32"):
        assert compiled(3).dtype == compiled(3).dtype == "f4"
    assert compiled(3).dtype == "f8"


def test_python_scalars_are_those_of_the_backend_in_use():
    torch = pytest.importorskip("torch")
    compiled = jit(lambda x: x * 2)
    assert isinstance(compiled(1.5), np.float64)
    with polyad.use_backend("torch"):
        assert isinstance(compiled(1.5), torch.Tensor)
    assert isinstance(compiled(1.5), np.float64)


def test_a_known_call_inside_a_trace_is_traced_where_it_must():
    compiled = jit(lambda x, s: pnp.sin(x) * s)
    compiled(1.0, 2.0), compiled(X, 2.0)
    assert polyad.grad(lambda x: compiled(x, 2.0))(0.0) == 2.0
    np.testing.assert_array_equal(polyad.vmap(lambda x: compiled(x, 2.0))(X), compiled(X, 2.0))


def test_integers_that_do_not_fit_are_errors_as_ever():
    compiled = jit(lambda n: n + 1)
    assert compiled(3) == compiled(4) - 1
    for _ in range(2):
        with pytest.raises(PolyadTypeError, match="9223372036854775808 does not fit int64"):
            compiled(2**63)
