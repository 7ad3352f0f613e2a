"""Spots from almost nothing: a stiff reaction and diffusion in two dimensions, by BDF.

    python examples/reaction.py [--output FOLDER]

Two substances react and spread over a square that is closed to a torus (Prigogine and Lefever's
Brusselator):

    ∂u/∂t = a - (b + 1) u + u² v + d Δu,      ∂v/∂t = b u - u² v + e Δv.

With e well above d the even state u = a, v = b/a is unstable against waves of one length (Turing
1952), and spots grow from noise. On a grid the equations are stiff, so that an implicit method is
called for, and each of its Newton steps needs the Jacobian: 2 N² rows, of which each has six
entries. `polyad.sparse.scipy.ode_args` finds these from the right-hand side, and computes them.
SciPy can find them, too, by differences, if it is told where they are; then it calls the right-hand
side once for each colour of its own.

BDF keeps a Jacobian while its Newton steps converge, here nearly all of the time, and factorises
I - c J anew with each change of its step: the script prints which part of the time goes where.
"""

from __future__ import annotations

import time

import numpy as np
import plots
from scipy.integrate import BDF, solve_ivp

import polyad
import polyad.numpy as pnp
from polyad import sparse

SIDE = 48  # points along each side, at distance 1
A, B, D, E = 3.0, 9.0, 5.0, 12.0
END = 12.0


def brusselator(t, y):
    """The right-hand side; y is u, then v, each flattened."""
    u, v = y.reshape(2, SIDE, SIDE)
    spread = lambda w: (
        pnp.roll(w, 1, 0) + pnp.roll(w, -1, 0) + pnp.roll(w, 1, 1) + pnp.roll(w, -1, 1) - 4 * w
    )
    reaction = u * u * v
    du = A - (B + 1) * u + reaction + D * spread(u)
    dv = B * u - reaction + E * spread(v)
    return pnp.stack([du, dv]).reshape(-1)


def start(seed: int = 0) -> np.ndarray:
    """The even state, and noise."""
    noise = np.random.default_rng(seed).normal(size=(2, SIDE, SIDE))
    return (np.array([A, B / A])[:, None, None] + 0.1 * noise).reshape(-1)


class TimedBDF(BDF):
    """BDF, with the CPU seconds that its Jacobians, factorisations and solves take."""

    def __init__(self, *args, **options):
        self.seconds = dict.fromkeys(("jac", "lu", "solve_lu"), 0.0)
        begin = time.process_time()
        super().__init__(*args, **options)  # with the first Jacobian
        self.seconds["jac"] += time.process_time() - begin
        for name in self.seconds:
            setattr(self, name, self._timed(name, getattr(self, name)))
        TimedBDF.latest = self

    def _timed(self, name, call):
        def timed(*args):
            begin = time.process_time()
            result = call(*args)
            self.seconds[name] += time.process_time() - begin
            return result

        return timed


def integrated(**options):
    """The solution by BDF, and what its time went to."""
    begin = time.process_time()
    given = {"t_span": (0, END), "y0": start(), "rtol": 1e-5, "atol": 1e-6, **options}
    solution = solve_ivp(method=TimedBDF, **given)
    whole, parts = time.process_time() - begin, TimedBDF.latest.seconds
    shares = (f"{100 * parts[name] / whole:.0f} %" for name in parts)
    return solution, "{:.2f} s, {} steps; Jacobians {}, factorisations {}, solves {}".format(
        whole, solution.t.size - 1, *shares
    )


def differences(f, y, coloring):
    """The Jacobian of f at y by one-sided differences, one for each colour of columns."""
    step = 1e-7
    base = np.asarray(f(y))
    moved = [(np.asarray(f(y + step * seed)) - base) / step for seed in coloring.seeds()]
    return coloring.decompress(np.stack(moved, axis=1))


def seconds_of(call, count: int = 20) -> float:
    """The least time of a call."""
    call()
    times = []
    for _ in range(count):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return min(times)


def compare(args, pattern) -> None:
    """One Jacobian, by entries and by differences: times, and what differences lose."""
    y, f = start(), lambda y: args["fun"](0.0, y)
    coloring = sparse.coloring(pattern, partition="columns")
    exact, rough = args["jac"](0.0, y), differences(f, y, coloring)
    entries = seconds_of(lambda: args["jac"](0.0, y))
    quotients = seconds_of(lambda: differences(f, y, coloring))
    error = abs(exact - rough).max() / abs(exact).max()
    print(
        f"a Jacobian: {1e3 * entries:.2f} ms exactly, {1e3 * quotients:.2f} ms by differences "
        f"along {coloring.num_colors} colours, which err by {error:.0e}"
    )


def draw(solution, pattern, figure) -> None:
    """The spots, the corner of the Jacobian, the steps."""
    spots, places, steps = figure.subplots(1, 3)
    image = spots.imshow(solution.y[: SIDE * SIDE, -1].reshape(SIDE, SIDE), cmap="magma")
    figure.colorbar(image, ax=spots, shrink=0.8)
    spots.set_title(f"u at t = {END:g}")
    spots.set_axis_off()
    near = (pattern.rows < 4 * SIDE) & (pattern.cols < 4 * SIDE)
    places.plot(pattern.cols[near], pattern.rows[near], ".", ms=1.5, color="C0")
    places.invert_yaxis()
    places.set_aspect("equal")
    places.set_title(f"the first {4 * SIDE} rows and columns of J")
    steps.semilogy(solution.t[1:], np.diff(solution.t), color="C4")
    steps.set_xlabel("t")
    steps.set_title("BDF's steps")


def main() -> None:
    """Integrate with both Jacobians, and draw."""
    options = plots.parser(__doc__).parse_args()
    args = sparse.scipy.ode_args(brusselator)
    pattern = sparse.jacobian_sparsity(brusselator, 1)(0.0, start())
    print(f"{2 * SIDE**2} unknowns; a Jacobian of {pattern.nnz} entries, exact: {pattern.exact}")
    args["fun"](0.0, start()), args["jac"](0.0, start())  # compiled here
    compare(args, pattern)
    integrated(**args)  # which loads SuperLU
    solution, account = integrated(**args)
    print(f"exact Jacobians, {solution.njev}: {account}")
    compared, account = integrated(fun=args["fun"], jac_sparsity=pattern.to_scipy("csc"))
    print(f"SciPy's differences, {compared.njev}: {account}")
    distance = np.abs(solution.y[:, -1] - compared.y[:, -1]).max()
    print(f"the results differ by {distance:.1e} at most")
    plots.save(options.output / "reaction.png", lambda f: draw(solution, pattern, f), (10, 3.4))


if __name__ == "__main__":
    with polyad.config(num_threads=1):
        main()
