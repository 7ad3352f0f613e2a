"""Leaves of arguments whose structure is expected: a fraction of the cost of flattening them.

A reader takes a value and gives its leaves, or None if its structure is another one. What stands
where a leaf is expected is taken for a leaf; who reads it must look at it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

Reader = Callable[[Any], Sequence[Any] | None]


def reader(structure: Any, static: dict[Any, Any]) -> Reader | None:
    """The reader of a call, `(arguments, keywords)`, of this structure and with these static
    arguments, by position. None if there are nodes other than tuples, lists, dicts and None, or
    static keywords.
    """
    positional, keywords = structure.children()
    try:
        parts = [
            same(static[i]) if i in static else read_of(child)
            for i, child in enumerate(positional.children())
        ]
        named = read_of(keywords)
    except LookupError:
        return None
    arguments = sequence(tuple, parts)
    if named is None or any(isinstance(position, str) for position in static):
        return None
    if keywords.num_children == 0:
        return lambda call: arguments(call[0]) if not call[1] else None

    def read(call: Any) -> Sequence[Any] | None:
        first, second = arguments(call[0]), named(call[1])
        return None if first is None or second is None else [*first, *second]

    return read


def same(expected: Any) -> Reader:
    """The reader of a static argument, which has no leaves."""
    kind = type(expected)
    if kind in (bool, int, str, type(None)):
        return lambda value: () if type(value) is kind and value == expected else None
    fixed = exactly(expected)
    return lambda value: () if exactly(value) == fixed else None


def exactly(value: Any) -> Any:
    """A static argument as a key: `==` does not tell 1 from 1.0 and True, nor 0.0 from -0.0."""
    kind = type(value)
    if kind in (tuple, frozenset):
        return (kind, kind(map(exactly, value)))
    return (kind, repr(value) if kind in (float, complex) else value)


def read_of(structure: Any) -> Reader | None:
    """The reader of a structure; None for a leaf. Raises `LookupError` for other types of nodes."""
    if structure.is_leaf():
        return None
    return NODES[structure.type](structure)


def none(structure: Any) -> Reader:
    return lambda value: () if value is None else None


def tuple_or_list(structure: Any) -> Reader:
    return sequence(structure.type, [read_of(child) for child in structure.children()])


def dictionary(structure: Any) -> Reader:
    """Values in the order of the structure, which is that of the keys."""
    keys, parts = structure.entries(), [read_of(child) for child in structure.children()]
    count = len(keys)
    if count == 0:
        return lambda value: () if type(value) is dict and not value else None
    pick = operator.itemgetter(*keys) if count > 1 else lambda value: (value[keys[0]],)
    values = sequence(tuple, parts)

    def read(value: Any) -> Sequence[Any] | None:
        if type(value) is not dict or len(value) != count:
            return None
        try:
            return values(pick(value))
        except KeyError:
            return None

    return read


def sequence(kind: Any, parts: Sequence[Reader | None]) -> Reader:
    """The reader of a tuple or list whose elements `parts` read."""
    count = len(parts)
    if not any(parts):
        return lambda value: value if type(value) is kind and len(value) == count else None

    def read(value: Any) -> Sequence[Any] | None:
        if type(value) is not kind or len(value) != count:
            return None
        leaves: list[Any] = []
        for part, element in zip(parts, value, strict=True):
            if part is None:
                leaves.append(element)
                continue
            found = part(element)
            if found is None:
                return None
            leaves += found
        return leaves

    return read


NODES: dict[Any, Callable[[Any], Reader]] = {
    type(None): none,
    tuple: tuple_or_list,
    list: tuple_or_list,
    dict: dictionary,
}
