"""The traced arrays that a user's function closes over, and others in their place.

A function that runs after the trace around it has ended, as a derivative rule does, cannot use the
arrays of that trace. So they are found when the function is given, become operands, and stand for
arguments of the later trace while the function runs there.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Sequence
from types import FunctionType, MethodType, ModuleType
from typing import Any

from ... import execution, tree
from ...errors import PolyadTypeError
from ...ir import Attribute, Builder, Function, Handle, Value, user_location, where
from ...tracer import Tracer

_MOST = 20_000  # objects that are looked at
_PLAIN = (bool, int, float, complex, str, bytes, type(None), type, ModuleType)
_OWN = (Attribute, Builder, Function)


def traced_in(*things: Any) -> list[Tracer]:
    """The arrays of open traces that functions close over or have as defaults, or that are in
    containers, partial functions and objects' attributes: each array object once.
    """
    found: dict[int, Tracer] = {}
    seen: dict[int, Any] = {}
    todo = list(reversed(things))
    while todo and len(seen) < _MOST:
        thing = todo.pop()
        if id(thing) in seen or isinstance(thing, _PLAIN + _OWN):
            continue
        seen[id(thing)] = thing
        if isinstance(thing, Tracer):
            if thing.builder.open:
                found[id(thing)] = thing
        elif execution.backend_of(thing) is None:
            todo += reversed(_inside(thing))
    return list(found.values())


def _inside(thing: Any) -> list[Any]:
    """The objects that a call of an object may use: those that it refers to."""
    if isinstance(thing, list | tuple | set | frozenset):
        return list(thing)
    if isinstance(thing, dict):
        return list(thing.values())
    if isinstance(thing, FunctionType):
        return _of_function(thing)
    if isinstance(thing, MethodType):
        return [thing.__self__, thing.__func__]
    if tree.is_node(type(thing)):
        return tree.flatten_one_level(thing)[0]
    held = list(getattr(thing, "__dict__", {}).values())
    if type(thing).__module__.startswith("polyad."):  # a transformed function, and what it keeps
        return [x for x in held if callable(x)]
    if isinstance(thing, functools.partial):
        return [thing.func, thing.args, thing.keywords, *held]
    slots = [name for kind in type(thing).__mro__ for name in _slots(kind)]
    return held + [getattr(thing, name) for name in slots if hasattr(thing, name)]


def _slots(kind: type) -> Sequence[str]:
    names = kind.__dict__.get("__slots__", ())
    return (names,) if isinstance(names, str) else tuple(names)


def _of_function(fun: FunctionType) -> list[Any]:
    cells = []
    for cell in fun.__closure__ or ():
        with contextlib.suppress(ValueError):  # it is not filled yet
            cells.append(cell.cell_contents)
    named = [fun.__globals__.get(name) for name in fun.__code__.co_names]
    around = [thing for thing in named if isinstance(thing, Tracer)]
    defaults = [fun.__defaults__ or (), fun.__kwdefaults__ or {}]
    return [*cells, *around, *defaults, *fun.__dict__.values()]


def with_closed(function: Function, closed: Sequence[Handle]) -> Function:
    """`function` with arguments more, of which it makes no use."""
    return function.with_(arguments=[*function.arguments, *(Value(x.type) for x in closed)])


@contextlib.contextmanager
def standing_in(closed: Sequence[Tracer], handles: Sequence[Handle], name: str) -> Iterator[None]:
    """A block in which the traced arrays `closed` are the values `handles`. Raises if one of them
    is written to there.
    """
    before = [(x.builder, x.number, x.place) for x in closed]
    for x, handle in zip(closed, handles, strict=True):
        x.builder, x.number, x.place = handle.builder, handle.number, None
    written = False
    try:
        yield
        given = [(handle.builder, handle.number) for handle in handles]
        written = given != [(x.builder, x.number) for x in closed]
    finally:
        for x, (builder, number, place) in zip(closed, before, strict=True):
            x.builder, x.number, x.place = builder, number, place
    if written:
        raise PolyadTypeError(
            f"{name} writes to an array that it closes over{where(user_location())}\n  Write to a "
            "copy of it."
        )
