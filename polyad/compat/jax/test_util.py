"""`jax.test_util`."""

from __future__ import annotations

from typing import Any

from ... import test_util as _test_util
from ._spelling import door

DOOR = door("jax.test_util", _test_util)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
