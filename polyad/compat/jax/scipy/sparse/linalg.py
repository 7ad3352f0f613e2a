"""`jax.scipy.sparse.linalg`."""

from __future__ import annotations

from typing import Any

from ..... import solvers as _solvers
from ..._spelling import door

OWN = ("bicgstab", "cg", "gmres")
DOOR = door("jax.scipy.sparse.linalg", _solvers)


def __getattr__(name: str) -> Any:
    if name not in OWN:
        raise AttributeError(
            f"module 'jax.scipy.sparse.linalg' has no attribute {name!r} here: it has "
            f"{', '.join(OWN)}"
        )
    return DOOR.get(name)


def __dir__() -> list[str]:
    return list(OWN)
