"""Least squares: Levenberg's and Marquardt's method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import lax
from .. import numpy as pnp
from ..api import grad, linearize, vjp
from ._solution import Info, Solution, finished
from ._tangents import named_solver
from ._vectors import check_count, default_tol, floating, norm, on_vectors, ravel, started

F = Callable[..., Any]
FIRST = 1e-3  # the damping at the start, relative to JᵀJ
LARGEST = 1e12  # the damping, relative to that at the start, at which no step is found


def least_squares(
    f: F,
    x0: Any,
    *,
    tol: float | None = None,
    maxiter: int = 200,
    linear_solver: Any = "dense",
    strict: bool = False,
) -> Solution:
    """A local minimum of |f(x)|² near `x0`, where f maps a pytree of real arrays to another one.

    Steps h solve (JᵀJ + μ) h = -Jᵀf(x) (Levenberg 1944, Marquardt 1963), the damping μ by
    Nielsen's rule (Madsen, Nielsen and Tingleff 2004, algorithm 3.16). Iterates until |Jᵀf(x)| ≤
    tol (eps^⅔ of the dtype times 100, if not given). `linear_solver` is as in `root`; "sparse"
    (`polyad.sparse.linear_solver`) finds the pattern of JᵀJ, and pays where each residual depends
    on few unknowns.

    What `f` closes over are its parameters: the minimum is differentiated by them as a root of the
    gradient, with the whole Hessian. Returns a `Solution`: (value, info), whose residual is
    |Jᵀf(x)|. `strict` is as in `root`.

    >>> import numpy as np, polyad.numpy as pnp
    >>> t = np.linspace(0, 1, 5)
    >>> data = 2 * np.exp(-3 * t)
    >>> f = lambda p: p[0] * pnp.exp(p[1] * t) - data
    >>> least_squares(f, np.array([1.0, 0.0])).value.round(6)
    array([ 2., -3.])
    """
    solver = named_solver("least_squares", linear_solver)
    check_count("least_squares", "maxiter", maxiter, 0)
    x0 = floating("least_squares", "x0", x0)
    tol = 100 * default_tol(x0) if tol is None else tol

    def half_square(x: Any) -> Any:
        residual = ravel(f(x))[0]
        return 0.5 * (residual @ residual)

    def solve(gradient: F, guess: Any) -> Any:
        x, unravel = ravel(started(gradient, guess))
        x, info = _damped(on_vectors(f, unravel), x, tol, maxiter, solver)
        return unravel(x), info

    value, info = lax.custom_root(grad(half_square), x0, solve, solver, has_aux=True)
    remedy = "Give a better start x0, more iterations (maxiter) or a looser tol."
    return finished("least_squares", value, info, strict, tol, remedy)


def _damped(f: F, x: Any, tol: float, maxiter: int, solver: F) -> tuple[Any, Info]:
    def slope_at(x: Any) -> tuple[Any, Any]:
        value, pull = vjp(f, x)
        return 0.5 * (value @ value), pull(value)[0]

    def more(state: Any) -> Any:
        _, _, slope, damping, _, count = state
        return (norm(slope) > tol) & (damping < LARGEST * first) & (count < maxiter)

    def step(state: Any) -> Any:
        x, value, slope, damping, growth, count = state
        push, pull = linearize(f, x)[1], vjp(f, x)[1]
        move = solver(lambda v: pull(push(v))[0] + damping * v, -slope)
        found, steeper = slope_at(x + move)
        expected = 0.5 * (move @ (damping * move - slope))
        # Where rounding hides a difference of values, slopes decide (Hager, Zhang 2005, section 4).
        hidden = expected <= 4 * pnp.finfo(x.dtype).eps * value
        ratio = pnp.where(hidden, 1.0, (value - found) / expected)
        better = pnp.where(hidden, norm(steeper) < norm(slope), ratio > 0)
        eased = damping * pnp.maximum(1 / 3, 1 - (2 * ratio - 1) ** 3)
        return (
            pnp.where(better, x + move, x),
            pnp.where(better, found, value),
            pnp.where(better, steeper, slope),
            pnp.where(better, eased, damping * growth),
            pnp.where(better, 2.0, 2 * growth),
            count + 1,
        )

    value, slope = slope_at(x)
    along = linearize(f, x)[1](slope)
    size = slope @ slope
    first = FIRST * pnp.where(size > 0, (along @ along) / pnp.where(size > 0, size, 1), 1)
    first = pnp.maximum(first, pnp.finfo(x.dtype).smallest_normal)
    start = x, value, slope, first, pnp.ones_like(value) * 2, 0
    x, _, slope, _, _, count = lax.while_loop(more, step, start)
    size = norm(slope)
    return x, Info(size <= tol, count, size)
