"""Scripts for `walker`: of the arguments of a call, of static ones among them, of a result."""

from __future__ import annotations

from collections import OrderedDict
from itertools import accumulate
from typing import Any

from polyad.execution import exactly

from .nodes import is_namedtuple, maker_of, taker_of
from .walker import (
    APART,
    DICT,
    LEAF,
    LIST,
    MADE_EMPTY,
    NAMED,
    NONE,
    ORDERED,
    STATIC,
    STATIC_BITS,
    STATIC_CHECKED,
    TUPLE,
)

CONTAINERS: dict[Any, int] = {tuple: TUPLE, list: LIST, dict: DICT}
WORDS = {float: 1, complex: 2}  # of the value of a number


def read_arguments(example: Any, kept: list[Any]) -> list[int]:
    """The script for a call's arguments."""
    positional, keywords = example.structure.children()
    values = iter(example.leaves)
    static = example.static
    children = positional.children()
    script = [len(children)]
    for i, child in enumerate(children):
        script += static_nodes(static[i], kept) if i in static else nodes(child, values, kept)
    named = dict(zip(keywords.entries(), keywords.children(), strict=True))
    fixed = {name: value for name, value in static.items() if isinstance(name, str)}
    kept.append((*named, *fixed))
    script.append(len(named) + len(fixed))
    for name, child in named.items():
        script += [id(name), *nodes(child, values, kept)]
    for name, value in fixed.items():
        script += [id(name), *static_nodes(value, kept)]
    return script


def static_nodes(value: Any, kept: list[Any]) -> list[int]:
    """The script for a static argument, which another call must have `exactly`: 1, 1.0 and True are
    equal, and so are 0.0 and -0.0.
    """
    kind = type(value)
    if isinstance(value, tuple):
        head = [TUPLE] if kind is tuple else [NAMED, id(kind)]
        return [*head, len(value), *(n for child in value for n in static_nodes(child, kept))]
    if kind in WORDS:
        return [STATIC_BITS, id(value), WORDS[kind]]
    if kind is not frozenset:
        return [STATIC, id(value)]
    key = exactly(value)
    checker = lambda other: exactly(other) == key
    kept.append(checker)
    return [STATIC_CHECKED, id(checker)]


def nodes(structure: Any, values: Any, kept: list[Any]) -> list[int]:
    """The script for a value of that structure; `values` gives the leaves of an example."""
    kind, count = structure.type, structure.num_children
    if structure.is_leaf():
        next(values)
        return [LEAF]
    if kind is type(None):
        return [NONE]
    if kind in CONTAINERS:
        head = [CONTAINERS[kind], count]
    elif is_namedtuple(structure) or kind is OrderedDict:
        head = [ORDERED if kind is OrderedDict else NAMED, id(kind), count]
    else:
        return apart(structure, values, kept)
    keys = structure.entries()
    kept.append((kind, keys))
    for key, child in zip(keys, structure.children(), strict=True):
        head += [id(key)] if kind in (dict, OrderedDict) else []
        head += nodes(child, values, kept)
    return head


def apart(structure: Any, values: Any, kept: list[Any]) -> list[int]:
    """The script for a node of a class with functions of its own."""
    leaves = [next(values) for _ in range(structure.num_leaves)]
    taker = taker_of(structure.unflatten(leaves))
    kept.append((structure.type, taker))
    script = [APART, id(structure.type), id(taker), structure.num_children]
    inner = iter(leaves)
    for child in structure.children():
        script += nodes(child, inner, kept)
    return script


def build_result(structure: Any, kept: list[Any], first: int = 0) -> list[int]:
    """The script that builds a value of that structure from the leaves from number `first` on."""
    kind, children = structure.type, structure.children()
    if structure.is_leaf():
        return [LEAF, first]
    if kind is type(None):
        return [NONE]
    starts = [first, *(first + n for n in accumulate(c.num_leaves for c in children))]
    built = [build_result(c, kept, start) for c, start in zip(children, starts, strict=False)]
    if kind is dict:  # in the order of the one that was returned
        order = structure.one_level().unflatten(range(len(built)))
        kept.append(order)
        return [DICT, len(built), *(n for key, i in order.items() for n in (id(key), *built[i]))]
    flat = [n for child in built for n in child]
    if kind in CONTAINERS:
        return [CONTAINERS[kind], len(built), *flat]
    (made, maker), keys = maker_of(structure), structure.entries()
    kept.append((maker, keys))
    if made == MADE_EMPTY:
        flat = [n for key, child in zip(keys, built, strict=True) for n in (id(key), *child)]
    return [made, id(maker), len(built), *flat]
