"""Special functions that a backend takes from its library, or from SciPy on the host.

Each states its derivatives in every operand, to any order.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

from . import elementwise as e
from .beta import betaln
from .creation import zeros_like
from .definition import OpDefinition, elementwise
from .series import (
    log1p_ratio,
)
from .types import Operand

# -- Gamma and beta --------------------------------------------------------------------------------

rgamma = elementwise(
    "rgamma",
    accepts="real floating",
    partials=(lambda x, y: -y * e.digamma(x),),
    decomposition=lambda x: 1 / gamma(x),
)
"""1/Γ(x) off the poles of Γ."""
gamma = elementwise(
    "gamma", accepts="real floating", singular=True, partials=(lambda x, y: y * e.digamma(x),)
)


def gamma_density_derivative(a: Operand, x: Operand, order: int) -> Operand:
    """∂^n p/∂a^n of p = x^(a-1) e^-x / Γ(a) = ∂P(a, x)/∂x, by p' = p·(log p)' and Leibniz' rule.

    Derivatives of log p by a: log x - ψ(a), then -ψ'(a), -ψ''(a), …
    """
    exponent = e.weighed(a - 1, e.log(x)) - x - e.lgamma(a)
    found = [e.exp(e.where(e.isinf(x), -math.inf, exponent))]
    for n in range(1, order + 1):
        terms = [
            math.comb(n - 1, k)
            * e.weighed(
                found[k],
                -e.polygamma(a, order=n - k - 1) if n - k > 1 else e.log(x) - e.digamma(a),
            )
            for k in range(n)
        ]
        found.append(functools.reduce(e.add, terms))
    return found[order]


gammainc_derivative = elementwise(
    "gammainc_derivative",
    accepts="real floating",
    operands=2,
    singular=True,
    partials=(
        lambda a, x, y, *, order: gammainc_derivative(a, x, order=order + 1),
        lambda a, x, y, *, order: gamma_density_derivative(a, x, order),
    ),
)
"""∂^n P(a, x)/∂a^n for n = `order` >= 1, P the regularized lower incomplete gamma function."""
gammainc = elementwise(
    "gammainc",
    operands=2,
    accepts="real floating",
    singular=True,
    partials=(
        lambda a, x, y: gammainc_derivative(a, x, order=1),
        lambda a, x, y: gamma_density_derivative(a, x, 0),
    ),
)
gammaincc = elementwise(
    "gammaincc",
    operands=2,
    accepts="real floating",
    singular=True,
    partials=(
        lambda a, x, y: -gammainc_derivative(a, x, order=1),
        lambda a, x, y: -gamma_density_derivative(a, x, 0),
    ),
)


def log_beta_density_derivative(a: Operand, b: Operand, x: Operand, i: int, j: int) -> Operand:
    """∂^(i+j) log p/∂a^i ∂b^j of the beta distribution's density."""

    def psi(v: Operand) -> Operand:
        return e.polygamma(v, order=i + j - 1) if i + j > 1 else e.digamma(v)

    both = psi(a + b)
    if i and j:
        return both
    if j:
        return (e.log1p(-x) + both if j == 1 else both) - psi(b)
    return (e.log(x) + both if i == 1 else both) - psi(a)


def beta_density_derivative(a: Operand, b: Operand, x: Operand, orders: tuple[int, int]) -> Operand:
    """∂^(i+j) p/∂a^i ∂b^j of p = x^(a-1) (1-x)^(b-1) / B(a, b) = ∂I_x(a, b)/∂x, by p' = p·(log p)'
    and Leibniz' rule.
    """
    i, j = orders
    if i == j == 0:
        powers = e.weighed(a - 1, e.log(x)) + e.weighed(b - 1, e.log1p(-x))
        return e.exp(powers - betaln(a, b))
    first = (i - 1, j) if i else (i, j - 1)
    step = (i - first[0], j - first[1])
    terms = [
        math.comb(first[0], k)
        * math.comb(first[1], m)
        * e.weighed(
            beta_density_derivative(a, b, x, (first[0] - k, first[1] - m)),
            log_beta_density_derivative(a, b, x, k + step[0], m + step[1]),
        )
        for k in range(first[0] + 1)
        for m in range(first[1] + 1)
    ]
    return functools.reduce(e.add, terms)


betainc_derivative = elementwise(
    "betainc_derivative",
    operands=3,
    accepts="real floating",
    singular=True,
    partials=(
        lambda a, b, x, y, *, orders: betainc_derivative(
            a, b, x, orders=(orders[0] + 1, orders[1])
        ),
        lambda a, b, x, y, *, orders: betainc_derivative(
            a, b, x, orders=(orders[0], orders[1] + 1)
        ),
        lambda a, b, x, y, *, orders: beta_density_derivative(a, b, x, orders),
    ),
)
"""∂^(i+j) I_x(a, b)/∂a^i ∂b^j for `orders` (i, j), I the regularized incomplete beta function."""
betainc = elementwise(
    "betainc",
    operands=3,
    accepts="real floating",
    singular=True,
    partials=(
        lambda a, b, x, y: betainc_derivative(a, b, x, orders=(1, 0)),
        lambda a, b, x, y: betainc_derivative(a, b, x, orders=(0, 1)),
        lambda a, b, x, y: beta_density_derivative(a, b, x, (0, 0)),
    ),
)

# -- Hurwitz's zeta --------------------------------------------------------------------------------

# B_2j / (2j)!, the coefficients of Euler and Maclaurin's formula (DLMF 25.11.5).
BERNOULLI_OVER_FACTORIAL = (
    1 / 12,
    -1 / 720,
    1 / 30240,
    -1 / 1209600,
    1 / 47900160,
    -691 / 1307674368000,
    1 / 74724249600,
    -3617 / 10670622842880000,
)
DIRECT_TERMS = 10


def zeta_partial_order(s: Operand, q: Operand, z: Operand) -> Operand:
    """∂ζ(s, q)/∂s, of Euler and Maclaurin's formula term by term; with A = q + N, L = log A,

    ζ = Σ_{k<N} (q+k)^-s + A^-s (A/(s-1) + 1/2 + Σ_j c_j s(s+1)…(s+2j-2) A^(1-2j)).
    """
    total = zeros_like(q)
    for k in range(DIRECT_TERMS):
        total = total - e.log(q + k) * e.pow(q + k, -s)
    start = q + DIRECT_TERMS
    bracket = start / (s - 1) + 0.5
    slope = -start / ((s - 1) * (s - 1))
    rising, rising_slope, power = s, zeros_like(s) + 1, 1 / start
    for j, coefficient in enumerate(BERNOULLI_OVER_FACTORIAL):
        bracket = bracket + coefficient * rising * power
        slope = slope + coefficient * rising_slope * power
        for factor in (s + (2 * j + 1), s + (2 * j + 2)):
            rising, rising_slope = rising * factor, rising_slope * factor + rising
        power = power / (start * start)
    return total + e.pow(start, -s) * (slope - e.log(start) * bracket)


zeta = elementwise(
    "zeta",
    operands=2,
    accepts="real floating",
    singular=True,
    partials=(zeta_partial_order, lambda s, q, z: -s * zeta(s + 1, q)),
)
"""Hurwitz's ζ(s, q) = Σ_{k≥0} (q + k)^-s."""

# -- Products with logarithms ----------------------------------------------------------------------


def product_with_log(
    name: str,
    log: Callable[[Operand], Operand],
    slope: Callable[[Operand], Operand],
    harmless: float,
) -> OpDefinition:
    """x·log(y), 0 where x is 0 and y no NaN, with derivative 0 by y there."""

    def decomposition(x: Operand, y: Operand) -> Operand:
        none = e.logical_and(e.equal(x, 0), e.logical_not(e.isnan(y)))
        return e.where(none, 0, x * log(e.where(none, harmless, y)))

    return elementwise(
        name,
        operands=2,
        accepts="real floating",
        singular=True,
        partials=(lambda x, y, z: log(y), lambda x, y, z: e.weighed(x, slope(y))),
        decomposition=decomposition,
    )


xlogy = product_with_log("xlogy", e.log, e.reciprocal, 1.0)
xlog1py = product_with_log("xlog1py", e.log1p, lambda y: e.reciprocal(1 + y), 0.0)
xlogx = elementwise(
    "xlogx",
    accepts="real floating",
    singular=True,
    partials=(lambda x, y: e.log(x) + 1,),
    decomposition=lambda x: e.where(e.equal(x, 0), 0, x * e.log(e.where(e.equal(x, 0), 1, x))),
)
"""x·log(x), 0 at 0: by the product rule its second derivative would be 2/x - x/x²."""

hypot_excess = elementwise(
    "hypot_excess",
    operands=2,
    accepts="real floating",
    partials=(lambda x, y, z: -z * e.reciprocal(e.hypot(x, y)), lambda x, y, z: e.direction(y, x)),
    decomposition=lambda x, y: y * e.ratio_or_zero(y, e.hypot(x, y) + x),
)
"""hypot(x, y) - x for x >= 0."""
product_over_hypot = elementwise(
    "product_over_hypot",
    operands=2,
    accepts="real floating",
    partials=(
        lambda x, y, z: e.integer_pow(e.direction(y, x), exponent=3),
        lambda x, y, z: e.integer_pow(e.direction(x, y), exponent=3),
    ),
    decomposition=lambda x, y: x * e.direction(y, x),
)
"""x y / hypot(x, y), 0 at the origin; its partials are differences of like terms otherwise."""
pseudo_huber = elementwise(
    "pseudo_huber",
    operands=2,
    accepts="real floating",
    partials=(
        lambda d, r, z: hypot_excess(d, r) * e.ratio_or_zero(hypot_excess(d, r), e.hypot(d, r)),
        lambda d, r, z: product_over_hypot(d, r),
    ),
    decomposition=lambda d, r: d * hypot_excess(d, r),
)
"""δ·(hypot(δ, r) - δ) for δ >= 0."""

# -- Bessel functions ------------------------------------------------------------------------------


def bessel_j_partial(x: Operand, y: Operand, *, order: int) -> Operand:
    """J_n' = (J_{n-1} - J_{n+1})/2 (DLMF 10.6.1), J_{-1} = -J_1."""
    above = bessel_j(x, order=order + 1)
    return -above if order == 0 else (bessel_j(x, order=order - 1) - above) * 0.5


bessel_j = elementwise("bessel_j", accepts="real floating", partials=(bessel_j_partial,))
"""The Bessel function of the first kind of a static `order`."""

# -- Integrals of elementary functions -------------------------------------------------------------


def expn_partial(x: Operand, y: Operand, *, order: int) -> Operand:
    """E_n' = -E_{n-1} (DLMF 8.19.13), E_0 = e^-x / x."""
    inverse = 1 / x
    return -expn(x, order=order - 1) if order else -e.exp(-x) * (inverse + inverse * inverse)


expn = elementwise("expn", accepts="real floating", singular=True, partials=(expn_partial,))
"""The exponential integral E_n(x) of a static `order`."""
expi = elementwise(
    "expi", accepts="real floating", singular=True, partials=(lambda x, y: e.exp(x) / x,)
)


def spence_partial(x: Operand, y: Operand) -> Operand:
    """log(x) / (1 - x), -1 at 1."""
    small = e.less(x, 0.5)
    direct = e.log(e.where(small, x, 0.25)) / (1 - e.where(small, x, 0.25))
    return e.where(small, direct, -log1p_ratio(e.where(small, 1, x) - 1))


spence = elementwise("spence", accepts="real floating", singular=True, partials=(spence_partial,))
