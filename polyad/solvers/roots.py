"""Roots: of several functions of as many unknowns by Newton's method, of one by bisection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import lax, tree
from .. import numpy as pnp
from ..api import linearize
from ..errors import PolyadTypeError, PolyadValueError
from ..ir import Handle, user_location, where
from ..texts import shown
from ._solution import Info, Solution, finished
from ._tangents import dense, named_solver, regularized
from ._vectors import (
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
SUFFICIENT = 1e-4  # of the decrease that a linear function would show
SHORTEST = 2.0**-40  # step of a line search


def root(
    f: F,
    x0: Any,
    *,
    tol: float | None = None,
    maxiter: int = 100,
    linear_solver: Any = "dense",
    strict: bool = False,
) -> Solution:
    """An x with f(x) = 0, near `x0`, by Newton's method with a backtracking line search.

    `f` maps a pytree of floating arrays to one of the same shapes and dtypes; what it closes over
    are its parameters, by which the root is differentiated (by the implicit function theorem; `x0`
    has derivative zero). Each step solves a linear equation with the derivative of `f`, by
    `linear_solver`: "dense" (by its matrix), "sparse" (by its sparse matrix, see
    `polyad.sparse.linear_solver`), "gmres", "bicgstab" or "cg" (by products alone), or a function
    `(matvec, b) -> x`, itself differentiable. A step is halved until |f| decreases
    (Dennis and Schnabel 1983, section 6.3). Iterates until |f(x)| ≤ tol (eps^⅔ of the dtype, if not
    given; 3.7e-11 in double precision).

    Returns a `Solution`: (value, info). What did not converge comes back as it is, with `converged`
    false, unless `strict` asks for a `ConvergenceError` (in compiled programs too, by a call of
    Python).

    Args:
        f: a function of a pytree to one of the same shapes.
        x0: a pytree of floating arrays of any shapes: where to begin.
        tol: the bound of the residual's norm at which it stops.
        maxiter: the most steps.
        linear_solver: "dense", "sparse", "gmres", "bicgstab", "cg" or a function `(matvec, b) ->
            x`.
        strict: raise a `ConvergenceError` where it does not converge.

    Raises:
        ConvergenceError: under `strict`, no convergence.
        PolyadTypeError: a value of `f` that is not alike to `x0`.

    >>> import polyad, polyad.numpy as pnp
    >>> def kepler(eccentricity, anomaly):
    ...     return root(lambda e: e - eccentricity * pnp.sin(e) - anomaly, anomaly).value
    >>> round(float(kepler(0.3, 1.0)), 9)
    1.288091313
    >>> round(float(polyad.grad(kepler)(0.3, 1.0)), 9)
    1.048008305
    """
    solver = named_solver("root", linear_solver)
    x0 = floating("root", "x0", x0)
    newton = regularized if solver is dense else solver
    tol = default_tol(x0) if tol is None else tol
    check_count("root", "maxiter", maxiter, 0)

    def solve(f: F, guess: Any) -> Any:
        x, unravel = ravel(started(f, guess))
        x, info = _newton(on_vectors(f, unravel), x, tol, maxiter, newton)
        return unravel(x), info

    value, info = lax.custom_root(like_unknown("root", f), x0, solve, solver, has_aux=True)
    remedy = "Give a better start x0, more iterations (maxiter) or a looser tol."
    return finished("root", value, info, strict, tol, remedy)


def _newton(f: F, x: Any, tol: float, maxiter: int, solver: F) -> tuple[Any, Info]:
    def more(state: Any) -> Any:
        _, _, size, count, better = state
        return better & (size > tol) & (count < maxiter)

    def step(state: Any) -> Any:
        x, y, size, count, _ = state
        move = solver(linearize(f, x)[1], -y)

        def too_long(trial: Any) -> Any:
            length, _, found = trial
            return ~(found <= (1 - SUFFICIENT * length) * size) & (length > SHORTEST)

        def halved(trial: Any) -> Any:
            length = trial[0] / 2
            y = f(length * move + x)
            return length, y, norm(y)

        y_new = f(x + move)
        one = pnp.ones_like(size)
        length, y_new, found = lax.while_loop(too_long, halved, (one, y_new, norm(y_new)))
        better = found < size
        x = pnp.where(better, x + length * move, x)
        return x, pnp.where(better, y_new, y), pnp.where(better, found, size), count + 1, better

    y = f(x)
    size = norm(y)
    x, _, size, count, _ = lax.while_loop(more, step, (x, y, size, 0, size >= 0))
    return x, Info(size <= tol, count, size)


# -- bisect ----------------------------------------------------------------------------------------


def bisect(
    f: F,
    lower: Any,
    upper: Any,
    *,
    tol: float | None = None,
    maxiter: int = 200,
    strict: bool = False,
) -> Solution:
    """An x between `lower` and `upper` with f(x) = 0, by bisection.

    `f` is a function of one number that changes its sign between the two; it need not be smooth.
    Halves the interval until it is no longer than `tol` (4 eps times the larger end, if not given)
    and returns its middle. For many intervals at once, `vmap`. Derivatives by what `f` closes over
    follow from the slope of `f` at the root; those by the ends are zero.

    Returns a `Solution`: (value, info), whose residual is |f(x)|. Raises `PolyadValueError` where
    `f` is known to have one sign at both ends; where that is not known, it ends unconverged.
    `strict` is as in `root`.

    >>> import polyad, numpy as np
    >>> cube_root = lambda a: bisect(lambda x: x**3 - a, 0.0, 10.0).value
    >>> round(float(polyad.grad(cube_root)(8.0)), 9)
    0.083333333
    >>> polyad.vmap(cube_root)(np.array([8.0, 27.0])).round(9)
    array([2., 3.])
    """
    check_count("bisect", "maxiter", maxiter, 0)
    for name, end in (("lower", lower), ("upper", upper)):
        if tuple(getattr(end, "shape", ())) != () or not tree.structure(end).is_leaf():
            raise PolyadTypeError(
                f"bisect: {name} is a number, not {_shown(end)}{where(user_location())}\n"
                "  Use polyad.vmap for many intervals, or root for several unknowns."
            )

    def solve(f: F, low: Any) -> Any:
        low = started(f, low)
        return _bisect(f, low, upper + pnp.zeros_like(low), tol, maxiter)

    slope = lambda g, y: y / g(pnp.ones_like(y))
    value, info = lax.custom_root(f, floating("bisect", "lower", lower), solve, slope, has_aux=True)
    remedy = "Give ends at which f has different signs, or more iterations (maxiter)."
    return finished("bisect", value, info, strict, tol, remedy)


def _shown(value: Any) -> str:
    shape = getattr(value, "shape", None)
    return f"an array of shape {tuple(shape)}" if shape is not None else f"{shown(value)}"


def _bisect(f: F, low: Any, high: Any, tol: float | None, maxiter: int) -> tuple[Any, Info]:
    sign_low, sign_high = pnp.sign(f(low)), pnp.sign(f(high))
    bracketed = sign_low * sign_high <= 0
    if not isinstance(bracketed, Handle) and not bool(bracketed):
        raise PolyadValueError(
            f"bisect: f has one sign at both ends, {float(low):.6g} and {float(high):.6g}"
            f"{where(user_location())}\n  Give ends between which f changes its sign."
        )
    least = 4 * float(pnp.finfo(low.dtype).eps) * pnp.maximum(pnp.abs(low), pnp.abs(high))

    def wide(low: Any, high: Any) -> Any:
        return pnp.abs(high - low) > (least if tol is None else tol)

    def more(state: Any) -> Any:
        low, high, count = state
        middle = low + (high - low) / 2
        return bracketed & wide(low, high) & (middle != low) & (middle != high) & (count < maxiter)

    def step(state: Any) -> Any:
        low, high, count = state
        middle = low + (high - low) / 2
        sign = pnp.sign(f(middle))
        right = sign * sign_low > 0
        low = pnp.where(right | (sign == 0), middle, low)
        return low, pnp.where(right, high, middle), count + 1

    low, high, count = lax.while_loop(more, step, (low, high, 0))
    x = low + (high - low) / 2
    closed = ~wide(low, high) | (x == low) | (x == high)
    return x, Info(bracketed & closed, count, pnp.abs(f(x)))
