"""The cyclic garbage collector, while a program is traced and compiled."""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def without_collections(function: F) -> F:
    """`function`, during which the collector rests, if it is on.

    The collector would look through the objects of a trace, and through all others of the process,
    again and again; that can take half of a first call. It looks once, afterwards, at the new ones:
    most of what a compiler makes are circles that nobody needs any longer. After an interrupt it
    does not, for nobody waits for it then.
    """

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        if not gc.isenabled():
            return function(*args, **kwargs)
        gc.disable()
        interrupted = True
        try:
            result = function(*args, **kwargs)
            interrupted = False
        except Exception:
            interrupted = False
            raise
        finally:
            if not interrupted:
                gc.collect(0)
            grow_old()
            gc.enable()
        return result

    return run  # type: ignore[return-value]


class Frozen:
    """Whether the process keeps objects frozen. A process that does so once is not asked again,
    since each answer is a walk over all of the frozen objects.
    """

    known = False

    @classmethod
    def found(cls) -> bool:
        """The answer."""
        cls.known = cls.known or gc.get_freeze_count() > 0
        return cls.known


def grow_old() -> None:
    """Let all objects count as old ones, at which the collector looks seldom. Freezing and thawing
    does that without a look at any; so it is not for a process that keeps objects frozen.
    """
    if not Frozen.found():
        gc.freeze()
        gc.unfreeze()
