"""`jax.ops`: reductions by segment."""

from __future__ import annotations

from typing import Any

from ...lax import segments as _segments
from ._spelling import door

DOOR = door("jax.ops", _segments)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
