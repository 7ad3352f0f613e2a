"""`jax.lax`."""

from __future__ import annotations

from typing import Any

from .... import lax as _lax
from .._spelling import door
from . import linalg as linalg

DOOR = door(
    "jax.lax",
    _lax,
    own={"linalg": linalg},
    aliases={
        "ConvGeneralDilatedDimensionNumbers": "ConvDimensionNumbers",
        "PrecisionLike": "Precision",
    },
)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
