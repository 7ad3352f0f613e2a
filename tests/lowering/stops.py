"""Places of polyad at which a test stops a thread, or interrupts it: calls, counted by file."""

from __future__ import annotations

import contextlib
import sys

STAGES = [
    "polyad/api/",
    "polyad/tracing.py",
    "polyad/ops/",
    "polyad/transforms/",
    "polyad/passes/",
    "lowering/legalize/",
    "lowering/kernels/",
    "lowering/fusion/",
    "lowering/memory/",
    "lowering/loops/",
    "lowering/emission/",
    "lowering/scalars/",
    "lowering/llvm/",
    "lowering/linking/",
    "lowering/programs/",
    "lowering/calling/",
    "lowering/locks.py",
    "llvmlite/binding/",
]
"""Folders and files, in the order in which a first call comes to them."""


@contextlib.contextmanager
def stopping(place, number, act):
    """A block in which `act` is called at that call, by number, of a function of `place`."""
    left = number

    def watch(frame, event, argument):
        nonlocal left
        if event == "call" and place in frame.f_code.co_filename:
            left -= 1
            if not left:
                sys.setprofile(None)
                act()

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(before)
