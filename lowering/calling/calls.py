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
from .fingerprint import address_in, statics_of, table_of
from .objects import METH_FASTCALL, METH_KEYWORDS, callable_of
from .scripts import build_result, read_arguments
from .walker import CALL, FINGERPRINT, FIRST, HEAD, Walker


@functools.cache
def addresses() -> dict[str, int]:
    """The addresses of `call`, `first` and `fingerprint_of`, made once for the process."""

    def build() -> Built:
        module = Walker()
        return str(module), tuple(module.outside)

    engine = loaded("walker", build, object_code_in_haste)
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(engine))
    return {name: engine.address(name) for name in (CALL, FIRST, FINGERPRINT)}


def caller(code: tuple[int, tuple[Any, ...]], example: Example) -> Callable[..., Any] | None:
    """The function whose entry point is `code`, as a callable for calls like `example`; None if
    their containers are nested too deep for a script. A call that does not fit gives
    `NotImplemented`.
    """
    kept: list[Any] = [example.static, example.structure, example.out_tree]
    captured = example.captured
    try:
        read, build = read_arguments(example, kept), build_result(example.out_tree, kept)
    except RecursionError:
        return None
    address, own = code
    counts = example.structure.num_leaves, len(captured)
    first = HEAD + len(captured)
    head = [address, id(own), *counts, first, first + len(read), *map(id, captured)]
    info = np.array([*head, *read, *build], np.int64).tobytes()
    statics = statics_of(example.positions, example.keywords)
    keep = (info, fingerprint_of(example, statics), statics, own, tuple(captured), tuple(kept))
    return callable_of(addresses()[CALL], METH_FASTCALL | METH_KEYWORDS, keep)


def fingerprint_of(example: Example, statics: tuple[Any, ...]) -> int | None:
    """The fingerprint of calls like the example; None if other arguments are static than usual."""
    values, keywords = example.structure.unflatten(example.leaves)
    dynamic = {i for i in range(len(values)) if i not in example.static}
    usual = {*example.positions, *example.keywords}
    if not usual.isdisjoint(dynamic) or not usual.issuperset(example.static):
        return None
    values = [example.static.get(i, value) for i, value in enumerate(values)]
    static = {name: x for name, x in example.static.items() if isinstance(name, str)}
    find = callable_of(addresses()[FINGERPRINT], METH_FASTCALL | METH_KEYWORDS, statics)
    found: int = find(*values, **keywords, **static)
    return found


IN_ORDER = 2
"""Callers that are tried one by one, the latest first, before others are looked up."""


def first_of(
    always: Sequence[Callable[..., Any]],
    quiet: Sequence[Callable[..., Any]],
    otherwise: Callable[..., Any],
) -> Callable[..., Any]:
    """The callable of `Backend.first_of`, for callers that `caller` made."""
    version = config.version
    tried: list[list[Any]] = []
    others = []
    for mark, calls in enumerate((always, quiet)):
        owns = [call.__self__ for call in calls]  # type: ignore[attr-defined]
        found = [own for own in owns[IN_ORDER:] if own[1] is not None]
        tried.append([*owns[:IN_ORDER], *(own for own in owns[IN_ORDER:] if own[1] is None)])
        others += [(own, mark) for own in found]
    table = table_of([(own[1], id(own) | mark) for own, mark in others])
    (statics, names), *_ = [own[2] for own in (*tried[0], *tried[1])]
    places = [address_in(table) if others else 0, address_in(statics)]
    head = [id(version), version_address(), id(otherwise), *map(len, tried), id(UNDER_WAY), *places]
    numbers = np.array([*head, *map(id, [*tried[0], *tried[1]])], np.int64).tobytes()
    keep = (numbers, version, config, otherwise, UNDER_WAY, table, statics, names, tried, others)
    return callable_of(addresses()[FIRST], METH_FASTCALL | METH_KEYWORDS, keep)


def version_address() -> int:
    """The address at which machine code finds the pointer to `config.version`."""
    return id(config) + VERSION_OFFSET
