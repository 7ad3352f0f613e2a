"""Calls of programs that compute for long in one piece, of which Ctrl-C must not await the end.

Loops of a program look for signals between chunks (see `emission.interrupt`); a large product, a
factorisation or a long kernel has no such place. Python runs handlers of signals in the main thread
only. So a call by the main thread of a program with such a piece runs in a thread of its own, and
the main thread waits: a handler runs at once, and if it raises, the error goes on. Until its piece
ends, a run that was left may still write into arrays that were donated to it. Calls after one that
was over soon run where they stand, and take the fast paths.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

PATIENCE = 0.05  # seconds that a signal may wait


class Run:
    """A call in a thread of its own."""

    def __init__(
        self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> None:
        self.call: tuple[Any, ...] | None = (function, args, kwargs)
        self.ended = threading.Event()
        self.answer: Any = None
        self.seconds = 0.0  # that it has computed
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self.run, name="polyad run", daemon=True)

    def run(self) -> None:
        assert self.call is not None
        function, args, kwargs = self.call
        start = time.thread_time()
        try:
            self.answer = function(*args, **kwargs)
        except BaseException as error:
            self.error = error
        finally:
            self.seconds = time.thread_time() - start
            self.call = None
            self.ended.set()

    def result(self) -> Any:
        """The answer of the call, or its error. If a handler of a signal raises meanwhile, that
        error; the thread then ends at its next look for signals, or with its piece of work.
        """
        try:
            self.thread.start()
            while not self.ended.wait(PATIENCE):
                pass  # a signal that another thread took wakes nobody
        except BaseException:
            self.leave()
            raise
        if self.error is not None:
            try:
                raise self.error
            finally:
                self.error = None
        return self.answer

    def leave(self) -> None:
        """Let the thread end, silently, where it next runs Python code (a `checkpoint`, say)."""
        identity = self.thread.ident
        if identity is not None and not self.ended.is_set():
            raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
            raise_in(ctypes.c_ulong(identity), ctypes.py_object(SystemExit))


class Patience:
    """Whether calls of a program are awaited in place: those after one that was over soon, for a
    piece of work takes as long each time.
    """

    def __init__(self) -> None:
        self.suffices = False

    def interruptible(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function`, whose calls by the main thread are each a `Run` until one is over soon."""

        def call(*args: Any, **kwargs: Any) -> Any:
            if self.suffices or threading.current_thread() is not threading.main_thread():
                return function(*args, **kwargs)
            run = Run(function, args, kwargs)
            answer = run.result()
            self.suffices = run.seconds < PATIENCE
            return answer

        return call
