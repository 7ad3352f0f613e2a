"""Derivatives of the incomplete elliptic integrals by their parameter, which SciPy lacks.

Carlson's duplication (DLMF 19.36) of Taylor polynomials in the parameter: their coefficients are
carried through sums, products, roots and quotients, along axis 0.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = Any
STEPS = 9
"""Each makes the spread of the arguments a quarter; the remainder is of its sixth power."""


class Taylor:
    """A Taylor polynomial in one variable, for each element of an array."""

    def __init__(self, c: Array) -> None:
        self.c = c

    def __add__(self, other: Any) -> Taylor:
        if isinstance(other, Taylor):
            return Taylor(self.c + other.c)
        moved = self.c.copy()
        moved[0] += other
        return Taylor(moved)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Taylor:
        return self + other * -1.0

    def __mul__(self, other: Any) -> Taylor:
        if not isinstance(other, Taylor):
            return Taylor(self.c * other)
        out = np.zeros_like(self.c)
        for k in range(len(out)):
            for i in range(k + 1):
                out[k] += self.c[i] * other.c[k - i]
        return Taylor(out)

    __rmul__ = __mul__

    def __truediv__(self, other: Taylor) -> Taylor:
        out = np.zeros_like(self.c)
        for k in range(len(out)):
            known = sum(out[i] * other.c[k - i] for i in range(k))
            out[k] = (self.c[k] - known) / other.c[0]
        return Taylor(out)

    def sqrt(self) -> Taylor:
        """0 where the polynomial is the constant 0."""
        out = np.zeros_like(self.c)
        out[0] = np.sqrt(self.c[0])
        safe = np.where(out[0] == 0, 1.0, out[0])
        for k in range(1, len(out)):
            known = sum(out[i] * out[k - i] for i in range(1, k))
            out[k] = (self.c[k] - known) / (2 * safe)
        return Taylor(out)


def symmetric_integrals(x: Taylor, y: Taylor, z: Taylor) -> tuple[Taylor, Taylor]:
    """R_F(x, y, z) and R_D(x, y, z), by the series of DLMF 19.36.1 and 19.36.2."""
    total, weight = x * 0.0, 1.0
    for _ in range(STEPS):
        a, b, c = x.sqrt(), y.sqrt(), z.sqrt()
        mixed = a * b + a * c + b * c
        total = total + (x * 0.0 + weight) / (c * (z + mixed))
        weight /= 4
        x, y, z = (x + mixed) * 0.25, (y + mixed) * 0.25, (z + mixed) * 0.25
    mean = (x + y + z) * (1 / 3)
    p, q, r = ((mean - v) / mean for v in (x, y, z))
    e2, e3 = p * q - r * r, p * q * r
    first = 1.0 + e2 * -0.1 + e3 * (1 / 14) + e2 * e2 * (1 / 24) + e2 * e3 * (-3 / 44)
    rf = first / mean.sqrt()
    mean = (x + y + z * 3.0) * 0.2
    p, q, r = ((mean - v) / mean for v in (x, y, z))
    e2, e3 = p * q - r * r * 6.0, (p * q * 3.0 - r * r * 8.0) * r
    e4, e5 = (p * q - r * r) * (r * r) * 3.0, p * q * (r * r * r)
    second = (
        1.0 + e2 * (-3 / 14) + e3 * (1 / 6) + e2 * e2 * (9 / 88)
        + e4 * (-3 / 22) + e2 * e3 * (-9 / 52) + e5 * (3 / 26)
    )  # fmt: skip
    return rf, total * 3.0 + second * weight / (mean * mean.sqrt())


def taylor_of_integrals(phi: Array, m: Array, order: int) -> tuple[Taylor, Taylor]:
    """F and E in the parameter, for |φ| <= π/2 (DLMF 19.25.5 and 19.25.9)."""
    s, c = np.sin(phi), np.cos(phi)
    parameter = np.zeros((order + 1, *phi.shape))
    parameter[0] = m
    parameter[1] = 1.0
    t = Taylor(parameter)
    one = t * 0.0 + 1.0
    rf, rd = symmetric_integrals(one * (c * c), one - t * (s * s), one)
    first = rf * s
    return first, first - t * rd * (s * s * s / 3)


def derivative(order: int, phi: Array, m: Array, kind: int) -> Array:
    """∂ⁿF/∂mⁿ or ∂ⁿE/∂mⁿ; beyond ±π/2 by the half periods, of complete integrals."""
    phi, m = np.broadcast_arrays(np.asarray(phi, float), np.asarray(m, float))
    with np.errstate(all="ignore"):
        halves = np.round(phi / math.pi)
        rest = phi - halves * math.pi
        found = taylor_of_integrals(rest, m, order)[kind].c[order]
        whole = taylor_of_integrals(np.full_like(m, math.pi / 2), m, order)[kind].c[order]
        found = found + np.where(halves == 0, 0.0, 2 * halves * whole)
    return math.factorial(order) * found


def ellipkinc_derivative(order: int, phi: Array, m: Array) -> Array:
    """∂ⁿF(φ, m)/∂mⁿ."""
    return derivative(order, phi, m, 0)


def ellipeinc_derivative(order: int, phi: Array, m: Array) -> Array:
    """∂ⁿE(φ, m)/∂mⁿ."""
    return derivative(order, phi, m, 1)
