"""`jax.debug`."""

from __future__ import annotations

from typing import Any

from ... import debug as _debug
from ._spelling import door

DOOR = door("jax.debug", _debug)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
