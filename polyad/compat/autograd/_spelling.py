"""autograd's spelling: NumPy's own, with the arrays as they are."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from .._spelling import Door, Spelling

SPELLING = Spelling("autograd", {}, {}, {}, result=lambda x: x)


def door(module: str, *homes: ModuleType, own: Any = None) -> Door:
    """A module of autograd's, of polyad's names in these modules."""
    return Door(module, homes, SPELLING, {}, own)
