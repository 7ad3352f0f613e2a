"""Fixed points, by iteration: plain, damped, or with Anderson's acceleration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import lax, tree
from .. import numpy as pnp
from ..errors import PolyadValueError
from ..ir import user_location, where
from ..texts import shown
from ._solution import Info, Solution, finished
from ._tangents import named_solver
from ._vectors import (
    beside,
    check_count,
    default_tol,
    floating,
    like_unknown,
    norm,
    on_vectors,
    ravel,
    started,
)

F = Callable[..., Any]


def fixed_point(
    f: F,
    x0: Any,
    *,
    tol: float | None = None,
    maxiter: int = 1000,
    damping: float = 1.0,
    history: int = 0,
    linear_solver: Any = "gmres",
    strict: bool = False,
) -> Solution:
    """An x with f(x) = x, by iteration from `x0`.

    `f` maps a pytree of floating arrays to one of the same shapes and dtypes; what it closes over
    are its parameters, by which the fixed point is differentiated (`x0` has derivative zero). Each
    iteration goes `damping` of the way from x to f(x), 1 being plain iteration. With a `history` of
    m > 0 it is Anderson's acceleration of depth m (Walker and Ni 2011): the combination of the last
    m + 1 iterates whose residuals cancel best. Iterates until |f(x) - x| ≤ tol · max(1, |x|), tol
    being eps^⅔ of the dtype if not given. A derivative solves with 1 - f'(x), by `linear_solver` as
    in `root`.

    Returns a `Solution`: (value, info). `strict` is as in `root`.

    Args:
        f: a function of a pytree to one of the same shapes.
        x0: a pytree of floating arrays of any shapes: where to begin.
        tol: the bound of the residual's norm at which it stops.
        maxiter: the most steps.
        damping: the part of the way that a step goes.
        history: the depth of Anderson's acceleration.
        linear_solver: "dense", "sparse", "gmres", "bicgstab", "cg" or a function `(matvec, b) ->
            x`.
        strict: raise a `ConvergenceError` where it does not converge.

    Raises:
        ConvergenceError: under `strict`, no convergence.
        PolyadTypeError: a value of `f` that is not alike to `x0`.

    >>> import polyad, polyad.numpy as pnp
    >>> def dottie(a):
    ...     return fixed_point(lambda x: pnp.cos(a * x), 1.0).value
    >>> round(float(dottie(1.0)), 9), round(float(polyad.grad(dottie)(1.0)), 9)
    (0.739085133, -0.297474341)
    >>> fast = fixed_point(pnp.cos, 1.0, history=2)
    >>> bool(fast.iterations < fixed_point(pnp.cos, 1.0).iterations)
    True
    """
    solver = named_solver("fixed_point", linear_solver)
    check_count("fixed_point", "maxiter", maxiter, 0)
    check_count("fixed_point", "history", history, 0)
    if not 0 < damping <= 1:
        raise PolyadValueError(
            f"fixed_point: damping is a number in (0, 1], not {shown(damping)}"
            f"{where(user_location())}"
        )
    x0 = floating("fixed_point", "x0", x0)
    tol = default_tol(x0) if tol is None else tol

    def solve(residual: F, guess: Any) -> Any:
        x, unravel = ravel(started(residual, guess))
        g = on_vectors(residual, unravel)
        if history:
            x, info = _anderson(g, x, tol, maxiter, damping, min(history, x.shape[0]))
        else:
            x, info = _iterated(g, x, tol, maxiter, damping)
        return unravel(x), info

    f = like_unknown("fixed_point", f)
    away = lambda x: tree.map(lambda u, v: u - v, f(x), x)
    value, info = lax.custom_root(away, x0, solve, solver, has_aux=True)
    remedy = "Give more iterations (maxiter), a looser tol, damping below 1, or history=5."
    return finished("fixed_point", value, info, strict, tol, remedy)


def _is_far(x: Any, residual: Any, tol: float) -> Any:
    return norm(residual) > tol * pnp.maximum(norm(x), 1.0)


def _iterated(g: F, x: Any, tol: float, maxiter: int, damping: float) -> tuple[Any, Info]:
    """x ← x + damping · g(x), where g(x) = f(x) - x."""

    def more(state: Any) -> Any:
        x, residual, count = state
        return _is_far(x, residual, tol) & (count < maxiter)

    def step(state: Any) -> Any:
        x, residual, count = state
        x = x + damping * residual
        return x, g(x), count + 1

    x, residual, count = lax.while_loop(more, step, (x, g(x), 0))
    return x, Info(~_is_far(x, residual, tol) & (norm(residual) >= 0), count, norm(residual))


def _anderson(
    g: F, x: Any, tol: float, maxiter: int, damping: float, depth: int
) -> tuple[Any, Info]:
    """x ← x + βg - (ΔX + βΔG) γ, where γ minimizes |g - ΔG γ| (Walker and Ni 2011, section 2).

    The differences of the last iterates and residuals are rows of arrays that are written in turn;
    rows that are still zero get γ = 0.
    """

    def more(state: Any) -> Any:
        x, residual, _, _, count = state
        return _is_far(x, residual, tol) & (count < maxiter)

    def step(state: Any) -> Any:
        x, residual, xs, gs, count = state
        gamma = _least_squares(gs, residual)
        moved = x + damping * residual - gamma @ (xs + damping * gs)
        new = g(moved)
        row = count % depth
        xs = lax.dynamic_update_index_in_dim(xs, moved - x, row, 0)
        gs = lax.dynamic_update_index_in_dim(gs, new - residual, row, 0)
        return moved, new, xs, gs, count + 1

    none = beside(x, lambda: pnp.zeros((depth, x.shape[0]), dtype=x.dtype))
    x, residual, _, _, count = lax.while_loop(more, step, (x, g(x), none, none, 0))
    return x, Info(~_is_far(x, residual, tol) & (norm(residual) >= 0), count, norm(residual))


def _least_squares(rows: Any, target: Any) -> Any:
    """The c with the least |target - c · rows|: normal equations of rows scaled to length 1, with a
    ridge of 100 eps, by elimination without pivots, since they are positive definite.
    """
    depth = rows.shape[0]
    sizes = pnp.sqrt(pnp.real(pnp.sum(pnp.conj(rows) * rows, axis=1)))
    scale = 1 / pnp.where(sizes == 0, 1, sizes)
    unit = rows * pnp.expand_dims(scale, axis=1)
    ridge = 100 * float(pnp.finfo(rows.dtype).eps)
    eye = beside(rows, lambda: pnp.eye(depth, dtype=rows.dtype))
    matrix = pnp.conj(unit) @ pnp.matrix_transpose(unit) + ridge * eye
    right = pnp.conj(unit) @ target
    for k in range(depth):
        row = matrix[k, :] / matrix[k, k]
        head = right[k] / matrix[k, k]
        column = matrix[:, k] - eye[:, k]
        matrix = matrix - pnp.expand_dims(column, axis=1) * pnp.expand_dims(row, axis=0)
        right = right - column * head
    return scale * right
