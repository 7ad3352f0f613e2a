"""Executors that call an array-API namespace. `polyad.backends()` lists what is installed."""

from __future__ import annotations

import os
import sys
from types import ModuleType

from polyad import execution
from polyad.ir.location import hide_frames_below


class _Package(ModuleType):
    """This package, callable: importing it must not take `polyad.backends()` from its users."""

    def __call__(self) -> list[str]:
        return execution.backends()


sys.modules[__name__].__class__ = _Package
hide_frames_below(os.path.dirname(__file__))
