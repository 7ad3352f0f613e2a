"""`autograd.numpy`."""

from __future__ import annotations

from typing import Any

import numpy as _np

from .... import numpy as _numpy
from .._spelling import door
from . import fft as fft
from . import linalg as linalg

DOOR = door("autograd.numpy", _numpy, own={"fft": fft, "linalg": linalg, "random": _np.random})


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
