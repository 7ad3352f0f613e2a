"""Calls of programs that compute for long in one piece, of which Ctrl-C must not await the end.

Loops of a program look for signals between chunks (see `emission.interrupt`); a large product, a
factorisation or a long kernel has no such place. So a call by the main thread of a program with
such a piece runs in a thread of its own (see `waiting`). Until its piece ends, a run that was left
may still write into arrays that were donated to it. Calls after one that was over soon run where
they stand, and take the fast paths.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..waiting import PATIENCE, Run, in_main_thread


class Patience:
    """Whether calls of a program are awaited in place: those after one that was over soon, for a
    piece of work takes as long each time.
    """

    def __init__(self) -> None:
        self.suffices = False

    def interruptible(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function`, whose calls by the main thread are each a `Run` until one is over soon."""

        def call(*args: Any, **kwargs: Any) -> Any:
            if self.suffices or not in_main_thread():
                return function(*args, **kwargs)
            run = Run(function, args, kwargs)
            answer = run.result()
            self.suffices = run.seconds < PATIENCE
            return answer

        return call
