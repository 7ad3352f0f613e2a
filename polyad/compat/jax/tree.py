"""`jax.tree`."""

from __future__ import annotations

from typing import Any

from ... import tree as _tree
from ._spelling import door

DOOR = door("jax.tree", _tree)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
