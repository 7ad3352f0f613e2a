"""Minima of smooth functions: BFGS and Newton-CG, with steps by the weak Wolfe conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import lax
from .. import numpy as pnp
from ..api import grad, linearize, value_and_grad
from ..errors import PolyadTypeError, PolyadValueError
from ..ir import user_location, where
from ..texts import shown
from ._solution import Info, Solution, finished
from ._tangents import named_solver
from ._vectors import check_count, default_tol, floating, identity, norm, ravel, started

F = Callable[..., Any]
DECREASE, CURVATURE = 1e-4, 0.9  # of the weak Wolfe conditions
SEARCHES = 40  # steps that a line search tries


def minimize(
    f: F,
    x0: Any,
    *,
    method: str = "bfgs",
    tol: float | None = None,
    maxiter: int = 1000,
    linear_solver: Any = "dense",
    strict: bool = False,
) -> Solution:
    """A local minimum of f, a smooth real function of a pytree of real arrays, near `x0`.

    `method` is "bfgs" (Broyden, Fletcher, Goldfarb and Shanno; Nocedal and Wright 2006, algorithm
    6.1), which keeps a matrix, or "newton-cg" (algorithm 7.1), which takes products with the
    Hessian alone. Step lengths fulfil the weak Wolfe conditions, by bisection (Lewis and Overton
    2013, algorithm 2.6). Iterates until |∇f(x)| ≤ tol (eps^⅔ of the dtype times 100, if not given;
    3.7e-9 in double precision).

    What `f` closes over are its parameters: the minimum is differentiated by them as a root of the
    gradient, with the Hessian and `linear_solver` as in `root` ("cg" fits for large problems).

    Returns a `Solution`: (value, info), whose residual is |∇f|. `strict` is as in `root`.

    Args:
        f: a function of a pytree whose value is a real scalar, of shape ().
        x0: a pytree of real arrays of any shapes: where to begin.
        method: "bfgs" or "newton-cg".
        tol: the bound of the residual's norm at which it stops.
        maxiter: the most steps.
        linear_solver: "dense", "sparse", "gmres", "bicgstab", "cg" or a function `(matvec, b) ->
            x`.
        strict: raise a `ConvergenceError` where it does not converge.

    Raises:
        ConvergenceError: under `strict`, no convergence.
        PolyadTypeError: a value of `f` that is no real scalar.
        PolyadValueError: an unknown method.

    >>> import numpy as np, polyad, polyad.numpy as pnp
    >>> def valley(a):
    ...     f = lambda x: (a - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
    ...     return minimize(f, np.zeros(2)).value
    >>> valley(2.0).round(6)
    array([2., 4.])
    >>> polyad.jacfwd(valley)(2.0).round(6)
    array([1., 4.])
    """
    solver = named_solver("minimize", linear_solver)
    check_count("minimize", "maxiter", maxiter, 0)
    if method not in METHODS:
        raise PolyadValueError(
            f"minimize: method is one of {', '.join(map(repr, METHODS))}, not {shown(method)}"
            f"{where(user_location())}"
        )
    x0 = floating("minimize", "x0", x0)
    tol = 100 * default_tol(x0) if tol is None else tol

    def scalar(x: Any) -> Any:
        value = f(x)
        shape = getattr(value, "shape", ())
        if tuple(shape) != ():
            raise PolyadTypeError(
                f"minimize: f gives a number, not an array of shape {tuple(shape)}"
                f"{where(user_location())}\n  Reduce it, with polyad.numpy.sum, say."
            )
        return value

    def solve(gradient: F, guess: Any) -> Any:
        x, unravel = ravel(started(gradient, guess))
        both = value_and_grad(lambda v: scalar(unravel(v)))
        x, info = _descended(both, x, tol, maxiter, METHODS[method])
        return unravel(x), info

    value, info = lax.custom_root(grad(scalar), x0, solve, solver, has_aux=True)
    remedy = "Give a better start x0, more iterations (maxiter), a looser tol, or another method."
    return finished("minimize", value, info, strict, tol, remedy)


def _descended(
    both: F, x: Any, tol: float, maxiter: int, method: tuple[F, F, F]
) -> tuple[Any, Info]:
    """Descent: a direction, a step along it, an update of the method's state."""
    begin, direction, update = method

    def more(state: Any) -> Any:
        _, _, slope, _, count, better = state
        return better & (norm(slope) > tol) & (count < maxiter)

    def step(state: Any) -> Any:
        x, value, slope, known, count, _ = state
        along = direction(both, x, slope, known)
        along = pnp.where(along @ slope < 0, along, -slope)
        length, found, steeper = _line_search(both, x, value, slope, along)
        move = length * along
        better = (found < value) | (norm(steeper) < norm(slope))
        known = update(known, move, steeper - slope, count)
        x, value = pnp.where(better, x + move, x), pnp.where(better, found, value)
        return x, value, pnp.where(better, steeper, slope), known, count + 1, better

    value, slope = both(x)
    start = (x, value, slope, begin(x), 0, norm(slope) >= 0)
    x, _, slope, _, count, _ = lax.while_loop(more, step, start)
    size = norm(slope)
    return x, Info(size <= tol, count, size)


def _line_search(both: F, x: Any, value: Any, slope: Any, along: Any) -> tuple[Any, Any, Any]:
    """A step length for the weak Wolfe conditions, the value and the gradient there.

    An interval is halved, or doubled while it has no upper end. What f loses to rounding does not
    count as an increase.
    """
    steep = along @ slope
    noise = 10 * float(pnp.finfo(x.dtype).eps) * pnp.abs(value)

    def judged(length: Any) -> tuple[Any, Any, Any, Any]:
        found, there = both(length * along + x)
        high = ~(found <= DECREASE * length * steep + value + noise)
        return found, there, high, ~high & (there @ along < CURVATURE * steep)

    def more(state: Any) -> Any:
        *_, high, flat, count = state
        return (high | flat) & (count < SEARCHES)

    def step(state: Any) -> Any:
        length, lower, upper, _, _, high, _, count = state
        upper = pnp.where(high, length, upper)
        lower = pnp.where(high, lower, length)
        length = pnp.where(upper < 0, 2 * lower, (lower + upper) / 2)
        return length, lower, upper, *judged(length), count + 1

    one = pnp.ones_like(value)
    start = (one, pnp.zeros_like(one), -one, *judged(one), 0)  # below 0: no upper end yet
    length, _, _, found, there, *_ = lax.while_loop(more, step, start)
    return length, found, there


# -- BFGS: knows the inverse of the Hessian --------------------------------------------------------


def _bfgs_direction(both: F, x: Any, slope: Any, inverse: Any) -> Any:
    return -(inverse @ slope)


def _bfgs_update(inverse: Any, move: Any, change: Any, count: Any) -> Any:
    """Equation 6.17 of Nocedal and Wright, from the scale of equation 6.20 at first."""
    product = move @ change
    sound = product > float(pnp.finfo(move.dtype).eps) * norm(move) * norm(change)
    rho = 1 / pnp.where(sound, product, 1)
    first = product / pnp.where(sound, change @ change, 1)
    inverse = pnp.where(sound & (count == 0), first * inverse, inverse)
    turned = inverse @ change
    outer = lambda u, v: pnp.expand_dims(u, axis=1) * pnp.expand_dims(v, axis=0)
    added = (1 + rho * (change @ turned)) * rho * outer(move, move)
    crossed = rho * (outer(turned, move) + outer(move, turned))
    return pnp.where(sound, inverse + added - crossed, inverse)


# -- Newton-CG: knows nothing, takes products with the Hessian ------------------------------------


def _newton_direction(both: F, x: Any, slope: Any, known: Any) -> Any:
    """Conjugate gradients on the Hessian, until a residual of min(½, √|∇f|) · |∇f| or a direction
    of negative curvature.
    """
    _, product = linearize(lambda v: both(v)[1], x)
    size = norm(slope)
    limit = pnp.minimum(0.5, pnp.sqrt(size)) * size

    def more(state: Any) -> Any:
        _, r, _, count, sound = state
        return sound & (norm(r) > limit) & (count < 2 * x.shape[0])

    def step(state: Any) -> Any:
        z, r, p, count, _ = state
        q = product(p)
        curvature, rho = p @ q, r @ r
        sound = curvature > 0
        alpha = pnp.where(sound, rho / pnp.where(sound, curvature, 1), 0)
        left = r + alpha * q
        return z + alpha * p, left, (left @ left) / rho * p - left, count + 1, sound

    start = (pnp.zeros_like(x), slope, -slope, 0, size >= 0)
    return lax.while_loop(more, step, start)[0]


METHODS: dict[str, tuple[F, F, F]] = {
    "bfgs": (identity, _bfgs_direction, _bfgs_update),
    "newton-cg": (
        lambda x: (),
        _newton_direction,
        lambda known, move, change, count: known,
    ),
}
