"""Solvers of the linear equations of Newton steps and of derivatives."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from .. import numpy as pnp
from ..api import vmap
from ..errors import PolyadValueError
from ..ir import user_location, where
from ..lazy import provided
from ..texts import shown
from ._vectors import default_tol, identity, on_vectors, ravel
from .linear import bicgstab, cg, gmres

F = Callable[..., Any]
METHODS = {"cg": cg, "gmres": gmres, "bicgstab": bicgstab}


def named_solver(what: str, given: Any) -> F:
    """`given`, a name or a function (matvec, b) -> x, as such a function."""
    if callable(given):
        return given
    if given in NAMED:
        return NAMED[given]
    if given not in METHODS:
        names = ", ".join(repr(name) for name in (*NAMED, *METHODS))
        raise PolyadValueError(
            f"{what}: linear_solver is one of {names}, or a function (matvec, b) -> x, not "
            f"{shown(given)}{where(user_location())}"
        )
    return partial(_iterative, METHODS[given])


def _iterative(method: F, matvec: F, b: Any) -> Any:
    return method(matvec, b, tol=default_tol(b)).value


def dense(matvec: F, b: Any) -> Any:
    """The solution with the matrix of the map, a column for each unit vector."""
    vector, unravel = ravel(b)
    matrix = matrix_of(on_vectors(matvec, unravel), vector)
    if vector.shape[0] == 1:
        return unravel(vector / matrix[0, :])
    return unravel(pnp.linalg.solve(matrix, vector))


def regularized(matvec: F, b: Any) -> Any:
    """As `dense`, with a ridge of the size of rounding: a singular matrix gives a long step."""
    vector, unravel = ravel(b)
    matrix = matrix_of(on_vectors(matvec, unravel), vector)
    eps = float(pnp.finfo(vector.dtype).eps)
    ridge = eps * pnp.max(pnp.abs(matrix)) + float(pnp.finfo(vector.dtype).smallest_normal)
    if vector.shape[0] == 1:
        return unravel(vector / (matrix[0, :] + ridge))
    return unravel(pnp.linalg.solve(matrix + ridge * identity(vector), vector))


def matrix_of(linear: F, like: Any) -> Any:
    """The matrix of a linear map of vectors."""
    return vmap(linear, out_axes=1)(identity(like))


def by_sparse_matrix(matvec: F, b: Any) -> Any:
    """The solution with the sparse matrix of the map; see `polyad.sparse.equations`."""
    return provided("sparse_equations").linear_solver(matvec, b)


NAMED: dict[str, F] = {"dense": dense, "sparse": by_sparse_matrix}
"""Solvers by the name that `linear_solver` takes."""
