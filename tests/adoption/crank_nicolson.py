"""The heat equation by Crank and Nicolson's scheme, with in-place sweeps; plain NumPy."""

import numpy as np


def thomas(lower, diagonal, upper, right):
    """Solve a tridiagonal system in place: the answer is in `right`."""
    n = len(right)
    for i in range(1, n):
        factor = lower[i - 1] / diagonal[i - 1]
        diagonal[i] -= factor * upper[i - 1]
        right[i] -= factor * right[i - 1]
    right[-1] /= diagonal[-1]
    for i in range(n - 2, -1, -1):
        right[i] = (right[i] - upper[i] * right[i + 1]) / diagonal[i]
    return right


class Solver:
    """Steps of the heat equation u_t = (k u_x)_x with u = 0 at both ends."""

    order = 2

    def __init__(self, n, dt):
        self.n, self.dt = n, dt
        self.dx = 1.0 / (n + 1)

    def coefficients(self, k):
        r = np.zeros(self.n + 1)
        r[:] = k * self.dt / (2 * self.dx**2)
        return r

    def step(self, u, k):
        r = self.coefficients(k)
        right = np.empty_like(u)
        right[:] = u
        right[1:] += r[1:-1] * (u[:-1] - u[1:])
        right[:-1] += r[1:-1] * (u[1:] - u[:-1])
        right[0] -= r[0] * u[0]
        right[-1] -= r[-1] * u[-1]
        diagonal = np.ones(self.n)
        diagonal += r[:-1]
        diagonal += r[1:]
        return thomas(-r[1:-1], diagonal, -r[1:-1], right)

    def run(self, u, k, steps):
        history = np.zeros((steps + 1, self.n))
        history[0] = u
        for i in range(steps):
            history[i + 1] = self.step(history[i], k)
        return history


def energy(u, k, steps=3):
    solver = Solver(len(u), dt=0.01)
    return np.sum(solver.run(u, k, steps)[-1] ** 2)
