"""`jax.experimental.ode`."""

from __future__ import annotations

from typing import Any

from ....experimental import ode as _ode
from .._spelling import door

DOOR = door("jax.experimental.ode", _ode)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
