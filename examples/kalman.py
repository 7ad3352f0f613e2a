"""The level of the Nile: a Kalman filter as a scan, and maximum likelihood by Newton's method.

    python examples/kalman.py [--output FOLDER]

A linear Gaussian state-space model has a hidden state x and observations y:

    x[t+1] = F x[t] + noise of covariance Q,      y[t] = H x[t] + noise of covariance R.

The Kalman filter carries the mean and covariance of the state, given what has been observed so
far, from one time to the next: it is a `scan`. With the innovation v = y - H m and its covariance
S = H P Hᵀ + R, each step adds -½ (log det 2πS + vᵀ S⁻¹ v) to the log-likelihood (Schweppe 1965).
Nobody has to derive what its derivatives by the parameters are, which are filters of their own: the
gradient is reverse mode through the scan, the Hessian forward mode through that.

The data are the yearly flows of the Nile at Aswan, 1871 to 1970, in 10⁸ m³ (Cobb 1978). Durbin and
Koopman, "Time series analysis by state space methods", fit the *local level* model to them, a
random walk seen through noise: F = H = 1. They find the variances R = 15099 and Q = 1469.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import plots

import polyad
import polyad.numpy as pnp
from polyad import lax

YEARS = np.arange(1871, 1971)
NILE = np.array(
    [
        *(1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140),
        *(995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140),
        *(1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840),
        *(874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969),
        *(831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821),
        *(768, 845, 864, 862, 698, 845, 744, 796, 1040, 759),
        *(781, 865, 845, 944, 984, 897, 822, 1010, 771, 676),
        *(649, 846, 812, 742, 801, 1040, 860, 874, 848, 890),
        *(744, 749, 838, 1050, 918, 986, 797, 923, 975, 815),
        *(1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740),
    ],
    dtype=float,
)

# Where Newton's method starts: far off, with a level that changes more than its measurement errs.
START = np.log([3e3, 3e4])


# -- The filter and the smoother, for any linear Gaussian model ------------------------------------


class Model(NamedTuple):
    """A model, and the mean and covariance of its first state."""

    transition: Any  # F, of shape (n, n)
    state_noise: Any  # Q, (n, n)
    observation: Any  # H, (k, n)
    noise: Any  # R, (k, k)
    mean: Any  # (n,)
    covariance: Any  # (n, n)


def kalman_filter(model: Model, observations):
    """The log-likelihood of `observations`, of shape (T, k), one by one; and for each time the mean
    and covariance of the state before and after it was observed.
    """
    F, Q, H, R, *start = model

    def step(carry, y):
        mean, covariance = carry
        innovation = y - H @ mean
        S = H @ covariance @ H.T + R
        gain = pnp.linalg.solve(S, H @ covariance).T
        weighted = pnp.linalg.solve(S, innovation)
        log_det = 2 * pnp.sum(pnp.log(pnp.diagonal(pnp.linalg.cholesky(2 * np.pi * S))))
        term = -(log_det + innovation @ weighted) / 2
        new_mean = mean + gain @ innovation
        new_covariance = covariance - gain @ S @ gain.T
        ahead = F @ new_mean, F @ new_covariance @ F.T + Q
        return ahead, (term, (mean, covariance), (new_mean, new_covariance))

    return lax.scan(step, tuple(start), observations)[1]


def smoother(model: Model, predicted, filtered):
    """Mean and covariance of each state given all observations: the filter's, corrected from the
    last to the first (Rauch, Tung and Striebel 1965).
    """

    def step(later, x):
        (next_mean, next_covariance), (mean, covariance) = x
        gain = pnp.linalg.solve(next_covariance, model.transition @ covariance).T
        mean = mean + gain @ (later[0] - next_mean)
        covariance = covariance + gain @ (later[1] - next_covariance) @ gain.T
        return (mean, covariance), (mean, covariance)

    last = (filtered[0][-1], filtered[1][-1])
    xs = ((predicted[0][1:], predicted[1][1:]), (filtered[0][:-1], filtered[1][:-1]))
    _, (means, covariances) = lax.scan(step, last, xs, reverse=True)
    return pnp.concat([means, last[0][None]]), pnp.concat([covariances, last[1][None]])


# -- The local level model and its likelihood ------------------------------------------------------


def local_level(logs) -> Model:
    """A random walk with noise; `logs` are those of the variances R and Q. The first level has the
    variance 10⁹: nothing is known of it.
    """
    variances = pnp.exp(logs)
    one = np.ones((1, 1))
    return Model(one, variances[1] * one, one, variances[0] * one, np.zeros(1), 1e9 * one)


def log_likelihood(logs):
    """That of the second and later flows: the first serves to find the level."""
    terms, _, _ = kalman_filter(local_level(logs), NILE[:, None])
    return pnp.sum(terms[1:])


# -- Newton's method -------------------------------------------------------------------------------


@dataclass
class Fit:
    """The way of Newton's method to the maximum, and the Hessian there."""

    path: list[np.ndarray]
    values: list[float]
    gradient: np.ndarray
    hessian: np.ndarray

    @property
    def logs(self) -> np.ndarray:
        return self.path[-1]

    @property
    def standard_errors(self) -> np.ndarray:
        """Of the logs: from the inverse of the observed information, which is minus the Hessian."""
        return np.sqrt(np.diag(np.linalg.inv(-self.hessian)))


def maximize(function, start: np.ndarray, tolerance: float = 1e-8, most: int = 50) -> Fit:
    """Newton's method, its step halved until the function grows."""
    value_and_grad = polyad.jit(polyad.value_and_grad(function))
    hessian = polyad.jit(polyad.hessian(function))
    value, gradient = value_and_grad(start)
    fit = Fit([start], [float(value)], gradient, hessian(start))
    while np.linalg.norm(fit.gradient) > tolerance and len(fit.path) <= most:
        step = ascent(fit.gradient, fit.hessian)
        value, gradient = value_and_grad(fit.logs + step)
        while not value >= fit.values[-1] - 1e-12 * abs(fit.values[-1]):
            step = step / 2
            value, gradient = value_and_grad(fit.logs + step)
        point = fit.logs + step
        fit = Fit([*fit.path, point], [*fit.values, float(value)], gradient, hessian(point))
    return fit


def ascent(gradient: np.ndarray, hessian: np.ndarray) -> np.ndarray:
    """Newton's step, curved the right way even where the function is not concave."""
    curvatures, directions = np.linalg.eigh(hessian)
    return directions @ (directions.T @ gradient / np.maximum(np.abs(curvatures), 1e-3))


# -- The account -----------------------------------------------------------------------------------


def report(fit: Fit, variances: np.ndarray) -> None:
    print(
        f"log-likelihood: {fit.values[0]:.3f} -> {fit.values[-1]:.3f} in {len(fit.path) - 1} steps"
    )
    print(f"  and its gradient there: {np.linalg.norm(fit.gradient):.1e}")
    numbers = zip(("R", "Q"), np.exp(fit.logs), fit.standard_errors, strict=True)
    for name, variance, error in numbers:
        print(f"  {name} = {variance:.1f}, its logarithm known to ±{error:.2f}")
    error = gradient_error(fit.path[0])
    print(f"relative difference between the gradient and central differences: {error:.1e}")
    R, Q = np.exp(fit.logs)
    steady = (Q + np.sqrt(Q**2 + 4 * Q * R)) / 2 - Q
    print(f"variance of the filtered level: {variances[-1]:.4f}; of infinitely many: {steady:.4f}")


def gradient_error(logs: np.ndarray, h: float = 1e-5) -> float:
    """The largest difference between the gradient and central differences, relative to it."""
    gradient = polyad.grad(log_likelihood)(logs)
    value = polyad.jit(log_likelihood)
    central = [(value(logs + h * e) - value(logs - h * e)) / (2 * h) for e in np.eye(2)]
    return float(np.max(np.abs(gradient - central)) / np.max(np.abs(gradient)))


def levels(logs: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Mean and variance of the level in each year, filtered and smoothed."""
    model = local_level(logs)
    _, predicted, filtered = kalman_filter(model, NILE[:, None])
    smoothed = smoother(model, predicted, filtered)
    found = {"filtered": filtered, "smoothed": smoothed}
    return {name: (mean[:, 0], variance[:, 0, 0]) for name, (mean, variance) in found.items()}


def draw(fit: Fit, levels: dict[str, tuple[np.ndarray, np.ndarray]], figure: Any) -> None:
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    left.plot(YEARS, NILE, ".", color="0.4", label="measured")
    for (name, (mean, variance)), color in zip(levels.items(), ("C0", "C1"), strict=True):
        left.plot(YEARS, mean, color=color, label=f"level, {name}")
        band = 1.645 * np.sqrt(variance)
        left.fill_between(YEARS, mean - band, mean + band, color=color, alpha=0.15, lw=0)
    left.set(xlabel="year", ylabel="flow (10⁸ m³ a year)", title="The Nile at Aswan; bands: 90 %")
    left.legend(fontsize=8)
    first, second = np.linspace(7.6, 10.6, 60), np.linspace(4, 11, 60)
    grid = np.stack(np.meshgrid(first, second), axis=-1)
    values = polyad.jit(polyad.vmap(polyad.vmap(log_likelihood)))(grid)
    below = fit.values[-1] - np.array([64, 32, 16, 8, 4, 2, 1, 0.5])
    right.contour(
        first, second, values, levels=below, colors="0.6", linewidths=0.8, linestyles="solid"
    )
    right.plot(*np.stack(fit.path).T, "o-", ms=4, color="C0", label="Newton's method")
    right.plot(*fit.logs, "*", ms=11, color="C1", label="maximum")
    right.set(xlabel="log R (of the measurement)", ylabel="log Q (of the level)")
    right.set(title="The log-likelihood")
    right.legend(fontsize=8, loc="lower left")


def main() -> None:
    output = plots.parser(__doc__).parse_args().output
    fit = maximize(log_likelihood, START)
    found = levels(fit.logs)
    report(fit, found["filtered"][1])
    plots.save(output / "kalman.png", partial(draw, fit, found), (9, 3.8))


if __name__ == "__main__":
    main()
