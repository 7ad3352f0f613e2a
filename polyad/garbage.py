"""The cyclic garbage collector, while a program is traced and compiled."""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def without_collections(function: F) -> F:
    """`function`, during which the collector rests, if it is on.

    A trace makes many objects, of which nearly all stay: the collector would look through them, and
    through all others of the process, again and again, and find little to free. That can take half
    of a first call.
    """

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        if not gc.isenabled():
            return function(*args, **kwargs)
        gc.disable()
        try:
            return function(*args, **kwargs)
        finally:
            grow_old()
            gc.enable()

    return run  # type: ignore[return-value]


def grow_old() -> None:
    """Let all objects count as old ones, at which the collector looks seldom. Freezing and thawing
    does that without a look at any; so it is not for a process that keeps objects frozen.
    """
    if not gc.get_freeze_count():
        gc.freeze()
        gc.unfreeze()
