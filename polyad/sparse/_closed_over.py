"""The integer arrays that a function closes over: what indexes is part of a pattern by value."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterable, Sequence
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import execution, tree
from ..ir import Builder, Handle
from ..ops import dispatch, reduction
from ..ops import elementwise as e
from ._traced import on_host

SMALL = 4096  # bytes of an array whose copy is quicker to compare
_MOST = 2000  # objects that are looked at
_PLAIN = (bool, int, float, complex, str, bytes, type(None), type, ModuleType)


class Watched:
    """Arrays as they were: `pairs` of an array and its copy, which may be given with it."""

    def __init__(self, pairs: Iterable[tuple[Any, Any]]) -> None:
        self.pairs: list[tuple[Any, NDArray[Any]]] = []
        self._owners: set[int] = set()
        for x, before in pairs:
            self.add(x, before)

    def add(self, x: Any, before: Any = None) -> None:
        """Watch an array, unless its memory is watched already or cannot be written to."""
        if self.has(x) or is_fixed(x):
            return
        self._owners.add(id(x))
        self.pairs.append((x, np.array(on_host(x)) if before is None else on_host(before)))

    def has(self, x: Any) -> bool:
        """Whether the memory of an array is watched."""
        return id(x) in self._owners or id(getattr(x, "base", None)) in self._owners

    @property
    def changed(self) -> bool:
        """Whether any is no longer as it was."""
        return any(differs(on_host(x), before) for x, before in self.pairs)


def is_fixed(x: Any) -> bool:
    """Whether an array's memory cannot be written to, by it or by another that it views."""
    while isinstance(x, np.ndarray) and not x.flags.writeable:
        x = x.base
    return x is None


def differs(now: NDArray[Any] | None, before: NDArray[Any]) -> bool:
    """Whether an array has other elements than before."""
    if now is None or now.shape != before.shape:
        return True
    return now.tobytes() != before.tobytes() if now.nbytes <= SMALL else not _same(now, before)


def _same(now: NDArray[Any], before: NDArray[Any]) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(bits(now), bits(before), strict=True))


def bits(x: NDArray[Any]) -> list[NDArray[Any]]:
    """The elements of an array as unsigned integers, of a complex one in two arrays: they compare
    by their bits, NaN equal to itself.
    """
    if x.dtype.kind == "c":
        return [*bits(x.real), *bits(x.imag)]
    return [x.view(f"u{x.dtype.itemsize}")]


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


class Unless:
    """A result of a traced function that is `NotImplemented` where `changed` is true: a node of
    pytrees, whose value is made without Python code in between, so that the caller of compiled code
    takes another way.
    """

    def __init__(self, changed: Any, value: Any) -> None:
        self.changed, self.value = changed, value


def _current(_: None, children: Any) -> Any:
    changed, value = children
    return NotImplemented if changed is np.True_ else value


tree.register_node(Unless, lambda found: ((found.changed, found.value), None), _current)


def differing(leaves: Sequence[Any], pairs: Sequence[tuple[Any, Any]]) -> Any:
    """Whether, in a traced function of `leaves`, any array of the pairs differs from its partner;
    None without pairs. An array may be the number of a leaf; others are read where they are.
    """
    builder = leaves[0].builder
    found = None
    for x, before in pairs:
        if isinstance(x, int):
            same = [(leaves[x], before)]
        else:
            same = [*zip(bits(x), bits(before), strict=True)]
        for now, then in same:
            now = now if isinstance(now, Handle) else _read(builder, now)
            other = e.not_equal(now, _read(builder, then))
            any_ = reduction.any(other, axes=tuple(range(other.type.ndim)))
            found = any_ if found is None else e.logical_or(found, any_)
    return found


def _read(builder: Builder, x: NDArray[Any]) -> Any:
    return builder.capture(x, dispatch.type_of(execution.get_backend("numpy"), x))
