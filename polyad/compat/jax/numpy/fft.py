"""`jax.numpy.fft`."""

from __future__ import annotations

from typing import Any

from ....numpy import fft as _fft
from .._spelling import door

DOOR = door("jax.numpy.fft", _fft)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
