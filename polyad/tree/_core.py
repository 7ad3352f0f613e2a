"""Trees to leaves and structures, and functions of their leaves."""

from __future__ import annotations

import builtins
import functools
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

import optree

from ..errors import PolyadTypeError
from ..lazy import provided
from . import _optree

NAMESPACE = "polyad"
PyTreeDef = optree.PyTreeSpec

_LOCK = threading.RLock()
LATE = {"scipy.sparse": "sparse_matrices"}
"""For a module that may not be loaded, the role of the one that makes its classes nodes."""


def settle() -> None:
    """Make nodes of the classes of modules that were loaded meanwhile."""
    for name in list(LATE):
        spec = getattr(sys.modules.get(name), "__spec__", None)
        if spec is None or getattr(spec, "_initializing", False):
            continue
        with _LOCK:
            if name in LATE:
                provided(LATE[name]).register()
                del LATE[name]


def flatten(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> tuple[list[Any], PyTreeDef]:
    """The leaves of `tree`, and its structure."""
    if LATE:
        settle()
    leaves, structure_ = _optree.tree_flatten(tree, is_leaf, namespace=NAMESPACE)
    return leaves, structure_


def unflatten(treedef: PyTreeDef, leaves: Iterable[Any]) -> Any:
    """The tree of that structure with these leaves: the inverse of `flatten`."""
    return optree.tree_unflatten(treedef, leaves)


def leaves(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> list[Any]:
    """The leaves of `tree`, in order."""
    if LATE:
        settle()
    return _optree.tree_leaves(tree, is_leaf, namespace=NAMESPACE)


def structure(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> PyTreeDef:
    """The structure of `tree`."""
    if LATE:
        settle()
    return _optree.tree_structure(tree, is_leaf, namespace=NAMESPACE)


def map(
    f: Callable[..., Any], tree: Any, *rest: Any, is_leaf: Callable[[Any], bool] | None = None
) -> Any:
    """`f` on each leaf of `tree` (and the corresponding parts of `rest`), in the same structure."""
    if LATE:
        settle()
    return _optree.tree_map(f, tree, *rest, is_leaf=is_leaf, namespace=NAMESPACE)


UNSPECIFIED: Any = object()


def reduce(
    function: Callable[[Any, Any], Any],
    tree: Any,
    initializer: Any = UNSPECIFIED,
    is_leaf: Callable[[Any], bool] | None = None,
) -> Any:
    """`functools.reduce` over the leaves, from `initializer` on if that is given.

    >>> reduce(lambda a, b: a + b, [1, (2, 3)], 10)
    16
    """
    start = () if initializer is UNSPECIFIED else (initializer,)
    return functools.reduce(function, leaves(tree, is_leaf), *start)


def reduce_associative(
    operation: Callable[[Any, Any], Any],
    tree: Any,
    *,
    identity: Any = UNSPECIFIED,
    is_leaf: Callable[[Any], bool] | None = None,
) -> Any:
    """The leaves combined by an associative `operation`, pairs first, then pairs of these;
    `identity` if there are none. Raises `PolyadTypeError` if there are none, and no identity.

    >>> reduce_associative(lambda a, b: f"({a} {b})", [1, 2, 3, 4])
    '((1 2) (3 4))'
    """
    found = leaves(tree, is_leaf)
    if not found:
        if identity is UNSPECIFIED:
            raise PolyadTypeError(
                "reduce_associative: the tree has no leaves\n  Pass identity, the value of none."
            )
        return identity
    while len(found) > 1:
        rest = found[-1:] if len(found) % 2 else []
        pairs = zip(found[::2], found[1::2], strict=False)
        found = [operation(a, b) for a, b in pairs] + rest
    return found[0]


def all(tree: Any, *, is_leaf: Callable[[Any], bool] | None = None) -> bool:
    """Whether every leaf is true.

    >>> all([1, None]), all([1, None], is_leaf=lambda x: x is None)
    (True, False)
    """
    return builtins.all(leaves(tree, is_leaf))


def transpose(
    outer_treedef: PyTreeDef, inner_treedef: PyTreeDef | None, pytree_to_transpose: Any
) -> Any:
    """A tree of structure `outer_treedef` of trees of structure `inner_treedef` (None: as they
    are), inside out.
    """
    if inner_treedef is None:
        inner_treedef = structure(outer_treedef.flatten_up_to(pytree_to_transpose)[0])
    return _optree.tree_transpose(outer_treedef, inner_treedef, pytree_to_transpose)


def broadcast(
    prefix_tree: Any, full_tree: Any, is_leaf: Callable[[Any], bool] | None = None
) -> Any:
    """`full_tree` with the leaf of `prefix_tree` above it in the place of each leaf.

    >>> broadcast({"a": 1, "b": 2}, {"a": [0, 0], "b": 0})
    {'a': [1, 1], 'b': 2}
    """
    return unflatten(
        structure(full_tree, is_leaf),
        _optree.broadcast_prefix(prefix_tree, full_tree, is_leaf, namespace=NAMESPACE),
    )


def all_leaves(iterable: Iterable[Any], is_leaf: Callable[[Any], bool] | None = None) -> bool:
    """Whether none of `iterable` is a container.

    >>> all_leaves([1, 2.0]), all_leaves([1, (2,)])
    (True, False)
    """
    return _optree.all_leaves(iterable, is_leaf, namespace=NAMESPACE)


def paths(tree: Any) -> list[str]:
    """A Python accessor for each leaf, such as `['W'][0]`."""
    if LATE:
        settle()
    return [accessor.codify("") for accessor in _optree.tree_accessors(tree, namespace=NAMESPACE)]


def broadcast_prefix(prefix: Any, tree: Any) -> list[Any]:
    """For each leaf of `tree` the leaf of `prefix` above it; None is a leaf of `prefix`.

    Raises `ValueError` if `prefix` is not a prefix of `tree`.
    """
    missing = object()
    marked = _optree.tree_map(
        lambda leaf: missing if leaf is None else leaf,
        prefix,
        none_is_leaf=True,
        namespace=NAMESPACE,
    )
    spread = _optree.broadcast_prefix(marked, tree, namespace=NAMESPACE)
    return [None if leaf is missing else leaf for leaf in spread]


_MARK: Any = object()


def broadcast_nones(prefix: Any, treedef: PyTreeDef) -> list[Any]:
    """The leaves of `prefix`, a tree of that structure in which None may be in the place of any
    part: a None for each leaf of such a part.

    Raises `ValueError` if `prefix` has another structure.

    >>> broadcast_nones((1, None), structure((0, {"a": 0, "b": 0})))
    [1, None, None]
    """
    found: list[Any] = []

    def visit(part: Any, below: Any) -> None:
        if part is None:
            found.extend([None] * len(leaves(below)))
        elif below is _MARK:
            found.append(part)
        else:
            raise ValueError(f"a leaf in the place of {structure(below)}")

    template = unflatten(treedef, [_MARK] * treedef.num_leaves)
    _optree.tree_map_(visit, prefix, template, none_is_leaf=True, namespace=NAMESPACE)
    return found
