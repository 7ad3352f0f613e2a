"""`jax.scipy`."""

from __future__ import annotations

from typing import Any

from .... import scipy as _scipy
from .._spelling import door
from . import integrate as integrate
from . import linalg as linalg
from . import sparse as sparse
from . import special as special
from . import stats as stats

OWN = {
    "integrate": integrate,
    "linalg": linalg,
    "sparse": sparse,
    "special": special,
    "stats": stats,
}
DOOR = door("jax.scipy", _scipy, own=OWN)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
