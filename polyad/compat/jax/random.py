"""`jax.random`."""

from __future__ import annotations

from typing import Any

from ... import random as _random
from . import _typed_keys
from ._spelling import door

DOOR = door("jax.random", _typed_keys, _random)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
