"""`jax.experimental.jet`."""

from __future__ import annotations

from typing import Any

from ....experimental import jet as _jet
from .._spelling import door

DOOR = door("jax.experimental.jet", _jet)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
