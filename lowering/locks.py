"""Locks over a fork, and values that are made once.

A process that is forked while another thread holds a lock has the lock, held by a thread that it
does not have, and would wait for it for ever.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar, overload

from polyad.system import at_fork

T = TypeVar("T")


def kept_over_forks(lock: AbstractContextManager[Any]) -> None:
    """Let a fork wait until nobody else holds the reentrant `lock`, which is free in the child. Of
    two locks that a thread holds at once, the inner one is given first.
    """

    def release() -> None:
        lock.__exit__(None, None, None)

    at_fork(before=lock.__enter__, after_in_parent=release, after_in_child=release)


class once(Generic[T]):
    """A property that is computed when it is first asked for, by one thread, and kept. It is
    `functools.cached_property`, of which some versions of Python have a lock that a fork breaks,
    and others none.
    """

    lock = threading.RLock()

    def __init__(self, make: Callable[[Any], T]) -> None:
        self.make = make
        self.name = make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> once[T]: ...
    @overload
    def __get__(self, instance: Any, owner: type) -> T: ...
    def __get__(self, instance: Any, owner: type) -> once[T] | T:
        if instance is None:
            return self
        with once.lock:
            kept: dict[str, Any] = instance.__dict__
            if self.name not in kept:
                kept[self.name] = self.make(instance)
            found: T = kept[self.name]
            return found
