"""Paths: the keys that lead to each leaf of a tree. They print as JAX's do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import optree

from . import _optree
from ._core import NAMESPACE, PyTreeDef, structure, unflatten


class SequenceKey(NamedTuple):
    """A step into a tuple or list."""

    idx: int

    def __str__(self) -> str:
        return f"[{self.idx!r}]"


class DictKey(NamedTuple):
    """A step into a dict."""

    key: Any

    def __str__(self) -> str:
        return f"[{self.key!r}]"


class GetAttrKey(NamedTuple):
    """A step into a namedtuple or dataclass."""

    name: str

    def __str__(self) -> str:
        return f".{self.name}"


class FlattenedIndexKey(NamedTuple):
    """A step into a node of a class that names no keys."""

    key: Any

    def __str__(self) -> str:
        return f"[<flat index {self.key}>]"


Key = SequenceKey | DictKey | GetAttrKey | FlattenedIndexKey


KeyPath = tuple[Any, ...]
"""The keys that lead to a leaf; those of a user's class may be any objects."""


class Given(NamedTuple):
    """A key that a class gives for a child of its nodes."""

    key: Any


def key_of(entry: Any) -> Any:
    if isinstance(entry.entry, Given):
        return entry.entry.key
    if isinstance(entry.entry, Key):
        return entry.entry
    if isinstance(entry, optree.SequenceEntry) and not isinstance(entry, optree.NamedTupleEntry):
        return SequenceKey(entry.index)
    if isinstance(entry, optree.MappingEntry):
        return DictKey(entry.key)
    if isinstance(entry, optree.NamedTupleEntry):
        return GetAttrKey(entry.field)
    if isinstance(entry.entry, str):
        return GetAttrKey(entry.entry)
    return FlattenedIndexKey(entry.entry)


def keystr(keys: Iterable[Any], *, simple: bool = False, separator: str = "") -> str:
    """A path as text: Python's accessor, or, if `simple`, the bare keys.

    >>> keystr(leaves_with_path({"a": [1]})[0][0])
    "['a'][0]"
    """
    bare = lambda key: str(key[0]) if simple and isinstance(key, Key) else str(key)
    return separator.join(map(bare, keys))


def flatten_with_path(
    tree: Any,
    is_leaf: Callable[..., bool] | None = None,
    is_leaf_takes_path: bool = False,
) -> tuple[list[tuple[KeyPath, Any]], PyTreeDef]:
    """Pairs of a leaf's path and the leaf, and the structure of `tree`. If `is_leaf_takes_path`,
    `is_leaf` is asked of a path and the value there.
    """
    if is_leaf is not None and is_leaf_takes_path:
        pairs: list[tuple[KeyPath, Any]] = []
        return pairs, structure(_marked(tree, (), is_leaf, pairs))
    accessors, found, structure_ = _optree.tree_flatten_with_accessor(
        tree, is_leaf, namespace=NAMESPACE
    )
    keys = [tuple(key_of(entry) for entry in accessor) for accessor in accessors]
    return list(zip(keys, found, strict=True)), structure_


def _marked(
    tree: Any, path: KeyPath, is_leaf: Callable[..., bool], pairs: list[tuple[KeyPath, Any]]
) -> Any:
    """`tree` with 0 in the place of each leaf, which go to `pairs` with their paths."""
    alone = optree.tree_is_leaf(tree, namespace=NAMESPACE)
    if alone or is_leaf(path, tree):
        pairs.append((path, tree))
        return 0
    below = lambda x: x is not tree
    accessors, children, node = _optree.tree_flatten_with_accessor(tree, below, namespace=NAMESPACE)
    marked = [
        _marked(child, (*path, key_of(accessor[0])), is_leaf, pairs)
        for accessor, child in zip(accessors, children, strict=True)
    ]
    return unflatten(node, marked)


def leaves_with_path(
    tree: Any,
    is_leaf: Callable[..., bool] | None = None,
    is_leaf_takes_path: bool = False,
) -> list[tuple[KeyPath, Any]]:
    """Pairs of a leaf's path and the leaf, in order.

    >>> leaves_with_path({"a": 1})
    [((DictKey(key='a'),), 1)]
    """
    return flatten_with_path(tree, is_leaf, is_leaf_takes_path)[0]


def map_with_path(
    f: Callable[..., Any],
    tree: Any,
    *rest: Any,
    is_leaf: Callable[..., bool] | None = None,
    is_leaf_takes_path: bool = False,
) -> Any:
    """`map`, with the path of each leaf as the first argument of `f`.

    >>> map_with_path(lambda path, x: keystr(path), {"a": [1, 2]})
    {'a': ["['a'][0]", "['a'][1]"]}
    """
    pairs, structure_ = flatten_with_path(tree, is_leaf, is_leaf_takes_path)
    keys, found = [path for path, _ in pairs], [leaf for _, leaf in pairs]
    others = [structure_.flatten_up_to(other) for other in rest]
    return unflatten(structure_, [f(*each) for each in zip(keys, found, *others, strict=True)])
