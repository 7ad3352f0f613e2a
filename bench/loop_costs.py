"""Rows about what loops cost: a solver's reverse pass, compile times, eager loops.

The peers are polyad itself at a smaller task, and NumPy loops written by hand.
"""

from __future__ import annotations

import itertools
import sys
from typing import Any

import numpy as np

from .peers import Library, polyad
from .rows import Row, Thunk, size

# -- The van der Pol oscillator, by the adaptive method of Dormand and Prince ----------------------

# J. R. Dormand, P. J. Prince, "A family of embedded Runge-Kutta formulae", J. Comput. Appl. Math. 6
# (1980): the stages, of which the last is the step itself, and the weights of the error.
STAGES = (
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
ERROR = (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)
TOLERANCE = 1e-8
START, STIFFNESS, END = np.array([2.0, 0.0]), 3.0, 20.0


def van_der_pol(lib: Library) -> Any:
    """The position in the end, as a function of the start and the stiffness."""
    xp, lax = lib.numpy, lib.lax

    def slope(y: Any, mu: Any) -> Any:
        return xp.stack([y[1], mu * (1 - y[0] * y[0]) * y[1] - y[0]])

    def attempt(y: Any, k: Any, h: Any, mu: Any) -> tuple[Any, Any, Any]:
        ks, new = [k], y
        for row in STAGES:
            new = y + h * sum(a * k for a, k in zip(row, ks, strict=True) if a)
            ks.append(slope(new, mu))
        wrong = h * sum(e * k for e, k in zip(ERROR, ks, strict=True) if e)
        scale = TOLERANCE * (1 + xp.maximum(xp.abs(y), xp.abs(new)))
        return new, ks[-1], xp.max(xp.abs(wrong) / scale)

    def solve(start: Any, mu: Any) -> Any:
        def step(state: Any) -> Any:
            t, y, k, h = state
            h = xp.minimum(h, END - t)
            new, last, error = attempt(y, k, h, mu)
            done = error <= 1
            factor = xp.clip(0.9 * (error + 1e-10) ** -0.2, 0.2, 5.0)
            kept = xp.where(done, new, y), xp.where(done, last, k)
            return xp.where(done, t + h, t), *kept, h * lax.stop_gradient(factor)

        state = lax.while_loop(
            lambda state: state[0] < END, step, (0.0, start, slope(start, mu), 0.01)
        )
        return state[1][0]

    return solve


def solver_forward() -> Thunk:
    lib = polyad()
    run = lib.jit(van_der_pol(lib))
    return lambda: run(START, STIFFNESS)


def solver_gradient(lib: Library) -> Thunk:
    """Gives the value, as the forward solve does; the gradient is checked once, here."""
    run = lib.jit(lib.value_and_grad(van_der_pol(lib), (0, 1)))
    value, (by_start, by_stiffness) = run(START, STIFFNESS)
    found = np.array([value, *by_start, by_stiffness])
    expected = sensitivities()
    if not np.allclose(found, expected, rtol=1e-5):
        sys.exit(f"van-der-pol: polyad gives {found}, SciPy {expected}")
    return lambda: run(START, STIFFNESS)[0]


def sensitivities() -> np.ndarray:
    """The final position and its derivatives, by SciPy on the variational equations."""
    from scipy.integrate import solve_ivp

    def slope(t: float, state: np.ndarray) -> np.ndarray:
        (x, v), tangents = state[:2], state[2:].reshape(2, 3)
        jacobian = np.array([[0, 1], [-2 * STIFFNESS * x * v - 1, STIFFNESS * (1 - x * x)]])
        moved = jacobian @ tangents
        moved[1, 2] += (1 - x * x) * v
        return np.array([v, STIFFNESS * (1 - x * x) * v - x, *moved.ravel()])

    start = [*START, 1, 0, 0, 0, 1, 0]
    solved = solve_ivp(slope, (0, END), start, "DOP853", rtol=1e-12, atol=1e-12)
    return solved.y[[0, 2, 3, 4], -1]


# -- Compile times ---------------------------------------------------------------------------------

variants = itertools.count(1)


def compiling(lib: Library, length: int) -> Thunk:
    """Trace, transform and compile the gradient of a scan, anew in each call: a literal differs.

    Gives how many loops its last stage has.
    """

    def compile_once() -> int:
        rate = 0.25 + next(variants) * 2.0**-40
        step = lambda v, _: (lib.numpy.sin(v) * rate + v * v, None)
        last = lambda v: lib.lax.scan(step, v, None, length=length)[0]
        lowered = lib.jit(lib.grad(last)).lower(0.5)
        lowered.compile()
        return str(lowered.stages()["loop"]).count("control.for")

    return compile_once


# -- Eager loops -----------------------------------------------------------------------------------

SCALE = np.eye(3) * 0.9
INPUTS = np.random.default_rng(0).normal(size=(size(1000), 3))


def eager_body(c: Any, x: Any) -> Any:
    c = np.tanh(SCALE @ c) + x
    return c, c * 2


def eager_scan(lib: Library) -> Thunk:
    return lambda: lib.lax.scan(eager_body, np.zeros(3), INPUTS)


def loop_by_hand() -> Thunk:
    def run() -> Any:
        c, ys = np.zeros(3), []
        for x in INPUTS:
            c, y = eager_body(c, x)
            ys.append(y)
        return c, np.stack(ys)

    return run


def eager_gradient(lib: Library) -> Thunk:
    xp = lib.numpy
    step = lambda c, x: (xp.tanh(SCALE @ c) + x, None)
    gradient = lib.grad(lambda c: xp.sum(lib.lax.scan(step, c, INPUTS)[0]))
    return lambda: gradient(np.zeros(3))


def gradient_by_hand() -> Thunk:
    def run() -> Any:
        c, recorded = np.zeros(3), []
        for x in INPUTS:
            recorded.append(np.tanh(SCALE @ c))
            c = recorded[-1] + x
        ct = np.ones(3)
        for t in reversed(recorded):
            ct = SCALE.T @ (ct * (1 - t * t))
        return ct

    return run


ROWS = (
    Row(
        "van-der-pol",
        "jit(value_and_grad(adaptive Dormand-Prince)), van der Pol, against its solve",
        solver_gradient,
        {"polyad forward": 3.0},
        others={"polyad forward": solver_forward},
    ),
    Row(
        "scan-compile",
        "compiling grad of a scan of length 100,000, against length 10",
        lambda lib: compiling(lib, 100_000),
        {"polyad short": 1.1},
        others={"polyad short": lambda: compiling(polyad(), 10)},
    ),
    Row(
        "eager-scan",
        "un-jitted scan of a small body, 1,000 iterations",
        eager_scan,
        {"numpy loop": 2.0},
        others={"numpy loop": loop_by_hand},
    ),
    Row(
        "eager-scan-grad",
        "its gradient, un-jitted, against loops written by hand",
        eager_gradient,
        {"numpy loop": 2.0},
        others={"numpy loop": gradient_by_hand},
    ),
)
