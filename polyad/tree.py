"""Pytrees: nested containers of arrays, by optree. Tuples, lists, dicts, namedtuples and None are
known; other classes join by `register_dataclass` or `register_node_class`.

>>> from polyad import tree
>>> tree.map(lambda x: x + 1, {"a": 1, "b": (2, None)})
{'a': 2, 'b': (3, None)}
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

import optree

from .errors import PolyadTypeError

NAMESPACE = "polyad"
PyTreeDef = optree.PyTreeSpec


def flatten(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> tuple[list[Any], PyTreeDef]:
    """The leaves of `tree`, and its structure."""
    leaves, structure_ = optree.tree_flatten(tree, is_leaf, namespace=NAMESPACE)
    return leaves, structure_


def unflatten(treedef: PyTreeDef, leaves: Iterable[Any]) -> Any:
    """The tree of that structure with these leaves: the inverse of `flatten`."""
    return optree.tree_unflatten(treedef, leaves)


def leaves(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> list[Any]:
    """The leaves of `tree`, in order."""
    return optree.tree_leaves(tree, is_leaf, namespace=NAMESPACE)


def structure(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> PyTreeDef:
    """The structure of `tree`."""
    return optree.tree_structure(tree, is_leaf, namespace=NAMESPACE)


def map(
    f: Callable[..., Any], tree: Any, *rest: Any, is_leaf: Callable[[Any], bool] | None = None
) -> Any:
    """`f` on each leaf of `tree` (and the corresponding parts of `rest`), in the same structure."""
    return optree.tree_map(f, tree, *rest, is_leaf=is_leaf, namespace=NAMESPACE)


def reduce(f: Callable[[Any, Any], Any], tree: Any, *initial: Any) -> Any:
    """`functools.reduce` over the leaves."""
    return optree.tree_reduce(f, tree, *initial, namespace=NAMESPACE)


def all(tree: Any) -> bool:
    """Whether every leaf is true."""
    return bool(optree.tree_all(tree, namespace=NAMESPACE))


def transpose(outer: PyTreeDef, inner: PyTreeDef, tree: Any) -> Any:
    """A tree of structure `outer` of trees of structure `inner`, inside out."""
    return optree.tree_transpose(outer, inner, tree)


def paths(tree: Any) -> list[str]:
    """A Python accessor for each leaf, such as `['W'][0]`."""
    return [accessor.codify("") for accessor in optree.tree_accessors(tree, namespace=NAMESPACE)]


def broadcast_prefix(prefix: Any, tree: Any) -> list[Any]:
    """For each leaf of `tree` the leaf of `prefix` above it; None is a leaf of `prefix`.

    Raises `ValueError` if `prefix` is not a prefix of `tree`.
    """
    missing = object()
    marked = optree.tree_map(
        lambda leaf: missing if leaf is None else leaf,
        prefix,
        none_is_leaf=True,
        namespace=NAMESPACE,
    )
    spread = optree.broadcast_prefix(marked, tree, namespace=NAMESPACE)
    return [None if leaf is missing else leaf for leaf in spread]


def register_node_class(cls: Any) -> Any:
    """Class decorator for a node with methods `tree_flatten() -> (children, data)` and
    `tree_unflatten(cls, data, children)`, as in JAX.
    """

    def flatten_node(node: Any) -> tuple[Any, Any]:
        children, data = node.tree_flatten()
        return tuple(children), data

    def unflatten_node(data: Any, children: Any) -> Any:
        return cls.tree_unflatten(data, children)

    optree.register_pytree_node(cls, flatten_node, unflatten_node, namespace=NAMESPACE)
    return cls


def register_dataclass(
    cls: Any = None,
    *,
    data_fields: Iterable[str] | None = None,
    meta_fields: Iterable[str] = (),
) -> Any:
    """Class decorator for a dataclass: its fields are children, but for `meta_fields`, which are
    structure.

    Raises `PolyadTypeError` for a class that is no dataclass.

    >>> import dataclasses
    >>> @register_dataclass
    ... @dataclasses.dataclass
    ... class Line:
    ...     slope: float
    ...     offset: float
    >>> map(lambda x: 2 * x, Line(1.0, 3.0))
    Line(slope=2.0, offset=6.0)
    """
    if cls is None:
        return lambda decorated: register_dataclass(
            decorated, data_fields=data_fields, meta_fields=meta_fields
        )
    if not dataclasses.is_dataclass(cls):
        raise PolyadTypeError(
            f"{cls.__name__} is not a dataclass; decorate it with @dataclasses.dataclass first"
        )
    node_class: Any = cls
    meta = tuple(meta_fields)
    fields = [f.name for f in dataclasses.fields(node_class) if f.init and f.name not in meta]
    data = tuple(fields if data_fields is None else data_fields)

    def flatten_node(node: Any) -> tuple[Any, Any, Any]:
        return tuple(getattr(node, n) for n in data), tuple(getattr(node, n) for n in meta), data

    def unflatten_node(values: Any, children: Any) -> Any:
        return node_class(
            **dict(zip(data, children, strict=True)), **dict(zip(meta, values, strict=True))
        )

    optree.register_pytree_node(node_class, flatten_node, unflatten_node, namespace=NAMESPACE)
    return node_class


register_pytree_node_class = register_node_class
tree_flatten, tree_unflatten, tree_leaves = flatten, unflatten, leaves
tree_structure, tree_map, tree_reduce = structure, map, reduce
