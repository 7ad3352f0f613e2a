"""`jax.experimental.jet`."""

from __future__ import annotations

import math as _math
from typing import Any

from ....experimental import jet as _jet
from .._spelling import door


def fact(n: int) -> float:
    """n!, as a float."""
    return float(_math.factorial(n))


DOOR = door("jax.experimental.jet", _jet, own={"fact": fact})


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
