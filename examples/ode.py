"""Hares and lynxes: fit a differential equation through an adaptive solver.

    python examples/ode.py [--output FOLDER]

Let y(t) solve y' = f(y, θ), y(0) = y₀. An *adaptive* solver picks its step sizes as it goes, so
that nobody knows beforehand how many steps it takes: it is a `while_loop`. Reverse mode goes
through that loop all the same; each iteration records what its own reverse pass needs.

There is another way to the same gradient, which records nothing: the *adjoint method* (Pontryagin
et al. 1962, chapter I; Chen et al. 2018, "Neural ordinary differential equations"). If the loss L
depends on the final state, a(t) = ∂L/∂y(t) solves a differential equation too,

    a' = -(∂f/∂y)ᵀ a,      dL/dθ = ∫ (∂f/∂θ)ᵀ a dt,

which is solved backward from a(T) = ∂L/∂y(T), together with y itself. `custom_vjp` makes it the
derivative of the solver. The first gradient is that of the numbers computed; the second is that of
the equation, solved once more with errors of its own. They agree to the tolerance, not to rounding.

The data are the hare and lynx pelts of the Hudson's Bay Company, in thousands a year (Elton and
Nicholson 1942); the model is Lotka's and Volterra's: hares u' = (α - βv) u, lynxes v' = (δu - γ) v.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import plots
from scipy.optimize import OptimizeResult, minimize

import polyad
import polyad.numpy as pnp
from polyad import lax

YEARS = np.arange(1900, 1921)
HARES = [30.0, 47.2, 70.2, 77.4, 36.3, 20.6, 18.1, 21.4, 22.0, 25.4, 27.1]
HARES += [40.3, 57.0, 76.6, 52.3, 19.5, 11.2, 7.6, 14.6, 16.2, 24.7]
LYNXES = [4.0, 6.1, 9.8, 35.2, 59.4, 41.7, 19.0, 13.0, 8.3, 9.1, 7.4]
LYNXES += [8.0, 12.3, 19.5, 45.7, 51.1, 29.7, 15.8, 9.7, 10.1, 8.6]
PELTS = np.stack([HARES, LYNXES], axis=1)
TIMES = np.arange(21.0)

# Where the fit starts: logs of rates that give cycles of some ten years, and of the first counts.
GUESS = np.log([0.6, 0.03, 0.03, 0.9, 30.0, 4.0])


# -- The solver ------------------------------------------------------------------------------------

# Dormand and Prince (1980), "A family of embedded Runge-Kutta formulae", the pair of orders 5(4).
# The last stage of a step is the first of the next: STAGES[-1] are the weights of the solution.
STAGES = (
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
ERROR = (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)
MOST_STEPS = 10_000


def weighted(weights: tuple[float, ...], slopes: list[Any]) -> Any:
    return sum(w * k for w, k in zip(weights, slopes, strict=True) if w)


def runge_kutta_step(f, y, slope, dt, theta):
    """The state after `dt`, its slope, and an estimate of the error made."""
    slopes = [slope]
    for weights in STAGES:
        state = y + dt * weighted(weights, slopes)
        slopes.append(f(state, theta))
    return state, slopes[-1], dt * weighted(ERROR, slopes)


def advance(f, y, start, end, dt, theta, tolerance):
    """The state at `end`, from `y` at `start`, and the step size to go on with.

    The error of a step, relative to `tolerance`, is to stay below 1; the next step size follows
    from it as in Hairer, Nørsett and Wanner, "Solving ordinary differential equations I", (4.11)
    to (4.13) of section II.4. The state is NaN if `end` is not reached in MOST_STEPS.
    """

    def unfinished(carry):
        t, _, _, _, steps = carry
        return (t < end) & (steps < MOST_STEPS)

    def step(carry):
        t, y, slope, dt, steps = carry
        last = t + dt >= end
        taken = pnp.where(last, end - t, dt)
        y_new, slope_new, difference = runge_kutta_step(f, y, slope, taken, theta)
        scale = tolerance * (1 + pnp.maximum(pnp.abs(y), pnp.abs(y_new)))
        error = pnp.mean((difference / scale) ** 2) ** 0.5
        accepted = error <= 1
        proposed = taken * pnp.clip(0.9 * error ** (-1 / 5), 0.2, 5.0)
        # A last step, cut short, says little about how long the next one may be.
        dt = pnp.where(last & accepted, pnp.maximum(dt, proposed), proposed)
        t = pnp.where(accepted, pnp.where(last, end, t + taken), t)
        y, slope = pnp.where(accepted, y_new, y), pnp.where(accepted, slope_new, slope)
        return t, y, slope, dt, steps + 1

    t, y, _, dt, steps = lax.while_loop(unfinished, step, (start, y, f(y, theta), dt, 0))
    return pnp.where(t < end, pnp.nan, y), dt, steps


def solve(f, y0, theta, times, tolerance):
    """The states at `times`, of which y0 is the first: a scan, and in each iteration the loop."""

    def interval(carry, ends):
        y, dt = carry
        y, dt, steps = advance(f, y, ends[0], ends[1], dt, theta, tolerance)
        return (y, dt), (y, steps)

    ends = pnp.stack([times[:-1], times[1:]], axis=1)
    _, (states, steps) = lax.scan(interval, (y0, times[1] - times[0]), ends)
    return pnp.concat([y0[None], states]), pnp.sum(steps)


# -- The adjoint method ----------------------------------------------------------------------------


@partial(polyad.custom_vjp, nondiff_argnums=(0,))
def solve_adjoint(f, y0, theta, times, tolerance):
    """`solve`, the states alone, with the adjoint method for its derivative by y0 and theta."""
    return solve(f, y0, theta, times, tolerance)[0]


def adjoint_forward(f, y0, theta, times, tolerance):
    states = solve_adjoint(f, y0, theta, times, tolerance)
    return states, (states, theta, times, tolerance)


def adjoint_backward(f, residuals, cotangents):
    """From each time back to the one before: the state, its adjoint and the integral for theta.

    At each time the adjoint jumps by the cotangent of the state there, and the state is set to
    what the forward solve found, lest the errors of solving backward grow.
    """
    states, theta, times, tolerance = residuals
    n = states.shape[1]

    def backward(z, theta):  # in -t, so that time runs forward
        slope, pullback = polyad.vjp(f, z[:n], theta)
        y_part, theta_part = pullback(z[n : 2 * n])
        return pnp.concat([-slope, y_part, theta_part])

    def interval(carry, x):
        adjoint, integral = carry
        state, cotangent, start, end = x
        z = pnp.concat([state, adjoint + cotangent, integral])
        z, _, _ = advance(backward, z, -end, -start, end - start, theta, tolerance)
        return (z[n : 2 * n], z[2 * n :]), None

    xs = (states[1:], cotangents[1:], times[:-1], times[1:])
    zero = (pnp.zeros_like(states[0]), pnp.zeros_like(theta))
    (adjoint, integral), _ = lax.scan(interval, zero, xs, reverse=True)
    return adjoint + cotangents[0], integral, None, None


solve_adjoint.defvjp(adjoint_forward, adjoint_backward)


# -- The model and its fit -------------------------------------------------------------------------


def lotka_volterra(y, theta):
    u, v = y[0], y[1]
    return pnp.stack([(theta[0] - theta[1] * v) * u, (theta[2] * u - theta[3]) * v])


def populations(logs, times, tolerance):
    """Hares and lynxes at `times`; `logs` are those of α, β, δ, γ and the initial populations."""
    return solve(lotka_volterra, pnp.exp(logs[4:]), pnp.exp(logs[:4]), times, tolerance)[0]


def populations_adjoint(logs, times, tolerance):
    """The same, with the adjoint method for its derivative."""
    y0, theta = pnp.exp(logs[4:]), pnp.exp(logs[:4])
    return solve_adjoint(lotka_volterra, y0, theta, times, tolerance)


def loss_of(model, logs, tolerance):
    """The sum of squared differences in logarithms: the errors of the counts are relative."""
    return pnp.sum((pnp.log(model(logs, TIMES, tolerance)) - np.log(PELTS)) ** 2)


loss = partial(loss_of, populations)
loss_adjoint = partial(loss_of, populations_adjoint)


def fit(tolerance: float = 1e-6) -> OptimizeResult:
    """The logs of least loss, by BFGS."""
    value_and_grad = polyad.jit(polyad.value_and_grad(loss))
    return minimize(value_and_grad, GUESS, (tolerance,), "BFGS", jac=True, options={"gtol": 1e-4})


# -- The gradients, compared -----------------------------------------------------------------------


@dataclass
class Comparison:
    """Relative differences between gradients of the loss, by tolerance of the solver."""

    tolerances: list[float]
    loop_central: list[float]  # reverse mode through the loop, and central differences
    loop_adjoint: list[float]  # reverse mode through the loop, and the adjoint method
    loop_exact: list[float]  # reverse mode through the loop, and the same at tolerance FINEST


FINEST = 1e-12


def compare(logs: np.ndarray, tolerances: list[float]) -> Comparison:
    value = polyad.jit(loss)
    through_loop = polyad.jit(polyad.grad(loss))
    by_adjoint = polyad.jit(polyad.grad(loss_adjoint))
    exact = through_loop(logs, FINEST)
    found = Comparison(tolerances, [], [], [])
    for tolerance in tolerances:
        gradient = through_loop(logs, tolerance)
        central = central_differences(lambda x, tolerance=tolerance: value(x, tolerance), logs)
        found.loop_central.append(relative(gradient, central))
        found.loop_adjoint.append(relative(gradient, by_adjoint(logs, tolerance)))
        found.loop_exact.append(relative(gradient, exact))
    return found


def central_differences(f, x: np.ndarray, h: float = 1e-5) -> np.ndarray:
    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(x.size)])


def relative(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.linalg.norm(one - other) / np.linalg.norm(other))


# -- The account -----------------------------------------------------------------------------------


def report(found: OptimizeResult, comparison: Comparison) -> None:
    steps = solve(lotka_volterra, np.exp(found.x[4:]), np.exp(found.x[:4]), TIMES, 1e-6)[1]
    print(f"fit: loss {loss(GUESS, 1e-6):.3f} -> {found.fun:.3f} in {found.nit} iterations of BFGS")
    for name, value in zip(("α", "β", "δ", "γ", "u(0)", "v(0)"), np.exp(found.x), strict=True):
        print(f"  {name:5} {value:.4g}")
    print(f"steps of the solver, known only when it is done: {steps}")
    print("relative differences between gradients of the loss")
    print("  tolerance   loop - central   loop - adjoint   loop - loop at 1e-12")
    c = comparison
    for row in zip(c.tolerances, c.loop_central, c.loop_adjoint, c.loop_exact, strict=True):
        print("  {:9.0e}   {:14.1e}   {:14.1e}   {:20.1e}".format(*row))


def draw(found: OptimizeResult, comparison: Comparison, figure: Any) -> None:
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    times = np.linspace(0, 20, 401)
    curves = populations(found.x, times, 1e-6)
    for k, (name, color) in enumerate((("hares", "C1"), ("lynxes", "C0"))):
        left.plot(YEARS, PELTS[:, k], "o", ms=4, color=color, label=f"{name}, counted")
        left.plot(YEARS[0] + times, curves[:, k], color=color, label=f"{name}, model")
    left.set(
        xlabel="year", ylabel="pelts (thousands)", title="Lotka-Volterra, fitted", ylim=(0, 95)
    )
    left.set_xticks(YEARS[::5])
    left.legend(ncols=2, fontsize=8, loc="upper center")
    right.loglog(
        comparison.tolerances, comparison.loop_exact, "o-", label="loop at tolerance 1e-12"
    )
    right.loglog(comparison.tolerances, comparison.loop_adjoint, "s-", label="adjoint method")
    right.loglog(comparison.tolerances, comparison.loop_central, "^-", label="central differences")
    right.set(
        xlabel="tolerance of the solver",
        ylabel="relative difference to the loop's",
        title="Gradients of the loss",
    )
    right.legend(fontsize=8)


def main() -> None:
    output = plots.parser(__doc__).parse_args().output
    found = fit()
    comparison = compare(GUESS, [10.0**-k for k in range(3, 11)])
    report(found, comparison)
    plots.save(output / "ode.png", partial(draw, found, comparison), (9, 3.8))


if __name__ == "__main__":
    main()
