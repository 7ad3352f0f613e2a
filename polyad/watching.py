"""A watch over traces and transformations: the functions that are made on the way, for whoever
wants to see them.

While a watch is on, on this thread, what a transformation remembers is made once more, so that it
is seen; and so are the functions in it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Hashable, Iterator
from typing import Any

from .ir import Function

MOST = 60
"""Functions that a watch keeps; a program that makes more is shown by the first of them."""


class Watch:
    """The functions seen so far, each with the name of what made it."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Function]] = []
        self._made: set[tuple[int, Hashable]] = set()
        self._inside = 0

    def see(self, name: str, function: Function) -> None:
        """Note a function, unless it is a part of one under way."""
        if not self._inside and len(self.seen) < MOST:
            self.seen.append((name, function))

    def is_new(self, function: Function, key: Hashable) -> bool:
        """Whether this has not been made while watched."""
        before = len(self._made)
        self._made.add((id(function), key))
        return len(self._made) > before

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """A block of which the parts are not shown."""
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1


class _Here(threading.local):
    watch: Watch | None = None


_HERE = _Here()


def under_way() -> Watch | None:
    """The watch on this thread, if there is one."""
    return _HERE.watch


@contextlib.contextmanager
def watched() -> Iterator[Watch]:
    """A block under a watch."""
    before, _HERE.watch = _HERE.watch, Watch()
    try:
        yield _HERE.watch
    finally:
        _HERE.watch = before


TITLES: dict[str, tuple[str, ...]] = {
    "jvp": ("jvp",),
    "partial_eval": ("known half", "linear half"),
    "transpose": ("transpose",),
    "value_and_grad": ("gradient",),
    "batch": ("batch",),
    "taylor": ("taylor",),
}
"""The names of the functions that a transformation makes, by the first word of its key."""

WHOLES = ("value_and_grad", "linearize")
"""The transformations made of others, which are seen too."""


def made(watch: Watch, key: Hashable, make: Callable[[], Any]) -> Any:
    """The thing that `make` makes, seen by the watch."""
    word = key[0] if isinstance(key, tuple) else key
    inside = contextlib.nullcontext() if word in WHOLES else watch.inside()
    with inside:
        found = make()
    titles = TITLES.get(word, ()) if isinstance(word, str) else ()
    parts = [found] if isinstance(found, Function) else list(found) if titles else []
    functions = [part for part in parts if isinstance(part, Function)]
    for title, function in zip(titles, functions, strict=False):
        watch.see(title, function)
    return found
