"""`autograd.numpy.fft`."""

from __future__ import annotations

from typing import Any

import numpy as _np

from ....numpy import fft as _fft
from .._spelling import door

DOOR = door("autograd.numpy.fft", _fft, native=_np.fft)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
