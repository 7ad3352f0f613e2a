"""Python callables that take pytrees: the code of `walker`, with a script for each."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from polyad.config import VERSION_OFFSET, config
from polyad.execution import UNDER_WAY, Example

from ..linking.engine import object_code_in_haste
from ..runtime.modules import Built, loaded
from .objects import METH_FASTCALL, METH_KEYWORDS, callable_of
from .walker import CALL, DICT, FIRST, HEAD, LEAF, LIST, NONE, STATIC, TUPLE, Walker

STATIC_TYPES = (bool, int, str, type(None))


@functools.cache
def addresses() -> dict[str, int]:
    """The addresses of `call` and `first`, made once for the process."""

    def build() -> Built:
        module = Walker()
        return str(module), tuple(module.outside)

    engine = loaded("walker", build, object_code_in_haste)
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(engine))
    return {name: engine.address(name) for name in (CALL, FIRST)}


def caller(code: tuple[int, tuple[Any, ...]], example: Example) -> Callable[..., Any] | None:
    """The function whose entry point is `code`, as a callable for calls like `example`. A call that
    does not fit gives `NotImplemented`. None if there are nodes other than tuples, lists, dicts and
    None.
    """
    _, captured, structure, static, out_tree = example
    kept: list[Any] = [static, structure, out_tree]
    try:
        read = read_script(structure, static, kept)
        template = out_tree.unflatten(map(Index, range(out_tree.num_leaves)))
        build = build_script(template, kept)
    except LookupError:
        return None
    address, own = code
    counts = structure.num_leaves, len(captured)
    first = HEAD + len(captured)
    head = [address, id(own), *counts, first, first + len(read), *map(id, captured)]
    info = np.array([*head, *read, *build], np.int64).tobytes()
    keep = (info, own, tuple(captured), tuple(kept))
    return callable_of(addresses()[CALL], METH_FASTCALL | METH_KEYWORDS, keep)


def first_of(
    always: Sequence[Callable[..., Any]],
    quiet: Sequence[Callable[..., Any]],
    otherwise: Callable[..., Any],
) -> Callable[..., Any]:
    """The callable of `Backend.first_of`, for callers that `caller` made."""
    version = config.version
    owns = [call.__self__ for call in (*always, *quiet)]  # type: ignore[attr-defined]
    head = [id(version), version_address(), id(otherwise), len(always), len(quiet), id(UNDER_WAY)]
    numbers = np.array([*head, *map(id, owns)], np.int64).tobytes()
    keep = (numbers, version, config, otherwise, UNDER_WAY, *owns)
    return callable_of(addresses()[FIRST], METH_FASTCALL | METH_KEYWORDS, keep)


def version_address() -> int:
    """The address at which machine code finds the pointer to `config.version`."""
    return id(config) + VERSION_OFFSET


class Index(int):
    """The number of a leaf, as a leaf."""


CONTAINERS: dict[Any, int] = {tuple: TUPLE, list: LIST, dict: DICT}


def read_script(structure: Any, static: dict[Any, Any], kept: list[Any]) -> list[int]:
    """The script for a call's arguments. Raises `LookupError` for other types of nodes."""
    positional, keywords = structure.children()
    children = positional.children()
    script = [len(children)]
    for i, child in enumerate(children):
        script += static_nodes(static[i]) if i in static else read_nodes(child, kept)
    if any(isinstance(position, str) for position in static):
        raise LookupError("a static keyword")
    names = keywords.entries()
    kept.append(names)
    script.append(len(names))
    for name, child in zip(names, keywords.children(), strict=True):
        script += [id(name), *read_nodes(child, kept)]
    return script


def static_nodes(value: Any) -> list[int]:
    """The script for a static argument. `==` does not tell 1 from 1.0, but types do. Floats have
    no script, since 0.0 equals -0.0; nor have types with an `==` of their own.
    """
    kind = type(value)
    if kind is tuple:
        return [TUPLE, len(value), *(n for child in value for n in static_nodes(child))]
    if kind in STATIC_TYPES or kind.__eq__ is object.__eq__:
        return [STATIC, id(value)]
    raise LookupError(f"no script for a static {kind.__name__}")


def read_nodes(structure: Any, kept: list[Any]) -> list[int]:
    if structure.is_leaf():
        return [LEAF]
    if structure.type is type(None):
        return [NONE]
    kind, children = CONTAINERS[structure.type], structure.children()
    script = [kind, len(children)]
    keys = structure.entries()
    kept.append(keys)
    for key, child in zip(keys, children, strict=True):
        script += [id(key)] if kind == DICT else []
        script += read_nodes(child, kept)
    return script


def build_script(template: Any, kept: list[Any]) -> list[int]:
    """The script that builds a value like `template`, whose leaves are numbers."""
    if type(template) is Index:
        return [LEAF, template]
    if template is None:
        return [NONE]
    kind = CONTAINERS[type(template)]
    script = [kind, len(template)]
    if kind != DICT:
        return script + [n for child in template for n in build_script(child, kept)]
    for key, child in template.items():
        kept.append(key)
        script += [id(key), *build_script(child, kept)]
    return script
