"""Threads that stand in optree when the interpreter ends.

Python before 3.14 ends a daemon thread where it next asks for the interpreter's lock, by unwinding
its stack (`pthread_exit`). optree's C++ functions forbid that: the process would abort ("terminate
called without an active exception") after all its work was done. So at exit new calls by other
threads wait for ever, as every thread does from Python 3.14 on, and those under way are awaited.
See https://docs.python.org/3/c-api/init.html#c.PyEval_RestoreThread.
"""

from __future__ import annotations

import atexit
import sys
import threading
import time
from types import FrameType
from typing import Any

import optree as library

_FOLDER = str(library.__file__).removesuffix("__init__.py")
_PATIENCE = 5.0  # seconds: a call that takes longer is left to its fate


class _ClosedLibrary:
    """optree for the thread that ends the process; for others, a call that never returns."""

    def __init__(self) -> None:
        self.owner = threading.get_ident()

    def __getattr__(self, name: str) -> Any:
        if threading.get_ident() != self.owner:
            threading.Event().wait()
        return getattr(library, name)


def _is_inside(frame: FrameType | None) -> bool:
    """Whether a thread with that innermost frame has a call of optree on its stack."""
    while frame is not None:
        if frame.f_code.co_filename.startswith(_FOLDER):
            return True
        frame = frame.f_back
    return False


def _leave_library() -> None:
    """Close optree to other threads, and wait for those that are inside."""
    if threading.active_count() == 1:
        return
    closed = _ClosedLibrary()
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "polyad" and getattr(module, "optree", None) is library:
            vars(module)["optree"] = closed
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        others = sys._current_frames()
        del others[closed.owner]
        if not any(_is_inside(frame) for frame in others.values()):
            return
        del others
        time.sleep(0.001)


if sys.version_info < (3, 14):
    atexit.register(_leave_library)
