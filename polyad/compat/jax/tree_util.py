"""`jax.tree_util`."""

from __future__ import annotations

from typing import Any

from ... import tree_util as _tree_util
from ._spelling import door

DOOR = door("jax.tree_util", _tree_util)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
