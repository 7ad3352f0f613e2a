"""Derivatives of the incomplete gamma and beta functions by their parameters, in NumPy.

Both are an elementary factor times a series or continued fraction. These are computed on truncated
power series in the parameters (`Jet`), which gives derivatives of any order; the function's own
value, SciPy's, sets the scale.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from scipy import special

EPSILON = 1e-15
MOST_TERMS = 200_000
TINY = 1e-300


class Jet:
    """Σ c[i, j] ε^i δ^j up to the orders of `c`, whose other axes are those of the arguments."""

    __slots__ = ("c",)

    def __init__(self, c: Any) -> None:
        self.c = c

    def __add__(self, other: Any) -> Jet:
        if isinstance(other, Jet):
            return Jet(self.c + other.c)
        c = self.c.copy()
        c[0, 0] += other
        return Jet(c)

    def __mul__(self, other: Any) -> Jet:
        if not isinstance(other, Jet):
            return Jet(self.c * other)
        out = np.zeros_like(self.c)
        rows, columns = out.shape[:2]
        for i in range(rows):
            for j in range(columns):
                out[i:, j:] += self.c[i, j] * other.c[: rows - i, : columns - j]
        return Jet(out)

    def reciprocal(self) -> Jet:
        """By u_n = -(1/c_0) Σ_{k≠0} c_k u_{n-k}."""
        out = np.zeros_like(self.c)
        first = 1 / self.c[0, 0]
        rest = Jet(self.c.copy())
        rest.c[0, 0] = 0
        for n in range(out.shape[0] + out.shape[1] - 1):
            known = (Jet(out) * rest).c
            for i in range(out.shape[0]):
                if 0 <= n - i < out.shape[1]:
                    out[i, n - i] = first * ((i == n == 0) - known[i, n - i])
        return Jet(out)

    def exp(self) -> Jet:
        """The function of a jet without constant term, by its powers."""
        term, total, most = self, self + 1.0, self.c.shape[0] + self.c.shape[1] - 2
        for n in range(2, most + 1):
            term = term * self * (1 / n)
            total = total + term
        return total


def variable(x: Any, orders: tuple[int, int], axis: int) -> Jet:
    """`x`, to be differentiated along `axis`."""
    c = np.zeros((orders[0] + 1, orders[1] + 1, *x.shape))
    c[0, 0] = x
    at = (1 - axis, axis)
    if orders[axis]:
        c[at] = 1
    return Jet(c)


def constant(x: Any, orders: tuple[int, int]) -> Jet:
    c = np.zeros((orders[0] + 1, orders[1] + 1, *x.shape))
    c[0, 0] = x
    return Jet(c)


def taylor(f: Callable[[int, int], Any], orders: tuple[int, int], shape: Any) -> Jet:
    """A jet without constant term, of partial derivatives `f(i, j)`."""
    c = np.zeros((orders[0] + 1, orders[1] + 1, *shape))
    for i in range(orders[0] + 1):
        for j in range(orders[1] + 1):
            if i or j:
                c[i, j] = f(i, j) / (math.factorial(i) * math.factorial(j))
    return Jet(c)


def fraction(first: Jet, steps: Iterable[tuple[Jet, Jet]]) -> Jet:
    """1/(first + n_1/(d_1 + n_2/(d_2 + …))) for `steps` (n_i, d_i), by Lentz's method."""
    d = first.reciprocal()
    c, h = Jet(np.zeros_like(first.c)) + 1 / TINY, d
    for numerator, denominator in steps:
        c = denominator + numerator * c.reciprocal()
        d = (denominator + numerator * d).reciprocal()
        h, before = h * (c * d), h
        scale = np.abs(h.c) + 1e-3 * np.abs(h.c[:1, :1])
        if np.all(~(np.abs(h.c - before.c) > EPSILON * scale)):
            break
    return h


# -- Gamma -----------------------------------------------------------------------------------------


def gammainc_derivative(order: int, a: Any, x: Any) -> Any:
    """∂^n P(a, x)/∂a^n: by the series about 0 up to x = a + 1, by the fraction of Q beyond."""
    dtype = np.asarray(a).dtype
    a, x = np.broadcast_arrays(np.asarray(a, "float64"), np.asarray(x, "float64"))
    found = np.where((a > 0) & (x >= 0), 0.0, np.nan)
    inside = (a > 0) & (x > 0) & np.isfinite(x) & np.isfinite(a)
    with np.errstate(all="ignore"):
        low, high = inside & (x <= a + 1), inside & (x > a + 1)
        found[low] = special.gammainc(a[low], x[low]) * _gamma_ratio(
            gamma_series(a[low], x[low], order), a[low] + 1, x[low], order
        )
        found[high] = -special.gammaincc(a[high], x[high]) * _gamma_ratio(
            gamma_fraction(a[high], x[high], order), a[high], x[high], order
        )
    return found.astype(dtype)[()]


def _gamma_ratio(jet: Jet, at: Any, x: Any, order: int) -> Any:
    """The derivative, over the value, of `jet` times x^a / Γ(`at`)."""

    def logarithm(i: int, j: int) -> Any:
        return (i == 1) * np.log(x) - special.polygamma(i - 1, at)

    product = taylor(logarithm, (order, 0), x.shape).exp() * jet
    return product.c[order, 0] / product.c[0, 0] * math.factorial(order)


def gamma_series(a: Any, x: Any, order: int) -> Jet:
    """Σ_n x^n / ((a+1)…(a+n)), the factor of x^a e^-x / Γ(a+1) in P (DLMF 8.11.4)."""
    at = variable(a, (order, 0), 0)
    term = total = constant(np.ones_like(a), (order, 0))
    for n in range(1, MOST_TERMS):
        term = term * (at + n).reciprocal() * x
        total = total + term
        scale = np.abs(total.c) + 1e-3 * np.abs(total.c[:1])
        if np.all((np.abs(term.c) <= 0.1 * EPSILON * scale) & (x < a + n)):
            break
    return total


def gamma_fraction(a: Any, x: Any, order: int) -> Jet:
    """1/(x+1-a- 1(1-a)/(x+3-a- …)), the factor of x^a e^-x / Γ(a) in Q (DLMF 8.9.2)."""
    at = variable(a, (order, 0), 0)
    opposite = at * -1.0
    steps = (((at + -i) * i, opposite + (x + 2 * i + 1)) for i in range(1, MOST_TERMS))
    return fraction(opposite + (x + 1), steps)


# -- Beta ------------------------------------------------------------------------------------------


def betainc_derivative(orders: tuple[int, int], a: Any, b: Any, x: Any) -> Any:
    """∂^(i+j) I_x(a, b)/∂a^i ∂b^j, by the fraction of I_x(a, b) or that of 1 - I = I_{1-x}(b, a),
    whichever converges faster (DLMF 8.17.22; Boik and Robison-Cox, 1998, for first derivatives).
    """
    dtype = np.asarray(a).dtype
    a, b, x = np.broadcast_arrays(*(np.asarray(v, "float64") for v in (a, b, x)))
    found = np.where((a > 0) & (b > 0) & (x >= 0) & (x <= 1), 0.0, np.nan)
    inside = (a > 0) & (b > 0) & (x > 0) & (x < 1) & np.isfinite(a) & np.isfinite(b)
    near = x <= (a + 1) / (a + b + 2)
    with np.errstate(all="ignore"):
        low, high = inside & near, inside & ~near
        found[low] = _beta_part(a[low], b[low], x[low], orders)
        found[high] = -_beta_part(b[high], a[high], 1 - x[high], orders[::-1])
    return found.astype(dtype)[()]


def _beta_part(a: Any, b: Any, x: Any, orders: tuple[int, int]) -> Any:
    """By I_x = x^a (1-x)^b / (a B(a, b)) times the fraction."""

    def logarithm(i: int, j: int) -> Any:
        both = special.polygamma(i + j - 1, a + b)
        if i and j:
            return both
        if j:
            return both - special.polygamma(j - 1, b) + (j == 1) * np.log1p(-x)
        return both - special.polygamma(i - 1, a + 1) + (i == 1) * np.log(x)

    one = constant(np.ones_like(a), orders)
    p, q = variable(a, orders, 0), variable(b, orders, 1)

    def steps() -> Iterable[tuple[Jet, Jet]]:
        for m in range(1, MOST_TERMS):
            yield _odd(p, q, x, m - 1) * -1.0, one
            yield _even(p, q, x, m), one

    jet = taylor(logarithm, orders, a.shape).exp() * fraction(one, steps())
    i, j = orders
    scale = math.factorial(i) * math.factorial(j)
    return special.betainc(a, b, x) * (jet.c[i, j] / jet.c[0, 0]) * scale


def _odd(p: Jet, q: Jet, x: Any, m: int) -> Jet:
    """(a+m)(a+b+m) x / ((a+2m)(a+2m+1))."""
    below = (p + 2 * m) * (p + (2 * m + 1))
    return (p + m) * (p + q + m) * below.reciprocal() * x


def _even(p: Jet, q: Jet, x: Any, m: int) -> Jet:
    """m (b-m) x / ((a+2m-1)(a+2m))."""
    below = (p + (2 * m - 1)) * (p + 2 * m)
    return (q + -m) * below.reciprocal() * (m * x)
