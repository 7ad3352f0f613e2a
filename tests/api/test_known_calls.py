"""Calls of jitted functions that go straight to machine code agree with a first call."""

from __future__ import annotations

import sys
from collections import OrderedDict, namedtuple

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import jit, tree
from polyad.config import config
from polyad.errors import PolyadTypeError

from ..drawn import examples

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


def identity(*arguments, **keywords):
    return arguments, keywords, None


def known(compiled, call):
    """The result of a call, which is not the first, that machine code takes; or an error."""
    compiled(*call[0], **call[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "_call", None)
        return compiled(*call[0], **call[1])


def alike(one, other):
    assert repr(one) == repr(other)  # the order of keys included
    for a, b in zip(tree.leaves(one), tree.leaves(other), strict=True):
        assert (type(a), a.dtype) == (type(b), b.dtype)


CALLS_OF_TREES = st.tuples(
    st.lists(TREES, max_size=3), st.dictionaries(st.sampled_from("xy"), TREES)
)


@hypothesis.given(CALLS_OF_TREES)
@examples(100)
def test_pytrees_go_through_machine_code(call):
    compiled = jit(identity)
    wanted = compiled(*call[0], **call[1])
    arrays = [x for x in tree.leaves(call) if isinstance(x, np.ndarray)]
    references = [sys.getrefcount(x) for x in arrays]
    for _ in range(3):
        alike(known(compiled, call), wanted)
    assert [sys.getrefcount(x) for x in arrays] == references
    backwards = call[0], dict(reversed(call[1].items()))
    alike(known(compiled, backwards)[0], wanted[0])


@hypothesis.given(st.lists(CALLS_OF_TREES, min_size=2, max_size=3))
@examples(100)
def test_structures_are_told_apart(calls):
    compiled = jit(identity)
    for arguments, keywords in calls * 2:
        alike(compiled(*arguments, **keywords), jit(identity)(*arguments, **keywords))


@pytest.mark.parametrize("node", [Pair(X, Y), OrderedDict(a=X), {"a": Pair(X, X)}])
def test_nodes_of_other_classes_are_known(node):
    compiled = jit(lambda node: tree.map(lambda x: x + 1, node))
    for _ in range(2):
        assert tree.structure(compiled(node)) == tree.structure(node)
    assert tree.structure(known(compiled, ((node,), {}))) == tree.structure(node)


def test_dicts_that_lack_a_key_or_have_another():
    compiled = jit(lambda d: sum(d.values()))
    for d in ({"a": X, "b": Y}, {"a": X, "c": Y}, {"a": X}, {"a": X, "b": Y, "c": Y}, {}) * 2:
        np.testing.assert_array_equal(compiled(d), sum(d.values()))


def test_errors_of_machine_code_reach_the_caller_of_a_known_call():
    compiled = jit(lambda d: {"x": pnp.linalg.cholesky(d["m"])})
    compiled({"m": np.eye(3)})
    alike(known(compiled, (({"m": np.eye(3)},), {})), {"x": np.eye(3)})
    with pytest.raises(polyad.errors.LinAlgError):
        compiled({"m": -np.eye(3)})


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
def test_every_call_gives_its_result_alone(order, floats):
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
        for n, factor in [
            (1, 2),
            (True, 1),
            (1.0, 3),
            (np.float64(1), 3),
            (2, 2),
            ("a", 3),
            ((1,), 3),
        ]:
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
