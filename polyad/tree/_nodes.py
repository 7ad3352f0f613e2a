"""Classes that are nodes of trees."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable
from typing import Any

import optree

from ..errors import PolyadTypeError, PolyadValueError
from ..texts import shown
from ._core import LATE, NAMESPACE, settle
from ._paths import Given, key_of


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
    >>> from polyad import tree
    >>> tree.leaves(Pair(1, [2, 3]))
    [1, 2, 3]
    """
    _check_class("register_pytree_node", cls)

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


def register_with_keys(
    nodetype: Any,
    flatten_with_keys: Callable[[Any], tuple[Iterable[tuple[Any, Any]], Any]],
    unflatten_func: Callable[[Any, Any], Any],
    flatten_func: Callable[[Any], tuple[Iterable[Any], Any]] | None = None,
) -> None:
    """`register_node` with keys for paths: `flatten_with_keys(node)` gives pairs of a key and a
    child, and the data. `flatten_func` is JAX's faster way to the children; there is one way here.

    >>> class Pair:
    ...     def __init__(self, first, second):
    ...         self.first, self.second = first, second
    >>> register_with_keys(
    ...     Pair, lambda p: ((("1st", p.first), ("2nd", p.second)), None), lambda _, c: Pair(*c)
    ... )
    >>> from polyad import tree
    >>> tree.leaves_with_path(Pair(5, 6))
    [(('1st',), 5), (('2nd',), 6)]
    """
    _check_class("register_pytree_with_keys", nodetype)

    def flatten_node(node: Any) -> tuple[Any, Any, Any]:
        pairs, data = flatten_with_keys(node)
        keys, children = [], []
        for key, child in pairs:
            keys.append(Given(key))
            children.append(child)
        return tuple(children), data, tuple(keys)

    optree.register_pytree_node(nodetype, flatten_node, unflatten_func, namespace=NAMESPACE)


def register_with_keys_class(cls: Any) -> Any:
    """Class decorator for a node with methods `tree_flatten_with_keys() -> ((key, child), …), data`
    and `tree_unflatten(cls, data, children)`, as in JAX.
    """
    register_with_keys(cls, lambda node: node.tree_flatten_with_keys(), cls.tree_unflatten)
    return cls


def static(**kwargs: Any) -> Any:
    """`dataclasses.field(**kwargs)` of a field that is structure: see `register_dataclass`."""
    metadata = {**(kwargs.pop("metadata", None) or {}), "static": True}
    return dataclasses.field(metadata=metadata, **kwargs)


def is_node(kind: type) -> bool:
    """Whether objects of that class are nodes: a container, a namedtuple, or a registered class.

    >>> is_node(dict), is_node(float)
    (True, False)
    """
    if LATE:
        settle()
    if optree.is_namedtuple_class(kind):
        return True
    return optree.register_pytree_node.get(kind, namespace=NAMESPACE) is not None


def flatten_one_level(tree: Any) -> tuple[list[Any], Any]:
    """The children of a node, and its data. Raises `PolyadValueError` for a leaf.

    >>> flatten_one_level({"a": [1, 2], "b": {"c": 3}})
    ([[1, 2], {'c': 3}], ['a', 'b'])
    """
    if LATE:
        settle()
    if optree.tree_is_leaf(tree, namespace=NAMESPACE):
        raise PolyadValueError(f"flatten_one_level takes a node, not the leaf {shown(tree)}")
    children, data, *_ = optree.tree_flatten_one_level(tree, namespace=NAMESPACE)
    return list(children), data


def flatten_one_level_with_keys(tree: Any) -> tuple[list[tuple[Any, Any]], Any]:
    """Pairs of a key and a child of a node, and its data. Raises `PolyadValueError` for a leaf.

    >>> flatten_one_level_with_keys({"a": 1})
    ([(DictKey(key='a'), 1)], ['a'])
    """
    children, data = flatten_one_level(tree)
    if not children:
        return [], data
    below = lambda x: x is not tree
    accessors, *_ = optree.tree_flatten_with_accessor(tree, below, namespace=NAMESPACE)
    keys = [key_of(accessor[0]) for accessor in accessors]
    return list(zip(keys, children, strict=True)), data


def register_dataclass(
    nodetype: Any = None,
    data_fields: Iterable[str] | None = None,
    meta_fields: Iterable[str] | None = None,
    drop_fields: Iterable[str] = (),
) -> Any:
    """Class decorator for a dataclass: its fields are children, but for `meta_fields`, which are
    structure.

    Without `meta_fields`, these are the fields that are `static`, by their metadata. Fields that
    `__init__` does not take are neither, nor are `drop_fields`, which get their defaults. Raises
    `PolyadTypeError` for a class that is no dataclass, `PolyadValueError` for names that are no
    fields or come twice, and for fields that are left out.

    >>> import dataclasses
    >>> from polyad import tree
    >>> @register_dataclass
    ... @dataclasses.dataclass
    ... class Line:
    ...     slope: float
    ...     offset: float
    ...     name: str = tree.static(default="line")
    >>> tree.map(lambda x: 2 * x, Line(1.0, 3.0))
    Line(slope=2.0, offset=6.0, name='line')
    """
    if nodetype is None:
        return lambda decorated: register_dataclass(
            decorated, data_fields, meta_fields, drop_fields
        )
    if not isinstance(nodetype, type) or not dataclasses.is_dataclass(nodetype):
        raise PolyadTypeError(
            f"{getattr(nodetype, '__name__', nodetype)} is not a dataclass; decorate it with "
            "@dataclasses.dataclass first"
        )
    node_class: Any = nodetype
    fields = [f for f in dataclasses.fields(node_class) if f.init]
    dropped = tuple(drop_fields)
    given = meta_fields is not None
    meta = (
        tuple(meta_fields or ())
        if given
        else tuple(f.name for f in fields if f.metadata.get("static") and f.name not in dropped)
    )
    rest = [f.name for f in fields if f.name not in (*meta, *dropped)]
    data = tuple(rest if data_fields is None else data_fields)
    _check_fields(node_class, data, meta, dropped)

    def flatten_node(node: Any) -> tuple[Any, Any, Any]:
        return tuple(getattr(node, n) for n in data), tuple(getattr(node, n) for n in meta), data

    def unflatten_node(values: Any, children: Any) -> Any:
        return node_class(
            **dict(zip(data, children, strict=True)), **dict(zip(meta, values, strict=True))
        )

    optree.register_pytree_node(node_class, flatten_node, unflatten_node, namespace=NAMESPACE)
    _FIELDS[node_class] = data, meta
    return node_class


_FIELDS: dict[type, tuple[tuple[str, ...], tuple[str, ...]]] = {}


def fields_of(cls: type) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The data fields and the meta fields of a class that `register_dataclass` made a node."""
    return _FIELDS.get(cls)


def _check_class(what: str, nodetype: Any) -> None:
    if not isinstance(nodetype, type):
        raise PolyadTypeError(f"{what} takes a class, not {shown(nodetype)}")


def _check_fields(
    cls: Any, data: tuple[str, ...], meta: tuple[str, ...], dropped: tuple[str, ...]
) -> None:
    """Raise unless each field that `__init__` takes is in one of the three, once."""
    named = [*data, *meta, *dropped]
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

    def __new__(cls, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Partial:
        """A `functools.partial` stays one thing, the function: its arguments are structure."""
        if isinstance(func, functools.partial) and not isinstance(func, Partial):
            func = _Bound(func)
        return super().__new__(cls, func, *args, **kwargs)


class _Bound:
    """A `functools.partial` that another one does not take apart."""

    __slots__ = ("partial",)

    def __init__(self, partial: functools.partial[Any]) -> None:
        self.partial = partial

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.partial(*args, **kwargs)

    def __eq__(self, other: object) -> bool:
        return self.partial == (other.partial if isinstance(other, _Bound) else other)

    def __hash__(self) -> int:
        return hash(self.partial)


register_node(
    Partial,
    lambda p: ((p.args, p.keywords), p.func),
    lambda func, children: Partial(func, *children[0], **children[1]),
)
