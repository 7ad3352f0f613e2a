"""Pytrees: nested containers of arrays, by optree. Tuples, lists, dicts, namedtuples and None are
known; other classes join by `register_dataclass` or `register_node_class`.

>>> from polyad import tree
>>> tree.map(lambda x: x + 1, {"a": 1, "b": (2, None)})
{'a': 2, 'b': (3, None)}
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import optree

from .errors import PolyadTypeError, PolyadValueError

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


def transpose(outer: PyTreeDef, inner: PyTreeDef | None, tree: Any) -> Any:
    """A tree of structure `outer` of trees of structure `inner` (None: as they are), inside out."""
    if inner is None:
        inner = structure(outer.flatten_up_to(tree)[0])
    return optree.tree_transpose(outer, inner, tree)


def broadcast(prefix: Any, tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> Any:
    """`tree` with the leaf of `prefix` above it in the place of each leaf.

    >>> broadcast({"a": 1, "b": 2}, {"a": [0, 0], "b": 0})
    {'a': [1, 1], 'b': 2}
    """
    return unflatten(
        structure(tree, is_leaf),
        optree.broadcast_prefix(prefix, tree, is_leaf, namespace=NAMESPACE),
    )


def all_leaves(values: Iterable[Any], is_leaf: Callable[[Any], bool] | None = None) -> bool:
    """Whether none of `values` is a container.

    >>> all_leaves([1, 2.0]), all_leaves([1, (2,)])
    (True, False)
    """
    return optree.all_leaves(values, is_leaf, namespace=NAMESPACE)


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
    optree.tree_map_(visit, prefix, template, none_is_leaf=True, namespace=NAMESPACE)
    return found


# -- Paths ----------------------------------------------------------------------------------------


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


def _key(entry: Any) -> Key:
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
    return separator.join(str(key[0]) if simple else str(key) for key in keys)


def flatten_with_path(
    tree: Any, is_leaf: Callable[[Any], bool] | None = None
) -> tuple[list[tuple[tuple[Key, ...], Any]], PyTreeDef]:
    """Pairs of a leaf's path and the leaf, and the structure of `tree`."""
    accessors, found, structure_ = optree.tree_flatten_with_accessor(
        tree, is_leaf, namespace=NAMESPACE
    )
    keys = [tuple(_key(entry) for entry in accessor) for accessor in accessors]
    return list(zip(keys, found, strict=True)), structure_


def leaves_with_path(
    tree: Any, is_leaf: Callable[[Any], bool] | None = None
) -> list[tuple[tuple[Key, ...], Any]]:
    """Pairs of a leaf's path and the leaf, in order.

    >>> leaves_with_path({"a": 1})
    [((DictKey(key='a'),), 1)]
    """
    return flatten_with_path(tree, is_leaf)[0]


def map_with_path(
    f: Callable[..., Any], tree: Any, *rest: Any, is_leaf: Callable[[Any], bool] | None = None
) -> Any:
    """`map`, with the path of each leaf as the first argument of `f`.

    >>> map_with_path(lambda path, x: keystr(path), {"a": [1, 2]})
    {'a': ["['a'][0]", "['a'][1]"]}
    """
    pairs, structure_ = flatten_with_path(tree, is_leaf)
    keys, found = [path for path, _ in pairs], [leaf for _, leaf in pairs]
    others = [structure_.flatten_up_to(other) for other in rest]
    return unflatten(structure_, [f(*each) for each in zip(keys, found, *others, strict=True)])


# -- Nodes ----------------------------------------------------------------------------------------


def register_node(
    cls: Any,
    flatten_func: Callable[[Any], tuple[Iterable[Any], Any]],
    unflatten_func: Callable[[Any, Any], Any],
) -> None:
    """Make a class a node: `flatten_func(node)` gives (children, data), and
    `unflatten_func(data, children)` a node again. The data is hashable and part of the structure.

    >>> class Pair:
    ...     def __init__(self, first, second):
    ...         self.first, self.second = first, second
    >>> register_node(Pair, lambda p: ((p.first, p.second), None), lambda _, c: Pair(*c))
    >>> leaves(Pair(1, [2, 3]))
    [1, 2, 3]
    """

    def flatten_node(node: Any) -> tuple[Any, Any]:
        children, data = flatten_func(node)
        return tuple(children), data

    optree.register_pytree_node(cls, flatten_node, unflatten_func, namespace=NAMESPACE)


def register_static(cls: Any) -> Any:
    """Class decorator for a hashable object that is structure, without leaves."""
    register_node(cls, lambda node: ((), node), lambda node, _: node)
    return cls


def register_node_class(cls: Any) -> Any:
    """Class decorator for a node with methods `tree_flatten() -> (children, data)` and
    `tree_unflatten(cls, data, children)`, as in JAX.
    """
    register_node(cls, lambda node: node.tree_flatten(), cls.tree_unflatten)
    return cls


def register_dataclass(
    cls: Any = None,
    *,
    data_fields: Iterable[str] | None = None,
    meta_fields: Iterable[str] = (),
) -> Any:
    """Class decorator for a dataclass: its fields are children, but for `meta_fields`, which are
    structure.

    Fields that `__init__` does not take are neither. Raises `PolyadTypeError` for a class that is
    no dataclass, `PolyadValueError` for names that are no fields or come twice, and for fields that
    are left out.

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
    _check_fields(node_class, data, meta)

    def flatten_node(node: Any) -> tuple[Any, Any, Any]:
        return tuple(getattr(node, n) for n in data), tuple(getattr(node, n) for n in meta), data

    def unflatten_node(values: Any, children: Any) -> Any:
        return node_class(
            **dict(zip(data, children, strict=True)), **dict(zip(meta, values, strict=True))
        )

    optree.register_pytree_node(node_class, flatten_node, unflatten_node, namespace=NAMESPACE)
    return node_class


def _check_fields(cls: Any, data: tuple[str, ...], meta: tuple[str, ...]) -> None:
    """Raise unless each field that `__init__` takes is in one of the two, once."""
    named = [*data, *meta]
    fields = [f.name for f in dataclasses.fields(cls) if f.init]
    faults = {
        "twice in data_fields and meta_fields": {n for n in named if named.count(n) > 1},
        "no fields that its __init__ takes": set(named).difference(fields),
        "neither in data_fields nor in meta_fields": set(fields).difference(named),
    }
    for fault, names in faults.items():
        if names:
            raise PolyadValueError(
                f"register_dataclass: of {cls.__name__}, {', '.join(sorted(names))}: {fault}\n"
                "  Name each field once: data_fields are arrays or hold "
                "them, meta_fields are structure."
            )


class Partial(functools.partial[Any]):
    """`functools.partial` as a node: its arguments are children, its function is structure.

    >>> from polyad import tree
    >>> tree.leaves(Partial(pow, 2.0))
    [2.0]
    """


register_node(
    Partial,
    lambda p: ((p.args, p.keywords), p.func),
    lambda func, children: Partial(func, *children[0], **children[1]),
)
