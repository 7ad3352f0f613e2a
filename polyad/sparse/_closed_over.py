"""The integer arrays that a function closes over: what indexes is part of a pattern by value."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterable
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._traced import on_host

SMALL = 4096  # bytes that are compared as bytes
_MOST = 2000  # objects that are looked at
_PLAIN = (bool, int, float, complex, str, bytes, type(None), type, ModuleType)


class Watched:
    """Arrays as they were."""

    def __init__(self, arrays: Iterable[Any]) -> None:
        self._small: list[tuple[NDArray[Any], bytes]] = []
        self._large: list[tuple[Any, NDArray[Any]]] = []
        self._owners: set[int] = set()
        for x in arrays:
            self.add(x)

    def add(self, x: Any) -> None:
        """Watch an array, unless its memory is watched already or cannot be written to."""
        plain = isinstance(x, np.ndarray)
        if self.has(x) or (plain and x.base is None and not x.flags.writeable):
            return
        self._owners.add(id(x))
        if plain and x.nbytes <= SMALL:
            self._small.append((x, x.tobytes()))
        else:
            self._large.append((x, np.array(on_host(x))))

    def has(self, x: Any) -> bool:
        """Whether the memory of an array is watched."""
        return id(x) in self._owners or id(getattr(x, "base", None)) in self._owners

    @property
    def changed(self) -> bool:
        """Whether any is no longer as it was."""
        for x, before in self._small:
            if x.tobytes() != before:
                return True
        return any(differs(on_host(x), before) for x, before in self._large)


def differs(now: NDArray[Any] | None, before: NDArray[Any]) -> bool:
    """Whether an array has other elements than before."""
    return now is None or now.shape != before.shape or not bool((now == before).all())


def integers_in(fun: Any) -> list[Any]:
    """The arrays that a function has in closures, defaults, globals that it names, containers and
    attributes.
    """
    found, todo = [], [fun]
    seen: dict[int, Any] = {}
    while todo and len(seen) < _MOST:
        thing = todo.pop()
        if id(thing) in seen or isinstance(thing, _PLAIN):
            continue
        seen[id(thing)] = thing
        values = _array(thing)
        if values is None:
            todo += _inside(thing)
        elif values.dtype.kind in "iub" and values.size:
            found.append(thing)
    return found


def _array(thing: Any) -> NDArray[Any] | None:
    if isinstance(thing, np.ndarray):
        return thing
    if type(thing).__module__.partition(".")[0] != "torch" or not hasattr(thing, "dtype"):
        return None
    values: NDArray[Any] | None = on_host(thing)
    return values


def _inside(thing: Any) -> list[Any]:
    if isinstance(thing, list | tuple | set | frozenset):
        return list(thing)
    if isinstance(thing, dict):
        return list(thing.values())
    if isinstance(thing, MethodType):
        return [thing.__self__, thing.__func__]
    if isinstance(thing, functools.partial):
        return [thing.func, thing.args, thing.keywords]
    if not isinstance(thing, FunctionType):
        return list(getattr(thing, "__dict__", {}).values())
    cells = []
    for cell in thing.__closure__ or ():
        with contextlib.suppress(ValueError):  # it is not filled yet
            cells.append(cell.cell_contents)
    named = [thing.__globals__.get(name) for name in thing.__code__.co_names]
    own = [x for x in named if _array(x) is not None or isinstance(x, FunctionType)]
    wrapped = [getattr(thing, "__wrapped__", None)]
    return [*cells, *own, *(thing.__defaults__ or ()), *wrapped]
