"""Nodes of pytrees that Python functions take apart and make: of registered classes, and of the
containers that are not tuples, lists or dicts.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from operator import attrgetter, itemgetter
from typing import Any

import optree

from polyad import tree

from .walker import MADE, MADE_EMPTY, MADE_OF

Taker = Callable[[Any], Any]
"""It gives the tuple of a node's children; None for a node that differs otherwise."""


def is_namedtuple(structure: Any) -> bool:
    """Whether values of this node are namedtuples, which their class makes of the items."""
    return bool(structure.kind == optree.PyTreeKind.NAMEDTUPLE)


def taker_of(example: Any) -> Taker:
    """The taker for nodes like the example."""
    fields = tree.fields_of(type(example))
    if fields is not None:
        return of_fields(example, *fields)
    return TAKERS.get(type(example), of_registered)(example)


def of_fields(example: Any, data: tuple[str, ...], meta: tuple[str, ...]) -> Taker:
    """Of a dataclass."""
    children = together(attrgetter, data)
    if not meta:
        return children
    rest = attrgetter(*meta)
    wanted = rest(example)
    return lambda node: children(node) if rest(node) == wanted else None


def of_default_dict(example: defaultdict[Any, Any]) -> Taker:
    keys = tree.structure(example).entries()
    names, factory, children = set(keys), example.default_factory, together(itemgetter, keys)

    def take(node: Any) -> Any:
        same = node.keys() == names and node.default_factory == factory
        return children(node) if same else None

    return take


def of_deque(example: deque[Any]) -> Taker:
    count, longest = len(example), example.maxlen
    return lambda node: tuple(node) if (len(node), node.maxlen) == (count, longest) else None


def of_registered(example: Any) -> Taker:
    """Of a class with a flattening function."""
    registered: Any = optree.register_pytree_node.get(type(example), namespace=tree.NAMESPACE)
    flatten = registered.flatten_func
    wanted = flatten(example)[1]
    count = len(tuple(flatten(example)[0]))

    def take(node: Any) -> Any:
        found = flatten(node)
        children = tuple(found[0])
        return children if len(children) == count and found[1] == wanted else None

    return take


TAKERS: dict[Any, Callable[[Any], Taker]] = {
    defaultdict: of_default_dict,
    deque: of_deque,
}


def together(getter: Callable[..., Any], names: Any) -> Callable[[Any], tuple[Any, ...]]:
    """`operator`'s getter of several names, which gives a tuple of one name's value, too."""
    if len(names) > 1:
        return getter(*names)
    if not names:
        return lambda node: ()
    get = getter(*names)
    return lambda node: (get(node),)


def maker_of(structure: Any) -> tuple[int, Callable[..., Any]]:
    """A Python function that makes a node of that structure, and the kind that says of what."""
    kind = structure.type
    fields = tree.fields_of(kind)
    if is_namedtuple(structure) or (fields is not None and in_order(kind, *fields)):
        return MADE, kind
    if kind is OrderedDict:
        return MADE_EMPTY, OrderedDict
    return MADE_OF, structure.one_level().unflatten


def in_order(kind: Any, data: tuple[str, ...], meta: tuple[str, ...]) -> bool:
    """Whether the data fields of a dataclass are the first arguments of its `__init__`, and there
    are no others.
    """
    fields = [field for field in kind.__dataclass_fields__.values() if field.init]
    return not meta and [f.name for f in fields if not f.kw_only] == list(data)
