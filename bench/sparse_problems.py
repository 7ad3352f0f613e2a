"""Ten sparse derivatives, each at any size: functions of an array namespace, their data, and a
point.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Problem(NamedTuple):
    """A function of a vector, a point, and whether its Hessian is wanted and not its Jacobian."""

    function: Callable[[Any], Any]
    point: np.ndarray
    second: bool = False


def rosenbrock(xp: Any, n: int) -> Problem:
    """Rosenbrock's chain of n variables: a tridiagonal Hessian."""

    def f(x: Any) -> Any:
        return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()

    return Problem(f, np.linspace(-1, 1, n), second=True)


def brusselator(xp: Any, n: int) -> Problem:
    """The Brusselator's reaction and diffusion on a periodic n × n grid: two species."""
    alpha = 0.1

    def spread(a: Any) -> Any:
        around = xp.roll(a, 1, 0) + xp.roll(a, -1, 0) + xp.roll(a, 1, 1) + xp.roll(a, -1, 1)
        return alpha * (around - 4 * a)

    def f(x: Any) -> Any:
        u, v = x.reshape(2, n, n)
        reaction = u * u * v
        du = 1 + reaction - 4.4 * u + spread(u)
        dv = 3.4 * u - reaction + spread(v)
        return xp.stack([du, dv]).reshape(-1)

    return Problem(f, np.random.default_rng(0).uniform(0.5, 2, 2 * n * n))


def burgers(xp: Any, n: int) -> Problem:
    """Burgers' equation on a line, by central differences."""
    h = 1 / (n + 1)

    def f(u: Any) -> Any:
        w = xp.pad(u, 1)
        left, right = w[:-2], w[2:]
        return -u * (right - left) / (2 * h) + 0.01 * (right - 2 * u + left) / h**2

    return Problem(f, np.random.default_rng(0).uniform(0.5, 2, n))


def lotka_volterra(xp: Any, n: int) -> Problem:
    """Species on a random graph of 2 n edges, each eaten by and eating its neighbours."""
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, n, (2, 2 * n))
    rate, strength = rng.normal(size=n), rng.normal(size=2 * n)

    def f(x: Any) -> Any:
        flow = strength * x[a] * x[b]
        return rate * x + xp.zeros(n).at[a].add(flow).at[b].add(-flow)

    return Problem(f, rng.uniform(0.5, 2, n))


def bundle_adjustment(xp: Any, n: int) -> Problem:
    """Reprojection errors of n observations: cameras of 9 parameters, points of 3."""
    rng = np.random.default_rng(0)
    cameras, points = max(n // 200, 2), max(n // 4, 4)
    seen_by, seen = rng.integers(0, cameras, n), rng.integers(0, points, n)
    pixels = rng.normal(size=(n, 2))

    def f(x: Any) -> Any:
        c = x[: 9 * cameras].reshape(cameras, 9)[seen_by]
        p = x[9 * cameras :].reshape(points, 3)[seen]
        r, t = [c[:, i] for i in range(3)], [c[:, i] for i in range(3, 6)]
        focal, k1, k2 = c[:, 6], c[:, 7], c[:, 8]
        q = [p[:, i] for i in range(3)]
        angle2 = r[0] ** 2 + r[1] ** 2 + r[2] ** 2
        angle = xp.sqrt(angle2)
        sine, rest = xp.sin(angle) / angle, (1 - xp.cos(angle)) / angle2
        along = (r[0] * q[0] + r[1] * q[1] + r[2] * q[2]) * rest
        across = [r[1] * q[2] - r[2] * q[1], r[2] * q[0] - r[0] * q[2], r[0] * q[1] - r[1] * q[0]]
        cosine = xp.cos(angle)
        s = [q[i] * cosine + across[i] * sine + r[i] * along + t[i] for i in range(3)]
        u, v = -s[0] / s[2], -s[1] / s[2]
        square = u * u + v * v
        scale = focal * (1 + square * (k1 + k2 * square))
        return xp.stack([scale * u - pixels[:, 0], scale * v - pixels[:, 1]], axis=1).reshape(-1)

    x = rng.normal(size=9 * cameras + 3 * points)
    x[5 : 9 * cameras : 9] += 10
    return Problem(f, x)


def _defects(xp: Any, k: int) -> Callable[[Any], Any]:
    """Trapezoidal defects of a cart with a pole: k steps, 4 states and 1 force each."""
    h = 2.0 / k

    def motion(z: Any) -> Any:
        speed, angle, spin, force = z[:, 1], z[:, 2], z[:, 3], z[:, 4]
        sine, cosine = xp.sin(angle), xp.cos(angle)
        below = 1 + 0.3 * sine**2
        a = (force + 0.3 * sine * (0.5 * spin**2 + 9.81 * cosine)) / below
        turn = force * cosine + 0.15 * spin**2 * cosine * sine + 12.753 * sine
        return xp.stack([speed, a, spin, -2 * turn / below], axis=1)

    def f(x: Any) -> Any:
        z = x.reshape(k + 1, 5)
        rate = motion(z)
        return (z[1:, :4] - z[:-1, :4] - 0.5 * h * (rate[1:] + rate[:-1])).reshape(-1)

    return f


def control(xp: Any, k: int) -> Problem:
    """The defects of a cart-pole's direct collocation."""
    return Problem(_defects(xp, k), np.random.default_rng(0).normal(size=5 * (k + 1)))


def control_lagrangian(xp: Any, k: int) -> Problem:
    """The Hessian of the Lagrangian of the same program."""
    defects, rng = _defects(xp, k), np.random.default_rng(0)
    multipliers = rng.normal(size=4 * k)

    def f(x: Any) -> Any:
        force = x.reshape(k + 1, 5)[:, 4]
        return 2.0 / k * (force**2).sum() + (multipliers * defects(x)).sum()

    return Problem(f, rng.normal(size=5 * (k + 1)), second=True)


def finite_elements(xp: Any, n: int) -> Problem:
    """Linear triangles on n × n vertices: the residual of -div((1 + u²) grad u) = 1."""
    numbers = np.arange(n * n).reshape(n, n)
    lower = [numbers[:-1, :-1], numbers[1:, :-1], numbers[:-1, 1:]]
    upper = [numbers[1:, 1:], numbers[:-1, 1:], numbers[1:, :-1]]
    corners = np.concatenate([np.stack([c.ravel() for c in t], 1) for t in (lower, upper)])
    i, j, k = (np.ascontiguousarray(corners[:, c]) for c in range(3))
    area = 0.5 / (n - 1) ** 2

    def f(u: Any) -> Any:
        a, b, c = u[i], u[j], u[k]
        stiffness = 0.5 * (1 + ((a + b + c) / 3) ** 2)
        ra, rb, rc = stiffness * (2 * a - b - c), stiffness * (b - a), stiffness * (c - a)
        load = area / 3
        return xp.zeros(n * n).at[i].add(ra - load).at[j].add(rb - load).at[k].add(rc - load)

    return Problem(f, np.random.default_rng(0).normal(size=n * n))


def banded(xp: Any, n: int) -> Problem:
    """Broyden's banded function: five neighbours below, one above."""

    def f(x: Any) -> Any:
        w = xp.pad(x * (1 + x), (5, 1))
        around = sum(w[s : s + n] for s in (0, 1, 2, 3, 4, 6))
        return x * (2 + 5 * x**2) + 1 - around

    return Problem(f, np.random.default_rng(0).normal(size=n))


def arrow(xp: Any, groups: int) -> Problem:
    """A logistic regression of 6 coefficients with an intercept for each group: an arrow."""
    rng = np.random.default_rng(0)
    data, hits = rng.normal(size=(groups, 5, 6)), rng.integers(0, 2, (groups, 5)) * 1.0

    def f(x: Any) -> Any:
        eta = data @ x[:6] + x[6:, None]
        return (xp.logaddexp(0, eta) - hits * eta).sum() + 0.5 * (x**2).sum()

    return Problem(f, 0.1 * rng.normal(size=6 + groups), second=True)


PROBLEMS: dict[str, tuple[Callable[[Any, int], Problem], tuple[int, ...]]] = {
    "Rosenbrock Hessian": (rosenbrock, (100, 1000, 10_000, 100_000)),
    "Brusselator": (brusselator, (7, 32, 128, 256)),
    "Burgers": (burgers, (100, 1000, 10_000, 100_000)),
    "Lotka-Volterra": (lotka_volterra, (100, 1000, 10_000, 100_000)),
    "bundle adjustment": (bundle_adjustment, (10, 1000, 10_000, 100_000)),
    "control Jacobian": (control, (20, 100, 1000, 10_000)),
    "control Hessian": (control_lagrangian, (20, 100, 1000, 10_000)),
    "finite elements": (finite_elements, (10, 24, 96, 256)),
    "Broyden banded": (banded, (100, 1000, 10_000, 100_000)),
    "arrow Hessian": (arrow, (100, 300, 3000, 30_000)),
}
"""The problems with their four sizes."""
