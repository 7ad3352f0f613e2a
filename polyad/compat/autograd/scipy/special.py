"""`autograd.scipy.special`."""

from __future__ import annotations

from typing import Any

import scipy.special as _native

from ....scipy import special as _special
from .._spelling import door

DOOR = door("autograd.scipy.special", _special, native=_native)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
