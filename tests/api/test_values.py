"""Values while tracing: control flow, captured arrays, impure functions, caching, pytrees."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

import polyad
import polyad.numpy as pnp
from polyad import errors, grad, hessian, jit, jvp, make_ir, tree, vjp, vmap

X = np.array([0.3, -0.7, 1.1])

# -- Control flow on known values -----------------------------------------------------------------


def relu(x):
    if x > 0:
        return x
    return 0.0 * x


def newton(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = (x + a / x) / 2
    return x


def index_of_largest(x):
    return x[int(pnp.argmax(x))] ** 2


def horner(x):
    total = 0.0
    for coefficient in [1.0, 2.0, 3.0]:
        total = total * x + coefficient
    return total


def match(x):
    match int(pnp.floor(x)):
        case 0:
            return pnp.sin(x)
        case 1:
            return pnp.cos(x)
        case _:
            return x


@pytest.mark.parametrize(
    "f, x, expected",
    [
        (relu, 2.0, 1.0),
        (relu, -2.0, 0.0),
        (newton, 2.0, 0.5 / np.sqrt(2)),
        (horner, 2.0, 2 * 2 + 2),
        (match, 0.5, np.cos(0.5)),
        (match, 1.5, -np.sin(1.5)),
        (match, 2.5, 1.0),
    ],
)
@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_python_control_flow_under_eager_transformations(
    f: Any, x: float, expected: float, backend: str
):
    given = torch.asarray(x, dtype=torch.float64) if backend == "torch" else x
    one = torch.ones((), dtype=torch.float64) if backend == "torch" else 1.0
    found = [grad(f)(given), jvp(f, (given,), (one,))[1], vjp(f, given)[1](one)[0]]
    np.testing.assert_allclose([float(v) for v in found], [expected] * 3, rtol=1e-10)
    assert float(jvp(f, (given,), (one,))[0]) == pytest.approx(float(f(given)), rel=1e-15)


def test_control_flow_at_second_order():
    np.testing.assert_allclose(grad(grad(newton))(2.0), -0.25 * 2.0**-1.5, rtol=1e-9)
    assert grad(grad(lambda x: x**3 if x > 0 else x))(2.0) == 12.0


def test_only_the_slice_that_a_condition_needs_is_evaluated():
    """The expensive part has no part in the condition: an error in evaluating it would show."""
    seen = []

    @polyad.custom_jvp
    def expensive(x):
        return pnp.exp(x)

    expensive.defjvp(lambda p, t: (seen.append("rule"), (expensive(p[0]), t[0] * pnp.exp(p[0])))[1])

    def f(x):
        y = expensive(x)
        if x > 0:
            return y
        return x

    found = grad(f)(0.0 + 1)
    np.testing.assert_allclose(found, np.e, rtol=1e-15)
    assert seen == ["rule"]


def test_index_and_mask_by_known_values():
    assert grad(index_of_largest)(X).tolist() == [0, 0, 2.2]
    np.testing.assert_array_equal(
        grad(lambda x: pnp.sum(x[x > 0] ** 2))(X), np.where(X > 0, 2 * X, 0)
    )
    assert grad(lambda x: sum(v * v for v in x if v > 0))(X).tolist() == [0.6, 0, 2.2]
    assert grad(lambda x: max(x[0], x[1]) * 3)(X).tolist() == [3, 0, 0]
    known = lambda x: float(polyad.stop_gradient(x[0])) * x[1]
    assert grad(known)(X).tolist() == [0, 0.3, 0]
    assert sorted(jvp(lambda x: sorted(x)[0], (X,), (X,))) == [-0.7, -0.7]


def test_control_flow_inside_vmap_over_unmapped_values():
    f = lambda x, flag: x if flag else -x
    np.testing.assert_array_equal(vmap(f, in_axes=(0, None))(X, False), -X)
    np.testing.assert_array_equal(
        grad(lambda s: pnp.sum(vmap(lambda x: x * s if s > 1 else x)(X)))(2.0), X.sum()
    )


# -- Captured arrays ------------------------------------------------------------------------------


def test_captured_arrays_are_read_at_each_call():
    w = np.array([1.0, 2.0, 3.0])
    f = lambda x: pnp.sum(w * x * x)
    np.testing.assert_array_equal(grad(f)(X), 2 * w * X)
    w[:] = [5.0, 6.0, 7.0]
    np.testing.assert_array_equal(grad(f)(X), 2 * w * X)
    np.testing.assert_array_equal(vmap(lambda x: x * w)(np.ones((2, 3))), [w, w])
    w = np.array([-1.0, -1.0, -1.0])
    np.testing.assert_array_equal(grad(f)(X), -2 * X)
    np.testing.assert_array_equal(jvp(f, (X,), (X,))[1], 2 * np.sum(w * X * X))


def test_captured_numbers_are_read_at_each_call():
    scale = 2.0
    f = lambda x: scale * x
    assert grad(f)(1.0) == 2.0
    scale = 3.0
    assert grad(f)(1.0) == 3.0
    total = sum(grad(lambda x, k=k: k * x)(1.0) for k in range(5))
    assert total == 10


def test_arrays_of_equal_structure_and_other_data_share_one_traced_function():
    from polyad import tracing

    def step(w):
        return grad(lambda x: pnp.sum(w * x))(X)

    step(np.ones(3))
    before = len(tracing._FUNCTIONS)
    for k in range(5):
        np.testing.assert_array_equal(step(np.full(3, float(k))), np.full(3, float(k)))
    assert len(tracing._FUNCTIONS) == before


# -- Impure functions -----------------------------------------------------------------------------


def test_eager_transformations_run_the_function_each_time():
    calls = []

    def f(x):
        calls.append(1)
        return x * len(calls)

    assert [grad(f)(1.0) for _ in range(3)] == [1.0, 2.0, 3.0]


def test_jit_runs_the_function_once_for_each_combination_of_types():
    calls = []

    @jit
    def f(x, flag=False):
        calls.append(x.shape)
        return x * 2

    for x in (1.0, 2.0, X, X + 1, X[:2], X.astype("float32"), 3, True):
        np.testing.assert_array_equal(f(x), np.multiply(x, 2))
    assert calls == [(), (3,), (2,), (3,), (), ()]


def test_jit_tells_static_values_apart_by_type_too():
    f = jit(lambda x, n: x * n, static_argnums=1)
    assert f(X, 1).tolist() == X.tolist()
    assert [f(np.ones(1, int), n).dtype.kind for n in (1, 1.0, True, 1)] == ["i", "f", "i", "i"]
    named = jit(lambda x, *, mode: x if mode == "same" else -x, static_argnames="mode")
    assert named(1.0, mode="same") == 1.0
    assert named(1.0, mode="other") == -1.0


def test_settings_are_part_of_the_key_of_a_call():
    f = jit(lambda n: n * 0.5)
    n = np.ones(2, "int32")
    assert f(n).dtype == np.float64
    with polyad.config(default_float="float32"):
        assert f(n).dtype == np.float32
    assert f(n).dtype == np.float64


def test_an_error_in_a_trace_is_raised_and_leaves_nothing_behind():
    def f(x):
        raise KeyError("mine")

    for transform in (grad, jit, vmap, make_ir):
        with pytest.raises(KeyError, match="mine"):
            transform(f)(X)
    from polyad.ops.dispatch import active_builders

    assert active_builders() == []
    assert type(pnp.zeros(2)) is np.ndarray


# -- Pytrees --------------------------------------------------------------------------------------


class Pair(NamedTuple):
    a: Any
    b: Any


@tree.register_dataclass
@dataclasses.dataclass
class Layer:
    w: Any
    b: Any


@tree.register_dataclass(meta_fields=("name",))
@dataclasses.dataclass(frozen=True)
class Named:
    x: Any
    name: str = "n"


@tree.register_node_class
class Node:
    def __init__(self, left: Any, right: Any, tag: str) -> None:
        self.left, self.right, self.tag = left, right, tag

    def tree_flatten(self) -> Any:
        return (self.left, self.right), self.tag

    @classmethod
    def tree_unflatten(cls, tag: Any, children: Any) -> Node:
        return cls(*children, tag)


TREES = {
    "tuple": ((X, 2.0), lambda t: pnp.sum(t[0]) * t[1]),
    "nested list": ([X, [2.0, None]], lambda t: pnp.sum(t[0]) * t[1][0]),
    "dict": ({"a": X, "b": 2.0}, lambda t: pnp.sum(t["a"]) * t["b"]),
    "namedtuple": (Pair(X, 2.0), lambda t: pnp.sum(t.a) * t.b),
    "dataclass": (Layer(X, 2.0), lambda t: pnp.sum(t.w) * t.b),
    "custom": (Node(X, 2.0, "tag"), lambda t: pnp.sum(t.left) * t.right),
    "deep": ({"l": [Layer(X, (2.0, None))]}, lambda t: pnp.sum(t["l"][0].w) * t["l"][0].b[0]),
}


@pytest.mark.parametrize("name", TREES)
def test_gradients_have_the_structure_of_the_argument(name: str):
    value, f = TREES[name]
    expected_leaves = [np.full(3, 2.0), X.sum()]
    ones = tree.map(np.ones_like, value)
    for found in (
        grad(f)(value),
        jit(grad(f))(value),
        polyad.value_and_grad(f)(value)[1],
        vjp(f, value)[1](1.0)[0],
        tree.map(lambda leaf: leaf, jit(lambda t: grad(f)(t))(value)),
    ):
        assert tree.structure(found) == tree.structure(value)
        for x, y in zip(tree.leaves(found), expected_leaves, strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-15)
    np.testing.assert_allclose(jvp(f, (value,), (ones,))[1], 6 + X.sum(), rtol=1e-15)
    batch = tree.map(lambda leaf: np.stack([leaf, leaf]), value)
    np.testing.assert_allclose(vmap(f)(batch), [f(value)] * 2, rtol=1e-15)


def test_dataclasses_keep_their_meta_fields():
    found = jit(lambda t: Named(t.x * 2, t.name))(Named(X, "other"))
    assert (found.name, found.x.tolist()) == ("other", (2 * X).tolist())
    assert tree.structure(Named(X, "a")) != tree.structure(Named(X, "b"))
    with pytest.raises(errors.PolyadTypeError, match="Pair is not a dataclass"):
        tree.register_dataclass(Pair)


def test_outputs_may_be_any_tree():
    f = lambda x: {"a": [x, None], "b": Pair(x.sum(), 3)}
    for transform in (jit, vmap, lambda f: f):
        argument = np.stack([X, X]) if transform is vmap else X
        found = transform(f)(argument)
        assert tree.structure(found) == tree.structure(f(X))
    jacobian = polyad.jacrev(lambda t: {"y": t["a"] * t["b"]})({"a": X, "b": X})
    np.testing.assert_array_equal(jacobian["y"]["a"], np.diag(X))
    second = hessian(lambda t: pnp.sum(t["a"] * t["b"]))({"a": X, "b": 2.0 * X})
    np.testing.assert_array_equal(second["a"]["b"], np.eye(3))
    np.testing.assert_array_equal(second["a"]["a"], np.zeros((3, 3)))


def test_has_aux_and_several_argnums():
    f = lambda x, y: (pnp.sum(x * y), {"x": x, "n": 3})
    (_, aux), (gx, gy) = polyad.value_and_grad(f, argnums=(0, 1), has_aux=True)(X, 2 * X)
    np.testing.assert_array_equal(gx, 2 * X)
    np.testing.assert_array_equal(gy, X)
    assert aux["n"] == 3
    np.testing.assert_array_equal(aux["x"], X)
    assert grad(f, argnums=-1, has_aux=True)(X, X)[0].tolist() == X.tolist()
    assert polyad.jvp(f, (X, X), (X, X), has_aux=True)[2]["n"] == 3
    assert polyad.vjp(f, X, X, has_aux=True)[2]["n"] == 3
    assert polyad.linearize(f, X, X, has_aux=True)[2]["n"] == 3
    assert polyad.jacrev(f, has_aux=True)(X, X)[1]["n"] == 3
    assert polyad.jacfwd(f, has_aux=True)(X, X)[1]["n"] == 3


# -- Arrays stay the user's -----------------------------------------------------------------------


def test_tensors_stay_tensors_and_results_do_not_share_memory_with_arguments():
    x = torch.tensor([1.0, 2.0], dtype=torch.float32)
    for found in (
        grad(lambda x: (x * x).sum())(x),
        jit(lambda x: x * 2)(x),
        vmap(pnp.sin)(x),
        pnp.exp(x),
    ):
        assert type(found) is torch.Tensor
        assert found.dtype is torch.float32
    same = jit(lambda x: x)(X)
    same[0] = 99.0
    assert X[0] == 0.3


def test_transformations_see_meta_tensors_without_computing():
    x = torch.ones(3, device="meta")
    assert polyad.eval_shape(lambda x: pnp.sin(x)[:2], x).shape == (2,)
    assert grad(lambda x: pnp.sum(pnp.sin(x) * x))(x).device.type == "meta"


def test_use_backend_chooses_the_arrays_of_numbers():
    with polyad.use_backend("torch"):
        assert type(grad(pnp.sin)(0.0)) is torch.Tensor
        assert type(pnp.zeros(2)) is torch.Tensor
        assert type(pnp.sin(1.0)) is torch.Tensor
    assert type(pnp.zeros(2)) is np.ndarray
