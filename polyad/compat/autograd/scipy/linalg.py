"""`autograd.scipy.linalg`."""

from __future__ import annotations

from typing import Any

import scipy.linalg as _native

from ....scipy import linalg as _linalg
from .._spelling import door

DOOR = door("autograd.scipy.linalg", _linalg, native=_native)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
