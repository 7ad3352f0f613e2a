"""`jax.numpy.linalg`."""

from __future__ import annotations

from typing import Any

from ....numpy import linalg as _linalg
from .._spelling import door
from . import _own_linalg

DOOR = door("jax.numpy.linalg", _own_linalg, _linalg)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
