"""Work in a thread of its own, of which Ctrl-C must not await the end.

Python runs handlers of signals in the main thread only, between two of its bytecodes. So long work
that the main thread asks for runs in another thread, and the main thread waits: a handler runs at
once, and if it raises, the error goes on.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

PATIENCE = 0.05  # seconds that a signal may wait


def in_main_thread() -> bool:
    """Whether this is the thread in which handlers of signals run."""
    return threading.current_thread() is threading.main_thread()


class Run:
    """A call in a thread of its own. At the end of the process, one that is left goes on to its end
    if the thread is no `daemon`.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        daemon: bool = True,
    ) -> None:
        self.call: tuple[Any, ...] | None = (function, args, kwargs)
        self.ended = threading.Event()
        self.answer: Any = None
        self.seconds = 0.0  # that it has computed
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self.run, name="polyad run", daemon=daemon)

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
