"""A pole swung up: optimal control by direct collocation.

    python examples/cartpole.py [--output FOLDER]

A cart on a rail carries a pole that hangs down, and pushes until it stands. Of all pushes that do
it in two seconds, the one with the least effort ∫ u² dt is wanted (M. Kelly, "An introduction to
trajectory optimization", SIAM Review 59, 2017, section 6). States and controls at K + 1 times are
the unknowns; the trapezoidal rule between neighbours, and the states at both ends, are constraints:

    minimize Σ h/2 (u_k² + u_{k+1}²)
    with z_{k+1} - z_k = h/2 (f(z_k, u_k) + f(z_{k+1}, u_{k+1})).

Each constraint has unknowns of two times, so Jacobian and Hessian of the Lagrangian are sparse.
`polyad.sparse.ipopt.problem` finds where, and makes the object that `cyipopt.Problem` takes. Where
cyipopt is not installed, SciPy's trust-constr solves the problem, by `polyad.sparse.scipy`.
"""

from __future__ import annotations

import time

import numpy as np
import plots
from scipy.optimize import minimize

import polyad
import polyad.numpy as pnp
from polyad import sparse

K = 40
DURATION = 2.0
CART, POLE, LENGTH, GRAVITY, DISTANCE = 1.0, 0.3, 0.5, 9.81, 1.0
H = DURATION / K
BEGIN = np.zeros(4)
END = np.array([DISTANCE, np.pi, 0.0, 0.0])


def motion(z, u):
    """The states' derivatives; a state is position, angle from hanging, and their speeds."""
    _, angle, speed, turn = z
    sin, cos = pnp.sin(angle), pnp.cos(angle)
    mass = CART + POLE * sin**2
    push = u + LENGTH * POLE * sin * turn**2
    along = (push + POLE * GRAVITY * cos * sin) / mass
    around = -(push * cos + (CART + POLE) * GRAVITY * sin) / (LENGTH * mass)
    return pnp.stack([speed, turn, along, around])


def split(x):
    """The states (4, K + 1) and the controls (K + 1,) of the vector of unknowns."""
    parts = x.reshape(5, K + 1)
    return parts[:4], parts[4]


def effort(x):
    """The trapezoidal sum of u²."""
    u = split(x)[1]
    return 0.5 * H * pnp.sum(u[1:] ** 2 + u[:-1] ** 2)


def defects(x):
    """The defects of the trapezoidal rule, and the distances from both ends."""
    z, u = split(x)
    f = motion(z, u)
    inner = z[:, 1:] - z[:, :-1] - 0.5 * H * (f[:, 1:] + f[:, :-1])
    return pnp.concatenate([inner.reshape(-1), z[:, 0] - BEGIN, z[:, -1] - END])


def guess() -> np.ndarray:
    """Straight lines, and no push."""
    z = np.linspace(BEGIN, END, K + 1).T
    return np.concatenate([z.ravel(), np.zeros(K + 1)])


def by_ipopt(start: np.ndarray) -> np.ndarray:
    """The solution by IPOPT. Raises `ImportError` without cyipopt."""
    import cyipopt

    nlp = sparse.ipopt.problem(effort, defects, start)
    zero, free = np.zeros(nlp.m), np.full(nlp.n, 1e19)
    task = cyipopt.Problem(nlp.n, nlp.m, problem_obj=nlp, lb=-free, ub=free, cl=zero, cu=zero)
    task.add_option("print_level", 0)
    x, _ = task.solve(start)
    return x


def by_scipy(start: np.ndarray) -> np.ndarray:
    """The solution by SciPy's trust-constr."""
    args = sparse.scipy.minimize_args(effort, (defects, 0.0, 0.0))
    options = {"gtol": 1e-6, "xtol": 1e-10, "maxiter": 500, "initial_tr_radius": 10.0}
    return minimize(x0=start, method="trust-constr", options=options, **args).x


def solved(start: np.ndarray) -> tuple[np.ndarray, str]:
    """The solution, and the solver's name."""
    try:
        return by_ipopt(start), "IPOPT"
    except ImportError:
        return by_scipy(start), "trust-constr of SciPy (cyipopt is not installed)"


def draw(x: np.ndarray, figure) -> None:
    """The swing, the push, and where the Hessian's entries are."""
    swing, push, places = figure.subplots(1, 3, width_ratios=(1.6, 1.2, 1))
    z, u = split(x)
    for k in range(0, K + 1, 2):
        shade = 0.15 + 0.85 * k / K
        top = z[0, k] + LENGTH * np.sin(z[1, k]), -LENGTH * np.cos(z[1, k])
        swing.plot([z[0, k], top[0]], [0, top[1]], color="C0", alpha=shade, lw=1.5)
        swing.plot(*top, "o", color="C1", alpha=shade, ms=5)
    swing.axhline(0, color="0.6", lw=0.8)
    swing.set_aspect("equal")
    swing.set_title("the pole, every second time")
    times = np.linspace(0, DURATION, K + 1)
    push.plot(times, u, color="C2", label="push u")
    push.plot(times, z[1], color="C1", label="angle")
    push.plot(times, z[0], color="C0", label="position")
    push.set_xlabel("time")
    push.legend(fontsize=8)
    lagrangian = lambda x, m: effort(x) + m @ defects(x)
    weights = np.ones(len(defects(x)))
    pattern = sparse.hessian(lagrangian).prepare(x, weights).pattern
    places.plot(pattern.cols, pattern.rows, ".", ms=1.5)
    places.invert_yaxis()
    places.set_aspect("equal")
    places.set_title("∇² of the Lagrangian")


def main() -> None:
    """Solve, and draw."""
    options = plots.parser(__doc__).parse_args()
    start = guess()
    pattern = sparse.jacobian_sparsity(defects)(start)
    print(f"{len(start)} unknowns, {pattern.shape[0]} constraints of {pattern.nnz} entries")
    begin = time.perf_counter()
    x, name = solved(start)
    print(f"solved by {name} in {time.perf_counter() - begin:.1f} s")
    print(f"effort {float(effort(x)):.3f}, largest defect {np.abs(defects(x)).max():.1e}")
    plots.save(options.output / "cartpole.png", lambda f: draw(x, f), (11, 3.6))


if __name__ == "__main__":
    with polyad.config(num_threads=1):
        main()
