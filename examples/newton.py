"""Heat that feeds itself: Bratu's problem by a damped Newton iteration.

    python examples/newton.py [--output FOLDER]

A slab with a reaction inside is cooled at both faces. Its temperature solves Bratu's equation

    F(u, λ) = u'' + λ w(x) eᵘ = 0 for 0 < x < 1,      u(0) = u(1) = 0,

where λ tells how strong the reaction is, and w(x) = 1 where in the slab. Newton's method repeats

    u ← T(u, λ) = u - α J⁻¹ F,      J = ∂F/∂u,

the step halved (α = 1, ½, ¼, …) until F shrinks: without that it is easily lost. The solution is a
fixed point of T, and `fixed_point` finds it. Its derivative does not go through the iterations: it
is that of the equation u = T(u, λ),

    du = (1 - ∂T/∂u)⁻¹ ∂T/∂λ dλ = -J⁻¹ ∂F/∂λ dλ,

one linear equation, however long the iteration took. In reverse mode it is the transposed one, and
gives the derivatives by all of w at once.

For w = 1 there is a closed form (Bratu 1914): the temperature in the middle is 2 log cosh θ/4,
where λ = θ² / (2 cosh² θ/4). For λ below 3.5138… there are two solutions, for λ above none: the
slab explodes. Towards that point the sensitivity to λ grows beyond all bounds.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np
import plots

import polyad
import polyad.numpy as pnp
from polyad import lax, solvers

POINTS = 24  # with those at the faces; odd orders of the polynomial leave none in the middle
CRITICAL = 3.513830719125  # θ/4 solves y tanh y = 1 there
SETTLED = 1e-8  # the size of a residual that rounding may keep from shrinking
SHORTEST = 1e-3  # the least α


# -- The equation ----------------------------------------------------------------------------------


def chebyshev(n: int) -> tuple[np.ndarray, np.ndarray]:
    """n + 1 points in [0, 1] and the matrix that takes values there to derivatives: that of the
    polynomial through them (Trefethen, "Spectral methods in MATLAB", chapter 6).
    """
    x = np.cos(np.pi * np.arange(n + 1) / n)
    c = np.where((np.arange(n + 1) % n) == 0, 2.0, 1.0) * (-1.0) ** np.arange(n + 1)
    matrix = np.outer(c, 1 / c) / (x[:, None] - x + np.eye(n + 1))
    matrix -= np.diag(matrix.sum(axis=1))
    return (1 - x) / 2, -2 * matrix


X, FIRST = chebyshev(POINTS)
SECOND = (FIRST @ FIRST)[1:-1, 1:-1]  # for functions that vanish at both ends
INSIDE = X[1:-1]
MIDDLE = POINTS // 2 - 1  # the index of x = 1/2 among them


def residual(u, strength, weights):
    return SECOND @ u + strength * weights * pnp.exp(u)


# -- Newton's method as a fixed point --------------------------------------------------------------


def newton_step(f, u, damped: bool = True):
    """u - α d, where J d = f(u), with the first α of 1, ½, ¼, … that makes |f| smaller."""
    value = f(u)
    d = pnp.linalg.solve(polyad.jacfwd(f)(u), value)
    if not damped:
        return u - d
    size = pnp.linalg.norm(value)

    def too_long(alpha):
        smaller = pnp.linalg.norm(f(u - alpha * d)) < size
        return ~smaller & (size > SETTLED) & (alpha > SHORTEST)

    alpha = lax.while_loop(too_long, lambda alpha: alpha / 2, 1.0)
    return u - alpha * d


def temperature(strength, weights=1.0, start=0.0, damped: bool = True):
    """The temperature inside, by `fixed_point`; `start` tells which of two solutions it finds."""
    f = lambda u: residual(u, strength, weights)
    guess = start * np.sin(np.pi * INSIDE)
    step = lambda u: newton_step(f, u, damped)
    return solvers.fixed_point(step, guess, maxiter=50, linear_solver="dense")


def hottest(strength, weights=1.0, start=0.0):
    """The temperature in the middle."""
    return temperature(strength, weights, start).value[MIDDLE]


# -- What is known in closed form ------------------------------------------------------------------


def closed_form(theta):
    """λ, the temperature in the middle, and its derivative by λ."""
    y = theta / 4
    strength = theta**2 / (2 * np.cosh(y) ** 2)
    slope_of_strength = theta * (1 - y * np.tanh(y)) / np.cosh(y) ** 2
    return strength, 2 * np.log(np.cosh(y)), np.tanh(y) / 2 / slope_of_strength


def closed_form_inside(theta):
    return -2 * np.log(np.cosh((INSIDE - 0.5) * theta / 2) / np.cosh(theta / 4))


# -- The account -----------------------------------------------------------------------------------


class Point(NamedTuple):
    """A solution, and the derivative of the temperature in its middle by λ, computed and exact."""

    theta: float
    strength: float
    temperatures: np.ndarray
    slope: float
    exact_slope: float

    @property
    def hottest(self) -> float:
        return float(self.temperatures[MIDDLE])

    def error(self) -> float:
        return float(np.max(np.abs(self.temperatures - closed_form_inside(self.theta))))

    def slope_error(self) -> float:
        return abs(self.slope / self.exact_slope - 1)


def points(thetas) -> list[Point]:
    """Solutions on both branches, each found from a start that is cool or hot."""
    slope = polyad.grad(hottest)
    found = []
    for theta in thetas:
        strength, middle, exact = closed_form(theta)
        start = 0.0 if exact > 0 else 1.1 * middle
        inside = temperature(strength, start=start).value
        slopes = float(slope(strength, start=start)), float(exact)
        found.append(Point(theta, float(strength), inside, *slopes))
    return found


def weight_error(h: float = 1e-5) -> float:
    """The derivatives of the temperature in the middle by all weights: the largest difference from
    central differences, relative to the largest derivative.
    """
    weights = 1 + 0.5 * INSIDE
    value = partial(hottest, 2.0)
    gradient = polyad.grad(value)(weights)
    shifts = h * np.eye(weights.size)
    central = (polyad.vmap(value)(weights + shifts) - polyad.vmap(value)(weights - shifts)) / (
        2 * h
    )
    return float(np.max(np.abs(gradient - central)) / np.max(np.abs(gradient)))


def report(found: list[Point]) -> None:
    print("   λ        temperature   error     d temperature / dλ   relative error")
    for p in found:
        numbers = p.strength, p.hottest, p.error(), p.slope, p.slope_error()
        print("  {:.5f}  {:11.8f}   {:.1e}   {:18.8f}   {:.1e}".format(*numbers))
    error = weight_error()
    print(f"derivatives by {INSIDE.size} weights at once, and central differences: {error:.1e}")
    print("from a start that is much too hot, at λ = 3.5:")
    for damped in (True, False):
        with np.errstate(all="ignore"):
            end = temperature(3.5, start=8.0, damped=damped)
        outcome = "converged" if end.converged else "lost"
        print(f"  {'damped' if damped else 'plain'}: {outcome} after {end.iterations} iterations")


def draw(found: list[Point], figure: Any) -> None:
    left, right = figure.subplots(1, 2)
    fine = np.linspace(0, 1, 201)
    names = {"C0": "cool solutions", "C1": "hot solutions"}
    for p in found:
        inside = np.concatenate([[0], p.temperatures, [0]])
        color = "C0" if p.slope > 0 else "C1"
        left.plot(X, inside, ".", color=color, ms=4, label=names.pop(color, None))
        left.plot(fine, np.polynomial.Chebyshev.fit(X, inside, POINTS)(fine), color=color, lw=1)
        left.text(0.5, p.hottest + 0.03, f"λ = {p.strength:.2f}", ha="center", fontsize=8)
    left.set(xlabel="x", ylabel="temperature u(x)", title="Solutions of Bratu's problem")
    left.set_ylim(-0.1, 2.95)
    left.legend(fontsize=8, loc="upper left")
    strength, middle, _ = closed_form(np.linspace(0.01, 10.5, 400))
    right.plot(strength, middle, color="0.7", lw=3, label="closed form")
    for k, p in enumerate(found):
        ends = np.array([-1, 1]) * 0.3 / np.hypot(1, p.slope / 2)
        right.plot(p.strength + ends, p.hottest + p.slope * ends, color="C7", lw=1)
        label = None if k else "computed, with its derivative"
        right.plot(p.strength, p.hottest, "o-", color="C7", ms=4, lw=1, label=label)
    right.axvline(CRITICAL, color="0.4", lw=1, ls=":", label=f"λ = {CRITICAL:.4f}")
    right.set(xlabel="strength of the reaction λ", ylabel="temperature in the middle u(½)")
    right.set(title="Both branches and their slopes", xlim=(0, 4), ylim=(-0.1, 4.2))
    right.legend(fontsize=8, loc="center left")


def main() -> None:
    output = plots.parser(__doc__).parse_args().output
    found = points([1.0, 2.0, 3.0, 4.0, 5.6, 6.6, 8.0])
    report(found)
    plots.save(output / "newton.png", partial(draw, found), (9, 3.8))


if __name__ == "__main__":
    main()
