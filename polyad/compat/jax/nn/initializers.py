"""`jax.nn.initializers`."""

from __future__ import annotations

from typing import Any

from ....nn import initializers as _initializers
from .._spelling import door

DOOR = door("jax.nn.initializers", _initializers)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
