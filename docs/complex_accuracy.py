"""Measure the native compiler's functions of complex numbers, for a table of docs/accuracy.md.

The error is that of the real or the imaginary part, in units in the last place of this part's exact
value, which is mpmath's. Parts below the normal range are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

import polyad
import polyad.numpy

BITS = 400  # of mpmath: parts that nearly vanish are differences of ones that do not
BOUND = 5.0
DTYPES = ("complex128", "complex64")
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    name: getattr(mpmath, name, None) or (lambda z: mpmath.mpc(abs(z)))
    for name in (
        *("abs", "sqrt", "log", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh"),
        *("asin", "acos", "atan", "asinh", "acosh", "atanh"),
    )
}
Array = Any


def signed(random: np.random.Generator, low: float, high: float, count: int) -> Array:
    """Numbers of any sign, spread evenly by the logarithms to base 10 of their sizes."""
    return np.sign(random.standard_normal(count)) * 10.0 ** random.uniform(low, high, count)


def plane(random: np.random.Generator, count: int) -> Array:
    """Numbers of sizes that exp has a finite value for."""
    z = random.standard_normal(count) + 1j * random.standard_normal(count)
    return z * np.exp(random.uniform(-6, 3, count))


def scales(random: np.random.Generator, count: int) -> Array:
    """Parts of very different sizes."""
    return signed(random, -30, 1.8, count) + 1j * signed(random, -30, 1.8, count)


def branch_points(random: np.random.Generator, count: int) -> Array:
    """Close to 1, -1, i and -i."""
    off = signed(random, -20, -1, count) + 1j * signed(random, -20, -1, count)
    return random.choice([1, -1, 1j, -1j], count) + off


def axes(random: np.random.Generator, count: int) -> Array:
    """Close to an axis, on which branch cuts are."""
    z = signed(random, -1.5, 1.5, count) + 1j * signed(random, -30, -1, count)
    return np.where(random.random(count) < 0.5, z, z * 1j)


def circle(random: np.random.Generator, count: int) -> Array:
    """Close to the unit circle, where the logarithm of the size nearly vanishes."""
    off = 1 + random.standard_normal(count) * 10.0 ** random.uniform(-16, -1, count)
    return np.exp(1j * random.uniform(0, 2 * np.pi, count)) * off


POINTS = (plane, scales, branch_points, axes, circle)


def measure(name: str, dtype: str, count: int, points: Any = POINTS) -> tuple[float, complex]:
    """The largest error over so many points, and where it is."""
    random, worst = np.random.default_rng(0), (0.0, 0j)
    call = polyad.jit(getattr(polyad.numpy, name), backend="native")
    for part in points:
        z = part(random, -(-count // len(points))).astype(dtype)
        found = np.asarray(call(z))
        info = np.finfo(found.dtype)
        with mpmath.workprec(BITS):
            errors = [error(FUNCTIONS[name], *both, info) for both in zip(z, found, strict=True)]
        i = int(np.argmax(errors))
        worst = max(worst, (errors[i], complex(z[i])), key=lambda pair: pair[0])
    return worst


def error(function: Callable[[Any], Any], z: Any, found: Any, info: Any) -> float:
    """The larger error of the two parts at one point."""
    exact = mpmath.mpc(function(mpmath.mpc(complex(z))))
    worst = 0.0
    for part, wanted in ((found.real, exact.real), (found.imag, exact.imag)):
        if not info.smallest_normal <= abs(wanted) <= info.max:
            continue
        unit = mpmath.ldexp(1, int(mpmath.frexp(wanted)[1]) - 1 - info.nmant)
        off = abs(mpmath.mpf(float(part)) - wanted) / unit if np.isfinite(part) else np.inf
        worst = max(worst, float(off))
    return worst


def table(count: int = 10_000) -> str:
    """A section of docs/accuracy.md."""
    lines = ["| function of z | complex128 | complex64 | bound |", "|---|---|---|---|"]
    for name in FUNCTIONS:
        cells = " | ".join(f"{measure(name, dtype, count)[0]:.2f}" for dtype in DTYPES)
        lines.append(f"| {name} | {cells} | {BOUND:g} |")
    return INTRODUCTION.format(count=count) + "\n".join(lines) + "\n"


INTRODUCTION = """
## Functions of complex numbers

The largest error of the real or the imaginary part, in units in the last place of that part, over
{count:,} points or a few more: all over the plane, with parts of very different sizes, close to the
branch points, the branch cuts and the unit circle (`docs/complex_accuracy.py`). Infinities, NaN and
the signs of zeros, which choose the sides of branch cuts, are those of C's Annex G, as NumPy has
them.

"""
