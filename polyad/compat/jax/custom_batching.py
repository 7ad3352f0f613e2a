"""`jax.custom_batching`."""

from __future__ import annotations

from typing import Any

from ... import custom_batching as _custom
from ._spelling import door

DOOR = door("jax.custom_batching", _custom)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
