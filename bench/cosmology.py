"""A cosmology: distances, growth of structure and angular power spectra, and their gradient by all
parameters. Some thousands of ops: what the first call of a scientific program costs.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from .peers import Library
from .rows import Row, Thunk, size

SPEED = 2997.92458  # of light, in units of H0 = 100 h km/s/Mpc: the distance c/H0 in Mpc/h
PARAMETERS = 0.25, 0.05, 0.7, 0.8, 0.96, -1.0, 0.0  # dark and baryonic matter, h, sigma8, n, w0, wa


def expansion(xp: Any, matter: Any, w0: Any, wa: Any, a: Any) -> Any:
    """(H/H0)², with the dark energy of M. Chevallier and D. Polarski (2001)."""
    dark = (1 - matter) * a ** (-3 * (1 + w0 + wa)) * xp.exp(-3 * wa * (1 - a))
    return matter * a**-3 + dark


def interpolated(xp: Any, x: Any, points: Any, values: Any) -> Any:
    """Between points that are equally spaced."""
    count = points.shape[0]
    place = (x - points[0]) / (points[1] - points[0])
    left = xp.clip(xp.floor(place), 0, count - 2)
    share, i = place - left, left.astype("int64")
    return values[i] * (1 - share) + values[i + 1] * share


def simpson(values: Any, width: Any) -> Any:
    """An integral over an odd number of points, along the first axis."""
    weights = np.ones(values.shape[0])
    weights[1:-1:2], weights[2:-1:2] = 4.0, 2.0
    return (values * weights.reshape(-1, *[1] * (values.ndim - 1))).sum(axis=0) * width / 3


def growth(xp: Any, matter: Any, w0: Any, wa: Any, scale: np.ndarray) -> Any:
    """Density contrast over ln a, by Runge-Kutta's fourth order, 1 today: D'' + (2 + d ln H) D' is
    3/2 of the matter's share times D. Written out, as a program that knows no scan would be.
    """

    def slope(log_a: float, d: Any, v: Any) -> tuple[Any, Any]:
        a = float(np.exp(log_a))
        now = expansion(xp, matter, w0, wa, a)
        share = matter * a**-3 / now
        dark = 1 - share
        w = w0 + wa * (1 - a)
        return v, 1.5 * share * d - (0.5 - 1.5 * w * dark) * v

    d, v, found = scale[0] + 0.0 * matter, scale[0] + 0.0 * matter, []
    logs = np.log(scale)
    for start, stop in itertools.pairwise(logs):
        found.append(d)
        h = float(stop - start)
        d1, v1 = slope(start, d, v)
        d2, v2 = slope(start + h / 2, d + h / 2 * d1, v + h / 2 * v1)
        d3, v3 = slope(start + h / 2, d + h / 2 * d2, v + h / 2 * v2)
        d4, v4 = slope(stop, d + h * d3, v + h * v3)
        d = d + h / 6 * (d1 + 2 * d2 + 2 * d3 + d4)
        v = v + h / 6 * (v1 + 2 * v2 + 2 * v3 + v4)
    return xp.stack([*found, d]) / d


def transfer(xp: Any, k: Any, matter: Any, baryons: Any, h: Any) -> Any:
    """J. M. Bardeen et al. (1986), equation G3, with N. Sugiyama's (1995) shape."""
    gamma = matter * h * xp.exp(-baryons * (1 + xp.sqrt(2 * h) / matter))
    q = k / gamma
    polynomial = 1 + 3.89 * q + (16.1 * q) ** 2 + (5.46 * q) ** 3 + (6.71 * q) ** 4
    return xp.log(1 + 2.34 * q) / (2.34 * q) * polynomial**-0.25


def spectra(lib: Library, bins: int, steps: int, places: int) -> Any:
    """The spectra of cosmic shear of all pairs of redshift bins, as a function of parameters."""
    xp = lib.numpy
    scale = np.exp(np.linspace(np.log(0.1), 0.0, steps))
    log_k, multipoles = np.linspace(np.log(1e-4), np.log(20.0), 129), np.geomspace(20, 2000, places)
    redshift = np.linspace(0.02, 3.0, 65)
    centres = np.linspace(0.4, 1.6, bins)

    def power(parameters: Any) -> Any:
        """Of matter today, on the grid of wave numbers."""
        cdm, baryons, h, sigma8, index, _, _ = parameters
        k = xp.exp(log_k + 0.0 * h)
        shape = k**index * transfer(xp, k, cdm + baryons, baryons, h) ** 2
        x = 8 * k
        ball = 3 * (xp.sin(x) - x * xp.cos(x)) / x**3
        norm = simpson(shape * (ball * k) ** 2 * k, log_k[1] - log_k[0]) / (2 * np.pi**2)
        return shape * sigma8**2 / norm

    def found(*parameters: Any) -> Any:
        cdm, baryons, _h, _, _, w0, wa = parameters
        matter = cdm + baryons
        a = 1 / (1 + redshift)
        rate = xp.sqrt(expansion(xp, matter, w0, wa, a))
        width = redshift[1] - redshift[0]
        each = SPEED / rate
        steps = 0.5 * width * (each[1:] + each[:-1])
        distance = xp.concatenate([each[:1] * redshift[0], steps]).cumsum()
        grown = interpolated(xp, np.log(a), np.log(scale), growth(xp, matter, w0, wa, scale))
        linear, kernels = xp.log(power(parameters)), []
        for centre in centres:  # the lensing efficiency of each bin
            density = redshift**2 * np.exp(-0.5 * ((redshift - centre) / 0.15) ** 2)
            density = density / simpson(density, width)
            ahead = xp.maximum(1 - distance[:, None] / distance[None, :], 0.0)
            kernels.append(simpson((density * ahead).T, width) * distance / a)
        lines = []
        for multipole in multipoles:
            k = xp.log((multipole + 0.5) / distance)
            p = xp.exp(interpolated(xp, k, log_k, linear)) * grown**2
            for i, one in enumerate(kernels):
                for other in kernels[: i + 1]:
                    lines.append(simpson(one * other * p / distance**2 * each, width))
        return (1.5 * matter / SPEED**2) ** 2 * xp.stack(lines)

    return found


def cosmology(lib: Library) -> Thunk:
    """The gradient of a likelihood."""
    xp = lib.numpy
    model = spectra(lib, size(2), size(16), size(5))

    def likelihood(*parameters: Any) -> Any:
        return -0.5 * xp.sum((xp.log(model(*parameters)) + 18.0) ** 2)

    run = lib.jit(lib.value_and_grad(likelihood, tuple(range(len(PARAMETERS)))))
    parameters = [lib.asarray(np.asarray(p)) for p in PARAMETERS]
    return lambda: lib.wait(run(*parameters))


ROWS = (
    Row(
        "first-cosmology",
        "first call of the gradient of a cosmology's likelihood, by seven parameters",
        cosmology,
        {"jax": 1 / 4},
        rtol=1e-7,
        first_call=True,
    ),
    Row(
        "warm-cosmology",
        "first call of the gradient of a cosmology's likelihood; its code on disk",
        cosmology,
        {"jax": 1 / 20},
        rtol=1e-7,
        first_call=True,
        warm=True,
    ),
    Row(
        "cosmology",
        "jit(value_and_grad(a cosmology's likelihood)), by seven parameters",
        cosmology,
        {"jax": 0.9},
        rtol=1e-7,
    ),
)
