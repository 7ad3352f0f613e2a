"""`jax.flatten_util`."""

from __future__ import annotations

from typing import Any

from ... import flatten_util as _flatten_util
from ._spelling import door

DOOR = door("jax.flatten_util", _flatten_util)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
