"""`polyad.tree` under the names of `jax.tree_util`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from . import tree
from .tree import DictKey as DictKey
from .tree import FlattenedIndexKey as FlattenedIndexKey
from .tree import GetAttrKey as GetAttrKey
from .tree import KeyPath as KeyPath
from .tree import Partial as Partial
from .tree import PyTreeDef as PyTreeDef
from .tree import SequenceKey as SequenceKey
from .tree import all_leaves as all_leaves
from .tree import flatten_one_level as flatten_one_level
from .tree import flatten_one_level_with_keys as flatten_one_level_with_keys
from .tree import keystr as keystr
from .tree import register_dataclass as register_dataclass
from .tree import register_static as register_static

tree_all, tree_broadcast, tree_map = tree.all, tree.broadcast, tree.map
tree_flatten, tree_unflatten, tree_leaves = tree.flatten, tree.unflatten, tree.leaves
tree_structure, tree_reduce, tree_transpose = tree.structure, tree.reduce, tree.transpose
tree_flatten_with_path, tree_leaves_with_path = tree.flatten_with_path, tree.leaves_with_path
tree_map_with_path = tree.map_with_path
tree_reduce_associative = tree.reduce_associative
register_pytree_node_class = tree.register_node_class
register_pytree_with_keys = tree.register_with_keys
register_pytree_with_keys_class = tree.register_with_keys_class
is_tree_node = tree.is_node


def register_pytree_node(
    nodetype: Any,
    flatten_func: Callable[[Any], tuple[Iterable[Any], Any]],
    unflatten_func: Callable[[Any, Any], Any],
    flatten_with_keys_func: Any = None,
) -> None:
    """`tree.register_node`, or, with keys for paths, `tree.register_with_keys`."""
    if flatten_with_keys_func is None:
        tree.register_node(nodetype, flatten_func, unflatten_func)
    else:
        tree.register_with_keys(nodetype, flatten_with_keys_func, unflatten_func)


def treedef_children(treedef: PyTreeDef) -> list[PyTreeDef]:
    """The structures of the children.

    >>> [t.num_leaves for t in treedef_children(tree_structure((1, [2, 3])))]
    [1, 2]
    """
    return list(treedef.children())


def treedef_is_leaf(treedef: PyTreeDef) -> bool:
    """Whether the structure is a single leaf.

    >>> treedef_is_leaf(tree_structure(1)), treedef_is_leaf(tree_structure((1,)))
    (True, False)
    """
    return bool(treedef.is_leaf())


def treedef_tuple(treedefs: Iterable[PyTreeDef]) -> PyTreeDef:
    """The structure of a tuple of trees of the structures given.

    >>> treedef_tuple([tree_structure(1), tree_structure([2, 3])]) == tree_structure((1, [2, 3]))
    True
    """
    parts = [tree.unflatten(t, range(t.num_leaves)) for t in treedefs]
    return tree.structure(tuple(parts))
