"""`jax.scipy.special`."""

from __future__ import annotations

from typing import Any

from ....scipy import special as _special
from .._spelling import door

DOOR = door("jax.scipy.special", _special)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
