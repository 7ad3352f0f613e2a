"""Pytrees: paths, nodes of one's own, broadcasting, one vector and back."""

from __future__ import annotations

import collections
import dataclasses
import functools

import numpy as np
import pytest
import torch

import polyad
import polyad.numpy as pnp
from polyad import tree, tree_util
from polyad.errors import PolyadValueError, ShapeError
from polyad.flatten_util import ravel_pytree

Point = collections.namedtuple("Point", "x y")


@tree.register_dataclass
@dataclasses.dataclass
class Line:
    slope: float
    offset: float


class Pair:
    def __init__(self, first, second):
        self.first, self.second = first, second


tree_util.register_pytree_node(Pair, lambda p: ([p.first, p.second], "data"), lambda _, c: Pair(*c))


@tree_util.register_pytree_node_class
class Triple:
    def __init__(self, parts):
        self.parts = parts

    def tree_flatten(self):
        return self.parts, len(self.parts)

    @classmethod
    def tree_unflatten(cls, data, children):
        assert data == len(children)
        return cls(list(children))


def test_paths_say_how_to_reach_a_leaf():
    value = {"a": [1, (2,)], "b": Point(3, Line(4.0, 5.0)), "c": Pair(6, None)}
    found = [(tree.keystr(path), leaf) for path, leaf in tree.leaves_with_path(value)]
    assert found == [
        ("['a'][0]", 1),
        ("['a'][1][0]", 2),
        ("['b'].x", 3),
        ("['b'].y.slope", 4.0),
        ("['b'].y.offset", 5.0),
        ("['c'][<flat index 0>]", 6),
    ]
    paths = [path for path, _ in tree.leaves_with_path(value)]
    assert paths[3] == (tree.DictKey("b"), tree.GetAttrKey("y"), tree.GetAttrKey("slope"))
    assert tree.keystr(paths[1], simple=True, separator="/") == "a/1/0"


def test_mapping_with_paths_takes_several_trees():
    f = lambda path, a, b: (path[0].key, a + b[0])
    assert tree.map_with_path(f, {"u": 1, "v": 2}, {"u": [10], "v": [20]}) == {
        "u": ("u", 11),
        "v": ("v", 22),
    }


def test_nodes_of_ones_own_pass_through_transformations():
    f = lambda p: p.first * p.second[0]
    gradient = polyad.grad(f)(Pair(2.0, [3.0]))
    assert (gradient.first, gradient.second) == (3.0, [2.0])
    t = polyad.grad(lambda t: t.parts[0] * t.parts[1])(Triple([2.0, 5.0]))
    assert t.parts == [5.0, 2.0]


def test_a_partial_function_can_be_passed_to_a_compiled_one():
    apply = polyad.jit(lambda f, x: f(x))
    scale = lambda a, x, power=1: a * x**power
    assert apply(tree_util.Partial(scale, 3.0), 2.0) == 6.0
    assert apply(tree_util.Partial(scale, 3.0, power=2), 2.0) == 12.0
    by_f = polyad.grad(lambda f: f(2.0))(tree_util.Partial(scale, 3.0))
    assert by_f.args == (2.0,)


def test_static_objects_are_structure():
    @tree.register_static
    class Mode(str):
        __slots__ = ()

    assert tree.leaves((Mode("fast"), 1)) == [1]
    assert tree.structure(Mode("fast")) != tree.structure(Mode("slow"))
    assert tree.map(lambda x: x, Mode("fast")) == "fast"


def test_structures():
    value = (1, [2, 3])
    assert tree_util.treedef_is_leaf(tree_util.treedef_children(tree.structure(value))[0])
    parts = [tree.structure(1), tree.structure([2, 3])]
    assert tree_util.treedef_tuple(parts) == tree.structure(value)
    outer = tree.structure({"a": 0, "b": 0})
    inside_out = tree_util.tree_transpose(outer, None, {"a": (1, 2), "b": (3, 4)})
    assert inside_out == ({"a": 1, "b": 3}, {"a": 2, "b": 4})
    with pytest.raises(ValueError):
        tree.broadcast({"a": 1}, {"b": 2})


def test_a_tree_as_one_vector_and_back():
    value = {"w": np.ones((2, 3), np.float32), "n": np.array([7], np.int64), "b": 0.5}
    flat, unravel = ravel_pytree(value)
    assert flat.shape == (8,)
    again = unravel(flat)
    for path, leaf in tree.leaves_with_path(value):
        (back,) = [x for p, x in tree.leaves_with_path(again) if p == path]
        assert np.asarray(back).dtype == np.asarray(leaf).dtype
        np.testing.assert_array_equal(back, leaf)
    with pytest.raises(ShapeError, match=r"8 elements, not shape \(7,\)") as error:
        unravel(flat[:7])
    assert "test_tree.py" in str(error.value)
    assert ravel_pytree(())[0].shape == (0,)


def test_a_vector_of_one_dtype_may_come_back_in_another():
    """As in JAX: of leaves of several dtypes each has its own."""
    _, unravel = ravel_pytree({"w": np.ones(2, np.float32), "b": np.zeros(1, np.float32)})
    assert unravel(np.array([1.0, 0.0, 1.0]) > 0.5)["w"].dtype == np.bool_
    assert polyad.jit(unravel)(np.ones(3))["b"].dtype == np.float64
    _, unravel = ravel_pytree((np.ones(2, np.float32), np.ones(1)))
    first, second = unravel(np.ones(3))
    assert (first.dtype, second.dtype) == (np.float32, np.float64)


def test_raveling_is_differentiable_and_keeps_the_backend():
    params = {"w": torch.ones(2, 2, dtype=torch.float64), "b": torch.ones(2, dtype=torch.float64)}
    flat, unravel = ravel_pytree(params)
    loss = lambda v: pnp.sum(unravel(v)["w"] @ unravel(v)["b"])
    assert polyad.grad(loss)(flat).tolist() == [2, 2, 1, 1, 1, 1]
    assert polyad.hessian(loss)(flat).shape == (6, 6)
    mixed, _ = ravel_pytree({"w": torch.ones(2, dtype=torch.float32), "b": 0.5})
    assert mixed.dtype == torch.float32
    doubled = polyad.jit(lambda p: ravel_pytree(p)[0] * 2)({"w": np.ones(3), "b": np.zeros(1)})
    assert doubled.tolist() == [0, 2, 2, 2]


@pytest.mark.parametrize(
    "data, meta, message",
    [
        (["slope"], [], "offset: neither in data_fields nor in meta_fields"),
        (["slope", "offset", "colour"], [], "colour: no fields"),
        (None, ["colour"], "colour: no fields"),
        (["slope", "offset"], ["offset"], "offset: twice"),
        (["slope", "offset", "slope"], [], "slope: twice"),
        (["slope", "offset"], ["length"], "length: no fields that its __init__ takes"),
    ],
)
def test_a_dataclass_names_each_field_once(data, meta, message):
    @dataclasses.dataclass
    class Ray:
        slope: float
        offset: float
        length: float = dataclasses.field(default=1.0, init=False)

    with pytest.raises(PolyadValueError, match=message):
        tree_util.register_dataclass(Ray, data_fields=data, meta_fields=meta)
    tree_util.register_dataclass(Ray, data_fields=["slope"], meta_fields=["offset"])
    assert tree.map(lambda x: 2 * x, Ray(1.0, 3.0)) == Ray(2.0, 3.0)


def test_one_level_with_keys():
    pairs, data = tree_util.flatten_one_level_with_keys({"b": [1, 2], "a": None})
    assert [(str(key), child) for key, child in pairs] == [("['a']", None), ("['b']", [1, 2])]
    assert data == ["a", "b"]
    assert tree_util.flatten_one_level_with_keys(()) == ([], None)
    with pytest.raises(PolyadValueError, match="takes a node, not the leaf 1"):
        tree_util.flatten_one_level_with_keys(1)


def test_a_partial_of_a_partial_is_one_function():
    """The arguments of Python's are part of the structure; those of a node are leaves."""
    inner = functools.partial(pow, 2)
    outer = tree_util.Partial(inner, 3)
    assert outer.args == (3,) and outer() == 8 and tree_util.tree_leaves(outer) == [3]
    assert outer.func == inner and inner == outer.func
    again = tree_util.Partial(inner, 4)
    assert hash(outer.func) == hash(again.func)
    assert tree_util.tree_structure(outer) == tree_util.tree_structure(again)
    nested = tree_util.Partial(tree_util.Partial(pow, 2.0), 3.0)
    assert tree_util.tree_leaves(nested) == [2.0, 3.0]


def test_classes_with_keys_under_jaxs_names():
    @tree_util.register_pytree_with_keys_class
    class Pair:
        def __init__(self, first, second):
            self.first, self.second = first, second

        def tree_flatten_with_keys(self):
            return (("1st", self.first), ("2nd", self.second)), None

        @classmethod
        def tree_unflatten(cls, data, children):
            return cls(*children)

    assert tree_util.tree_leaves_with_path(Pair(5, 6)) == [(("1st",), 5), (("2nd",), 6)]
    assert tree_util.is_tree_node(Pair) and not tree_util.is_tree_node(float)
