"""`jax.scipy.integrate`."""

from __future__ import annotations

from typing import Any

from ....scipy import integrate as _integrate
from .._spelling import door

DOOR = door("jax.scipy.integrate", _integrate)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
