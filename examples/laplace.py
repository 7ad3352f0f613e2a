"""How much do the schools differ? Laplace's approximation with an arrow of a Hessian.

    python examples/laplace.py [--output FOLDER]

Counts y of G groups are Poisson with rates exp(x·β + u_g): two coefficients β for all, and an
effect u_g ~ N(0, σ²) of each group. How large is σ? Its likelihood is an integral over the G + 2
latent numbers z = (β, u), and Laplace's approximation takes a Gaussian about the largest integrand
in its place (Tierney and Kadane 1986):

    log p(y | σ) ≈ log p(y, ẑ | σ) + (G + 2)/2 log 2π - ½ log det H,
    H = -∇² log p(y, z | σ) at ẑ.

H is an arrow: a dense edge for β, and a diagonal for u. `polyad.sparse.hessian` finds that, a star
colouring takes three products for all of it, and `polyad.sparse.logdet` factorises it.

The derivative by log σ goes through all of it: ẑ is a root of the gradient, which `solvers.root`
differentiates by its equation, with sparse solves; the determinant's derivative is by entries of
the inverse. So the best σ is a root, too.
"""

from __future__ import annotations

import time

import numpy as np
import plots

import polyad
import polyad.numpy as pnp
from polyad import solvers, sparse

GROUPS, EACH, TRUE = 300, 4, 0.6
WIDE = 10.0  # the standard deviation of β, a priori


def made(seed: int = 0):
    """Covariates, groups and counts."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(GROUPS), EACH)
    x = np.stack([np.ones(len(group)), rng.normal(size=len(group))], 1)
    effects = TRUE * rng.normal(size=GROUPS)
    return x, group, rng.poisson(np.exp(x @ [0.5, 0.3] + effects[group]))


X, GROUP, COUNTS = made()


def energy(z, log_sigma):
    """-log p(y, z | σ), without what depends on y alone."""
    beta, u = z[:2], z[2:]
    rate = X @ beta + u[GROUP]
    fit = pnp.sum(pnp.exp(rate) - COUNTS * rate)
    prior = 0.5 * pnp.sum((u * pnp.exp(-log_sigma)) ** 2) + GROUPS * log_sigma
    return fit + prior + 0.5 * pnp.sum((beta / WIDE) ** 2)


hessian = sparse.hessian(energy, format="values")
PATTERN = hessian.prepare(np.zeros(GROUPS + 2), 0.0).pattern


def curvature(z, log_sigma):
    """H, a sparse matrix; its entries can be traced."""
    return sparse.with_data(PATTERN, hessian(z, log_sigma))


def mode(log_sigma):
    """ẑ by Newton's method; a function of σ that can be differentiated."""
    slope = lambda z: polyad.grad(energy)(z, log_sigma)
    return solvers.root(slope, np.zeros(GROUPS + 2), linear_solver="sparse").value


def evidence(log_sigma):
    """log p(y | σ) by Laplace's approximation, but for a constant."""
    z = mode(log_sigma)
    return -energy(z, log_sigma) - 0.5 * sparse.logdet(curvature(z, log_sigma))


def best(start: float = 0.0) -> tuple[float, float]:
    """The log σ of the largest evidence, by Newton's method on its slope, and its deviation."""
    slope = polyad.jit(polyad.grad(evidence))
    log_sigma, step = start, 1e-4
    for _ in range(20):
        bend = (slope(log_sigma + step) - slope(log_sigma - step)) / (2 * step)
        move = float(np.clip(-slope(log_sigma) / bend, -0.5, 0.5))
        log_sigma += move
        if abs(move) < 1e-8:
            break
    return log_sigma, float(-bend) ** -0.5


def draw(found: float, width: float, figure) -> None:
    """The evidence with its tangents, the Hessian's places, effects with their deviations."""
    curve, places, effects = figure.subplots(1, 3, width_ratios=(1.2, 0.8, 1.2))
    value = polyad.jit(polyad.value_and_grad(evidence))
    grid = np.linspace(found - 4 * width, found + 4 * width, 25)
    heights, slopes = np.array([value(s) for s in grid]).T
    curve.plot(np.exp(grid), heights, color="C0")
    for k in range(2, len(grid), 5):
        ends = grid[k] + np.array([-0.6, 0.6]) * width
        curve.plot(np.exp(ends), heights[k] + slopes[k] * (ends - grid[k]), color="C4")
    curve.axvline(TRUE, color="C7", lw=0.8, ls=":", label="true σ")
    curve.axvline(np.exp(found), color="C0", lw=0.8, label="largest evidence")
    curve.set_xlabel("σ")
    curve.set_title("evidence, and its derivatives")
    curve.legend(fontsize=8)
    near = (PATTERN.rows < 40) & (PATTERN.cols < 40)
    places.plot(PATTERN.cols[near], PATTERN.rows[near], "s", ms=2.5)
    places.invert_yaxis()
    places.set_aspect("equal")
    places.set_title("the arrow, its first 40 rows")
    z = np.asarray(mode(found))
    H = curvature(z, found)
    spread = np.sqrt(np.asarray(sparse.solve(H, np.eye(GROUPS + 2))).diagonal())[2:]
    order = np.argsort(z[2:])
    effects.fill_between(
        np.arange(GROUPS), (z[2:] - spread)[order], (z[2:] + spread)[order], alpha=0.3
    )
    effects.plot(z[2:][order])
    effects.set_xlabel("groups, sorted")
    effects.set_title("effects u, with deviations")


def main() -> None:
    """Find σ, and draw."""
    options = plots.parser(__doc__).parse_args()
    colors = sparse.coloring(PATTERN, symmetric=True)
    print(f"{GROUPS + 2} latent numbers; {PATTERN.nnz} entries by {colors.num_colors} products")
    begin = time.perf_counter()
    found, width = best()
    print(f"σ = {np.exp(found):.3f} ± {np.exp(found) * width:.3f}, and was {TRUE}, found in "
          f"{time.perf_counter() - begin:.1f} s")  # fmt: skip
    step = 1e-5
    difference = (evidence(found + 0.1 + step) - evidence(found + 0.1 - step)) / (2 * step)
    slope = polyad.grad(evidence)(found + 0.1)
    print(f"beside it the slope is {float(slope):.6f}, by differences {float(difference):.6f}")
    plots.save(options.output / "laplace.png", lambda f: draw(found, width, f), (11, 3.6))


if __name__ == "__main__":
    with polyad.config(num_threads=1):
        main()
