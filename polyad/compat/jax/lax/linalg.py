"""`jax.lax.linalg`."""

from __future__ import annotations

from typing import Any

from ....lax import linalg as _linalg
from ....solvers import tridiagonal_solve as _tridiagonal_solve
from ..._spelling import refuse
from .._spelling import SPELLING, door


def tridiagonal_solve(dl: Any, d: Any, du: Any, b: Any, *, perturb_singular: bool = False) -> Any:
    """x with A x = b for a tridiagonal matrix A: see `polyad.solvers.tridiagonal_solve`."""
    if perturb_singular:
        refuse("tridiagonal_solve", "perturb_singular", perturb_singular, SPELLING)
    return _tridiagonal_solve(dl, d, du, b)


OWN = {"tridiagonal_solve": tridiagonal_solve}
DOOR = door("jax.lax.linalg", _linalg, own=OWN)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
