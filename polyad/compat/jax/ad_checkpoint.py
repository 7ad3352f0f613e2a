"""`jax.ad_checkpoint`."""

from __future__ import annotations

from typing import Any

from ... import ad_checkpoint as _ad_checkpoint
from ._spelling import door

DOOR = door("jax.ad_checkpoint", _ad_checkpoint)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
