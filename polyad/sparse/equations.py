"""Linear equations of solvers, by the sparse matrix of the map: `linear_solver="sparse"`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..flatten_util import ravel_pytree
from ..solvers import dense
from .jacobian import jacobian
from .matrices import solve, with_data

F = Callable[..., Any]

SMALL = 32  # unknowns, up to which a dense matrix is quicker
FULL = 0.2  # the density from which it is


def linear_solver(matvec: F, b: Any) -> Any:
    """The x with matvec(x) = b, for a linear map of pytrees like `b`: by its matrix, whose pattern
    is found from the map's operations and whose entries are computed by few products, and by
    SuperLU. Where the matrix is small or dense, by a dense one.

    `polyad.solvers.root`, `minimize`, `least_squares`, `fixed_point` and `implicit_step` call it
    for `linear_solver="sparse"`. It is differentiable, and raises `LinAlgError` for a singular
    matrix.

    >>> import numpy as np
    >>> chain = lambda x: 2 * x - 0.5 * np.roll(x, 1)
    >>> np.allclose(chain(linear_solver(chain, np.ones(100))), 1)
    True
    """
    vector, unravel = ravel_pytree(b)
    if vector.shape[0] <= SMALL:
        return dense(matvec, b)
    matrix = jacobian(lambda x: ravel_pytree(matvec(unravel(x)))[0], format="values")
    pattern = matrix.prepare(vector).pattern
    if pattern.density > FULL:
        return dense(matvec, b)
    return unravel(solve(with_data(pattern, matrix(vector)), vector))
