"""`jax.nn`."""

from __future__ import annotations

from typing import Any

from .... import nn as _nn
from .._spelling import door
from . import initializers as initializers

DOOR = door("jax.nn", _nn, own={"initializers": initializers})


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
