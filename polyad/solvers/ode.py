"""Initial value problems, by the Runge-Kutta method of Dormand and Prince with adaptive steps.

Derivatives are those of the solution, by its adjoint equation (Pontryagin; Chen et al., "Neural
ordinary differential equations", 2018): one more initial value problem, solved backwards, and no
memory for the steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from .. import lax, tree
from .. import numpy as pnp
from ..api import closure_convert, custom_vjp, vjp, vmap
from ..errors import PolyadTypeError
from ..flatten_util import ravel_pytree
from ..ir import user_location, where
from ..numpy._core import array_of, dtype_of

F = Callable[..., Any]

# Dormand and Prince, "A family of embedded Runge-Kutta formulae", 1980, RK5(4)7M.
NODES = (1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0)
STAGES = (
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
FIFTH = (*STAGES[-1], 0.0)
FOURTH = (5179 / 57600, 0.0, 7571 / 16695, 393 / 640, -92097 / 339200, 187 / 2100, 1 / 40)
# The middle of a step (Shampine, "Some practical Runge-Kutta formulas", 1986).
MIDDLE = (
    *(6025192743 / 30085553152, 0.0, 51252292925 / 65400821598, -2691868925 / 45128329728),
    *(187940372067 / 1594534317056, -1776094331 / 19743644256, 11237099 / 235043384),
)


def odeint(
    func: F,
    y0: Any,
    t: Any,
    *args: Any,
    rtol: float = 1.4e-8,
    atol: float = 1.4e-8,
    mxstep: float = math.inf,
    hmax: float = math.inf,
) -> Any:
    """The solution of dy/dt = `func(y, t, *args)` from `y0` at `t[0]`: at each of the increasing
    times `t`.

    `y0` is a pytree of arrays, and so is what `func` gives; the result has a new first axis, of
    `t`. The error of a step is at most `atol` + `rtol`·|y|, of its elements' mean square; at most
    `mxstep` steps are taken from one time to the next, none longer than `hmax`. Differentiable in
    `y0`, `t`, `args` and what `func` closes over.

    Raises `PolyadTypeError` for times that are not a one-dimensional floating array.

    Args:
        func: a function `(y, t, *args)` to dy/dt, of the shapes of y.
        y0: a pytree of floating arrays of any shapes.
        t: increasing times, of shape (n,); results have shape (n, …).
        args: pytrees of arrays that `func` takes besides.
        rtol: the relative tolerance.
        atol: the absolute tolerance.
        mxstep: the most steps between two times.
        hmax: the longest step.

    >>> import numpy as np
    >>> odeint(lambda y, t: -y, 1.0, np.array([0.0, 1.0, 2.0])).round(6)
    array([1.      , 0.367879, 0.135335])
    """
    t = array_of(t)
    if not dtype_of(t).is_floating or len(t.shape) != 1 or not t.shape[0]:
        raise PolyadTypeError(
            f"odeint: t is a one-dimensional array of floating numbers, not "
            f"{dtype_of(t)}{list(t.shape)}{where(user_location())}"
        )
    y0 = tree.map(array_of, y0)
    converted, constants = closure_convert(func, y0, t[0], *args)
    start, unravel = ravel_pytree(y0)

    def slope(y: Any, time: Any, *rest: Any) -> Any:
        found, _ = ravel_pytree(converted(unravel(y), time, *rest))
        return pnp.astype(found, dtype_of(start))

    limits = (rtol, atol, mxstep, hmax)
    found = _solved(slope, limits, start, t, (*args, *constants))
    return vmap(unravel)(found)


def _solution(slope: F, limits: Sequence[float], y0: Any, ts: Any, args: Any) -> Any:
    """The solution at `ts` for a vector `y0`."""
    mxstep = limits[2]
    f = lambda y, t: slope(y, t, *args)

    def going(state: Any) -> Any:
        (count, _, _, t, step, _, _), target = state
        return (t < target) & (count < mxstep) & (step > 0)

    def until(carry: Any, target: Any) -> tuple[Any, Any]:
        state = (pnp.zeros_like(target), *carry)
        advance = lambda given: (_step(f, limits, given[0]), given[1])
        (_, *carry), _ = lax.while_loop(going, advance, (state, target))
        _, _, t, _, last, quartic = carry
        at = pnp.astype((target - last) / (t - last), dtype_of(y0))
        return tuple(carry), _polynomial(quartic, at)

    first = f(y0, ts[0])
    step = pnp.clip(_first_step(f, limits, y0, ts[0], first), 0.0, limits[3])
    quartic = pnp.stack([pnp.zeros_like(y0)] * 4 + [y0])
    carry = (y0, first, ts[0], pnp.astype(step, dtype_of(ts)), ts[0], quartic)
    _, found = lax.scan(until, carry, ts[1:])
    return pnp.concat([pnp.expand_dims(y0, axis=0), found], axis=0)


def _step(f: F, limits: Sequence[float], state: Any) -> Any:
    """The state after a step, which is taken if its error is small enough; with the next length."""
    count, y, slope, t, step, last, quartic = state
    h = pnp.astype(step, dtype_of(y))
    slopes = [slope]
    for node, weights in zip(NODES, STAGES, strict=True):
        slopes.append(f(y + h * _weighted(weights, slopes), t + step * node))
    after = y + h * _weighted(FIFTH, slopes)
    error = h * (_weighted(FIFTH, slopes) - _weighted(FOURTH, slopes))
    ratio = pnp.astype(_size(error, y, after, limits), dtype_of(t))
    middle = y + h * (_weighted(MIDDLE, slopes) / 2)
    fitted = _quartic(y, after, middle, h * slopes[0], h * slopes[-1])
    taken = ratio <= 1
    new, old = (after, slopes[-1], t + step, t, fitted), (y, slope, t, last, quartic)
    y, slope, t, last, quartic = (pnp.where(taken, a, b) for a, b in zip(new, old, strict=True))
    return count + 1, y, slope, t, _next_length(step, ratio, limits[3]), last, quartic


def _weighted(weights: Sequence[float], slopes: Sequence[Any]) -> Any:
    total = None
    for weight, slope in zip(weights, slopes, strict=True):
        if weight:
            total = slope * weight if total is None else total + slope * weight
    return total


def _size(error: Any, y: Any, after: Any, limits: Sequence[float]) -> Any:
    """The root mean square of an error in units of what is allowed."""
    allowed = limits[1] + limits[0] * pnp.maximum(pnp.abs(y), pnp.abs(after))
    return pnp.sqrt(pnp.mean(pnp.square(pnp.abs(error) / allowed)))


def _next_length(step: Any, ratio: Any, longest: float) -> Any:
    """The length that would have had nine tenths of the allowed error, within a factor of 5 down (1
    after a step that was taken) and 10 up.
    """
    least = pnp.where(ratio < 1, 1.0, 0.2)
    wanted = pnp.maximum(pnp.where(ratio == 0, 1.0, ratio) ** -0.2 * 0.9, least)
    factor = pnp.where(ratio == 0, 10.0, pnp.minimum(wanted, 10.0))
    return pnp.astype(pnp.clip(step * factor, 0.0, longest), dtype_of(step))


def _quartic(y: Any, after: Any, middle: Any, slope: Any, slope_after: Any) -> Any:
    """The coefficients, highest first, of the polynomial in 0 … 1 with these values and slopes."""
    return pnp.stack(
        [
            2 * (slope_after - slope) - 8 * (y + after) + 16 * middle,
            5 * slope - 3 * slope_after + 18 * y + 14 * after - 32 * middle,
            slope_after - 4 * slope - 11 * y - 5 * after + 16 * middle,
            slope,
            y,
        ]
    )


def _polynomial(coefficients: Any, at: Any) -> Any:
    total = coefficients[0]
    for k in range(1, 5):
        total = total * at + coefficients[k]
    return total


def _first_step(f: F, limits: Sequence[float], y0: Any, t0: Any, first: Any) -> Any:
    """A first length (Hairer, Nørsett and Wanner, "Solving ordinary differential equations I", 2nd
    ed., II.4).
    """
    allowed = limits[1] + limits[0] * pnp.abs(y0)
    norm = lambda x: pnp.sqrt(pnp.sum(pnp.square(pnp.abs(x) / allowed)))
    size, rate = norm(y0), norm(first)
    small = (size < 1e-5) | (rate < 1e-5)
    guess = pnp.where(small, 1e-6, 0.01 * size / pnp.where(small, 1.0, rate))
    again = f(y0 + pnp.astype(guess, dtype_of(y0)) * first, t0 + pnp.astype(guess, dtype_of(t0)))
    bend = norm(again - first) / guess
    flat = (rate <= 1e-15) & (bend <= 1e-15)
    most = pnp.where(flat, 1.0, pnp.maximum(rate, bend))
    long = pnp.where(flat, pnp.maximum(1e-6, guess * 1e-3), (0.01 / most) ** 0.2)
    return pnp.minimum(100.0 * guess, long)


_solved = custom_vjp(_solution, nondiff_argnums=(0, 1))


def _forward(slope: F, limits: Sequence[float], y0: Any, ts: Any, args: Any) -> tuple[Any, Any]:
    ys = _solved(slope, limits, y0, ts, args)
    return ys, (ys, ts, args)


def _backward(slope: F, limits: Sequence[float], residuals: Any, cotangent: Any) -> Any:
    """The adjoint equation from each time back to the one before: of -t, which increases."""
    ys, ts, args = residuals
    leaves, structure = tree.flatten(args)
    moving = [i for i, x in enumerate(leaves) if dtype_of(array_of(x)).is_inexact]
    moved = [array_of(leaves[i]) for i in moving]

    def of_moving(y: Any, t: Any, *values: Any) -> Any:
        full = list(leaves)
        for i, value in zip(moving, values, strict=True):
            full[i] = value
        return slope(y, t, *tree.unflatten(structure, full))

    zeros = [pnp.zeros_like(x) for x in moved]
    start, unravel = ravel_pytree((ys[0], cotangent[0], ts[0], zeros))

    def augmented(state: Any, backwards: Any, *values: Any) -> Any:
        y, adjoint, _, _ = unravel(state)
        rate, pull = vjp(of_moving, y, -backwards, *values)
        by_y, by_t, *rest = pull(adjoint)
        found, _ = ravel_pytree((-rate, by_y, by_t, list(rest)))
        return pnp.astype(found, dtype_of(state))

    def back(carry: Any, row: Any) -> tuple[Any, Any]:
        adjoint, by_first, by_args = carry
        y, t, before, ct, ct_before = row
        by_t = pnp.real(pnp.sum(of_moving(y, t, *moved) * ct))
        state, _ = ravel_pytree((y, adjoint, by_first - by_t, by_args))
        times = pnp.stack([-t, -before])
        state = _solved(augmented, limits, pnp.astype(state, dtype_of(start)), times, tuple(moved))
        _, adjoint, by_first, by_args = unravel(state[1])
        return (adjoint + ct_before, by_first, by_args), by_t

    rows = (ys[1:], ts[1:], ts[:-1], cotangent[1:], cotangent[:-1])
    carry = (cotangent[-1], pnp.zeros_like(ts[0]), zeros)
    (adjoint, by_first, by_args), by_ts = lax.scan(back, carry, rows, reverse=True)
    by_times = pnp.concat([pnp.expand_dims(by_first, axis=0), by_ts], axis=0)
    full: list[Any] = [None] * len(leaves)
    for i, value in zip(moving, by_args, strict=True):
        full[i] = value
    return adjoint, by_times, tree.unflatten(structure, full)


_solved.defvjp(_forward, _backward)
