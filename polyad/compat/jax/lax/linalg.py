"""`jax.lax.linalg`."""

from __future__ import annotations

from typing import Any

from ....numpy import linalg as _linalg
from ....scipy import linalg as _scipy
from ....solvers import tridiagonal_solve as _tridiagonal_solve
from ..._spelling import refuse
from .._spelling import SPELLING, door


def triangular_solve(
    a: Any,
    b: Any,
    *,
    left_side: bool = False,
    lower: bool = False,
    transpose_a: bool = False,
    conjugate_a: bool = False,
    unit_diagonal: bool = False,
) -> Any:
    """y with op(a) y = b, or y op(a) = b if not `left_side`."""
    turn = (lambda x: x) if left_side else _linalg.matrix_transpose
    a = a.conj() if conjugate_a else a
    trans = int(transpose_a == left_side)
    found = _linalg.solve_triangular(a, turn(b), trans, lower, unit_diagonal)
    return turn(found)


def tridiagonal_solve(dl: Any, d: Any, du: Any, b: Any, *, perturb_singular: bool = False) -> Any:
    """x with A x = b for a tridiagonal matrix A: see `polyad.solvers.tridiagonal_solve`."""
    if perturb_singular:
        refuse("tridiagonal_solve", "perturb_singular", perturb_singular, SPELLING)
    return _tridiagonal_solve(dl, d, du, b)


OWN = {"triangular_solve": triangular_solve, "tridiagonal_solve": tridiagonal_solve}
DOOR = door("jax.lax.linalg", _linalg, _scipy, own=OWN)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
